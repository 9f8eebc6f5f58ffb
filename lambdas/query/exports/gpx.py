"""GPX: waypoints and tracks, for GPS receivers and apps that hike.

Source:
    Topografix, "GPX 1.1 Schema", https://www.topografix.com/GPX/1/1/.
"""

from collections.abc import Iterator
from typing import Any

from citylake.datasets import FieldType
from citylake.errors import QueryInvalid
from lambdas.query.exports import markup, telling
from lambdas.query.exports.encodings import XML
from lambdas.query.exports.forms import point_form
from lambdas.query.exports.table import Table
from lambdas.query.exports.template import All, Joined, Maker, Part, Unless, Value, fill, maker

_FIELDS = "ogr"
"""Prefix of the elements that hold fields; GDAL writes and reads them so."""


def write_gpx(table: Table) -> Iterator[bytes]:
    """Write a waypoint per point, a track per line, and per area a track along its borders.

    Waypoints come first, as the format wants it, so the records are read once for each kind. A
    record without a place stands in the extensions at the file's end.

    Raises:
        QueryInvalid: no column says where the records lie.
        ParameterInvalid: a column that is to name or describe a record does not exist.
    """
    at = table.geometry
    if at is None:
        raise QueryInvalid(
            "ODSQL query cannot be written as gpx: nothing that was selected is a point or a "
            "shape. Clause(s) containing the error(s): select."
        )
    fields, told = _fields(table), _told(table)
    yield _head(table)
    if table.columns[at].type is FieldType.GEO_POINT:
        opening = Value(at, point_form('<wpt lat="', "lat", '" lon="', "lon", '">'))
        yield from _encoded(fill(table, All((opening, told, "</wpt>\n"))))
    else:
        yield from _encoded(_shapes(table, at, maker(table, told)))
    nowhere = Unless(at, All((f"<{_FIELDS}:record>", fields, f"</{_FIELDS}:record>\n")))
    before = b"<extensions>"
    for batch in _encoded(fill(table, nowhere)):
        yield before + batch
        before = b""
    yield b"</gpx>\n" if before else b"</extensions></gpx>\n"


def _head(table: Table) -> bytes:
    return (
        f'{markup.HEAD}<gpx version="1.1" creator="Citylake" '
        'xmlns="http://www.topografix.com/GPX/1/1" '
        f'xmlns:{_FIELDS}="http://osgeo.org/gdal"><metadata>'
        f"<name>{XML.in_python(table.about.title)}</name></metadata>\n"
    ).encode(errors="replace")


def _encoded(batches: Iterator[list[str]]) -> Iterator[bytes]:
    for batch in batches:
        if batch:
            yield "".join(batch).encode(errors="replace")


def _fields(table: Table) -> Part:
    return Joined(
        tuple(
            markup.element(
                f"{_FIELDS}:{markup.xml_name(table.headings[number])}", markup.text_of(number)
            )
            for number in range(len(table.columns))
            if number != table.geometry
        )
    )


def _told(table: Table) -> Part:
    """What stands within a waypoint or a track: name, description, fields, in this order."""
    name, described = telling.named_by(table), telling.described_by(table)
    if described is None and not table.request.use_extension:
        described = [number for number in range(len(table.columns)) if number != table.geometry]
    parts: list[Part] = []
    if name is not None:
        parts.append(markup.element("name", markup.text_of(name)))
    if described is not None:
        parts.append(markup.element("desc", telling.lines(table, described, XML)))
    if table.request.use_extension:
        parts.append(All(("<extensions>", _fields(table), "</extensions>")))
    return Joined(tuple(parts))


def _shapes(table: Table, at: int, make: Maker) -> Iterator[list[str]]:
    for written in (_waypoints, _track):
        for batch in table.batches():
            yield [
                written(values[at]["geometry"], make(values) or "")
                for values in batch
                if values[at] is not None
            ]


def _waypoints(geometry: dict[str, Any], told: str) -> str:
    return "".join(f'<wpt lat="{lat}" lon="{lon}">{told}</wpt>\n' for lon, lat in _points(geometry))


def _track(geometry: dict[str, Any], told: str) -> str:
    segments = "".join(
        "<trkseg>" + "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in line) + "</trkseg>"
        for line in _lines(geometry)
    )
    return f"<trk>{told}{segments}</trk>\n" if segments else ""


def _points(geometry: dict[str, Any]) -> Iterator[list[float]]:
    match geometry["type"]:
        case "GeometryCollection":
            for each in geometry["geometries"]:
                yield from _points(each)
        case "Point":
            yield geometry["coordinates"]
        case "MultiPoint":
            yield from geometry["coordinates"]


def _lines(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    match geometry["type"]:
        case "GeometryCollection":
            for each in geometry["geometries"]:
                yield from _lines(each)
        case "LineString":
            yield geometry["coordinates"]
        case "MultiLineString" | "Polygon":
            yield from geometry["coordinates"]
        case "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield from polygon
