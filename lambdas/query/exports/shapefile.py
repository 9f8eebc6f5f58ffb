"""Shapefiles: a ZIP of the files that together are one, for desktop GIS.

The format is of 1998 and says so: a file holds one kind of geometry, names of ten characters, texts
of 254 bytes, 255 columns and two gigabytes. What does not fit is refused, never cut.

Source:
    ESRI, "Shapefile Technical Description", July 1998; for the table, what dBASE III Plus wrote.
"""

import csv
import errno
import io
import itertools
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from citylake.datasets import FieldType, Precision
from citylake.errors import QueryInvalid, QueryTooCostly
from lambdas.query.exports.archive import Sink
from lambdas.query.exports.encodings import REPLACEMENT
from lambdas.query.exports.forms import PLAIN
from lambdas.query.exports.table import Table, Values

MOST_BYTES = (1 << 31) - 1
"""Bytes of one of the files: many programs count in 32 bits with a sign."""

_MOST_COLUMNS = 255
_TEXT_BYTES = 254
_NAME_CHARACTERS = 10
_WHOLE_DIGITS = 18
"""Digits of a number that programs read as an integer, its sign among them."""

_DOUBLE_WIDTH, _DOUBLE_DECIMALS = 24, 15
_CHUNK_BYTES = 1 << 18
_LEVEL = 3
_WGS_84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)

_KINDS = {
    "Point": "points",
    "MultiPoint": "multipoints",
    "LineString": "lines",
    "MultiLineString": "lines",
    "Polygon": "polygons",
    "MultiPolygon": "polygons",
}
_CODES = {"points": 1, "lines": 3, "polygons": 5, "multipoints": 8}
_NULL_SHAPE = struct.pack("<i", 0)

Position = Sequence[float]
Geometry = dict[str, Any]


def write_shp(table: Table) -> Iterator[bytes]:
    """Write a ZIP with a shapefile per kind of geometry, and a list of its columns.

    The records are read twice: first to know how wide the columns are. What lies nowhere stands
    without a shape among the most frequent kind.

    Raises:
        QueryInvalid: no column says where the records lie, or they pass a limit of the format.
        QueryTooCostly: there is no room for the files.
    """
    at = table.geometry
    if at is None:
        raise _refused(
            "nothing that was selected is a point or a shape. "
            "Clause(s) containing the error(s): select"
        )
    columns = _columns(table, at)
    counts: dict[str, int] = {}
    for batch in table.batches():
        for values in batch:
            kind = _kind(_geometry(values[at]))
            counts[kind] = counts.get(kind, 0) + 1
            for column in columns:
                column.measure(values)
    nowhere = counts.pop("", 0)
    main = max(counts, key=lambda kind: counts[kind]) if counts else _usual(table, at)
    counts[main] = counts.get(main, 0) + nowhere
    for column in columns:
        column.settle()
    layers = {kind: _Layer(kind, columns, count) for kind, count in sorted(counts.items())}
    try:
        _fill(table, at, layers, main)
        yield from _zipped(table, columns, layers)
    finally:
        for layer in layers.values():
            layer.close()


def _fill(table: Table, at: int, layers: Mapping[str, "_Layer"], main: str) -> None:
    """Put every record into the file of its kind.

    Raises:
        QueryTooCostly: there is no room for the files.
    """
    try:
        for batch in table.batches():
            for values in batch:
                geometry = _geometry(values[at])
                layers[_kind(geometry) or main].add(geometry, values)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise QueryTooCostly(
            "There is no room for a shapefile of so many records; ask for less, or as fgb."
        ) from error


def _refused(why: str) -> QueryInvalid:
    return QueryInvalid(f"ODSQL query cannot be written as shp: {why}.")


def _usual(table: Table, at: int) -> str:
    return "points" if table.columns[at].type is FieldType.GEO_POINT else "polygons"


def _geometry(value: Any) -> Geometry | None:  # noqa: ANN401 - a point or a shape as JSON has it
    if value is None:
        return None
    if "lon" in value:
        return {"type": "Point", "coordinates": [value["lon"], value["lat"]]}
    geometry: Geometry = value["geometry"]
    return geometry


def _kind(geometry: Geometry | None) -> str:
    """Which file a geometry belongs to; empty where there is none."""
    if geometry is None:
        return ""
    kind = _KINDS.get(geometry["type"])
    if kind is None:
        raise _refused(f"it has no shape of type {geometry['type']}; expected another format")
    return kind


# Columns


