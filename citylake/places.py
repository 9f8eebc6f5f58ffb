"""A place: a Census place, or a county subdivision that has a government of its own."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from citylake.errors import PlaceInvalid

PLACES_DATASET = "places"
"""Id of the national dataset that is the register of places."""

STATE_DIGITS = 2
"""Digits of a state's GEOID, with which those of its places begin."""

PLACE_DIGITS = 7
"""Digits of the GEOID of a Census place; a county subdivision has ten."""

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
    def state_code(self) -> str:
        """GEOID of the state that it lies in: two digits."""
        return self.geoid[:STATE_DIGITS]

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

    A name that one place alone bears within its state is its address. Where several bear it, it
    goes to whom people mean: the only incorporated place among them (``mi/ann-arbor``, the city),
    or, if none is incorporated, the only one with a government (``nh/durham``, the town). Every
    other gets its GEOID appended, so that no address depends on a file's order or on who grew.

    Args:
        named: GEOID, name, postal abbreviation of the state, and whether it has a government.

    Returns:
        Slugs by GEOID.
    """
    rows = [
        (geoid, f"{state.lower()}/{slugify(name) or geoid}", _standing(geoid, has_government))
        for geoid, name, state, has_government in named
    ]
    bearers: dict[str, list[int]] = defaultdict(list)
    for _, slug, standing in rows:
        bearers[slug].append(standing)
    return {
        geoid: slug
        if standing == max(bearers[slug]) and bearers[slug].count(standing) == 1
        else f"{slug}-{geoid}"
        for geoid, slug, standing in rows
    }


def _standing(geoid: str, has_government: bool) -> int:
    """How likely people mean this place by its name alone: incorporated, governed, or neither."""
    if not has_government:
        return 0
    return 2 if len(geoid) == PLACE_DIGITS else 1
