"""Calls of Athena's API; what the printed SQL means is proven by ``tests/trino``."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from moto.athena.models import QueryResults, athena_backends
from sqlglot import exp

from citylake.errors import LakeUnusable, QueryInvalid, QueryTooCostly, Throttled, TimeUp
from citylake.settings import QueryLimits
from lambdas.query.engines.athena import MOST_BYTES, PAGE_ROWS, AthenaEngine
from lambdas.query.engines.watch import until

TREE = exp.select("a", "b")
COLUMNS = (("a", "bigint"), ("b", "varchar"))


def page(rows: Sequence[Sequence[str | None]], token: str = "") -> dict[str, Any]:
    """A page of results as Athena gives it; a value that is null has no text."""
    held = [
        {"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in rows
    ]
    told = [{"Name": name, "Type": kind} for name, kind in COLUMNS]
    found = {"ResultSet": {"Rows": held, "ResultSetMetadata": {"ColumnInfo": told}}}
    return {**found, "NextToken": token} if token else found


class Athena:
    """Athena as its client knows it: one query, whose states and pages are given.

    Its clock goes as fast as callers pause.
    """

    def __init__(
        self,
        *states: str,
        pages: Sequence[Mapping[str, Any]] = (),
        reason: str = "",
        refuses: Exception | None = None,
    ) -> None:
        self.states = list(states or ("SUCCEEDED",))
        self.pages = list(pages) or [page([["a", "b"], ["1", "one"], [None, ""]])]
        self.reason = reason
        self.refuses = refuses
        self.now = 0.0
        self.pauses: list[float] = []
        self.started: list[Mapping[str, Any]] = []
        self.stopped: list[str] = []
        self.asked: list[Mapping[str, Any]] = []

    def engine(self, seconds: float = 20.0) -> AthenaEngine:
        return AthenaEngine(
            self,  # type: ignore[arg-type] # as far as it is called
            "city-3719000",
            QueryLimits(seconds=seconds),
            clock=lambda: self.now,
            pause=self.pause,
        )

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def start_query_execution(self, **asked: Any) -> dict[str, str]:
        if self.refuses:
            raise self.refuses
        self.started.append(asked)
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, **asked: str) -> dict[str, Any]:
        state = self.states[0] if len(self.states) == 1 else self.states.pop(0)
        status = {"State": state, "StateChangeReason": self.reason}
        return {"QueryExecution": {"QueryExecutionId": "q1", "Status": status}}

    def get_query_results(self, **asked: Any) -> Mapping[str, Any]:
        self.asked.append(asked)
        return self.pages[int(asked.get("NextToken", 0))]

    def stop_query_execution(self, **asked: str) -> None:
        self.stopped.append(asked["QueryExecutionId"])


def test_a_query_is_started_in_its_workgroup_and_may_be_answered_from_an_earlier_one() -> None:
    athena = Athena()
    found = athena.engine().run(TREE)
    assert (found.columns, found.types) == (("a", "b"), ("bigint", "varchar"))
    assert found.rows == [(1, "one"), (None, "")]
    [asked] = athena.started
    assert asked["QueryString"] == "SELECT a, b"
    assert asked["WorkGroup"] == "city-3719000"
    assert asked["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]["Enabled"]


def test_it_is_asked_for_ever_less_often_until_it_is_done() -> None:
    athena = Athena("QUEUED", *["RUNNING"] * 8, "SUCCEEDED")
    athena.engine().run(TREE)
    assert athena.pauses[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert athena.pauses == sorted(athena.pauses)
    assert max(athena.pauses) == 1.0


def test_a_query_that_takes_too_long_is_stopped() -> None:
    athena = Athena("RUNNING")
    with pytest.raises(QueryTooCostly, match="took more than 3 seconds"):
        athena.engine(seconds=3).run(TREE)
    assert athena.stopped == ["q1"]
    assert 3 <= athena.now < 5


def test_a_query_that_nobody_waits_for_is_stopped() -> None:
    athena = Athena("RUNNING")
    with until(time.monotonic() + 0.02), pytest.raises(TimeUp):
        athena.engine(seconds=1e6).run(TREE)
    assert athena.stopped == ["q1"]


def test_nothing_is_begun_for_someone_whose_time_is_up() -> None:
    athena = Athena()
    with until(time.monotonic()), pytest.raises(TimeUp):
        athena.engine().run(TREE)
    assert athena.started == []


def test_a_stream_holds_a_page_at_a_time() -> None:
    athena = Athena(pages=[page([["a", "b"], ["1", "x"]], "1"), page([["2", "y"]], "2"), page([])])
    with athena.engine().stream(TREE) as stream:
        assert len(athena.asked) == 1
        assert next(stream.batches) == [(1, "x")]
        assert len(athena.asked) == 1
        assert list(stream.batches) == [[(2, "y")]]
    assert {asked["MaxResults"] for asked in athena.asked} == {PAGE_ROWS}


def test_no_rows_are_no_batch() -> None:
    with Athena(pages=[page([["a", "b"]])]).engine().stream(TREE) as stream:
        assert list(stream.batches) == []


@pytest.mark.parametrize(
    ("state", "reason", "error", "message"),
    [
        ("FAILED", "NUMERIC_VALUE_OUT_OF_RANGE: bigint multiplication overflow: 9 * 9",
         QueryInvalid, "ODSQL query cannot be computed: bigint multiplication overflow: 9 * 9"),
        ("FAILED", "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit",
         QueryTooCostly, "needs too much: Query exceeded per-node memory limit; ask for less."),
        ("CANCELLED", "Query cancelled! : Bytes scanned limit was exceeded",
         QueryTooCostly, "The query reads more than one query may; ask for less."),
        ("CANCELLED", "", QueryTooCostly, "The query was cancelled before it was done"),
        ("FAILED", "TABLE_NOT_FOUND: line 1:15: Table 'x' does not exist",
         LakeUnusable, "Athena could not answer q1: TABLE_NOT_FOUND"),
    ],
)  # fmt: skip
def test_a_failure_is_worded(state: str, reason: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        Athena(state, reason=reason).engine().run(TREE)
    assert type(refused.value) is error
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Start"), Throttled),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Start"), Throttled),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "Start"), LakeUnusable),
        (EndpointConnectionError(endpoint_url="https://athena"), LakeUnusable),
    ],
)
def test_a_refusal_is_worded(raised: Exception, error: type[Exception]) -> None:
    with pytest.raises(error):
        Athena(refuses=raised).engine().run(TREE)


def test_a_tree_is_taken_as_long_as_its_text_is_short_enough() -> None:
    engine = Athena().engine()
    assert engine.takes(TREE)
    assert not engine.takes(exp.select(exp.Literal.string("é" * (MOST_BYTES // 2))))
    assert not engine.keeps_order(TREE)


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def test_the_calls_are_those_of_the_real_client(moto: None) -> None:
    client = boto3.client("athena", region_name="us-east-1")
    client.create_work_group(Name="national")
    held = athena_backends["123456789012"]["us-east-1"]
    columns: Any = [
        {"Name": name, "Type": kind, "CatalogName": "hive", "SchemaName": "", "TableName": "",
         "Label": name, "Precision": 0, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": False}
        for name, kind in (("n", "bigint"), ("on", "date"))
    ]  # fmt: skip
    rows: Any = [
        {"Data": [{"VarCharValue": text} for text in row]}
        for row in (("n", "on"), ("7", "2024-02-29"))
    ]
    held.query_results_queue.append(QueryResults(rows=rows, column_info=columns))
    found = AthenaEngine(client, "national").run(TREE)
    assert found.rows == [(7, date(2024, 2, 29))]
