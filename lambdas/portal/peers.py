"""Peers proposed for a comparison: the cities that are most alike, and in what.

Cities of about the same size are measured by a few declared traits. A distance in a trait is
counted in standard deviations of these cities, so that dollars and years weigh alike; weights say
what matters more. The same lake always gives the same peers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import log
from statistics import pstdev
from typing import assert_never

from citylake.datasets import Dataset
from citylake.places import Place, Places
from lambdas.portal import questions, wording
from lambdas.portal.regions import division_of
from lambdas.portal.translations import _, told
from lambdas.query.kept import Kept
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer

PROPOSED = 4
"""Peers that are proposed: with the city itself, as many as a comparison takes."""

_MOST_CANDIDATES = 1_000
_FEWEST_CANDIDATES = 20
_LARGEST_RATIO = 2.0
"""Candidates have from half to twice the people; the nearest in size where they are too few."""

_UNRELATED = 2.0
"""Squared distance of two cities picked at random, in standard deviations: what is unknown."""

_NEARLY_ALL = 0.9

Values = Mapping[str, float]
"""What the places have of a trait, by GEOID."""


class Trait(StrEnum):
    """In what cities are alike."""

    SIZE = "size"
    GROWTH = "growth"
    INCOME = "income"
    AGE = "age"
    SCHOOLING = "schooling"
    REGION = "region"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a trait that is a number is measured.

    Attributes:
        trait: which.
        dataset: dataset that holds it; a lake without it does without the trait.
        field: field of the dataset.
        weight: how much the trait counts beside the others.
        alike: up to this difference two cities are said to be alike.
        is_ratio: whether differences are those of logarithms: twice as much is as far everywhere.
    """

    trait: Trait
    dataset: str = ""
    field: str = ""
    weight: float
    alike: float
    is_ratio: bool = False


SIZE = Measure(trait=Trait.SIZE, weight=2, alike=log(1.2), is_ratio=True)
GROWTH = Measure(trait=Trait.GROWTH, dataset="population", field="population", weight=1, alike=3.0)
INCOME = Measure(
    trait=Trait.INCOME,
    dataset="demographics",
    field="median_household_income_usd",
    weight=2,
    alike=log(1.1),
    is_ratio=True,
)
AGE = Measure(
    trait=Trait.AGE, dataset="demographics", field="median_age_years", weight=1, alike=2.0
)
SCHOOLING = Measure(
    trait=Trait.SCHOOLING, dataset="demographics", field="bachelors_pct", weight=1, alike=5.0
)
_MEASURES = (SIZE, GROWTH, INCOME, AGE, SCHOOLING)
_REGION_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when growth is reckoned, within one series."""

    series: object
    first: object
    last: object


@dataclass(frozen=True, slots=True)
class Reason:
    """One trait in which a peer is alike.

    Attributes:
        trait: which.
        value: what the peer has of it: people, percent, dollars, years; ``None`` for a region.
        region: the division or region that both are in; empty for the others.
        span: from when to when, for growth.
    """

    trait: Trait
    value: float | None = None
    region: str = ""
    span: Span | None = None

    @property
    def text(self) -> str:
        """The reason in words: ``similar income ($79,641)``."""
        value = self.value or 0
        match self.trait:
            case Trait.SIZE:
                return _("similar size (%(people)s people)", people=wording.number(value))
            case Trait.GROWTH:
                return _(
                    "similar growth (%(change)s from %(first)s to %(last)s)",
                    change=f"{wording.signed(value, 1)}{wording.percent_sign()}",
                    first=wording.moment(self.span.first) if self.span else "",
                    last=wording.moment(self.span.last) if self.span else "",
                )
            case Trait.INCOME:
                income = wording.quantity(value, wording.DOLLARS)
                return _("similar income (%(income)s)", income=income)
            case Trait.AGE:
                return _("similar age (median %(years)s years)", years=wording.number(value))
            case Trait.SCHOOLING:
                share = wording.quantity(value, wording.PERCENT)
                return _("similar schooling (%(share)s with a bachelor's degree)", share=share)
            case Trait.REGION:
                return _("same region (%(region)s)", region=told(self.region))
        assert_never(self.trait)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A peer, and why it is proposed.

    Attributes:
        place: the peer.
        reasons: in what it is alike, as ``Trait`` orders them; empty if only the nearest there is.
    """

    place: Place
    reasons: tuple[Reason, ...]

    @property
    def why(self) -> str:
        """The reasons in words."""
        if not self.reasons:
            return _("nearest in size")
        return ", ".join(reason.text for reason in self.reasons)


