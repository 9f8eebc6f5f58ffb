"""Values as text, written by the engine: byte by byte what Python would write, but faster.

Only values of fields as the lake stores them are written so. What a query computes, and the few
kinds that take more than SQL, are left to the writers' own code, which says what is right.
"""

from collections.abc import Sequence
from functools import reduce
from zoneinfo import ZoneInfo

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from lambdas.query.plan import Column

_LARGEST = exp.Literal.number("1.7976931348623157e308")
"""Largest double: infinity is beyond it, and so is what is not a number."""

_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%S"
_SHOWN = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
"""Characters of an ISO date that are known."""

_ESCAPED_IN_JSON = r'[\x00-\x1f"\\]'
_JSON_ESCAPES = {
    "\\": r"\\",
    '"': r"\"",
    **{chr(code): f"\\u{code:04x}" for code in range(0x20)},
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
}

_AS_THEY_ARE = frozenset({FieldType.INT, FieldType.BOOLEAN})
_FREE = frozenset({FieldType.TEXT, FieldType.JSON_BLOB})

Held = Sequence[exp.Expr]
"""The SQL columns that hold a value: longitude and latitude of a point, otherwise one."""


def plain(column: Column, held: Held, zone: ZoneInfo) -> exp.Expr | None:
    """A value as its bare text, null where it is missing; ``None`` for what SQL does not write."""
    if not column.stored or column.multivalued:
        return None
    value = held[0]
    match column.type:
        case FieldType.TEXT | FieldType.JSON_BLOB:
            return value.copy()
        case FieldType.INT | FieldType.BOOLEAN:
            return as_text(value)
        case FieldType.DOUBLE:
            return as_text(finite(value))
        case FieldType.DATE:
            return known_part(column, value)
        case FieldType.DATETIME if zone.key == "UTC":
            return _instant(value)
        case _:
            return None


def json(column: Column, held: Held, zone: ZoneInfo) -> exp.Expr | None:
    """A value as JSON, ``null`` where it is missing; ``None`` for what SQL does not write."""
    if column.stored and column.type is FieldType.GEO_POINT:
        lon, lat = map(_json_number, held)
        return _or_null(strictly('{"lon":', lon, ',"lat":', lat, "}"))
    if column.stored and column.type is FieldType.DOUBLE:
        return _or_null(_json_number(held[0]))
    text = plain(column, held, zone)
    if text is None or column.type in _AS_THEY_ARE:
        return text and _or_null(text)
    return _or_null(strictly('"', _escaped(text) if column.type in _FREE else text, '"'))


def geojson_point(held: Held) -> exp.Expr:
    """A point as a GeoJSON geometry, ``null`` where it is missing."""
    lon, lat = map(_json_number, held)
    return _or_null(strictly('{"type":"Point","coordinates":[', lon, ",", lat, "]}"))


def latitude_longitude(held: Held) -> exp.Expr:
    """A point as ``49.27, -123.06``, latitude first; null where it is missing."""
    lon, lat = map(as_text, held)
    return strictly(lat, ", ", lon)


def known_part(column: Column, value: exp.Expr) -> exp.Expr:
    """A date as text, as far as it is known: ``2019``, ``2019-03`` or ``2019-03-26``."""
    return exp.func("left", as_text(value), exp.Literal.number(_SHOWN[column.precision]))


def finite(value: exp.Expr) -> exp.Expr:
    """A double; null if it is infinite or no number, which JSON cannot say."""
    return exp.Case().when(exp.LTE(this=_size(value), expression=_LARGEST.copy()), value.copy())


def as_text(value: exp.Expr) -> exp.Expr:
    """A value as the engine writes it: a double as the shortest text that means it."""
    return exp.cast(value.copy(), "text")


def joined(*parts: str | exp.Expr) -> exp.Expr:
    """Texts one after the other; null counts as empty."""
    return exp.func("concat", *map(_literal, parts), dialect="duckdb")


def strictly(*parts: str | exp.Expr) -> exp.Expr:
    """Texts one after the other; null if any is."""
    return reduce(lambda one, other: exp.DPipe(this=one, expression=other), map(_literal, parts))


def _instant(value: exp.Expr) -> exp.Expr:
    """An instant in UTC as Python's ``isoformat`` writes it: fractions only where there are any."""
    second = exp.func("date_trunc", _literal("second"), value.copy(), dialect="duckdb")
    whole, exact = (
        exp.TimeToStr(this=value.copy(), format=_literal(pattern))
        for pattern in (_TO_THE_SECOND, f"{_TO_THE_SECOND}.%f")
    )
    is_whole = exp.EQ(this=value.copy(), expression=second)
    return strictly(exp.Case().when(is_whole, whole).else_(exact), "+00:00")


def _json_number(value: exp.Expr) -> exp.Expr:
    """A double as orjson writes it, which has a way of its own with the small ones."""
    text = as_text(value)
    ordinary = exp.Between(this=_size(value), low=exp.Literal.number("1e-4"), high=_LARGEST.copy())
    is_zero = exp.EQ(this=value.copy(), expression=exp.Literal.number(0))
    endless = exp.GT(this=_size(value), expression=_LARGEST.copy())
    small = exp.GTE(this=_size(value), expression=exp.Literal.number("1e-5"))
    shortened = exp.func("replace", text.copy(), _literal("e-0"), _literal("e-"))
    return (
        exp.Case()
        .when(exp.or_(ordinary, is_zero), text)
        .when(endless, _literal("null"))
        .when(small, exp.JSONFormat(this=value.copy()))
        .else_(shortened)
    )


def _escaped(text: exp.Expr) -> exp.Expr:
    """A text as it stands between the quotes of JSON."""
    is_odd = exp.RegexpLike(this=text.copy(), expression=_literal(_ESCAPED_IN_JSON))
    written = text.copy()
    for odd, escape in _JSON_ESCAPES.items():
        written = exp.func("replace", written, _literal(odd), _literal(escape))
    return exp.Case().when(is_odd, written).else_(text.copy())


def _size(value: exp.Expr) -> exp.Expr:
    return exp.Abs(this=value.copy())


def _or_null(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=value, expressions=[_literal("null")])


def _literal(part: str | exp.Expr) -> exp.Expr:
    return exp.Literal.string(part) if isinstance(part, str) else part
