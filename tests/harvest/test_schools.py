"""Schools: open ones, once each, with the place they belong to for certain."""

from typing import Any

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.schools import _kind, level
from lambdas.harvest.model import Row
from tests.harvest.conftest import LeftOutOf, Rows


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows}


def test_a_point_in_the_boundary_tells_whose_school_it_is_whatever_its_address(rows: Rows) -> None:
    found = by_name(rows("schools"))
    told = {
        name: (row["place_name"], row["city"], row["attributed_by"])
        for name, row in found.items()
        if row["state"] == "NC"
    }
    assert told == {
        "Inside Elementary": ("Durham", "Durham", "boundary"),
        "Exclave Early College": ("Durham", "Durham", "boundary"),
        "Charter of the Suburb": ("Durham", "Chapel Hill", "boundary"),
        "Edge Middle": ("Durham", "Durham", "address"),
        "Blank School": ("Durham", "Durham", "boundary"),
        "Twice Academy": ("Durham", "Durham", "boundary"),
    }


def test_a_school_is_as_its_list_has_it(rows: Rows) -> None:
    assert by_name(rows("schools"))["NORTH GRADE ELEMENTARY"] == {
        "geoid": "1239081",
        "place_name": "Lake Worth Beach",
        "state": "FL",
        "school_id": "120150001581",
        "name": "NORTH GRADE ELEMENTARY",
        "district": "PALM BEACH",
        "level": "elementary",
        "grades": "PK to 05",
        "kind": "regular",
        "is_charter": False,
        "students": 600,
        "teachers": 40.0,
        "street": "824 N K ST",
        "city": "LAKE WORTH BEACH",
        "zip": "33460",
        "location__lon": None,
        "location__lat": None,
        "attributed_by": "address",
        "as_of": "2025",
        "publisher": "National Center for Education Statistics, Common Core of Data",
        "list_is_whole": True,
    }


def test_coordinates_of_a_commercial_geocoder_are_never_restated(rows: Rows) -> None:
    points = {row["state"] for row in rows("schools") if row["location__lat"] is not None}
    assert points == {"AL", "NC"}


def test_leading_zeros_of_the_states_codes_come_back(rows: Rows) -> None:
    found = by_name(rows("schools"))
    assert found["Inside Elementary"]["school_id"] == "NC-070310"
    assert found["Twice Academy"]["school_id"] == "NC-92P000"


def test_what_a_list_does_not_state_is_empty(rows: Rows) -> None:
    found = by_name(rows("schools"))
    home = found["HOME EDUCATION"]
    stated = ("students", "teachers", "grades", "is_charter", "level")
    assert [home[name] for name in stated] == [None, None, None, None, "other"]
    assert found["Edge Middle"]["teachers"] is None
    assert found["Abbeville Reporting Unit"]["grades"] is None


def test_what_is_not_open_or_not_certain_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("schools").items()}
    assert told == {
        "address in another state": ("ACCELERATION ACADEMIES LLC, CHICAGO, FL: IL",),
        "address is a post office box": ("BOX MIDDLE, Lake Worth Beach, FL",),
        "no place of the state bears the name of the city in its address": (
            "WESTERN MIDDLE, LOXAHATCHEE, FL",
            "ELSEWHERE ACADEMY, NOWHERE, MI",
        ),
        "not open yet, or closed": (
            "Abbeville Old School, Abbeville, AL",
            "TOMORROW ELEMENTARY, Lake Worth Beach, FL",
        ),
        "outside of the city that its address names": ("Hole Elementary, Durham, NC",),
        "school that the list has twice": ("Twice Academy 92P000",),
    }


def test_schools_are_counted_by_level(rows: Rows, left_out: LeftOutOf) -> None:
    counts = {row["place_name"]: row for row in rows("school-counts")}
    assert counts.keys() == {"Durham", "Lake Worth Beach"}
    assert counts["Lake Worth Beach"] == {
        "geoid": "1239081",
        "place_name": "Lake Worth Beach",
        "state": "FL",
        "as_of": "2025",
        "schools": 3,
        "elementary_schools": 1,
        "middle_schools": 0,
        "high_schools": 1,
        "other_schools": 1,
        "charter_schools": 0,
        "students": 3000,
        "schools_with_students": 2,
        "students_per_teacher": 21.4,
        "by_boundary_pct": 0.0,
        "publisher": "National Center for Education Statistics, Common Core of Data",
    }
    durham = counts["Durham"]
    assert (durham["schools"], durham["students"], durham["students_per_teacher"]) == (
        6,
        None,
        None,
    )
    assert durham["by_boundary_pct"] == 83.3


def test_a_list_of_some_schools_is_not_counted(left_out: LeftOutOf) -> None:
    (group,) = left_out("school-counts").values()
    assert group.reason == "school of a list that does not have every school of the state"
    assert group.count == 2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("PK", "05", "elementary"),
        ("KG", "08", "elementary"),
        ("03", "05", "elementary"),
        ("04", "06", "middle"),
        ("06", "08", "middle"),
        ("07", "09", "middle"),
        ("07", "12", "high"),
        ("09", "13", "high"),
        ("06", "12", "other"),
        ("KG", "12", "other"),
        ("UG", "UG", "other"),
        ("", "", "other"),
    ],
)
def test_the_level_follows_from_the_grades(low: str, high: str, expected: str) -> None:
    assert level(low, high) == expected


def test_a_kind_of_school_that_is_new_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="kind of school 'Floating': expected one of"):
        _kind("Floating")


def place(geoid: str, name: str, *, has_government: bool = True) -> Row:
    return {"geoid": geoid, "name": name, "state": "MI", "has_government": has_government}


def test_a_name_means_the_only_incorporated_place_then_the_only_place() -> None:
    names = PlaceNames(
        [
            place("2603000", "Ann Arbor"),
            place("2616103020", "Ann Arbor"),
            place("2600001", "St. Clair"),
            place("2600002", "Saint Clair"),
            place("2600003", "Okemos", has_government=False),
            place("2600004", "Portage", has_government=False),
            place("2600103021", "Portage"),
        ]
    )
    found = {
        name: (names.the_one("MI", name) or {}).get("geoid")
        for name in ("ANN ARBOR", "St Clair", "Okemos", "Portage", "Nowhere")
    }
    assert found == {
        "ANN ARBOR": "2603000",
        "St Clair": None,
        "Okemos": "2600003",
        "Portage": None,
        "Nowhere": None,
    }
    assert len(names.bearers("MI", "Saint Clair")) == 2
