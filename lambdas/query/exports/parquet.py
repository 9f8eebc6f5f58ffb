"""Parquet: a column per field with its own type, for data frames and GIS."""

from collections.abc import Iterator

from sqlglot import exp

from citylake.datasets import FieldType
from lambdas.query.exports import columns
from lambdas.query.exports.table import Table

_CHUNK_BYTES = 1 << 18
_GEOMETRY = "geometry"
_FORM = "parquet"


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
    at = table.geometry
    held = [_value(table, number) for number in range(len(table.columns))]
    named = [
        columns.named(value, heading) for value, heading in zip(held, table.headings, strict=True)
    ]
    if at is not None and table.columns[at].type is FieldType.GEO_POINT:
        named.append(columns.named(_geometry(table, at), _GEOMETRY))
    file = table.parquet(named, table.request.parquet_compression)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _value(table: Table, number: int) -> exp.Expr:
    if number == table.geometry and table.columns[number].type is FieldType.GEO_SHAPE:
        return _geometry(table, number)
    return columns.value(table, number, _FORM)


def _geometry(table: Table, number: int) -> exp.Expr:
    """The geometry, and in which system it is where that is not the usual one."""
    place, epsg = columns.geometry(table, number, _FORM), table.request.epsg
    if epsg == columns.WGS_84:
        return place
    system = exp.Literal.string(f"EPSG:{epsg}")
    return exp.Anonymous(this="st_setcrs", expressions=[place, system])
