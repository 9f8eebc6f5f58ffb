"""FlatGeobuf: features with an index, for web maps and GIS.

Source:
    "FlatGeobuf specification", https://flatgeobuf.org/.
"""

from collections.abc import Iterator

from sqlglot import exp

from citylake.datasets import FieldType
from citylake.errors import QueryInvalid
from lambdas.query.exports import columns, texts
from lambdas.query.exports.encodings import REPLACEMENT
from lambdas.query.exports.table import Table

MOST_INDEXED = 5_000_000
"""Features that an index is made of: it is made in memory, 87 MB a million, beside the engine's."""

_CHUNK_BYTES = 1 << 18
_FORM = "fgb"
_GEOMETRY = "geometry"
_TEXTS = frozenset({FieldType.TEXT, FieldType.JSON_BLOB, FieldType.FILE})


def write_fgb(table: Table) -> Iterator[bytes]:
    """Write a feature per record, in the order of the index: near ones stand near each other.

    The geometry is no column. A list is joined, another point is latitude and longitude, another
    shape well-known text. Where a record has no geometry, and beyond ``MOST_INDEXED``, the file has
    no index, and features stand in the order of the records.

    Raises:
        QueryInvalid: no column says where the records lie, or one holds what has no type.
    """
    at = table.geometry
    if at is None:
        raise QueryInvalid(
            "ODSQL query cannot be written as fgb: nothing that was selected is a point or a "
            "shape. Clause(s) containing the error(s): select."
        )
    place = columns.geometry(table, at, _FORM)
    named = [
        columns.named(_value(table, number), heading)
        for number, heading in enumerate(table.headings)
        if number != at
    ]
    records, placed = table.counted(at)
    indexed = placed == records <= MOST_INDEXED
    file = table.flatgeobuf([*named, columns.named(place, _GEOMETRY)], indexed=indexed)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _value(table: Table, number: int) -> exp.Expr:
    column, held = table.columns[number], table.held[number]
    value = columns.value(table, number, _FORM)
    if column.multivalued:
        separator = exp.Literal.string(table.request.list_separator)
        return _text(exp.func("array_to_string", value, separator, dialect="duckdb"))
    if column.type is FieldType.GEO_POINT:
        return texts.latitude_longitude(held)
    if column.type is FieldType.GEO_SHAPE:
        return exp.func("st_astext", value)
    return _text(value) if column.type in _TEXTS else value


def _text(value: exp.Expr) -> exp.Expr:
    """A text without NUL, at which the writer would take it to end."""
    nul = exp.Anonymous(this="chr", expressions=[exp.Literal.number(0)])
    return exp.Anonymous(this="replace", expressions=[value, nul, exp.Literal.string(REPLACEMENT)])
