"""A register of places in memory: found by GEOID, by address, or by what people type.

A register is some fifty thousand rows and is asked on every request, so each process reads it once
per release and answers from memory. Who reads it from the lake is up to the reader.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from heapq import nsmallest
from typing import Any, NamedTuple

from sqlglot import exp

from citylake.catalog import Release
from citylake.datasets import FieldType, lat_column, lon_column
from citylake.places import Place, fold

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("['\u2019]")
_GEOID = re.compile(r"[0-9]{7}(?:[0-9]{3})?")
_COMMON_SHORT_FORMS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}
_LONGEST_QUESTION = 100
_LEAST_LIKENESS = 0.7
_POINT = "location"
_COLUMNS = (
    "geoid",
    "name",
    "kind",
    "state",
    "state_name",
    "slug",
    "has_government",
    "population",
    "population_source",
    "population_year",
    lon_column(_POINT),
    lat_column(_POINT),
    "land_km2",
    "county_name",
)


def columns_of(release: Release) -> list[exp.Expr]:
    """What is read of a release of the register, in the order of its rows here.

    A column that this release does not have is read as null.
    """
    held: set[str] = set()
    for field in release.dataset.fields:
        is_point = field.type is FieldType.GEO_POINT
        held.update((lon_column(field.name), lat_column(field.name)) if is_point else [field.name])
    return [
        exp.column(name, quoted=True) if name in held else exp.alias_(exp.null(), name)
        for name in _COLUMNS
    ]


class _Listed(NamedTuple):
    """One row of the register, in the order of ``_COLUMNS``; a ``Place`` is made when asked for."""

    geoid: str
    name: str
    kind: str
    state: str
    state_name: str | None
    slug: str
    has_government: bool
    population: int | None
    population_source: str | None
    population_year: int | None
    lon: float | None
    lat: float | None
    land_km2: float | None
    county_name: str | None

    def place(self) -> Place:
        return Place(
            geoid=self.geoid,
            name=self.name,
            kind=self.kind or "",
            state=self.state,
            slug=self.slug,
            has_government=bool(self.has_government),
            population=self.population,
            population_source=self.population_source or "",
            population_year=self.population_year,
            lon=self.lon,
            lat=self.lat,
            land_km2=self.land_km2,
        )


@dataclass(frozen=True, slots=True)
class _Question:
    """One way to understand what was typed: words of a name, within a state or anywhere."""

    words: tuple[str, ...]
    state: str | None


class Register:
    """One release of the register.

    Args:
        release_id: which.
        rows: its rows, their columns as ``columns_of`` names them.
    """

    def __init__(self, release_id: str, rows: Iterable[Sequence[Any]]) -> None:
        self.release_id = release_id
        self._listed = [_Listed(*row) for row in rows]
        self._by_geoid = {listed.geoid: listed for listed in self._listed}
        self._by_slug = {listed.slug: listed for listed in self._listed}

    def by_geoid(self, geoid: str) -> Place | None:
        """Find the place with this GEOID."""
        listed = self._by_geoid.get(geoid)
        return listed.place() if listed else None

    def by_slug(self, slug: str) -> Place | None:
        """Find the place with this slug (``nc/durham``)."""
        listed = self._by_slug.get(slug)
        return listed.place() if listed else None

    def search(self, text: str, limit: int) -> list[Place]:
        """Find places by name, by name and state, by GEOID or by slug.

        Case and accents do not matter. Names that begin with the words come first, then names
        that begin with the text, then those with words that begin so; among equals the most
        populous.
        """
        text = text[:_LONGEST_QUESTION].strip()
        named = self._by_geoid.get(text) if _GEOID.fullmatch(text) else self._by_slug.get(text)
        if named:
            return [named.place()]
        ranks: dict[int, int] = {}
        for question in self._questions(_words(text)):
            for index, rank in self._matches(question):
                ranks[index] = min(rank, ranks.get(index, rank))
        best = sorted(ranks, key=lambda index: (ranks[index], index))
        return [self._most_populous[index].place() for index in best[:limit]]

    def nearest(self, text: str, limit: int) -> list[Place]:
        """Find the places whose names are most like a text that named none.

        Within the state that the text names, if it names one. Empty if nothing is like it.
        """
        name, state = self._name_and_state(text[:_LONGEST_QUESTION])
        likeness = SequenceMatcher(b=name)
        found: list[tuple[float, int]] = []
        if state is None:
            # Comparing with every name takes a tenth of a second; few mistype the beginning.
            start = f" {name[:1]}"
            candidates = [index for index, key in enumerate(self._keys) if key.startswith(start)]
        else:
            candidates = self._in_state[state]
        for index in candidates:
            likeness.set_seq1(self._keys[index][1:])
            if (
                likeness.real_quick_ratio() >= _LEAST_LIKENESS
                and likeness.quick_ratio() >= _LEAST_LIKENESS
                and (ratio := likeness.ratio()) >= _LEAST_LIKENESS
            ):
                found.append((-ratio, index))
        return [self._most_populous[index].place() for _, index in nsmallest(limit, found)]

    def peers(self, place: Place, count: int) -> list[Place]:
        """Find the places with a government whose population is closest, nearest first.

        Half of them are larger and half smaller where there are as many. A Census place is held
        against Census places, a county subdivision against county subdivisions.
        """
        if place.population is None:
            return []
        ranked = self._governed.get(len(place.geoid), [])
        at = bisect_left(ranked, (place.population, place.geoid))
        above = at + (ranked[at : at + 1] == [(place.population, place.geoid)])
        lower, upper = ranked[max(0, at - count) : at][::-1], ranked[above : above + count]
        from_below = max(count // 2, count - len(upper))
        from_above = count - min(from_below, len(lower))
        chosen = lower[:from_below] + upper[:from_above]
        population = place.population
        chosen.sort(key=lambda peer: (abs(peer[0] - population), peer[1]))
        return [self._by_geoid[geoid].place() for _, geoid in chosen]

    def named(self, name: str, state: str = "") -> Iterable[Place]:
        """All places that bear a name, folded as search folds it, in a state or anywhere."""
        key = _words(name)
        for listed in self._by_words.get(key, ()):
            if not state or listed.state == state:
                yield listed.place()

    def counties(self, state: str) -> Collection[str]:
        """Names of the state's counties, as far as places lie in them: ``Durham County``."""
        return self._counties.get(state, ())

    def state_name(self, state: str) -> str:
        """A state's name by its postal abbreviation; empty if no place lies in it."""
        return self._state_names.get(state, "")

    @cached_property
    def _state_names(self) -> dict[str, str]:
        return {held.state: held.state_name for held in self._listed if held.state_name}

    @cached_property
    def _by_words(self) -> dict[tuple[str, ...], list[_Listed]]:
        found: dict[tuple[str, ...], list[_Listed]] = {}
        for listed in self._listed:
            found.setdefault(_words(listed.name), []).append(listed)
        return found

    @cached_property
    def _counties(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for listed in self._listed:
            if listed.county_name:
                found.setdefault(listed.state, set()).add(listed.county_name)
        return found

    @cached_property
    def _most_populous(self) -> list[_Listed]:
        return sorted(self._listed, key=lambda listed: (-(listed.population or 0), listed.geoid))

    @cached_property
    def _keys(self) -> list[str]:
        """For each of the most populous, its words with a space before each: `` canon city``."""
        return [f" {' '.join(_words(listed.name))}" for listed in self._most_populous]

    @cached_property
    def _in_state(self) -> dict[str, list[int]]:
        """Which of the most populous lie in a state."""
        indexes: dict[str, list[int]] = {}
        for index, listed in enumerate(self._most_populous):
            indexes.setdefault(listed.state, []).append(index)
        return indexes

    @cached_property
    def _states(self) -> dict[tuple[str, ...], str]:
        """Postal abbreviations by the words that name a state: ``nc`` and ``north carolina``."""
        names = {(listed.state, listed.state_name or listed.state) for listed in self._listed}
        return {
            _words(text): state for state, name in sorted(names) for text in (state, name) if text
        }

    @cached_property
    def _governed(self) -> dict[int, list[tuple[int, str]]]:
        """Population and GEOID of every place with a government, ascending, by GEOID's length."""
        governed: dict[int, list[tuple[int, str]]] = {}
        for listed in self._listed:
            if listed.has_government and listed.population is not None:
                governed.setdefault(len(listed.geoid), []).append((listed.population, listed.geoid))
        for ranked in governed.values():
            ranked.sort()
        return governed

    def _questions(self, words: tuple[str, ...]) -> list[_Question]:
        """Every way to understand the words: the last or first of them may name a state."""
        if not words:
            return []
        questions = [_Question(words, None)]
        for length in range(1, min(4, len(words)) + 1):
            rest = len(words) - length
            if state := self._states.get(words[rest:]):
                questions.append(_Question(words[:rest], state))
            if rest and (state := self._states.get(words[:length])):
                questions.append(_Question(words[length:], state))
        return questions

    def _name_and_state(self, text: str) -> tuple[str, str | None]:
        """Part a text into a name and the postal abbreviation of the state beside it, if any."""
        words = _words(text)
        for question in self._questions(words):
            if question.state and question.words:
                return " ".join(question.words), question.state
        return " ".join(words), None

    def _matches(self, question: _Question) -> Iterable[tuple[int, int]]:
        """Which places answer, and how well.

        0: the name is the words, or goes on after them (people call Nashville-Davidson Nashville);
        1: the name begins so, within a word; 2: the words begin words of the name.
        A state alone is answered by its places, behind those whose name begins so.
        """
        keys = self._keys
        if question.state is None:
            candidates: Sequence[int] = range(len(keys))
        else:
            candidates = self._in_state[question.state]
        for word in question.words:
            part = f" {word}"
            candidates = [index for index in candidates if part in keys[index]]
        whole = f" {' '.join(question.words)}"
        for index in candidates:
            if not question.words or not keys[index].startswith(whole):
                yield index, 2
            else:
                yield index, 0 if f"{keys[index]} ".startswith(f"{whole} ") else 1


def _words(text: str) -> tuple[str, ...]:
    """The words of a text as search knows them, each in its common short form (``st``)."""
    joined = _APOSTROPHE.sub("", fold(text))
    return tuple(_COMMON_SHORT_FORMS.get(word, word) for word in _WORD.findall(joined))
