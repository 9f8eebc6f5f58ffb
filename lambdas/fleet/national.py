"""What the national lake knows of a place: the facts of the register, and its records."""

from collections.abc import Callable, Mapping
from typing import Protocol

import duckdb
from sqlglot import exp

from citylake.catalog import Release
from citylake.datasets import Visibility
from citylake.errors import CityRefused, DatasetNotFound
from citylake.lake.read import Lake
from citylake.places import PLACES_DATASET, Place, read_geoid
from citylake.tiers import PRIVATE_OFFER_FROM, tier_of

_COLUMNS = (
    "geoid",
    "name",
    "kind",
    "state",
    "slug",
    "has_government",
    "population",
    "population_year",
    "population_source",
)
_FILES = "read_parquet(?)"


class National(Protocol):
    """The nation's data, as far as the fleet needs it."""

    def place(self, geoid: str) -> Place:
        """Find a place in the register.

        Raises:
            PlaceInvalid: the text is no GEOID.
            CityRefused: no place has it, or the lake has no register yet.
        """

    def counts(self, place: Place) -> Mapping[str, int]:
        """How many records of which public dataset a place's catalog begins with."""


class LakeNational:
    """The nation's data in the lake, read with DuckDB.

    Args:
        lake: the national lake.
        connect: opens a DuckDB that can read the lake's files.
    """

    def __init__(self, lake: Lake, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._lake = lake
        self._connect = connect

    def place(self, geoid: str) -> Place:
        """Look the place up in the current release of the register."""
        read_geoid(geoid)
        try:
            release = self._lake.release(PLACES_DATASET)
        except DatasetNotFound as error:
            raise CityRefused(
                f"the lake {self._lake.store.root} has no register of places yet: harvest it first"
            ) from error
        statement = (
            exp.select(*(exp.column(name, quoted=True) for name in _COLUMNS))
            .from_(_files())
            .where(exp.column("geoid", quoted=True).eq(exp.Placeholder()))
        )
        with self._connect() as connection:
            row = connection.execute(
                statement.sql("duckdb"), [self._lake.addresses(release), geoid]
            ).fetchone()
        if row is None:
            raise CityRefused(f"no place of the register has the GEOID {geoid}")
        found = dict(zip(_COLUMNS, row, strict=True))
        return Place(**{**found, "population_source": found["population_source"] or ""})

    def counts(self, place: Place) -> Mapping[str, int]:
        """Count in each public dataset's current release, as its place field says."""
        entries = self._lake.catalog().catalog.datasets
        with self._connect() as connection:
            counted = {
                dataset_id: self._count(connection, self._lake.release(dataset_id), place)
                for dataset_id, entry in sorted(entries.items())
                if entry.visibility is Visibility.PUBLIC
            }
        return {dataset_id: count for dataset_id, count in counted.items() if count}

    def _count(self, connection: duckdb.DuckDBPyConnection, release: Release, place: Place) -> int:
        dataset = release.dataset
        if not dataset.place_field:
            return release.records_count
        statement = (
            exp.select(exp.Count(this=exp.Star()))
            .from_(_files())
            .where(exp.column(dataset.place_field, quoted=True).eq(exp.Placeholder()))
        )
        counted: tuple[int] | None = connection.execute(
            statement.sql("duckdb"), [self._lake.addresses(release), dataset.geoid_for(place)]
        ).fetchone()
        return counted[0] if counted else 0


def check_place(place: Place, private_offer: str) -> str:
    """Say in which tier a place can subscribe.

    Args:
        place: as the register has it.
        private_offer: the offer by which it was sold, where its population is above the bands.

    Raises:
        CityRefused: it cannot: it has no government, no known population, or too many people to
            be priced by a band.
    """
    if not place.has_government:
        raise CityRefused(
            f"{place.title} ({place.geoid}) is a {place.kind or 'place'} without a government: "
            "it may be shown, never sold"
        )
    if place.population is None:
        raise CityRefused(
            f"the register knows no population of {place.title} ({place.geoid}), "
            "and so no tier to price it by"
        )
    if place.population >= PRIVATE_OFFER_FROM and not private_offer:
        raise CityRefused(
            f"{place.title} has {place.population:,} people; from {PRIVATE_OFFER_FROM:,} on a "
            "city is sold by private offer: name the offer"
        )
    return tier_of(place.population).code


def _files() -> exp.Expr:
    return exp.maybe_parse(_FILES, dialect="duckdb", into=exp.Table)
