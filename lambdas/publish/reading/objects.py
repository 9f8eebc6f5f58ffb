"""JSON objects, one a record: JSON lines, a JSON list, the features of GeoJSON.

Objects are read twice: first for the names and kinds of their members, then for the values.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import ijson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from citylake.errors import DatasetInvalid
from lambdas.publish.quarantine import BadRow, Quarantine
from lambdas.publish.reading.encoding import BOM
from lambdas.publish.reading.model import Cell, Heading, Hint, Progress, Texts, TextsWriter, silent

_GEOMETRY = "\0geometry"
"""The member that stands for a feature's geometry; no name in a file is so."""

_POINT_KEYS = {"lat", "lon"}
_GEOMETRY_HEADERS = {Hint.POINT: "Location", Hint.SHAPE: "Shape"}
_MOST_LAT, _MOST_LON = 90, 180


class Number(str):
    """A number as the file writes it, so that none of its digits is lost."""

    __slots__ = ()


class _Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "texts"
    POINT = "point"
    SHAPE = "shape"
    JSON = "json"


_HINTS = {
    frozenset({_Kind.TEXT}): Hint.TEXT,
    frozenset({_Kind.NUMBER}): Hint.NUMBER,
    frozenset({_Kind.BOOLEAN}): Hint.BOOLEAN,
    frozenset({_Kind.TEXTS}): Hint.TEXTS,
    frozenset({_Kind.POINT}): Hint.POINT,
    frozenset({_Kind.SHAPE}): Hint.SHAPE,
    frozenset({_Kind.POINT, _Kind.SHAPE}): Hint.SHAPE,
}
_PLAIN = {_Kind.TEXT, _Kind.NUMBER, _Kind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class Item:
    """An object and where in the file it stands: its line, or its number in a list."""

    line: int
    members: Mapping[str, Any]


Items = Callable[[Path], Iterator[Item | BadRow]]
"""Reads a file's objects; what cannot be read is a bad row."""


def read_objects(
    path: Path, parquet: Path, quarantine: Quarantine, items: Items, *, progress: Progress = silent
) -> Texts:
    """Read objects into a table of texts: a column for every name that any of them has.

    Args:
        path: the file.
        parquet: where the table is written.
        quarantine: takes what is no object.
        items: reads the objects.
        progress: told now and then how many were read.

    Raises:
        DatasetInvalid: the file breaks off, or no object has a member.
    """
    kinds: dict[str, set[_Kind]] = {}
    for item in items(path):
        if isinstance(item, Item):
            for name, value in item.members.items():
                found = kinds.setdefault(name, set())
                if (kind := _kind(value)) is not None:
                    found.add(kind)
    hints = {name: _hint(found) for name, found in kinds.items()}
    if hints:
        with TextsWriter(parquet, len(hints), progress) as writer:
            for item in items(path):
                if isinstance(item, Item):
                    cells = [_cell(item.members.get(name), hint) for name, hint in hints.items()]
                    writer.add(item.line, cells)
                else:
                    quarantine.add(item)
        rows = writer.rows
    else:
        raise DatasetInvalid("the file has no JSON object with a member; expected one per record")
    return Texts(
        parquet=parquet,
        headings=tuple(
            Heading(_GEOMETRY_HEADERS[hint] if name == _GEOMETRY else name, hint)
            for name, hint in hints.items()
        ),
        rows=rows,
        format="GeoJSON" if _GEOMETRY in hints else "JSON",
    )


def lines(path: Path) -> Iterator[Item | BadRow]:
    """Read an object a line; features of GeoJSON may stand on lines too."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            body = line.removeprefix(BOM) if number == 1 else line
            if body.strip():
                yield _line(number, body)


def _line(number: int, body: bytes) -> Item | BadRow:
    def bad(reason: str) -> BadRow:
        return BadRow(line=number, reason=reason, row=body.decode("utf-8", "replace").rstrip())

    try:
        value = json.loads(
            body.decode(), parse_int=Number, parse_float=Number, parse_constant=_refuse
        )
    except UnicodeDecodeError:
        row = body.decode("latin-1").rstrip()
        return BadRow(line=number, reason="holds bytes that are not UTF-8", row=row)
    except json.JSONDecodeError as error:
        return bad(f"is not JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError) as error:
        return bad(f"is not JSON that can be kept: {error}")
    if not isinstance(value, dict):
        return bad("is no JSON object")
    return _flat(number, value)


def listed(path: Path) -> Iterator[Item | BadRow]:
    """Read the objects of a JSON list."""
    yield from _streamed(path, "item")


def features(path: Path) -> Iterator[Item | BadRow]:
    """Read the features of a GeoJSON collection."""
    yield from _streamed(path, "features.item")


def _streamed(path: Path, prefix: str) -> Iterator[Item | BadRow]:
    with path.open("rb") as file:
        if file.read(len(BOM)) != BOM:
            file.seek(0)
        try:
            for number, value in enumerate(ijson.items(file, prefix), start=1):
                written = _as_written(value)
                if isinstance(written, dict):
                    yield _flat(number, written)
                else:
                    yield BadRow(line=number, reason="is no JSON object", row=_dump(written))
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise DatasetInvalid(f"{path.name} is no whole JSON: {error}") from error


def _flat(number: int, value: Mapping[str, Any]) -> Item | BadRow:
    """A record's members; those of a feature are its properties, its geometry, and its id."""
    if value.get("type") != "Feature" or "geometry" not in value:
        return Item(number, value)
    properties = value.get("properties")
    members = dict(properties) if isinstance(properties, dict) else {}
    if "id" in value:
        members.setdefault("id", value["id"])
    try:
        members[_GEOMETRY] = _geometry(value["geometry"])
    except ValueError as error:
        return BadRow(line=number, column="geometry", reason=str(error), row=_dump(value))
    return Item(number, members)


def _geometry(value: object) -> BaseGeometry | None:
    """Read a geometry.

    Raises:
        ValueError: it is none, or does not lie on the globe.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("the geometry is no JSON object")  # noqa: TRY004 - about the file's value
    try:
        found = shapely.force_2d(shape({name: _floats(each) for name, each in value.items()}))
    except (ShapelyError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError("the geometry cannot be read") from error
    if found.is_empty:
        return None
    west, south, east, north = found.bounds
    if not all(map(math.isfinite, found.bounds)):
        raise ValueError("the geometry has a coordinate that is no number")
    if max(-west, east) > _MOST_LON or max(-south, north) > _MOST_LAT:
        raise ValueError("the geometry has coordinates that are not degrees of longitude, latitude")
    return found


def _floats(value: object) -> object:
    """The same value with numbers as Python's."""
    if isinstance(value, Number):
        return float(value)
    if isinstance(value, list):
        return [_floats(each) for each in value]
    if isinstance(value, dict):
        return {name: _floats(each) for name, each in value.items()}
    return value


def _as_written(value: object) -> object:
    """The same value with numbers as they were written."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return Number(value)
    if isinstance(value, list):
        return [_as_written(each) for each in value]
    if isinstance(value, dict):
        return {name: _as_written(each) for name, each in value.items()}
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _kind(value: object) -> _Kind | None:
    match value:
        case None:
            return None
        case bool():
            return _Kind.BOOLEAN
        case Number():
            return _Kind.NUMBER
        case str():
            return _Kind.TEXT if value.strip() else None
        case BaseGeometry():
            return _Kind.POINT if isinstance(value, Point) else _Kind.SHAPE
        case list() if value and all(type(each) is str for each in value):
            return _Kind.TEXTS
        case list() if not value:
            return None
        case dict() if _point(value) is not None:
            return _Kind.POINT
    return _Kind.JSON


def _hint(kinds: set[_Kind]) -> Hint:
    """What a column holds; plain values of several kinds are texts, anything else mixed is JSON."""
    if not kinds:
        return Hint.TEXT
    return _HINTS.get(frozenset(kinds), Hint.TEXT if kinds <= _PLAIN else Hint.JSON)


def _cell(value: object, hint: Hint) -> Cell:
    if value is None or value == []:
        return None
    match hint:
        case Hint.POINT:
            lon, lat = _point(value) or ("", "")
            return f"{lon} {lat}"
        case Hint.SHAPE if isinstance(value, BaseGeometry):
            return str(value.wkb_hex)
        case Hint.TEXTS | Hint.JSON:
            return _dump(value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _point(value: object) -> tuple[str, str] | None:
    """Longitude and latitude of a point, as a geometry or as ``{"lat": …, "lon": …}``."""
    if isinstance(value, Point):
        return repr(float(value.x)), repr(float(value.y))
    if not isinstance(value, dict) or value.keys() != _POINT_KEYS:
        return None
    lon, lat = value["lon"], value["lat"]
    if not isinstance(lon, Number) or not isinstance(lat, Number):
        return None
    on_globe = abs(float(lon)) <= _MOST_LON and abs(float(lat)) <= _MOST_LAT
    return (lon, lat) if on_globe else None


def _dump(value: object) -> str:
    """Write a value as JSON, numbers as the file has them."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = (
            f"{json.dumps(name, ensure_ascii=False)}: {_dump(each)}" for name, each in value.items()
        )
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_dump, value))}]"
    return json.dumps(value, ensure_ascii=False)
