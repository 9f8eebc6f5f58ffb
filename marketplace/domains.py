"""Which mail domains speak for a place: a closed list for each, made by a stated rule.

A ``.gov`` name is given to governments alone, and names under ``{locality}.{state}.us`` that begin
with the kind of the government are reserved for it (RFC 1480). A name is taken only where it can be
no other government's. All others are decided by a person::

    durhamnc.gov  durham-nc.gov           no other governed place and no county of the state is
    durhamnorthcarolina.gov …             called so
    cityofdurhamnc.gov  cityofdurham-nc.gov …   no other city of the state is called so
    cityofdurham.gov  city-of-durham.gov        no other city of the nation is called so
    ci.durham.nc.us                             no other city of the state is called so

A name alone (``durham.gov``) speaks for nobody: counties have such names, too. A county of the same
name rules out the first form, because counties do not always put the word into their domain.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from citylake.places import Place, Places, fold
from marketplace.mail import domain_of

RULE = "2026-1"
"""Edition of the rule."""

_KINDS: Mapping[str, tuple[str, ...]] = {
    "city": ("ci",),
    "town": ("town",),
    "village": ("vil", "village"),
    "borough": ("borough",),
    "township": ("twp",),
}
"""How the ``.us`` names of each kind of government begin. Of no other kind is it known."""

_AMBIGUOUS_STATES = frozenset({"kansas", "virginia"})
"""Names of states with which the name of another one ends: never written out."""

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_COUNTY_WORDS = re.compile(r"\s+(?:county|parish|borough|census area|municipality|municipio)$")


class Gazetteer(Places, Protocol):
    """The register of places, with what it takes to tell one place from others of its name."""

    def named(self, name: str, state: str = "") -> Iterable[Place]:
        """All places that bear a name, in a state or anywhere."""

    def counties(self, state: str) -> Collection[str]:
        """Names of a state's counties: ``Durham County``."""

    def state_name(self, state: str) -> str:
        """A state's name by its postal abbreviation; empty if it is not known."""


def speaks_for(address: str, place: Place, places: Gazetteer) -> bool:
    """Whether whoever reads an address' mail speaks for a place.

    Args:
        address: a checked one.
        place: the place.
        places: the register.
    """
    return domain_of(address) in domains_of(place, places)


def domains_of(place: Place, places: Gazetteer) -> tuple[str, ...]:
    """All domains that speak for a place, the plainest first; none if no form is safe."""
    if not place.has_government:
        return ()
    return tuple(dict.fromkeys(_domains(place, places)))


def _domains(place: Place, places: Gazetteer) -> Iterator[str]:
    words = [word for word in _NOT_LETTERS.split(fold(place.name).replace("'", "")) if word]
    if not words:
        return
    names = dict.fromkeys(("".join(words), "-".join(words)))
    states = _states(place, places)
    rivals = [
        other
        for other in places.named(place.name)
        if other.has_government and other.geoid != place.geoid
    ]
    in_state = [other for other in rivals if other.state == place.state]
    if not in_state and not _is_county(place, places):
        for name in names:
            yield from (f"{name}{sep}{state}.gov" for state in states for sep in ("", "-"))
    if place.kind not in _KINDS:
        return
    kind = place.kind
    if all(other.kind != kind for other in in_state):
        for name in names:
            for state in states:
                yield f"{kind}of{name}{state}.gov"
                yield f"{kind}of{name}-{state}.gov"
                yield f"{kind}-of-{name}-{state}.gov"
            yield from (f"{begin}.{name}.{place.state.lower()}.us" for begin in _KINDS[kind])
    if all(other.kind != kind for other in rivals):
        for name in names:
            yield f"{kind}of{name}.gov"
            yield f"{kind}-of-{name}.gov"


def _states(place: Place, places: Gazetteer) -> tuple[str, ...]:
    """How the state is written: abbreviated, and in full where that can be no other's."""
    full = _NOT_LETTERS.sub("", fold(places.state_name(place.state)))
    return tuple(
        state for state in (place.state.lower(), full) if state and state not in _AMBIGUOUS_STATES
    )


def _is_county(place: Place, places: Gazetteer) -> bool:
    """Whether a county of the state bears the place's name."""
    bare = fold(place.name)
    return any(
        _COUNTY_WORDS.sub("", fold(county)) == bare for county in places.counties(place.state)
    )
