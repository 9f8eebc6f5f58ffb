"""Messages and texts, said in a language."""

from collections.abc import Iterator

import pytest

from citylake.pages.languages import hear, speaking
from lambdas.portal import wording
from lambdas.portal.translations import _, marked, ngettext, one_of, told, unit


@pytest.fixture
def spanish() -> Iterator[None]:
    with speaking(hear("/es/")[0]):
        yield


def test_in_english_a_message_is_itself_with_its_placeholders_filled_in() -> None:
    assert _("Retrieved %(day)s.", day="today") == "Retrieved today."
    assert ngettext("%(count)s dataset", "%(count)s datasets", 1, count=1) == "1 dataset"
    assert ngettext("%(count)s dataset", "%(count)s datasets", 0, count=0) == "0 datasets"


@pytest.mark.usefixtures("spanish")
def test_in_spanish_it_is_the_translation() -> None:
    assert _("Retrieved %(day)s.", day="hoy") == "Obtenido el hoy."
    assert ngettext("%(count)s dataset", "%(count)s datasets", 1, count=1) == "1 conjunto de datos"
    assert ngettext("%(count)s dataset", "%(count)s datasets", 2, count=2) == (
        "2 conjuntos de datos"
    )


@pytest.mark.usefixtures("spanish")
def test_a_text_of_a_dataset_is_translated_or_left_as_it_is() -> None:
    assert told("Median age") == "Edad mediana"
    assert told("100% {unknown} text") == "100% {unknown} text"
    assert told("") == ""


@pytest.mark.usefixtures("spanish")
def test_what_stays_english_is_marked_and_escaped() -> None:
    assert marked("Median age") == "Edad mediana"
    assert marked("<b>") == '<span lang="en">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("name", "single"), [("people", "person"), ("days", "day"), ("km²", "km²"), ("", "")]
)
def test_units_have_a_singular(name: str, single: str) -> None:
    assert one_of(name) == single
    assert unit(name, is_one=True) == single
    assert unit(name) == name


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize(
    ("value", "of", "decimals", "text"),
    [
        (296186, "people", 0, "296,186\N{NO-BREAK SPACE}personas"),
        (1, "days", 0, "1\N{NO-BREAK SPACE}día"),
        (60158, "US dollars", 0, "$60,158"),
        (12.34, "%", 1, "12.3%"),
    ],
)
def test_numbers_are_written_as_spanish_is_in_the_united_states(
    value: float, of: str, decimals: int, text: str
) -> None:
    assert wording.quantity(value, of, decimals) == text


@pytest.mark.usefixtures("spanish")
def test_dates_and_lists_follow_the_language() -> None:
    assert wording.day("2026-11-22") == "22 de noviembre de 2026"
    assert wording.moment("2023-05") == "mayo de 2023"
    assert wording.listed(("A", "B", "C")) == "A, B y C"
    assert wording.bound("250,000 or more", "US dollars") == "$250,000 o más"
