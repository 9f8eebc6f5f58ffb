"""Athena as an engine: a query is started, looked after, and read page by page.

It answers what is too much for one function. Its tables are the same Iceberg snapshots whose files
DuckDB reads; the printing and the reading of values are Trino's, which Athena is.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from sqlglot import exp

from citylake.errors import LakeUnusable, QueryTooCostly, Throttled
from citylake.settings import QueryLimits
from lambdas.query.engines import Result, Row, Stream
from lambdas.query.engines.trino import decoder, refusal, to_trino
from lambdas.query.engines.watch import check_time

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import GetQueryResultsOutputTypeDef, QueryExecutionTypeDef

MOST_BYTES = 262_144
"""Longest query that Athena takes."""

PAGE_ROWS = 1_000
"""Rows of a page of results: the most that Athena gives."""

REUSE_MINUTES = 1_440
"""How old the answer to the same query may be; what a query reads never changes."""

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_SLOWER = 1.5
_REASON = re.compile(r"(?P<name>[A-Z][A-Z_]+): (?P<message>.*)", re.DOTALL)
_BUSY = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
_SCAN_LIMIT = re.compile(r"bytes scanned limit", re.IGNORECASE)


class AthenaEngine:
    """Answers trees about the tables of a lake in a bucket. Safe to share between threads.

    Args:
        client: of Athena.
        workgroup: whose settings say where results go, and how much one query may read.
        limits: what one query may cost; of them the time.
        clock: seconds that never go back.
        pause: waits for some seconds.
    """

    def __init__(
        self,
        client: "AthenaClient",
        workgroup: str,
        limits: QueryLimits = QueryLimits(),
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._workgroup = workgroup
        self._limits = limits
        self._clock = clock
        self._pause = pause

    def keeps_order(self, tree: exp.Query) -> bool:  # noqa: ARG002 - the same of any
        """Never: its workers read side by side."""
        return False

    def takes(self, tree: exp.Query) -> bool:
        """Whether a tree is short enough as text: an area may have very many corners."""
        return len(to_trino(tree).encode()) <= MOST_BYTES

    def run(self, tree: exp.Query) -> Result:
        """Answer a tree.

        Raises:
            QueryTooCostly: a limit of time, memory or bytes to read was reached.
            QueryInvalid: values were met that the tree cannot compute with (an overflow).
            Throttled: too many ask Athena at once.
            LakeUnusable: Athena refuses, or fails.
        """
        with self.stream(tree) as stream:
            return Result(
                stream.columns, stream.types, [row for rows in stream.batches for row in rows]
            )

    @contextmanager
    def stream(self, tree: exp.Query) -> Iterator[Stream]:
        """Answer a tree in batches, once Athena has all of it.

        Raises:
            QueryTooCostly: a limit of time, memory or bytes to read was reached.
            QueryInvalid: as for ``run``.
            Throttled: too many ask Athena at once.
            LakeUnusable: Athena refuses, or fails.
        """
        check_time()
        with _wording():
            query = self._client.start_query_execution(
                QueryString=to_trino(tree),
                WorkGroup=self._workgroup,
                ResultReuseConfiguration={
                    "ResultReuseByAgeConfiguration": {
                        "Enabled": True,
                        "MaxAgeInMinutes": REUSE_MINUTES,
                    }
                },
            )["QueryExecutionId"]
            self._await(query)
            first = self._client.get_query_results(QueryExecutionId=query, MaxResults=PAGE_ROWS)
        told = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        columns, types = (tuple(str(column[key]) for column in told) for key in ("Name", "Type"))
        yield Stream(columns, types, self._batches(query, first, types))

    def _await(self, query: str) -> None:
        """Wait until a query is done; one that nobody can wait for any longer is stopped."""
        ends = self._clock() + self._limits.seconds
        pause = _FIRST_PAUSE
        while True:
            execution = self._client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            match execution["Status"]["State"]:
                case "SUCCEEDED":
                    return
                case "FAILED" | "CANCELLED":
                    raise _failure(execution)
            try:
                self._check(ends)
            except QueryTooCostly:
                self._client.stop_query_execution(QueryExecutionId=query)
                raise
            self._pause(pause)
            pause = min(pause * _SLOWER, _LONGEST_PAUSE)

    def _check(self, ends: float) -> None:
        """Let a query go on.

        Raises:
            TimeUp: whoever asked has no more time.
            QueryTooCostly: the query had its own.
        """
        check_time()
        if self._clock() >= ends:
            raise QueryTooCostly(
                f"The query took more than {self._limits.seconds:g} seconds; ask for less."
            )

    def _batches(
        self, query: str, page: "GetQueryResultsOutputTypeDef", types: Sequence[str]
    ) -> Iterator[list[Row]]:
        decoders = [decoder(type_name) for type_name in types]
        rows = page["ResultSet"]["Rows"][1:]  # the first names the columns
        while True:
            if rows:
                yield [_read(row["Data"], decoders) for row in rows]
            token = page.get("NextToken")
            if not token:
                return
            check_time()
            with _wording():
                page = self._client.get_query_results(
                    QueryExecutionId=query, MaxResults=PAGE_ROWS, NextToken=token
                )
            rows = page["ResultSet"]["Rows"]


def _read(data: Sequence[Any], decoders: Sequence[Callable[[str], Any]]) -> Row:
    """A row; a value without text is null."""
    return tuple(
        decode(datum["VarCharValue"]) if "VarCharValue" in datum else None
        for datum, decode in zip(data, decoders, strict=True)
    )


def _failure(execution: "QueryExecutionTypeDef") -> Exception:
    """What became of a query that did not succeed."""
    status = execution["Status"]
    reason = status.get("StateChangeReason") or status.get("AthenaError", {}).get(
        "ErrorMessage", ""
    )
    if _SCAN_LIMIT.search(reason):
        return QueryTooCostly("The query reads more than one query may; ask for less.")
    if named := _REASON.match(reason):
        refused = refusal(named["name"], named["message"])
        if refused is not None:
            return refused
    if status["State"] == "CANCELLED":
        return QueryTooCostly("The query was cancelled before it was done; ask again.")
    return LakeUnusable(f"Athena could not answer {execution['QueryExecutionId']}: {reason[:500]}")


@contextmanager
def _wording() -> Iterator[None]:
    """Word what Athena's API refuses."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _BUSY:
            raise Throttled("Too many queries are asked at once; ask again in a little.") from error
        raise LakeUnusable(f"Athena refuses: {error}") from error
    except BotoCoreError as error:
        raise LakeUnusable(f"Athena cannot be asked: {error}") from error


def open_athena(workgroup: str, limits: QueryLimits) -> AthenaEngine:
    """Open Athena as the environment has it; boto3, which takes a while, is loaded for it."""
    import boto3  # noqa: PLC0415 - as above
    from botocore.config import Config  # noqa: PLC0415 - as above

    retrying = Config(retries={"mode": "standard", "total_max_attempts": 5})
    return AthenaEngine(boto3.client("athena", config=retrying), workgroup, limits)
