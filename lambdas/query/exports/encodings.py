"""How texts stand among the marks of a format: each in SQL and in Python, with the same result."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from urllib.parse import quote

import orjson
from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is written so that it is read as it was.

    Attributes:
        in_sql: the engine's way; of null it makes null.
        in_python: the same in Python.
    """

    in_sql: Callable[[exp.Expr], exp.Expr]
    in_python: Callable[[str], str]


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that a format cannot hold."""


def _replacing(unwritable: str, *pairs: tuple[str, str]) -> Encoding:
    """An encoding that shows what cannot be written, and replaces marks, one after the other.

    Args:
        unwritable: a class of characters as both regular expressions know it; escapes have two
            digits, since both read these alike.
        pairs: marks and what stands for them.
    """
    pattern = re.compile(unwritable)

    def in_sql(text: exp.Expr) -> exp.Expr:
        shown = exp.Anonymous(
            this="regexp_replace",
            expressions=[
                text.copy(),
                *map(exp.Literal.string, (unwritable, REPLACEMENT, "g")),
            ],
        )
        return reduce(
            lambda inner, pair: exp.Anonymous(
                this="replace", expressions=[inner, *map(exp.Literal.string, pair)]
            ),
            pairs,
            shown,
        )

    def in_python(text: str) -> str:
        shown = pattern.sub(REPLACEMENT, text)
        return reduce(lambda inner, pair: inner.replace(*pair), pairs, shown)

    return Encoding(in_sql, in_python)


XML = _replacing(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]",
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("\r", "&#13;"),
)
"""Character data of XML 1.0, which has no way to write most control characters."""

ICAL_TEXT = _replacing(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]",
    ("\\", "\\\\"),
    (";", "\\;"),
    (",", "\\,"),
    ("\r\n", "\\n"),
    ("\n", "\\n"),
    ("\r", "\\n"),
)
"""A value of type TEXT (RFC 5545, section 3.3.11); a line ends in one way only."""

JSON_TEXT = Encoding(
    lambda text: exp.JSONFormat(this=text.copy()), lambda text: orjson.dumps(text).decode()
)
"""A JSON string, quotes included, which is a literal of Turtle, too.

Escapes of control characters are not yet as orjson has them: see ``texts.lower_escapes``.
"""

URL = Encoding(
    lambda text: exp.Anonymous(this="url_encode", expressions=[text.copy()]),
    lambda text: quote(text, safe=""),
)
"""A segment of an address."""

DIGEST = Encoding(
    lambda text: exp.Anonymous(this="sha256", expressions=[text.copy()]),
    lambda text: hashlib.sha256(text.encode()).hexdigest(),
)
"""A name for a text of any length."""

_LINE_OCTETS = 75


def _fold_in_sql(line: exp.Expr) -> exp.Expr:
    def octets(value: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="strlen", expressions=[value.copy()])

    def broken(size: int) -> exp.Expr:
        return exp.Anonymous(
            this="regexp_replace",
            expressions=[
                line.copy(),
                *map(exp.Literal.string, (_pieces(size), "\\1\r\n ", "g")),
            ],
        )

    limit = exp.Literal.number(_LINE_OCTETS)
    characters = exp.Anonymous(this="length", expressions=[line.copy()])
    return (
        exp.Case()
        .when(exp.LTE(this=octets(line), expression=limit), line.copy())
        .when(exp.EQ(this=octets(line), expression=characters), broken(_ASCII_PIECE))
        .else_(broken(_ANY_PIECE))
    )


def _fold_in_python(line: str) -> str:
    if len(line) * 4 <= _LINE_OCTETS or len(line.encode()) <= _LINE_OCTETS:
        return line
    size = _ASCII_PIECE if line.isascii() else _ANY_PIECE
    return re.sub(_pieces(size), "\\1\r\n ", line, flags=re.DOTALL)


_ASCII_PIECE = _LINE_OCTETS - 1
_ANY_PIECE = (_LINE_OCTETS - 1) // 4
"""Characters of a piece whatever they are: one has up to four octets."""


def _pieces(size: int) -> str:
    return f"([^\\n]{{{size}}})"


FOLDED = Encoding(_fold_in_sql, _fold_in_python)
"""A content line of iCalendar, parted where it is longer than 75 octets (RFC 5545, section 3.1)."""
