"""A city's page: who it is, its key figures, a section per theme, its peers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citylake.catalog import Release
from citylake.datasets import ChartKind, Dataset, Theme
from citylake.errors import RecordNotFound
from citylake.places import PLACES_DATASET, Place, Places
from lambdas.portal import charts, figures, questions, translations, wording
from lambdas.portal.charts import Drawing
from lambdas.portal.figures import KeyFigure
from lambdas.portal.questions import Record
from lambdas.portal.translations import _, ngettext, noted
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

PEERS = 20
"""How many places a city is held against."""

THEME_TITLES: Mapping[Theme, str] = {
    Theme.PEOPLE: noted("People"),
    Theme.FAMILIES: noted("Families"),
    Theme.HOMES: noted("Homes"),
    Theme.INCOME: noted("Income"),
    Theme.JOBS: noted("Jobs"),
    Theme.SCHOOLS: noted("Schools"),
    Theme.AIR: noted("Air"),
    Theme.SAFETY: noted("Safety"),
    Theme.BUDGET: noted("Budget"),
    Theme.TRANSPORT: noted("Getting around"),
    Theme.PLACES: noted("The place itself"),
    Theme.CITY: noted("City data"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one dataset says of a place.

    Attributes:
        dataset: which.
        release: the release that was read.
        figures: the figures that it has for this place.
        missing: the figures that its newest record lacks.
        drawing: its chart, ``None`` where there is nothing to draw.
        has_records: whether it says anything of this place.
        absence: what it means that it does not, in a sentence.
    """

    dataset: Dataset
    release: Release
    figures: tuple[KeyFigure, ...]
    missing: tuple[str, ...]
    drawing: Drawing | None
    has_records: bool
    absence: str

    @property
    def tells(self) -> bool:
        """Whether its section has anything to show below the key figures."""
        return self.drawing is not None or bool(self.others)

    @property
    def others(self) -> tuple[KeyFigure, ...]:
        """Its figures that do not stand at the top of the page."""
        return tuple(figure for figure in self.figures if not figure.figure.headline)

    @property
    def retrieved_on(self) -> str:
        """The last day on which its bytes were read; empty if it keeps no receipt."""
        return max((receipt.retrieved_on for receipt in self.release.receipts), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One theme of a city's page.

    Attributes:
        theme: which.
        title: what people call it.
        parts: what datasets say of it.
        awaited: datasets that have more to say of it, and are not in this lake yet.
    """

    theme: Theme
    title: str
    parts: tuple[Part, ...]
    awaited: tuple[Dataset, ...] = ()

    @property
    def told(self) -> tuple[Part, ...]:
        """Its parts that have something to show below the key figures."""
        return tuple(part for part in self.parts if part.tells)


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """All that a city's page shows.

    Attributes:
        place: who.
        state_name: spelt out.
        county_name: the county that most of its people live in; empty where unknown.
        headlines: the figures at the top.
        sections: a section per theme that has something to say.
        absent: datasets without a record of this place.
        peers: whom it is held against, by name.
    """

    place: Place
    state_name: str
    county_name: str
    headlines: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    absent: tuple[Part, ...]
    peers: tuple[Place, ...]


def read(explorer: Explorer, places: Places, scope: Scope, place: Place) -> City:
    """Gather a city's page.

    Raises:
        RecordNotFound: the register has lost the place between two releases.
    """
    found = explorer.records(scope, PLACES_DATASET, {"limit": ["1"]})["results"]
    if not found:
        raise RecordNotFound(f"the register of places has no record of {place.title}")
    register: Record = found[0]
    county_name = register.get("county_name") or ""
    peers = tuple(places.peers(place, PEERS))
    parts = [
        read_part(explorer, scope, dataset, place=place, county_name=county_name, peers=peers)
        for dataset in told(explorer)
    ]
    present = [part for part in parts if part.has_records]
    awaited = explorer.lake.catalog().catalog.awaited
    sections = tuple(
        section for theme in Theme if (section := _section(theme, present, awaited)) is not None
    )
    return City(
        place=place,
        state_name=translations.told(register.get("state_name") or place.state),
        county_name=county_name,
        headlines=tuple(
            figure
            for section in sections
            for part in section.parts
            for figure in part.figures
            if figure.figure.headline
        ),
        sections=sections,
        absent=tuple(part for part in parts if part.absence and not part.has_records),
        peers=tuple(sorted(peers, key=lambda peer: (peer.name, peer.state))),
    )


def _section(theme: Theme, present: Sequence[Part], awaited: Sequence[Dataset]) -> Section | None:
    parts = tuple(part for part in present if part.dataset.theme is theme)
    more = tuple(dataset for dataset in awaited if dataset.theme is theme and dataset.figures)
    if not parts and not more:
        return None
    return Section(theme=theme, title=theme_title(theme), parts=parts, awaited=more)


def theme_title(theme: Theme) -> str:
    """What people call a theme."""
    return _(THEME_TITLES[theme])


def told(explorer: Explorer) -> Sequence[Dataset]:
    """The datasets that have something to show on a city's page.

    Within a theme, what moves over time comes before what the whole is made of.
    """
    datasets = [
        entry.dataset
        for entry in explorer.lake.catalog().catalog.datasets.values()
        if entry.dataset.place_field and (entry.dataset.figures or entry.dataset.chart)
    ]
    return sorted(datasets, key=lambda dataset: (not _is_trend(dataset), dataset.id))


def _is_trend(dataset: Dataset) -> bool:
    return dataset.chart is not None and dataset.chart.kind is ChartKind.TREND


def read_part(
    explorer: Explorer,
    scope: Scope,
    dataset: Dataset,
    *,
    place: Place,
    county_name: str,
    peers: Sequence[Place],
) -> Part:
    """Gather what one dataset says of a place: two queries, whatever it has."""
    records = questions.all_records(explorer, scope, dataset)
    readings = [
        reading
        for figure in dataset.figures
        if (reading := figures.read(dataset, figure, records)) is not None
    ]
    summaries = figures.summarize_peers(explorer, dataset, readings, peers)
    read_fields = {reading.field.name for reading in readings}
    return Part(
        dataset=dataset,
        release=explorer.lake.release(dataset.id),
        figures=tuple(
            figures.word(dataset, reading, summaries.get(reading.field.name), place)
            for reading in readings
        ),
        missing=tuple(
            translations.told(figure.label)
            for figure in dataset.figures
            if figure.field not in read_fields
        ),
        drawing=charts.draw(dataset, records),
        has_records=bool(records),
        absence=_absence(dataset, place, county_name),
    )


def _absence(dataset: Dataset, place: Place, county_name: str) -> str:
    """Say what it means that a dataset has no record of a place; never that the figure is zero."""
    county = county_name or _("its county")
    return translations.told(dataset.absence).format(place=place.name, county=county)


def sentence(city: City) -> str:
    """Say in one sentence who a city is, from what is known of it."""
    place = city.place
    kind = translations.told(kind_phrase(place.kind))
    where = ", ".join(part for part in (city.county_name, city.state_name) if part)
    if place.population is None:
        return _("%(place)s is %(kind)s in %(where)s.", place=place.name, kind=kind, where=where)
    return ngettext(
        "%(place)s is %(kind)s of %(number)s person in %(where)s.",
        "%(place)s is %(kind)s of %(number)s people in %(where)s.",
        place.population,
        place=place.name,
        kind=kind,
        number=wording.number(place.population),
        where=where,
    )


def kind_phrase(kind: str) -> str:
    """Say in English what a place is: ``a city``, ``a village``; ``a place`` if nobody says."""
    return wording.a_or_an(_KINDS.get(kind, kind) or "place")


_KINDS: Mapping[str, str] = {
    "CDP": "census designated place, without a government of its own,",
    "comunidad": "community, without a government of its own,",
    "zona urbana": "urban zone, without a government of its own,",
}
