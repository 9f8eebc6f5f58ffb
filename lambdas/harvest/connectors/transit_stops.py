"""Where people board buses and trains: stops of agencies' own schedules, inside a city's boundary.

Which agency a stop belongs to is known; which city, only where the city's boundary is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from citylake.datasets import Dataset, Field, FieldType, License, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.shapes import Outline, Where
from lambdas.harvest.clean.transit import OPTIONAL, TABLES, Feed, Stop, read_feed
from lambdas.harvest.connectors.boundaries import BOUNDARIES_DATASET, TOLERANCE_M
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Row, Source
from lambdas.harvest.protocols import GtfsFeed

OWN_TERMS = License(name="Open feed of the agency, on the agency's own terms")

DUKE = Source(
    id="gtfs-duke",
    publisher="Duke Transit",
    address="https://data.trilliumtransit.com/gtfs/duke-nc-us/duke-nc-us.zip",
    vintage="September 27 to November 27, 2019",
    license=OWN_TERMS,
    protocol=GtfsFeed(
        address="https://data.trilliumtransit.com/gtfs/duke-nc-us/duke-nc-us.zip",
        tables=TABLES,
        optional=OPTIONAL,
    ),
    copy=Copy(
        path="transit/gtfs_duke_university_durham_nc.zip",
        copied_from="github.com/r-transit/tidytransit data/gtfs_duke.rda @6a4a6825b7",
        note="Made a zip again from a file of the R language; tables beside those of the "
        "specification; times after midnight.",
    ),
)

SOURCES = (DUKE,)
"""The feeds whose stops may lie in a city whose boundary is known."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a feed has inside of one place.

    Attributes:
        place: the place, as the register has it.
        feed: the feed.
        source: where the feed came from.
        stops: the feed's stops inside of the place.
    """

    place: Row
    feed: Feed
    source: Source
    stops: tuple[Stop, ...]


def served(inputs: Inputs, draft: Draft) -> Iterator[Served]:
    """Find what every feed has inside of every city whose boundary is known."""
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    outlines = [
        (places[str(row["geoid"])], Outline(row["boundary"], TOLERANCE_M))
        for row in inputs.rows(BOUNDARIES_DATASET)
        if isinstance(row["boundary"], bytes)
    ]
    for source in SOURCES:
        feed = read_feed(inputs.records(source))
        found: dict[str, list[Stop]] = {}
        for stop in feed.stops:
            where = [(place, outline.locate(stop.lon, stop.lat)) for place, outline in outlines]
            inside = [place for place, located in where if located is Where.INSIDE]
            if inside:
                found.setdefault(str(inside[0]["geoid"]), []).append(stop)
            elif any(located is Where.AT_THE_EDGE for _, located in where):
                draft.leave_out(
                    f"stop within {TOLERANCE_M:g} meters of a boundary", f"{stop.name} {stop.id}"
                )
            else:
                draft.leave_out(
                    "stop outside of every city whose boundary is known", f"{stop.name} {stop.id}"
                )
        for geoid, stops in found.items():
            yield Served(places[geoid], feed, source, tuple(stops))


def conform(inputs: Inputs) -> Draft:
    """Give each stop to the city in whose boundary it lies."""
    draft = Draft()
    for each in served(inputs, draft):
        for stop in each.stops:
            draft.add(
                {
                    **place_columns(each.place),
                    "agency": each.feed.agency,
                    "stop_id": stop.id,
                    "stop_name": stop.name,
                    "location__lon": stop.lon,
                    "location__lat": stop.lat,
                    "routes": list(stop.routes),
                    "schedule": each.source.vintage,
                }
            )
    return draft


AGENCY = Field(
    name="agency",
    type=FieldType.TEXT,
    label="Agency",
    description="Agency whose schedule it is.",
    facet=True,
)
SCHEDULE = Field(
    name="schedule",
    type=FieldType.TEXT,
    label="Schedule of",
    description="Days for which the schedule was published.",
    facet=True,
)
ATTRIBUTION = (
    "A stop belongs to the city in whose boundary it lies, where the boundary is known; a stop "
    f"within {TOLERANCE_M:g} meters of the boundary belongs to none."
)
NOTES = (
    (
        "One agency's schedule is bundled, that of Duke University in Durham, North Carolina, for "
        "the fall of 2019. Other agencies serve the city as well."
    ),
)

CONNECTOR = Connector(
    dataset=Dataset(
        id="transit-stops",
        title="Transit stops",
        description="Stops of buses and trains in the city, with the routes that call at them, "
        "from the agencies' own schedules (GTFS).",
        theme=Theme.TRANSPORT,
        key=("geoid", "agency", "stop_id"),
        place_field="geoid",
        publisher="Transit agencies",
        source_url="https://mobilitydatabase.org",
        vintage="fall of 2019",
        license=OWN_TERMS,
        update_frequency="as agencies publish",
        keywords=("transit", "bus", "stops", "GTFS"),
        attribution=ATTRIBUTION,
        notes=NOTES,
        fields=(
            *PLACE_FIELDS,
            AGENCY,
            Field(
                name="stop_id",
                type=FieldType.TEXT,
                label="Stop ID",
                description="Identifier of the stop in the feed.",
            ),
            Field(
                name="stop_name",
                type=FieldType.TEXT,
                label="Stop",
                description="Name of the stop.",
            ),
            Field(
                name="location",
                type=FieldType.GEO_POINT,
                label="Location",
                description="Point of the stop.",
            ),
            Field(
                name="routes",
                type=FieldType.TEXT,
                label="Routes",
                description="Routes that call at the stop; none where no trip of the schedule "
                "does.",
                multivalued=True,
                facet=True,
            ),
            SCHEDULE,
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, BOUNDARIES_DATASET),
    change_pct=50.0,
)