@dataclass(slots=True)
class _Column:
    """A column of the table of attributes.

    Attributes:
        number: of the column that it holds.
        name: as the file calls it.
        heading: as everyone else does.
        type: of dBASE: ``C`` text, ``N`` number, ``L`` yes or no, ``D`` day.
        write: makes the text of a value.
        width: bytes of a cell.
        decimals: digits after the point that programs are told of.
    """

    number: int
    name: str
    heading: str
    type: str
    write: Callable[[Any], str | None]
    width: int = 1
    decimals: int = 0

    def measure(self, values: Values) -> None:
        """Be as wide as a value needs."""
        value = values[self.number]
        if value is not None and self.type in "CN":
            self.width = max(self.width, len(self._text(value)))

    def settle(self) -> None:
        """Take the width for good.

        Raises:
            QueryInvalid: a text is longer than a cell can be.
        """
        if self.type == "N" and not self.decimals and self.width > _WHOLE_DIGITS:
            self.type = "C"  # programs would read it as a double, and round it
        if self.type == "C" and self.width > _TEXT_BYTES:
            raise _refused(
                f"{self.heading} has a text of {self.width} bytes, a shapefile holds "
                f"{_TEXT_BYTES}; select without it, or take another format"
            )
        if self.type == "D":
            self.width = len("20240229")
        if self.decimals:
            self.width = _DOUBLE_WIDTH

    def cell(self, values: Values) -> bytes:
        """A cell as wide as it must be."""
        value = values[self.number]
        text = b"" if value is None else self._text(value)
        return text.rjust(self.width) if self.type == "N" else text.ljust(self.width)

    def _text(self, value: Any) -> bytes:  # noqa: ANN401 - a value of any type
        text = self.write(value) or ""
        return text.replace("\0", REPLACEMENT).encode(errors="replace")

    @property
    def descriptor(self) -> bytes:
        """How the head of the table tells of the column."""
        return struct.pack(
            "<11sc4xBB14x", self.name.encode(), self.type.encode(), self.width, self.decimals
        )


def _columns(table: Table, at: int) -> list[_Column]:
    names: list[str] = []
    columns = []
    for number, column in enumerate(table.columns):
        if number == at:
            continue
        heading = table.headings[number]
        names.append(_short(heading, names))
        kind, decimals = "C", 0
        write = PLAIN.in_python(table, number)
        if not column.multivalued:
            match column.type:
                case FieldType.INT:
                    kind = "N"
                case FieldType.DOUBLE:
                    kind, decimals = "N", _DOUBLE_DECIMALS
                case FieldType.BOOLEAN:
                    kind, write = "L", lambda value: "T" if value else "F"
                case FieldType.DATE if column.precision is Precision.DAY:
                    kind, write = "D", lambda value: value.replace("-", "")
        columns.append(_Column(number, names[-1], heading, kind, write, decimals=decimals))
    if len(columns) > _MOST_COLUMNS:
        raise _refused(f"it has {len(columns)} columns, a shapefile {_MOST_COLUMNS}")
    # A table without a column is none.
    return columns or [_Column(at, "id", "id", "L", lambda _: "T")]


