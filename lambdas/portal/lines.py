"""A trend of several cities: one line each, picture, table and sentence from one definition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citylake.datasets import ChartKind, Comparison, Dataset, Field
from citylake.places import Place
from lambdas.portal import charts, wording
from lambdas.portal.charts import Drawing
from lambdas.portal.questions import Record
from lambdas.portal.translations import _, told

FEWEST_LINES = 2


@dataclass(frozen=True, slots=True)
class _Point:
    """One figure of one city."""

    place: Place
    series: str
    time: Any
    value: float


@dataclass(frozen=True, slots=True)
class _Trend:
    """A figure of several cities over time.

    Attributes:
        dataset: where it comes from.
        field: which field.
        points: its values, each city's the oldest first.
    """

    dataset: Dataset
    field: Field
    points: Sequence[_Point]

    @property
    def places(self) -> tuple[Place, ...]:
        """The cities that have it, in the order asked for."""
        return tuple(dict.fromkeys(point.place for point in self.points))

    @property
    def series(self) -> tuple[str, ...]:
        """The series, the oldest first."""
        ordered = sorted(self.points, key=lambda point: str(point.time))
        return tuple(dict.fromkeys(point.series for point in ordered))

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return charts.decimals_of(self.dataset, self.field)

    @property
    def is_from_zero(self) -> bool:
        """Whether the axis begins at zero."""
        return charts.is_drawn_from_zero([point.value for point in self.points])

    def line(self, place: Place, series: str) -> Sequence[_Point]:
        """One city's figures of one series."""
        return [point for point in self.points if (point.place, point.series) == (place, series)]

    def worded(self, point: _Point | None) -> str:
        """A figure as people read it; empty where there is none."""
        if point is None:
            return ""
        return wording.quantity(point.value, self.field.unit, self.decimals)


def draw(
    dataset: Dataset, places: Sequence[Place], records: Mapping[str, Sequence[Record]]
) -> Drawing | None:
    """Draw how a dataset's first figure that may be followed over time moved in several cities.

    A figure whose dataset advises against following it over time is not drawn, nor is crime, of
    which lines beside each other would make a contest.

    Args:
        dataset: whose figure is drawn.
        places: the cities, in the order of the lines.
        records: each city's records by GEOID, the oldest first.

    Returns:
        ``None`` if fewer than two cities have a line to draw.
    """
    for field in _followed(dataset):
        trend = _Trend(dataset, field, _points(dataset, field, places, records))
        with_line = sum(
            any(len(trend.line(place, series)) > 1 for series in trend.series)
            for place in trend.places
        )
        if with_line >= FEWEST_LINES:
            return _drawing(trend)
    return None


def _followed(dataset: Dataset) -> Iterable[Field]:
    """The fields that may be followed over time: the chart's first, then figures as declared."""
    if not dataset.time_field:
        return
    figures = {figure.field: figure for figure in dataset.figures}
    names = [figure.field for figure in sorted(dataset.figures, key=lambda each: not each.headline)]
    if dataset.chart is not None and dataset.chart.kind is ChartKind.TREND:
        names.insert(0, dataset.chart.fields[0])
    for name in dict.fromkeys(names):
        figure = figures.get(name)
        if figure is None or (figure.change and figure.comparison is not Comparison.AVERAGE):
            yield dataset.field(name)


def _points(
    dataset: Dataset,
    field: Field,
    places: Sequence[Place],
    records: Mapping[str, Sequence[Record]],
) -> Sequence[_Point]:
    found = [
        _Point(
            place,
            str(record.get(dataset.series_field) or ""),
            record[dataset.time_field],
            record[field.name],
        )
        for place in places
        for record in records.get(place.geoid, ())
        if record.get(field.name) is not None
    ]
    kept = _apart_in_time(found)
    return [point for point in found if point.series in kept]


def _apart_in_time(points: Sequence[_Point]) -> frozenset[str]:
    """Series of which no two speak of the same time, the fullest first: lines must not double."""
    times: dict[str, list[str]] = {}
    for point in points:
        times.setdefault(point.series, []).append(str(point.time))
    kept: list[str] = []
    for series in sorted(times, key=lambda each: (-len(times[each]), each)):
        own = times[series]
        if all(max(own) < min(times[one]) or min(own) > max(times[one]) for one in kept):
            kept.append(series)
    return frozenset(kept)


def _drawing(trend: _Trend) -> Drawing:
    field, dataset = trend.field, trend.dataset
    held = {(point.place, point.series, point.time): point for point in trend.points}
    moments = dict.fromkeys(
        (point.time, point.series)
        for point in sorted(trend.points, key=lambda each: (str(each.time), each.series))
    )
    has_series = len(trend.series) > 1
    return Drawing(
        title=_("%(figure)s over time", figure=told(field.label)),
        sentence=_sentence(trend),
        columns=(
            told(dataset.field(dataset.time_field).label),
            *((told(dataset.field(dataset.series_field).label),) if has_series else ()),
            *(place.title for place in trend.places),
        ),
        heads=1 + has_series,
        rows=tuple(
            (
                wording.moment(time),
                *((told(series),) if has_series else ()),
                *(trend.worded(held.get((place, series, time))) for place in trend.places),
            )
            for time, series in moments
        ),
        marks=tuple(_marks(trend)),
        kind=ChartKind.TREND,
        unit=field.unit,
        from_zero=trend.is_from_zero,
        series=tuple(place.title for place in trend.places),
    )


def _marks(trend: _Trend) -> Iterable[Mapping[str, Any]]:
    for place in trend.places:
        for series in trend.series:
            line = trend.line(place, series)
            parts = charts.parts_of([point.time for point in line])
            for part, point in zip(parts, line, strict=True):
                yield {
                    "time": point.time,
                    "value": point.value,
                    "series": place.title,
                    "line": f"{place.geoid} {series} {part}",
                    "text": trend.worded(point),
                    "is_newest": False,
                }


def _sentence(trend: _Trend) -> str:
    moves = "; ".join(_moves(trend))
    sentences = [_("%(figure)s: %(moves)s.", figure=told(trend.field.label), moves=moves)]
    if len(trend.series) > 1:
        series = wording.listed([told(name) for name in trend.series])
        sentences.append(
            _(
                "The lines break where figures were counted in another way: %(series)s.",
                series=series,
            )
        )
    if not trend.is_from_zero:
        sentences.append(_("The scale does not begin at zero."))
    return " ".join(sentences)


def _moves(trend: _Trend) -> Iterable[str]:
    """How each city moved within the newest series that it has two figures of."""
    for place in trend.places:
        lines = (trend.line(place, series) for series in reversed(trend.series))
        line = next((line for line in lines if len(line) > 1), None)
        if line is None:
            continue
        first, last = line[0], line[-1]
        since = wording.moment(first.time)
        change = wording.change(last.value, first.value, trend.field.unit, trend.decimals, since)
        yield _(
            "%(place)s %(change)s from %(first)s to %(last)s",
            place=place.title,
            change=change.text,
            first=since,
            last=wording.moment(last.time),
        )
