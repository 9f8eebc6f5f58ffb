"""Outlines as copies of TIGER/Line have them: Durham with hole and exclave, and squares."""

import json
from typing import Any

from lambdas.harvest.connectors.boundaries import SOURCES


def _ring(lon: float, lat: float, half: float, corners: int = 2) -> list[list[float]]:
    """A square ring with more points along each side than it needs."""
    side = [-half + 2 * half * step / corners for step in range(corners)]
    return [
        [round(lon + x, 6), round(lat + y, 6)]
        for x, y in (
            *((step, -half) for step in side),
            *((half, step) for step in side),
            *((-step, half) for step in side),
            *((-half, -step) for step in side),
            (-half, -half),
        )
    ]


DURHAM_PARTS = [
    [_ring(-78.9, 36.0, 0.1, corners=50), _ring(-78.95, 36.05, 0.01)],
    [_ring(-78.7, 36.0, 0.02)],
]
"""The city around (-78.9, 36.0), a hole in it around (-78.95, 36.05), an exclave in the east."""


def _feature(geoid: str, name: str, parts: Any) -> bytes:
    properties = {"GEOID": geoid, "NAMELSAD": name, "ALAND": 290650426, "AWATER": 2164130}
    geometry = {"type": "MultiPolygon", "coordinates": parts}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


FILES = {
    source.copy.path: _feature("3719000", "Durham city", DURHAM_PARTS)
    if source.copy.path.endswith("nc_durham.geojson")
    else _feature(f"99{number:05}", "Elsewhere city", [[_ring(-100, 40, 0.1)]])
    for number, source in enumerate(SOURCES)
    if source.copy
}
