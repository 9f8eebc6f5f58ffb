"""A checked statement → one SQL tree, and how its columns are read.

The tree holds no dialect. Its columns are called ``c0``, ``c1`` …: no text of a user names any.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from typing import assert_never
from zoneinfo import ZoneInfo

from sqlglot import exp

from citylake.datasets import lat_column, lon_column
from lambdas.query.odsql import geography, typed
from lambdas.query.odsql.constants import constant, double
from lambdas.query.odsql.functions import AGGREGATES, SCALARS
from lambdas.query.odsql.reading import SECONDS, Reader, reader_of
from lambdas.query.odsql.sql import AsStored, Fold, Listed, Meets, WholeSum
from lambdas.query.odsql.typed import Kind, Statement, Typed
from lambdas.query.odsql.words import expression_of

_BETWEEN = "\ue000"
"""What parts the texts of a list that is looked through as one: a character of no writing."""

_COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}

_CALCULATIONS: Mapping[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement made ready.

    Attributes:
        tree: what an engine answers.
        readers: for each output how many of the tree's columns it takes, and how they are read.
    """

    tree: exp.Select
    readers: tuple[tuple[int, Reader], ...]


def compile_statement(statement: Statement, source: exp.Expr, timezone: ZoneInfo) -> Compiled:
    """Make a statement about the records of ``source`` into one tree.

    Args:
        statement: what is asked.
        source: what stands in ``FROM``.
        timezone: in which instants are parted into days, and written.
    """
    sql = partial(to_sql, zone=timezone.key)
    columns: list[exp.Expr] = []
    places: dict[Typed, int] = {}
    readers: list[tuple[int, Reader]] = []
    for output in statement.outputs:
        held = _output_columns(output.value, timezone.key)
        places.setdefault(output.value, len(columns) + 1)
        columns.extend(held)
        readers.append((len(held), reader_of(output, timezone)))
    tree = exp.select(
        *(exp.alias_(column, f"c{number}") for number, column in enumerate(columns))
    ).from_(source)
    for name in dict.fromkeys(_each(output.value) for output in statement.outputs):
        if name:
            tree = tree.join(_unnest(name), join_type="left", on=exp.true(), copy=False)
    if statement.condition != typed.TRUE:
        tree = tree.where(sql(statement.condition), copy=False)
    if statement.groups:
        tree = tree.group_by(
            *(exp.Literal.number(places[group]) for group in statement.groups), copy=False
        )
    if statement.order and (statement.groups or not statement.aggregated):
        tree = tree.order_by(
            *(
                exp.Ordered(
                    this=exp.Literal.number(places[order.value])
                    if order.value in places
                    else sql(order.value),
                    desc=order.descending,
                    nulls_first=order.nulls_first,
                )
                for order in statement.order
            ),
            copy=False,
        )
        if statement.as_stored:
            tree.set("order", AsStored(expressions=tree.args["order"].expressions))
    if statement.limit is not None:
        tree = tree.limit(statement.limit, copy=False)
    if statement.offset:
        tree = tree.offset(statement.offset, copy=False)
    return Compiled(tree, tuple(readers))


