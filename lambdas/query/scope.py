"""Whom a request is about: the nation, or the one place that its address names."""

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import unquote

from citylake.errors import PlaceNotFound
from citylake.keys import NO_RIGHTS, Rights
from citylake.places import Place, Places, slugify

RESERVED = frozenset(
    {"about", "api", "assets", "catalog", "compare", "datasets", "developers", "en", "es"}
)
"""First segments of the showcase's own addresses: whatever states there may be, these are none."""

_STATE = re.compile(r"[a-z]{2}")
_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one request may see.

    Attributes:
        place: the place that it is about, ``None`` for the nation.
        prefix: what stands before every link: ``""``, or ``"/nc/durham"`` in the showcase.
        origin: scheme and host of the deployment (``https://data.example.gov``), for whole
            addresses; empty where nobody asked for one.
        rights: what it may read of the place beyond what is public.
    """

    place: Place | None
    prefix: str
    origin: str = ""
    rights: Rights = NO_RIGHTS

    def absolute(self, path: str) -> str:
        """The whole address of one of the scope's paths, for readers that come from no page."""
        return f"{self.origin}{self.prefix}{path}"


NATION = Scope(place=None, prefix="")

_SCOPE: ContextVar[Scope] = ContextVar("scope", default=NATION)


def scope_of_request() -> Scope:
    """The scope of the request being answered: the nation unless its entry said otherwise."""
    return _SCOPE.get()


@contextlib.contextmanager
def scoped(scope: Scope) -> Iterator[None]:
    """Answer what happens inside as being about this scope."""
    token = _SCOPE.set(scope)
    try:
        yield
    finally:
        _SCOPE.reset(token)


def resolve(path: str, places: Places, pinned: Place | None) -> tuple[Scope, str]:
    """Split a path into its scope and the rest, which begins with a slash.

    ``/nc/durham/datasets/x/`` is about Durham and asks for ``/datasets/x/``; so is ``/nc/durham``,
    which asks for ``/``. Where the place is pinned (a subscribed city's own host) every path is
    about it. Doubled slashes, which some clients send, count as one.

    Args:
        path: as the client sent it, percent-encoded or not.
        places: the register that knows addresses.
        pinned: the place of this deployment, ``None`` for the showcase.

    Raises:
        PlaceNotFound: the path begins like a place's, and no place has this address.
    """
    path = _SLASHES.sub("/", f"/{path}")
    if pinned is not None:
        return Scope(place=pinned, prefix=""), path
    first, _, after = path[1:].partition("/")
    second, slash, rest = after.partition("/")
    state = first.lower()
    if state in RESERVED or not _STATE.fullmatch(state) or not second:
        return NATION, path
    slug = f"{state}/{slugify(unquote(second))}"
    place = places.by_slug(slug)
    if place is None:
        raise PlaceNotFound(_unknown(slug, unquote(second), state, places))
    return Scope(place=place, prefix=f"/{place.slug}"), f"{slash or '/'}{rest}"


def _unknown(slug: str, name: str, state: str, places: Places) -> str:
    near = places.nearest_names(f"{name.replace('-', ' ')} {state}")
    named = ", ".join(f"{place.title} (/{place.slug}/)" for place in near)
    message = f"No place has the address /{slug[:80]}/."
    return f"{message} The nearest names: {named}." if named else message
