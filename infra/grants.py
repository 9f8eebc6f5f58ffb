"""What a role may do; whoever grants by a pattern says why, and so excuses it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from infra.nag import excuse

_BLANK = re.compile(r"\$\{([^}]+)\}")


class ReasonMissing(Exception):
    """A grant by a pattern does not say why it is not narrower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Actions on resources.

    Attributes:
        actions: as IAM names them.
        on: ARNs, or patterns of ARNs.
        because: why a pattern; empty where there is none.
        conditions: under which it holds, as IAM writes them.
    """

    actions: Sequence[str]
    on: Sequence[str]
    because: str = ""
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def statement(self) -> iam.PolicyStatement:
        """The same as a statement of a policy."""
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=list(self.on),
            conditions=dict(self.conditions) or None,
        )


def grant(holder: iam.Role | iam.Policy | iam.ManagedPolicy, grants: Sequence[Grant]) -> None:
    """Let a role, or whoever has a policy, do this, and excuse the patterns in it.

    Raises:
        ReasonMissing: a pattern without a reason.
    """
    for each in grants:
        if isinstance(holder, iam.Role):
            holder.add_to_policy(each.statement())
        else:
            holder.add_statements(each.statement())
        excuse_patterns(holder, each)


def excuse_patterns(holder: IConstruct, given: Grant) -> None:
    """Excuse the patterns of one grant wherever they stand below a construct."""
    stack = Stack.of(holder)
    named = [("Action", action) for action in given.actions]
    named += [("Resource", _as_reported(stack.resolve(resource))) for resource in given.on]
    for kind, text in named:
        if "*" not in text:
            continue
        if not given.because:
            raise ReasonMissing(
                f"{holder.node.path}: {kind.lower()} {text} is a pattern; expected a reason"
            )
        excuse(holder, f"IAM5[{kind}::{text}]", given.because)


def _as_reported(value: object) -> str:
    """Write a resolved value as cdk-nag does in its findings: references in angle brackets."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [str(between), [*parts]]}:
            return between.join(_as_reported(part) for part in parts)
        case {"Fn::Sub": str(text)}:
            return _BLANK.sub(r"<\1>", text)
        case {"Fn::ImportValue": inner}:
            return _as_reported(inner)
    raise TypeError(f"no way to write {value!r} as a rule's finding")
