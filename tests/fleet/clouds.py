"""AWS in memory: as much of it as the fleet asks, told as AWS tells it.

CloudFormation here is slow (an operation ends after some looks), keeps its events with their
tokens, refuses what the real one refuses, and makes and removes what its stacks hold. moto's does
none of this: it completes at once, and in silence.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

DATA, SERVICE = "data", "service"


def refused(code: str, message: str, operation: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Clock:
    """A clock that ticks by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


class Pages:
    """A paginator over one call."""

    def __init__(self, call: Callable[..., Mapping[str, Any]]) -> None:
        self._call = call

    def paginate(self, **asked: Any) -> Iterator[Mapping[str, Any]]:
        yield self._call(**asked)


@dataclass
class S3:
    """Buckets with versions."""

    clock: Clock
    buckets: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    page: int = 1_000
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def make(self, name: str) -> None:
        self.buckets.setdefault(name, {})

    def write(self, bucket: str, key: str, body: bytes) -> None:
        etag = f'"{hash(body) & 0xFFFFFFFF:08x}"'
        version = {"id": f"v{next(self._ids)}", "body": body, "etag": etag, "at": self.clock.now()}
        self._bucket(bucket).setdefault(key, []).append(version)

    def mark_deleted(self, bucket: str, key: str) -> None:
        marker = {"id": f"v{next(self._ids)}", "body": None, "etag": "", "at": self.clock.now()}
        self._bucket(bucket).setdefault(key, []).append(marker)

    def read(self, bucket: str, key: str) -> bytes | None:
        versions = self._bucket(bucket).get(key)
        body: bytes | None = versions[-1]["body"] if versions else None
        return body

    def contents(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        return {
            key: versions[-1]["body"]
            for key, versions in sorted(self.buckets.get(bucket, {}).items())
            if key.startswith(prefix) and versions[-1]["body"] is not None
        }

    # As boto3's client names them

    def get_paginator(self, name: str) -> Pages:
        return Pages({"list_objects_v2": self._list, "list_multipart_uploads": self._uploads}[name])

    def _list(self, *, Bucket: str, Prefix: str = "") -> Mapping[str, Any]:  # noqa: N803
        return {
            "Contents": [
                {
                    "Key": key,
                    "Size": len(body),
                    "ETag": self.buckets[Bucket][key][-1]["etag"],
                    "LastModified": self.buckets[Bucket][key][-1]["at"],
                }
                for key, body in self._checked(Bucket).contents(Bucket, Prefix).items()
            ]
        }

    def _uploads(self, *, Bucket: str) -> Mapping[str, Any]:  # noqa: N803
        self._bucket(Bucket)
        return {}

    def list_object_versions(self, *, Bucket: str, MaxKeys: int) -> Mapping[str, Any]:  # noqa: N803
        found = [
            (key, version)
            for key, versions in sorted(self._bucket(Bucket).items())
            for version in versions
        ][: min(MaxKeys, self.page)]
        shown: dict[str, list[dict[str, str]]] = {"Versions": [], "DeleteMarkers": []}
        for key, version in found:
            kind = "DeleteMarkers" if version["body"] is None else "Versions"
            shown[kind].append({"Key": key, "VersionId": version["id"]})
        return shown

    def delete_objects(
        self,
        *,
        Bucket: str,  # noqa: N803
        Delete: Mapping[str, Any],  # noqa: N803
    ) -> Mapping[str, Any]:
        held = self._bucket(Bucket)
        for named in Delete["Objects"]:
            key = named["Key"]
            held[key] = [one for one in held.get(key, []) if one["id"] != named["VersionId"]]
            if not held[key]:
                del held[key]
        return {}

    def copy(self, source: Mapping[str, str], bucket: str, key: str, ExtraArgs: Any) -> None:  # noqa: N803
        body = self.read(source["Bucket"], source["Key"])
        if body is None:
            raise refused("404", "Not Found", "HeadObject")
        if (
            self.buckets[source["Bucket"]][source["Key"]][-1]["etag"]
            != ExtraArgs["CopySourceIfMatch"]
        ):
            raise refused("PreconditionFailed", "At least one precondition did not hold")
        self.write(bucket, key, body)

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self.write(Bucket, Key, Body)

    def head_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        if Bucket not in self.buckets:
            raise refused("404", "Not Found", "HeadBucket")

    def delete_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        if self._bucket(Bucket):
            raise refused("BucketNotEmpty", "The bucket you tried to delete is not empty")
        del self.buckets[Bucket]

    def _bucket(self, name: str) -> dict[str, list[dict[str, Any]]]:
        if name not in self.buckets:
            raise refused("NoSuchBucket", "The specified bucket does not exist")
        return self.buckets[name]

    def _checked(self, name: str) -> "S3":
        self._bucket(name)
        return self


@dataclass
class FakeStack:
    name: str
    arn: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    status: str = "CREATE_IN_PROGRESS"
    protected: bool = False
    outputs: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)
    looks: int = 0
    token: str = ""
    wanted: tuple[str, dict[str, str]] | None = None

    @property
    def is_served(self) -> bool:
        return self.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class CloudFormation:
    """CloudFormation of an account.

    Args:
        makes: what making a stack makes: outputs, with export names; raises ``ValueError`` with the
            reason if it cannot.
        ends: what deleting a stack removes.
        looks: after how many looks an operation has ended.
    """

    def __init__(
        self,
        makes: Callable[[FakeStack], Sequence[dict[str, str]]],
        ends: Callable[[FakeStack], None],
        looks: int = 2,
    ) -> None:
        self._makes = makes
        self._ends = ends
        self._looks = looks
        self._numbers = itertools.count(1)
        self.stacks: dict[str, FakeStack] = {}
        self.fails: dict[str, list[str]] = {}
        """Reasons why the next operations on a stack fail, by ``{create|update|delete} {name}``."""
        self.throttled = 0
        """How many of the next calls are throttled."""
        self.calls: list[str] = []

    def create_stack(self, **asked: Any) -> None:
        self._called("create_stack", asked)
        name = asked["StackName"]
        if name in self.stacks:
            raise refused("AlreadyExistsException", f"Stack [{name}] already exists")
        assert asked["RetainExceptOnCreate"], "or a failed creation leaves its bucket behind"
        stack = FakeStack(
            name=name,
            arn=f"arn:aws:cloudformation:us-east-1:1:stack/{name}/{next(self._numbers)}",
            template=asked["TemplateURL"],
            parameters=_read(asked["Parameters"], "Parameter"),
            tags=_read(asked["Tags"], ""),
            protected=asked["EnableTerminationProtection"],
            token=asked["ClientRequestToken"],
        )
        self.stacks[name] = stack
        self._told(stack, "CREATE_IN_PROGRESS", "User Initiated")

    def update_stack(self, **asked: Any) -> None:
        self._called("update_stack", asked)
        stack = self._found(asked["StackName"])
        if not stack.is_served:
            raise refused(
                "ValidationError",
                f"Stack:{stack.arn} is in {stack.status} state and can not be updated.",
            )
        wanted = (asked["TemplateURL"], _read(asked["Parameters"], "Parameter"))
        if wanted == (stack.template, stack.parameters):
            raise refused("ValidationError", "No updates are to be performed.")
        stack.wanted, stack.token = wanted, asked["ClientRequestToken"]
        self._told(stack, "UPDATE_IN_PROGRESS", "User Initiated")

    def delete_stack(self, **asked: Any) -> None:
        self._called("delete_stack", asked)
        name = asked["StackName"]
        stack = self.stacks.get(name)
        if stack is None:
            return
        if stack.protected:
            raise refused(
                "ValidationError",
                f"Stack [{name}] cannot be deleted while TerminationProtection is enabled",
            )
        if stack.status.endswith("_IN_PROGRESS"):
            return
        stack.token = asked["ClientRequestToken"]
        self._told(stack, "DELETE_IN_PROGRESS", "User Initiated")

    def update_termination_protection(self, **asked: Any) -> None:
        self._called("update_termination_protection", asked)
        self._found(asked["StackName"]).protected = asked["EnableTerminationProtection"]

    def describe_stacks(self, **asked: Any) -> Mapping[str, Any]:
        self._called("describe_stacks", asked)
        self._advance()
        stack = self._found(asked["StackName"])
        return {
            "Stacks": [
                {
                    "StackId": stack.arn,
                    "StackName": stack.name,
                    "StackStatus": stack.status,
                    "EnableTerminationProtection": stack.protected,
                    "Outputs": stack.outputs,
                }
            ]
        }

    def get_paginator(self, name: str) -> Pages:
        assert name == "describe_stack_events"
        return Pages(self._events)

    def _events(self, **asked: Any) -> Mapping[str, Any]:
        self._called("describe_stack_events", asked)
        (stack,) = (one for one in self.stacks.values() if one.arn == asked["StackName"])
        return {"StackEvents": list(reversed(stack.events))}

    def _advance(self) -> None:
        for stack in list(self.stacks.values()):
            if not stack.status.endswith("_IN_PROGRESS"):
                continue
            stack.looks += 1
            if stack.looks >= self._looks:
                stack.looks = 0
                self._end(stack)

    def _end(self, stack: FakeStack) -> None:
        doing = stack.status.split("_")[0].lower()
        failures = self.fails.get(f"{doing} {stack.name}", [])
        reason = failures.pop(0) if failures else ""
        if doing == "create" and not reason:
            try:
                stack.outputs = list(self._makes(stack))
            except ValueError as error:
                reason = str(error)
        if reason:
            event = {"ResourceType": "AWS::Glue::Database", "LogicalResourceId": "Database"}
            self._told(stack, f"{doing.upper()}_FAILED", reason, **event)
        match doing, bool(reason):
            case "create", False:
                self._told(stack, "CREATE_COMPLETE")
            case "create", True:
                self._told(stack, "ROLLBACK_COMPLETE")
            case "update", False:
                assert stack.wanted is not None
                stack.template, stack.parameters = stack.wanted
                self._told(stack, "UPDATE_COMPLETE")
            case "update", True:
                self._told(stack, "UPDATE_ROLLBACK_COMPLETE")
            case "delete", True:
                self._told(stack, "DELETE_FAILED", "The following resource(s) failed to delete")
            case _:
                self._ends(stack)
                del self.stacks[stack.name]

    def _told(self, stack: FakeStack, status: str, reason: str = "", **about: str) -> None:
        if not about:
            stack.status = status
        stack.events.append(
            {
                "LogicalResourceId": stack.name,
                "PhysicalResourceId": "x" if about else stack.arn,
                "ResourceType": "AWS::CloudFormation::Stack",
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "ClientRequestToken": stack.token,
                **about,
            }
        )

    def _found(self, name: str) -> FakeStack:
        for stack in self.stacks.values():
            if name in (stack.name, stack.arn):
                return stack
        raise refused("ValidationError", f"Stack with id {name} does not exist")

    def _called(self, call: str, asked: Mapping[str, Any]) -> None:
        if self.throttled:
            self.throttled -= 1
            raise refused("Throttling", "Rate exceeded", call)
        self.calls.append(f"{call} {asked['StackName']}")


def _read(pairs: Sequence[Mapping[str, str]], prefix: str) -> dict[str, str]:
    return (
        {pair[f"{prefix}Key"]: pair[f"{prefix}Value"] for pair in pairs}
        if prefix
        else {pair["Key"]: pair["Value"] for pair in pairs}
    )