def to_sql(node: Typed, zone: str) -> exp.Expr:  # noqa: C901, PLR0912 - a case per kind of node
    """Turn a checked node into a SQL tree.

    Args:
        node: what is computed.
        zone: name of the time zone in which instants are parted into days.
    """
    sql = partial(to_sql, zone=zone)
    match node:
        case typed.Column(name):
            return exp.column(name, quoted=True)
        case typed.Each(name):
            return exp.column(_each_column(name), quoted=True)
        case typed.Constant(value, kind):
            return constant(value, kind)
        case typed.Apply("ifnull", arguments):
            return exp.Coalesce(this=sql(arguments[0]), expressions=[sql(arguments[1])])
        case typed.Apply("random", arguments):
            return exp.MD5(this=exp.DPipe(this=sql(arguments[0]), expression=sql(arguments[1])))
        case typed.Apply(function, arguments):
            return SCALARS[function].build(*(_moment(value, zone) for value in arguments))
        case typed.Aggregate(function, value, _, distinct, parameter):
            if value is None:
                return exp.Count(this=exp.Star())
            values = sql(_countable(value)) if function == "count" else sql(value)
            if distinct:
                values = exp.Distinct(expressions=[values])
            if function == "sum" and value.kind is Kind.INT:
                return WholeSum(this=values)
            parameters = () if parameter is None else (parameter,)
            return AGGREGATES[function].build(values, *parameters)
        case typed.Arithmetic("/", left, right):
            return exp.Div(
                this=exp.cast(sql(left), "double"),
                expression=exp.Nullif(this=sql(right), expression=exp.Literal.number(0)),
            )
        case typed.Arithmetic(operator, left, right):
            return _CALCULATIONS[operator](
                this=_operand(_wide(left, zone)), expression=_operand(_wide(right, zone))
            )
        case typed.Negative(value):
            return exp.Neg(this=_operand(sql(value)))
        case typed.DateText(value, parts):
            moment = _moment(value, zone)
            texts = [_date_part(part, moment) for part in parts] or [exp.Literal.string("")]
            return reduce(lambda one, other: exp.DPipe(this=one, expression=other), texts)
        case typed.Bucket():
            return _bucket(node, zone)
        case typed.Cluster():
            return geography.cluster(node)
        case typed.Extent(column):
            return geography.extent(column)[0]
        case typed.FromJson(value):
            return sql(value)
        case typed.InArea(column, area):
            return geography.in_area(column, area)
        case typed.Meets(column, area, within):
            return Meets(
                this=sql(column),
                area=exp.Literal.string(area.wkt),
                within=exp.Boolean(this=within),
            )
        case typed.Distance(column, lon, lat):
            return geography.distance(column, lon, lat)
        case typed.InBox(column, south, west, north, east):
            return geography.in_box(column, south, west, north, east)
        case typed.Compare(operator, left, right):
            return _COMPARISONS[operator](this=_operand(sql(left)), expression=_operand(sql(right)))
        case typed.Among(value, options) if value.kind is Kind.TEXTS:
            return _any(
                exp.ArrayContains(this=sql(value), expression=sql(option)) for option in options
            )
        case typed.Among(value, options):
            return exp.In(
                this=_operand(sql(value)), expressions=[sql(option) for option in options]
            )
        case typed.HasWords(values, words):
            return _has_words([_searched(value, zone) for value in values], words)
        case typed.HasPart(value, pattern) if value.kind is Kind.TEXTS:
            return _any_fits(sql(value), pattern)
        case typed.HasPart(value, pattern):
            escaped = pattern.replace("\\", "\\\\").replace("_", "\\_")
            return exp.Like(
                this=Fold(this=sql(value)),
                expression=exp.Escape(
                    this=exp.Literal.string(escaped), expression=exp.Literal.string("\\")
                ),
            )
        case typed.StartsWith(values, prefix):
            return _any(_starts_with(value, prefix, zone) for value in values)
        case typed.Level(column, separator, number):
            return exp.SplitPart(
                this=sql(column),
                delimiter=exp.Literal.string(separator),
                part_index=exp.Literal.number(number),
            )
        case typed.IsNull(value):
            return exp.Is(this=_operand(sql(_countable(value))), expression=exp.null())
        case typed.Not(typed.IsNull() | typed.Not() as known):
            return exp.Not(this=sql(known))
        case typed.Not(value):
            return exp.Not(this=exp.Coalesce(this=sql(value), expressions=[exp.false()]))
        case typed.And(values):
            return exp.and_(*(sql(value) for value in values)) if values else exp.true()
        case typed.Or(values):
            return _any(sql(value) for value in values)
    assert_never(node)


# Values


def _wide(node: Typed, zone: str) -> exp.Expr:
    """A number for a calculation: a short literal would make the sum short, and overflow."""
    tree = to_sql(node, zone)
    if isinstance(node, typed.Constant) and node.kind is Kind.INT:
        return exp.cast(tree, "bigint")
    return tree


