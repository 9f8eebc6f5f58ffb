"""Columns of files whose columns have types, as expressions of the engine."""

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from citylake.errors import QueryInvalid
from lambdas.query.exports import texts
from lambdas.query.exports.encodings import REPLACEMENT
from lambdas.query.exports.table import Table
from lambdas.query.odsql.sql import Projected

WGS_84 = 4326
"""The EPSG code of the system that the lake's coordinates are in."""

_SQL_TYPES = {
    FieldType.INT: "bigint",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TEXT: "text",
    FieldType.FILE: "text",
    FieldType.JSON_BLOB: "text",
}


def named(column: exp.Expr, heading: str) -> exp.Expr:
    """A column under its heading.

    SQL's names end at a NUL, which an expression without an alias may hold.
    """
    return exp.alias_(column, heading.replace("\0", REPLACEMENT), quoted=True)


def value(table: Table, number: int, form: str) -> exp.Expr:
    """A column's values with their types; a list is one, a point a pair, a shape a geometry.

    Args:
        table: what is exported.
        number: which column.
        form: the format, as an error names it.

    Raises:
        QueryInvalid: it holds intervals, for which there is no type, or what is not made by the
            engine.
    """
    column, held = table.columns[number], table.held[number]
    if table.holds_intervals(number):
        raise QueryInvalid(
            f"ODSQL query cannot be written as {form}: {column.name} holds intervals, for which "
            "it has no type; expected another format, or group_by without range."
        )
    if column.type in {FieldType.GEO_SHAPE, FieldType.JSON_BLOB} and len(held) > 1:
        raise QueryInvalid(
            f"ODSQL query cannot be written as {form}: {column.name} is a box, a cluster or JSON "
            "that is put together when it is read; expected another format, or the field itself."
        )
    stored = held[0].copy()
    if column.multivalued:
        return stored
    match column.type:
        case FieldType.DOUBLE:
            return texts.finite(exp.cast(stored, "double"))
        case FieldType.DATETIME:
            return exp.AtTimeZone(this=stored, zone=exp.Literal.string("UTC"))
        case FieldType.DATE if column.precision is not Precision.DAY:
            return texts.known_part(column, stored)
        case FieldType.GEO_POINT:
            return texts.pair(held)
        case FieldType.GEO_SHAPE:
            return exp.func("st_geomfromwkb", stored)
        case plain:
            return exp.cast(stored, _SQL_TYPES[plain])


def geometry(table: Table, number: int, form: str) -> exp.Expr:
    """A point or shape as a geometry of the request's reference system; null where it is missing.

    Raises:
        QueryInvalid: as for ``value``.
    """
    if table.columns[number].type is FieldType.GEO_POINT:
        # By way of its text: the core of the engine has no other.
        lon, lat = table.held[number]
        text = texts.strictly("POINT(", texts.as_text(lon), " ", texts.as_text(lat), ")")
        place: exp.Expr = exp.cast(text, "geometry")
    else:
        place = value(table, number, form)
    return projected(place, table.request.epsg)


def projected(place: exp.Expr, epsg: int) -> exp.Expr:
    """A geometry on WGS 84 in another reference system; one that lies beyond it is an error."""
    if epsg == WGS_84:
        return place
    moved = Projected(this=place, epsg=exp.Literal.number(epsg))
    is_beyond = exp.or_(
        *(
            exp.not_(exp.Anonymous(this="isfinite", expressions=[edge]))
            for name in ("st_xmin", "st_ymin", "st_xmax", "st_ymax")
            for edge in (exp.Anonymous(this=name, expressions=[moved.copy()]),)
        )
    )
    refusal = exp.Anonymous(
        this="error",
        expressions=[exp.Literal.string(f"a record lies beyond what EPSG:{epsg} covers")],
    )
    return exp.Case().when(is_beyond, exp.cast(refusal, "geometry")).else_(moved)


def in_its_system(table: Table, form: str) -> Table:
    """The same records, with their geometry in the reference system that the request names.

    Raises:
        QueryInvalid: as for ``value``.
    """
    at = table.geometry
    if at is None or table.request.epsg == WGS_84:
        return table
    place = geometry(table, at, form)
    is_point = table.columns[at].type is FieldType.GEO_POINT
    parts = ("st_x", "st_y") if is_point else ("st_aswkb",)
    return table.holding(
        at, [exp.Anonymous(this=part, expressions=[place.copy()]) for part in parts]
    )
