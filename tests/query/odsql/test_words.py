"""Misspellings, held against the distance that they are defined by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import QueryInvalid
from lambdas.query.odsql.typed import Word
from lambdas.query.odsql.words import BOUNDARY, expression_of, folded
from tests.query.odsql.conftest import Sql

_WORDS = st.text("abé漢ж", min_size=3, max_size=7)


def distance(one: str, other: str) -> int:
    """How many letters must be changed, taken out or put in to make one word of another."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        above, row[0] = row[0], at
        for place, found in enumerate(other, 1):
            above, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, above + (letter != found)),
            )
    return row[-1]


def finds(word: Word, text: str) -> bool:
    expression = expression_of(word).replace(BOUNDARY, r"[\W_]")  # Python has no \p{L}
    return re.search(expression, text) is not None


@given(word=_WORDS, other=_WORDS, edits=st.integers(0, 2))
def test_a_word_is_found_within_its_edits_and_not_beyond(word: str, other: str, edits: int) -> None:
    assert finds(Word(word, edits=edits), f" {other}.") == (distance(word, other) <= edits)


@given(word=_WORDS, other=_WORDS, edits=st.integers(0, 2))
def test_a_beginning_is_found_right_or_as_a_whole_misspelt_word(
    word: str, other: str, edits: int
) -> None:
    found = finds(Word(word, begins=True, edits=edits), f" {other}.")
    assert found == (other.startswith(word) or distance(word, other) <= edits)


def test_a_text_is_folded_once_and_for_all() -> None:
    assert (
        folded("ÉLAN İstanbul STRASSE ß ﬁ m² 한글 हिन्दी") == "elan istanbul strasse ß ﬁ m² 한글 हनद"
    )
    assert folded(folded("Ünïcödé")) == "unicode"


def test_a_clause_searches_for_so_many_misspelt_words_and_no_more(sql: Sql) -> None:
    sql(where=["search('" + "word " * 16 + "')"])
    with pytest.raises(QueryInvalid, match="misspellings of at most 16 words"):
        sql(where=["search('" + "word " * 9 + "')", "search(name, '" + "word " * 8 + "')"])
    sql(where=["suggest('" + "word " * 17 + "')"])
