"""A city's page: who it is, its figures, its peers, and what is missing."""

import re

from tests.portal.conftest import Visit


def test_one_sentence_says_who_the_city_is(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert page.status == 200
    assert "Durham is a city of 296,186 people in Durham County, North Carolina." in page.words


def test_a_figure_shows_value_change_peers_date_and_source(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert (
        "Inhabitants 296,186 people +1.2% (+3,412) since 2022 "
        "296,186 people lived in Durham in 2023. "
        "Median of 4 cities of similar size: 285,000 people 2023. Source: U.S. Census Bureau"
    ) in words


def test_a_change_that_would_mislead_is_replaced_by_its_reason(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert "Median household income $79,234 ± $1,500 No change shown The vintages overlap." in words


def test_peers_count_only_with_the_figure_of_the_same_moment(visit: Visit) -> None:
    assert "Median of 3 cities of similar size: $60,000" in visit("/nc/durham/").words


def test_too_few_peers_are_passed_over(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert "Days with good air 46.4% \N{MINUS SIGN}8.4 points since 2023 2024. Source: EPA" in words


def test_crime_is_held_against_the_average_and_never_ranked(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert "Violent offenses per 100,000 people 730" in words
    assert "Average of 3 cities of similar size: 500" in words
    assert "cities are not ranked" in words


def test_an_older_value_is_shown_with_its_own_date(visit: Visit) -> None:
    assert "People in poverty (2016\N{EN DASH}2020) 13.5%" in visit("/nc/durham/").words


def test_a_bound_is_shown_as_a_bound(visit: Visit) -> None:
    words = visit("/nc/fayetteville/").words
    assert "Median household income $250,000 or more" in words


def test_a_missing_dataset_says_why_and_never_zero(visit: Visit) -> None:
    words = visit("/nc/greensboro/").words
    assert "Not available for Greensboro" in words
    assert "EPA published no index for Greensboro County, where most of Greensboro lives." in words
    assert "Days with good air 0" not in words


def test_a_place_that_little_is_known_of_still_has_a_page(visit: Visit) -> None:
    page = visit("/nc/nowhere/")
    assert page.status == 200
    assert (
        "Nowhere is a census designated place, without a government of its own, in North Carolina."
        in page.words
    )
    assert "No map: the bundled Census files have no point for Nowhere." in page.words
    assert "Cities of similar size" not in page.words


def test_every_figure_leads_to_its_source_in_one_click(visit: Visit) -> None:
    page = visit("/nc/durham/")
    sources = re.findall(r'href="(/nc/durham/datasets/[a-z-]+/)#sources"', page.text)
    assert len(set(sources)) == 4
    for address in sources:
        assert 'id="sources"' in visit(address).text


def test_chart_table_and_sentence_stand_together(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert 'src="/nc/durham/charts/population.svg"' in page.text
    assert 'srcset="/nc/durham/charts/population.svg?size=small"' in page.text
    assert "Population rose: 292,774 people in 2022, 296,186 people in 2023" in page.words
    assert "2010 Census count 228,330 people" in page.words


def test_the_map_is_a_picture_first(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert (
        'alt="Map of North Carolina with its counties; a point marks Durham in Durham County."'
        in page.text
    )
    picture = visit("/nc/durham/locator.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert ">Durham</text>" in picture.text


def test_a_host_of_its_own_has_the_page_at_its_root(visit_durham: Visit) -> None:
    page = visit_durham("/")
    assert "Durham is a city of 296,186 people" in page.words
    assert "Find another city" not in page.words
    assert "/nc/" not in page.text
