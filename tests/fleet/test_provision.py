"""Adding a city: the whole way, and what keeps one from being added."""

from typing import Any

import pytest

from citylake.catalog import read_catalog
from citylake.entitlements import ENTITLEMENT_KEY, read_entitlement
from citylake.entitlements import Status as Standing
from citylake.errors import CityRefused, CityStateInvalid, PortalUnsound, StackFailed
from citylake.lake.store import ABSENT
from lambdas.fleet.cities import Status
from lambdas.fleet.fleet import Order, Outcome
from lambdas.fleet.portal import Answer
from lambdas.fleet.steps import take
from tests.fleet.account import (
    AMHERST,
    BETHESDA,
    BOULDER,
    CHICAGO,
    COUNTS,
    DURHAM,
    Account,
    BucketStore,
    Run,
    live,
    run,
)

POPULATION = "/api/explore/v2.1/catalog/datasets/population"
DATA, SERVICE = "citylake-city-3719000-data", "citylake-city-3719000"


def test_a_city_is_provisioned_from_its_geoid_alone() -> None:
    account = Account()

    done = run(account, "provision", "run-1", domain="data.durham.example")

    assert done.error is None
    city = account.city()
    assert (city.status, city.execution) == (Status.LIVE, "")
    assert (city.name, city.state, city.slug) == ("Durham", "NC", "nc/durham")
    assert (city.population, city.tier) == (296_186, "pop_t11")
    assert (city.bucket, city.api_url) == ("lake-3719000", "https://3719000.example")
    assert city.datasets == COUNTS
    assert city.versions == {"data": "data0001", "service": "service0001"}
    assert [check.name for check in city.checks if check.passed] == [
        "page",
        "catalog",
        "records",
        "export",
        "write without a token",
    ]


def test_its_history_tells_every_status_in_order() -> None:
    account = Account()

    live(account)

    assert [change.status for change in account.city().history] == [
        "requested",
        "data",
        "service",
        "filling",
        "checking",
        "live",
    ]


def test_both_stacks_get_the_same_facts_and_the_city_s_tag_and_the_data_is_protected() -> None:
    account = Account()

    run(account, "provision", "run-1", domain="data.durham.example", features=["own-data", "maps"])

    facts = {
        "Geoid": "3719000",
        "Slug": "nc/durham",
        "Tier": "pop_t11",
        "Domain": "data.durham.example",
        "Features": "own-data,maps",
    }
    tags = {"citylake:city": "3719000"}
    assert account.standing() == {
        SERVICE: ("CREATE_COMPLETE", facts, tags),
        DATA: ("CREATE_COMPLETE", facts, tags),
    }
    protected = [name for name, held in account.cloudformation.stacks.items() if held.protected]
    assert protected == [DATA]


def test_its_bucket_is_a_lake_with_an_empty_catalog_and_an_active_subscription() -> None:
    account = Account()

    live(account)

    store = BucketStore(account.s3, "lake-3719000")
    assert store.get("lake.json") is not None
    catalog = read_catalog(store, DURHAM.geoid)
    assert catalog.version != ABSENT
    assert catalog.catalog.datasets == {}
    assert store.get(ENTITLEMENT_KEY) is not None
    assert read_entitlement(store).status is Standing.ACTIVE


@pytest.mark.parametrize(
    ("geoid", "reason"),
    [
        ("9999999", "no place of the register"),
        (BETHESDA.geoid, "without a government"),
        (AMHERST.geoid, "knows no population"),
        (CHICAGO.geoid, "private offer"),
    ],
)
def test_a_place_that_cannot_subscribe_is_refused_and_nothing_is_made(
    geoid: str, reason: str
) -> None:
    account = Account()

    refused = run(account, "provision", "run-1", geoid=geoid)

    assert isinstance(refused.error, CityRefused)
    assert reason in str(refused.error)
    assert not account.registry.held
    assert not account.cloudformation.calls


def test_a_place_above_the_bands_is_provisioned_when_the_offer_is_named() -> None:
    account = Account()

    run(account, "provision", "run-1", geoid=CHICAGO.geoid, private_offer="offer-7")

    city = account.city(CHICAGO.geoid)
    assert (city.status, city.tier, city.private_offer) == (Status.LIVE, "pop_t12", "offer-7")


@pytest.mark.parametrize(
    "asked",
    [
        {"domain": "https://data.example.gov"},
        {"domain": "data example"},
        {"domain": "DATA.example.gov"},
        {"domain": "a" * 64 + ".gov"},
        {"features": ["Own Data"]},
        {"features": ["a"] * 21},
    ],
)
def test_a_domain_or_a_feature_that_is_none_is_refused(asked: dict[str, Any]) -> None:
    account = Account()

    assert isinstance(run(account, "provision", "run-1", **asked).error, CityRefused)


def test_a_domain_belongs_to_one_city_until_that_is_gone() -> None:
    account = Account()
    run(account, "provision", "run-1", domain="data.example.gov")

    other = run(account, "provision", "run-2", geoid=BOULDER.geoid, domain="data.example.gov")

    assert isinstance(other.error, CityRefused)
    assert "Durham, NC (3719000)" in str(other.error)
    run(account, "teardown", "run-3")
    again = run(account, "provision", "run-4", geoid=BOULDER.geoid, domain="data.example.gov")
    assert again.error is None


