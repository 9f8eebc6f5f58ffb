"""Geometries as they are written in queries: WKT or GeoJSON, longitude first."""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Point = tuple[float, float]
"""Longitude and latitude in degrees."""

Ring = tuple[Point, ...]
"""A closed line: the first point is the last, too."""

_LARGEST_LON = 180
_LARGEST_LAT = 90
_CORNERS = 3
"""Fewest corners of a ring."""

_MOST_CORNERS = 500
"""Most corners of an area: each of its edges is held against every record."""

_DEEPEST = 6
"""Deepest nesting of brackets: a multipolygon has three, GeoJSON around it some more."""

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Z]+)|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)|(?P<mark>[(),]))",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Area:
    """One or more polygons; or a point or a line, as a polygon without an inside.

    A point is inside if a line from it to far away crosses the rings an odd number of times, so
    outlines and holes need not be told apart, and a line that is gone there and back holds nothing.

    Attributes:
        polygons: of each its outline, and then its holes.
        thin: of a point or a line, its points.
    """

    polygons: tuple[tuple[Ring, ...], ...]
    thin: Ring = ()

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Outlines and holes of all polygons."""
        return tuple(ring for polygon in self.polygons for ring in polygon)

    @property
    def wkt(self) -> str:
        """The area as well-known text."""
        if self.thin:
            points = ", ".join(f"{lon!r} {lat!r}" for lon, lat in self.thin)
            return f"{'LINESTRING' if self.thin[1:] else 'POINT'} ({points})"
        polygons = (
            ", ".join(
                "(" + ", ".join(f"{lon!r} {lat!r}" for lon, lat in ring) + ")" for ring in polygon
            )
            for polygon in self.polygons
        )
        return f"MULTIPOLYGON ({', '.join(f'({polygon})' for polygon in polygons)})"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north."""
        lons = [lon for ring in self.rings for lon, _ in ring]
        lats = [lat for ring in self.rings for _, lat in ring]
        return min(lons), min(lats), max(lons), max(lats)

    @property
    def in_holes(self) -> tuple[Point, ...]:
        """A point in the midst of every hole."""
        return tuple(_midst(hole) for polygon in self.polygons for hole in polygon[1:])

    @property
    def edges(self) -> tuple[tuple[Point, Point], ...]:
        """The rings' straight pieces; those of no length left out."""
        return tuple(
            (start, end) for ring in self.rings for start, end in pairwise(ring) if start != end
        )


def _midst(ring: Ring) -> Point:
    """A point inside: halfway between the first two lines that a parallel crosses."""
    lats = sorted({lat for _, lat in ring})
    if len(lats) == 1:
        return ring[0]
    lat = (lats[0] + lats[1]) / 2
    lons = sorted(
        start_lon + (lat - start_lat) * (end_lon - start_lon) / (end_lat - start_lat)
        for (start_lon, start_lat), (end_lon, end_lat) in pairwise(ring)
        if min(start_lat, end_lat) < lat < max(start_lat, end_lat)
    )
    return (lons[0] + lons[1]) / 2, lat


def box_area(south: float, west: float, north: float, east: float) -> Area:
    """A box; one whose west lies east of its east goes over the 180th meridian."""
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return Area(
        tuple(
            (((low, south), (high, south), (high, north), (low, north), (low, south)),)
            for low, high in spans
        )
    )


def read_point(text: str) -> Point:
    """Read a point, as WKT or GeoJSON, as longitude and latitude in degrees.

    Raises:
        ValueError: it is none, or lies outside of the globe.
    """
    kind, coordinates = _read(text)
    if kind != "POINT":
        raise ValueError(f"{text[:60]!r} is no point; expected POINT(longitude latitude)")
    return _point(coordinates)


def read_area(text: str) -> Area:
    """Read a polygon or several, as WKT or GeoJSON. A ring that is open is closed.

    Raises:
        ValueError: it is none, has a ring of fewer than three corners, too many corners in all,
            or leaves the globe.
    """
    kind, coordinates = _read(text)
    if kind not in {"POLYGON", "MULTIPOLYGON"}:
        raise ValueError(
            f"{text[:60]!r} is no area; expected POLYGON((longitude latitude, …)) or MULTIPOLYGON"
        )
    polygons = coordinates if kind == "MULTIPOLYGON" else [coordinates]
    area = Area(
        tuple(tuple(_ring(ring) for ring in _listed(polygon)) for polygon in _listed(polygons))
    )
    if not all(area.polygons) or not area.polygons:
        raise ValueError(f"{text[:60]!r} is empty; expected at least one ring")
    corners = sum(len(ring) - 1 for ring in area.rings)
    if corners > _MOST_CORNERS:
        raise ValueError(f"{text[:60]!r} has {corners} corners; at most {_MOST_CORNERS} are read")
    return area


