"""Crashes: in the city by the state's word and by the boundary, or not at all."""

from datetime import date

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.connectors.crashes import _day, _position
from tests.harvest.conftest import LeftOutOf, Rows


def test_what_was_not_coded_is_empty(rows: Rows) -> None:
    (scooter,) = (row for row in rows("crashes") if row["crash_id"] == "107000001")
    assert scooter == {
        "geoid": "3719000",
        "place_name": "Durham",
        "state": "NC",
        "crash_id": "107000001",
        "crash_date": date(2024, 5, 31),
        "crash_year": 2024,
        "crash_hour": 0,
        "location__lon": -78.91,
        "location__lat": 35.99,
        "severity_code": None,
        "severity": "Unknown Injury",
        "person": "Scooter - unpowered",
        "crash_type": "Dash",
        "crash_group": "Dash / Dart-Out",
        "vehicle": None,
        "speed_limit": None,
        "road_class": None,
        "light": "Daylight",
        "weather": "Clear",
    }


def test_a_crash_is_the_citys_where_state_and_boundary_agree(
    rows: Rows, left_out: LeftOutOf
) -> None:
    assert [row["crash_id"] for row in rows("crashes")] == ["101878313", "101884206", "107000001"]
    assert {reason: group.examples for reason, group in left_out("crashes").items()} == {
        "crash in another city that reaches into the county": ("107000003 of 2024-06-02",),
        "crash outside of every city, as the state has it": ("107000002 of 2024-06-01",),
        "crash outside of the boundary, though the state says city": ("107000004 of 2024-06-03",),
    }


def test_crashes_are_counted_by_year_kind_and_severity(rows: Rows) -> None:
    counted = [{**row, "geoid": None, "place_name": None} for row in rows("crash-counts")]
    nobody = {"geoid": None, "place_name": None, "state": "NC"}
    assert counted == [
        {
            **nobody,
            "year": 2007,
            "crashes": 2,
            "pedestrian_crashes": 1,
            "cyclist_crashes": 1,
            "fatal_crashes": 1,
            "serious_crashes": 0,
        },
        {
            **nobody,
            "year": 2024,
            "crashes": 1,
            "pedestrian_crashes": 0,
            "cyclist_crashes": 0,
            "fatal_crashes": 0,
            "serious_crashes": 0,
        },
    ]


def test_a_date_or_position_that_is_none_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="'05/31/2024': expected a date such as 2024-05-31"):
        _day("05/31/2024")
    with pytest.raises(SourceChanged, match="crash 7 has no position"):
        _position({"crash_id": "7", "lat": "", "lon": "-78.9"})
