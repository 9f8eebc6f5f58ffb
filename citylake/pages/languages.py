"""The languages of the pages: which one a request is answered in, by its address or its header."""

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from babel import Locale


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages are written in.

    Attributes:
        code: as addresses, headers and the ``lang`` attribute name it.
        name: in itself.
        locale: how it writes numbers and dates in the United States.
    """

    code: str
    name: str
    locale: Locale


ENGLISH = Language("en", "English", Locale("en", "US"))
SPANISH = Language("es", "Español", Locale("es", "US"))

LANGUAGES = (ENGLISH, SPANISH)
"""Every language, the one of the sources' own texts first."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The language of one request, and how its address says so.

    Attributes:
        language: the one that is spoken.
        prefix: what stands before every link: ``/es``, or nothing where the header decided.
        address: what was asked for, without the language: path and query.
    """

    language: Language
    prefix: str = ""
    address: str = "/"

    def address_in(self, language: Language) -> str:
        """The address of the same page in a language, whatever the visitor's browser prefers."""
        return f"/{language.code}{self.address}"


_DEFAULT = Speech(ENGLISH)
_SPEECH: ContextVar[Speech] = ContextVar("speech", default=_DEFAULT)

_SLASHES = re.compile(r"/{2,}")
_PREFERENCE = re.compile(
    r"\s*([A-Za-z]{1,8}|\*)(?:-[\w-]*)?\s*(?:;\s*q=(0(?:\.\d*)?|1(?:\.0*)?))?\s*"
)


def speech() -> Speech:
    """How the request being answered is spoken to: in English unless its entry said otherwise."""
    return _SPEECH.get()


@contextlib.contextmanager
def speaking(chosen: Speech) -> Iterator[None]:
    """Answer what happens inside in this language."""
    token = _SPEECH.set(chosen)
    try:
        yield
    finally:
        _SPEECH.reset(token)


def hear(path: str, query: str = "", accepted: str = "") -> tuple[Speech, str]:
    """Tell the language of a request: its address decides, and without one its header.

    Args:
        path: as the client sent it. A first segment that names a language is no part of the page's
            own address: ``/es/nc/durham/`` is ``/nc/durham/`` in Spanish.
        query: without the question mark.
        accepted: the header ``Accept-Language``; empty if none was sent.

    Returns:
        The language, and the path without it. Doubled slashes count as one.
    """
    path = _SLASHES.sub("/", f"/{path}")
    first, _, rest = path[1:].partition("/")
    named = next((each for each in LANGUAGES if each.code == first.lower()), None)
    if named is not None:
        path = f"/{rest}"
    address = f"{path}{'?' if query else ''}{query}"
    if named is None:
        return Speech(_preferred(accepted), "", address), path
    return Speech(named, f"/{named.code}", address), path


def _preferred(accepted: str) -> Language:
    """The language that a header prefers among ours (RFC 9110, section 12.5.4)."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        if found := _PREFERENCE.fullmatch(part):
            code, weight = found[1].lower(), float(found[2] or 1)
            weights[code] = max(weight, weights.get(code, 0))
    others = weights.get("*", 0)
    heaviest = max(LANGUAGES, key=lambda each: weights.get(each.code, others))
    return heaviest if weights.get(heaviest.code, others) > 0 else ENGLISH
