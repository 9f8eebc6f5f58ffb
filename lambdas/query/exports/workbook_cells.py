"""The cells of a column, many at a time."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from citylake.datasets import FieldType, Precision
from lambdas.query.exports.cells import cell_text
from lambdas.query.exports.workbook_parts import (
    DATE,
    FORMULA_MARKS,
    INSTANT,
    PLAIN,
    text_cell,
)
from lambdas.query.plan import Column

CELL_CHARACTERS = 32_767
"""Characters of a cell, in units of UTF-16."""

_MOST_DIGITS = 999_999_999_999_999
"""Largest number of which a spreadsheet keeps every digit."""

_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1).toordinal() - _DAY_ZERO
_DAY_SECONDS = 86_400
_DATE_CHARACTERS = len("2024-02-29")
_DAYS_KEPT = 4_096

Cells = Callable[[range, Sequence[Any]], list[str]]
"""Makes a column's cells in rows of these numbers; a missing value has none."""


class Cut(Protocol):
    """Cuts a text to what a cell can hold, and notes that it did."""

    def __call__(self, text: str, cell: str) -> str:
        """What the cell holds of the text."""


def cells_of(column: Column, letters: str, list_separator: str, cut: Cut) -> Cells:
    """How the cells of a column are made.

    Args:
        column: what the values mean.
        letters: name of the sheet's column.
        list_separator: what stands between the values of a list.
        cut: cuts texts that are too long.
    """
    convert = cell_text(column, list_separator)
    if convert is None:
        match column.type:
            case FieldType.INT | FieldType.DOUBLE:
                return _each(letters, _number_cell)
            case FieldType.BOOLEAN:
                return _each(letters, _boolean_cell)
            case FieldType.DATE if column.precision is Precision.DAY:
                return _each(letters, _date_cell)
            case FieldType.DATETIME:
                return _each(letters, _instant_cell)
    return _texts(letters, convert, cut)


def _each(letters: str, make: Callable[[str, Any], str]) -> Cells:
    def cells(numbers: range, values: Sequence[Any]) -> list[str]:
        return [
            "" if value is None else make(f"{letters}{number}", value)
            for number, value in zip(numbers, values, strict=True)
        ]

    return cells


def _texts(letters: str, convert: Callable[[Any], str] | None, cut: Cut) -> Cells:
    def cell(name: str, text: str) -> str:
        return text_cell(name, cut(text, name) if _may_be_long(text) else text)

    each = _each(letters, cell)

    def cells(numbers: range, values: Sequence[Any]) -> list[str]:
        texts = (
            values
            if convert is None
            else [None if value is None else convert(value) for value in values]
        )
        if not _are_simple(texts):
            return each(numbers, texts)
        return [
            ""
            if text is None
            else f'<c r="{letters}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for number, text in zip(numbers, texts, strict=True)
        ]

    return cells


def _may_be_long(text: str) -> bool:
    return 2 * len(text) > CELL_CHARACTERS


def _are_simple(texts: Sequence[str | None]) -> bool:
    """Whether texts can stand in XML as they are: found out for many of them at once."""
    known = list(filter(None, texts))
    together = "".join(known)
    return (
        together.isprintable()
        and not any(mark in together for mark in ("&", "<", ">", "_x"))
        and {text[0] for text in known}.isdisjoint((*FORMULA_MARKS, " "))
        and " " not in {text[-1] for text in known}
        and not _may_be_long(max(known, key=len, default=""))
    )


def _number_cell(cell: str, value: float) -> str:
    if isinstance(value, int) and abs(value) > _MOST_DIGITS:
        return text_cell(cell, str(value), PLAIN)
    return f'<c r="{cell}"><v>{value!r}</v></c>'


def _boolean_cell(cell: str, value: bool) -> str:
    return f'<c r="{cell}" t="b"><v>{int(value)}</v></c>'


def _date_cell(cell: str, value: str) -> str:
    day = _day(value)
    return text_cell(cell, value) if day is None else f'<c r="{cell}"{DATE}><v>{day}</v></c>'


def _instant_cell(cell: str, value: str) -> str:
    """An instant, which comes as ``2024-07-02T03:04:05+00:00`` or ``…:05.250000+00:00``."""
    day = _day(value[:_DATE_CHARACTERS])
    if day is None:
        return text_cell(cell, value)
    seconds = int(value[11:13]) * 3600 + int(value[14:16]) * 60 + int(value[17:19])
    fraction = float(value[19:26]) if value[19] == "." else 0
    return f'<c r="{cell}"{INSTANT}><v>{day + (seconds + fraction) / _DAY_SECONDS!r}</v></c>'


@lru_cache(_DAYS_KEPT)
def _day(text: str) -> int | None:
    """Number a day as spreadsheets do; ``None`` before March 1900, where they disagree."""
    days = date.fromisoformat(text).toordinal() - _DAY_ZERO
    return days if days >= _FIRST_DAY else None
