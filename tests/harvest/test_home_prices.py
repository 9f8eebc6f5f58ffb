"""The house price index: whose it is, and how it moved."""

from collections.abc import Iterable

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.home_prices import _principal_cities, _standard_error
from lambdas.harvest.model import Draft, Row
from tests.harvest.conftest import LeftOutOf, Rows


def register(*named: tuple[str, str]) -> PlaceNames:
    return PlaceNames(
        {"geoid": f"{number:07}", "name": name, "state": state, "has_government": True}
        for number, (name, state) in enumerate(named)
    )


def test_a_quarter_is_as_the_fhfa_has_it_with_its_change_in_a_year(rows: Rows) -> None:
    durham = [row for row in rows("home-prices") if row["geoid"] == "3719000"]
    assert [(row["quarter"], row["index_change_pct"]) for row in durham] == [
        ("2021 Q4", None),
        ("2022 Q3", None),
        ("2022 Q4", 15.68),
    ]
    assert durham[-1] == {
        "geoid": "3719000",
        "place_name": "Durham",
        "state": "NC",
        "quarter": "2022 Q4",
        "year": 2022,
        "metro_code": "20500",
        "metro_name": "Durham-Chapel Hill, NC",
        "index": 341.2,
        "standard_error": 4.04,
        "index_change_pct": 15.68,
    }


def test_a_division_of_a_metropolitan_area_is_named_like_one(rows: Rows) -> None:
    (wilmington,) = (row for row in rows("home-prices") if row["state"] == "DE")
    assert wilmington["metro_name"] == "Wilmington, DE-MD-NJ (MSAD)"


def test_what_is_not_certain_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("home-prices").items()}
    assert told == {
        "name in a metropolitan area's title that no place bears": (
            "Chapel Hill (Durham-Chapel Hill, NC)",
        ),
        "name in a metropolitan area's title that several places bear": (
            "Superior (Superior-Durham, WI-NH)",
            "Durham (Superior-Durham, WI-NH)",
        ),
        "quarter without an index": ("Durham-Chapel Hill, NC 1978 Q1",),
    }


@pytest.mark.parametrize(
    ("metro", "named", "expected"),
    [
        ("Winston-Salem, NC", [("Winston-Salem", "NC"), ("Salem", "NC")], ["Winston-Salem"]),
        (
            "Greensboro-Winston-Salem-High Point, NC",
            [("Greensboro", "NC"), ("Winston-Salem", "NC"), ("High Point", "NC")],
            ["Greensboro", "Winston-Salem", "High Point"],
        ),
        (
            "South Bend-Mishawaka, IN-MI",
            [("South Bend", "IN"), ("Mishawaka", "IN"), ("Niles", "MI")],
            ["South Bend", "Mishawaka"],
        ),
        ("Kansas City, MO-KS", [("Kansas City", "MO"), ("Kansas City", "KS")], []),
        ("Springfield, MA", [("Springfield", "IL")], []),
    ],
)
def test_a_title_is_taken_apart_at_its_hyphens_but_not_inside_a_name(
    metro: str, named: Iterable[tuple[str, str]], expected: list[str]
) -> None:
    found: list[Row] = list(_principal_cities(metro, register(*named), Draft()))
    assert [place["name"] for place in found] == expected


def test_a_standard_error_stands_in_brackets() -> None:
    assert _standard_error("( 3.19)") == 3.19
    with pytest.raises(SourceChanged, match="expected a number in brackets"):
        _standard_error("3.19")
