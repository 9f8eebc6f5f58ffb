"""Keys at the API: what they open, what they do not, and what nobody must see of them."""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import citylake.keys
from citylake.catalog import Catalog, update_catalog
from citylake.datasets import Visibility
from citylake.keys import KeyRing, Rights, hash_of, new_secret, read_keys
from citylake.lake.read import Lake
from citylake.pages.resolver import Resolver
from lambdas.publish.keys import revoke_key
from lambdas.publish.sharing import share
from lambdas.query.doorman import Doorman
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import formats_for, formats_of
from lambdas.query.handler import api_routes
from lambdas.query.places import LakePlaces
from lambdas.query.quota import CallCounter
from lambdas.query.scope import resolve, scoped
from lambdas.query.search import Explorer
from tests.query.api_samples import publish_samples
from tests.query.events import body, event, header, json_of
from tests.query.key_samples import (
    DURHAM,
    MADE,
    SECRET,
    KeyBox,
    city_dataset,
    make_keys,
    publish_private,
)

API = "/nc/durham/api/explore/v2.1"
NATION = "/api/explore/v2.1"
RALEIGH_API = "/nc/raleigh/api/explore/v2.1"
DATASETS = f"{API}/catalog/datasets"
ADDRESS = "/catalog/datasets/{}"
READS = (
    "",
    "/records",
    f"/records/{SECRET}%200",
    "/facets",
    "/exports",
    *(f"/exports/{form.name}" for form in formats_for(city_dataset("wages", DURHAM))),
    "/attachments",
)
LISTS = (
    "/catalog/datasets",
    "/catalog/facets",
    *(f"/catalog/exports/{form.name}" for form in formats_of(catalog=True)),
    f"/catalog/datasets?where=%22{SECRET}%22",
    f"/catalog/datasets?where=search(%22{SECRET[:4]}%22)&limit=0",
    "/catalog/datasets?select=dataset_id&limit=100",
    f"/catalog/datasets?refine=publisher:{SECRET}",
    "/catalog/facets?facet=publisher",
)


