"""The chart of a dataset that declares none: a first guess by what its fields are.

A moment gives a trend of counts, a number the spread of its values, and whatever people filter by
the counts of its commonest values. All of it is asked through the API, so that the filters of the
address apply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType
from lambdas.portal import charts, questions, wording
from lambdas.portal.charts import Drawing
from lambdas.portal.translations import _, ngettext, noted, told
from lambdas.query.parameters import GROUPS_LIMIT, Parameters
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

MOST_BARS = 12
"""Bars of one chart; what is rarer is counted together."""

FEWEST_YEARS = 3
"""Records of fewer years than this are counted by month."""

_SKEWED = 20
"""Where the largest value is more than so many medians, equal intervals would hold one bar."""

_MOMENTS = frozenset({FieldType.DATE, FieldType.DATETIME})
_FINEST = 1e-9
"""Intervals are not finer: nine decimals are what a bound is written with."""

_STEPS = (1, 2, 5, 10)
_NAMED = 3

_OF_ALL = noted("Of %(total)s records")
_OF_A_TIME = noted("Of %(total)s records of %(time)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is drawn of which records.

    Attributes:
        explorer: what answers.
        scope: whose records.
        dataset: which.
        field: what they are counted by.
        question: the API's parameters that say which records.
        time: the one moment that they are of; empty for all.
    """

    explorer: Explorer
    scope: Scope
    dataset: Dataset
    field: Field
    question: Parameters
    time: str = ""

    @property
    def name(self) -> str:
        return questions.name(self.field.name)

    def ask(self, select: str, **clauses: str) -> Sequence[Mapping[str, Any]]:
        """Ask for groups, or for one record of aggregates."""
        limit = str(GROUPS_LIMIT) if "group_by" in clauses else "1"
        asked = {name: [text] for name, text in clauses.items()}
        parameters = {**self.question, "order_by": [], **asked, "select": [select]}
        found = self.explorer.records(
            self.scope, self.dataset.id, {**parameters, "limit": [limit]}
        )["results"]
        return list(found)

    def also(self, clause: str) -> "_Asked":
        where = [*self.question.get("where", ()), clause]
        return replace(self, question={**self.question, "where": where})

    def opening(self, total: int) -> str:
        """Begin a sentence: of how many records it speaks."""
        told_total = wording.number(total)
        if self.time:
            return _(_OF_A_TIME, total=told_total, time=wording.moment(self.time))
        return _(_OF_ALL, total=told_total)

    @property
    def title(self) -> str:
        return _("Records by %(field)s", field=told(self.field.label))


def choices(dataset: Dataset) -> Sequence[Field]:
    """The fields by which a dataset can be drawn."""
    return [field for field in dataset.fields if _can_be_drawn(dataset, field)]


def first(dataset: Dataset) -> Field | None:
    """The field that says most: the first figure, a moment, what people filter by, a number."""
    fields = choices(dataset)
    figures = [dataset.field(figure.field) for figure in dataset.figures]
    moments = [field for field in fields if _is_moment(dataset, field)]
    facets = [field for field in fields if field.facet and field not in moments]
    numbers = [field for field in fields if wording.is_number(field, dataset)]
    told_by = figures if dataset.time_field in dataset.key or not moments else []
    return next(iter((*told_by, *moments, *facets, *numbers)), None)


def draw(
    explorer: Explorer, scope: Scope, dataset: Dataset, field: Field, question: Parameters
) -> Drawing | None:
    """Draw a dataset by one of its fields.

    Args:
        explorer: what answers.
        scope: whose records.
        dataset: which.
        field: one of ``choices``.
        question: the API's parameters that say which records.

    Returns:
        ``None`` if no record has what is drawn.
    """
    asked = _Asked(
        explorer=explorer, scope=scope, dataset=dataset, field=field, question=question
    ).also(f"{questions.name(field.name)} is not null")
    is_number = wording.is_number(field, dataset)
    is_series = dataset.time_field in dataset.key
    if is_series and is_number and scope.place is not None and dataset.place_field:
        chart = Chart(kind=ChartKind.TREND, fields=(field.name,), title=field.label)
        records = questions.all_records(explorer, scope, dataset)
        return charts.draw(replace(dataset, chart=chart), records)
    if is_series and field.name != dataset.time_field:
        asked = _of_newest(asked)
    if is_number:
        return _spread(asked)
    return _by_moment(asked) if _is_moment(dataset, field) else _by_value(asked)


