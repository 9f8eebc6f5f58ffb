"""The registry on moto's DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import msgspec
import pytest
from moto import mock_aws

from citylake.errors import CityNotFound, CityStateInvalid, RegistryConflict
from lambdas.fleet.cities import HISTORY_LENGTH, REASON_LENGTH, Archive, Check, City, Status
from lambdas.fleet.registry import TableRegistry, read_city

NOW = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)
DURHAM = City(
    geoid="3719000",
    name="Durham",
    state="NC",
    slug="nc/durham",
    population=296_186,
    population_year=2023,
    tier="pop_t11",
    features=("own-data",),
    execution="run-1",
    versions={"data": "0001"},
    datasets={"population": 3},
    checks=(Check(name="page", passed=True, notes="fine"),),
    archive=Archive(bucket="archive", prefix="3719000/", objects=2, size=3),
)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableRegistry]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield TableRegistry(
            boto3.resource("dynamodb", "us-east-1").create_table(
                TableName="cities",
                KeySchema=[{"AttributeName": "geoid", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "geoid", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        )


def test_a_city_is_read_back_whole(registry: TableRegistry) -> None:
    saved = registry.save(DURHAM.moved(Status.REQUESTED, NOW), NOW)

    assert registry.find("3719000") == saved
    assert (saved.revision, saved.changed_at) == (1, "2026-11-23T06:00:00Z")
    assert list(registry.cities()) == [saved]


def test_a_city_that_was_never_asked_for_is_none(registry: TableRegistry) -> None:
    assert registry.find("3719000") is None
    with pytest.raises(CityNotFound, match="3719000"):
        read_city(registry, "3719000")


def test_of_two_who_read_the_same_only_one_writes(registry: TableRegistry) -> None:
    read = registry.save(DURHAM, NOW)
    registry.save(msgspec.structs.replace(read, domain="a.example.gov"), NOW)

    with pytest.raises(RegistryConflict, match="revision 1"):
        registry.save(msgspec.structs.replace(read, domain="b.example.gov"), NOW)
    with pytest.raises(RegistryConflict):
        registry.save(msgspec.structs.replace(DURHAM, domain="c.example.gov"), NOW)

    assert read_city(registry, "3719000").domain == "a.example.gov"


def test_a_write_whose_answer_was_lost_is_not_a_conflict(registry: TableRegistry) -> None:
    once = registry.save(DURHAM, NOW)

    assert registry.save(DURHAM, NOW) == once


def test_all_cities_are_found_though_a_page_holds_only_some(registry: TableRegistry) -> None:
    notes = "x" * 100_000
    for number in range(25):  # of a hundred kilobytes, where a page of a scan is one megabyte
        check = Check(name="page", passed=True, notes=notes)
        city = msgspec.structs.replace(DURHAM, geoid=f"{number:07}", checks=(check,))
        registry.save(city, NOW)

    assert len({city.geoid for city in registry.cities()}) == 25


def test_what_a_city_keeps_is_bounded() -> None:
    city = DURHAM
    for number in range(HISTORY_LENGTH + 10):
        city = city.moved(Status.REQUESTED, NOW, reason=f"{number} {'x' * 2 * REASON_LENGTH}")

    assert len(city.history) == HISTORY_LENGTH
    assert city.history[0].reason.startswith("10 ")
    assert len(city.reason) <= REASON_LENGTH
    assert city.reason.endswith("[…]")


def test_saying_the_same_again_is_no_change() -> None:
    city = DURHAM.moved(Status.REQUESTED, NOW)

    assert city.moved(Status.REQUESTED, NOW) is city


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (Status.LIVE, Status.REQUESTED),
        (Status.REQUESTED, Status.LIVE),
        (Status.LIVE, Status.FAILED),
        (Status.GONE, Status.LIVE),
        (Status.LEAVING, Status.LIVE),
        (Status.FAILED, Status.SUSPENDED),
    ],
)
def test_a_status_says_what_it_may_come_from(was: Status, becomes: Status) -> None:
    city = msgspec.structs.replace(DURHAM, status=was)

    with pytest.raises(CityStateInvalid, match=f"is {was}; {becomes} follows only on"):
        city.moved(becomes, NOW)