def read_figure(text: str) -> Area:
    """Read a polygon or several, a line or a point, as WKT or GeoJSON.

    Raises:
        ValueError: it is none, or leaves the globe.
    """
    kind, coordinates = _read(text)
    if kind not in {"POINT", "LINESTRING"}:
        return read_area(text)
    points = (
        (_point(coordinates),)
        if kind == "POINT"
        else tuple(_point(point) for point in _listed(coordinates))
    )
    if not points:
        raise ValueError(f"{text[:60]!r} is empty; expected at least one point")
    return Area((((*points, *points[::-1]),),), thin=points)


def _ring(value: object) -> Ring:
    points = tuple(_point(point) for point in _listed(value))
    if points and points[0] != points[-1]:
        points = (*points, points[0])
    if len(set(points)) < _CORNERS:
        raise ValueError(f"a ring of {len(set(points))} corners; expected at least {_CORNERS}")
    return points


def _point(value: object) -> Point:
    match value:
        case [int() | float() as lon, int() | float() as lat, *_] if not (
            isinstance(lon, bool) or isinstance(lat, bool)
        ):
            if not (abs(lon) <= _LARGEST_LON and abs(lat) <= _LARGEST_LAT):
                raise ValueError(
                    f"the point {lon:g} {lat:g} is not on the globe; longitude comes first"
                )
            return float(lon), float(lat)
    raise ValueError(f"{str(value)[:60]!r} is no point; expected longitude and latitude")


def _listed(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise ValueError(f"{str(value)[:60]!r} stands where a list of points was expected")


def _read(text: str) -> tuple[str, Any]:
    """The kind of a geometry in capitals, and its coordinates as GeoJSON nests them."""
    return _from_geojson(text) if text.lstrip().startswith("{") else _from_wkt(text)


def _from_geojson(text: str) -> tuple[str, Any]:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{text[:60]!r} is no GeoJSON") from error
    match value:
        case {"type": "Feature", "geometry": {"type": str() as kind, "coordinates": coordinates}}:
            return kind.upper(), coordinates
        case {"type": str() as kind, "coordinates": coordinates}:
            return kind.upper(), coordinates
    raise ValueError(f"{text[:60]!r} is no geometry of GeoJSON; expected type and coordinates")


def _from_wkt(text: str) -> tuple[str, Any]:
    match = _TOKEN.match(text)
    kind = (match["word"] or "").upper() if match else ""
    if match is None or not kind:
        raise ValueError(f"{text[:60]!r} is no WKT; expected a form such as POINT(-78.9 36.0)")
    coordinates = _brackets(text, match.end())
    if kind == "POINT":
        return kind, coordinates[0] if len(coordinates) == 1 else coordinates
    return kind, coordinates


def _brackets(text: str, at: int) -> list[Any]:
    """Nested brackets as lists; numbers side by side are a point."""
    outer: list[Any] = []
    open_lists: list[list[Any]] = [outer]
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match["word"]:
            raise ValueError(f"unexpected {text[at : at + 10].strip()!r} in {text[:60]!r}")
        innermost = open_lists[-1]
        if match["number"]:
            if not innermost or not isinstance(innermost[-1], _Numbers):
                innermost.append(_Numbers())
            innermost[-1].append(float(match["number"]))
        elif match["mark"] == "(":
            opened: list[Any] = []
            innermost.append(opened)
            open_lists.append(opened)
        elif match["mark"] == ")":
            open_lists.pop()
        else:
            innermost.append(None)  # parts one point from the next
        if not open_lists or len(open_lists) > _DEEPEST:
            raise ValueError(f"the brackets of {text[:60]!r} are not in pairs")
        at = match.end()
    if len(open_lists) != 1 or len(outer) != 1 or not isinstance(outer[0], list):
        raise ValueError(f"the brackets of {text[:60]!r} are not in pairs")
    return _without_commas(outer[0])


class _Numbers(list[float]):
    """The coordinates of one point."""


def _without_commas(nested: list[Any]) -> list[Any]:
    return [
        _without_commas(item) if isinstance(item, list) else item
        for item in nested
        if item is not None
    ]
