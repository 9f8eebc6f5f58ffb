"""Police agencies and their places: two lists, and what they agree on."""

from typing import Any

import pytest

from lambdas.harvest.connectors import agency_places
from lambdas.harvest.connectors.agency_places import AGENCIES_2018
from lambdas.harvest.model import Inputs, Row
from lambdas.harvest.sources import AGENCY_CROSSWALK
from tests.harvest.conftest import LeftOutOf, Rows


def test_an_agency_belongs_to_a_place_where_both_lists_agree(rows: Rows) -> None:
    (hartford,) = (row for row in rows("agency-places") if row["ori"] == "CT0006400")
    assert hartford == {
        "ori": "CT0006400",
        "agency_name": "Hartford Police Department",
        "agency_type": "City",
        "crosswalk_type": "local police department",
        "state": "CT",
        "county_geoid": "09003",
        "county_name": "Hartford County",
        "geoid": "0937000",
        "place_name": "Hartford",
        "certainty": "certain",
        "reason": "both lists, the place's code and its name agree",
        "months_reported_2018": 12,
    }


def test_every_agency_is_listed_with_its_reason(rows: Rows) -> None:
    told = {
        row["ori"]: (row["geoid"], row["certainty"], row["reason"])
        for row in rows("agency-places")
        if row["ori"] != "CT0006400"
    }
    agreed = "both lists, the place's code and its name agree"
    assert told == {
        "CT0009700": (None, "uncertain", "not in the FBI's list of 2018"),
        "NH0090600": ("3301719700", "certain", agreed),
        "NY0195100": (None, "uncertain", "the FBI's list of 2018 has it as another kind"),
        "NY0190000": (None, "other area", "not a city's own police"),
        "NY0199800": (None, "other area", "not a city's own police"),
        "NY0199900": (None, "uncertain", "newer than the crosswalk of 2012: no place code"),
        "PA0230000": ("4204573032", "certain", agreed),
        "PA0460000": (None, "uncertain", "not in the FBI's list of 2018"),
    }


def test_territories_are_left_out_and_said(left_out: LeftOutOf) -> None:
    told = left_out("agency-places")
    assert told["agency outside of the states, DC and Puerto Rico"].examples == ("VI0010000",)


REGISTER: list[Row] = [{"geoid": "2605920", "name": "Battle Creek", "state": "MI"}]


def department(ori: str, *, kind: str = "local police department") -> dict[str, str]:
    return {
        "ori": ori,
        "state": "26",
        "county": "025",
        "place": "05920",
        "agency_type": kind,
        "agency_name": "police",
        "census_name": "battle creek city",
    }


def listed(ori: str, kind: str) -> dict[str, str]:
    return {
        "state": "MI",
        "ori": ori,
        "agency_name": "Police",
        "agency_type": kind,
        "county_name": "Calhoun",
        "months_reported": "",
    }


@pytest.mark.parametrize(
    ("second", "certainties"),
    [
        ("City", ["uncertain", "uncertain"]),
        ("University or College", ["certain", "uncertain"]),  # a campus is no second city police
    ],
)
def test_two_departments_of_one_place_are_uncertain(second: str, certainties: list[Any]) -> None:
    inputs = Inputs(
        {
            AGENCY_CROSSWALK.id: [department("MI1300000"), department("MI1300100")],
            AGENCIES_2018.id: [listed("MI1300000", "City"), listed("MI1300100", second)],
        },
        {"places": REGISTER, "place-counties": []},
    )
    rows = agency_places.conform(inputs).rows
    assert [row["certainty"] for row in rows] == certainties


def test_a_code_whose_name_is_another_place_is_uncertain() -> None:
    record = {**department("MI1300000"), "census_name": "springfield city"}
    inputs = Inputs(
        {AGENCY_CROSSWALK.id: [record], AGENCIES_2018.id: [listed("MI1300000", "City")]},
        {"places": REGISTER, "place-counties": []},
    )
    (row,) = agency_places.conform(inputs).rows
    assert (row["geoid"], row["reason"]) == (None, "its code is that of no place of its name today")


def test_agencies_without_a_number_are_left_out_and_counted() -> None:
    inputs = Inputs(
        {AGENCY_CROSSWALK.id: [department("")], AGENCIES_2018.id: []},
        {"places": REGISTER, "place-counties": []},
    )
    (left,) = agency_places.conform(inputs).left_out
    assert (left.reason, left.examples) == (
        "agency of the crosswalk without an ORI of nine characters",
        ("police, state 26",),
    )