def _can_be_drawn(dataset: Dataset, field: Field) -> bool:
    if field.name == dataset.place_field or field.margin_of:
        return False
    is_group = field.facet or field.type is FieldType.BOOLEAN
    return is_group or _is_moment(dataset, field) or wording.is_number(field, dataset)


def _is_moment(dataset: Dataset, field: Field) -> bool:
    return field.type in _MOMENTS or wording.is_year(field, dataset)


def _of_newest(asked: _Asked) -> _Asked:
    """Only the newest moment, and the series that it belongs to: a record of each place."""
    dataset = asked.dataset
    names = [name for name in (dataset.time_field, dataset.series_field) if name]
    newest = asked.ask(
        ", ".join(map(questions.name, names)),
        order_by=f"{questions.name(dataset.time_field)} desc",
    )
    for record in newest:
        for name in names:
            if record[name] is not None:
                value = record[name]
                is_number = isinstance(value, int | float)
                clause = f"{questions.name(name)} = {value}" if is_number else None
                asked = asked.also(clause or questions.equals(name, value))
        asked = replace(asked, time=str(record[dataset.time_field]))
    return asked


def _by_moment(asked: _Asked) -> Drawing | None:
    """How many records there are of each year, or of each month where the years are few."""
    if asked.field.type not in _MOMENTS:
        counted = asked.ask(
            f"{asked.name} as time, count(*) as n", group_by=f"{asked.name} as time"
        )
        return _trend(asked, [(row["time"], row["n"]) for row in counted])
    year, month = f"year({asked.name}) as time", f"month({asked.name}) as part"
    counted = asked.ask("count(*) as n", group_by=f"{year}, {month}")
    years = {row["time"] for row in counted}
    if len(years) < FEWEST_YEARS:
        return _trend(asked, [(f"{row['time']}-{row['part']:02}", row["n"]) for row in counted])
    totals = dict.fromkeys(years, 0)
    for row in counted:
        totals[row["time"]] += row["n"]
    return _trend(asked, list(totals.items()))


def _trend(asked: _Asked, counted: Sequence[tuple[Any, int]]) -> Drawing | None:
    if not counted:
        return None
    line = sorted(counted)
    total = sum(count for __, count in line)
    most_time, most = max(line, key=lambda pair: pair[1])
    parts = charts.parts_of([time for time, __ in line])
    (begin, __), (end, __) = line[0], line[-1]
    return Drawing(
        title=asked.title,
        sentence=_(
            "%(total)s records from %(begin)s to %(end)s; the most are of %(time)s: %(count)s.",
            total=wording.number(total),
            begin=wording.moment(begin),
            end=wording.moment(end),
            time=wording.moment(most_time),
            count=wording.number(most),
        ),
        columns=(told(asked.field.label), _("Records")),
        heads=1,
        rows=tuple((wording.moment(time), wording.number(count)) for time, count in line),
        marks=tuple(
            {
                "time": time,
                "value": count,
                "series": "",
                "line": f"{part}",
                "text": wording.number(count),
                "is_newest": index == len(line) - 1,
            }
            for index, (part, (time, count)) in enumerate(zip(parts, line, strict=True))
        ),
        kind=ChartKind.TREND,
        unit="",
        from_zero=True,
    )


def _by_value(asked: _Asked) -> Drawing | None:
    """How many records have each of the commonest values."""
    counted = asked.ask(
        "count(*) as n",
        group_by=f"{asked.name} as value",
        order_by="n desc, value",
    )
    if not counted:
        return None
    bars = [
        (wording.cell(row["value"], asked.field, asked.dataset), row["n"])
        for row in counted[:MOST_BARS]
    ]
    named = [f"{told(label)} ({wording.number(count)})" for label, count in bars[:_NAMED]]
    rest = counted[MOST_BARS:]
    if rest:
        label = ngettext(
            "%(count)s other value", "%(count)s other values", len(rest), count=len(rest)
        )
        bars.append((label, sum(row["n"] for row in rest)))
    total = sum(count for __, count in bars)
    return _bars(
        asked,
        [(told(label), count) for label, count in bars],
        _(
            "%(opening)s, most have %(values)s.",
            opening=asked.opening(total),
            values=wording.listed(named),
        ),
    )


