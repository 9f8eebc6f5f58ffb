"""Parquet: a column per field with its own type, for data frames and GIS."""

from collections.abc import Iterator

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from citylake.errors import QueryInvalid
from lambdas.query.exports import texts
from lambdas.query.exports.table import Table

_CHUNK_BYTES = 1 << 18
_GEOMETRY = "geometry"
_SQL_TYPES = {
    FieldType.INT: "bigint",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TEXT: "text",
    FieldType.FILE: "text",
    FieldType.JSON_BLOB: "text",
}


def write_parquet(table: Table) -> Iterator[bytes]:
    """Write the records with their types: instants in UTC, lists as lists, shapes as geometries.

    A point is a pair of ``lon`` and ``lat``, which data frames read as it is. Without a shape, the
    first point stands once more in the last column, ``geometry``: so the file is GeoParquet, which
    GIS and GeoPandas open.

    Raises:
        QueryInvalid: a column holds intervals, for which there is no type, or what is not made by
            the engine.

    Source:
        GeoParquet 1.0, https://geoparquet.org/releases/v1.0.0/.
    """
    columns = [
        # SQL's names end at a NUL, which an expression without an alias may hold.
        exp.alias_(
            _value(table, number), heading.replace("\0", "\N{REPLACEMENT CHARACTER}"), quoted=True
        )
        for number, heading in enumerate(table.headings)
    ]
    at = table.geometry
    if at is not None and table.columns[at].type is FieldType.GEO_POINT:
        columns.append(exp.alias_(_geometry_of_point(*table.held[at]), _GEOMETRY, quoted=True))
    file = table.parquet(columns, table.request.parquet_compression)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _value(table: Table, number: int) -> exp.Expr:
    column, held = table.columns[number], table.held[number]
    if table.holds_intervals(number):
        raise QueryInvalid(
            f"ODSQL query cannot be written as parquet: {column.name} holds intervals, for which "
            "it has no type; expected another format, or group_by without range."
        )
    if column.type in {FieldType.GEO_SHAPE, FieldType.JSON_BLOB} and len(held) > 1:
        raise QueryInvalid(
            f"ODSQL query cannot be written as parquet: {column.name} is a box, a cluster or JSON "
            "that is put together when it is read; expected another format, or the field itself."
        )
    value = held[0].copy()
    if column.multivalued:
        return value
    match column.type:
        case FieldType.DOUBLE:
            return texts.finite(exp.cast(value, "double"))
        case FieldType.DATETIME:
            return exp.AtTimeZone(this=value, zone=exp.Literal.string("UTC"))
        case FieldType.DATE if column.precision is not Precision.DAY:
            return texts.known_part(column, value)
        case FieldType.GEO_POINT:
            return texts.pair(held)
        case FieldType.GEO_SHAPE:
            return exp.func("st_geomfromwkb", value)
        case plain:
            return exp.cast(value, _SQL_TYPES[plain])


def _geometry_of_point(lon: exp.Expr, lat: exp.Expr) -> exp.Expr:
    """A point as a geometry, by way of its text: null where it is missing."""
    return exp.cast(
        texts.strictly("POINT(", texts.as_text(lon), " ", texts.as_text(lat), ")"), "geometry"
    )
