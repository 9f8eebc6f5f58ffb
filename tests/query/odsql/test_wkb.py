import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.query.odsql.wkb import read_wkb

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]


def head(code: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}BI", order == "<", code)


def line(points: list[list[float]], order: str = "<") -> bytes:
    numbers = [number for point in points for number in point]
    return struct.pack(f"{order}I{len(numbers)}d", len(points), *numbers)


def many(code: int, *parts: bytes) -> bytes:
    return head(code) + struct.pack("<I", len(parts)) + b"".join(parts)


POINT = head(1) + struct.pack("<2d", -78.9, 36.0)
POLYGON = many(3, line(SQUARE), line(SQUARE))


@pytest.mark.parametrize(
    ("data", "geometry"),
    [
        (POINT, {"type": "Point", "coordinates": [-78.9, 36.0]}),
        (head(1, ">") + struct.pack(">2d", 1, 2), {"type": "Point", "coordinates": [1.0, 2.0]}),
        (head(2) + line(SQUARE), {"type": "LineString", "coordinates": SQUARE}),
        (POLYGON, {"type": "Polygon", "coordinates": [SQUARE, SQUARE]}),
        (many(4, POINT), {"type": "MultiPoint", "coordinates": [[-78.9, 36.0]]}),
        (many(6, POLYGON), {"type": "MultiPolygon", "coordinates": [[SQUARE, SQUARE]]}),
        (many(7, POINT), {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [-78.9, 36.0]}]}),
    ],
)  # fmt: skip
def test_every_kind_of_geometry_is_read(data: bytes, geometry: dict[str, Any]) -> None:
    assert read_wkb(data) == geometry


@given(st.binary(max_size=64) | st.binary(max_size=20).map(lambda more: POINT + more))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        assert read_wkb(data)["type"]
    except ValueError as refused:
        assert "WKB geometry" in str(refused)  # noqa: PT017 - a refusal is one of two answers
