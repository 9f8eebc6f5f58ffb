"""Text → nodes."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.tree import Meta
from lark.visitors import Transformer_NonRecursive, v_args

from citylake.errors import QuerySyntaxInvalid
from citylake.settings import QueryLimits
from lambdas.query.odsql import nodes
from lambdas.query.odsql.nodes import Node

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_CLAUSES = ["where", "select", "group_by", "order_by", "call_only"]

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
"""Escapes of JSON: clients make strings with it. Any other escaped character stands for itself."""

_QUOTES = frozenset("'\"`")
_SHOWN = 80
"""Characters of a clause that a message repeats."""

_EXPECTED = {
    "NAME": "a field",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "RPAR": '")"',
    "LPAR": '"("',
    "COMPARISON": "a comparison",
    "OPENING": '"["',
    "CLOSING": '"]"',
    "_AND": "and",
    "_OR": "or",
    "_AS": "as",
    "_DOTS": '".."',
    "COMMA": '","',
    "NULL": "null",
    "TRUE": "true",
    "FALSE": "false",
    "$END": "the end",
}
"""Tokens that are worth naming to a person, in the order in which they are named."""


def parse_where(text: str, limits: QueryLimits = QueryLimits()) -> Node:
    """Read a ``where`` clause.

    Raises:
        QuerySyntaxInvalid: it is no ODSQL, or longer or deeper than the limits allow.
    """
    condition: Node = _parse("where", text, limits)[0]
    return condition


def parse_select(text: str, limits: QueryLimits = QueryLimits()) -> tuple[nodes.Selected, ...]:
    """Read a ``select`` clause; ``*`` is a pattern among the items.

    Raises:
        QuerySyntaxInvalid: as for ``parse_where``.
    """
    return tuple(_parse("select", text, limits))


def parse_group_by(text: str, limits: QueryLimits = QueryLimits()) -> tuple[nodes.Selected, ...]:
    """Read a ``group_by`` clause.

    Raises:
        QuerySyntaxInvalid: as for ``parse_where``.
    """
    return tuple(_parse("group_by", text, limits))


def parse_order_by(text: str, limits: QueryLimits = QueryLimits()) -> tuple[nodes.Ordered, ...]:
    """Read an ``order_by`` clause.

    Raises:
        QuerySyntaxInvalid: as for ``parse_where``.
    """
    return tuple(_parse("order_by", text, limits))


def parse_call(text: str, limits: QueryLimits = QueryLimits()) -> nodes.Call:
    """Read a single call, such as ``facet(name="state", sort="alphanum")``.

    Raises:
        QuerySyntaxInvalid: as for ``parse_where``.
    """
    call: nodes.Call = _parse("call_only", text, limits)[0]
    return call


def _parse(clause: str, text: str, limits: QueryLimits) -> list[Any]:
    if len(text) > limits.text_length:
        raise QuerySyntaxInvalid(
            f"ODSQL syntax exception: {clause} has {len(text)} characters; "
            f"at most {limits.text_length} are read."
        )
    try:
        tree = _parser().parse(text, start=clause)
    except UnexpectedInput as error:
        raise QuerySyntaxInvalid(_explain(error, text)) from error
    if _depth(tree) > limits.depth:
        raise QuerySyntaxInvalid(
            f"ODSQL syntax exception: {_shorten(text)} is nested more than {limits.depth} deep."
        )
    built: Tree[Any] = _Builder(text).transform(tree)
    return built.children


@functools.cache
def _parser() -> Lark:
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        start=_CLAUSES,
        propagate_positions=True,
        maybe_placeholders=True,
    )


def _depth(tree: Tree[Token]) -> int:
    """The longest way down, walked without recursion since it may be long."""
    deepest, left = 0, [(tree, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        left.extend((child, depth + 1) for child in node.children if isinstance(child, Tree))
    return deepest


def _explain(error: UnexpectedInput, text: str) -> str:
    position = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken):
        # What may really stand here; the table of LALR names more, of other clauses and brackets.
        expected = error.accepts or error.expected
        at_end = error.token.type == "$END"
        found, position = ("end", len(text)) if at_end else (str(error.token), position)
    elif isinstance(error, UnexpectedCharacters):
        found, expected = error.char, error.allowed or set()
    else:
        found, position, expected = "end", len(text), set()
    named = [words for token, words in _EXPECTED.items() if token in expected]
    hint = f" Expected {_either(named)}." if named else ""
    if found in _QUOTES:
        hint = " The text that begins there has no end."
    return (
        f"ODSQL syntax exception: unexpected {_shorten(found)} at position {position} "
        f"in {_shorten(text)}.{hint}"
    )


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def unquote(token: str) -> str:
    """Take the quotes off a string and resolve its escapes, which are those of JSON."""

    def resolve(match: re.Match[str]) -> str:
        escaped = match[1]
        return chr(int(escaped[1:], 16)) if len(escaped) > 1 else _ESCAPED.get(escaped, escaped)

    text = _ESCAPE.sub(resolve, token[1:-1])
    if not _SURROGATE.search(text):
        return text
    # JSON writes a character beyond the first 65,536 as two halves; a lone half is no text.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _name(token: Token) -> str:
    """The name behind a plain or quoted token."""
    if token.type in {"BACK_QUOTED", "STRING"}:
        return unquote(token)
    return str(token)


def _literal(token: Token) -> str:
    """What stands between the quotes of ``date'…'`` and ``geom'…'``."""
    return token[token.index(token[-1]) + 1 : -1]


@v_args(inline=True)
class _Builder(Transformer_NonRecursive[Token, Any]):
    """Makes nodes of lark's tree, from the leaves up; a method per rule of the grammar."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def text(self, token: Token) -> Node:
        return nodes.Text(unquote(token))

    def number(self, token: Token) -> Node:
        return nodes.Number(str(token))

    def true(self, _: Token) -> Node:
        return nodes.Boolean(True)

    def false(self, _: Token) -> Node:
        return nodes.Boolean(False)

    def null(self, _: Token) -> Node:
        return nodes.Null()

    def date(self, token: Token) -> Node:
        return nodes.Date(_literal(token))

    def geometry(self, token: Token) -> Node:
        return nodes.Geometry(_literal(token))

    def name(self, token: Token) -> nodes.Name:
        return nodes.Name(_name(token))

    def quantity(self, number: Token, unit: Token) -> Node:
        return nodes.Quantity(str(number), str(unit))

    def pattern(self, token: Token) -> Node:
        return nodes.Pattern(str(token))

    def distinct(self, value: Node) -> Node:
        return nodes.Distinct(value)

    def call(self, function: Token, arguments: tuple[Node, ...] | None) -> Node:
        return nodes.Call(function.lower(), arguments or ())

    def arguments(self, *arguments: Node) -> tuple[Node, ...]:
        return arguments

    def negative(self, value: Node) -> Node:
        return nodes.Negative(value)

    def positive(self, value: Node) -> Node:
        return value

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return nodes.Arithmetic(str(operator), left, right)

    def compared(self, left: Node, operator: Token, right: Node) -> Node:
        return nodes.Compare("!=" if operator == "<>" else str(operator), left, right)

    def equal(self, left: Node, right: Node) -> Node:
        return nodes.Compare("=", left, right)

    def range(self, opening: Token, low: Node, high: Node, closing: Token) -> nodes.Range:
        return nodes.Range(low, high, opening == "[", closing == "]")

    def in_range(self, value: Node, within: nodes.Range) -> Node:
        return nodes.InRange(value, within)

    def not_in_range(self, value: Node, within: nodes.Range) -> Node:
        return nodes.Not(nodes.InRange(value, within))

    @v_args(inline=False)
    def steps(self, children: list[Any]) -> nodes.Steps:
        opening, *bounds, closing = children
        return nodes.Steps(tuple(bounds), opening == "]", closing == "[")

    def options(self, *options: Node) -> tuple[Node, ...]:
        return options

    def among(self, value: Node, options: tuple[Node, ...]) -> Node:
        return nodes.Among(value, options)

    def not_among(self, value: Node, options: tuple[Node, ...]) -> Node:
        return nodes.Not(nodes.Among(value, options))

    def contained(self, value: Node, field: nodes.Name) -> Node:
        return nodes.Contained(value, field)

    def not_contained(self, value: Node, field: nodes.Name) -> Node:
        return nodes.Not(nodes.Contained(value, field))

    def like(self, value: Node, pattern: Node) -> Node:
        return nodes.Like(value, pattern)

    def not_like(self, value: Node, pattern: Node) -> Node:
        return nodes.Not(nodes.Like(value, pattern))

    def state(self, token: Token) -> bool | None:
        return {"NULL": None, "TRUE": True, "FALSE": False}[token.type]

    def is_state(self, value: Node, state: bool | None) -> Node:
        return nodes.Is(value, state)

    def is_not_state(self, value: Node, state: bool | None) -> Node:
        return nodes.Not(nodes.Is(value, state))

    def negated(self, value: Node) -> Node:
        return nodes.Not(value)

    def all_of(self, *values: Node) -> Node:
        return nodes.And(values)

    def any_of(self, *values: Node) -> Node:
        return nodes.Or(values)

    def alias(self, token: Token) -> str:
        return _name(token)

    def every_field(self, _: Token | None = None) -> Node:
        return nodes.Pattern("*")

    def every_item(self, _: Token | None = None) -> nodes.Selected:
        return nodes.Selected(nodes.Pattern("*"), "*")

    @v_args(meta=True, inline=False)
    def selected(self, meta: Meta, children: list[Any]) -> nodes.Selected:
        value, alias = children
        written = self._text[meta.start_pos : meta.end_pos]
        return nodes.Selected(value, written, alias or "")

    def ordered(self, value: Node, direction: Token | None) -> nodes.Ordered:
        """Reads ``-field`` as descending, too: clients write it."""
        if isinstance(value, nodes.Negative) and direction is None:
            return nodes.Ordered(value.value, descending=True)
        return nodes.Ordered(value, direction is not None and direction.type == "DESC")
