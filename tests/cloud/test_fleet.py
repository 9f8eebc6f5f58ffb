"""The fleet's machines: provision, stopped anywhere; failing; two at once; tear-down."""

import time
from collections.abc import Callable, Mapping

import boto3
import pytest

from lambdas.fleet.cities import City, Status
from lambdas.fleet.registry import TableRegistry, read_city
from local.cloud.platform import FLEET, MachineFailed, Platform
from tests.cloud.calls import API, get
from tests.cloud.conftest import Times

pytestmark = pytest.mark.cloud

ASHEVILLE = "3702140"
BELLINGHAM = "5305280"
CHATTANOOGA = "4714000"
DUBUQUE = "1922395"

SECONDS = 240
STEPS = ("register", "data-stack", "service-stack", "first-release", "smoke")


@pytest.fixture
def read(platform: Platform) -> Callable[[str], City]:
    """Reads a city from the registry."""
    table = boto3.resource("dynamodb").Table(platform.outputs(FLEET)["Registry"])
    registry = TableRegistry(table)
    return lambda geoid: read_city(registry, geoid)


def provision(platform: Platform, geoid: str) -> str:
    return platform.start(platform.outputs(FLEET)["ProvisionMachine"], {"geoid": geoid})


def stacks_of(geoid: str) -> Mapping[str, str]:
    """The stacks of a city that are not deleted, with their states."""
    pages = boto3.client("cloudformation").get_paginator("list_stacks").paginate()
    return {
        stack["StackName"]: stack["StackStatus"]
        for page in pages
        for stack in page["StackSummaries"]
        if geoid in stack["StackName"] and stack["StackStatus"] != "DELETE_COMPLETE"
    }


def pair(geoid: str) -> Mapping[str, str]:
    return {
        f"citylake-city-{geoid}": "CREATE_COMPLETE",
        f"citylake-city-{geoid}-data": "CREATE_COMPLETE",
    }


def stop_at(platform: Platform, execution: str, state: str) -> None:
    """Stop an execution as soon as it is in a state."""
    limit = time.monotonic() + SECONDS
    while state not in platform.states(execution):
        assert time.monotonic() < limit, f"{execution} never came to {state}"
        assert platform.describe(execution)["status"] == "RUNNING"
        time.sleep(0.02)
    platform.stop(execution)


def test_a_provision_that_is_stopped_in_any_step_is_taken_up_by_the_next(
    platform: Platform, read: Callable[[str], City]
) -> None:
    for step in STEPS:
        execution = provision(platform, ASHEVILLE)
        stop_at(platform, execution, step)
        assert platform.describe(execution)["status"] == "ABORTED"

    platform.wait(provision(platform, ASHEVILLE), SECONDS)

    city = read(ASHEVILLE)
    assert city.status is Status.LIVE
    assert all(check.passed for check in city.checks), city.checks
    assert stacks_of(ASHEVILLE) == pair(ASHEVILLE)


def test_a_stack_that_cannot_be_made_tells_why_and_is_made_once_it_can(
    platform: Platform, read: Callable[[str], City]
) -> None:
    taken = f"city_{BELLINGHAM}"
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": taken})

    with pytest.raises(MachineFailed, match="already exists"):
        platform.wait(provision(platform, BELLINGHAM), SECONDS)
    failed = read(BELLINGHAM)
    glue.delete_database(Name=taken)
    platform.wait(provision(platform, BELLINGHAM), SECONDS)

    assert failed.status is Status.FAILED
    assert f"Database {taken} already exists" in failed.reason
    assert read(BELLINGHAM).status is Status.LIVE
    assert stacks_of(BELLINGHAM) == pair(BELLINGHAM)


def test_two_provisions_of_a_city_at_once_are_one(
    platform: Platform, read: Callable[[str], City]
) -> None:
    executions = [provision(platform, CHATTANOOGA) for _ in range(2)]

    for execution in executions:
        platform.wait(execution, SECONDS)

    went_on = [execution for execution in executions if "smoke" in platform.states(execution)]
    assert len(went_on) == 1
    assert read(CHATTANOOGA).status is Status.LIVE
    assert stacks_of(CHATTANOOGA) == pair(CHATTANOOGA)


def test_a_place_that_nobody_governs_cannot_subscribe(platform: Platform) -> None:
    paradise = "3254600"  # a census designated place

    with pytest.raises(MachineFailed, match="CityRefused"):
        platform.wait(provision(platform, paradise), SECONDS)

    assert stacks_of(paradise) == {}


def test_a_city_that_leaves_leaves_nothing_and_its_neighbours_do_not_notice(
    platform: Platform, cities: Mapping[str, str], read: Callable[[str], City], times: Times
) -> None:
    platform.provision(DUBUQUE, print)
    bucket = read(DUBUQUE).bucket
    before = {city: answers(address) for city, address in cities.items()}
    teardown = platform.outputs(FLEET)["TeardownMachine"]
    order = {"geoid": DUBUQUE, "delete_data": DUBUQUE}

    began = time.monotonic()
    platform.wait(platform.start(teardown, order), SECONDS)
    times[f"tear down {DUBUQUE}"] = time.monotonic() - began
    once = read(DUBUQUE)
    platform.wait(platform.start(teardown, order), SECONDS)

    assert once.status is Status.GONE
    assert once.left == ()
    assert read(DUBUQUE).status is Status.GONE
    assert stacks_of(DUBUQUE) == {}
    assert bucket not in {each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]}
    assert f"city_{DUBUQUE}" not in databases()
    assert tagged(DUBUQUE) == []
    assert once.archive is not None
    kept = boto3.client("s3").list_objects_v2(
        Bucket=once.archive.bucket, Prefix=once.archive.prefix
    )
    assert kept["KeyCount"] > 0
    assert {city: answers(address) for city, address in cities.items()} == before


def answers(address: str) -> tuple[bytes, ...]:
    """What a city says of itself, byte for byte."""
    asked = (
        f"{API}/datasets?limit=100",
        f"{API}/datasets/population/records?limit=20",
        f"{API}/datasets/population/exports/csv",
    )
    return tuple(get(f"{address}{path}").body for path in asked)


def databases() -> set[str]:
    return {each["Name"] for each in boto3.client("glue").get_databases()["DatabaseList"]}


def tagged(geoid: str) -> list[str]:
    """What bears a city's tag, by ARN."""
    found = boto3.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "citylake:city", "Values": [geoid]}]
    )
    return [each["ResourceARN"] for each in found["ResourceTagMappingList"]]
