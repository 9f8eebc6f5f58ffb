"""Stacks of CloudFormation, brought to what is wanted of them, one look at a time.

Nothing is remembered between two looks but what CloudFormation itself remembers: every operation
carries a token made from the run that asked for it and the stack's name, and every event of a stack
repeats the token of its operation. So whoever looks, however often it was killed in between, knows
whether the last thing that befell a stack was this run's doing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from botocore.exceptions import ClientError

from citylake.errors import StackFailed, Throttled

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        ParameterTypeDef,
        StackEventTypeDef,
        StackTypeDef,
        TagTypeDef,
    )

_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
_ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
_NEVER_MADE = frozenset(
    {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS"}
)
"""States of a stack that was never complete, and so never held anything."""

_REASONS = 3
"""Failures that are told: the first ones, of which the others are mostly consequences."""

_NO_REASONS = frozenset({"User Initiated", "Rollback complete"})
"""What stands for a reason where there is none."""

_THROTTLING = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded"})
_UNDER_WAY = frozenset(
    {"AlreadyExistsException", "OperationInProgressException", "TokenAlreadyExistsException"}
)
"""Refusals which say that another asked first: the next look tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOrder:
    """What a stack should be.

    Attributes:
        name: of the stack.
        template: address of its template, ``https``, in a bucket.
        parameters: of the template, by name.
        tags: of the stack and of all in it.
        protected: whether it holds what must not be lost: protected against deletion, and never
            deleted to make room for another try once it was complete.
    """

    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack as CloudFormation describes it.

    Attributes:
        arn: its ARN.
        status: as CloudFormation says it (``CREATE_COMPLETE``).
        outputs: by key.
        exports: the same values by the name under which they are exported, those that are.
    """

    arn: str
    status: str
    protected: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)

    @property
    def moving(self) -> bool:
        """Whether an operation is under way; one that only awaits review is not."""
        return self.status.endswith("_IN_PROGRESS") and self.status not in _NEVER_MADE


class Stacks(Protocol):
    """The stacks of an account and region."""

    def find(self, name: str) -> Stack | None:
        """Describe a stack; ``None`` if there is none."""

    def ensure(self, order: StackOrder, run: str) -> Stack | None:
        """Look at a stack and take the next step towards what is wanted.

        Args:
            order: what is wanted.
            run: the run that wants it.

        Returns:
            The stack once it is as wanted, ``None`` while it is not: look again later.

        Raises:
            StackFailed: this run's operation failed, or an earlier one left the stack in a state
                that people must mend; CloudFormation's reasons are in the message.
            Throttled: CloudFormation asked for patience.
        """

    def remove(self, name: str, run: str, *, unprotect: bool = False) -> bool:
        """Look at a stack and take the next step towards its end.

        Args:
            name: of the stack.
            run: the run that wants it gone.
            unprotect: lift its protection against deletion first.

        Returns:
            Whether it is gone; if not, look again later.

        Raises:
            StackFailed: it could not be deleted; CloudFormation's reasons are in the message.
            Throttled: CloudFormation asked for patience.
        """


class CloudFormationStacks:
    """Stacks made with CloudFormation.

    Args:
        client: of the account and region.
        role: ARN of the role with whose rights CloudFormation works.
    """

    def __init__(self, client: "CloudFormationClient", role: str) -> None:
        self._client = client
        self._role = role

    def find(self, name: str) -> Stack | None:
        """Describe a stack."""
        try:
            (described,) = self._client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in _message(error):
                return None
            _fail(name, "describe", error)
        return None if described["StackStatus"] == "DELETE_COMPLETE" else _stack(described)

    def ensure(self, order: StackOrder, run: str) -> Stack | None:
        """Create, update, or clear away what an earlier run left half made."""
        stack = self.find(order.name)
        if stack is None:
            self._create(order, run)
            return None
        if stack.moving:
            return None
        mine = self._last_run(stack) in {
            _token(run, order.name, kind) for kind in ("create", "update")
        }
        if stack.status in _UPDATABLE:
            if mine and stack.status in _ROLLED_BACK:
                raise self._failure(order.name, stack)
            settled = mine or not self._update(order, run)
            return stack if settled else None
        spoilt = stack.status in _NEVER_MADE and not mine
        if spoilt or (stack.status == "DELETE_FAILED" and not order.protected):
            self._delete(order.name, stack, run, unprotect=True)
            return None
        raise self._failure(order.name, stack)

    def remove(self, name: str, run: str, *, unprotect: bool = False) -> bool:
        """Delete a stack that is at rest."""
        stack = self.find(name)
        if stack is None:
            return True
        if not stack.moving:
            self._delete(name, stack, run, unprotect=unprotect)
        return False

    def _create(self, order: StackOrder, run: str) -> None:
        try:
            self._client.create_stack(
                **self._asked(order, run, "create"), EnableTerminationProtection=order.protected
            )
        except ClientError as error:
            if _code(error) not in _UNDER_WAY:
                _fail(order.name, "create", error)

    def _update(self, order: StackOrder, run: str) -> bool:
        """Ask for an update; say whether there was anything to change."""
        try:
            self._client.update_stack(**self._asked(order, run, "update"))
        except ClientError as error:
            if "No updates are to be performed" in _message(error):
                return False
            if _code(error) not in _UNDER_WAY and "_IN_PROGRESS" not in _message(error):
                _fail(order.name, "update", error)
        return True

    def _asked(self, order: StackOrder, run: str, kind: str) -> dict[str, Any]:
        """What CloudFormation is asked for, whether it makes a stack or changes it."""
        return {
            "StackName": order.name,
            "TemplateURL": order.template,
            "Parameters": _parameters(order),
            "Tags": _tags(order),
            "Capabilities": ["CAPABILITY_IAM"],
            "RetainExceptOnCreate": True,  # what failed leaves no bucket in the next try's way
            "ClientRequestToken": _token(run, order.name, kind),
            "RoleARN": self._role,
        }

    def _delete(self, name: str, stack: Stack, run: str, *, unprotect: bool) -> None:
        if stack.status == "DELETE_FAILED" and self._last_run(stack) == _token(run, name, "delete"):
            raise self._failure(name, stack)
        try:
            if unprotect and stack.protected:
                self._client.update_termination_protection(
                    StackName=name, EnableTerminationProtection=False
                )
            self._client.delete_stack(
                StackName=name,
                ClientRequestToken=_token(run, name, "delete"),
                RoleARN=self._role,
            )
        except ClientError as error:
            gone = "does not exist" in _message(error)
            if not gone and _code(error) not in _UNDER_WAY:
                _fail(name, "delete", error)

    def _last_run(self, stack: Stack) -> str:
        """The token of the last operation on a stack; empty where it had none."""
        for event in self._events(stack):
            if event.get("PhysicalResourceId") == stack.arn:
                return event.get("ClientRequestToken", "")
        return ""

    def _failure(self, name: str, stack: Stack) -> StackFailed:
        """Word what went wrong in the last operation on a stack.

        The first failures of resources are told. Where CloudFormation refused before it touched
        any, the stack's own event has the reason.
        """
        resources: list[str] = []
        own: list[str] = []
        token = None
        for event in self._events(stack):
            token = event.get("ClientRequestToken", "") if token is None else token
            if event.get("ClientRequestToken", "") != token:
                break
            reason = event.get("ResourceStatusReason", "")
            if not reason or reason in _NO_REASONS:
                continue
            if event.get("PhysicalResourceId") == stack.arn:
                own.append(reason)
            elif event.get("ResourceStatus", "").endswith("_FAILED") and "cancelled" not in reason:
                what = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')})"
                resources.append(f"{what}: {reason}")
        told = [*reversed(resources)] or [*reversed(own)] or ["CloudFormation names no reason"]
        return StackFailed(f"stack {name} is in {stack.status}: {'; '.join(told[:_REASONS])}")

    def _events(self, stack: Stack) -> Iterator["StackEventTypeDef"]:
        """The events of a stack, the newest first."""
        try:
            for page in self._client.get_paginator("describe_stack_events").paginate(
                StackName=stack.arn
            ):
                yield from page["StackEvents"]
        except ClientError as error:
            _fail(stack.arn, "describe the events of", error)


def digest_of(template: str) -> str:
    """The digest that a template's address ends with: assets are named by what they hold."""
    return template.rsplit("/", 1)[-1].partition(".")[0]


