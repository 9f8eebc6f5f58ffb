"""What an engine gives → what JSON has: dates as people write them, points, shapes, intervals."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from citylake.datasets import FieldType, Precision
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Kind, Output
from lambdas.query.odsql.wkb import read_wkb

SECONDS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
"""Seconds of the units of time that are all equally long."""

Reader = Callable[..., Any]
"""The values of an output's columns → its value as JSON knows it."""


def reader_of(output: Output, timezone: ZoneInfo) -> Reader:  # noqa: C901 - a case per kind
    """How the values of an output are read; instants are written in the time zone."""
    value = output.value
    if isinstance(value, typed.Bucket):
        return partial(_read_bucket, value, timezone)
    match value:
        case typed.Cluster():
            return _read_cluster
        case typed.Extent():
            return _read_extent
        case typed.FromJson():
            return _read_json
    match value.kind:
        case Kind.POINT:
            return _read_point
        case Kind.DATETIME:
            return partial(_read_instant, timezone)
        case Kind.DATE:
            return partial(_read_date, output.field.precision if output.field else Precision.DAY)
        case Kind.SHAPE:
            return _read_shape
        case Kind.INT if isinstance(value, typed.Column):
            return read_plain  # stored in 64 bits
        case Kind.INT | Kind.DOUBLE:
            return _read_number
        case Kind.TEXT if output.field and output.field.type is FieldType.FILE:
            return _read_file
    return read_plain


def read_plain(value: object) -> object:
    """A value that JSON has as it is."""
    return value


def _read_number(value: float | None) -> float | None:
    """A number that JSON has: none for what is not a number, no integer beyond 64 bits."""
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else float(value)
    return value if value is not None and math.isfinite(value) else None


def _read_point(lon: float | None, lat: float | None) -> dict[str, float] | None:
    return None if lon is None or lat is None else {"lon": lon, "lat": lat}


def _read_instant(timezone: ZoneInfo, value: datetime | None) -> str | None:
    if value is None:
        return None
    if timezone.key == "UTC":
        return f"{value.isoformat()}+00:00"
    return value.replace(tzinfo=UTC).astimezone(timezone).isoformat()


_SHOWN = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
"""Characters of an ISO date that are known."""


def _read_date(precision: Precision, value: date | None) -> str | None:
    return None if value is None else value.isoformat()[: _SHOWN[precision]]


def _read_shape(value: bytes | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"type": "Feature", "geometry": read_wkb(bytes(value)), "properties": {}}


def _read_cluster(
    cell: float | None, lon: float | None, lat: float | None
) -> dict[str, dict[str, float]] | None:
    """The mean is rounded to a centimeter: engines add in different orders."""
    if cell is None or lon is None or lat is None:
        return None
    return {"cluster_centroid": {"lat": round(lat, 7), "lon": round(lon, 7)}}


def _read_extent(
    west: float | None, south: float | None, east: float | None, north: float | None
) -> dict[str, Any] | None:
    if west is None or south is None or east is None or north is None:
        return None
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "geometry": geometry, "properties": {}}


def _read_json(value: str | None, instead: object) -> object:
    if value is None:
        return instead
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return instead


def _read_file(value: str | None) -> object:
    return None if value is None else orjson.loads(value)


def _read_bucket(
    bucket: typed.Bucket, timezone: ZoneInfo, value: float | datetime | None
) -> str | None:
    """An interval as it is written: ``[0, 14]`` of integers, ``[0.0, 15.0[`` of other numbers."""
    if value is None:
        return None
    if bucket.unit:
        zone = timezone if bucket.value.kind is Kind.DATETIME else UTC
        low, high = _time_interval(bucket, value)
        return f"[{_instant(low, zone)}, {_instant(high, zone)}["
    number = float(value)  # type: ignore[arg-type] # only intervals in time begin with a datetime
    if bucket.step is not None:
        return _interval(number, number + bucket.step, bucket.value.kind)
    first, last = bucket.bounds[int(number) : int(number) + 2]
    if bucket.value.kind in typed.DATES:
        opening = "*" if first is None else _midnight(first)
        return f"[{opening}, *]" if last is None else f"[{opening}, {_midnight(last)}["
    return _interval(_number(first), _number(last), bucket.value.kind)


def _number(bound: float | date | None) -> float | None:
    return None if bound is None or isinstance(bound, date) else bound


def _midnight(bound: float | date) -> str:
    """A given bound as an instant; of a day, its beginning."""
    if isinstance(bound, datetime):
        return _instant(bound, bound.tzinfo or UTC)
    if isinstance(bound, date):
        return _instant(datetime(bound.year, bound.month, bound.day, tzinfo=UTC), UTC)
    raise TypeError(f"a bound of dates is the number {bound}")


def _interval(low: float | None, high: float | None, kind: Kind) -> str:
    """The lower bound is in, the upper is out; an integer's interval shows its last one instead."""
    whole = kind is Kind.INT and all(
        bound is None or float(bound).is_integer() for bound in (low, high)
    )
    if whole:
        first = "*" if low is None else str(int(low))
        return f"[{first}, {'*' if high is None else int(high) - 1}]"
    first = "*" if low is None else str(float(low))
    return f"[{first}, *]" if high is None else f"[{first}, {float(high)}["


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _time_interval(bucket: typed.Bucket, value: float | datetime) -> tuple[datetime, datetime]:
    """Beginning and end on a clock in the zone; a fixed width comes as seconds since 1970."""
    if not isinstance(value, datetime):
        low = _clock(value)
        return low, _clock(value + SECONDS[bucket.unit] * (bucket.step or 1))
    if bucket.unit == "week":
        return value, value + timedelta(weeks=1)
    months = value.year * 12 + value.month - 1 + _MONTHS[bucket.unit]
    return value, value.replace(year=months // 12, month=months % 12 + 1)


def _clock(seconds: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - a clock's face


def _instant(moment: datetime, zone: tzinfo) -> str:
    instant = moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    return f"{instant.isoformat(timespec='milliseconds')}Z"
