"""What holds of any answer; what is answered to which question is told in ``conformance``."""

import contextlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.errors import PortalError
from lambdas.query.odsql import nodes
from tests.query.odsql.conftest import Answer
from tests.query.odsql.writing import NODES, write
from tests.query.trees import TREES


def test_a_random_order_is_the_same_for_a_seed(answer: Answer) -> None:
    one, again, other = (
        answer(select="geoid, number", order_by=f"random({seed})") for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


FIELDS = st.sampled_from([field.name for field in TREES.fields])
CALLS = st.sampled_from(
    [
        "number", "height_m", "planted_date", "seen_at", "tags", "location", "'2024-01-01'", "-1.5",
        "now(months=-1)", "year(seen_at)", "lower(name)", "ifnull(height_m, number)", "count(*)",
        "sum(number)", "search('oak')", "distance(location, geom'POINT(1 2)')", "1e308 * 10",
        "range(seen_at, 3 days)", "range(number, *, 2, *)", "date_format(seen_at, 'EEEE')",
        "date'0001-01-01'", "date'9999-12-31T23:59:59-12:00'", "9223372036854775807",
    ]
)  # fmt: skip
LOGIC = st.sampled_from(["=", "<", "+", "*", "/", "and", "or", "in", "like", ":"])


def renamed(node: Any, names: list[str]) -> str:
    """The node as text, with fields of the trees where it names others."""
    text = write(node)
    for at, name in enumerate(names):
        text = text.replace(f"`{'ab'[at % 2]}`", name)
    return text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.tuples(CALLS | FIELDS, LOGIC, CALLS | FIELDS),
    clause=st.sampled_from(["where", "select", "group_by", "order_by"]),
    timezone=st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
)
def test_any_two_things_beside_each_other_are_answered_or_refused(
    answer: Answer, parts: tuple[str, ...], clause: str, timezone: str
) -> None:
    text: Any = " ".join(parts)
    with contextlib.suppress(PortalError):
        answer(timezone, **{clause: [text] if clause == "where" else text})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(node=NODES, names=st.lists(FIELDS, min_size=2, max_size=2))
def test_any_condition_is_answered_or_refused(
    answer: Answer, node: nodes.Node, names: list[str]
) -> None:
    with contextlib.suppress(PortalError):
        answer(select="number", where=[renamed(node, names)])
