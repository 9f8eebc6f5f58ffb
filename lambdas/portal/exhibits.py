"""A dataset as its page shows it: its release, and what its tabs are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from citylake.catalog import Entry, Release
from citylake.datasets import Dataset, Field
from citylake.errors import PageNotFound, ParameterInvalid, QueryTooCostly
from citylake.pages import atlas, locator
from citylake.pages.assets import Assets
from citylake.pages.atlas import Box
from lambdas.portal import (
    charts,
    guesses,
    layers,
    maps,
    questions,
    spots,
    table,
)
from lambdas.portal.charts import Drawing
from lambdas.portal.layers import Layer
from lambdas.portal.spots import Spread
from lambdas.portal.table import Filters, Table
from lambdas.query.parameters import Parameters
from lambdas.query.revisions import Revision, Revisions
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


class Tab(StrEnum):
    """The parts of a dataset's page, the first one unless the address says otherwise."""

    INFORMATION = "information"
    TABLE = "table"
    MAP = "map"
    CHART = "chart"
    EXPORT = "export"
    API = "api"
    RELEASES = "releases"


def tabs_of(dataset: Dataset) -> tuple[Tab, ...]:
    """The parts of a dataset's page: a map where there is geometry, a chart where one can be."""
    lacking = {
        Tab.MAP: spots.drawn_field(dataset) is None,
        Tab.CHART: dataset.chart is None and not guesses.choices(dataset),
    }
    return tuple(tab for tab in Tab if not lacking.get(tab))


