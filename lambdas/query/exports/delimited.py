"""CSV: a row per record, as spreadsheets and scripts read it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlglot import exp

from citylake.datasets import FieldType
from lambdas.query.exports import texts
from lambdas.query.exports.cells import cell_text
from lambdas.query.exports.table import Table
from lambdas.query.parameters import Request
from lambdas.query.plan import Column

_BOM = b"\xef\xbb\xbf"
_LINE_END = "\r\n"
_NOTHING = '""'
"""A row whose only cell is empty; without the quotes readers would skip the line."""

_FREE_TEXT = frozenset({FieldType.TEXT, FieldType.JSON_BLOB, FieldType.GEO_POINT})
"""Types whose cells may hold what must be quoted."""


def write_csv(table: Table) -> Iterator[bytes]:
    """Write a header and a row per record; lists joined, a point as latitude and longitude."""
    before = (_BOM if table.request.with_bom else b"") + _rows_of([table.headings], table.request)
    for rows in _rows(table):
        yield before + rows
        before = b""
    if before:
        yield before


def _rows(table: Table) -> Iterator[bytes]:
    row = _row(table)
    if row is not None:
        for batch in table.texts(row):
            yield "".join(batch).encode(errors="replace")
        return
    converters = [_cell_converter(column, table.request.list_separator) for column in table.columns]
    for records in table.batches():
        columns = (
            values
            if convert is None
            else [value if value is None else convert(value) for value in values]
            for convert, values in zip(converters, zip(*records, strict=True), strict=True)
        )
        yield _rows_of(zip(*columns, strict=True), table.request)


def _rows_of(rows: Iterable[Sequence[Any]], request: Request) -> bytes:
    text = io.StringIO()
    csv.writer(
        text,
        delimiter=request.delimiter,
        quoting=csv.QUOTE_ALL if request.quote_all else csv.QUOTE_MINIMAL,
        lineterminator=_LINE_END,
    ).writerows(rows)
    return text.getvalue().encode(errors="replace")


def _cell_converter(column: Column, list_separator: str) -> Callable[[Any], str] | None:
    if column.type is FieldType.BOOLEAN:
        return lambda value: "true" if value else "false"
    return cell_text(column, list_separator)


def _row(table: Table) -> exp.Expr | None:
    """A row as the engine can write it; ``None`` if it cannot."""
    if not table.keeps_order:
        return None
    cells = [
        _cell(column, held, table) for column, held in zip(table.columns, table.held, strict=True)
    ]
    written = [cell for cell in cells if cell is not None]
    if len(written) < len(cells):
        return None
    between = [part for cell in written for part in (table.request.delimiter, cell)][1:]
    return texts.joined(*between, _LINE_END)


def _cell(column: Column, held: texts.Held, table: Table) -> exp.Expr | None:
    request = table.request
    if column.stored and column.type is FieldType.GEO_POINT:
        text: exp.Expr | None = texts.latitude_longitude(held)
    else:
        text = texts.plain(column, held, request.timezone)
    if text is None:
        return None
    quoted = texts.joined(
        '"', exp.func("replace", text, exp.Literal.string('"'), exp.Literal.string('""')), '"'
    )
    if request.quote_all:
        return quoted
    if column.type in _FREE_TEXT:
        is_odd = exp.or_(
            *(
                exp.func("contains", text.copy(), exp.Literal.string(mark), dialect="duckdb")
                for mark in (request.delimiter, '"', "\r", "\n")
            )
        )
        text = exp.Case().when(is_odd, quoted).else_(text)
    if len(table.columns) > 1:
        return text
    some = exp.func("nullif", text, exp.Literal.string(""))
    return exp.Coalesce(this=some, expressions=[exp.Literal.string(_NOTHING)])
