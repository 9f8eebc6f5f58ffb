import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import QuerySyntaxInvalid
from citylake.settings import QueryLimits
from lambdas.query.odsql import nodes
from lambdas.query.odsql.nodes import And, Compare, Name, Node, Not, Number, Or, Text
from lambdas.query.odsql.parse import (
    parse_call,
    parse_group_by,
    parse_order_by,
    parse_select,
    parse_where,
)
from tests.query.odsql.writing import NODES, write

A, B, C, D = (Name(name) for name in "abcd")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a or b and c", Or((A, And((B, C))))),
        ("a and b or c", Or((And((A, B)), C))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("not a and b", And((Not(A), B))),
        ("not (a and b)", Not(And((A, B)))),
        ("not a = b", Not(Compare("=", A, B))),
        ("a or b or c and not d", Or((A, B, And((C, Not(D)))))),
        ("a = b + c * d", Compare("=", A, _plus := nodes.Arithmetic(
            "+", B, nodes.Arithmetic("*", C, D)))),
        ("a - b - c", nodes.Arithmetic("-", nodes.Arithmetic("-", A, B), C)),
        ("a / -b", nodes.Arithmetic("/", A, nodes.Negative(B))),
        ("a -1", nodes.Arithmetic("-", A, Number("1"))),
    ],
)  # fmt: skip
def test_operators_bind_as_expected(text: str, node: Node) -> None:
    assert parse_where(text) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a:1", Compare("=", A, Number("1"))),
        ("a<>1", Compare("!=", A, Number("1"))),
        ("a IN (1, 2)", nodes.Among(A, (Number("1"), Number("2")))),
        ("a in [1..2[", nodes.InRange(A, nodes.Range(Number("1"), Number("2"), True, False))),
        ("a:]1 TO 2]", nodes.InRange(A, nodes.Range(Number("1"), Number("2"), False, True))),
        ("a in [.5..0.7]", nodes.InRange(A, nodes.Range(Number(".5"), Number("0.7"), True, True))),
        ('"x" in a', nodes.Contained(Text("x"), A)),
        ("a is not null", Not(nodes.Is(A, None))),
        ("a is TRUE", nodes.Is(A, True)),
        ("a not like 'x'", Not(nodes.Like(A, Text("x")))),
        ("date '2024' = DATE\"2024-01\"", Compare("=", nodes.Date("2024"), nodes.Date("2024-01"))),
        ("`a b`:'it\\'s'", Compare("=", Name("a b"), Text("it's"))),
        ("`1` = `a\\`b`", Compare("=", Name("1"), Name("a`b"))),
        ("default.title = 1e3", Compare("=", Name("default.title"), Number("1e3"))),
        ("and_then = in_use", Compare("=", Name("and_then"), Name("in_use"))),
        ("year = count", Compare("=", Name("year"), Name("count"))),
        ("f(a, 10km, 2 days, *)", nodes.Call("f", (
            A, nodes.Quantity("10", "km"), nodes.Quantity("2", "days"), nodes.Pattern("*")))),
        ("COUNT(distinct a)", nodes.Call("count", (nodes.Distinct(A),))),
        ("f(a*b, a*)", nodes.Call("f", (nodes.Arithmetic("*", A, B), nodes.Pattern("a*")))),
        ("suggest(a,\"x\")and b like \"y\"", And((
            nodes.Call("suggest", (A, Text("x"))), nodes.Like(B, Text("y"))))),
    ],
)  # fmt: skip
def test_every_form_is_read(text: str, node: Node) -> None:
    assert parse_where(text) == node


@given(st.text())
def test_what_json_writes_is_a_text(text: str) -> None:
    assert parse_where(json.dumps(text)) == Text(text)


def test_half_a_character_is_replaced() -> None:
    assert parse_where('"\\ud83d\\ude00 \\ud83d"') == Text("😀 �")


def test_a_selected_item_keeps_its_text() -> None:
    items = parse_select("a, count( * ) , (sum(a)/max(b)) as `k l`, b AS in, c as 'd', *")
    assert [(item.text, item.alias) for item in items] == [
        ("a", ""),
        ("count( * )", ""),
        ("(sum(a)/max(b)) as `k l`", "k l"),
        ("b AS in", "in"),
        ("c as 'd'", "d"),
        ("*", ""),
    ]


@pytest.mark.parametrize("alias", ["and", "as", "asc", "count", "date", "in", "is", "to", "year"])
def test_a_keyword_may_be_an_alias(alias: str) -> None:
    assert parse_group_by(f"a as {alias}")[0].alias == alias


def test_commas_that_divide_nothing_are_passed_over() -> None:
    assert parse_select(",a,,b,") == parse_select("a,b")


def test_an_order_has_a_direction() -> None:
    assert parse_order_by("a, b DESC, -c, count(*) asc") == (
        nodes.Ordered(A),
        nodes.Ordered(B, descending=True),
        nodes.Ordered(C, descending=True),
        nodes.Ordered(nodes.Call("count", (nodes.Pattern("*"),))),
    )


def test_a_facet_is_a_call_with_names() -> None:
    call = parse_call('facet(name="a", disjunctive=true)')
    assert call == nodes.Call(
        "facet",
        (
            Compare("=", Name("name"), Text("a")),
            Compare("=", Name("disjunctive"), nodes.Boolean(True)),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage==", "unexpected = at position 8 in garbage==. Expected a field, a text in quo"),
        ("a = ", "unexpected end at position 4 in a = . Expected a field"),
        ("a = 1)", "unexpected ) at position 5 in a = 1)."),
        ("a in", 'unexpected end at position 4 in a in. Expected a field, "(", "[" or "]".'),
        ("a is 5", "unexpected 5 at position 5 in a is 5. Expected null, true or false."),
        ("'abc", "unexpected ' at position 0 in 'abc."),
        ("a ; drop", "unexpected ; at position 2 in a ; drop."),
        ("a b", "unexpected b at position 2 in a b."),
    ],
)
def test_a_syntax_error_says_where_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(QuerySyntaxInvalid) as refused:
        parse_where(text)
    assert f"ODSQL syntax exception: {message}" in str(refused.value)


def test_a_long_clause_is_refused_by_its_length() -> None:
    with pytest.raises(QuerySyntaxInvalid, match="where has 11 characters; at most 10 are read"):
        parse_where("a = 1234567", QueryLimits(text_length=10))


@pytest.mark.parametrize(
    "text", ["not " * 100 + "a", "f(" * 100 + "a" + ")" * 100, "-" * 100 + "a"]
)
def test_a_deep_clause_is_refused_by_its_depth(text: str) -> None:
    with pytest.raises(QuerySyntaxInvalid, match="nested more than 48 deep"):
        parse_where(text)


def test_nothing_is_too_deep_for_the_parser_itself() -> None:
    limits = QueryLimits(text_length=10**6)
    assert parse_where("(" * 10**5 + "a" + ")" * 10**5, limits) == A
    with pytest.raises(QuerySyntaxInvalid):
        parse_where("not " * 10**5 + "a", limits)


def test_many_conditions_side_by_side_are_not_deep() -> None:
    assert parse_where(" and ".join(["a"] * 1000)) == And((A,) * 1000)


@given(NODES)
def test_what_is_written_is_read(node: Node) -> None:
    assert parse_where(write(node), QueryLimits(text_length=10**6, depth=10**3)) == node


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_where, parse_select, parse_group_by, parse_order_by, parse_call):
        with contextlib.suppress(QuerySyntaxInvalid):
            parse(text)
