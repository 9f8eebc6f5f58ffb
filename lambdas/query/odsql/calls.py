"""The functions of ODSQL that are more than values in, value out.

Each takes the checker of its clause and the call as written, and gives a checked node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from citylake.datasets import RECORD_ID
from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.dates import NOW_CHANGES
from lambdas.query.odsql.geometry import read_point
from lambdas.query.odsql.patterns import read_date_pattern
from lambdas.query.odsql.typed import DATES, NUMBERS, PLAIN, Kind, Typed
from lambdas.query.odsql.words import has_words

if TYPE_CHECKING:  # the checker knows this table
    from lambdas.query.odsql.check import Checker

_METRES = {
    "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144,
    "mi": 1609.344,
}  # fmt: skip

_TIME_UNITS: Mapping[str, str] = {
    written: unit
    for unit, forms in {
        "millisecond": "ms millisecond milliseconds",
        "second": "s second seconds",
        "minute": "m minute minutes",
        "hour": "h hour hours",
        "day": "d day days",
        "week": "w week weeks",
        "month": "M month months",
        "quarter": "q quarter quarters",
        "year": "y year years",
    }.items()
    for written in forms.split()
}
_CALENDAR_UNITS = frozenset({"week", "month", "quarter", "year"})
_DIGITS = 6
"""Most digits of a width in time: more would leave the calendar."""


def _ifnull(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 2)
    value, instead = (checker.value(argument) for argument in call.arguments)
    if value.kind not in PLAIN:
        raise checker.wrong(f"ifnull expects a plain value, found {typed.describe(value)}")
    instead = checker.coerce(instead, value)
    mixed = value.kind is not instead.kind and value.kind in NUMBERS
    return typed.Apply("ifnull", (value, instead), Kind.DOUBLE if mixed else value.kind)


def _now(checker: Checker, call: nodes.Call) -> Typed:
    changes: dict[str, int] = {}
    for argument in call.arguments:
        match argument:
            case nodes.Compare("=", nodes.Name(name), value) if name.lower() in NOW_CHANGES:
                amount = checker.plain_number(value, f"{name} of now")
                changes.pop(name.lower(), None)
                changes[name.lower()] = int(amount)
            case _:
                raise checker.wrong(
                    f"now expects arguments such as days=-7, of {', '.join(NOW_CHANGES)}"
                )
    moment = checker.context.now.astimezone(checker.context.timezone)
    try:
        for name, amount in changes.items():
            moment = NOW_CHANGES[name](moment, amount)
        return typed.Constant(moment.astimezone(UTC), Kind.DATETIME)
    except (ValueError, OverflowError) as error:
        raise checker.wrong(f"now leaves the calendar: {error}") from error


def _date_format(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 2)
    value = checker.value(call.arguments[0])
    if value.kind not in DATES:
        raise checker.wrong(f"date_format expects a date, found {typed.describe(value)}")
    pattern = checker.plain_text(call.arguments[1], "the pattern of date_format")
    try:
        parts = read_date_pattern(pattern, checker.context.language)
    except ValueError as error:
        raise checker.wrong(str(error)) from error
    return typed.DateText(value, parts)


def _random(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 1)
    seed = checker.plain_number(call.arguments[0], "the seed of random")
    return typed.Apply(
        "random",
        (typed.Column(RECORD_ID, Kind.TEXT), typed.Constant(f"{seed:g}", Kind.TEXT)),
        Kind.TEXT,
    )


def _range(checker: Checker, call: nodes.Call) -> Typed:
    """Intervals of equal width, of a width in time, or between given bounds."""
    if checker.clause == "where":
        raise checker.wrong(
            "range parts records into groups; a condition is written as in [low..high]"
        )
    if not call.arguments[1:]:
        raise checker.wrong("range expects a field and a width, or a field and bounds")
    value, *bounds = call.arguments
    checked = checker.value(value)
    match bounds:
        case [nodes.Quantity() as width]:
            return _time_bucket(checker, checked, width)
        case _ if checked.kind not in NUMBERS:
            raise checker.wrong(
                "range expects a number, or a date and a width such as 1 day; "
                f"found {typed.describe(checked)}"
            )
        case [width]:
            step = checker.plain_number(width, "the width of a range")
            if step <= 0:
                raise checker.wrong(f"the width of a range is {step:g}; expected more than 0")
            return typed.Bucket(checked, step=step)
    edges = tuple(_edge(checker, bounds, at) for at in range(len(bounds)))
    known = [edge for edge in edges if edge is not None]
    if not known or known != sorted(set(known)):
        raise checker.wrong("the bounds of a range must ascend")
    return typed.Bucket(checked, bounds=edges)


def _edge(checker: Checker, bounds: Sequence[nodes.Node], at: int) -> float | None:
    """A given bound; ``*`` at either end leaves it open."""
    if bounds[at] == nodes.Pattern("*") and at in {0, len(bounds) - 1}:
        return None
    return checker.plain_number(bounds[at], "a bound of a range")


def _time_bucket(checker: Checker, value: Typed, width: nodes.Quantity) -> Typed:
    unit = _TIME_UNITS.get(width.unit)
    if value.kind not in DATES:
        raise checker.wrong(
            f"range of a width in time expects a date, found {typed.describe(value)}"
        )
    step = int(width.number) if width.number.isdecimal() and len(width.number) <= _DIGITS else 0
    if unit is None or step < 1:
        raise checker.wrong(
            f"{width.number[:40]} {width.unit[:40]} is no width in time; expected one such as 1 day"
        )
    if unit in _CALENDAR_UNITS and step != 1:
        raise checker.wrong(f"a range of {step} {unit}s is not known; expected 1 {unit}")
    return typed.Bucket(value, step=step, unit=unit)


def _searched(checker: Checker, call: nodes.Call) -> tuple[tuple[typed.Column, ...], str]:
    """The fields to look in, and the text: ``search(a, b, "text")``, all fields without any."""
    if not call.arguments:
        raise checker.wrong(f"{call.function} expects a text in quotes")
    *where, text = call.arguments
    if not where or any(isinstance(node, nodes.Pattern) for node in where):
        columns = checker.context.text_columns()
    else:
        columns = tuple(checker.field_column(node) for node in where)
    for column in columns:
        if column.kind not in {Kind.TEXT, Kind.TEXTS}:
            raise checker.wrong(f"{call.function} expects texts, found {typed.describe(column)}")
    return columns, checker.plain_text(text, f"what {call.function} looks for")


def _search(checker: Checker, call: nodes.Call) -> Typed:
    return has_words(*_searched(checker, call))


def _suggest(checker: Checker, call: nodes.Call) -> Typed:
    return has_words(*_searched(checker, call), prefixes="all")


def _startswith(checker: Checker, call: nodes.Call) -> Typed:
    columns, text = _searched(checker, call)
    return typed.StartsWith(columns, text)


def _point(checker: Checker, call: nodes.Call) -> typed.Column:
    column = checker.field_column(call.arguments[0])
    if column.kind is not Kind.POINT:
        raise checker.wrong(
            f"{call.function} expects a geo_point_2d field, found {typed.describe(column)}"
        )
    return column


def _distance_to(checker: Checker, call: nodes.Call) -> typed.Distance:
    column, geometry = _point(checker, call), call.arguments[1]
    if not isinstance(geometry, nodes.Geometry):
        raise checker.wrong(f"{call.function} expects a point such as geom'POINT(-78.9 36.0)'")
    try:
        lon, lat = read_point(geometry.text)
    except ValueError as error:
        raise checker.wrong(str(error)) from error
    return typed.Distance(column, lon, lat)


def _distance(checker: Checker, call: nodes.Call) -> Typed:
    """Metres; with a third argument the old name of ``within_distance``."""
    if call.arguments[2:]:
        return _within_distance(checker, call)
    checker.expect_count(call, 2)
    return _distance_to(checker, call)


def _within_distance(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 3)
    width = call.arguments[2]
    if not isinstance(width, nodes.Quantity) or width.unit.lower() not in _METRES:
        raise checker.wrong(
            f"{call.function} expects a distance such as 10km, in {', '.join(_METRES)}"
        )
    length = checker.plain_number(nodes.Number(width.number), "a distance")
    metres = typed.Constant(float(length) * _METRES[width.unit.lower()], Kind.DOUBLE)
    return typed.Compare("<=", _distance_to(checker, call), metres)


def _in_bbox(checker: Checker, call: nodes.Call) -> Typed:
    """Latitude comes first here, unlike in a geometry."""
    checker.expect_count(call, 5)
    south, west, north, east = (
        checker.plain_number(argument, "a corner of in_bbox") for argument in call.arguments[1:]
    )
    if south > north:
        south, north = north, south
    return typed.InBox(_point(checker, call), south, west, north, east)


SPECIAL: Mapping[str, Callable[[Checker, nodes.Call], Typed]] = {
    "date_format": _date_format,
    "distance": _distance,
    "ifnull": _ifnull,
    "in_bbox": _in_bbox,
    "now": _now,
    "random": _random,
    "range": _range,
    "search": _search,
    "startswith": _startswith,
    "suggest": _suggest,
    "within_distance": _within_distance,
}
"""By name, in lower case."""
