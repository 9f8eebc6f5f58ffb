"""Key figures: read from a place's records, held against its peers', worded for people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citylake.datasets import Comparison, Dataset, Field, Figure
from citylake.places import Place
from lambdas.portal import questions, wording
from lambdas.portal.differences import Estimate, is_real
from lambdas.portal.questions import Record
from lambdas.portal.translations import told
from lambdas.portal.wording import Change
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer

FEWEST_PEERS = 3
"""Below this many peers with the figure, nothing is said of them."""

_BOUND = "_bound"

_AGGREGATES = {Comparison.MEDIAN: "median", Comparison.AVERAGE: "avg"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as a place's newest record with it gives it.

    Attributes:
        figure: which.
        field: field that holds the value.
        value: the value, in the field's unit; ``None`` where only a bound is published.
        bound: the bound as the publisher words it (``250,000 or more``); empty otherwise.
        time: the record's moment; ``None`` for a dataset without time.
        series: what it may be compared with over time; ``None`` for all.
        record: the record that it was read from.
        before: the record before it in the same series that has the figure.
    """

    figure: Figure
    field: Field
    value: float | None
    bound: str
    time: Any
    series: Any
    record: Record
    before: Record | None


@dataclass(frozen=True, slots=True)
class PeerSummary:
    """What the peers' values come to.

    Attributes:
        value: median or average.
        count: peers that have the figure for the same moment and series.
    """

    value: float
    count: int


@dataclass(frozen=True, slots=True)
class Move:
    """How far a figure moved from the record before, where chance does not explain it.

    Attributes:
        share: of the earlier value; of a hundred for percentages, whose points are counted.
        before: the earlier value, worded.
    """

    share: float
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One figure, worded.

    Attributes:
        figure: which.
        dataset: where it comes from.
        value: the number with its sign of currency or percent (``$60,158``).
        unit: what stands beside it (``people``); empty for none.
        time: the moment that it speaks of (``2023``).
        sentence: what it means; empty where the dataset says nothing.
        margin: margin of error at 90 % confidence (``± 1,204``); empty where there is none.
        change: against the record before it, ``None`` where there is none to hold it against.
        move: how far the change goes; ``None`` where there is none, or chance explains it.
        peers: the peers' value (``$62,345``); empty where too few have one.
        peers_count: how many peers it is made from.
    """

    figure: Figure
    dataset: Dataset
    value: str
    unit: str
    time: str
    sentence: str
    margin: str
    change: Change | None
    move: Move | None
    peers: str
    peers_count: int


def read(dataset: Dataset, figure: Figure, records: Sequence[Record]) -> Reading | None:
    """Read a figure from a place's records, which come the oldest first.

    Where a publisher says no more than that a value lies beyond a bound, the dataset has a text
    field of the same name with ``_bound`` at its end; it counts as having the figure.

    Returns:
        ``None`` if no record has it.
    """
    bound = f"{figure.field}{_BOUND}"
    present = [record for record in records if record.get(figure.field) is not None]
    bounded = [record for record in records if record.get(bound)]
    newest = max(
        (*present[-1:], *bounded[-1:]),
        key=lambda record: str(record.get(dataset.time_field)),
        default=None,
    )
    if newest is None:
        return None
    series = newest.get(dataset.series_field)
    earlier = [
        record
        for record in present
        if record.get(dataset.series_field) == series
        and record.get(dataset.time_field) != newest.get(dataset.time_field)
    ]
    return Reading(
        figure=figure,
        field=dataset.field(figure.field),
        value=newest.get(figure.field),
        bound=newest.get(bound) or "",
        time=newest.get(dataset.time_field),
        series=series,
        record=newest,
        before=earlier[-1] if earlier else None,
    )


def summarize_peers(
    explorer: Explorer, dataset: Dataset, readings: Sequence[Reading], peers: Sequence[Place]
) -> Mapping[str, PeerSummary]:
    """Sum up the peers' values of the same moment and series, by field.

    One query serves all figures that were read from the same moment and series.
    """
    groups: dict[tuple[Any, Any], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.figure.comparison is not Comparison.NONE:
            groups[reading.time, reading.series].append(reading)
    summaries: dict[str, PeerSummary] = {}
    if not peers or not dataset.place_field:
        return summaries
    for (time, series), members in groups.items():
        where = [questions.among(dataset.place_field, (peer.geoid for peer in peers))]
        if dataset.time_field:
            where.append(questions.equals(dataset.time_field, time))
        if dataset.series_field:
            where.append(questions.equals(dataset.series_field, series))
        select = [
            part for index, reading in enumerate(members) for part in _selected(reading, index)
        ]
        answer = explorer.records(
            NATION, dataset.id, {"select": [", ".join(select)], "where": where, "limit": ["1"]}
        )
        for row in answer["results"]:
            for index, reading in enumerate(members):
                value, count = row[f"value_{index}"], row[f"count_{index}"]
                if value is not None and count >= FEWEST_PEERS:
                    summaries[reading.field.name] = PeerSummary(value, count)
    return summaries


def _selected(reading: Reading, index: int) -> tuple[str, str]:
    field = questions.name(reading.field.name)
    aggregate = _AGGREGATES[reading.figure.comparison]
    return f"{aggregate}({field}) as value_{index}", f"count({field}) as count_{index}"


def unit_beside(dataset: Dataset, figure: Figure) -> str:
    """The unit that stands beside a figure's value; none where its label says it."""
    unit = dataset.field(figure.field).unit
    return "" if unit and unit in figure.label else unit


