"""Sessions, forms, limits, and what strangers send."""

from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.web.forms import LARGEST_BODY, MOST_FIELDS
from tests.marketplace.rig import DURHAM, ITHACA
from tests.marketplace.web.pages import Browser, Shop

COOKIE = "__Host-citylake"
HOSTILE = "\"><script>alert(1)</script>'{{7*7}}"


def test_the_cookie_is_the_hosts_alone_and_out_of_reach_of_scripts(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    (cookie,) = browser.set_cookies
    name, _, rest = cookie.partition("=")
    secret, *attributes = rest.split("; ")
    assert name == COOKIE
    assert len(secret) >= 43
    assert {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} <= set(attributes)
    assert not [each for each in attributes if each.startswith("Domain")]


def test_every_page_is_locked_down(shop: Shop) -> None:
    browser = shop.browser()
    for path in ("/", "/sign-in/", "/nowhere/", "/ops/"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_a_planted_cookie_does_not_become_a_session(shop: Shop) -> None:
    victim = shop.browser()
    victim.cookies[COOKIE] = "planted-by-someone-else"
    victim.get("/sign-in/")
    victim.sign_in(shop, "clerk@example.com")
    thief = shop.browser()
    thief.cookies[COOKIE] = "planted-by-someone-else"
    assert thief.get("/subscriptions/").path == "/sign-in/"
    assert victim.secret != "planted-by-someone-else"


def test_two_cookies_of_the_name_count_as_none(shop: Shop) -> None:
    browser, _ = shop.buyer()
    browser.cookies = {COOKIE: f"{browser.secret}; {COOKIE}=other"}
    assert browser.get("/subscriptions/").path == "/sign-in/"


FORMS = (
    "/sign-in/",
    "/sign-in/code/",
    "/sign-out/",
    "/subscriptions/{licence}/place/",
    "/subscriptions/{licence}/proof/",
    "/subscriptions/{licence}/proof/code/",
    "/subscriptions/{licence}/proof/person/",
    "/ops/sign-in/",
    "/ops/sign-in/code/",
    "/ops/licences/{licence}/approve/",
    "/ops/licences/{licence}/refuse/",
    "/ops/licences/{licence}/adjust/",
)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_needs_the_token_of_its_own_session(shop: Shop, form: str) -> None:
    browser, licence = shop.buyer()
    ops = shop.ops()
    foreign = shop.browser().get("/sign-in/").forms[0].fields["form_token"]
    path = form.format(licence=licence)
    for visitor in (browser, ops):
        for fields in ({}, {"form_token": ""}, {"form_token": foreign}):
            page = visitor.post(path, {**fields, "geoid": ITHACA.geoid, "email": "a@b.gov"})
            assert (page.status, page.title) == (403, "The page is too old")
    (held,) = shop.rig.market.subscription(licence).licences
    assert held.claimed_geoid == ""


def test_a_form_that_another_site_sends_is_refused_even_with_its_token(shop: Shop) -> None:
    browser, licence = shop.buyer()
    token = browser.page.forms[0].fields["form_token"]
    fields = {"form_token": token, "geoid": ITHACA.geoid}
    page = browser.post(f"/subscriptions/{licence}/place/", fields, sec_fetch_site="cross-site")
    assert page.status == 403


def test_aws_marketplace_may_send_its_form_from_its_own_site(shop: Shop) -> None:
    agreement = shop.rig.world.subscribe("444455556666")
    token = shop.rig.world.token(agreement)
    page = shop.browser().post(
        "/", {"x-amzn-marketplace-token": token}, sec_fetch_site="cross-site"
    )
    assert page.path == "/sign-in/"


def test_too_many_codes_to_one_address_are_refused_whoever_asks(shop: Shop) -> None:
    for n in range(5):
        browser = shop.browser(f"192.0.2.{n}")
        browser.get("/sign-in/")
        assert browser.submit("/sign-in/", email="mayor@example.gov").path == "/sign-in/code/"
    browser = shop.browser("192.0.2.99")
    browser.get("/sign-in/")
    page = browser.submit("/sign-in/", email="mayor@example.gov")
    assert (page.status, page.headers["retry-after"]) == (429, "60")
    assert len(shop.outbox.sent) == 5
    shop.rig.clock.advance(timedelta(hours=1))
    browser.get("/sign-in/")
    assert browser.submit("/sign-in/", email="mayor@example.gov").status == 200


def test_too_many_codes_by_one_session_are_refused(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    form = browser.page
    statuses = []
    for n in range(9):
        browser.page = form
        statuses.append(browser.submit("/sign-in/", email=f"a{n}@example.gov").status)
    assert statuses == [200] * 8 + [429]


def test_too_many_visits_from_aws_are_refused_before_aws_is_asked(shop: Shop) -> None:
    statuses = [shop.browser().arrive(f"token-{n}x").status for n in range(61)]
    assert statuses == [400] * 60 + [429]
    assert shop.browser("192.0.2.7").arrive("token-x").status == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("email=a%40b.gov&email=c%40d.gov", 400),
        ("email=%ED%A0%80", 400),
        ("email=%FF%FE", 400),
        ("email=%00", 400),
        ("&".join(f"f{n}=1" for n in range(MOST_FIELDS + 1)), 400),
        ("email=" + "a" * LARGEST_BODY, 413),
        ("email=\u00e9", 415),
        ("", 403),
    ],
)
def test_what_is_no_form_of_ours_is_refused(shop: Shop, body: str, status: int) -> None:
    browser = shop.browser()
    token = browser.get("/sign-in/").forms[0].fields["form_token"]
    sent = body if status == 403 else f"{body}&form_token={token}"
    assert browser.post("/sign-in/", sent).status == status


def test_json_is_no_form(shop: Shop) -> None:
    page = shop.browser().post("/", "{}", content_type="application/json")
    assert page.status == 415


def test_a_doubled_parameter_of_an_address_is_refused(shop: Shop) -> None:
    browser, licence = shop.buyer()
    path = f"/subscriptions/{licence}/place/?geoid={DURHAM.geoid}&geoid={ITHACA.geoid}"
    assert browser.get(path).status == 400


def test_what_is_typed_is_shown_as_text(shop: Shop) -> None:
    browser, licence = shop.buyer()
    page = browser.get(f"/subscriptions/{licence}/place/?q={quote(HOSTILE)}")
    assert "<script" not in page.text
    assert HOSTILE in page.words or "49" not in page.words
    browser.get("/sign-out/")
    page = browser.get(f"/subscriptions/{quote(HOSTILE)}/")
    assert "<script" not in page.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_find_nothing(shop: Shop, method: str) -> None:
    for path in ("/", "/sign-in/", "/ops/"):
        assert shop.browser()._ask(path, method, None, {}).status in (404, 405)


def test_a_head_has_headers_and_no_body(shop: Shop) -> None:
    page = shop.browser()._once("/", "HEAD", None, {})
    assert (page.status, page.text) == (200, "")


def test_a_page_that_fails_says_nothing_of_why(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(subject: str) -> None:
        raise RuntimeError("a secret of ours")

    browser, licence = shop.buyer()
    monkeypatch.setattr(shop.rig.books, "facts", fails)
    page = browser.get(f"/subscriptions/{licence}/")
    assert (page.status, "secret" in page.text) == (500, False)
    assert "a secret of ours" in caplog.text


def test_two_tabs_of_one_session_both_work(shop: Shop) -> None:
    browser, licence = shop.buyer()
    first = browser.get(f"/subscriptions/{licence}/place/?geoid={DURHAM.geoid}")
    second = browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.page = first
    assert browser.submit(f"/subscriptions/{licence}/place/").title.endswith("Durham, NC")
    shop.rig.clock.advance(timedelta(seconds=1))
    browser.page = second
    assert browser.submit(f"/subscriptions/{licence}/place/").title.endswith("Ithaca, NY")


def test_a_form_that_is_sent_twice_counts_once(shop: Shop) -> None:
    browser, licence = shop.buyer("clerk@ithacany.gov")
    form = browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    before = len(shop.rig.books.facts(licence))
    browser.page = form
    page = browser.submit(f"/subscriptions/{licence}/place/")
    assert page.path == f"/subscriptions/{licence}/"
    assert len(shop.rig.books.facts(licence)) == before


TEXT = st.text(max_size=60)
PATHS = st.sampled_from([*FORMS, "/", "/ops/", "/subscriptions/", "/places/{licence}.svg"])
NAMES = st.sampled_from(
    [
        "form_token",
        "geoid",
        "email",
        "code",
        "words",
        "reason",
        "amount",
        "month",
        "form",
        "name",
        "password",
        "x-amzn-marketplace-token",
        "x-amzn-marketplace-offer-type",
    ]
)


@pytest.fixture(scope="module")
def crowd(assets: object) -> tuple[Shop, list[Browser], str]:
    """A shop whose visitors may send what they like; limits are lifted by the clock."""
    shop = Shop(assets)  # type: ignore[arg-type]  # the session's assets
    browser, licence = shop.buyer("clerk@ithacany.gov")
    browser.get(f"/subscriptions/{licence}/place/?geoid={ITHACA.geoid}")
    browser.submit(f"/subscriptions/{licence}/place/")
    shop.rig.run(3)
    other, _ = shop.buyer("other@example.com", account="777788889999")
    return shop, [browser, other, shop.ops(), shop.browser()], licence


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    who=st.integers(0, 3),
    path=PATHS,
    segment=st.one_of(st.just(""), TEXT),
    fields=st.dictionaries(NAMES, TEXT, max_size=6),
    query=st.dictionaries(st.sampled_from(["q", "geoid", "find", "x"]), TEXT, max_size=3),
    has_token=st.booleans(),
    is_post=st.booleans(),
)
def test_no_form_and_no_address_makes_a_page_fail(
    crowd: tuple[Shop, list[Browser], str],
    *,
    who: int,
    path: str,
    segment: str,
    fields: dict[str, str],
    query: dict[str, str],
    has_token: bool,
    is_post: bool,
) -> None:
    shop, browsers, licence = crowd
    browser = browsers[who]
    browser.network = f"192.0.2.{shop.office.count('asked', shop.rig.clock.now()) // 50}"
    target = path.format(licence=quote(segment, safe="") or licence)
    target += f"?{urlencode(query, errors='replace')}"
    secret = dict(browser.cookies)
    if has_token:
        fields["form_token"] = shop_token(browser)
    page = browser.post(target, fields) if is_post else browser.get(target)
    browser.cookies = secret
    assert page.status < 500, page.text
    assert page.status in (200, 400, 403, 404, 405, 409, 413, 415, 429)


def shop_token(browser: Browser) -> str:
    """What a form of this browser brings."""
    forms = browser.get("/sign-in/").forms or browser.get("/ops/").forms
    return next((form.fields["form_token"] for form in forms if "form_token" in form.fields), "")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=40),
    query=st.text(max_size=40),
    cookie=st.text(max_size=40),
    body=st.binary(max_size=60),
    language=st.text(max_size=20),
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    is_encoded=st.booleans(),
)
def test_no_event_of_the_gateway_makes_the_handler_fail(
    crowd: tuple[Shop, list[Browser], str],
    *,
    path: str,
    query: str,
    cookie: str,
    body: bytes,
    language: str,
    method: str,
    is_encoded: bool,
) -> None:
    shop, _, _ = crowd
    answer = shop.handler(
        {
            "rawPath": f"/{path}",
            "rawQueryString": query,
            "cookies": [f"{COOKIE}={cookie}", cookie],
            "headers": {
                "Accept-Language": language,
                "content-type": "application/x-www-form-urlencoded",
            },
            "requestContext": {"http": {"method": method, "sourceIp": cookie[:5]}},
            "body": body.decode("latin-1"),
            "isBase64Encoded": is_encoded,
        },
        None,
    )
    assert answer["statusCode"] < 500


def test_files_of_the_build_are_kept_for_good_and_no_others_are_sent(shop: Shop) -> None:
    browser = shop.browser()
    page = browser.get(shop.assets.address("styles.css"))
    assert (page.status, page.headers["cache-control"]) == (
        200,
        "public, max-age=31536000, immutable",
    )
    assert browser.get("/assets/b1/../../etc/passwd").status == 404
