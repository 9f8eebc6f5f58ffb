"""The language of a request: its address decides, then its header; every page is said in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.lake.read import Lake
from citylake.pages.assets import Assets
from citylake.pages.languages import ENGLISH, LANGUAGES, SPANISH, hear, speaking, speech
from lambdas.portal.handler import build
from tests.portal.conftest import Visit, visitor

IN_SPANISH = {"accept-language": "es-MX,es;q=0.9,en;q=0.8"}


@pytest.mark.parametrize(
    ("path", "prefix", "rest"),
    [
        ("/es/nc/durham/", "/es", "/nc/durham/"),
        ("/ES/", "/es", "/"),
        ("/es", "/es", "/"),
        ("//es//nc/durham/", "/es", "/nc/durham/"),
        ("/en/about/", "/en", "/about/"),
        ("/nc/durham/", "", "/nc/durham/"),
        ("/estonia/", "", "/estonia/"),
        ("/fr/", "", "/fr/"),
        ("", "", "/"),
    ],
)
def test_the_first_segment_may_name_a_language(path: str, prefix: str, rest: str) -> None:
    heard, found = hear(path)
    assert (heard.prefix, found) == (prefix, rest)


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-419", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.2,es;q=0.9", "es"),
        ("fr-FR,fr;q=0.9,es;q=0.5", "es"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0,*", "es"),
        ("es;q=0", "en"),
        ("es;q=2", "en"),
        ("es; q=0.5 , en ;q=0.4", "es"),
        (";;,q=,es;;", "en"),
    ],
)
def test_the_header_is_weighed_as_its_standard_says(accepted: str, code: str) -> None:
    assert hear("/", accepted=accepted)[0].language.code == code


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_path_and_header_give_a_language(path: str, accepted: str) -> None:
    heard, rest = hear(path, accepted=accepted)
    assert heard.language in LANGUAGES
    assert rest.startswith("/")
    assert not heard.address.startswith("//")


def test_what_is_not_told_a_language_is_english() -> None:
    assert speech().language is ENGLISH
    with speaking(hear("/es/")[0]):
        assert speech().language is SPANISH
    assert speech().language is ENGLISH


def test_a_page_is_said_in_the_language_of_its_address(visit: Visit) -> None:
    page = visit("/es/nc/durham/")
    assert (page.status, page.headers["content-language"]) == (200, "es")
    assert '<html lang="es">' in page.text
    assert "Durham es una ciudad de 296,186 habitantes en Durham County" in page.words
    assert "Mediana de 3 ciudades de tamaño parecido: $60,000" in page.words


def test_the_address_wins_over_the_header(visit: Visit) -> None:
    page = visit("/en/nc/durham/", "GET", IN_SPANISH)
    assert "Durham is a city" in page.words
    assert page.headers["vary"] == "Accept-Encoding"


def test_a_bare_address_follows_the_header_and_is_never_moved(visit: Visit) -> None:
    page = visit("/nc/durham/", "GET", IN_SPANISH)
    assert page.status == 200
    assert "Durham es una ciudad" in page.words
    assert "Accept-Language" in page.headers["vary"]
    assert 'href="/nc/durham/catalog/"' in page.text


def test_an_answer_in_one_language_is_not_taken_for_the_other(visit: Visit) -> None:
    english = visit("/nc/durham/")
    again = visit("/nc/durham/", "GET", {**IN_SPANISH, "if-none-match": english.headers["etag"]})
    assert again.status == 200
    assert again.headers["etag"] != english.headers["etag"]


def test_links_stay_in_the_language_but_for_machines(visit: Visit) -> None:
    page = visit("/es/nc/durham/datasets/population/?tab=export")
    others = set(re.findall(r'(?:href|action)="(/(?!es/|assets/)[^"]*)"', page.text))
    for_people = {link for link in others if "/api/" not in link and "." not in link}
    assert for_people == {"/en/nc/durham/datasets/population/?tab=export"}


def test_the_switch_keeps_page_and_question(visit: Visit) -> None:
    page = visit("/datasets/places/?tab=table&q=dur")
    assert (
        '<a class="top__link" href="/es/datasets/places/?tab=table&amp;q=dur" lang="es" '
        'hreflang="es">Español</a>'
    ) in page.text


def test_a_page_names_its_other_languages_to_search_engines(visit: Visit) -> None:
    page = visit("/es/nc/durham/", "GET", {"host": "city.example.gov"})
    found = re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page.text)
    assert found == [
        ("en", "http://city.example.gov/en/nc/durham/"),
        ("es", "http://city.example.gov/es/nc/durham/"),
        ("x-default", "http://city.example.gov/nc/durham/"),
    ]


@pytest.mark.parametrize(
    ("path", "location"),
    [("/es", "/es/"), ("/es/nc/durham", "/es/nc/durham/"), ("/es/about", "/es/about/")],
)
def test_a_page_without_its_slash_is_moved_within_its_language(
    visit: Visit, path: str, location: str
) -> None:
    page = visit(path)
    assert (page.status, page.headers["location"]) == (308, location)


def test_a_search_leads_to_the_page_in_its_language(visit: Visit) -> None:
    assert visit("/es/?q=Durham%2C+NC").headers["location"] == "/es/nc/durham/"


def test_the_api_is_not_below_a_language(visit: Visit) -> None:
    page = visit("/es/nc/durham/api/explore/v2.1/catalog/datasets")
    assert page.status == 404
    assert "it is /nc/durham/api/explore/v2.1/catalog/datasets" in page.text


def test_what_does_not_exist_is_said_in_the_language(visit: Visit) -> None:
    assert "No existe la página /nope." in visit("/es/nope").words
    assert "Ningún lugar tiene la dirección /nc/durhm/." in visit("/es/nc/durhm/").words


def test_a_text_without_translation_is_marked_as_english(visit: Visit) -> None:
    page = visit("/es/nc/durham/datasets/population/")
    note = "Figures of two vintages must not be subtracted from each other."
    assert f'<span lang="en">{note}</span>' in page.text
    assert f'<span lang="en">{note}</span>' not in visit("/nc/durham/datasets/population/").text


def test_a_chart_speaks_the_language_of_its_page(visit: Visit) -> None:
    page = visit("/es/nc/durham/charts/population.json")
    assert "Conteo del Censo" in page.text
    assert "personas" in page.text


def test_a_city_of_its_own_speaks_both(lake: Lake, assets: Assets) -> None:
    visit = visitor(build(lake, pinned="3719000", assets=assets))
    assert "Durham es una ciudad" in visit("/es/").words
    assert 'href="/es/catalog/"' in visit("/es/").text
