"""Points of columns that hold latitude and longitude; the columns themselves stay."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from citylake.datasets import Field, FieldType
from lambdas.publish.sql import column, tree
from lambdas.publish.types import Base, Column, Note, meant_column

_LAT = re.compile(r"(?:(.*)_)?(?:lat|latitude)")
_LON_NAMES = ("lon", "lng", "long", "longitude")
_NUMBERS = {FieldType.INT, FieldType.DOUBLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A field made of two columns, which are numbers of degrees."""

    field: Field
    lat: Column
    lon: Column


def find_points(
    connection: duckdb.DuckDBPyConnection, base: Base, columns: Sequence[Column]
) -> tuple[list[Point], list[Note]]:
    """Pair latitudes with longitudes by name: ``lat`` and ``lon``, ``start_lat`` and ``start_lng``.

    A pair of which a value lies outside of the globe gives no point, and a note instead.
    """
    points, notes = [], []
    names = {found.field.name for found in columns}
    for lat, lon, prefix in _pairs(columns):
        outside, at_zero = _odd(connection, base, lat, lon)
        pair = f"{lat.header} and {lon.header}"
        if outside:
            notes.append(
                Note(f"{pair}: {outside:,} records lie outside of the globe; no point is made.")
            )
            continue
        if at_zero:
            notes.append(
                Note(f"{pair}: {at_zero:,} records lie at latitude 0, longitude 0, in the ocean.")
            )
        name = _free(f"{prefix}_location" if prefix else "location", names)
        names.add(name)
        field = Field(
            name=name,
            type=FieldType.GEO_POINT,
            label=name.replace("_", " ").capitalize(),
            description=f"The point that {lat.header} and {lon.header} give.",
        )
        points.append(Point(field=field, lat=lat, lon=lon))
    return points, notes


def _pairs(columns: Sequence[Column]) -> Iterator[tuple[Column, Column, str]]:
    numbers = {found.field.name: found for found in columns if found.field.type in _NUMBERS}
    for name, lat in numbers.items():
        matched = _LAT.fullmatch(name)
        if not matched:
            continue
        prefix = matched[1] or ""
        for lon_name in _LON_NAMES:
            lon = numbers.get(f"{prefix}_{lon_name}" if prefix else lon_name)
            if lon:
                yield lat, lon, prefix
                break


def _odd(
    connection: duckdb.DuckDBPyConnection, base: Base, lat: Column, lon: Column
) -> tuple[int, int]:
    """Count records outside of the globe, and records at 0, 0."""
    degrees = {
        name: tree("try_cast(:t AS DOUBLE)", t=column(meant_column(found.index)))
        for name, found in (("lat", lat), ("lon", lon))
    }
    asked = exp.select(
        tree("count_if(abs(:lat) > 90 OR abs(:lon) > 180)", **degrees),
        tree("count_if(:lat = 0 AND :lon = 0)", **degrees),
    ).from_(base.rows([lat.index, lon.index]).subquery("meant"))
    outside, at_zero = connection.execute(asked.sql("duckdb")).fetchone() or (0, 0)
    return outside, at_zero


def _free(name: str, taken: set[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
