"""Which cities are compared: named in the address, added and taken away by links and one field."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from citylake.places import Place, Places, fold
from lambdas.query.parameters import Parameters

FEWEST = 2
MOST = 5
"""How many cities stand beside each other: more do not fit a page that people can read."""

_FOUND = 10
_LONGEST_NAME = 80
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the address says of a comparison.

    Attributes:
        places: the cities; the others are held against the first.
        unknown: what names no place.
        beyond: cities that no longer fit.
    """

    places: tuple[Place, ...]
    unknown: tuple[str, ...] = ()
    beyond: tuple[Place, ...] = ()

    @property
    def address(self) -> dict[str, str]:
        """The same as parameters of an address; ``read`` turns it back."""
        return {"places": ",".join(place.slug for place in self.places)}

    @property
    def is_enough(self) -> bool:
        """Whether there is anything to compare."""
        return len(self.places) >= FEWEST

    @property
    def is_full(self) -> bool:
        """Whether no other city fits."""
        return len(self.places) >= MOST

    def adding(self, *others: Place) -> "Selection":
        """The selection with other cities behind it."""
        return _of((*self.places, *others))

    def without(self, place: Place) -> "Selection":
        """The selection without a city."""
        return _of(each for each in self.places if each != place)

    def led_by(self, place: Place) -> "Selection":
        """The selection with a city in front, against which the others are held."""
        return _of((place, *self.places))


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed into the field, and the places that it may mean.

    Attributes:
        text: what was typed.
        found: places that it names; exactly one where there is no doubt.
        near: places with a name like it, where it names none.
    """

    text: str
    found: tuple[Place, ...] = ()
    near: tuple[Place, ...] = ()


def read(places: Places, parameters: Parameters, *, first: Place | None = None) -> Selection:
    """Read the cities of an address: slugs or GEOIDs, joined by commas or repeated.

    Args:
        places: the register.
        parameters: of the address.
        first: the city that is meant where the address names none.
    """
    named = [
        name.strip().strip("/")
        for value in parameters.get("places", ())
        for name in value.split(",")
        if name.strip().strip("/")
    ]
    if not named:
        return Selection(places=(first,) if first else ())
    found = [(name, places.by_geoid(name) or places.by_slug(name.lower())) for name in named]
    unknown = (name[:_LONGEST_NAME] for name, place in found if place is None)
    return replace(
        _of(place for _, place in found if place is not None),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def search(places: Places, text: str) -> Search:
    """Find the city that someone typed."""
    text = text.strip()
    if not text:
        return Search("")
    found = tuple(places.search(text, _FOUND))
    exact = tuple(place for place in found if fold(place.title) == fold(text))
    if len(exact) == 1:
        return Search(text, exact)
    return Search(text, found, () if found else tuple(places.nearest_names(text)))


def nearest(places: Places, address: str) -> Sequence[Place]:
    """The places whose addresses are most like one that is nobody's (``nc/durhm``)."""
    return places.nearest_names(" ".join(_WORD.findall(address)))


def _of(places: Iterable[Place]) -> Selection:
    """The first places of a list, each once; what no longer fits is kept apart."""
    once = tuple(dict.fromkeys(places))
    return Selection(places=once[:MOST], beyond=once[MOST:])
