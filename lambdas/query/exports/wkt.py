"""GeoJSON geometries as well-known text."""

from typing import Any


def to_wkt(geometry: dict[str, Any]) -> str:
    """Write a geometry as well-known text, longitude first: ``POINT (-78.9 36.0)``.

    Source:
        OGC 06-103r4, Simple Feature Access, part 1, section 7.
    """
    name = geometry["type"]
    if name == "GeometryCollection":
        inner = ", ".join(map(to_wkt, geometry["geometries"]))
        return f"GEOMETRYCOLLECTION ({inner})" if inner else "GEOMETRYCOLLECTION EMPTY"
    coordinates = geometry["coordinates"]
    if not coordinates:
        return f"{name.upper()} EMPTY"
    text = _pair(coordinates) if name == "Point" else _listed(coordinates)
    return f"{name.upper()} {f'({text})' if name == 'Point' else text}"


def _listed(coordinates: list[Any]) -> str:
    is_line = not isinstance(coordinates[0][0], list)
    parts = map(_pair if is_line else _listed, coordinates)
    return f"({', '.join(parts)})"


def _pair(position: list[float]) -> str:
    return f"{position[0]} {position[1]}"