def _operand(tree: exp.Expr) -> exp.Expr:
    """A tree that an operator may take: sqlglot prints what it is given, brackets or none."""
    closed = (exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Func, exp.Paren)
    if isinstance(tree, closed) and not isinstance(tree, exp.Connector):
        return tree
    return exp.paren(tree, copy=False)


def _countable(value: Typed) -> Typed:
    """A column that is null where the value is; a point is stored as two."""
    if isinstance(value, typed.Column) and value.kind is Kind.POINT:
        return typed.Column(lon_column(value.name), Kind.DOUBLE)
    return value


def _moment(node: Typed, zone: str) -> exp.Expr:
    """An instant as what a clock in the zone shows; anything else as it is."""
    tree = to_sql(node, zone)
    if node.kind is Kind.DATETIME:
        return _local(tree, zone)
    return tree


def _local(instant: exp.Expr, zone: str) -> exp.Expr:
    return exp.cast(exp.AtTimeZone(this=instant, zone=exp.Literal.string(zone)), "timestamp")


# Dates


def _extract(unit: str, moment: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(unit), expression=moment.copy())


def _date_trunc(moment: exp.Expr, unit: str) -> exp.Expr:
    return exp.DateTrunc(this=moment, unit=exp.Literal.string(unit))  # type: ignore[no-untyped-call] # sqlglot's constructor has no types here


def _thursday(moment: exp.Expr) -> exp.Expr:
    """The day of a moment's week whose year is the week's year (ISO 8601)."""
    monday = _date_trunc(moment.copy(), "WEEK")
    return exp.Add(
        this=monday, expression=exp.Interval(this=exp.Literal.string("3"), unit=exp.var("DAY"))
    )


def _hundredth(year: exp.Expr) -> exp.Expr:
    return exp.Mod(this=year, expression=exp.Literal.number(100))


_DATE_UNITS: Mapping[str, Callable[[exp.Expr], exp.Expr]] = {
    **{
        unit: partial(_extract, unit.upper())
        for unit in ("year", "month", "day", "hour", "minute", "second", "week")
    },
    "short_year": lambda moment: _hundredth(_extract("YEAR", moment)),
    "week_year": lambda moment: _extract("YEAR", _thursday(moment)),
    "short_week_year": lambda moment: _hundredth(_extract("YEAR", _thursday(moment))),
    "weekday": lambda moment: exp.DayOfWeekIso(this=moment.copy()),
    "day_of_year": lambda moment: exp.DayOfYear(this=moment.copy()),
}


def _date_part(part: typed.DatePart | str, moment: exp.Expr) -> exp.Expr:
    if isinstance(part, str):
        return exp.Literal.string(part)
    number = _DATE_UNITS[part.unit](moment)
    if part.names:
        named = exp.Case(this=number)
        for value, name in enumerate(part.names, start=1):
            named = named.when(exp.Literal.number(value), exp.Literal.string(name), copy=False)
        return named
    text: exp.Expr = exp.cast(number, "text")
    if part.digits:
        text = exp.Pad(
            this=text,
            expression=exp.Literal.number(part.digits),
            fill_pattern=exp.Literal.string("0"),
            is_left=True,
        )
    return text


# Intervals


def _bucket(node: typed.Bucket, zone: str) -> exp.Expr:
    """What names an interval: its beginning, or its number where bounds are given."""
    if node.unit:
        moment = _moment(node.value, zone)
        if node.unit not in SECONDS:
            return exp.cast(_date_trunc(moment, node.unit.upper()), "timestamp")
        width = SECONDS[node.unit] * (node.step or 1)
        return _floor(exp.TimeToUnix(this=exp.cast(moment, "timestamp")), width)
    value = to_sql(node.value, zone)
    if node.step is not None:
        return _floor(value, node.step)
    interval = exp.Case()
    for number, (low, high) in enumerate(zip(node.bounds, node.bounds[1:], strict=False)):
        inside = [
            comparison(this=value.copy(), expression=_bound(bound))
            for comparison, bound in ((exp.GTE, low), (exp.LT, high))
            if bound is not None
        ]
        interval = interval.when(exp.and_(*inside), exp.Literal.number(number), copy=False)
    return interval


