"""The functions that plan a harvest and do it, one dataset at a time."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from citylake.errors import (
    LakeUnusable,
    ParameterInvalid,
    PortalError,
    SourceChanged,
    SourceError,
    SourceUnreachable,
    Throttled,
)
from lambdas.harvest.handler import build, build_plan
from lambdas.harvest.plan import Order
from lambdas.harvest.report import DatasetReport, Outcome, RunReport, StepReport

LOG = Logger(service="harvest")

CONTEXT: Any = SimpleNamespace(
    function_name="harvest",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:harvest",
    aws_request_id="1",
)


def fill(order: Order, run: str) -> RunReport:
    made = DatasetReport(
        dataset=order.dataset,
        title="A title",
        outcome=Outcome.PUBLISHED,
        release="20261123T000000Z-000001",
        records=3,
        steps=(StepReport(name="take", seconds=1.5), StepReport(name="check", seconds=0.25)),
    )
    name = f"{run}/{order.dataset}" if run else f"moment-{order.feed}"
    return RunReport(id=name, feed=order.feed, started_at="2026", finished_at="", datasets=(made,))


def failing(kind: str) -> Any:
    def fail(order: Order, run: str) -> RunReport:
        made = DatasetReport(
            dataset=order.dataset,
            title="A title",
            outcome=Outcome.FAILED,
            error="the table moved",
            kind=kind,
        )
        return RunReport(id=run, feed="live", started_at="", finished_at="", datasets=(made,))

    return fail


def test_a_dataset_is_harvested_and_summed_up() -> None:
    event = {"dataset": "air-quality", "feed": "live", "run": "night-7"}
    assert build(fill, LOG)(event, CONTEXT) == {
        "dataset": "air-quality",
        "outcome": "published",
        "release": "20261123T000000Z-000001",
        "records": 3,
        "seconds": 1.75,
        "report": "night-7/air-quality",
    }


def test_a_dataset_is_asked_of_its_publisher_unless_said_otherwise() -> None:
    assert build(fill, LOG)({"dataset": "air-quality"}, CONTEXT)["report"] == "moment-live"
    bundled = {"dataset": "air-quality", "feed": "bundle"}
    assert build(fill, LOG)(bundled, CONTEXT)["report"] == "moment-bundle"


def test_what_has_not_changed_has_no_report() -> None:
    def unchanged(order: Order, run: str) -> RunReport:
        made = fill(order, run)
        same = tuple(replace(each, outcome=Outcome.UNCHANGED) for each in made.datasets)
        return replace(made, datasets=same)

    told = build(unchanged, LOG)({"dataset": "air-quality", "run": "night-7"}, CONTEXT)
    assert (told["outcome"], told["report"]) == ("unchanged", "")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("SourceUnreachable", SourceUnreachable),
        ("Throttled", Throttled),
        ("SourceChanged", SourceChanged),
        ("KeyError", SourceError),
    ],
)
def test_a_failure_is_raised_by_its_name_for_the_state_machine_to_see(
    kind: str, error: type[PortalError]
) -> None:
    said = "dataset offenses was not harvested: the table moved"
    with pytest.raises(error, match=said) as raised:
        build(failing(kind), LOG)({"dataset": "offenses", "feed": "bundle"}, CONTEXT)
    assert type(raised.value) is error


def test_a_lake_that_asks_for_patience_is_told_from_one_that_cannot_be_written() -> None:
    class Busy(Exception):
        response = {"Error": {"Code": "SlowDown"}}  # noqa: RUF012 - as botocore hands it over

    def crowded(order: Order, run: str) -> RunReport:
        raise LakeUnusable("cannot write s3://lake/lake.json") from Busy()

    def denied(order: Order, run: str) -> RunReport:
        raise LakeUnusable("cannot write s3://lake/lake.json: access denied")

    with pytest.raises(Throttled, match=r"cannot write s3://lake/lake\.json"):
        build(crowded, LOG)({"dataset": "places"}, CONTEXT)
    with pytest.raises(LakeUnusable, match="access denied"):
        build(denied, LOG)({"dataset": "places"}, CONTEXT)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "missing required field `dataset`"),
        ({"dataset": "places", "feed": "ftp"}, "'ftp': expected one of bundle, live"),
        ({"dataset": "places", "run": "../../catalog"}, "matching regex"),
        ({"dataset": "p" * 101}, "length <= 100"),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused(event: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterInvalid, match=said):
        build(fill, LOG)(event, CONTEXT)


def test_a_plan_is_stages_of_datasets_and_their_feeds() -> None:
    def plan(feed: str, datasets: Sequence[str] | None) -> tuple[tuple[Order, ...], ...]:
        assert (feed, datasets) == ("live", ["places", "ages"])
        return ((Order("places", "bundle"),), (Order("ages", "live"),))

    assert build_plan(plan, LOG)({"datasets": ["places", "ages"]}, CONTEXT) == {
        "stages": [
            [{"dataset": "places", "feed": "bundle"}],
            [{"dataset": "ages", "feed": "live"}],
        ]
    }
