"""Text search: a text is its runs of letters and digits, in lower case and without accents.

What is looked for becomes regular expressions over the folded text, whose syntax the engines share.
So they agree on misspellings, too: their own edit distances do not (DuckDB's counts bytes).
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from citylake.errors import QueryInvalid
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Typed, Word

BOUNDARY = r"[^\p{L}\p{N}]"
"""What parts words, as a regular expression."""

_LETTER = "[^\t-/:-`{-\xbf\u2000-\u206f\u3000-\u303f]"
"""What may stand for a wrong letter: nothing that commonly parts words.

The classes of Unicode say it exactly, but hundreds of them make an expression that takes a minute
where this takes a second.
"""

_WORD = re.compile(r"([^\W_]+)(\*?)")
_DIGIT = re.compile(r"\d")

_LONGEST_TO_MISSPELL = 24
"""Letters of the longest word that may be misspelt; the expression grows with their third power."""

MOST_WORDS = 50
"""Most words that one text may look for: each of them reads every text anew."""


class Search(StrEnum):
    """How the words of a text are looked for; ``*`` after a word makes it a beginning in each."""

    PLAIN = "plain"
    """The last may be the beginning of a longer word."""

    FUZZY = "fuzzy"
    """So too, and each may be misspelt."""

    BEGINNINGS = "beginnings"
    """Each may be the beginning of a longer word."""

    WHOLE = "whole"
    """Each as it is."""


def folded(text: str) -> str:
    """Lower-case a text and take off its marks, as ``sql.Fold`` does in an engine."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    bare = (letter for letter in decomposed if not unicodedata.category(letter).startswith("M"))
    return unicodedata.normalize("NFC", "".join(bare))


def has_words(values: Sequence[Typed], text: str, search: Search = Search.PLAIN) -> Typed:
    """The condition that all words of a text occur in the values.

    Args:
        values: texts or lists of texts; a word may be in any of them.
        text: what is looked for; one without words is everywhere.
        search: what counts as an occurrence.

    Raises:
        QueryInvalid: it has more than ``MOST_WORDS``.
    """
    found = _WORD.findall(folded(text))
    if len(found) > MOST_WORDS:
        raise QueryInvalid(
            f"ODSQL query is malformed: {text[:60]!r}… has {len(found)} words; "
            f"at most {MOST_WORDS} are looked for."
        )
    if not found:
        return typed.TRUE
    if not values:
        return typed.Or(())
    last = len(found) - 1
    ends = search in {Search.PLAIN, Search.FUZZY}
    words = tuple(
        Word(
            word,
            begins=bool(star) or search is Search.BEGINNINGS or (ends and at == last),
            edits=_edits(word) if search is Search.FUZZY else 0,
        )
        for at, (word, star) in enumerate(found)
    )
    return typed.HasWords(tuple(values), words)


def _edits(word: str) -> int:
    """How many letters of a word may be wrong, missing or too many; digits are no letters."""
    if _DIGIT.search(word) or len(word) > _LONGEST_TO_MISSPELL:
        return 0
    return 0 if len(word) <= 2 else 1 if len(word) <= 5 else 2  # noqa: PLR2004 - the vendor's steps


def expression_of(word: Word) -> str:
    """The regular expression that finds a word in a folded text.

    A word holds letters and digits alone, so it can be taken as it is.
    """
    end = f"({BOUNDARY}|$)"
    found = word.text if word.begins else f"{word.text}{end}"
    if word.edits:
        found = f"({found}|{_misspelt(word.text, word.edits)}{end})"
    return f"(^|{BOUNDARY}){found}"


def _misspelt(word: str, edits: int) -> str:
    """All words within a number of edits: the next letter is right, wrong, missing or too many."""
    if not edits:
        return word
    if not word:
        return f"{_LETTER}{{0,{edits}}}"
    rest = word[1:]
    right = f"{word[0]}{_misspelt(rest, edits)}"
    wrong_or_missing = f"{_LETTER}?{_misspelt(rest, edits - 1)}"
    too_many = f"{_LETTER}{_misspelt(word, edits - 1)}"
    return f"({right}|{wrong_or_missing}|{too_many})"