def test_what_cloudformation_says_of_a_failed_data_stack_stands_in_the_city_s_status() -> None:
    account = Account()
    account.cloudformation.fails[f"create {DATA}"] = ["Database city_3719000 already exists"]

    failed = run(account, "provision", "run-1")

    assert isinstance(failed.error, StackFailed)
    city = account.city()
    assert (city.status, city.execution) == (Status.FAILED, "")
    assert city.reason == (
        f"StackFailed: stack {DATA} is in ROLLBACK_COMPLETE: "
        "Database (AWS::Glue::Database): Database city_3719000 already exists"
    )


@pytest.mark.parametrize("stack", [DATA, SERVICE])
def test_a_failed_stack_is_cleared_away_and_made_anew_by_the_next_try(stack: str) -> None:
    account = Account()
    account.cloudformation.fails[f"create {stack}"] = ["no"]
    run(account, "provision", "run-1")

    again = run(account, "provision", "run-2")

    assert again.error is None
    assert account.city().status is Status.LIVE
    assert {status for status, _, _ in account.standing().values()} == {"CREATE_COMPLETE"}


def test_no_two_stacks_of_a_run_share_a_token() -> None:
    """CloudFormation refuses a token that it knows: it would look like another run's work."""
    account = Account()
    live(account, DURHAM.geoid, BOULDER.geoid)
    account.version = "0002"
    cities = (DURHAM.geoid, BOULDER.geoid)
    order = Order(step="upgrade-wave", execution="run-2", cities=cities)
    while not take(account.fleet(), order).done:
        pass

    stacks = account.cloudformation.stacks.values()
    assert len({stack.token for stack in stacks}) == len(stacks) == 2 * len(cities)


def test_a_data_stack_that_was_ever_complete_is_never_deleted_to_make_room() -> None:
    account = Account()
    live(account)
    run(account, "teardown", "run-2")
    account.cloudformation.stacks[DATA].status = "UPDATE_ROLLBACK_FAILED"

    again = run(account, "provision", "run-3")

    assert isinstance(again.error, StackFailed)
    assert f"delete_stack {DATA}" not in account.cloudformation.calls


def test_throttling_is_waited_out() -> None:
    account = Account()
    account.cloudformation.throttled = 3

    live(account)

    assert account.city().status is Status.LIVE


@pytest.mark.parametrize(
    ("path", "answer", "check"),
    [
        ("GET /", Answer(200, {}, b"<title>Citylake</title>"), "page"),
        ("GET /api/explore/v2.1/catalog/datasets?", Answer(200, {}, b"{}"), "catalog"),
        (
            f"GET {POPULATION}/records",
            Answer(200, {}, b'{"total_count": 3, "results": [{"geoid": "0807850"}]}'),
            "records",
        ),
        (
            f"GET {POPULATION}/exports/jsonl",
            Answer(200, {}, b'{"year": 2023}\n'),
            "export",
        ),
        ("POST /api/publish", Answer(201, {}, b"{}"), "write without a token"),
        (
            "GET /api/explore/v2.1/catalog/datasets/population/exports",
            Answer(502, {}, b""),
            "export",
        ),
    ],
)
def test_a_portal_that_answers_wrongly_keeps_its_city_from_being_live(
    path: str, answer: Answer, check: str
) -> None:
    account = Account()
    account.answers[path] = answer

    failed = run(account, "provision", "run-1")

    assert isinstance(failed.error, PortalUnsound)
    city = account.city()
    assert city.status is Status.FAILED
    assert check in {found.name for found in city.checks if not found.passed}


def test_a_lake_that_has_nothing_about_the_place_keeps_it_from_being_live() -> None:
    account = Account()
    account.national.held = {}

    failed = run(account, "provision", "run-1")

    assert isinstance(failed.error, CityRefused)
    assert "harvest it first" in account.city().reason


def test_a_city_that_is_live_is_left_alone() -> None:
    account = Account()
    live(account)
    before = account.city()

    again = run(account, "provision", "run-2")

    assert again.answers[-1][1].note == "Durham, NC (3719000) is live already"
    assert account.city() == before


def test_a_suspended_city_is_resumed_not_provisioned() -> None:
    account = Account()
    live(account)
    run(account, "suspend", "run-2")

    again = run(account, "provision", "run-3")

    assert isinstance(again.error, CityStateInvalid)
    assert account.city().status is Status.SUSPENDED


def test_a_second_provision_finds_the_first_under_way_and_ends() -> None:
    account = Account()
    first = Run(account, "provision", "run-1", {"geoid": DURHAM.geoid}, account.fleet())
    turns = first.turns()
    next(turns)

    second = run(account, "provision", "run-2")

    assert second.answers == [("register", Outcome(proceed=False, note="already under way: run-1"))]
    assert account.city().execution == "run-1"
    list(turns)
    assert account.city().status is Status.LIVE


def test_the_register_is_asked_anew_when_a_city_comes_back() -> None:
    account = Account()
    live(account)
    run(account, "teardown", "run-2")
    assert account.city().left

    run(account, "provision", "run-3")

    city = account.city()
    assert (city.status, city.left, city.archive) == (Status.LIVE, (), None)
