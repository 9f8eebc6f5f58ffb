"""A catalog of messages: what pages say, in the language of the request, read as it is written.

Messages are marked in templates and code by ``_`` and ``ngettext``; their placeholders are
``%(name)s``, so that a percent sign is written twice. Each set of pages has a catalog of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from citylake.pages.languages import ENGLISH, Language, speech


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


@dataclass(frozen=True, slots=True)
class Catalog:
    """The messages of a set of pages, in all languages.

    Attributes:
        folder: holds a file per language but English, ``es.po``; each is read when first needed.
    """

    folder: Path
    _read: dict[str, Messages] = field(default_factory=dict, repr=False, compare=False)

    def say(self, message: str, /, **values: object) -> str:
        """Say a message of ours, its placeholders filled in."""
        return (self.spoken().find(message) or message) % values

    def say_count(self, one: str, many: str, count: float, /, **values: object) -> str:
        """Say a message of ours that depends on a number."""
        is_one = count == 1
        said = self.spoken().find(one, is_one=is_one) or (one if is_one else many)
        return said % values

    def spoken(self) -> Messages:
        """The messages in the language of the request."""
        language = speech().language
        held = self._read.get(language.code)
        if held is None:
            held = self._read[language.code] = self._of(language)
        return held

    def path_of(self, language: Language) -> Path:
        """The file of a language's messages."""
        return self.folder / f"{language.code}.po"

    def _of(self, language: Language) -> Messages:
        """Read a language's messages; those not yet translated, or in doubt, are left out."""
        if language is ENGLISH:
            return Messages({})
        from babel.messages.pofile import read_po  # noqa: PLC0415  # 35 ms that English need not wait

        with self.path_of(language).open("rb") as file:
            held = read_po(file, locale=language.locale)
        texts = {}
        for message in held:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string or ""
            forms = (said,) if isinstance(said, str) else tuple(said)
            if key and all(forms) and not message.fuzzy:
                texts[message.context or "", key] = forms
        return Messages(texts)


def in_page(say: Callable[..., str]) -> Callable[..., str]:
    """Let templates say messages: one with tags is part of the page, what fills it is text."""

    def said(message: str, /, *others: Any, **values: object) -> str:  # noqa: ANN401  # forms and count
        if "<" not in message:
            return say(message, *others, **values)
        escaped = {name: escape(value) for name, value in values.items()}
        return Markup(say(message, *others, **escaped))  # noqa: S704  # the message is ours

    return said
