"""Cities side by side: the same figures of the same moment, and what sets them apart.

Nothing is put into an order of better and worse: cities stand as they were asked for, and crime is
held against the average of the group.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citylake.datasets import Comparison, Dataset, Figure, Theme
from citylake.places import Place
from lambdas.portal import differences, figures, lines, questions, wording
from lambdas.portal.charts import Drawing
from lambdas.portal.city import theme_title, told
from lambdas.portal.differences import Difference, Verdict
from lambdas.portal.figures import KeyFigure, Reading
from lambdas.portal.questions import Record
from lambdas.query.search import Explorer

_FEWEST = 2

_Moment = tuple[Any, Any]
"""Time and series of a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure of one city.

    Attributes:
        place: whose.
        figure: worded; ``None`` where nothing is published.
        is_other_moment: whether it speaks of another time or series than its row.
        difference: from the first city; ``None`` where none may be stated.
    """

    place: Place
    figure: KeyFigure | None
    is_other_moment: bool = False
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of all cities.

    Attributes:
        figure: which.
        dataset: where it comes from.
        time: the moment that the row speaks of, worded; empty for a dataset without time.
        series: how it was counted then, as the dataset calls it; empty where there is one way.
        cells: one per city, in the order asked for.
        average: of the cities, for figures that are held against no single one; else empty.
        average_count: how many cities it is made from.
        newer: cities that have a newer figure, which the others lack.
        has_margins: whether margins of error were published with any of it.
    """

    figure: Figure
    dataset: Dataset
    time: str
    series: str
    cells: tuple[Cell, ...]
    average: str
    average_count: int
    newer: tuple[Place, ...]
    has_margins: bool

    @property
    def may_mislead(self) -> bool:
        """Whether a difference is stated that nobody can tell from chance."""
        stated = (cell.difference for cell in self.cells if cell.difference)
        return not self.has_margins and any(each.verdict is not Verdict.SAME for each in stated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A figure of the cities over time."""

    dataset: Dataset
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One theme of a comparison.

    Attributes:
        theme: which.
        title: what people call it.
        rows: its figures.
        trend: its chart, ``None`` where nothing may be followed over time.
    """

    theme: Theme
    title: str
    rows: tuple[Row, ...]
    trend: Trend | None

    @property
    def lacks_margins(self) -> bool:
        """Whether no figure of the theme has a margin of error: one note says it for all."""
        return not any(row.has_margins for row in self.rows)

    @property
    def may_mislead(self) -> bool:
        """Whether a difference is stated that nobody can tell from chance."""
        return any(row.may_mislead for row in self.rows)

    @property
    def has_averages(self) -> bool:
        """Whether the group's average stands in for differences."""
        return any(row.figure.comparison is Comparison.AVERAGE for row in self.rows)


def compare(explorer: Explorer, places: Sequence[Place]) -> tuple[Section, ...]:
    """Put cities side by side, theme by theme: one query per dataset.

    Args:
        explorer: what answers questions.
        places: at least two; differences are those from the first.
    """
    rows: dict[Theme, list[Row]] = {}
    trends: dict[Theme, Trend] = {}
    for dataset in told(explorer):
        records = questions.records_of(explorer, dataset, places)
        found = (_row(dataset, figure, places, records) for figure in dataset.figures)
        rows.setdefault(dataset.theme, []).extend(row for row in found if row is not None)
        if dataset.theme not in trends:
            drawing = lines.draw(dataset, places, records)
            if drawing is not None:
                trends[dataset.theme] = Trend(dataset=dataset, drawing=drawing)
    return tuple(
        Section(
            theme=theme,
            title=theme_title(theme),
            rows=tuple(sorted(rows.get(theme, ()), key=lambda row: not row.figure.headline)),
            trend=trends.get(theme),
        )
        for theme in Theme
        if rows.get(theme) or theme in trends
    )


def draw(explorer: Explorer, dataset: Dataset, places: Sequence[Place]) -> Drawing | None:
    """Draw the trend of one dataset; ``None`` if it has none for these cities."""
    if not dataset.place_field:
        return None
    return lines.draw(dataset, places, questions.records_of(explorer, dataset, places))


def _row(
    dataset: Dataset,
    figure: Figure,
    places: Sequence[Place],
    records: Mapping[str, Sequence[Record]],
) -> Row | None:
    """Read one figure of every city; ``None`` if no city has it."""
    present = {
        place.geoid: [
            record
            for record in records.get(place.geoid, ())
            if figures.read(dataset, figure, [record]) is not None
        ]
        for place in places
    }
    moment = _common_moment(dataset, present.values())
    if moment is None:
        return None
    at_moment = {
        geoid: figures.read(
            dataset, figure, [each for each in own if _moment(dataset, each) == moment]
        )
        for geoid, own in present.items()
    }
    readings = {
        place.geoid: at_moment[place.geoid] or figures.read(dataset, figure, present[place.geoid])
        for place in places
    }
    first = at_moment[places[0].geoid]
    cells = tuple(
        Cell(
            place=place,
            figure=figures.word(dataset, reading, None, place) if reading else None,
            is_other_moment=reading is not None and at_moment[place.geoid] is None,
            difference=_difference(dataset, at_moment[place.geoid], first, places[0]),
        )
        for place in places
        for reading in (readings[place.geoid],)
    )
    values = [
        reading.value
        for reading in at_moment.values()
        if reading is not None and reading.value is not None
    ]
    is_averaged = figure.comparison is Comparison.AVERAGE and len(values) >= _FEWEST
    unit = figures.unit_beside(dataset, figure)
    time, series = moment
    return Row(
        figure=figure,
        dataset=dataset,
        time=wording.moment(time) if time is not None else "",
        series=str(series or ""),
        cells=cells,
        average=wording.quantity(sum(values) / len(values), unit, figure.decimals)
        if is_averaged
        else "",
        average_count=len(values),
        newer=tuple(
            place
            for place in places
            if any(str(_moment(dataset, each)[0]) > str(time) for each in present[place.geoid])
        ),
        has_margins=any(cell.figure is not None and cell.figure.margin for cell in cells),
    )


def _moment(dataset: Dataset, record: Record) -> _Moment:
    return record.get(dataset.time_field), record.get(dataset.series_field)


def _common_moment(dataset: Dataset, present: Iterable[Sequence[Record]]) -> _Moment | None:
    """The newest of the moments that the most cities have; ``None`` if no city has any."""
    held = Counter(
        moment for own in present for moment in {_moment(dataset, record) for record in own}
    )
    return max(held, key=lambda each: (held[each], str(each[0]), str(each[1])), default=None)


def _difference(
    dataset: Dataset, own: Reading | None, first: Reading | None, place: Place
) -> Difference | None:
    """The difference from the first city, where a figure may be held against a single one."""
    if own is None or first is None or own is first:
        return None
    theirs = figures.estimate(dataset, own, own.record)
    base = figures.estimate(dataset, first, first.record)
    if theirs is None or base is None or own.figure.comparison is not Comparison.MEDIAN:
        return None
    return differences.word(
        theirs, base, unit=own.field.unit, decimals=own.figure.decimals, place=place.name
    )
