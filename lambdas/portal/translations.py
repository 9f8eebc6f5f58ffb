"""What pages say, in the language of the request: the catalog of messages, read as it is written.

Messages of ours are marked in templates and code by ``_`` and ``ngettext``; their placeholders are
``%(name)s``, so that a percent sign is written twice. Texts that come with a dataset (titles,
labels, sentences) are data: they are looked up in the same catalog by their English text, and where
it has none they stay English and are marked as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from lambdas.portal.languages import ENGLISH, Language, speech

LOCALE = Path(__file__).parent / "locale"
"""A file per language but English, ``es.po``."""

UNIT = "unit"
"""The context of units: each has a form for one and a form for more."""

_ONE_OF: Mapping[str, str] = {"people": "person"}


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of one language.

    Attributes:
        texts: by context (empty for none) and English text; the forms of one message, which are
            two where it depends on a number: both languages tell one from all else.
    """

    texts: Mapping[tuple[str, str], tuple[str, ...]]

    def find(self, message: str, context: str = "", *, is_one: bool = True) -> str | None:
        """The translation of a message; ``None`` where there is none."""
        forms = self.texts.get((context, message))
        if forms is None:
            return None
        return forms[0] if is_one else forms[-1]


def _(message: str, /, **values: object) -> str:
    """Say a message of ours, its placeholders filled in."""
    return (_messages().find(message) or message) % values


def ngettext(one: str, many: str, count: float, /, **values: object) -> str:
    """Say a message of ours that depends on a number."""
    is_one = count == 1
    said = _messages().find(one, is_one=is_one) or (one if is_one else many)
    return said % values


def noted(message: str) -> str:
    """Mark a message of ours that stands in a table; it is said where it is used."""
    return message


def told(text: str) -> str:
    """Say a text that came with a dataset: translated where the catalog has it, as it is if not.

    Its placeholders (``{place}``) are left for the caller to fill in.
    """
    return (_messages().find(text) if text else None) or text


def marked(text: str) -> Markup:
    """The same for a page: a text that stays English is marked as English."""
    if speech().language is ENGLISH or not text or _messages().find(text) is not None:
        return escape(told(text))
    return Markup('<span lang="{}">{}</span>').format(ENGLISH.code, text)


def unit(name: str, *, is_one: bool = False) -> str:
    """Say a unit (``people``), for one or for more of it."""
    if not name:
        return ""
    said = _messages().find(one_of(name), UNIT, is_one=is_one)
    return said or (one_of(name) if is_one else name)


def one_of(name: str) -> str:
    """The English singular of a unit: ``person``, ``day``; ``km²`` stays."""
    return _ONE_OF.get(name) or name.removesuffix("s")


def _messages() -> Messages:
    return read_messages(speech().language)


@lru_cache
def read_messages(language: Language) -> Messages:
    """Read a language's messages; those not yet translated, or in doubt, are left out."""
    if language is ENGLISH:
        return Messages({})
    from babel.messages.pofile import read_po  # noqa: PLC0415  # 35 ms that English need not wait

    with (LOCALE / f"{language.code}.po").open("rb") as file:
        held = read_po(file, locale=language.locale)
    texts = {}
    for message in held:
        key = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string or ""
        forms = (said,) if isinstance(said, str) else tuple(said)
        if key and all(forms) and not message.fuzzy:
            texts[message.context or "", key] = forms
    return Messages(texts)
