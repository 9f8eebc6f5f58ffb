"""From «Set up your account» on AWS Marketplace to an account."""

from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from local.market.binding import Refusal
from marketplace.alarms import Trouble
from marketplace.facts import Registered
from marketplace.life import State
from marketplace.products import Product, ProductKind
from tests.marketplace.web.pages import Shop

HOUR = timedelta(hours=1)


def token_of(shop: Shop, account: str = "444455556666") -> str:
    agreement = shop.rig.world.subscribe(account)
    shop.rig.clock.advance(timedelta(minutes=2))
    shop.rig.deliver()
    return shop.rig.world.token(agreement)


def test_the_landing_page_says_how_to_begin_and_who_helps(shop: Shop) -> None:
    page = shop.browser().get("/")
    assert page.status == 200
    assert "Set up your account" in page.words
    assert 'href="mailto:help@example.org"' in page.text
    assert "<script" not in page.text


def test_a_token_is_resolved_at_once_and_leads_to_the_sign_in(shop: Shop) -> None:
    browser = shop.browser()
    page = browser.arrive(token_of(shop))
    assert (page.path, page.status) == ("/sign-in/", 200)
    assert "4444-5555-6666" in page.words
    (licence,) = shop.rig.market.subscription("agmt-00000001").licences
    assert licence.state is State.PROVISIONING


def test_nothing_secret_is_in_an_address_a_page_or_the_books(shop: Shop) -> None:
    token, browser = token_of(shop), shop.browser()
    page = browser.arrive(token)
    assert browser.visited == ["/", "/sign-in/"]
    assert token not in page.text
    assert token not in repr(vars(shop.rig.books))
    assert browser.secret not in repr(vars(shop.rig.books))
    assert browser.secret not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_the_same_buyer_may_come_again_and_again(shop: Shop) -> None:
    token = token_of(shop)
    for _ in range(3):
        assert shop.browser().arrive(token).path == "/sign-in/"
    facts = shop.rig.books.facts("agmt-00000001")
    assert sum(isinstance(fact, Registered) for fact in facts) == 1


@pytest.mark.parametrize("kind", ["unknown", "expired", "empty", "missing", "endless"])
def test_a_token_that_is_none_sends_the_buyer_back_with_words(shop: Shop, kind: str) -> None:
    token = token_of(shop)
    if kind == "expired":
        shop.rig.clock.advance(5 * HOUR)
    sent = {"unknown": "token-0", "expired": token, "empty": " ", "endless": "t" * 9_000}
    browser = shop.browser()
    fields = {} if kind == "missing" else {"x-amzn-marketplace-token": sent[kind]}
    page = browser.post("/", fields)
    assert page.status == 400
    assert "choose “Set up your account” once more" in page.words
    assert "console.aws.amazon.com/marketplace" in page.text


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("ThrottlingException", 503, "AWS Marketplace did not answer"),
        ("InternalServiceErrorException", 503, "AWS Marketplace did not answer"),
        ("DisabledApiException", 503, "This is our fault"),
    ],
)
def test_what_aws_refuses_is_said_in_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, code: str, status: int, words: str
) -> None:
    token = token_of(shop)
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def refused(asked: object, call: object) -> None:
        raise Refusal(code, "no")

    from tests.marketplace import rig  # noqa: PLC0415  # the operations that are bound now

    monkeypatch.setitem(rig._CURRENT, "ResolveCustomer", refused)
    page = shop.browser().arrive(token)
    assert page.status == status
    assert words in page.words
    is_ours = code == "DisabledApiException"
    assert bool(shop.rig.heard(Trouble.MISCONFIGURED)) is is_ours


def test_a_product_that_is_not_ours_is_told_of(shop: Shop) -> None:
    other = Product(code="othercode1", kind=ProductKind.HOURLY, id="prod-other")
    agreement = shop.rig.world.subscribe("444455556666", other)
    page = shop.browser().arrive(shop.rig.world.token(agreement))
    assert page.status == 503
    assert shop.rig.heard(Trouble.PRODUCT_UNKNOWN)


def test_the_offer_type_is_kept_only_if_it_is_one(shop: Shop) -> None:
    token = token_of(shop)
    shop.browser().arrive(token, **{"x-amzn-marketplace-offer-type": "<script>"})
    facts = shop.rig.books.facts("agmt-00000001")
    (registered,) = [fact for fact in facts if isinstance(fact, Registered)]
    assert registered.offer_type == ""