class Proposer:
    """Proposes peers. Safe to share between threads.

    Args:
        explorer: what answers questions.
        places: the register of places.
    """

    def __init__(self, explorer: Explorer, places: Places) -> None:
        self._explorer = explorer
        self._places = places
        self._values = Kept[tuple[str, str], Values](len(_MEASURES) * 2)
        self._growth = Kept[str, tuple[Span | None, Values]](2)

    def propose(self, place: Place, count: int = PROPOSED) -> tuple[Proposal, ...]:
        """The places with a government that are most like a place, the most alike first.

        Empty if the place's population is unknown.
        """
        candidates = self._candidates(place)
        if place.population is None or not candidates:
            return ()
        span, growth = self._growth_of()
        values: Mapping[Trait, Values] = {
            Trait.SIZE: {
                each.geoid: float(each.population)
                for each in (place, *candidates)
                if each.population
            },
            Trait.GROWTH: growth,
            **{measure.trait: self._newest(measure) for measure in (INCOME, AGE, SCHOOLING)},
        }
        scales = {
            measure.trait: scale
            for measure in _MEASURES
            if place.geoid in values[measure.trait]
            and (scale := _spread(measure, values[measure.trait], candidates)) > 0
        }
        distances = {
            candidate.geoid: _distance(place, candidate, values, scales) for candidate in candidates
        }
        nearest = sorted(candidates, key=lambda each: (distances[each.geoid], each.geoid))
        return tuple(
            Proposal(peer, tuple(_reasons(place, peer, values, span))) for peer in nearest[:count]
        )

    def _candidates(self, place: Place) -> Sequence[Place]:
        nearest = self._places.peers(place, _MOST_CANDIDATES)
        alike = [
            each
            for each in nearest
            if each.population
            and place.population
            and 1 / _LARGEST_RATIO <= each.population / place.population <= _LARGEST_RATIO
        ]
        return alike if len(alike) >= _FEWEST_CANDIDATES else nearest[:_FEWEST_CANDIDATES]

    def _dataset(self, measure: Measure) -> Dataset | None:
        entry = self._explorer.lake.catalog().catalog.datasets.get(measure.dataset)
        if entry is None:
            return None
        known = {field.name for field in entry.dataset.fields}
        return entry.dataset if measure.field in known and entry.dataset.place_field else None

    def _newest(self, measure: Measure) -> Values:
        """What the places have of a field at the newest moment that it has any value of."""
        dataset = self._dataset(measure)
        if dataset is None:
            return {}
        release = self._explorer.lake.entry(dataset.id).release
        return self._values.get(
            (release, measure.field), partial(self._read_newest, dataset, measure.field)
        )

    def _read_newest(self, dataset: Dataset, field: str) -> Values:
        place, value, time = (
            questions.name(each) for each in (dataset.place_field, field, dataset.time_field)
        )
        where = [f"{value} is not null"]
        if dataset.time_field:
            newest = questions.ask(
                self._explorer,
                NATION,
                dataset.id,
                {"select": [time], "where": where, "order_by": [f"{time} desc"], "limit": ["1"]},
            )
            where += [
                questions.equals(dataset.time_field, record[dataset.time_field])
                for record in newest
            ]
        records = questions.ask(
            self._explorer,
            NATION,
            dataset.id,
            {"select": [f"{place} as place, {value} as value"], "where": where},
        )
        return {record["place"]: float(record["value"]) for record in records}

    def _growth_of(self) -> tuple[Span | None, Values]:
        dataset = self._dataset(GROWTH)
        if dataset is None or not dataset.time_field:
            return None, {}
        release = self._explorer.lake.entry(dataset.id).release
        return self._growth.get(release, partial(self._read_growth, dataset))

    def _read_growth(self, dataset: Dataset) -> tuple[Span | None, Values]:
        place, value, time = (
            questions.name(each) for each in (dataset.place_field, GROWTH.field, dataset.time_field)
        )
        series = questions.name(dataset.series_field) if dataset.series_field else ""
        series_column = f", {series} as series" if series else ""
        present = f"{value} > 0"
        moments = questions.ask(
            self._explorer,
            NATION,
            dataset.id,
            {
                "select": [f"count(*) as places, {time} as time" + series_column],
                "where": [present],
                "group_by": [", ".join(filter(None, (time, series)))],
            },
        )
        span = _common_span(
            {(record.get("series"), record["time"]): record["places"] for record in moments}
        )
        if span is None:
            return None, {}
        where = [present]
        if series:
            where.append(questions.equals(dataset.series_field, span.series))

        def at(moment: object) -> Values:
            records = questions.ask(
                self._explorer,
                NATION,
                dataset.id,
                {
                    "select": [f"{place} as place, {value} as value"],
                    "where": [*where, questions.equals(dataset.time_field, moment)],
                },
            )
            return {record["place"]: float(record["value"]) for record in records}

        before, after = at(span.first), at(span.last)
        return span, {
            geoid: 100 * (people / before[geoid] - 1)
            for geoid, people in after.items()
            if geoid in before
        }


