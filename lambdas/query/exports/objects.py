"""JSON, JSON lines and GeoJSON: an object per record."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson
from sqlglot import exp

from citylake.datasets import FieldType
from lambdas.query.exports import texts
from lambdas.query.exports.columns import WGS_84, in_its_system
from lambdas.query.exports.table import Table, Values


def write_json(table: Table) -> Iterator[bytes]:
    """Write one array of flat objects."""
    yield from _listed(_objects(table, ","), b"[", b"]")


def write_jsonl(table: Table) -> Iterator[bytes]:
    """Write an object per line."""
    for lines in _objects(table, "\n"):
        yield lines + b"\n"


def write_geojson(table: Table) -> Iterator[bytes]:
    """Write a feature per record, null as its geometry where it has none.

    The geometry is the first shape, or else the first point; the other fields are its properties.
    A reference system other than WGS 84 is named as it was before RFC 7946, which knows no other.

    Raises:
        QueryInvalid: a geometry that is put together when it is read cannot be in another system.

    Source:
        RFC 7946, "The GeoJSON Format"; "The GeoJSON Format Specification" of 2008, section 3.
    """
    epsg = table.request.epsg
    system = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    named = b"" if epsg == WGS_84 else b'"crs":%b,' % orjson.dumps(system)
    opening = b'{"type":"FeatureCollection",%b"features":[' % named
    yield from _listed(_features(in_its_system(table, "geojson")), opening, b"]}")


def _listed(batches: Iterator[bytes], opening: bytes, closing: bytes) -> Iterator[bytes]:
    before = opening
    for batch in batches:
        yield before + batch
        before = b","
    yield closing if before == b"," else opening + closing


def _objects(table: Table, separator: str) -> Iterator[bytes]:
    """Every record as an object; those of a batch with the separator between them."""
    everything = range(len(table.columns))
    row = _row(table, everything)
    if row is not None:
        return _joined(table, row, separator)
    keys = table.headings
    return _dumped(table, separator, lambda values: dict(zip(keys, values, strict=True)))


def _features(table: Table) -> Iterator[bytes]:
    at = table.geometry
    shown = [number for number in range(len(table.columns)) if number != at]
    row = _row(table, shown)
    if row is not None and (at is None or table.columns[at].type is FieldType.GEO_POINT):
        place = "null" if at is None else texts.geojson_point(table.held[at])
        feature = texts.joined('{"type":"Feature","geometry":', place, ',"properties":', row, "}")
        return _joined(table, feature, ",")
    keys = [table.headings[number] for number in shown]
    read_geometry = _geometry_reader(table)

    def feature_of(values: Values) -> dict[str, Any]:
        properties = (values[number] for number in shown)
        return {
            "type": "Feature",
            "geometry": None if at is None else read_geometry(values[at]),
            "properties": dict(zip(keys, properties, strict=True)),
        }

    return _dumped(table, ",", feature_of)


def _geometry_reader(table: Table) -> Callable[[Any], dict[str, Any] | None]:
    if table.geometry is not None and table.columns[table.geometry].type is FieldType.GEO_SHAPE:
        return lambda feature: feature and feature["geometry"]
    return lambda point: point and {"type": "Point", "coordinates": [point["lon"], point["lat"]]}


def _joined(table: Table, row: exp.Expr, separator: str) -> Iterator[bytes]:
    for batch in table.texts(row):
        yield texts.lower_escapes(separator.join(batch)).encode(errors="replace")


def _dumped(
    table: Table, separator: str, object_of: Callable[[Values], dict[str, Any]]
) -> Iterator[bytes]:
    between = separator.encode()
    for batch in table.batches():
        yield between.join(orjson.dumps(object_of(values)) for values in batch)


def _row(table: Table, numbers: Sequence[int]) -> exp.Expr | None:
    """An object of some columns as the engine can write it; ``None`` if it cannot."""
    if not table.keeps_order:
        return None
    members = {
        table.headings[number]: (table.columns[number], table.held[number]) for number in numbers
    }
    return texts.json_object(members, table.request.timezone)
