"""Cities side by side, asked through events."""

import re
from html import unescape

import pytest

from tests.portal.conftest import Page, Visit

TWO = "/compare/?places=nc/durham,nc/raleigh"
THREE = "/compare/?places=nc/durham,nc/raleigh,nc/greensboro"


def _row(page: Page, label: str) -> str:
    """The words of one row of a table."""
    rows = re.findall(r'(?s)<tr role="row" class="compare__row">(.*?)</tr>', page.text)
    words = (re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", row))).strip() for row in rows)
    return next(row for row in words if row.startswith(label))


def test_the_same_figure_stands_side_by_side(visit: Visit) -> None:
    page = visit(THREE)
    assert page.status == 200
    assert "Durham, Raleigh, and Greensboro side by side" in page.words
    assert _row(page, "Inhabitants") == (
        "Inhabitants 2023 (Estimate, vintage 2023). U.S. Census Bureau "
        "Durham, NC 296,186 people "
        "Raleigh, NC 301,000 people 4,814 people (1.6%) above Durham "
        "Greensboro, NC 290,000 people 6,186 people (2.1%) below Durham"
    )


def test_within_the_margins_there_is_no_real_difference(visit: Visit) -> None:
    row = _row(visit(THREE), "Median household income")
    assert (
        "Raleigh, NC $80,000 ± $1,200 No real difference from Durham: within the margins of error"
    ) in row
    # Greensboro's figure came without a margin, so its difference is stated.
    assert "Greensboro, NC $60,000 $19,234 (24.3%) below Durham" in row


def test_a_figure_without_margins_says_that_it_has_none(visit: Visit) -> None:
    words = visit(TWO).words
    note = "Margins of error are not published here: a small difference may mean nothing."
    # People and air have no margins; of incomes one figure has, and the other has no difference.
    assert words.count(note) == 2


def test_the_newest_moment_that_most_cities_have_is_compared(visit: Visit) -> None:
    row = _row(visit(TWO), "Days with good air")
    assert row.startswith("Days with good air 2024.")
    assert "2.8 points above Durham" in row


def test_a_figure_of_another_moment_says_so(visit: Visit) -> None:
    row = _row(visit("/compare/?places=nc/greensboro,nc/winston,nc/durham"), "People in poverty")
    assert row.startswith("People in poverty 2016\N{EN DASH}2020.")
    assert "Greensboro, NC No figure" in row
    assert "Durham, NC 13.5%" in row


def test_crime_is_held_against_the_average_and_no_city_against_another(visit: Visit) -> None:
    page = visit(THREE)
    row = _row(page, "Violent offenses")
    assert "Average of these 3 cities: 477" in row
    assert "Durham, NC 730 Raleigh, NC 300 Greensboro, NC 400" in row
    assert "Cities are not ranked by crime" in page.words


def test_cities_stand_in_the_order_asked_for(visit: Visit) -> None:
    heads = re.findall(
        r'<th role="columnheader" scope="col">([^<]+)',
        visit("/compare/?places=nc/greensboro,nc/durham").text,
    )
    assert heads[:3] == ["Figure", "Greensboro, NC", "Durham, NC"]


def test_a_trend_has_picture_table_and_sentence(visit: Visit) -> None:
    page = visit(TWO)
    assert "Durham, NC +1.2% (+3,412) from 2022 to 2023; Raleigh, NC +1.0% (+3,000)" in page.words
    address = re.search(r'src="(/compare/charts/population\.svg[^"]*)"', page.text)
    assert address is not None
    picture = visit(unescape(address[1]))
    assert (picture.status, picture.headers["content-type"]) == (200, "image/svg+xml")
    assert "Raleigh, NC" in picture.text


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/compare/charts/population.svg", "There is no chart"),
        ("/compare/charts/population.png?places=nc/durham,nc/raleigh", "There is no chart"),
        (
            "/compare/charts/offenses.svg?places=nc/durham,nc/raleigh",
            "The dataset offenses has no chart of these places.",
        ),
        ("/compare/charts/zebra.svg?places=nc/durham,nc/raleigh", "zebra does not exist"),
    ],
)
def test_a_chart_that_is_none_is_not_found(visit: Visit, target: str, said: str) -> None:
    page = visit(target)
    assert page.status == 404
    assert said in page.words


def test_a_city_is_added_by_its_name_without_script(visit: Visit) -> None:
    page = visit("/compare/?places=nc/durham&add=Raleigh")
    assert (page.status, page.headers["location"]) == (303, TWO)


def test_a_name_that_several_bear_is_asked_back(visit: Visit) -> None:
    page = visit("/compare/?places=nc/durham&add=nc")
    assert "Which one do you mean?" in page.words
    assert f'href="{TWO}"' in page.text


@pytest.mark.parametrize(("typed", "said"), [("Ralegh", "Did you mean"), ("Qqqq", "No place")])
def test_a_name_that_nobody_bears_is_said(visit: Visit, typed: str, said: str) -> None:
    words = visit(f"/compare/?places=nc/durham&add={typed}").words
    assert f"No place matches “{typed}”." in words
    assert said in words


def test_every_city_can_be_removed_and_all_but_the_first_put_first(visit: Visit) -> None:
    text = visit(TWO).text
    assert 'href="/compare/?places=nc/raleigh" aria-label="Remove Durham, NC"' in text
    assert 'href="/compare/?places=nc/raleigh,nc/durham" aria-label="Put Raleigh, NC first"' in text
    assert "Put Durham, NC first" not in text


def test_an_unknown_city_is_named_and_the_others_are_compared(visit: Visit) -> None:
    page = visit(f"{TWO},nc/durhm")
    assert page.status == 200
    assert "No place has the address or GEOID nc/durhm." in page.words
    assert visit("/compare/?places=nc/durhm").status == 404


def test_a_sixth_city_stays_out_and_that_is_said(visit: Visit) -> None:
    words = visit(f"{THREE},nc/winston,nc/fayetteville,nc/nowhere").words
    assert "so Nowhere, NC had to stay out." in words
    assert "Add a city or town" not in words


def test_one_city_is_offered_those_most_like_it(visit: Visit) -> None:
    words = visit("/compare/?places=nc/durham").words
    assert "Cities most like Durham" in words
    assert "Add Raleigh, NC similar size (301,000 people)" in words


def test_nothing_chosen_offers_examples(visit: Visit) -> None:
    page = visit("/compare/")
    assert page.status == 200
    assert "Begin with a city or town" in page.words


def test_the_showcase_compares_in_one_place(visit: Visit) -> None:
    page = visit("/nc/durham/compare/")
    assert (page.status, page.headers["location"]) == (303, "/compare/?places=nc/durham")


def test_a_host_of_its_own_compares_its_city_first(visit_durham: Visit) -> None:
    assert "Cities most like Durham" in visit_durham("/compare/").words
    page = visit_durham(TWO)
    assert "Durham and Raleigh side by side" in page.words
    assert "4,814 people (1.6%) above Durham" in page.words
    assert 'href="/nc/raleigh/"' not in page.text


def test_a_hostile_name_stays_a_text(visit: Visit) -> None:
    page = visit("/compare/?places=nc/hostile,%3Cscript%3E&add=%22%3E%3Cb%3E")
    assert "<script>alert" not in page.text
    assert '"><b>' not in page.text


def test_city_and_front_lead_to_comparisons(visit: Visit) -> None:
    assert 'href="/compare/?places=nc/durham,nc/raleigh"' in visit("/nc/durham/").text
    assert 'href="/compare/"' in visit("/").text
