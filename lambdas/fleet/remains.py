"""What is left of a city: what bears its tag, and each thing that has a name of its own.

The tagging service learns late of what is gone, and does not know every kind of resource. So what
has a name of its own is looked at by that name, and what the tagging service says counts beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from lambdas.fleet.fleet import TAG, data_stack, service_stack
from lambdas.fleet.objects import bucket_exists
from lambdas.fleet.stacks import Stacks

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client

_NO_DATABASE = "EntityNotFoundException"


@dataclass(frozen=True, slots=True)
class Remain:
    """Something that is still there.

    Attributes:
        what: its ARN, or its kind and name.
        is_data: whether it is of the city's data, which stays unless it was asked to go.
    """

    what: str
    is_data: bool


class Remains(Protocol):
    """Looks for what is left of a city, and removes what its data stack leaves behind."""

    def find(self, geoid: str, bucket: str) -> Sequence[Remain]:
        """List what is left of a city.

        Args:
            geoid: the city.
            bucket: name of its bucket, empty if it never had one.
        """

    def remove_database(self, geoid: str) -> None:
        """Remove the city's database with its tables, and its workgroup, if they are there."""


class AccountRemains:
    """What is left of a city in an account.

    Args:
        tagging: clients of the regions where a city has anything: its own, and that of the edge.
        stacks: of the city's region.
        s3: client of S3.
        glue: client of the city's region.
        athena: likewise.
    """

    def __init__(
        self,
        tagging: "Sequence[ResourceGroupsTaggingAPIClient]",
        stacks: Stacks,
        s3: "S3Client",
        glue: "GlueClient",
        athena: "AthenaClient",
    ) -> None:
        self._tagging = tagging
        self._stacks = stacks
        self._s3 = s3
        self._glue = glue
        self._athena = athena

    def find(self, geoid: str, bucket: str) -> Sequence[Remain]:
        """Ask for the tag, and look at what has a name, one by one."""
        found = {remain.what: remain for remain in self._named(geoid, bucket)}
        data = {
            f"stack {data_stack(geoid)}",
            f"bucket {bucket}",
            f"database {database_name(geoid)}",
            f"workgroup {workgroup_name(geoid)}",
        }
        for what in map(_words, self._tagged(geoid)):
            found.setdefault(what, Remain(what, is_data=what in data))
        return tuple(found.values())

    def remove_database(self, geoid: str) -> None:
        """Delete the Glue database and the Athena workgroup."""
        try:
            self._glue.delete_database(Name=database_name(geoid))
        except ClientError as error:
            if error.response["Error"]["Code"] != _NO_DATABASE:
                raise
        if self._has_workgroup(geoid):
            self._athena.delete_work_group(
                WorkGroup=workgroup_name(geoid), RecursiveDeleteOption=True
            )

    def _named(self, geoid: str, bucket: str) -> Iterator[Remain]:
        for name, is_data in ((service_stack(geoid), False), (data_stack(geoid), True)):
            if self._stacks.find(name) is not None:
                yield Remain(f"stack {name}", is_data)
        if bucket and bucket_exists(self._s3, bucket):
            yield Remain(f"bucket {bucket}", is_data=True)
        if self._has_database(geoid):
            yield Remain(f"database {database_name(geoid)}", is_data=True)
        if self._has_workgroup(geoid):
            yield Remain(f"workgroup {workgroup_name(geoid)}", is_data=True)

    def _tagged(self, geoid: str) -> Iterator[str]:
        for client in self._tagging:
            for page in client.get_paginator("get_resources").paginate(
                TagFilters=[{"Key": TAG, "Values": [geoid]}]
            ):
                for found in page["ResourceTagMappingList"]:
                    yield found.get("ResourceARN", "")

    def _has_database(self, geoid: str) -> bool:
        try:
            self._glue.get_database(Name=database_name(geoid))
        except ClientError as error:
            if error.response["Error"]["Code"] != _NO_DATABASE:
                raise
            return False
        return True

    def _has_workgroup(self, geoid: str) -> bool:
        try:
            answer = self._athena.get_work_group(WorkGroup=workgroup_name(geoid))
        except ClientError as error:
            # Athena has one code for every request that it does not like.
            if "not found" not in error.response["Error"].get("Message", ""):
                raise
            return False
        return "WorkGroup" in answer


def database_name(geoid: str) -> str:
    """Name of a city's Glue database."""
    return f"city_{geoid}"


def workgroup_name(geoid: str) -> str:
    """Name of a city's Athena workgroup."""
    return f"city-{geoid}"


def _words(arn: str) -> str:
    """What an ARN names, in the words of ``_named`` (``database city_3719000``), or the ARN."""
    _, _, service, _, _, resource = arn.split(":", 5)
    kind, _, name = resource.partition("/")
    match service, kind:
        case "s3", _:
            return f"bucket {resource}"
        case ("glue", "database") | ("athena", "workgroup"):
            return f"{kind} {name}"
        case "cloudformation", "stack":
            return f"stack {name.partition('/')[0]}"  # behind the name stands an id of its own
        case _:
            return arn
