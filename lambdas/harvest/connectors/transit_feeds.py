"""Which transit agencies of a city publish their schedules: the Mobility Database's catalog."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from citylake.datasets import Comparison, Dataset, Field, FieldType, Figure, License, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.clean.states import state_by_name
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile, JsonLines

MOBILITY_DATABASE = "MobilityData, Mobility Database"

CC0 = License(name="CC0 1.0 Universal", url="https://creativecommons.org/publicdomain/zero/1.0/")

_IN_USE = frozenset({"", "active"})
"""Statuses of a feed that is in use: the catalog leaves the status out where it is active."""

_UNITED_STATES = "US"
_SCHEDULE = "gtfs"
_OPEN_TO_ALL = frozenset({"", "0"})

_ADDRESS = "https://files.mobilitydatabase.org/feeds_v2.csv"
_PATHS = {
    "data_type": "data_type",
    "provider": "provider",
    "name": "name",
    "status": "status",
    "country": "location.country_code",
    "state": "location.subdivision_name",
    "municipality": "location.municipality",
    "download": "urls.direct_download",
    "authentication": "urls.authentication_type",
    "license": "urls.license",
}

SOURCE = Source(
    id="mobility-database-schedules",
    publisher=MOBILITY_DATABASE,
    address=_ADDRESS,
    vintage="the catalog of 2025",
    license=CC0,
    protocol=DelimitedFile(
        address=_ADDRESS, fields={"id": "id", "successor": "redirect.id", **_PATHS}
    ),
    copy=Copy(
        path="transit/mobility_database_us_schedule_feeds.jsonl",
        copied_from="github.com/MobilityData/mobility-database-catalogs "
        "catalogs/sources/gtfs/schedule/us-*.json @2847547e73",
        protocol=JsonLines(
            address=_ADDRESS,
            fields={"id": "mdb_source_id", "successor": "redirect.0.id", **_PATHS},
            required=("id", "data_type", "provider", "country", "download"),
        ),
        note="One file a feed in the original, joined here; schedules in the United States alone.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Give each feed in use to the city where its agency sits."""
    draft = Draft()
    names = PlaceNames(inputs.rows(PLACES_DATASET))
    records = [
        record
        for record in inputs.records(SOURCE)
        if record["country"] == _UNITED_STATES and record["data_type"] == _SCHEDULE
    ]
    in_use = {_plain(record["id"]) for record in records if record["status"] in _IN_USE}
    seats = _seats(records)
    found: list[tuple[Row, Record]] = []
    for record in records:
        state_name, municipality = seats.get(_plain(record["id"]), ("", ""))
        example = f"{record['provider']} ({municipality or 'no municipality'})"
        if record["status"] not in _IN_USE:
            draft.leave_out(_reason(record, in_use), example)
            continue
        state = state_by_name(state_name)
        place = names.the_one(state.postal, municipality) if state else None
        if place is not None:
            found.append((place, record))
        elif not municipality or state is None:
            draft.leave_out("feed without a municipality or state", example)
        elif names.bearers(state.postal, municipality):
            draft.leave_out("municipality whose name several places of the state bear", example)
        else:
            draft.leave_out("municipality that is no place of the state", example)
    feeds = Counter(str(place["geoid"]) for place, _ in found)
    for place, record in found:
        draft.add(_row(place, record, feeds))
    return draft


def _seats(records: Iterable[Record]) -> Mapping[str, tuple[str, str]]:
    """Say in which state and municipality the agency of each feed sits.

    A feed without a municipality has that of the feeds it replaced, if they agree.
    """
    own: dict[str, tuple[str, str]] = {}
    inherited: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for record in records:
        seat = record["state"], record["municipality"]
        if record["municipality"]:
            own[_plain(record["id"])] = seat
            if record["successor"]:
                inherited[_plain(record["successor"])].add(seat)
    agreed = {heir: next(iter(seats)) for heir, seats in inherited.items() if len(seats) == 1}
    return {**agreed, **own}


def _plain(feed_id: str) -> str:
    """Write a feed's number as the older catalog does: ``mdb-3183`` is ``3183``."""
    return feed_id.removeprefix("mdb-")


def _reason(record: Record, in_use: set[str]) -> str:
    if not record["successor"]:
        return f"feed that the catalog calls {record['status']}"
    if _plain(record["successor"]) in in_use:
        return "feed that another of the catalog replaced"
    return "feed that was replaced by one that the copy of the catalog lacks"


def _row(place: Row, record: Record, feeds: Mapping[str, int]) -> Row:
    return {
        **place_columns(place),
        "feed_id": _plain(record["id"]),
        "agency": record["provider"],
        "feed_name": record["name"] or None,
        "download_url": record["download"],
        "license_url": record["license"] or None,
        "needs_key": record["authentication"] not in _OPEN_TO_ALL,
        "feeds_of_place": feeds[str(place["geoid"])],
    }


CONNECTOR = Connector(
    dataset=Dataset(
        id="transit-feeds",
        title="Transit agencies with open schedules",
        description="Agencies that publish their stops, routes and timetables as open data "
        "(GTFS), by the city where they sit.",
        theme=Theme.TRANSPORT,
        key=("geoid", "feed_id"),
        place_field="geoid",
        publisher=MOBILITY_DATABASE,
        source_url="https://mobilitydatabase.org",
        vintage="the catalog of 2025",
        license=CC0,
        update_frequency="continuous",
        keywords=("transit", "bus", "train", "GTFS", "schedules"),
        attribution="The catalog names the municipality of each agency. It is taken if it is the "
        "name of one place of the state; a feed without one has that of the feeds it replaced. An "
        "agency serves more places than the one where it sits.",
        absence="No agency that the catalog places in {place} publishes schedules there; agencies "
        "of other places, or of a whole region, may serve it.",
        notes=(
            (
                "Feeds that were replaced, or are inactive or in development, are left out; some "
                "were replaced by feeds that the bundled copy of the catalog lacks (GoDurham's in "
                "Durham, North Carolina)."
            ),
            "Each feed has terms of its own, which the agency sets.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="feed_id",
                type=FieldType.TEXT,
                label="Feed",
                description="Number of the feed in the Mobility Database.",
            ),
            Field(
                name="agency",
                type=FieldType.TEXT,
                label="Agency",
                description="Agency or agencies whose schedules it has.",
                facet=True,
            ),
            Field(
                name="feed_name",
                type=FieldType.TEXT,
                label="Name of the feed",
                description="What tells several feeds of an agency apart.",
            ),
            Field(
                name="download_url",
                type=FieldType.TEXT,
                label="Address",
                description="Where the agency publishes the feed.",
            ),
            Field(
                name="license_url",
                type=FieldType.TEXT,
                label="Terms",
                description="Where the agency states its terms; empty where the catalog does not "
                "say.",
            ),
            Field(
                name="needs_key",
                type=FieldType.BOOLEAN,
                label="Asks for a key",
                description="Whether the feed can be had with a key only.",
                facet=True,
            ),
            Field(
                name="feeds_of_place",
                type=FieldType.INT,
                label="Feeds of the place",
                description="How many feeds the place has, this one among them.",
                unit="feeds",
            ),
        ),
        figures=(
            Figure(
                field="feeds_of_place",
                label="Open transit schedules",
                sentence="{value} schedules of agencies in {place} are open data.",
                comparison=Comparison.NONE,
                change=False,
                no_change_because="The catalog says what there is, not since when.",
            ),
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
)
