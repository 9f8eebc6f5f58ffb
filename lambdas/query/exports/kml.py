"""KML: a placemark per record, for Google Earth and other globes.

Source:
    OGC 12-007r2, "KML 2.3", and the schema of KML 2.2, which says in which order elements stand.
"""

from collections.abc import Iterator
from typing import Any

from citylake.datasets import FieldType
from lambdas.query.exports import markup, telling
from lambdas.query.exports.encodings import XML
from lambdas.query.exports.forms import point_form, python_form
from lambdas.query.exports.table import Table
from lambdas.query.exports.template import All, Joined, Part, Value, fill

_TYPES = {FieldType.INT: "double", FieldType.DOUBLE: "double", FieldType.BOOLEAN: "bool"}
"""Types of KML. Its integers have 32 bits, ours 64."""


def write_kml(table: Table) -> Iterator[bytes]:
    """Write a placemark per record; one without a place is a placemark without a geometry.

    The first shape, or else the first point, is the geometry; the other columns are its data, or
    lines of its description with ``use_extension=false``.

    Raises:
        ParameterInvalid: a column that is to name or describe a record does not exist.
    """
    yield _head(table)
    for batch in fill(table, _placemark(table)):
        yield "".join(batch).encode(errors="replace")
    yield b"</Document></kml>\n"


def _head(table: Table) -> bytes:
    fields = "".join(
        f'<SimpleField name="{XML.in_python(table.headings[number])}" '
        f'type="{"string" if column.multivalued else _TYPES.get(column.type, "string")}">'
        f"<displayName>{XML.in_python(column.label)}</displayName></SimpleField>"
        for number, column in enumerate(table.columns)
        if number != table.geometry
    )
    schema = f'<Schema name="records" id="records">{fields}</Schema>'
    return (
        f'{markup.HEAD}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{XML.in_python(table.about.title)}</name>"
        f"{schema if table.request.use_extension else ''}\n"
    ).encode(errors="replace")


def _placemark(table: Table) -> Part:
    name, described = telling.named_by(table), telling.described_by(table)
    data = [number for number in range(len(table.columns)) if number != table.geometry]
    parts: list[Part] = ["<Placemark>"]
    if name is not None:
        parts.append(markup.element("name", markup.text_of(name)))
    if described is None and not table.request.use_extension:
        described = data
    if described is not None:
        parts.append(markup.element("description", telling.lines(table, described, XML)))
    if table.request.use_extension:
        parts.append('<ExtendedData><SchemaData schemaUrl="#records">')
        for number in data:
            heading = XML.in_python(table.headings[number])
            parts.append(
                All((f'<SimpleData name="{heading}">', markup.text_of(number), "</SimpleData>"))
            )
        parts.append("</SchemaData></ExtendedData>")
    if table.geometry is not None:
        is_point = table.columns[table.geometry].type is FieldType.GEO_POINT
        parts.append(Value(table.geometry, _POINT if is_point else _SHAPE))
    return Joined((*parts, "</Placemark>\n"))


def _geometry(geometry: dict[str, Any]) -> str:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return f"<MultiGeometry>{''.join(map(_geometry, geometry['geometries']))}</MultiGeometry>"
    coordinates = geometry["coordinates"]
    if kind.startswith("Multi"):
        each = ({"type": kind.removeprefix("Multi"), "coordinates": part} for part in coordinates)
        return f"<MultiGeometry>{''.join(map(_geometry, each))}</MultiGeometry>"
    if kind == "Polygon":
        outer, *holes = (_ring(ring) for ring in coordinates) if coordinates else ("",)
        inner = "".join(f"<innerBoundaryIs>{ring}</innerBoundaryIs>" for ring in holes)
        return f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs>{inner}</Polygon>"
    line = [coordinates] if kind == "Point" else coordinates
    return f"<{kind}><coordinates>{_positions(line)}</coordinates></{kind}>"


def _ring(ring: list[list[float]]) -> str:
    return f"<LinearRing><coordinates>{_positions(ring)}</coordinates></LinearRing>"


def _positions(line: list[list[float]]) -> str:
    return " ".join(f"{lon},{lat}" for lon, lat in line)


_POINT = point_form("<Point><coordinates>", "lon", ",", "lat", "</coordinates></Point>")
_SHAPE = python_form(lambda feature: _geometry(feature["geometry"]))
