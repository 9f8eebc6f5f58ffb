"""Removing a city, with and without its data."""

import json
from dataclasses import replace

import pytest

from citylake.entitlements import Status as Standing
from citylake.entitlements import read_entitlement
from citylake.errors import CityNotFound, CityNotGone, CityRefused, CityStateInvalid, StackFailed
from lambdas.fleet.cities import Status
from lambdas.fleet.fleet import Order
from lambdas.fleet.steps import take
from tests.fleet.account import ARCHIVE, BOULDER, DURHAM, Account, BucketStore, live, run

DATA, SERVICE = "citylake-city-3719000-data", "citylake-city-3719000"
BUCKET = "lake-3719000"


@pytest.fixture
def account() -> Account:
    """Durham with data of its own, and Boulder beside it."""
    account = Account()
    live(account, DURHAM.geoid, BOULDER.geoid)
    account.s3.write(BUCKET, "warehouse/3719000/trees/a.parquet", b"trees")
    account.s3.write(BUCKET, "catalog/3719000.json", b"older")
    account.s3.write(BUCKET, "catalog/3719000.json", b"newer")
    account.s3.write(BUCKET, "exports/x/trees.csv", b"made from the rest")
    account.s3.write(BUCKET, "inbox/old.csv", b"gone")
    account.s3.mark_deleted(BUCKET, "inbox/old.csv")
    return account


def leaving(step: str, delete_data: str = "") -> Order:
    return Order(step=step, execution="run-2", geoid=DURHAM.geoid, delete_data=delete_data)


def archived(account: Account) -> dict[str, bytes]:
    kept = account.city().archive
    assert kept is not None
    return {
        key.removeprefix(kept.prefix): body
        for key, body in account.s3.contents(ARCHIVE, kept.prefix).items()
    }


def test_without_the_word_the_service_goes_and_the_data_stays(account: Account) -> None:
    owned = account.s3.contents(BUCKET)

    done = run(account, "teardown", "run-2")

    assert done.error is None
    city = account.city()
    assert (city.status, city.execution, city.api_url) == (Status.GONE, "", "")
    assert city.left == (f"stack {DATA}", f"bucket {BUCKET}", "database city_3719000")
    assert [name for name in account.standing() if "3719000" in name] == [DATA]
    assert account.cloudformation.stacks[DATA].protected
    assert set(account.s3.contents(BUCKET)) == set(owned)


def test_what_the_city_owned_is_in_the_archive_with_an_index(account: Account) -> None:
    run(account, "teardown", "run-2")

    kept = archived(account)
    index = [json.loads(line) for line in kept.pop("index.jsonl").splitlines()]
    assert kept["files/warehouse/3719000/trees/a.parquet"] == b"trees"
    assert kept["files/catalog/3719000.json"] == b"newer"
    assert not any("exports/" in key or "inbox/old.csv" in key for key in kept)
    assert {f"files/{line['key']}": line["size"] for line in index} == {
        key: len(body) for key, body in kept.items()
    }
    record = account.city().archive
    assert record is not None
    assert (record.objects, record.size) == (len(kept), sum(map(len, kept.values())))


def test_its_staff_can_write_no_more_from_the_beginning(account: Account) -> None:
    take(account.fleet(), leaving("leave"))

    told = read_entitlement(BucketStore(account.s3, BUCKET))
    assert (told.status, told.reason) == (Standing.SUSPENDED, "the city is leaving")
    assert account.city().status is Status.LEAVING


def test_with_the_word_nothing_is_left_but_the_archive(account: Account) -> None:
    done = run(account, "teardown", "run-2", delete_data=DURHAM.geoid)

    assert done.error is None
    city = account.city()
    assert (city.status, city.left, city.bucket) == (Status.GONE, (), "")
    assert BUCKET not in account.s3.buckets
    assert DURHAM.geoid not in account.databases
    assert not [name for name in account.standing() if "3719000" in name]
    assert archived(account)["files/warehouse/3719000/trees/a.parquet"] == b"trees"


def test_what_was_written_after_the_first_copy_is_archived_before_anything_is_deleted(
    account: Account,
) -> None:
    fleet = account.fleet()

    def step(name: str) -> bool:
        return take(fleet, leaving(name, delete_data=DURHAM.geoid)).done

    step("leave")
    while not step("archive"):
        pass
    account.s3.write(BUCKET, "quarantine/3719000/trees/late.jsonl", b"late")
    while not step("service-stack-deleted"):
        pass
    while not step("data-deleted"):
        pass

    assert archived(account)["files/quarantine/3719000/trees/late.jsonl"] == b"late"