def _common_span(places: Mapping[tuple[object, object], int]) -> Span | None:
    """The span over which nearly as many places are known as over any: the latest, the longest.

    Args:
        places: how many places each series has at each moment.
    """
    counts = {
        Span(series, first, last): min(places[series, first], places[series, last])
        for series, first in places
        for other, last in places
        if other == series and str(first) < str(last)
    }
    most = max(counts.values(), default=0)
    common = [span for span, count in counts.items() if count >= _NEARLY_ALL * most]
    latest = max((str(span.last) for span in common), default="")
    return min(
        (span for span in common if str(span.last) == latest),
        key=lambda span: (str(span.first), str(span.series)),
        default=None,
    )


def _scaled(measure: Measure, value: float) -> float:
    return log(value) if measure.is_ratio and value > 0 else value


def _spread(measure: Measure, values: Values, candidates: Sequence[Place]) -> float:
    known = [
        _scaled(measure, values[candidate.geoid])
        for candidate in candidates
        if candidate.geoid in values
    ]
    return pstdev(known) if len(known) > 1 else 0.0


def _distance(
    place: Place,
    candidate: Place,
    values: Mapping[Trait, Values],
    scales: Mapping[Trait, float],
) -> float:
    """The weighted sum of squared distances; a trait that the place itself lacks does not count."""
    total = _REGION_WEIGHT * _region_distance(place, candidate)
    for measure in _MEASURES:
        scale = scales.get(measure.trait)
        if scale is None:
            continue
        known = values[measure.trait]
        if candidate.geoid not in known:
            total += measure.weight * _UNRELATED
            continue
        apart = _scaled(measure, known[place.geoid]) - _scaled(measure, known[candidate.geoid])
        total += measure.weight * (apart / scale) ** 2
    return total


def _region_distance(place: Place, other: Place) -> float:
    here, there = division_of(place.state), division_of(other.state)
    if here is None or there is None:
        return 0.0 if place.state == other.state else _UNRELATED
    if here == there:
        return 0.0
    return _UNRELATED / 2 if here.region == there.region else _UNRELATED


def _reasons(
    place: Place, peer: Place, values: Mapping[Trait, Values], span: Span | None
) -> Iterable[Reason]:
    for measure in _MEASURES:
        known = values[measure.trait]
        if place.geoid not in known or peer.geoid not in known:
            continue
        own, theirs = known[place.geoid], known[peer.geoid]
        if abs(_scaled(measure, own) - _scaled(measure, theirs)) <= measure.alike:
            yield Reason(
                measure.trait, theirs, span=span if measure.trait is Trait.GROWTH else None
            )
    here, there = division_of(place.state), division_of(peer.state)
    if here is not None and there is not None and here.region == there.region:
        yield Reason(Trait.REGION, region=here.name if here == there else here.region)
