"""The register of places, read from the national lake by an engine."""

import threading
from collections.abc import Iterable, Sequence

from sqlglot import exp

from citylake.catalog import Release
from citylake.errors import DatasetNotFound
from citylake.lake.read import Lake
from citylake.places import PLACES_DATASET, Place
from citylake.register import Register, columns_of
from lambdas.query.engines import Engine, Row
from lambdas.query.relation import relation_of
from lambdas.query.scope import NATION


class LakePlaces:
    """The places of the national lake. Safe to share between threads.

    Before the lake holds a register, there is no place.

    Args:
        lake: where the register is.
        engine: what reads it.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake = lake
        self._engine = engine
        self._register: Register | None = None
        self._reading = threading.Lock()

    def by_geoid(self, geoid: str) -> Place | None:
        """Find the place with this GEOID."""
        return self._current().by_geoid(geoid)

    def by_slug(self, slug: str) -> Place | None:
        """Find the place with this slug (``nc/durham``)."""
        return self._current().by_slug(slug)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        """Find places by name, by name and state, by GEOID or by slug.

        Case and accents do not matter. Names that begin with the words come first, then names
        that begin with the text, then those with words that begin so; among equals the most
        populous.
        """
        return self._current().search(text, limit)

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        """Find the places whose names are most like a text that named none.

        Within the state that the text names, if it names one. Empty if nothing is like it.
        """
        return self._current().nearest(text, limit)

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        """Find the places with a government whose population is closest, nearest first.

        Half of them are larger and half smaller where there are as many. A Census place is held
        against Census places, a county subdivision against county subdivisions.
        """
        return self._current().peers(place, count)

    def _current(self) -> Register:
        try:
            release = self._lake.release(PLACES_DATASET)
        except DatasetNotFound:
            return Register("", ())
        held = self._register
        if held is not None and held.release_id == release.id:
            return held
        with self._reading:
            if self._register is None or self._register.release_id != release.id:
                self._register = Register(release.id, self._read(release))
            return self._register

    def _read(self, release: Release) -> Iterable[Row]:
        source = relation_of(self._lake, release, NATION).source
        return self._engine.run(exp.select(*columns_of(release)).from_(source)).rows
