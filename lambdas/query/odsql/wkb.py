"""Well-known binary, as the lake stores shapes, → the geometry of a GeoJSON feature."""

import struct
from typing import Any

_NAMES = {
    1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
    6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip


def read_wkb(data: bytes) -> dict[str, Any]:
    """Read a two-dimensional geometry.

    Raises:
        ValueError: the bytes are no such geometry.

    Source:
        OGC 06-103r4, Simple Feature Access, part 1, section 8.
    """
    try:
        geometry, end = _geometry(data, 0)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"{len(data)} bytes are no WKB geometry") from error
    if end != len(data):
        raise ValueError(f"a WKB geometry of {end} bytes is followed by {len(data) - end} more")
    return geometry


def _geometry(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    order = "<" if data[at] else ">"
    (code,) = struct.unpack_from(f"{order}I", data, at + 1)
    name, at = _NAMES[code], at + 5
    if name == "Point":
        lon, lat = struct.unpack_from(f"{order}2d", data, at)
        return {"type": name, "coordinates": [lon, lat]}, at + 16
    if name == "LineString":
        line, at = _line(data, at, order)
        return {"type": name, "coordinates": line}, at
    (count,) = struct.unpack_from(f"{order}I", data, at)
    at += 4
    parts: list[Any] = []
    part: Any
    for _ in range(count):
        part, at = _line(data, at, order) if name == "Polygon" else _geometry(data, at)
        parts.append(part)
    if name == "GeometryCollection":
        return {"type": name, "geometries": parts}, at
    if name != "Polygon":
        parts = [part["coordinates"] for part in parts]
    return {"type": name, "coordinates": parts}, at


def _line(data: bytes, at: int, order: str) -> tuple[list[list[float]], int]:
    (count,) = struct.unpack_from(f"{order}I", data, at)
    numbers = struct.unpack_from(f"{order}{2 * count}d", data, at + 4)
    return [
        list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)
    ], at + 4 + 16 * count