class Desk:
    """The API over a lake, with a clock of its own."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.time = MADE + timedelta(days=2)
        engine = DuckDBEngine(lake.roots)
        self._places = LakePlaces(lake, engine)
        self._resolver = Resolver()

        def now() -> datetime:
            return self.time

        def clock() -> float:
            return self.time.timestamp()

        doorman = Doorman(
            KeyRing(lake.store_of, clock=clock),
            CallCounter(lake.store_of, now=now, clock=clock),
            now=now,
        )
        self._resolver.include_router(api_routes(Explorer(lake, engine), doorman=doorman))

    def ask(
        self, target: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        path, mark, query = target.partition("?")
        scope, rest = resolve(path, self._places, None)
        with scoped(scope):
            request = event(f"{rest}{mark}{query}", method, headers)
            return self._resolver.resolve(request, None)  # type: ignore[arg-type]

    def keyed(self, target: str, secret: str, method: str = "GET", **more: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return self.ask(target, method, {"authorization": f"Apikey {secret}", **named})


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> KeyBox:
    """A lake with private datasets and keys, which no test changes."""
    home = tmp_path_factory.mktemp("keys") / "lake"
    publish_samples(home)
    return make_keys(publish_private(home))


@pytest.fixture
def desk(box: KeyBox) -> Desk:
    return Desk(box.lake)


@pytest.fixture
def own(tmp_path: Path) -> KeyBox:
    """The same, for a test that changes it."""
    home = tmp_path / "lake"
    publish_samples(home)
    return make_keys(publish_private(home))


def listed(answer: Mapping[str, Any]) -> list[str]:
    assert answer["statusCode"] == 200, body(answer)
    return [result["dataset_id"] for result in json_of(answer)["results"]]


# What a key opens

PUBLIC = ["notes", "places", "population"]


@pytest.mark.parametrize(
    ("called", "opened"),
    [
        ("all", ["permits", "wages"]),
        ("wages", ["wages"]),
        ("for Raleigh", ["permits"]),
        ("for a stranger", []),
    ],
)
def test_a_key_lists_and_serves_what_it_opens_and_nothing_else(
    desk: Desk, box: KeyBox, called: str, opened: list[str]
) -> None:
    secret = box.secrets[called]
    assert listed(desk.keyed(f"{DATASETS}?limit=100", secret)) == sorted([*PUBLIC, *opened])
    counted = json_of(desk.keyed(f"{DATASETS}?limit=0", secret))
    assert counted == {"total_count": 3 + len(opened), "results": []}
    for dataset_id in ("permits", "wages", "budget"):
        for read in READS:
            answer = desk.keyed(f"{API}{ADDRESS.format(dataset_id)}{read}", secret)
            assert answer["statusCode"] == (200 if dataset_id in opened else 404), read


def test_what_a_key_sees_leaves_nothing_for_who_comes_after(desk: Desk, box: KeyBox) -> None:
    before = [desk.ask(f"{API}{path}") for path in LISTS]
    for path in LISTS:
        assert desk.keyed(f"{API}{path}", box.secrets["all"])["statusCode"] == 200
    after = [desk.ask(f"{API}{path}") for path in LISTS]
    assert after == before


def test_a_search_with_the_key_finds_what_nobody_else_does(desk: Desk, box: KeyBox) -> None:
    target = f"{DATASETS}?where=%22{SECRET}%22&select=dataset_id"
    assert listed(desk.keyed(target, box.secrets["all"])) == ["permits", "wages"]
    assert listed(desk.ask(target)) == []


# What nobody reads without one


@pytest.mark.parametrize("scope", [API, NATION, RALEIGH_API, "/co/aurora/api/explore/v2.1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_without_a_key_a_private_dataset_is_as_one_that_never_was(
    desk: Desk, scope: str, method: str
) -> None:
    for dataset_id in ("wages", "permits", "budget"):
        for read in READS:
            told, unknown = (
                desk.ask(f"{scope}{ADDRESS.format(each)}{read}", method)
                for each in (dataset_id, "x" * len(dataset_id))
            )
            assert told["statusCode"] == unknown["statusCode"] == 404
            assert told["headers"] == unknown["headers"]
            assert body(told).replace(dataset_id.encode(), b"") == body(unknown).replace(
                b"x" * len(dataset_id), b""
            )


@pytest.mark.parametrize("scope", [API, NATION, RALEIGH_API])
@pytest.mark.parametrize("path", LISTS)
def test_no_list_facet_or_export_of_the_catalog_has_a_trace_of_it(
    desk: Desk, scope: str, path: str
) -> None:
    answer = desk.ask(f"{scope}{path}")
    assert answer["statusCode"] == 200
    assert SECRET.encode() not in body(answer).replace(f"publisher:{SECRET}".encode(), b"")
    assert b"wages" not in body(answer)


def test_an_old_release_of_a_private_dataset_is_private_too(desk: Desk, box: KeyBox) -> None:
    release = box.lake.entry("wages", DURHAM).release
    target = f"{DATASETS}/wages/records?version={release}"
    assert desk.ask(target)["statusCode"] == 404
    assert desk.keyed(target, box.secrets["all"])["statusCode"] == 200


def test_a_private_dataset_does_not_hide_the_nations_of_its_name(own: KeyBox) -> None:
    """Publishing refuses the nation's ids; but the nation may take one later."""

    def rename(catalog: Catalog) -> Catalog:
        datasets = {**catalog.datasets, "population": catalog.entry("wages")}
        return replace(catalog, datasets=datasets)

    update_catalog(own.lake.store, DURHAM, rename)
    answer = Desk(own.lake).ask(f"{DATASETS}/population")
    assert json_of(answer)["metas"]["default"]["title"] == "Population by year"


# Keys that open nothing

WRONG = [
    new_secret(),
    "clk_",
    "x",
    "clk_" + "a" * 44,
    "clk_" + "é" * 43,
    "clk_" + "a" * 42 + "\x00",
    "clk_" + "a" * 43 + "\n",
    "a" * 10_000_000,
    "clk_" + "\ud800" * 43,
    "' or 1=1 --",
    "../../catalog/national",
]


@pytest.mark.parametrize("secret", WRONG, ids=range(len(WRONG)))
def test_a_key_that_is_none_is_refused_and_not_repeated(desk: Desk, secret: str) -> None:
    for target, headers in (
        (DATASETS, {"authorization": f"Apikey {secret}"}),
        (f"{DATASETS}?apikey={quote(secret, errors='surrogatepass')}", {}),
        (f"{NATION}/catalog/datasets", {"authorization": f"Apikey {secret}"}),
    ):
        answer = desk.ask(target, headers=headers)
        assert answer["statusCode"] == 401
        assert json_of(answer)["error_code"] == "AuthenticationFailed"
        assert header(answer, "www-authenticate") == 'Apikey realm="Explore API"'
        assert header(answer, "cache-control") == "no-store"
        assert header(answer, "access-control-allow-origin") == "*"
        assert len(body(answer)) < 300
        if len(secret) > 5:
            assert secret.encode(errors="replace") not in body(answer)