def test_the_neighbour_is_untouched(account: Account) -> None:
    def neighbour() -> tuple[object, ...]:
        stacks = {name: held for name, held in account.standing().items() if "0807850" in name}
        return account.city(BOULDER.geoid), account.s3.contents("lake-0807850"), stacks

    before = neighbour()

    run(account, "teardown", "run-2", delete_data=DURHAM.geoid)

    assert neighbour() == before


@pytest.mark.parametrize("word", [BOULDER.geoid, "yes", "3719000 "])
def test_another_word_than_its_own_geoid_deletes_nothing(account: Account, word: str) -> None:
    refused = run(account, "teardown", "run-2", delete_data=word)

    assert isinstance(refused.error, CityRefused)
    assert account.city().status is Status.LIVE
    assert SERVICE in account.standing()


def test_data_is_deleted_only_while_its_city_leaves_and_is_served_no_more(account: Account) -> None:
    fleet = account.fleet()
    take(fleet, leaving("leave"))

    with pytest.raises(CityStateInvalid, match="still served"):
        take(fleet, leaving("data-deleted", delete_data=DURHAM.geoid))
    with pytest.raises(CityStateInvalid, match="deleted only while it leaves"):
        take(fleet, leaving("data-deleted"))

    assert account.s3.contents(BUCKET)


def test_a_second_teardown_finds_nothing_to_do(account: Account) -> None:
    run(account, "teardown", "run-2")
    before = account.city()

    again = run(account, "teardown", "run-3")

    assert [step for step, _ in again.answers] == ["leave"]
    assert account.city() == before


def test_the_data_that_stayed_can_be_deleted_later(account: Account) -> None:
    run(account, "teardown", "run-2")

    run(account, "teardown", "run-3", delete_data=DURHAM.geoid)

    assert account.city().left == ()
    assert BUCKET not in account.s3.buckets


def test_a_city_whose_provision_failed_can_be_removed() -> None:
    account = Account()
    account.cloudformation.fails[f"create {DATA}"] = ["no"]
    run(account, "provision", "run-1")

    done = run(account, "teardown", "run-2", delete_data=DURHAM.geoid)

    assert done.error is None
    assert not account.standing()
    assert account.city().status is Status.GONE


def test_a_stack_that_cannot_be_deleted_stands_in_the_city_s_record(account: Account) -> None:
    account.cloudformation.fails[f"delete {SERVICE}"] = ["the network interface is in use"]

    failed = run(account, "teardown", "run-2")

    assert isinstance(failed.error, StackFailed)
    city = account.city()
    assert (city.status, city.execution) == (Status.LEAVING, "")
    assert "the network interface is in use" in city.trouble
    assert run(account, "teardown", "run-3").error is None
    assert (account.city().status, account.city().trouble) == (Status.GONE, "")


def test_something_that_stays_is_named_after_an_hour(account: Account) -> None:
    account.late = ["arn:aws:logs:us-east-1:1:log-group:/city"]

    failed = run(account, "teardown", "run-2")

    assert isinstance(failed.error, CityNotGone)
    assert "arn:aws:logs:us-east-1:1:log-group:/city" in account.city().trouble
    account.late = []
    assert run(account, "teardown", "run-3").error is None


def test_a_city_that_nobody_asked_for_cannot_be_removed() -> None:
    assert isinstance(run(Account(), "teardown", "run-1").error, CityNotFound)


def test_without_time_to_copy_nothing_is_deleted(account: Account) -> None:
    for step in (
        "leave",
        "service-stack-deleted",
        "service-stack-deleted",
        "service-stack-deleted",
    ):
        take(account.fleet(), leaving(step))
    hurried = replace(account.fleet(), seconds_left=lambda: 1.0)

    turn = take(hurried, leaving("data-deleted", delete_data=DURHAM.geoid))

    assert not turn.done
    assert account.s3.contents(BUCKET)["warehouse/3719000/trees/a.parquet"] == b"trees"
    archive = account.city().archive
    assert archive is not None
    assert not archive.sealed_at


def test_data_that_is_half_deleted_cannot_be_kept(account: Account) -> None:
    account.cloudformation.fails[f"delete {DATA}"] = ["no"]
    half = run(account, "teardown", "run-2", delete_data=DURHAM.geoid)
    assert isinstance(half.error, StackFailed)

    refused = run(account, "teardown", "run-3")

    assert isinstance(refused.error, CityRefused)
    assert account.city().status is Status.LEAVING
    assert run(account, "teardown", "run-4", delete_data=DURHAM.geoid).error is None
    assert archived(account)["files/warehouse/3719000/trees/a.parquet"] == b"trees"
