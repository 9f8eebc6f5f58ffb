"""Geometries as they are written in queries."""

import json
import re

_POINT = re.compile(
    r"\s*POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)\s*", re.IGNORECASE | re.ASCII
)

_LARGEST_LON = 180
_LARGEST_LAT = 90


def read_point(text: str) -> tuple[float, float]:
    """Read a point, as WKT or GeoJSON, as longitude and latitude in degrees.

    Raises:
        ValueError: it is none, or lies outside of the globe.
    """
    match = _POINT.fullmatch(text)
    lon, lat = (float(match[1]), float(match[2])) if match else _from_geojson(text)
    if abs(lon) > _LARGEST_LON or abs(lat) > _LARGEST_LAT:
        raise ValueError(f"the point {lon:g} {lat:g} is not on the globe; longitude comes first")
    return lon, lat


def _from_geojson(text: str) -> tuple[float, float]:
    try:
        match json.loads(text):
            case {"type": "Point", "coordinates": [int() | float() as lon, int() | float() as lat]}:
                return float(lon), float(lat)
    except (json.JSONDecodeError, RecursionError):
        pass
    raise ValueError(f"{text[:60]!r} is no point; expected POINT(longitude latitude)")
