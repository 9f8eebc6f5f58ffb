"""Feeds of schedules: read wherever their tables lie, refused when they lack one, put together."""

from collections.abc import Mapping

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.clean.transit import OPTIONAL, clock, read_feed, seconds
from lambdas.harvest.clean.transit import TABLES as WANTED
from lambdas.harvest.fetch import Answer
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.gtfs import GtfsFeed
from tests.harvest.conftest import LeftOutOf, Rows
from tests.harvest.samples.transit import TABLES, archive

FEED = GtfsFeed(address="https://feeds.example.org/x.zip", tables=WANTED, optional=OPTIONAL)


def read(body: bytes) -> list[Record]:
    return [
        record
        for page in FEED.pages(lambda address, parameters=None: Answer(body, address))
        for record in page
    ]


def without(*names: str) -> Mapping[str, str]:
    return {name: text for name, text in TABLES.items() if name not in names}


def test_a_stop_belongs_to_the_city_in_whose_boundary_it_lies(rows: Rows) -> None:
    assert [(row["stop_name"], row["routes"]) for row in rows("transit-stops")] == [
        ("Swift Ave", ["C1", "Robertson Scholars"]),
        ("Exclave St", ["Robertson Scholars"]),
        ("Nobody Calls", []),
    ]
    assert rows("transit-stops")[0] == {
        "geoid": "3719000",
        "place_name": "Durham",
        "state": "NC",
        "agency": "Duke Transit",
        "stop_id": "s1",
        "stop_name": "Swift Ave",
        "location__lon": -78.9,
        "location__lat": 36.0,
        "routes": ["C1", "Robertson Scholars"],
        "schedule": "September 27 to November 27, 2019",
    }


def test_a_stop_in_a_hole_or_at_the_edge_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("transit-stops").items()}
    assert told == {
        "stop outside of every city whose boundary is known": ("Hole Rd s3",),
        "stop within 10 meters of a boundary": ("Edge Rd s4",),
    }


def test_a_route_has_its_stops_in_the_city_and_its_times(rows: Rows, left_out: LeftOutOf) -> None:
    told = [
        (row["short_name"], row["kind"], row["stops_inside"], row["stops"], row["trips"],
         row["first_time"], row["last_time"])
        for row in rows("transit-routes")
    ]  # fmt: skip
    assert told == [
        ("C1", "bus", 1, 2, 2, "07:05", "01:05 the next day"),
        ("", "bus", 2, 2, 1, "08:00", "08:30"),
    ]
    (group,) = left_out("transit-routes").values()
    assert (group.reason, group.examples) == (
        "route that calls nowhere inside of Durham",
        ("Duke Transit X",),
    )


@pytest.mark.parametrize(
    "body",
    [archive(TABLES), archive(TABLES, folder="samtrans/"), archive(TABLES, mark="\ufeff")],
    ids=["at the top", "in a folder", "byte order mark"],
)
def test_a_feed_is_read_wherever_its_tables_lie(body: bytes) -> None:
    records = read(body)
    assert records[0] == {"table": "agency", "agency": "Duke Transit"}
    assert len(records) == 1 + 6 + 3 + 4 + 7


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (without("stop_times"), r"it lacks stop_times\.txt$"),
        (without("agency", "calendar"), r"agency\.txt, calendar\.txt or calendar_dates\.txt"),
        ({**TABLES, "a/stops": ""}, r"has stops\.txt more than once"),
        ({**TABLES, "stops": "stop_name\nX\n"}, r"stops\.txt no longer has stop_id"),
        ({**TABLES, "trips": "route_id,trip_id\nr1\n"}, r"trips\.txt: record 1 has 1 values"),
    ],
)
def test_a_feed_that_is_none_is_refused_with_what_is_missing(
    tables: Mapping[str, str], said: str
) -> None:
    with pytest.raises(SourceChanged, match=said):
        read(archive(tables))


def test_a_column_that_a_feed_may_do_without_is_empty() -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\ns1,Swift Ave,36.0,-78.9\n"
    records = read(archive({**TABLES, "stops": stops}))
    (stop,) = (record for record in records if record["table"] == "stops")
    assert (stop["stop"], stop["location_type"]) == ("s1", "")


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(SourceChanged, match="is no zip archive"):
        read(b"<html>")


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("trips", "r9,wk,t9\n", "'t9' refers to route 'r9'"),
        ("stop_times", "t9,07:00:00,07:00:00,s1,1\n", "'s1' refers to trip 't9'"),
        ("stop_times", "t1,7:99,7:99,s1,1\n", "time '7:99': expected hours"),
    ],
)
def test_a_feed_that_contradicts_itself_is_refused(table: str, line: str, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        read_feed(read(archive({**TABLES, table: TABLES[table] + line})))


def test_times_go_on_after_midnight() -> None:
    assert seconds("25:05:00") == 90_300
    assert [clock(time) for time in (None, 0, 26_700, 90_300)] == [
        None,
        "00:00",
        "07:25",
        "01:05 the next day",
    ]
