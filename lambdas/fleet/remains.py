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

_NO_DATABASE = frozenset({"EntityNotFoundException"})
_NO_WORKGROUP = frozenset({"InvalidRequestException"})


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
        named = tuple(self._named(geoid, bucket))
        tagged = (Remain(arn, is_data=_is_data(arn, geoid, bucket)) for arn in self._tagged(geoid))
        return (*named, *(remain for remain in tagged if not _is_told(remain, named)))

    def remove_database(self, geoid: str) -> None:
        """Delete the Glue database and the Athena workgroup."""
        try:
            self._glue.delete_database(Name=database_name(geoid))
        except ClientError as error:
            _unless(error, _NO_DATABASE)
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
            return _unless(error, _NO_DATABASE)
        return True

    def _has_workgroup(self, geoid: str) -> bool:
        try:
            self._athena.get_work_group(WorkGroup=workgroup_name(geoid))
        except ClientError as error:
            return _unless(error, _NO_WORKGROUP)
        return True


def database_name(geoid: str) -> str:
    """Name of a city's Glue database."""
    return f"city_{geoid}"


def workgroup_name(geoid: str) -> str:
    """Name of a city's Athena workgroup."""
    return f"city-{geoid}"


def _name_of(arn: str) -> str:
    """What an ARN names: ``arn:aws:glue:…:database/city_3719000`` → ``city_3719000``.

    That of a stack ends with an id of its own, behind the name.
    """
    parts = arn.split(":", 5)[-1].split("/")
    return parts[1] if arn.split(":")[2:3] == ["cloudformation"] else parts[-1].rsplit(":", 1)[-1]


def _is_data(arn: str, geoid: str, bucket: str) -> bool:
    data = {data_stack(geoid), bucket, database_name(geoid), workgroup_name(geoid)}
    return _name_of(arn) in data


def _is_told(remain: Remain, named: Sequence[Remain]) -> bool:
    """Whether what the tag found was found by its name already."""
    return any(told.what.split(" ", 1)[1] == _name_of(remain.what) for told in named)


def _unless(error: ClientError, absent: frozenset[str]) -> bool:
    """Take an error for "there is none"; raise any other."""
    if error.response["Error"]["Code"] not in absent:
        raise error
    return False
