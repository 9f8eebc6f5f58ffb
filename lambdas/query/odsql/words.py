"""Text search: a text is its runs of letters and digits, in lower case and without accents."""

import re
from collections.abc import Sequence

from citylake.places import fold
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Typed

_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in their order."""
    return tuple(_WORD.findall(fold(text)))


def has_words(values: Sequence[Typed], text: str, *, prefixes: str = "last") -> Typed:
    """The condition that all words of a text occur in the values.

    Args:
        values: texts or lists of texts; a word may be in any of them.
        text: what is looked for; one without words is everywhere.
        prefixes: which words may be the beginning of a longer one: ``last``, ``all`` or ``none``.
    """
    words = words_of(text)
    if not words:
        return typed.TRUE
    if not values:
        return typed.Or(())
    beginnings = {"last": {len(words) - 1}, "all": set(range(len(words))), "none": set[int]()}
    return typed.HasWords(tuple(values), words, frozenset(beginnings[prefixes]))
