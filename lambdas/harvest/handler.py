"""The Lambda functions of the harvest: the envelopes around a run and around its plan.

``plan`` is asked first, with ``{"feed": "live"}`` (and ``"datasets"``, ids, to harvest some only).
It answers ``{"stages": [[{"dataset": "places", "feed": "bundle"}], …]}``: stages go one after the
other, the datasets of one stage at once.

``harvest`` is asked for each of them, with ``{"dataset": "air-quality", "feed": "live", "run":
"2026-11-23"}``. It answers with a summary; the whole report is in the lake, under ``runs/``, unless
nothing changed: then there is none, and ``report`` is empty. A failure is raised, under a name by
which the state machine tells what may pass (``SourceUnreachable``, ``Throttled``) from what stays
(``SourceChanged``, ``ChecksFailed``, …).
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from citylake.errors import ParameterInvalid, PortalError, Throttled
from lambdas.harvest.failures import failure, kind_of
from lambdas.harvest.plan import FEEDS, LIVE, Order
from lambdas.harvest.report import Outcome, RunReport

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

Plan = Callable[[str, Sequence[str] | None], tuple[tuple[Order, ...], ...]]
"""Says what a run from a feed harvests: these datasets, or all."""

_Run = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,79})?$")]
"""Name of an execution; it becomes part of a key in the lake."""

_Id = Annotated[str, msgspec.Meta(max_length=100)]


class Fill(Protocol):
    """Harvests one dataset."""

    def __call__(self, order: Order, run: str) -> RunReport:
        """Do it as part of a run; ``run`` is empty where there is none."""


class _Harvest(msgspec.Struct, frozen=True):
    dataset: _Id
    feed: str = LIVE
    run: _Run = ""


class _Plan(msgspec.Struct, frozen=True):
    feed: str = LIVE
    datasets: Annotated[list[_Id], msgspec.Meta(max_length=200)] | None = None


_Asked = TypeVar("_Asked", _Harvest, _Plan)


def build(fill: Fill, log: Logger) -> Handler:
    """Make the function that harvests one dataset, around a lake that is already open."""

    @log.inject_lambda_context
    def handle(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        asked = _read(event, _Harvest)
        try:
            run = fill(Order(asked.dataset, asked.feed), asked.run)
        except PortalError as error:
            if kind_of(error) == Throttled.__name__:
                raise Throttled(str(error)) from error
            raise
        (report,) = run.datasets
        log.info("harvested", dataset=report.dataset, outcome=report.outcome, report=run.id)
        if report.outcome is Outcome.FAILED:
            raise failure(
                report.kind, f"dataset {report.dataset} was not harvested: {report.error}"
            )
        # A summary, since Step Functions takes 256 KiB at most: reports name what was left out.
        return {
            "dataset": report.dataset,
            "outcome": report.outcome.value,
            "release": report.release,
            "records": report.records,
            "seconds": round(report.seconds, 3),
            "report": "" if report.outcome is Outcome.UNCHANGED else run.id,
        }

    return handle


def build_plan(plan: Plan, log: Logger) -> Handler:
    """Make the function that says what a run harvests."""

    @log.inject_lambda_context
    def handle(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
        asked = _read(event, _Plan)
        stages = plan(asked.feed, asked.datasets)
        log.info("planned", feed=asked.feed, datasets=sum(len(stage) for stage in stages))
        return {"stages": [[_order(order) for order in stage] for stage in stages]}

    return handle


def _order(order: Order) -> dict[str, str]:
    return {"dataset": order.dataset, "feed": order.feed}


def _read(event: dict[str, Any], kind: type[_Asked]) -> _Asked:
    try:
        asked = msgspec.convert(event, kind)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(f"harvest event: {error}") from error
    if asked.feed not in FEEDS:
        raise ParameterInvalid(f"feed {asked.feed[:40]!r}: expected one of {', '.join(FEEDS)}")
    return asked