@pytest.mark.parametrize(
    ("called", "reason"),
    [("revoked", "was revoked"), ("expired", "has expired"), ("Raleigh's", "is not known here")],
)
def test_a_key_that_was_one_or_is_anothers_is_refused_for_public_data_too(
    desk: Desk, box: KeyBox, called: str, reason: str
) -> None:
    answer = desk.keyed(f"{DATASETS}/population", box.secrets[called])
    assert answer["statusCode"] == 401
    assert reason in json_of(answer)["message"]


def test_a_key_is_of_no_use_in_another_scope(desk: Desk, box: KeyBox) -> None:
    for scope in (NATION, RALEIGH_API):
        for path in ("/catalog/datasets", "/catalog/datasets/wages/records"):
            assert desk.keyed(f"{scope}{path}", box.secrets["all"])["statusCode"] == 401


def test_what_cannot_be_a_key_is_not_looked_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citylake.keys, "read_keys", lambda *_: pytest.fail("was looked up"))
    assert desk.keyed(DATASETS, "clk_short")["statusCode"] == 401


def test_every_key_is_compared_in_constant_time(
    desk: Desk, box: KeyBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    really = hmac.compare_digest

    def compare(held: bytes, sent: bytes) -> bool:
        compared.append((held, sent))
        return really(held, sent)

    monkeypatch.setattr("citylake.keys.hmac.compare_digest", compare)
    for secret, times in ((box.secrets["all"], 1), (new_secret(), 2)):
        compared.clear()
        desk.keyed(DATASETS, secret)
        held = read_keys(box.lake.store, DURHAM).keys.keys.values()
        sent = hash_of(secret).encode()
        assert compared == [(key.sha256.encode(), sent) for key in held] * times


def test_keys_that_cannot_be_read_open_nothing_and_close_nothing(own: KeyBox) -> None:
    own.lake.store.put(f"keys/{DURHAM}.json", b"{")
    desk = Desk(own.lake)
    assert desk.keyed(DATASETS, own.secrets["all"])["statusCode"] == 503
    assert desk.ask(DATASETS)["statusCode"] == 200


# How a key is sent


@pytest.mark.parametrize(
    "said",
    ["Apikey {}", "ApiKey {}", "apikey {}", "APIKEY  {} ", "ApiKey {}, ApiKey {}", "Bearer {}"],
)
def test_a_header_says_it_in_many_ways(desk: Desk, box: KeyBox, said: str) -> None:
    secret = box.secrets["wages"]
    answer = desk.ask(f"{DATASETS}/wages", headers={"authorization": said.replace("{}", secret)})
    assert answer["statusCode"] == 200


@pytest.mark.parametrize("name", ["apikey", "access_token", "ApiKey", "%61pikey"])
def test_a_parameter_says_it_too_and_is_no_part_of_the_question(
    desk: Desk, box: KeyBox, name: str
) -> None:
    secret = box.secrets["wages"]
    query = f"limit=1&include_links=true&{name}={secret}"
    answer = desk.ask(f"{DATASETS}/wages/records?{query}")
    assert json_of(answer)["total_count"] == 3
    assert len(json_of(answer)["_links"]) == 5
    assert secret not in f"{answer['headers']}{body(answer).decode()}"


@pytest.mark.parametrize("said", ["", "Apikey", "Apikey ", "bearer ", "Apikey , Apikey "], ids=repr)
def test_an_empty_key_counts_as_none(desk: Desk, said: str) -> None:
    answer = desk.ask(f"{DATASETS}?apikey=&access_token=", headers={"authorization": said})
    assert answer["statusCode"] == 200
    assert header(answer, "etag")


@pytest.mark.parametrize(
    "said", ["Basic dXNlcjpwYXNz", "clk_x", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", ", Apikey x"]
)
def test_whatever_else_a_header_says_is_refused(desk: Desk, said: str) -> None:
    status = desk.ask(DATASETS, headers={"authorization": said})["statusCode"]
    assert status == (200 if said.startswith(",") else 401)


def test_of_two_keys_the_header_counts_and_of_it_the_first(desk: Desk, box: KeyBox) -> None:
    good, bad = box.secrets["wages"], new_secret()
    wages = f"{DATASETS}/wages"
    for target, said, status in (
        (f"{wages}?apikey={bad}", f"Apikey {good}", 200),
        (f"{wages}?apikey={good}", f"Apikey {bad}", 401),
        (wages, f"Apikey {good}, Apikey {bad}", 200),
        (wages, f"Apikey {bad}, Apikey {good}", 401),
        (f"{wages}?apikey={good}&apikey={bad}", "", 200),
        (f"{wages}?apikey=&apikey={good}", "", 200),
    ):
        headers = {"authorization": said} if said else {}
        assert desk.ask(target, headers=headers)["statusCode"] == status, (target, said)


def test_a_key_in_a_referer_a_cookie_or_a_path_is_none(desk: Desk, box: KeyBox) -> None:
    secret = box.secrets["all"]
    for headers in (
        {"referer": f"https://data.example.gov/?apikey={secret}"},
        {"cookie": f"apikey={secret}"},
        {"x-api-key": secret},
    ):
        assert desk.ask(f"{DATASETS}/wages", headers=headers)["statusCode"] == 404
    assert desk.ask(f"{DATASETS}/wages;apikey={secret}")["statusCode"] == 404


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")))
def test_no_header_breaks_anything_or_opens_anything(desk: Desk, said: str) -> None:
    for written in (said, f"Apikey {said}", f"Apikey clk_{said}"):
        answer = desk.ask(f"{DATASETS}/wages", headers={"authorization": written})
        assert answer["statusCode"] in {401, 404}


# What an answer to a key says of itself


@pytest.mark.parametrize("target", [DATASETS, f"{DATASETS}/population/records", f"{API}/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_to_a_key_is_kept_by_nobody(
    desk: Desk, box: KeyBox, target: str, method: str
) -> None:
    known = header(desk.ask(target), "etag") or ""
    assert known
    answer = desk.keyed(target, box.secrets["all"], method, if_none_match=f"{known}, *")
    assert answer["statusCode"] == 200
    assert header(answer, "cache-control") == "private, no-store"
    assert header(answer, "etag") is None
    assert header(answer, "referrer-policy") == "no-referrer"
    assert header(answer, "vary") == "Accept-Encoding, Authorization"


def test_an_answer_to_everyone_is_kept_apart_from_those_to_keys(desk: Desk) -> None:
    answer = desk.ask(DATASETS)
    assert (header(answer, "cache-control") or "").startswith("public")
    assert header(answer, "vary") == "Accept-Encoding, Authorization"
    assert not any(name.lower().startswith("x-ratelimit") for name in answer["headers"])


def test_the_log_never_has_a_key(
    desk: Desk, box: KeyBox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = box.secrets["all"]
    monkeypatch.setattr(Explorer, "datasets", lambda *_: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        assert desk.ask(f"{DATASETS}?apikey={secret}")["statusCode"] == 500
        assert desk.keyed(DATASETS, secret)["statusCode"] == 500
        assert desk.keyed(f"{DATASETS}/wages/records?where=((", secret)["statusCode"] == 400
    assert "ZeroDivisionError" in caplog.text
    assert secret not in caplog.text
    assert hash_of(secret) not in caplog.text


# When what a key opens changes


def test_a_revoked_key_opens_nothing_a_minute_later(own: KeyBox) -> None:
    desk, secret = Desk(own.lake), own.secrets["all"]
    assert desk.keyed(f"{DATASETS}/wages", secret)["statusCode"] == 200
    revoke_key(own.lake, DURHAM, own.kept["all"].id)
    desk.time += timedelta(seconds=60)
    assert desk.keyed(f"{DATASETS}/wages", secret)["statusCode"] == 401
    assert desk.keyed(f"{DATASETS}/wages", own.secrets["wages"])["statusCode"] == 200


def test_a_new_key_opens_what_it_opens_five_seconds_later(own: KeyBox) -> None:
    desk = Desk(own.lake)
    assert desk.keyed(DATASETS, own.secrets["all"])["statusCode"] == 200
    secret = own.make("new", DURHAM, everything=True)
    desk.time += timedelta(seconds=5)
    assert desk.keyed(DATASETS, secret)["statusCode"] == 200


def test_an_expiring_key_ends_to_the_second(own: KeyBox) -> None:
    desk = Desk(own.lake)
    ends = desk.time + timedelta(seconds=10)
    secret = own.make("brief", DURHAM, everything=True, expires_at=ends)
    desk.time = ends - timedelta(microseconds=1)
    assert desk.keyed(DATASETS, secret)["statusCode"] == 200
    desk.time = ends
    assert desk.keyed(DATASETS, secret)["statusCode"] == 401


def test_sharing_and_hiding_count_at_once(own: KeyBox) -> None:
    desk, lake = Desk(own.lake), own.lake
    aurora, wages = own.secrets["for a stranger"], f"{DATASETS}/wages"
    assert desk.keyed(wages, aurora)["statusCode"] == 404
    share(lake, DURHAM, "wages", Visibility.SHARED, ["co/aurora"])
    assert desk.keyed(wages, aurora)["statusCode"] == 200
    assert json_of(desk.keyed(wages, aurora))["visibility"] == "restricted"
    share(lake, DURHAM, "wages", Visibility.PUBLIC)
    assert json_of(desk.ask(wages))["visibility"] == "domain"
    share(lake, DURHAM, "wages", Visibility.PRIVATE)
    assert desk.keyed(wages, aurora)["statusCode"] == desk.ask(wages)["statusCode"] == 404


@given(
    owner=st.sampled_from(["", DURHAM, "3755000"]),
    everything=st.booleans(),
    datasets=st.lists(st.sampled_from(["wages", "permits", "budget"]), max_size=2),
    party=st.sampled_from(["", "3755000", DURHAM]),
)
def test_rights_never_reach_beyond_their_own_city(
    box: KeyBox, owner: str, everything: bool, datasets: list[str], party: str
) -> None:
    rights = Rights(owner=owner, everything=everything, datasets=tuple(datasets), party=party)
    for namespace in (DURHAM, "3755000"):
        for entry in box.lake.catalog(namespace).catalog.datasets.values():
            if rights.include(entry):
                assert entry.dataset.owner == owner


# Counting


def told(answer: Mapping[str, Any]) -> tuple[str | None, ...]:
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
    return tuple(header(answer, name) for name in names)


def test_calls_are_counted_down_and_refused_until_midnight(own: KeyBox) -> None:
    desk = Desk(own.lake)
    secret = own.make("small", DURHAM, everything=True, daily_calls=3)
    desk.time = datetime(2026, 11, 25, 23, 59, 30, tzinfo=UTC)
    midnight = "2026-11-26 00:00:00+00:00"
    answers = [
        desk.keyed(DATASETS, secret),
        desk.keyed(DATASETS, secret, "HEAD"),
        desk.keyed(f"{DATASETS}/wages/exports/csv", secret),
    ]
    assert [told(answer) for answer in answers] == [
        ("3", str(left), midnight) for left in (2, 1, 0)
    ]
    refused = desk.keyed(f"{DATASETS}/population", secret)
    assert refused["statusCode"] == 429
    assert json_of(refused) == {
        "errorcode": 10002,
        "reset_time": "2026-11-26T00:00:00Z",
        "limit_time_unit": "day",
        "call_limit": 3,
        "error": json_of(refused)["error"],
    }
    assert "3 calls a day" in json_of(refused)["error"]
    assert (header(refused, "retry-after"), told(refused)) == ("30", ("3", "0", midnight))
    assert header(refused, "cache-control") == "no-store"
    desk.time += timedelta(seconds=30)
    assert told(desk.keyed(DATASETS, secret)) == ("3", "2", "2026-11-27 00:00:00+00:00")


def test_what_is_refused_or_only_asked_beforehand_is_not_counted(own: KeyBox) -> None:
    desk = Desk(own.lake)
    secret = own.make("small", DURHAM, everything=True, daily_calls=2)
    keyed = {"authorization": f"Apikey {secret}"}
    assert desk.ask(DATASETS, "OPTIONS", keyed)["statusCode"] == 204
    assert desk.ask(DATASETS, "POST", keyed)["statusCode"] == 405
    assert desk.ask(f"{API}/nowhere", headers=keyed)["statusCode"] == 404
    assert desk.ask(RALEIGH_API, headers=keyed)["statusCode"] == 401
    assert told(desk.keyed(DATASETS, secret))[1] == "1"


def test_a_page_may_read_what_it_has_left(desk: Desk) -> None:
    exposed = header(desk.ask(DATASETS), "access-control-expose-headers") or ""
    assert {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
        "WWW-Authenticate",
    } <= set(exposed.split(", "))


def test_a_count_that_cannot_be_kept_turns_nobody_away(
    own: KeyBox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk, secret = Desk(own.lake), own.secrets["all"]
    (Path(own.lake.store.root) / "counts").write_text("no folder")
    for _ in range(3):
        answer = desk.keyed(DATASETS, secret)
        assert (answer["statusCode"], told(answer)) == (200, (None, None, None))
        assert header(answer, "cache-control") == "private, no-store"
    assert caplog.text.count("are not counted at the moment") == 1


def test_the_api_alone_knows_the_keys_of_its_lake(box: KeyBox) -> None:
    """Whoever makes the routes without a doorman gets one: no deployment is without."""
    resolver = Resolver()
    engine = DuckDBEngine(box.lake.roots)
    resolver.include_router(api_routes(Explorer(box.lake, engine)))
    request = event("/api/explore/v2.1/", headers={"authorization": "Apikey clk_wrong"})
    assert resolver.resolve(request, None)["statusCode"] == 401  # type: ignore[arg-type]