def _short(heading: str, taken: Sequence[str]) -> str:
    """Ten characters that no other column is called by: a number ends those that would be alike."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", heading) or "_"
    known = {name.lower() for name in taken}
    name, number = plain[:_NAME_CHARACTERS], 1
    while name.lower() in known:
        name = f"{plain[: _NAME_CHARACTERS - 1 - len(str(number))]}_{number}"
        number += 1
    return name


# Files


@dataclass(slots=True)
class _Layer:
    """The files of one kind of geometry, without names, so that nothing can be left of them."""

    kind: str
    columns: Sequence[_Column]
    count: int
    shp: IO[bytes] = field(default_factory=TemporaryFile)
    shx: IO[bytes] = field(default_factory=TemporaryFile)
    dbf: IO[bytes] = field(default_factory=TemporaryFile)
    number: int = 0
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        width = 1 + sum(column.width for column in self.columns)
        head = 33 + 32 * len(self.columns)
        size = head + self.count * width + 1
        if size > MOST_BYTES:
            raise _refused(
                f"its table would have {size:,} bytes, one of a shapefile {MOST_BYTES:,}; "
                "select less, or take another format"
            )
        # The day of writing is left at the format's first, so that the same records are the same
        # bytes.
        self.dbf.write(struct.pack("<B3BIHH20x", 3, 0, 1, 1, self.count, head, width))
        self.dbf.write(b"".join(column.descriptor for column in self.columns) + b"\r")
        for file in (self.shp, self.shx):
            file.write(bytes(100))

    def add(self, geometry: Geometry | None, values: Values) -> None:
        """Add a record.

        Raises:
            QueryInvalid: the shapes have too many bytes.
        """
        self.dbf.write(b" " + b"".join(column.cell(values) for column in self.columns))
        shape = _NULL_SHAPE if geometry is None else self._shape(geometry)
        start = self.shp.tell()
        if start + len(shape) > MOST_BYTES:
            raise _refused(
                f"its {self.kind} have more than {MOST_BYTES:,} bytes, as many as a shapefile may "
                "have; ask for less, or take another format"
            )
        self.number += 1
        self.shp.write(struct.pack(">ii", self.number, len(shape) // 2) + shape)
        self.shx.write(struct.pack(">ii", start // 2, len(shape) // 2))

    def finish(self) -> None:
        """Write what is known only in the end."""
        self.dbf.write(b"\x1a")
        for file in (self.shp, self.shx):
            size = file.tell()
            file.seek(0)
            file.write(struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2))
            box = self.box or (0.0, 0.0, 0.0, 0.0)
            file.write(struct.pack("<ii8d", 1000, _CODES[self.kind], *box, 0, 0, 0, 0))
        for file in (self.shp, self.shx, self.dbf):
            file.seek(0)

    def close(self) -> None:
        """Give up the files."""
        for file in (self.shp, self.shx, self.dbf):
            file.close()

    def _shape(self, geometry: Geometry) -> bytes:
        code, coordinates = _CODES[self.kind], geometry["coordinates"]
        is_multi = geometry["type"].startswith("Multi")
        if self.kind == "points":
            self._widen([coordinates])
            return struct.pack("<i2d", code, *coordinates)
        if self.kind == "multipoints":
            parts = [coordinates]
        elif self.kind == "lines":
            parts = coordinates if is_multi else [coordinates]
        else:
            polygons = coordinates if is_multi else [coordinates]
            parts = [ring for polygon in polygons for ring in _turned(polygon)]
        points = [position for part in parts for position in part]
        if not points:
            return _NULL_SHAPE
        box = self._widen(points)
        flat = [number for position in points for number in position]
        packed = struct.pack(f"<{len(flat)}d", *flat)
        if self.kind == "multipoints":
            return struct.pack("<i4di", code, *box, len(points)) + packed
        starts, start = [], 0
        for part in parts:
            starts.append(start)
            start += len(part)
        head = struct.pack(f"<i4dii{len(parts)}i", code, *box, len(parts), len(points), *starts)
        return head + packed

    def _widen(self, points: Sequence[Position]) -> tuple[float, float, float, float]:
        lons, lats = zip(*points, strict=True)
        box = (min(lons), min(lats), max(lons), max(lats))
        held = self.box or box
        self.box = (
            min(held[0], box[0]),
            min(held[1], box[1]),
            max(held[2], box[2]),
            max(held[3], box[3]),
        )
        return box


def _turned(polygon: Sequence[Sequence[Position]]) -> Iterator[Sequence[Position]]:
    """The rings of a polygon: the outer one clockwise, holes the other way."""
    for number, ring in enumerate(polygon):
        area = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in itertools.pairwise(ring))
        is_clockwise = area < 0
        yield ring if is_clockwise == (number == 0) else ring[::-1]


def _zipped(table: Table, columns: Iterable[_Column], layers: dict[str, _Layer]) -> Iterator[bytes]:
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for kind, layer in layers.items():
            layer.finish()
            name = table.about.name if len(layers) == 1 else f"{table.about.name}_{kind}"
            for ending, file in (("shp", layer.shp), ("shx", layer.shx), ("dbf", layer.dbf)):
                entry = ZipInfo(f"{name}.{ending}")
                entry.compress_type = ZIP_DEFLATED
                with archive.open(entry, "w") as part:
                    while chunk := file.read(_CHUNK_BYTES):
                        part.write(chunk)
                        yield sink.take()
            archive.writestr(ZipInfo(f"{name}.prj"), _WGS_84, ZIP_DEFLATED)
            archive.writestr(ZipInfo(f"{name}.cpg"), "UTF-8", ZIP_DEFLATED)
        archive.writestr(ZipInfo("fields.csv"), _fields(table, columns), ZIP_DEFLATED)
    yield sink.take()


def _fields(table: Table, columns: Iterable[_Column]) -> str:
    """Which column of the shapefiles is which, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["column", "name", "label"])
    for each in columns:
        writer.writerow([each.name, each.heading, table.columns[each.number].label])
    return text.getvalue()
