"""Values as text, written by the engine: byte by byte what Python would write, but faster.

Only values of fields as the lake stores them are written so. What a query computes, and the few
kinds that take more than SQL, are left to the writers' own code, which says what is right.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from zoneinfo import ZoneInfo

import orjson
from sqlglot import exp

from citylake.datasets import FieldType, Precision
from lambdas.query.plan import Column

_LARGEST = "1.7976931348623157e308"
"""Largest double: infinity is beyond it, and so is what is not a number."""

_TO_THE_SECOND = "%Y-%m-%dT%H:%M:%S"
_SHOWN = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}
"""Characters of an ISO date that are known."""

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


def json_object(members: Mapping[str, tuple[Column, Held]], zone: ZoneInfo) -> exp.Expr | None:
    """Values by their keys as a JSON object; ``None`` if there is one that SQL does not write.

    Escapes of control characters are not yet as orjson has them: see ``lower_escapes``.
    """
    found = {key: _member(column, held, zone) for key, (column, held) in members.items()}
    written = {key: member for key, member in found.items() if member is not None}
    if len(written) < len(found):
        return None
    quick = exp.Anonymous(
        this="json_object",
        expressions=[
            part
            for key, member in written.items()
            for part in (exp.Literal.string(key), member.value)
        ],
    )
    doubles = [number for member in written.values() for number in member.doubles]
    if not doubles:
        return exp.cast(quick, "text")
    exact: list[str | exp.Expr] = []
    for key, member in written.items():
        exact += [f"{',' if exact else '{'}{orjson.dumps(key).decode()}:", _or_null(member.exact)]
    return (
        exp.Case()
        .when(exp.and_(*map(_is_ordinary, doubles)), exp.cast(quick, "text"))
        .else_(joined(*exact, "}"))
    )


def geojson_point(held: Held) -> exp.Expr:
    """A point as a GeoJSON geometry, ``null`` where it is missing."""
    lon, lat = map(_json_number, held)
    return _or_null(strictly('{"type":"Point","coordinates":[', lon, ",", lat, "]}"))


def lower_escapes(text: str) -> str:
    r"""JSON with its escapes in lower case, as orjson has them: ``\u001b``, not ``\u001B``."""
    if "\\u00" not in text:
        return text
    return _ESCAPE.sub(lambda escape: escape[0].lower() if escape[1] else escape[0], text)


_ESCAPE = re.compile(r"\\(?:(u00[01][0-9A-F])|.)")
"""An escape; so read from the left, a backslash that is escaped itself begins none."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A value of a JSON object.

    Attributes:
        value: as the engine's own JSON takes it.
        exact: its JSON as orjson writes it; null where it is missing.
        doubles: what in it the engine may write differently.
    """

    value: exp.Expr
    exact: exp.Expr
    doubles: Sequence[exp.Expr] = ()


def _member(column: Column, held: Held, zone: ZoneInfo) -> _Member | None:
    value = held[0].copy()
    match column.type:
        case FieldType.GEO_POINT if column.stored:
            lon, lat = map(_json_number, held)
            return _Member(pair(held), strictly('{"lon":', lon, ',"lat":', lat, "}"), held)
        case FieldType.DOUBLE if column.stored:
            return _Member(value, _json_number(value), held)
    text = plain(column, held, zone)
    if text is None:
        return None
    if column.type in {FieldType.INT, FieldType.BOOLEAN}:
        return _Member(value, text)
    return _Member(text, exp.JSONFormat(this=text.copy()))


def pair(held: Held) -> exp.Expr:
    """A point as a struct of ``lon`` and ``lat``; null where it is missing."""
    lon, lat = held
    values = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=value.copy())
            for name, value in (("lon", lon), ("lat", lat))
        ]
    )
    is_known = (exp.not_(exp.Is(this=value.copy(), expression=exp.null())) for value in held)
    return exp.Case().when(exp.and_(*is_known), values)


def latitude_longitude(held: Held) -> exp.Expr:
    """A point as ``49.27, -123.06``, latitude first; null where it is missing."""
    lon, lat = map(as_text, held)
    return strictly(lat, ", ", lon)


def known_part(column: Column, value: exp.Expr) -> exp.Expr:
    """A date as text, as far as it is known: ``2019``, ``2019-03`` or ``2019-03-26``."""
    return exp.func("left", as_text(value), exp.Literal.number(_SHOWN[column.precision]))


def finite(value: exp.Expr) -> exp.Expr:
    """A double; null if it is infinite or no number, which JSON cannot say."""
    return exp.Case().when(exp.LTE(this=_size(value), expression=_number(_LARGEST)), value.copy())


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


def _is_ordinary(value: exp.Expr) -> exp.Expr:
    """Whether a double is so large, or missing, that engine and orjson write it alike."""
    is_middling = exp.Between(
        this=_size(value), low=_number("1e-5"), high=_number("9999999999999998")
    )
    is_zero = exp.EQ(this=value.copy(), expression=_number("0"))
    return exp.or_(is_middling, is_zero, exp.Is(this=value.copy(), expression=exp.null()))


def _json_number(value: exp.Expr) -> exp.Expr:
    """A double as orjson writes it, which has a way of its own with the small ones."""
    text = as_text(value)
    is_ordinary = exp.Between(this=_size(value), low=_number("1e-4"), high=_number(_LARGEST))
    is_zero = exp.EQ(this=value.copy(), expression=_number("0"))
    is_endless = exp.GT(this=_size(value), expression=_number(_LARGEST))
    is_small = exp.GTE(this=_size(value), expression=_number("1e-5"))
    shortened = exp.func("replace", text.copy(), _literal("e-0"), _literal("e-"))
    return (
        exp.Case()
        .when(exp.or_(is_ordinary, is_zero), text)
        .when(is_endless, _literal("null"))
        .when(is_small, exp.JSONFormat(this=value.copy()))
        .else_(shortened)
    )


def _size(value: exp.Expr) -> exp.Expr:
    return exp.Abs(this=value.copy())


def _number(text: str) -> exp.Expr:
    return exp.Literal.number(text)


def _or_null(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=value, expressions=[_literal("null")])


def _literal(part: str | exp.Expr) -> exp.Expr:
    return exp.Literal.string(part) if isinstance(part, str) else part