def _bound(bound: float | date) -> exp.Expr:
    return constant(bound, Kind.DATE) if isinstance(bound, date) else double(bound)


def _floor(value: exp.Expr, width: float) -> exp.Expr:
    step = double(width)
    return exp.Mul(
        this=exp.Floor(this=exp.Div(this=exp.cast(value, "double"), expression=step)),
        expression=step.copy(),
    )


# Conditions


def _any(conditions: Iterable[exp.Expr]) -> exp.Expr:
    held = list(conditions)
    return exp.or_(*held) if held else exp.false()


def _searched(value: Typed, zone: str) -> exp.Expr:
    tree = to_sql(value, zone)
    return _joined(tree, " ") if value.kind is Kind.TEXTS else tree


def _has_words(texts: Sequence[exp.Expr], words: Sequence[typed.Word]) -> exp.Expr:
    whole = texts[0]
    for text in texts[1:]:
        spaced = exp.DPipe(this=_or_empty(whole), expression=exp.Literal.string(" "))
        whole = exp.DPipe(this=spaced, expression=_or_empty(text))
    folded = Fold(this=whole)
    return exp.and_(
        *(
            exp.RegexpLike(this=folded.copy(), expression=exp.Literal.string(expression_of(word)))
            for word in words
        )
    )


def _any_fits(texts: exp.Expr, pattern: str) -> exp.Expr:
    """Whether any text of a list fits a pattern in which ``%`` is any run of characters."""
    within = f"[^{_BETWEEN}]*".join(re.escape(part) for part in pattern.split("%"))
    return exp.RegexpLike(
        this=Fold(this=_joined(texts)),
        expression=exp.Literal.string(f"(?:^|{_BETWEEN}){within}(?:{_BETWEEN}|$)"),
    )


def _starts_with(value: Typed, prefix: str, zone: str) -> exp.Expr:
    tree = to_sql(value, zone)
    if value.kind is not Kind.TEXTS:
        return exp.StartsWith(this=tree, expression=exp.Literal.string(prefix))
    begun = exp.DPipe(this=exp.Literal.string(_BETWEEN), expression=_joined(tree))
    place = exp.StrPosition(this=begun, substr=exp.Literal.string(f"{_BETWEEN}{prefix}"))
    return exp.GT(this=place, expression=exp.Literal.number(0))


def _joined(texts: exp.Expr, between: str = _BETWEEN) -> exp.Expr:
    return exp.ArrayToString(this=texts, expression=exp.Literal.string(between))


def _or_empty(text: exp.Expr) -> exp.Expr:
    if isinstance(text, exp.DPipe):
        return text
    return exp.Coalesce(this=text, expressions=[exp.Literal.string("")])


# Lists


def _each(value: Typed) -> str:
    """Name of the list field that a value is taken from one by one; empty for none."""
    if isinstance(value, typed.Each):
        return value.name
    return next((name for child in typed.children(value) if (name := _each(child))), "")


def _each_column(name: str) -> str:
    return f"_each_{name}"


def _unnest(name: str) -> exp.Expr:
    return exp.Unnest(
        expressions=[exp.column(name, quoted=True)],
        alias=exp.TableAlias(
            this=exp.to_identifier(f"_of_{name}", quoted=True),
            columns=[exp.to_identifier(_each_column(name), quoted=True)],
        ),
    )


# Columns of the answer


def _output_columns(value: Typed, zone: str) -> list[exp.Expr]:
    if isinstance(value, typed.Column) and value.kind is Kind.POINT:
        return [exp.column(name(value.name), quoted=True) for name in (lon_column, lat_column)]
    if isinstance(value, typed.Extent):
        return geography.extent(value.column)
    if isinstance(value, typed.Cluster):
        return [geography.cluster(value), *geography.centroid(value)]
    if isinstance(value, typed.FromJson):
        return [to_sql(value.value, zone), *_output_columns(value.instead, zone)]
    tree = to_sql(value, zone)
    if value.kind is Kind.DATETIME:
        return [_local(tree, "UTC")]
    if value.kind is Kind.TEXTS:
        return [Listed(this=tree)]
    return [tree]
