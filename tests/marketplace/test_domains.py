"""Which mail domains speak for a place, and which are left to a person."""

from dataclasses import replace

import pytest

from marketplace.domains import domains_of, speaks_for
from tests.marketplace.rig import DURHAM, ITHACA, PARADISE
from tests.marketplace.web.pages import COUNTIES, Few

WEST = replace(ITHACA, geoid="1983910", name="West Des Moines", state="NE", slug="ne/west")
TOWN = replace(ITHACA, geoid="3610938088", kind="town", slug="ny/ithaca-town", population=None)
VILLAGE = replace(ITHACA, geoid="3199999", kind="village", state="NE", slug="ne/ithaca")


@pytest.mark.parametrize(
    "domain",
    [
        "ithacany.gov",
        "ithaca-ny.gov",
        "ithacanewyork.gov",
        "cityofithacany.gov",
        "cityofithaca-ny.gov",
        "city-of-ithaca.gov",
        "cityofithaca.gov",
        "ci.ithaca.ny.us",
    ],
)
def test_a_name_that_no_other_government_can_have_speaks_for_the_city(domain: str) -> None:
    assert speaks_for(f"clerk@{domain}", ITHACA, Few(ITHACA, DURHAM))


@pytest.mark.parametrize(
    "domain",
    [
        "ithaca.gov",  # counties have such names, too
        "ithacany.com",
        "mail.ithacany.gov",
        "ithacany.gov.example.com",
        "xithacany.gov",
        "ithacanc.gov",
        "townofithacany.gov",
        "ithaca.ny.us",
        "co.ithaca.ny.us",
        "ithacany.us",
        "ithacanygov",
    ],
)
def test_all_others_are_left_to_a_person(domain: str) -> None:
    assert not speaks_for(f"clerk@{domain}", ITHACA, Few(ITHACA, DURHAM))


def test_a_county_of_the_same_name_rules_out_the_bare_form() -> None:
    held = domains_of(DURHAM, Few(DURHAM, ITHACA))
    assert "durhamnc.gov" not in held
    assert held[0] == "cityofdurhamnc.gov"


def test_a_town_of_the_same_name_in_the_state_leaves_the_forms_that_name_the_kind() -> None:
    places = Few(ITHACA, TOWN)
    assert not speaks_for("a@ithacany.gov", ITHACA, places)
    assert speaks_for("a@cityofithacany.gov", ITHACA, places)
    assert not speaks_for("a@cityofithacany.gov", TOWN, places)
    assert speaks_for("a@townofithacany.gov", TOWN, places)
    assert speaks_for("a@town.ithaca.ny.us", TOWN, places)


def test_two_cities_of_one_name_in_one_state_have_no_domain() -> None:
    other = replace(ITHACA, geoid="3699999", slug="ny/ithaca-3699999")
    assert domains_of(ITHACA, Few(ITHACA, other)) == ()


def test_a_city_of_the_same_name_elsewhere_rules_out_the_form_without_a_state() -> None:
    other = replace(ITHACA, geoid="2641340", state="NC", slug="nc/ithaca")
    places = Few(ITHACA, other)
    assert not speaks_for("a@cityofithaca.gov", ITHACA, places)
    assert speaks_for("a@ithacany.gov", ITHACA, places)


def test_a_village_elsewhere_does_not() -> None:
    assert speaks_for("a@cityofithaca.gov", ITHACA, Few(ITHACA, VILLAGE))


def test_names_of_more_words_are_joined_or_hyphenated() -> None:
    held = domains_of(WEST, Few(WEST, counties={WEST.geoid: "Polk County"}))
    assert {"westdesmoinesne.gov", "west-des-moinesne.gov", "ci.west-des-moines.ne.us"} <= set(held)


def test_accents_and_apostrophes_are_left_out() -> None:
    place = replace(ITHACA, name="Cañon D'Or", slug="ny/canon")
    assert speaks_for("a@canondorny.gov", place, Few(place))


def test_states_whose_names_end_anothers_are_not_written_out() -> None:
    place = replace(ITHACA, name="Abingdon", kind="town", state="VA", geoid="5100148")
    held = domains_of(place, Few(place))
    assert "abingdonva.gov" in held
    assert not [domain for domain in held if "virginia" in domain]


def test_a_designated_place_has_no_domain() -> None:
    assert domains_of(PARADISE, Few(PARADISE)) == ()


def test_no_domain_speaks_for_two_places() -> None:
    places = (ITHACA, TOWN, VILLAGE, DURHAM, WEST)
    counties = {place.geoid: COUNTIES.get(place.geoid, "Other County") for place in places}
    held = [
        domain for place in places for domain in domains_of(place, Few(*places, counties=counties))
    ]
    assert len(held) == len(set(held))
