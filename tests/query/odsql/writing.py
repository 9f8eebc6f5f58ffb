"""Nodes as hypothesis makes them, and as a person would write them."""

from typing import Any, assert_never

from hypothesis import strategies as st

from lambdas.query.odsql import nodes
from lambdas.query.odsql.nodes import Node


def write(node: Node) -> str:  # noqa: C901, PLR0912 - one case per kind of node
    """Write a node as ODSQL, every operand in brackets."""
    match node:
        case nodes.Text(value):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case nodes.Number(text):
            return text
        case nodes.Boolean(value):
            return "true" if value else "FALSE"
        case nodes.Null():
            return "null"
        case nodes.Date(text):
            return f"date'{text}'"
        case nodes.Geometry(text):
            return f"geom'{text}'"
        case nodes.Quantity(number, unit):
            return f"{number}{unit}"
        case nodes.Name(name):
            escaped = name.replace("\\", "\\\\").replace("`", "\\`")
            return f"`{escaped}`"
        case nodes.Pattern(pattern):
            return pattern
        case nodes.Distinct(value):
            return f"distinct {write(value)}"
        case nodes.Call(function, arguments):
            return f"{function}({', '.join(map(write, arguments))})"
        case nodes.Negative(value):
            return f"-({write(value)})"
        case nodes.Arithmetic(operator, left, right) | nodes.Compare(operator, left, right):
            return f"({write(left)}) {operator} ({write(right)})"
        case nodes.Range():
            return _write_range(node)
        case nodes.Steps(bounds, below, above):
            inner = ", ".join(f"({write(bound)})" for bound in bounds)
            return f"{']' if below else '['}{inner}{'[' if above else ']'}"
        case nodes.InRange(value, within):
            return f"({write(value)}) in {write(within)}"
        case nodes.Among(value, options):
            return f"({write(value)}) In ({', '.join(f'({write(each)})' for each in options)})"
        case nodes.Contained(value, field):
            return f"({write(value)}) in {write(field)}"
        case nodes.Like(value, pattern):
            return f"({write(value)}) LIKE ({write(pattern)})"
        case nodes.Is(value, state):
            word = {None: "null", True: "true", False: "false"}[state]
            return f"({write(value)}) is {word}"
        case nodes.Not(value):
            return f"not ({write(value)})"
        case nodes.And(values):
            return " and ".join(f"({write(value)})" for value in values)
        case nodes.Or(values):
            return " OR ".join(f"({write(value)})" for value in values)
    assert_never(node)


def _write_range(node: nodes.Range) -> str:
    opening = "[" if node.low_included else "]"
    closing = "]" if node.high_included else "["
    return f"{opening}({write(node.low)})..({write(node.high)}){closing}"


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(nodes.Text, _TEXTS),
    st.builds(nodes.Number, st.integers(min_value=0).map(str)),
    st.builds(nodes.Number, st.floats(0, 1e300, allow_nan=False).map(repr)),
    st.builds(nodes.Boolean, st.booleans()),
    st.just(nodes.Null()),
    st.builds(nodes.Date, st.dates().map(str)),
    st.builds(nodes.Name, st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
)


def _grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several: Any = st.lists(inner, min_size=2, max_size=3).map(tuple)
    ranges = st.builds(nodes.Range, inner, inner, st.booleans(), st.booleans())
    steps = st.builds(nodes.Steps, several, st.booleans(), st.booleans())
    names = st.builds(nodes.Name, st.sampled_from(["a", "b", "select"]))
    return st.one_of(
        st.builds(nodes.Negative, inner),
        st.builds(nodes.Arithmetic, st.sampled_from("+-*/"), inner, inner),
        st.builds(nodes.Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(nodes.InRange, inner, ranges),
        st.builds(nodes.Among, inner, several),
        st.builds(nodes.Contained, inner, names),
        st.builds(nodes.Like, inner, inner),
        st.builds(nodes.Is, inner, st.sampled_from([None, True, False])),
        st.builds(nodes.Not, inner),
        st.builds(nodes.And, several),
        st.builds(nodes.Or, several),
        st.builds(nodes.Call, st.sampled_from(["sum", "year", "f"]), several),
        st.builds(lambda bounds: nodes.Call("range", (nodes.Name("a"), bounds)), steps),
    )


NODES = st.recursive(_LEAVES, _grow, max_leaves=8)
"""Any node that a clause may be."""
