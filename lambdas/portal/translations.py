"""What pages say, in the language of the request: the catalog of messages, read as it is written.

Messages of ours are marked in templates and code by ``_`` and ``ngettext``; their placeholders are
``%(name)s``, so that a percent sign is written twice. Texts that come with a dataset (titles,
labels, sentences) are data: they are looked up in the same catalog by their English text, and where
it has none they stay English and are marked as such.
"""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup, escape

from citylake.pages.languages import ENGLISH, speech
from citylake.pages.messages import Catalog

CATALOG = Catalog(Path(__file__).parent / "locale")
"""What the portal says."""

UNIT = "unit"
"""The context of units: each has a form for one and a form for more."""

_ONE_OF: Mapping[str, str] = {"people": "person"}


def _(message: str, /, **values: object) -> str:
    """Say a message of ours, its placeholders filled in."""
    return CATALOG.say(message, **values)


def ngettext(one: str, many: str, count: float, /, **values: object) -> str:
    """Say a message of ours that depends on a number."""
    return CATALOG.say_count(one, many, count, **values)


def noted(message: str) -> str:
    """Mark a message of ours that stands in a table; it is said where it is used."""
    return message


def told(text: str) -> str:
    """Say a text that came with a dataset: translated where the catalog has it, as it is if not.

    Its placeholders (``{place}``) are left for the caller to fill in.
    """
    return (CATALOG.spoken().find(text) if text else None) or text


def marked(text: str) -> Markup:
    """The same for a page: a text that stays English is marked as English."""
    if speech().language is ENGLISH or not text or CATALOG.spoken().find(text) is not None:
        return escape(told(text))
    return Markup('<span lang="{}">{}</span>').format(ENGLISH.code, text)


def unit(name: str, *, is_one: bool = False) -> str:
    """Say a unit (``people``), for one or for more of it."""
    if not name:
        return ""
    said = CATALOG.spoken().find(one_of(name), UNIT, is_one=is_one)
    return said or (one_of(name) if is_one else name)


def one_of(name: str) -> str:
    """The English singular of a unit: ``person``, ``day``; ``km²`` stays."""
    return _ONE_OF.get(name) or name.removesuffix("s")
