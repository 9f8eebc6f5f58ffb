"""Looking for what is left of a city: by name on moto, by tag with a list of ARNs."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from lambdas.fleet.remains import AccountRemains, Remain
from lambdas.fleet.stacks import Stack, Stacks
from tests.fleet.clouds import Pages

REGION = "us-east-1"
GEOID, BUCKET = "3719000", "lake-3719000"
DATA, SERVICE = "citylake-city-3719000-data", "citylake-city-3719000"


class Standing:
    """Stacks of which only the names count."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find(self, name: str) -> Stack | None:
        return Stack(arn=name, status="CREATE_COMPLETE") if name in self.names else None


class Tags:
    """A tagging service that knows these ARNs."""

    def __init__(self, arns: Sequence[str]) -> None:
        self.arns = arns

    def get_paginator(self, name: str) -> Pages:
        assert name == "get_resources"
        return Pages(self._resources)

    def _resources(self, **asked: Any) -> dict[str, Any]:
        assert asked["TagFilters"] == [{"Key": "citylake:city", "Values": [GEOID]}]
        return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in self.arns]}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


def remains(stacks: Sequence[str] = (), arns: Sequence[str] = ()) -> AccountRemains:
    return AccountRemains(
        [cast("Any", Tags(arns))],
        cast("Stacks", Standing(stacks)),
        boto3.client("s3", REGION),
        boto3.client("glue", REGION),
        boto3.client("athena", REGION),
    )


def make_data() -> None:
    boto3.client("s3", REGION).create_bucket(Bucket=BUCKET)
    boto3.client("glue", REGION).create_database(DatabaseInput={"Name": "city_3719000"})
    boto3.client("athena", REGION).create_work_group(Name="city-3719000")


DATA_REMAINS = (
    Remain(f"stack {DATA}", is_data=True),
    Remain(f"bucket {BUCKET}", is_data=True),
    Remain("database city_3719000", is_data=True),
    Remain("workgroup city-3719000", is_data=True),
)


def test_of_a_city_that_never_was_nothing_is_left() -> None:
    assert remains().find(GEOID, "") == ()


def test_each_thing_with_a_name_is_found_by_it() -> None:
    make_data()

    found = remains(stacks=(SERVICE, DATA)).find(GEOID, BUCKET)

    assert found == (Remain(f"stack {SERVICE}", is_data=False), *DATA_REMAINS)


def test_what_the_tag_finds_once_more_is_told_once() -> None:
    make_data()
    arns = (
        f"arn:aws:cloudformation:us-east-1:1:stack/{DATA}/0a1b",
        f"arn:aws:s3:::{BUCKET}",
        "arn:aws:glue:us-east-1:1:database/city_3719000",
        "arn:aws:athena:us-east-1:1:workgroup/city-3719000",
    )

    assert remains((DATA,), arns).find(GEOID, BUCKET) == DATA_REMAINS


def test_what_only_the_tag_finds_is_told_by_its_arn() -> None:
    arns = (
        "arn:aws:lambda:us-east-1:1:function:city-read",
        "arn:aws:logs:us-east-1:1:log-group:/aws/vendedlogs/citylake/city-3719000",
    )

    found = remains(arns=arns).find(GEOID, BUCKET)

    assert found == tuple(Remain(arn, is_data=False) for arn in arns)


def test_the_database_and_the_workgroup_are_removed_and_removing_again_is_no_error() -> None:
    make_data()

    for _ in range(2):
        remains().remove_database(GEOID)

    assert remains().find(GEOID, "") == ()
