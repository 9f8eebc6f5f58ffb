"""A dataset as its page shows it: its release, and what its tabs are made of."""

import re
from dataclasses import dataclass
from enum import StrEnum

from citylake.catalog import Entry, Release
from citylake.datasets import Dataset
from citylake.errors import PageNotFound, ParameterInvalid
from lambdas.portal import atlas, layers, locator, maps, spots, table
from lambdas.portal.assets import Assets
from lambdas.portal.atlas import Box
from lambdas.portal.layers import Layer
from lambdas.portal.spots import Spread
from lambdas.portal.table import Filters, Table
from lambdas.query.parameters import Parameters
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


class Tab(StrEnum):
    """The parts of a dataset's page, the first one unless the address says otherwise."""

    INFORMATION = "information"
    TABLE = "table"
    MAP = "map"
    EXPORT = "export"
    API = "api"


def tabs_of(dataset: Dataset) -> tuple[Tab, ...]:
    """The parts of a dataset's page; a dataset without geometry has no map."""
    has_map = spots.drawn_field(dataset) is not None
    return tuple(tab for tab in Tab if tab is not Tab.MAP or has_map)


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
class Exhibit:
    """One release of a dataset, seen through the filters of an address.

    Attributes:
        explorer: what answers.
        scope: whose records.
        entry: what the catalog says of the dataset.
        release: the release that is looked at.
        filters: which of its records.
    """

    explorer: Explorer
    scope: Scope
    entry: Entry
    release: Release
    filters: Filters

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
        found = layers.outlines(self.explorer)
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


def open_exhibit(
    explorer: Explorer, scope: Scope, dataset_id: str, parameters: Parameters
) -> Exhibit:
    """Open a dataset as an address asks for it.

    Raises:
        DatasetNotFound: no dataset has this id.
        ReleaseNotFound: the dataset never had the release that the address names.
    """
    version = (parameters.get("version") or ("",))[0]
    held = explorer.look_up(scope, dataset_id, version)
    filters = table.read_filters(held.release.dataset, parameters)
    return Exhibit(
        explorer=explorer, scope=scope, entry=held.entry, release=held.release, filters=filters
    )


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
