"""The Lambda function that harvests one dataset: the envelope around a run.

The event is ``{"dataset": "air-quality", "feed": "live"}``; the answer is the dataset's report. A
failure is raised, so that Step Functions retries and alarms; what failed stands in the report that
the run left in the lake.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from citylake.errors import ParameterInvalid, SourceError
from lambdas.harvest.report import Outcome, RunReport

Fill = Callable[[str, str], RunReport]
"""Harvests one dataset, named first, from the feed that is named second."""

_FEEDS = ("bundle", "live")

logger = Logger(service="harvest")


class _Event(msgspec.Struct, frozen=True):
    dataset: str
    feed: str = "live"


def build(fill: Fill) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
    """Make the function's handler around a run in a lake that is already open."""

    @logger.inject_lambda_context
    def handle(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        asked = _read(event)
        (report,) = fill(asked.dataset, asked.feed).datasets
        logger.info("harvested", dataset=report.dataset, outcome=report.outcome)
        if report.outcome is Outcome.FAILED:
            raise SourceError(f"dataset {report.dataset} was not harvested: {report.error}")
        answer: dict[str, Any] = msgspec.to_builtins(report)
        return answer

    return handle


def _read(event: dict[str, Any]) -> _Event:
    try:
        asked = msgspec.convert(event, _Event)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(f"harvest event: {error}") from error
    if asked.feed not in _FEEDS:
        raise ParameterInvalid(f"feed {asked.feed!r}: expected one of {', '.join(_FEEDS)}")
    return asked
