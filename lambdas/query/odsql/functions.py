"""The functions of ODSQL: name, kinds of arguments, kind of the result, SQL tree.

What needs more than that (its arguments are no plain values, or it is a condition) stands in
``calls``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from lambdas.query.odsql.sql import Percentile
from lambdas.query.odsql.typed import DATES, NUMBERS, Kind

Kinds = frozenset[Kind]

_TEXT: Kinds = frozenset({Kind.TEXT})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A function of one record's values.

    Attributes:
        takes: kinds that each argument may have.
        gives: kind of the result.
        build: arguments → SQL tree. An instant comes as a moment of the request's time zone.
    """

    takes: tuple[Kinds, ...]
    gives: Kind
    build: Callable[..., exp.Expr]


@dataclass(frozen=True, slots=True)
class Summary:
    """A function of many records' values.

    Attributes:
        takes: kinds that the values may have.
        gives: kind of the result; ``None`` for that of the values.
        build: SQL tree of the values → SQL tree.
        takes_distinct: whether ``distinct`` may stand before the values.
        parameters: how many numbers follow the values.
    """

    takes: Kinds
    gives: Kind | None
    build: Callable[..., exp.Expr]
    takes_distinct: bool = False
    parameters: int = 0


def _extract(unit: str) -> Scalar:
    return Scalar(
        (DATES,), Kind.INT, lambda moment: exp.Extract(this=exp.var(unit), expression=moment)
    )


_LENGTH = Scalar((_TEXT,), Kind.INT, lambda text: exp.Length(this=text))

SCALARS: Mapping[str, Scalar] = {
    "year": _extract("YEAR"),
    "month": _extract("MONTH"),
    "day": _extract("DAY"),
    "hour": _extract("HOUR"),
    "minute": _extract("MINUTE"),
    "second": _extract("SECOND"),
    "quarter": _extract("QUARTER"),
    "week": _extract("WEEK"),
    "dayofweek": Scalar((DATES,), Kind.INT, lambda moment: exp.DayOfWeekIso(this=moment)),
    "length": _LENGTH,
    "len": _LENGTH,
    "lower": Scalar((_TEXT,), Kind.TEXT, lambda text: exp.Lower(this=text)),
    "upper": Scalar((_TEXT,), Kind.TEXT, lambda text: exp.Upper(this=text)),
}


def _percentile(values: exp.Expr, percent: float) -> exp.Expr:
    """The interpolated percentile, as the mean of the two middle values is the median of four."""
    return Percentile(this=values, share=exp.convert(percent / 100))


AGGREGATES: Mapping[str, Summary] = {
    "count": Summary(
        frozenset(Kind),
        Kind.INT,
        lambda values: exp.Count(this=values),
        takes_distinct=True,
    ),
    "avg": Summary(NUMBERS, Kind.DOUBLE, lambda values: exp.Avg(this=values)),
    "sum": Summary(NUMBERS, None, lambda values: exp.Sum(this=values)),
    "min": Summary(NUMBERS | DATES, None, lambda values: exp.Min(this=values)),
    "max": Summary(NUMBERS | DATES, None, lambda values: exp.Max(this=values)),
    "median": Summary(NUMBERS, Kind.DOUBLE, lambda values: _percentile(values, 50)),
    "percentile": Summary(NUMBERS, Kind.DOUBLE, _percentile, parameters=1),
}
