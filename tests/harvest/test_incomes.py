"""Incomes by name: each leads to one place, or to none."""

from typing import Any

import pytest

from lambdas.harvest.connectors import incomes
from lambdas.harvest.model import Inputs
from tests.harvest.conftest import LeftOutOf, Rows


def test_each_year_stands_by_itself_and_2020_is_missing(rows: Rows) -> None:
    durham = [row for row in rows("incomes") if row["geoid"] == "3719000"]
    assert [(row["year"], row["median_household_income_usd"]) for row in durham] == [
        (2018, 60157),
        (2019, 65534),
        (2021, 66623),
    ]


def test_the_kind_tells_a_city_from_the_village_of_its_name(rows: Rows) -> None:
    assert [row["geoid"] for row in rows("incomes") if row["state"] == "WI"] == ["5578650"]


def test_what_is_not_certain_is_left_out_and_said(left_out: LeftOutOf) -> None:
    assert {reason: group.examples for reason, group in left_out("incomes").items()} == {
        "no place of this name in the register: merged": ("Macon city, Georgia 2012",),
        "was a census designated place then, with other boundaries than the city": (
            "Wilmington CDP, Delaware 2010",
        ),
    }


def place(geoid: str, name: str, kind: str, state: str, population: int) -> dict[str, Any]:
    return {
        "geoid": geoid,
        "name": name,
        "kind": kind,
        "state": state,
        "population": population,
        "has_government": kind != "CDP",
    }


REGISTER = [
    place("1268350", "Spring Hill", "CDP", "FL", 113_568),
    place("1268362", "Spring Hill", "CDP", "FL", 169),
    place("1823278", "Fishers", "city", "IN", 104_094),
    place("3651000", "Twin", "city", "NY", 70_000),
    place("3651001", "Twin", "city", "NY", 80_000),
]


@pytest.mark.parametrize(
    ("name", "state", "geoids"),
    [
        ("Spring Hill CDP", "Florida", ["1268350"]),  # the survey covers no place of 169 people
        ("Fishers town", "Indiana", ["1823278"]),  # became a city within its boundaries
        ("Twin city", "New York", []),
        ("Durham city", "Ontario", []),
    ],
)
def test_a_name_leads_to_the_only_place_that_can_be_meant(
    name: str, state: str, geoids: list[str]
) -> None:
    record = {"name": name, "state_name": state, "year": "2012", "income": "50000"}
    draft = incomes.conform(Inputs({incomes.SOURCE.id: [record]}, {"places": REGISTER}))
    assert [row["geoid"] for row in draft.rows] == geoids
    assert sum(group.count for group in draft.left_out) == 1 - len(geoids)
