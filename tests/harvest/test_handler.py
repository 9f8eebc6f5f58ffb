"""The function that harvests one dataset."""

from types import SimpleNamespace
from typing import Any

import pytest

from citylake.errors import ParameterInvalid, SourceError
from lambdas.harvest.handler import build
from lambdas.harvest.report import DatasetReport, Outcome, RunReport

CONTEXT: Any = SimpleNamespace(
    function_name="harvest",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:harvest",
    aws_request_id="1",
)


def fill(dataset: str, feed: str) -> RunReport:
    failed = dataset == "offenses"
    made = DatasetReport(
        dataset=dataset,
        title="A title",
        outcome=Outcome.FAILED if failed else Outcome.PUBLISHED,
        records=3,
        error="the table moved" if failed else "",
    )
    return RunReport(id="run", feed=feed, started_at="2026", finished_at="2026", datasets=(made,))


def test_a_dataset_is_harvested_and_reported() -> None:
    answer = build(fill)({"dataset": "air-quality"}, CONTEXT)
    assert (answer["dataset"], answer["outcome"], answer["records"]) == (
        "air-quality",
        "published",
        3,
    )


def test_a_failure_is_raised_for_the_state_machine_to_see() -> None:
    with pytest.raises(SourceError, match="offenses was not harvested: the table moved"):
        build(fill)({"dataset": "offenses", "feed": "bundle"}, CONTEXT)


@pytest.mark.parametrize(
    ("event", "said"),
    [({}, "missing required field `dataset`"), ({"dataset": "places", "feed": "ftp"}, "'ftp'")],
)
def test_an_event_that_says_nothing_is_refused(event: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterInvalid, match=said):
        build(fill)(event, CONTEXT)
