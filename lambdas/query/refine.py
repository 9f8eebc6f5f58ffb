"""``refine`` and ``exclude``: ``field:value`` keeps or leaves out what has this value."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from lambdas.query.odsql import typed
from lambdas.query.odsql.check import Checker
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.dates import midnight, read_period
from lambdas.query.odsql.parse import unquote
from lambdas.query.odsql.typed import DATES, Kind, Typed

_QUOTED_NAME = re.compile(r"\s*(`(?:[^`\\]|\\.)+`)\s*:(.*)", re.DOTALL)
_QUOTED_VALUE = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*""", re.DOTALL)
_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?", re.ASCII)
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refinement:
    """One field and one of its values, as text.

    Attributes:
        column: the field.
        value: the value; of a date a path such as ``2024/03``.
        separator: what parts the value's levels, where what lies below it counts, too.
    """

    column: typed.Column
    value: str
    separator: str = ""

    @property
    def field(self) -> str:
        """The field's name."""
        return self.column.name

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the value's levels: of ``2024/03`` two."""
        separator = self._between
        return tuple(self.value.split(separator)) if separator else (self.value,)

    @property
    def above(self) -> tuple[str, ...]:
        """The values that lead to this one, the widest first: of ``2024/03/05`` two."""
        return tuple(self._between.join(self.path[:end]) for end in range(1, len(self.path)))

    @property
    def _between(self) -> str:
        return "/" if self.column.kind in DATES else self.separator


def read_refinements(
    texts: Sequence[str], clause: str, context: Context, separators: Mapping[str, str]
) -> tuple[Refinement, ...]:
    """Read ``field:value`` texts.

    The name ends at the first colon, so a value may hold others. Either may be in quotes.

    Args:
        texts: what was sent.
        clause: ``refine`` or ``exclude``, for messages.
        context: the fields.
        separators: what parts the levels of a field's values, by its name; of one without levels
            nothing.

    Raises:
        QueryInvalid: no colon, or no such field.
    """
    return tuple(_read(text, clause, context, separators) for text in texts)


def _read(text: str, clause: str, context: Context, separators: Mapping[str, str]) -> Refinement:
    checker = Checker(context, clause)
    quoted = _QUOTED_NAME.fullmatch(text)
    if quoted:
        name, value = unquote(quoted[1]), quoted[2]
    else:
        name, colon, value = text.partition(":")
        if not colon:
            raise checker.wrong(f"{text[:60]!r} is no refinement; expected field:value")
        name = name.strip()
    column = context.column(name)
    if column is None:
        raise checker.wrong(f"Unknown field: {name[:60]}")
    in_quotes = _QUOTED_VALUE.fullmatch(value)
    value = unquote(in_quotes[1]) if in_quotes else value.strip()
    if column.kind in DATES:
        value = _path(value)
    return Refinement(column, value, separators.get(column.name, ""))


def condition_of(
    refined: Sequence[Refinement],
    excluded: Sequence[Refinement],
    disjunctive: AbstractSet[str],
    context: Context,
) -> Typed:
    """The condition that refinements make together.

    Values of one field must all hold, unless the field is disjunctive: then one of them is enough.

    Raises:
        QueryInvalid: a value cannot be one of its field.
    """
    conditions: list[Typed] = []
    for field in dict.fromkeys(item.field for item in refined):
        chosen = tuple(
            has_value(item, "refine", context) for item in refined if item.field == field
        )
        conditions.append(typed.Or(chosen) if field in disjunctive else typed.And(chosen))
    conditions += (typed.Not(has_value(item, "exclude", context)) for item in excluded)
    return typed.And(tuple(conditions))


def has_value(item: Refinement, clause: str, context: Context) -> Typed:
    """The condition that a field has a value.

    Raises:
        QueryInvalid: the value cannot be one of the field.
    """
    checker = Checker(context, clause)
    column = item.column
    match column.kind:
        case Kind.TEXTS:
            return typed.Among(column, (typed.Constant(item.value, Kind.TEXT),))
        case Kind.DATE | Kind.DATETIME:
            return _in_period(checker, column, item.value)
        case Kind.POINT:
            return _at_point(checker, column, item.value)
        case Kind.SHAPE:
            raise checker.wrong(
                f"field {item.field} holds shapes, which cannot be refined by a value"
            )
    constant = checker.coerce(typed.Constant(item.value, Kind.TEXT), column)
    same = typed.Compare("=", column, constant)
    return typed.Or((same, below(item))) if item.separator else same


def below(item: Refinement) -> Typed:
    """The condition that a field's value lies below another on its levels."""
    return typed.StartsWith((item.column,), f"{item.value}{item.separator}")


def in_days(column: typed.Column, first: date, end: date, context: Context) -> Typed:
    """The condition that a date or an instant lies in days of the request's time zone."""

    def bound(day: date) -> Typed:
        if column.kind is Kind.DATE:
            return typed.Constant(day, Kind.DATE)
        return typed.Constant(midnight(day, context.timezone), Kind.DATETIME)

    return typed.And(
        (typed.Compare(">=", column, bound(first)), typed.Compare("<", column, bound(end)))
    )


def _in_period(checker: Checker, column: typed.Column, value: str) -> Typed:
    try:
        first, end = read_period(value)
    except (ValueError, OverflowError):
        instant = checker.coerce(typed.Constant(value, Kind.TEXT), column)
        return typed.Compare("=", column, instant)
    return in_days(column, first, end, checker.context)


def _at_point(checker: Checker, column: typed.Column, value: str) -> Typed:
    """A point is written as csv has it: latitude, longitude."""
    match = _POINT.fullmatch(value)
    if match is None:
        raise checker.wrong(f"{value[:60]!r} is no point; expected latitude, longitude")
    lat, lon = float(match[1]), float(match[2])
    return typed.InBox(column, lat, lon, lat, lon)


def _path(value: str) -> str:
    """A date as facets write it: ``2024/03/05`` for ``2024-3-5``; other texts as they are."""
    match = _DATE.fullmatch(value)
    if match is None:
        return value
    return "/".join(part.zfill(2) for part in match.groups() if part)
