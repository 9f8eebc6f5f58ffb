"""Commuting: numbers and shares with their margins."""

import json
from collections.abc import Mapping
from typing import Any

from lambdas.harvest.connectors import commuting
from lambdas.harvest.fetch import Answer
from tests.harvest.conftest import LeftOutOf, Rows
from tests.harvest.samples.commuting import BERKELEY


def of(rows: Rows, geoid: str) -> dict[str, Any]:
    (found,) = (row for row in rows("commuting") if row["geoid"] == geoid)
    return found


def test_shares_carry_the_margins_of_what_they_are_made_of(rows: Rows) -> None:
    city = of(rows, "3719000")
    assert {name: value for name, value in city.items() if "transit" in name} == {
        "transit": 7287,
        "transit_margin": 647,
        "transit_pct": 12.3682,
        "transit_pct_margin": 1.0596,  # the root of 647² - (0.123682 x 1374)², of 58,917
    }
    assert (city["workers"], city["workers_margin"]) == (58917, 1374)
    modes = ("drove_alone", "carpooled", "transit", "bicycle", "walked", "other_means")
    assert sum(city[mode] for mode in (*modes, "worked_from_home")) == city["workers"]


def test_a_share_that_could_be_anything_is_not_given(rows: Rows) -> None:
    village = of(rows, "5578660")
    assert (village["walked"], village["walked_margin"]) == (0, 14)
    assert (village["walked_pct"], village["walked_pct_margin"]) == (None, None)
    assert (village["drove_alone_pct"], village["drove_alone_pct_margin"]) == (None, None)


def test_places_without_workers_are_left_out_and_said(left_out: LeftOutOf) -> None:
    assert {reason: group.examples for reason, group in left_out("commuting").items()} == {
        "place in which the survey found nobody at work": ("Abbeville city, Alabama",),
        "place that is not in the register": ("Alderpoint CDP, California",),
    }


def test_the_census_api_gives_what_the_file_gives() -> None:
    asked: list[Mapping[str, str]] = []
    record = {"GEO_ID": "1600000US0606000", "NAME": "Berkeley city, California", **BERKELEY}

    def get(address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        asked.append(parameters or {})
        table = [[*record, "state", "place"], [*record.values(), "06", "06000"]]
        return Answer(json.dumps(table).encode(), address)

    (page,) = commuting.SOURCE.protocol.pages(get)
    assert [(line["geo_id"], line["B08006_008E"]) for line in page] == [
        ("1600000US0606000", "7287")
    ]
    assert asked[0]["for"] == "place:*"
