"""Whatever is asked about the trees, DuckDB and Trino give the same."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.query.odsql import nodes
from tests.query.odsql.conftest import Answer
from tests.query.odsql.test_answers import CALLS, FIELDS, LOGIC, renamed
from tests.query.odsql.writing import NODES
from tests.trino.agreement import agree, outcome

_SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@_SETTINGS
@given(
    parts=st.tuples(CALLS | FIELDS, LOGIC, CALLS | FIELDS),
    clause=st.sampled_from(["where", "select", "group_by", "order_by"]),
    timezone=st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
)
def test_of_any_two_things_beside_each_other(
    duckdb: Answer, answer: Answer, parts: tuple[str, ...], clause: str, timezone: str
) -> None:
    text: Any = " ".join(parts)
    clauses = {clause: [text] if clause == "where" else text}
    one, other = (
        outcome(lambda ask=ask: ask(timezone, **clauses))  # type: ignore[misc] # bound at once
        for ask in (duckdb, answer)
    )
    assert agree(one, other), (one, other)


@_SETTINGS
@given(node=NODES, names=st.lists(FIELDS, min_size=2, max_size=2))
def test_of_any_condition(
    duckdb: Answer, answer: Answer, node: nodes.Node, names: list[str]
) -> None:
    where = [renamed(node, names)]
    one, other = (
        outcome(lambda ask=ask: ask(select="geoid, number", where=where))  # type: ignore[misc] # bound at once
        for ask in (duckdb, answer)
    )
    assert agree(one, other), (one, other)