def test_a_code_by_mail_signs_in_and_a_new_secret_begins(shop: Shop) -> None:
    browser = shop.browser()
    browser.arrive(token_of(shop))
    before = browser.secret
    page = browser.sign_in(shop, "Clerk@Example.com")
    assert page.title == "Thank you for subscribing"
    assert browser.secret != before
    assert shop.outbox.sent[-1].to == "clerk@example.com"
    thief = shop.browser()
    thief.cookies["__Host-citylake"] = before
    assert thief.get("/subscriptions/").path == "/sign-in/"


def test_an_account_signs_in_without_a_token(shop: Shop) -> None:
    _, licence = shop.buyer("clerk@example.com")
    later = shop.browser()
    page = later.sign_in(shop, "clerk@example.com")
    assert page.path == "/subscriptions/"
    assert f"/subscriptions/{licence}/" in page.text


def test_an_address_without_a_subscription_is_told_what_to_do(shop: Shop) -> None:
    page = shop.browser().sign_in(shop, "stranger@example.com")
    assert "There is no subscription of this address" in page.words


def test_a_second_subscription_joins_the_same_account(shop: Shop) -> None:
    shop.buyer("clerk@example.com")
    browser, _ = shop.buyer("clerk@example.com", account="777788889999")
    page = browser.get("/subscriptions/")
    assert page.text.count('class="choices__item"') == 2


def test_a_wrong_code_is_refused_and_five_are_enough(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    browser.submit("/sign-in/", email="clerk@example.com")
    right = shop.code()
    wrong = "0000 0000" if right != "0000 0000" else "1111 1111"
    for _ in range(5):
        page = browser.submit("/sign-in/code/", code=wrong)
        assert (page.status, "not the code" in page.words) == (400, True)
    page = browser.submit("/sign-in/code/", code=right)
    assert (page.status, "tried too often" in page.words) == (400, True)


def test_a_code_is_used_once_lives_ten_minutes_and_belongs_to_its_session(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    browser.submit("/sign-in/", email="clerk@example.com")
    code = shop.code()
    other = shop.browser()
    other.get("/sign-in/")
    other.submit("/sign-in/", email="other@example.com")
    assert other.submit("/sign-in/code/", code=code).status == 400
    shop.rig.clock.advance(timedelta(minutes=10))
    page = browser.submit("/sign-in/code/", code=code)
    assert (page.status, "too old" in page.words) == (400, True)


def test_a_newer_code_makes_the_older_one_void(shop: Shop) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    browser.submit("/sign-in/", email="clerk@example.com")
    first, code_page = shop.code(), browser.page
    browser.get("/sign-in/")
    browser.submit("/sign-in/", email="clerk@example.com")
    if shop.code() != first:
        browser.page = code_page
        assert browser.submit("/sign-in/code/", code=first).status == 400
    assert browser.submit("/sign-in/code/", code=shop.code()).path == "/subscriptions/"


def test_signing_out_ends_the_session(shop: Shop) -> None:
    browser, licence = shop.buyer()
    stale = browser.secret
    assert browser.submit("/sign-out/").path == "/"
    browser.cookies["__Host-citylake"] = stale
    assert browser.get(f"/subscriptions/{licence}/").path == "/sign-in/"


def test_a_session_ends_by_itself(shop: Shop) -> None:
    browser, licence = shop.buyer()
    shop.rig.clock.advance(12 * HOUR)
    assert browser.get(f"/subscriptions/{licence}/").path == "/sign-in/"


@pytest.mark.parametrize(
    "typed", ["", "clerk", "clerk@", "@example.gov", "a b@example.gov", "clerk@exam\u0440le.gov"]
)
def test_what_is_no_address_gets_no_mail(shop: Shop, typed: str) -> None:
    browser = shop.browser()
    browser.get("/sign-in/")
    page = browser.submit("/sign-in/", email=typed)
    assert (page.status, "not a mail address" in page.words) == (400, True)
    assert shop.outbox.sent == []


def test_mail_that_is_not_taken_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from citylake.errors import OutcomeUnknown  # noqa: PLC0415  # for this one

    def fails(mail: object) -> None:
        raise OutcomeUnknown("SES did not take a message")

    monkeypatch.setattr(shop.outbox, "send", fails)
    browser = shop.browser()
    browser.get("/sign-in/")
    page = browser.submit("/sign-in/", email="clerk@example.com")
    assert (page.status, "could not send mail" in page.words) == (503, True)


def test_a_lost_answer_of_aws_is_a_page_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.marketplace import rig  # noqa: PLC0415  # the operations that are bound now

    def lost(asked: object, call: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://example")

    token = token_of(shop)
    monkeypatch.setitem(rig._CURRENT, "ResolveCustomer", lost)
    assert shop.browser().arrive(token).status == 503
