"""What the text of a value is: each in SQL, where the engine writes it, and in Python."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from citylake.datasets import FieldType
from lambdas.query.exports import texts
from lambdas.query.exports.cells import cell_text
from lambdas.query.exports.table import Table
from lambdas.query.exports.wkt import to_wkt
from lambdas.query.plan import Column

_FREE = frozenset({FieldType.TEXT, FieldType.JSON_BLOB, FieldType.FILE, FieldType.GEO_SHAPE})
"""Types whose text may hold marks of any format."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a value becomes a text.

    Attributes:
        in_sql: the text as an expression; ``None`` for what SQL does not write.
        in_python: makes the text of a value as JSON has it, which is not missing.
        is_free: whether the text may hold what the format has to encode.
    """

    in_sql: Callable[[Table, int], exp.Expr | None]
    in_python: Callable[[Table, int], Callable[[Any], str | None]]
    is_free: Callable[[Column], bool] = lambda _: False


def _plain_in_sql(table: Table, number: int) -> exp.Expr | None:
    column, held = table.column(number), table.held_by(number)
    if not column.stored:
        return None
    if column.multivalued:
        separator = exp.Literal.string(table.request.list_separator)
        return exp.func("array_to_string", held[0].copy(), separator, dialect="duckdb")
    if column.type is FieldType.GEO_POINT:
        return texts.latitude_longitude(held)
    return texts.plain(column, held, table.request.timezone)


def _plain_in_python(table: Table, number: int) -> Callable[[Any], str | None]:
    column = table.column(number)
    if column.type is FieldType.BOOLEAN:
        return lambda value: "true" if value else "false"
    return cell_text(column, table.request.list_separator) or str


PLAIN = Form(
    _plain_in_sql, _plain_in_python, lambda column: column.multivalued or column.type in _FREE
)
"""As a cell of CSV: a list joined, a point as latitude and longitude, a shape as GeoJSON."""


def point_form(before: str, first: str, between: str, second: str, after: str) -> Form:
    """How a point is written: ``lon`` and ``lat`` in either order, with marks around them."""
    order = {"lon": 0, "lat": 1}

    def in_sql(table: Table, number: int) -> exp.Expr | None:
        held = table.held_by(number)
        if not table.column(number).stored:
            return None
        one, other = (texts.as_text(held[order[name]]) for name in (first, second))
        return texts.strictly(before, one, between, other, after)

    def in_python(table: Table, number: int) -> Callable[[Any], str | None]:
        del table, number
        return lambda point: f"{before}{point[first]}{between}{point[second]}{after}"

    return Form(in_sql, in_python)


def python_form(make: Callable[[Any], str | None]) -> Form:
    """A text that only Python makes of a value."""
    return Form(lambda _table, _number: None, lambda _table, _number: make)


WKT_POINT = point_form("POINT (", "lon", " ", "lat", ")")
"""A point as well-known text."""

WKT_SHAPE = python_form(lambda feature: to_wkt(feature["geometry"]))
"""A shape as well-known text."""
