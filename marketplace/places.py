"""The register of places in the national lake, read by a statement of our own."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence

import duckdb
from sqlglot import exp

from citylake.catalog import Release
from citylake.errors import DatasetNotFound
from citylake.lake.duck import reading
from citylake.lake.read import Lake
from citylake.places import PLACES_DATASET, Place
from citylake.register import Register, columns_of

_FILES = "read_parquet(?)"


class LakePlaces:
    """The places of the national lake; read once per release. Safe to share between threads.

    Before the lake holds a register, there is no place.

    Args:
        lake: the national lake.
        connect: opens a DuckDB that can read the lake's files.
    """

    def __init__(self, lake: Lake, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._lake = lake
        self._connect = connect
        self._held = Register("", ())
        self._reading = threading.Lock()

    def by_geoid(self, geoid: str) -> Place | None:
        """Find the place with this GEOID."""
        return self._current().by_geoid(geoid)

    def by_slug(self, slug: str) -> Place | None:
        """Find the place with this slug (``nc/durham``)."""
        return self._current().by_slug(slug)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        """Find places by name, by name and state, by GEOID or by slug."""
        return self._current().search(text, limit)

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        """Find the places whose names are most like a text that named none."""
        return self._current().nearest(text, limit)

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        """Find the places with a government whose population is closest, nearest first."""
        return self._current().peers(place, count)

    def named(self, name: str, state: str = "") -> Iterable[Place]:
        """All places that bear a name, in a state or anywhere."""
        return self._current().named(name, state)

    def counties(self, state: str) -> Collection[str]:
        """Names of a state's counties."""
        return self._current().counties(state)

    def state_name(self, state: str) -> str:
        """A state's name by its postal abbreviation."""
        return self._current().state_name(state)

    def _current(self) -> Register:
        try:
            release = self._lake.release(PLACES_DATASET)
        except DatasetNotFound:
            return Register("", ())
        if self._held.release_id == release.id:
            return self._held
        with self._reading:
            if self._held.release_id != release.id:
                self._held = Register(release.id, self._read(release))
            return self._held

    def _read(self, release: Release) -> Iterable[Sequence[object]]:
        files = exp.maybe_parse(_FILES, dialect="duckdb", into=exp.Table)
        statement = exp.select(*columns_of(release)).from_(files).sql("duckdb")
        with self._connect() as connection, reading():
            return connection.execute(statement, [self._lake.addresses(release)]).fetchall()
