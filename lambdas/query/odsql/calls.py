"""The functions of ODSQL that are more than values in, value out.

Each takes the checker of its clause and the call as written, and gives a checked node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from citylake.datasets import RECORD_ID
from lambdas.query.odsql import map_calls, nodes, typed
from lambdas.query.odsql.dates import NOW_CHANGES
from lambdas.query.odsql.patterns import read_date_pattern
from lambdas.query.odsql.typed import DATES, NUMBERS, PLAIN, Kind, Typed
from lambdas.query.odsql.words import Search, has_words

if TYPE_CHECKING:  # the checker knows this table
    from lambdas.query.odsql.check import Checker

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
_EQUI_ARGUMENTS = 3
_MOST_MISSPELT = 16
"""Words of one clause that may be misspelt: each is an expression of up to some megabytes."""

_MOST_STEPS = 500
"""Most intervals that ``equi`` may make."""

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
                # No part of a date is negative: "month=-1" is meant to shift.
                change = f"{name.lower()}s" if amount < 0 else name.lower()
                if change not in NOW_CHANGES:
                    change = name.lower()
                changes.pop(change, None)
                changes[change] = int(amount)
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


def _json_format(checker: Checker, call: nodes.Call) -> Typed:
    """A text as the JSON that it writes; what is none is the second argument, or else null."""
    if checker.clause != "select":
        raise checker.wrong("json_format can only be selected")
    if len(call.arguments) != 1:
        checker.expect_count(call, 2)
    value, *instead = (checker.value(argument) for argument in call.arguments)
    if value.kind is not Kind.TEXT:
        raise checker.wrong(f"json_format expects a text, found {typed.describe(value)}")
    if instead and instead[0].kind not in PLAIN - DATES:
        raise checker.wrong(
            f"json_format falls back on a plain value, found {typed.describe(instead[0])}"
        )
    return typed.FromJson(value, instead[0] if instead else typed.Constant(None, Kind.NULL))


def _random(checker: Checker, call: nodes.Call) -> Typed:
    """An order like none, but the same for a seed: pages fit together."""
    if call.arguments:
        checker.expect_count(call, 1)
    seed = checker.plain_number(call.arguments[0], "the seed of random") if call.arguments else 0
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
    if checked.kind not in NUMBERS | DATES:
        raise checker.wrong(f"range expects a number or a date, found {typed.describe(checked)}")
    match bounds:
        case [nodes.Quantity() as width]:
            return _time_bucket(checker, checked, width)
        case [nodes.Steps(steps, below, above)]:
            ends = nodes.Pattern("*")
            bounds = [*([ends] if below else []), *steps, *([ends] if above else [])]
        case [nodes.Call("equi", arguments)]:
            bounds = _equal_steps(checker, arguments)
        case [width] if checked.kind in DATES:
            raise checker.wrong(
                "range of a date expects a width in time such as 1 day, or bounds; "
                f"found {typed.describe(checker.value(width))}"
            )
        case [width]:
            step = checker.plain_number(width, "the width of a range")
            if step <= 0:
                raise checker.wrong(f"the width of a range is {step:g}; expected more than 0")
            return typed.Bucket(checked, step=step)
    return _between_bounds(checker, checked, bounds)


def _between_bounds(checker: Checker, value: Typed, bounds: Sequence[nodes.Node]) -> Typed:
    edges = tuple(_edge(checker, value, bounds, at) for at in range(len(bounds)))
    known: list[Any] = [edge for edge in edges if edge is not None]
    if not known or known != sorted(set(known)):
        raise checker.wrong("the bounds of a range must ascend")
    if len(edges) == 1:
        raise checker.wrong("range expects at least two bounds; either end may be *")
    return typed.Bucket(value, bounds=edges)


def _edge(
    checker: Checker, value: Typed, bounds: Sequence[nodes.Node], at: int
) -> float | date | None:
    """A given bound; ``*`` at either end leaves it open."""
    if bounds[at] == nodes.Pattern("*") and at in {0, len(bounds) - 1}:
        return None
    if value.kind in NUMBERS:
        return checker.plain_number(bounds[at], "a bound of a range")
    bound = checker.coerce(checker.value(bounds[at]), value)
    if isinstance(bound, typed.Constant) and isinstance(bound.value, date):
        return bound.value
    raise checker.wrong(f"a bound of a range must be a date, found {typed.describe(bound)}")


def _equal_steps(checker: Checker, arguments: Sequence[nodes.Node]) -> list[nodes.Node]:
    """The bounds that ``EQUI(width, first, last)`` stands for."""
    if len(arguments) != _EQUI_ARGUMENTS:
        raise checker.wrong(
            f"equi expects a width, a first and a last bound, found {len(arguments)}"
        )
    width, first, last = (
        checker.plain_number(argument, "an argument of equi") for argument in arguments
    )
    if width <= 0 or last <= first or (last - first) / width > _MOST_STEPS:
        raise checker.wrong(
            f"equi({width:g}, {first:g}, {last:g}) makes no intervals, or more than {_MOST_STEPS}"
        )
    count = math.ceil((last - first) / width)
    return [
        *(nodes.Number(repr(float(first + width * at))) for at in range(count)),
        nodes.Number(repr(float(last))),
    ]


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
    """The fields to look in, and the text: ``search(a, b, "text")``, all fields without any.

    In the catalog a template stands for its metadata: ``search(default, "text")``.
    """
    if not call.arguments:
        raise checker.wrong(f"{call.function} expects a text in quotes")
    *where, text = call.arguments
    if not where or any(isinstance(node, nodes.Pattern) for node in where):
        columns = checker.context.text_columns()
    else:
        columns = tuple(column for node in where for column in _looked_into(checker, call, node))
    return columns, checker.plain_text(text, f"what {call.function} looks for")


def _looked_into(checker: Checker, call: nodes.Call, node: nodes.Node) -> tuple[typed.Column, ...]:
    if isinstance(node, nodes.Name):
        below = checker.context.text_columns(below=node.name)
        if below:
            return below
    column = checker.field_column(node)
    if column.kind not in {Kind.TEXT, Kind.TEXTS}:
        raise checker.wrong(f"{call.function} expects texts, found {typed.describe(column)}")
    return (column,)


def _search(checker: Checker, call: nodes.Call) -> Typed:
    found = has_words(*_searched(checker, call), Search.FUZZY)
    if isinstance(found, typed.HasWords):
        checker.misspelt += sum(word.edits > 0 for word in found.words)
    if checker.misspelt > _MOST_MISSPELT:
        raise checker.wrong(
            f"search allows for misspellings of at most {_MOST_MISSPELT} words; "
            "expected fewer words, or suggest"
        )
    return found


def _suggest(checker: Checker, call: nodes.Call) -> Typed:
    return has_words(*_searched(checker, call), Search.BEGINNINGS)


def _startswith(checker: Checker, call: nodes.Call) -> Typed:
    columns, text = _searched(checker, call)
    return typed.StartsWith(columns, text)


SPECIAL: Mapping[str, Callable[[Checker, nodes.Call], Typed]] = {
    "date_format": _date_format,
    "ifnull": _ifnull,
    "json_format": _json_format,
    "now": _now,
    "random": _random,
    "range": _range,
    "search": _search,
    "startswith": _startswith,
    "suggest": _suggest,
    **map_calls.SPECIAL,
}
"""By name, in lower case."""
