"""The showcase's front page: find your city, and a few shown with a figure each."""

from collections.abc import Sequence
from dataclasses import dataclass

from citylake.datasets import Comparison, Dataset, Figure, Theme
from citylake.places import PLACES_DATASET, Place, Places
from lambdas.portal import figures, questions
from lambdas.portal.city import told
from lambdas.portal.figures import KeyFigure
from lambdas.portal.selection import Selection
from lambdas.query.search import Explorer

FEATURED = (
    "3719000",  # Durham, North Carolina
    "0807850",  # Boulder, Colorado
    "2717000",  # Duluth, Minnesota
    "2511000",  # Cambridge, Massachusetts
    "1871000",  # South Bend, Indiana
    "1225175",  # Gainesville, Florida
    "0606000",  # Berkeley, California
    "5305280",  # Bellingham, Washington
)
"""Cities shown on the front page, by GEOID; those that the lake does not know are passed over."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A city on the front page, with one of its figures if it has any."""

    place: Place
    figure: KeyFigure | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the lake holds."""

    places: int
    datasets: int
    records: int


def count(explorer: Explorer) -> Counts:
    """Count places, datasets and records."""
    entries = explorer.lake.catalog().catalog.datasets
    register = entries.get(PLACES_DATASET)
    return Counts(
        places=register.records_count if register else 0,
        datasets=len(entries),
        records=sum(entry.records_count for entry in entries.values()),
    )


def examples(places: Places) -> Sequence[Selection]:
    """Comparisons to begin from: the featured cities, two and two."""
    cities = [place for geoid in FEATURED if (place := places.by_geoid(geoid)) is not None]
    return [
        Selection(places=pair)
        for pair in zip(cities[::2], cities[1::2], strict=False)  # one may be left over
    ]


def show(explorer: Explorer, places: Places) -> Sequence[Shown]:
    """Show the featured cities, each with another figure where it can be: a query per dataset."""
    cities = [place for geoid in FEATURED if (place := places.by_geoid(geoid)) is not None]
    choices = _choices(explorer)
    datasets = {dataset.id: dataset for dataset, _ in choices}
    records = {
        name: questions.records_of(explorer, dataset, cities) for name, dataset in datasets.items()
    }
    shown = []
    for index, place in enumerate(cities):
        turned = (
            choices[index % len(choices) :] + choices[: index % len(choices)] if choices else []
        )
        found = (
            _figure(dataset, figure, records[dataset.id].get(place.geoid, []), place)
            for dataset, figure in turned
        )
        shown.append(Shown(place, next((figure for figure in found if figure), None)))
    return shown


def _choices(explorer: Explorer) -> list[tuple[Dataset, Figure]]:
    """The headline figures that may stand alone: crime is shown beside its peers or not at all."""
    datasets = told(explorer)
    return [
        (dataset, figure)
        for theme in Theme
        for dataset in datasets
        if dataset.theme is theme
        for figure in dataset.figures
        if figure.headline and figure.comparison is not Comparison.AVERAGE
    ]


def _figure(
    dataset: Dataset, figure: Figure, records: Sequence[questions.Record], place: Place
) -> KeyFigure | None:
    reading = figures.read(dataset, figure, records)
    return figures.word(dataset, reading, None, place) if reading else None
