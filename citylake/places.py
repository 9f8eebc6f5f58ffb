"""A place: a Census place, or a county subdivision that has a government of its own."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from citylake.errors import PlaceInvalid

PLACES_DATASET = "places"
"""Id of the national dataset that is the register of places."""

_GEOID = re.compile(r"\d{7}|\d{10}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place as the register knows it.

    Attributes:
        geoid: Census identifier as text, 7 digits for a place, 10 for a county subdivision.
        name: name without its legal kind (``Durham``).
        kind: legal kind (``city``, ``town``, ``village``, ``township``, ``CDP`` …).
        state: postal abbreviation (``NC``).
        slug: address within the showcase (``nc/durham``).
        has_government: false for a census designated place, which may be shown, never sold.
        population: people, or ``None`` where no bundled file has it.
        population_source: what the population is (``Census estimate, vintage 2023``).
        population_year: year that the population speaks of.
        lon: longitude of the internal point, degrees WGS 84, ``None`` where unknown.
        lat: latitude of the internal point, likewise.
        land_km2: land area, ``None`` where unknown.
    """

    geoid: str
    name: str
    kind: str
    state: str
    slug: str
    has_government: bool
    population: int | None = None
    population_source: str = ""
    population_year: int | None = None
    lon: float | None = None
    lat: float | None = None
    land_km2: float | None = None

    @property
    def title(self) -> str:
        """Name and state: ``Durham, NC``."""
        return f"{self.name}, {self.state}"


class Places(Protocol):
    """The register of places, whatever it is kept in."""

    def by_geoid(self, geoid: str) -> Place | None:
        """Find the place with this GEOID."""

    def by_slug(self, slug: str) -> Place | None:
        """Find the place with this slug (``nc/durham``)."""

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        """Find places by the beginning of a name (and state), the most populous first."""

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        """Find the places whose names are most like a text that named none."""

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        """Find the places with a government whose population is closest, nearest first.

        Empty if the place's own population is unknown. The place itself is not among them.
        """


def read_geoid(text: str) -> str:
    """Check a place's GEOID and return it unchanged.

    Seven digits for a Census place (state 2, place 5), ten for a county subdivision
    (state 2, county 3, subdivision 5), kept as text because the leading zero counts:
    Aurora, Colorado is ``"0804000"``.

    Raises:
        PlaceInvalid: neither seven nor ten digits.

    Source:
        Census Bureau, "Understanding Geographic Identifiers (GEOIDs)".
    """
    if not _GEOID.fullmatch(text) or not text.isascii():
        raise PlaceInvalid(
            f"GEOID {text[:40]!r}: expected 7 digits (a place) or 10 (a county subdivision)"
        )
    return text


def fold(text: str) -> str:
    """Lower-case a text and strip its accents, as search does everywhere."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).lower()


def slugify(name: str) -> str:
    """Turn a name into the last part of a place's address: ``Cañon City`` → ``canon-city``."""
    return _NOT_SLUG.sub("-", fold(name).replace("'", "")).strip("-")


def assign_slugs(named: Iterable[tuple[str, str, str, bool]]) -> Mapping[str, str]:
    """Give every place its address.

    A name that one place alone bears within its state is its address. Where several bear it, the
    only one that is an incorporated place keeps it, since that is whom people mean by
    ``mi/ann-arbor``; every other gets its GEOID appended, so that no address depends on the order
    of a file or on who grew.

    Args:
        named: GEOID, name, postal abbreviation of the state, and whether it is an incorporated
            place (as against a county subdivision or a census designated place).

    Returns:
        Slugs by GEOID.
    """
    rows = [
        (geoid, f"{state.lower()}/{slugify(name) or geoid}", incorporated)
        for geoid, name, state, incorporated in named
    ]
    bearers = Counter(slug for _, slug, _ in rows)
    incorporated_bearers = Counter(slug for _, slug, incorporated in rows if incorporated)
    return {
        geoid: slug
        if bearers[slug] == 1 or (incorporated and incorporated_bearers[slug] == 1)
        else f"{slug}-{geoid}"
        for geoid, slug, incorporated in rows
    }
