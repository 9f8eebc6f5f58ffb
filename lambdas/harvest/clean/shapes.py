"""Shapes of places: made simpler without lying, and asked what lies inside of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from citylake.errors import SourceChanged

_METERS_PER_DEGREE = 6_371_008.8 * math.pi / 180
"""Length of one degree on a sphere of the Earth's mean radius (IUGG), in meters."""

_M2_PER_KM2 = 1_000_000
_WGS84_DECIMALS = 6
"""Decimals of a degree that are kept: 0.1 meters, as the Census Bureau publishes them."""

_ATTEMPTS = 8
_FINER = 0.7

Shape = Polygon | MultiPolygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Simplified:
    """A shape with fewer points.

    Attributes:
        shape: the shape, in degrees, WGS 84.
        points_before: points of the original.
        points: points that are left.
        deviation_m: how far the farthest point of the original lies from the new outline, meters.
        area_km2_before: area of the original.
        area_km2: area of the new shape.
    """

    shape: Shape
    points_before: int
    points: int
    deviation_m: float
    area_km2_before: float
    area_km2: float


def read_shape(geojson: str) -> Shape:
    """Read an outline from GeoJSON text.

    Raises:
        SourceChanged: no polygon, or one that crosses itself.
    """
    try:
        shape = shapely.from_geojson(geojson)
    except ShapelyError as error:
        raise SourceChanged(f"{geojson[:60]!r} is no GeoJSON geometry: {error}") from error
    if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty or not shape.is_valid:
        raise SourceChanged(f"{geojson[:60]!r}: expected a polygon that does not cross itself")
    return shape


def simplified(shape: Shape, tolerance_m: float) -> Simplified:
    """Take points off an outline, as Douglas and Peucker do, but never a part or a hole.

    What keeps parts from crossing each other may move an outline farther than it was told to: the
    result is measured, and made again more finely until it holds what it promises.

    Distances are measured in meters, on a plane that touches the Earth at the shape's center; at
    the edge of a city, 15 km away, they are off by two parts in a thousand.

    Raises:
        SourceChanged: the outline cannot be kept whole within the tolerance.

    Source:
        Douglas and Peucker, "Algorithms for the reduction of the number of points required to
        represent a digitized line", 1973.
    """
    plane = _Plane(shape)
    flat = plane.flatten(shape)
    before = shapely.get_coordinates(flat)
    corners = shapely.points(before)
    for finer in range(_ATTEMPTS):
        simple = plane.lift(
            shapely.simplify(flat, tolerance_m * _FINER**finer, preserve_topology=True)
        )
        flattened = plane.flatten(simple)
        deviation_m = float(shapely.distance(corners, flattened.boundary).max())
        if deviation_m <= tolerance_m and _rings(simple) == _rings(shape) and simple.is_valid:
            return Simplified(
                shape=simple,
                points_before=len(before),
                points=len(shapely.get_coordinates(simple)),
                deviation_m=round(deviation_m, 2),
                area_km2_before=round(flat.area / _M2_PER_KM2, 3),
                area_km2=round(flattened.area / _M2_PER_KM2, 3),
            )
    raise SourceChanged(
        f"an outline of {_rings(shape)} rings and {len(before)} points cannot be made simpler "
        f"within {tolerance_m:g} m"
    )


def as_wkb(shape: Shape) -> bytes:
    """Write a shape as the lake stores it."""
    return bytes(shapely.to_wkb(shape, byte_order=1))


class Where(Enum):
    """How a point lies to an outline that is known within a tolerance."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    AT_THE_EDGE = "at the edge"


class Outline:
    """An outline that is known within a tolerance.

    Args:
        wkb: the shape, as the lake stores it.
        tolerance_m: how far the true outline may lie from it, meters.
    """

    def __init__(self, wkb: bytes, tolerance_m: float) -> None:
        shape = shapely.from_wkb(wkb)
        self._plane = _Plane(shape)
        self._shape = self._plane.flatten(shape)
        self._boundary = self._shape.boundary
        self._tolerance_m = tolerance_m
        shapely.prepare(self._shape)

    def locate(self, lon: float, lat: float) -> Where:
        """Say where a point (degrees, WGS 84) lies; holes are outside."""
        point = Point(*self._plane.to_meters(lon, lat))
        if point.distance(self._boundary) <= self._tolerance_m:
            return Where.AT_THE_EDGE
        return Where.INSIDE if self._shape.contains(point) else Where.OUTSIDE


class _Plane:
    """A plane in meters that touches the Earth at the centre of a shape's box."""

    def __init__(self, shape: BaseGeometry) -> None:
        west, south, east, north = shape.bounds
        self._lon, self._lat = (west + east) / 2, (south + north) / 2
        self._across = _METERS_PER_DEGREE * math.cos(math.radians(self._lat))

    def to_meters(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self._lon) * self._across, (lat - self._lat) * _METERS_PER_DEGREE

    def flatten(self, shape: BaseGeometry) -> BaseGeometry:
        def to_plane(degrees: NDArray[Any]) -> NDArray[Any]:
            return (degrees - [self._lon, self._lat]) * [self._across, _METERS_PER_DEGREE]

        return shapely.transform(shape, to_plane)

    def lift(self, shape: BaseGeometry) -> Shape:
        def to_degrees(meters: NDArray[Any]) -> NDArray[Any]:
            degrees = meters / [self._across, _METERS_PER_DEGREE] + [self._lon, self._lat]
            return degrees.round(_WGS84_DECIMALS)

        lifted = shapely.transform(shape, to_degrees)
        if not isinstance(lifted, Polygon | MultiPolygon):
            raise TypeError(f"a {lifted.geom_type} is no outline")
        return lifted


def _rings(shape: BaseGeometry) -> int:
    parts: Iterable[BaseGeometry] = getattr(shape, "geoms", [shape])
    return sum(1 + int(shapely.get_num_interior_rings(part)) for part in parts)