def _stack(described: "StackTypeDef") -> Stack:
    outputs = described.get("Outputs", [])
    return Stack(
        arn=described.get("StackId", ""),
        status=described["StackStatus"],
        protected=described.get("EnableTerminationProtection", False),
        outputs={held["OutputKey"]: held["OutputValue"] for held in outputs},
        exports={
            held["ExportName"]: held["OutputValue"] for held in outputs if "ExportName" in held
        },
    )


def _parameters(order: StackOrder) -> "list[ParameterTypeDef]":
    return [
        {"ParameterKey": name, "ParameterValue": value} for name, value in order.parameters.items()
    ]


def _tags(order: StackOrder) -> "list[TagTypeDef]":
    return [{"Key": name, "Value": value} for name, value in order.tags.items()]


def _token(run: str, name: str, kind: str) -> str:
    """The token of a run's operation on a stack: the same whenever it is made, and no other's."""
    digest = hashlib.sha256(f"{run} {name}".encode()).hexdigest()
    return f"{kind}-{digest[:40]}"


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _message(error: ClientError) -> str:
    return error.response["Error"].get("Message", "")


def _fail(name: str, doing: str, error: ClientError) -> NoReturn:
    if _code(error) in _THROTTLING:
        raise Throttled(f"CloudFormation throttles: cannot {doing} {name} now") from error
    raise StackFailed(f"cannot {doing} stack {name}: {_message(error)} ({_code(error)})") from error