def _spread(asked: _Asked) -> Drawing | None:
    """How many records have a number in each of a dozen intervals."""
    name = asked.name
    (ends,) = asked.ask(
        f"min({name}) as low, median({name}) as middle, max({name}) as high, count({name}) as n"
    )
    if not ends["n"]:
        return None
    low, middle, high = (float(ends[end]) for end in ("low", "middle", "high"))
    is_whole = asked.field.type is FieldType.INT
    edges = intervals(low, middle, high, is_whole=is_whole)
    bounds = ", ".join(map(_plain, edges))
    counted = asked.ask("count(*) as n", group_by=f"range({name}, {bounds}) as part")
    found = {_lower(row["part"]): row["n"] for row in counted if row["part"]}
    bars = [(_interval(asked, begin, end), found.get(begin, 0)) for begin, end in pairwise(edges)]
    decimals = max(charts.decimals_of(asked.dataset, asked.field), _decimals(edges))

    def worded(value: float) -> str:
        return wording.quantity(value, asked.field.unit, decimals)

    return _bars(
        asked,
        bars,
        _(
            "%(opening)s, half have %(middle)s or less; the smallest value is %(low)s, "
            "the largest %(high)s.",
            opening=asked.opening(ends["n"]),
            middle=worded(middle),
            low=worded(low),
            high=worded(high),
        ),
    )


def _bars(asked: _Asked, bars: Sequence[tuple[str, int]], sentence: str) -> Drawing:
    return Drawing(
        title=asked.title,
        sentence=sentence,
        columns=(told(asked.field.label), _("Records")),
        heads=1,
        rows=tuple((label, wording.number(count)) for label, count in bars),
        marks=tuple(
            {"label": label, "value": count, "text": wording.number(count)} for label, count in bars
        ),
        kind=ChartKind.BARS,
        unit="",
        from_zero=True,
    )


def intervals(low: float, middle: float, high: float, *, is_whole: bool) -> list[float]:
    """Part the numbers from ``low`` to ``high`` at round values; the last bound lies above all.

    A few very large values, as of cities' populations, are given intervals that grow, so that the
    many small ones are told apart.
    """
    if low >= 0 and middle > _FINEST and high > _SKEWED * middle:
        growing = _growing(middle, high)
        return growing[sum(edge <= low for edge in growing[1:]) :]
    width = _round_step(max((high - low) / (MOST_BARS - 2), _FINEST) if high > low else 1)
    if is_whole:
        width = max(1.0, width)

    def edge(at: int) -> float:
        return round(at * width, 9)

    # Division is not exact: 2.9 / 0.1 is a little less than 29.
    begin, end = floor(low / width), floor(high / width) + 1
    begin -= edge(begin) > low
    end += edge(end) <= high
    return [edge(at) for at in range(begin, end + 1)]


def _growing(middle: float, high: float) -> list[float]:
    """Zero, and then round values that grow: 1, 2, 5, 10 … or, where these are many, by tens."""
    top = ceil(log10(high)) + 1
    tens = range(max(floor(log10(middle)) - 1, top - MOST_BARS + 1), top + 1)
    for parts in ((1, 2, 5), (1, 5), (1,)):
        edges = [0.0, *(part * 10.0**power for power in tens for part in parts)]
        edges = edges[: next(at for at, edge in enumerate(edges) if edge > high) + 1]
        if len(edges) <= MOST_BARS + 1:
            break
    return edges


def _round_step(width: float) -> float:
    power: float = 10.0 ** floor(log10(width))
    return power * next(step for step in _STEPS if step * power >= width * (1 - 1e-9))


def _plain(value: float) -> str:
    """Write a number as ODSQL reads it: no exponent."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _lower(interval: str) -> float:
    """The lower bound of an interval as the API writes it (``[0, 99]``, ``[0.0, 2.5[``)."""
    return float(interval.strip("[]").partition(",")[0])


def _interval(asked: _Asked, begin: float, end: float) -> str:
    """Word an interval; the last whole number in it, or the first one beyond it."""
    decimals = _decimals((begin, end))
    unit = asked.field.unit
    if asked.field.type is FieldType.INT:
        if end - begin == 1:
            return wording.quantity(begin, unit)
        return _(
            "%(low)s to %(high)s", low=wording.number(begin), high=wording.quantity(end - 1, unit)
        )
    return _(
        "%(low)s to less than %(high)s",
        low=wording.number(begin, decimals),
        high=wording.quantity(end, unit, decimals),
    )


def _decimals(values: Sequence[float]) -> int:
    return max(len(_plain(value).partition(".")[2]) for value in values)
