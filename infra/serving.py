"""The two functions that answer people: one at once, one for what takes longer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access import invokes
from infra.code import Target
from infra.function import Function
from infra.grants import Grant

_READ_MEGABYTES = 1_769  # a whole processor
_READ_SECONDS = 29  # an HTTP API waits no longer than 30
_READ_SLOW = 10.0
_READ_ENGINE_MEGABYTES = 1_024
_EXPORT_MEGABYTES = 3_008  # the most that a new account may ask for
_EXPORT_SECONDS = 900
_EXPORT_ENGINE_MEGABYTES = 1_792
_EXPORT_QUERY_SECONDS = 840  # leaves a minute to store what was made
_EXPORT_SCRATCH_MEGABYTES = 4_096


@dataclass(frozen=True, slots=True)
class Serving:
    """The functions that answer people."""

    read: Function
    export: Function


def serving(
    scope: Construct,
    *,
    target: Target,
    environment: Mapping[str, str],
    may: Sequence[Grant],
    admits: Sequence[Grant],
    failed_to: sqs.IQueue,
) -> Serving:
    """Make ``read`` and ``export``, who know the same lake and may do the same to it.

    Only ``read`` lets people in; ``export`` is told what they may read.

    Args:
        scope: the stack.
        target: the machine that they run on.
        environment: which lake they serve, and in whose name.
        may: what both may do.
        admits: what it takes to know who asks.
        failed_to: where an export goes that could not be made.
    """
    export = Function(
        scope,
        "Export",
        name="export",
        target=target,
        megabytes=_EXPORT_MEGABYTES,
        seconds=_EXPORT_SECONDS,
        scratch_megabytes=_EXPORT_SCRATCH_MEGABYTES,
        environment={
            **environment,
            "CITYLAKE_QUERY_MEMORY_MB": str(_EXPORT_ENGINE_MEGABYTES),
            "CITYLAKE_QUERY_SECONDS": str(_EXPORT_QUERY_SECONDS),
            "CITYLAKE_QUERY_FILE_SECONDS": str(_EXPORT_QUERY_SECONDS),
        },
        may=may,
        failed_to=failed_to,
        retries=0,  # whoever asked is told, and asks again
    )
    read = Function(
        scope,
        "Read",
        name="read",
        target=target,
        megabytes=_READ_MEGABYTES,
        seconds=_READ_SECONDS,
        environment={
            **environment,
            "CITYLAKE_QUERY_MEMORY_MB": str(_READ_ENGINE_MEGABYTES),
            "CITYLAKE_EXPORT_FUNCTION": export.function_name,
        },
        may=[*may, *admits, invokes(export)],
        slow_after=_READ_SLOW,
    )
    return Serving(read, export)