def read_tab(dataset: Dataset, text: str) -> Tab:
    """Find out which part of a dataset's page an address asks for.

    Raises:
        PageNotFound: the page has no such part.
    """
    tabs = tabs_of(dataset)
    for tab in tabs:
        if tab == (text or tabs[0]):
            return tab
    raise PageNotFound(f"The page has no part {text[:40]!r}; its parts: {', '.join(tabs)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A release held against another.

    Attributes:
        revision: what differs; ``None`` if there was nothing to compare with, or too much.
        refused: whether there was too much to compare.
    """

    revision: Revision | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One release of a dataset, seen through the filters of an address.

    Attributes:
        explorer: what answers.
        revisions: what compares releases.
        scope: whose records.
        entry: what the catalog says of the dataset.
        release: the release that is looked at.
        filters: which of its records.
        drawn_by: the field that the chart is to count records by; empty for the first guess.
        against: id of the release that this one is compared with; empty for the one before it.
    """

    explorer: Explorer
    revisions: Revisions
    scope: Scope
    entry: Entry
    release: Release
    filters: Filters
    drawn_by: str = ""
    against: str = ""

    @property
    def dataset(self) -> Dataset:
        """The dataset as this release describes it."""
        return self.release.dataset

    @property
    def is_current(self) -> bool:
        """Whether this is the release that readers see unless they ask for another."""
        return self.release.id == self.entry.release

    @property
    def table(self) -> Table:
        """One page of the records."""
        return table.read(self.explorer, self.scope, self.dataset, self.filters)

    def spread(self, box: Box | None = None) -> Spread:
        """What the map shows.

        Args:
            box: the part of the globe that is looked at; everything unless given.

        Raises:
            PageNotFound: the dataset has nothing that a map could show.
        """
        field = spots.drawn_field(self.dataset)
        if field is None:
            raise PageNotFound(f"The dataset {self.dataset.id} has no map: no field holds a place.")
        question = self.filters.question
        return spots.read(self.explorer, self.scope, self.dataset, field, question, box=box)

    @property
    def boundary_address(self) -> str:
        """Where the outline of the place is to be had, unless it is what the map shows anyway."""
        found = layers.outlines(self.explorer, self.scope)
        if found is not None and found[0].id == self.dataset.id:
            return ""
        return layers.boundary_address(self.explorer, self.scope)

    def layer(self, spread: Spread) -> Layer:
        """The same for our script, which asks for what it shows."""
        return layers.layer_of(
            self.scope,
            self.dataset,
            count=spread.located,
            sign=layers.SIGNS[0],
            query=self.filters.address,
        )

    def map_picture(self, assets: Assets) -> bytes:
        """The map, drawn.

        Raises:
            PageNotFound: there is nothing on it.
        """
        spread = self.spread()
        if spread.box is None:
            raise PageNotFound("There is no map at this address: no record has a position.")
        place = self.scope.place
        state = locator.state_of(place) if place else ""
        boundary = layers.boundary(self.explorer, self.scope) if self.boundary_address else None
        return maps.draw(spread, assets, state=state, boundary=boundary)

    @property
    def drawn_field(self) -> Field | None:
        """The field that the chart counts records by; ``None`` for the chart that is declared."""
        for field in guesses.choices(self.dataset):
            if field.name == self.drawn_by:
                return field
        is_declared = self.dataset.chart is not None and self.scope.place is not None
        return None if is_declared else guesses.first(self.dataset)

    @property
    def choices(self) -> Sequence[Field]:
        """The fields that the chart can count records by."""
        return guesses.choices(self.dataset)

    @property
    def drawing(self) -> Drawing | None:
        """The chart; ``None`` where no record has what it would show."""
        field = self.drawn_field
        if field is None:
            records = questions.all_records(self.explorer, self.scope, self.dataset)
            return charts.draw(self.dataset, records)
        question = self.filters.question
        return guesses.draw(self.explorer, self.scope, self.dataset, field, question)

    @property
    def releases(self) -> Sequence[Release]:
        """Every release that readers ever saw, the newest first."""
        shelf = self.explorer.shelf(self.scope)
        return [shelf.release(self.dataset.id, release) for release in self.entry.releases]

    @property
    def before(self) -> str:
        """Id of the release that readers saw before this one; empty for a dataset's first."""
        at = self.entry.releases.index(self.release.id)
        return next(iter(self.entry.releases[at + 1 :]), "")

    @property
    def comparison(self) -> Comparison:
        """What this release changed.

        Raises:
            ReleaseNotFound: the dataset never had the release that it is to be compared with.
        """
        other = self.against or self.before
        if not other or other == self.release.id:
            return Comparison()
        older = self.explorer.shelf(self.scope).release(self.dataset.id, other)
        try:
            return Comparison(revision=self.revisions.between(self.scope, older, self.release))
        except QueryTooCostly:
            return Comparison(refused=True)


def open_exhibit(
    explorer: Explorer,
    revisions: Revisions,
    scope: Scope,
    dataset_id: str,
    parameters: Parameters,
) -> Exhibit:
    """Open a dataset as an address asks for it.

    Raises:
        DatasetNotFound: no dataset has this id.
        ReleaseNotFound: the dataset never had the release that the address names.
    """
    shelf = explorer.shelf(scope)
    release = shelf.release(dataset_id, _first(parameters, "version"))
    return Exhibit(
        explorer=explorer,
        revisions=revisions,
        scope=scope,
        entry=shelf.entry(dataset_id),
        release=release,
        filters=table.read_filters(release.dataset, parameters),
        drawn_by=_first(parameters, "field"),
        against=_first(parameters, "against"),
    )


def _first(parameters: Parameters, name: str) -> str:
    return (parameters.get(name) or ("",))[0]


_BOX = re.compile(r"-?\d{1,3}(?:\.\d{1,9})?(?:,-?\d{1,3}(?:\.\d{1,9})?){3}", re.ASCII)


def read_box(text: str) -> Box | None:
    """Read ``west,south,east,north`` in degrees; ``None`` if there is nothing to read.

    Raises:
        ParameterInvalid: anything else.
    """
    if not text:
        return None
    if not _BOX.fullmatch(text):
        raise ParameterInvalid(f"box {text[:60]!r}: expected west,south,east,north in degrees")
    west, south, east, north = map(float, text.split(","))
    return atlas.Box(west, south, east, north)