def word(
    dataset: Dataset, reading: Reading, summary: PeerSummary | None, place: Place
) -> KeyFigure:
    """Word a figure."""
    figure = reading.figure
    unit = unit_beside(dataset, figure)
    value, beside = (
        wording.parted(reading.value, unit, figure.decimals)
        if reading.value is not None
        else (wording.bound(reading.bound, unit), "")
    )
    time = wording.moment(reading.time) if reading.time is not None else ""
    return KeyFigure(
        figure=figure,
        dataset=dataset,
        value=value,
        unit=beside,
        time=time,
        sentence=told(figure.sentence).format(value=value, time=time, place=place.name),
        margin=_margin(dataset, reading),
        change=_change(dataset, reading),
        move=_move(dataset, reading),
        peers=wording.quantity(summary.value, unit, figure.decimals) if summary else "",
        peers_count=summary.count if summary else 0,
    )


def estimate(dataset: Dataset, reading: Reading, record: Record) -> Estimate | None:
    """A reading's figure as one of its records has it, with its margin; ``None`` if it does not."""
    value = record.get(reading.field.name)
    held = dataset.margin_for(reading.field.name)
    return Estimate(value, record.get(held.name) if held else None) if value is not None else None


def _margin(dataset: Dataset, reading: Reading) -> str:
    own = estimate(dataset, reading, reading.record)
    if own is None or own.margin is None:
        return ""
    amount = wording.quantity(own.margin, reading.field.unit, reading.figure.decimals)
    return f"±{wording.NO_BREAK}{amount}"


def _change(dataset: Dataset, reading: Reading) -> Change | None:
    if not reading.figure.change or reading.before is None or reading.value is None:
        return None
    return wording.change(
        reading.value,
        reading.before[reading.field.name],
        reading.field.unit,
        reading.figure.decimals,
        wording.moment(reading.before[dataset.time_field]),
    )


def _move(dataset: Dataset, reading: Reading) -> Move | None:
    if not reading.figure.change or reading.before is None:
        return None
    now = estimate(dataset, reading, reading.record)
    before = estimate(dataset, reading, reading.before)
    if now is None or before is None or is_real(now, before) is False:
        return None
    whole = 100.0 if reading.field.unit == wording.PERCENT else abs(before.value)
    difference = abs(now.value - before.value)
    if not difference or not whole:
        return None
    worded = wording.quantity(before.value, reading.field.unit, reading.figure.decimals)
    return Move(difference / whole, worded)
