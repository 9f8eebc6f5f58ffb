"""Routes of buses and trains that call inside of a city, with how often and how late they run."""

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.transit import clock, stops_by_route
from lambdas.harvest.connectors.boundaries import BOUNDARIES_DATASET
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.connectors.transit_stops import (
    AGENCY,
    ATTRIBUTION,
    NOTES,
    OWN_TERMS,
    SCHEDULE,
    SOURCES,
    served,
)
from lambdas.harvest.model import Connector, Draft, Inputs


def conform(inputs: Inputs) -> Draft:
    """Give each route to every city in which it calls at a stop."""
    draft = Draft()
    for each in served(inputs, Draft()):  # the dataset of stops lists those that are left out
        for route in each.feed.routes:
            stops = stops_by_route(each.stops, route)
            if not stops:
                draft.leave_out(
                    f"route that calls nowhere inside of {each.place['name']!s}",
                    f"{each.feed.agency} {route.name}",
                )
                continue
            draft.add(
                {
                    **place_columns(each.place),
                    "agency": each.feed.agency,
                    "route_id": route.id,
                    "short_name": route.short_name,
                    "long_name": route.long_name,
                    "kind": route.kind,
                    "stops_inside": stops,
                    "stops": len(route.stops),
                    "trips": route.trips,
                    "first_time": clock(route.first),
                    "last_time": clock(route.last),
                    "schedule": each.source.vintage,
                }
            )
    return draft


CONNECTOR = Connector(
    dataset=Dataset(
        id="transit-routes",
        title="Transit routes",
        description="Routes of buses and trains that call at a stop in the city, from the "
        "agencies' own schedules (GTFS).",
        theme=Theme.TRANSPORT,
        key=("geoid", "agency", "route_id"),
        place_field="geoid",
        publisher="Transit agencies",
        source_url="https://mobilitydatabase.org",
        vintage="fall of 2019",
        license=OWN_TERMS,
        update_frequency="as agencies publish",
        keywords=("transit", "bus", "routes", "GTFS"),
        attribution=f"A route belongs to each city where it calls at a stop. {ATTRIBUTION}",
        notes=NOTES,
        fields=(
            *PLACE_FIELDS,
            AGENCY,
            Field(
                name="route_id",
                type=FieldType.TEXT,
                label="Route ID",
                description="Identifier of the route in the feed.",
            ),
            Field(
                name="short_name",
                type=FieldType.TEXT,
                label="Route",
                description="Number or letters on the vehicle.",
            ),
            Field(
                name="long_name",
                type=FieldType.TEXT,
                label="Name",
                description="Name of the route in full.",
            ),
            Field(
                name="kind",
                type=FieldType.TEXT,
                label="Kind",
                description="Bus, rail, ferry and so on.",
                facet=True,
            ),
            Field(
                name="stops_inside",
                type=FieldType.INT,
                label="Stops in the city",
                description="Stops of the route inside of the city's boundary.",
                unit="stops",
            ),
            Field(
                name="stops",
                type=FieldType.INT,
                label="Stops",
                description="Stops of the route altogether.",
                unit="stops",
            ),
            Field(
                name="trips",
                type=FieldType.INT,
                label="Trips",
                description="Trips in the schedule, those of all kinds of days together.",
                unit="trips",
            ),
            Field(
                name="first_time",
                type=FieldType.TEXT,
                label="First time",
                description="Earliest time of any trip, on any day.",
            ),
            Field(
                name="last_time",
                type=FieldType.TEXT,
                label="Last time",
                description="Latest time of any trip, on any day; a trip may end the next day.",
            ),
            SCHEDULE,
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, BOUNDARIES_DATASET),
    change_pct=50.0,
)
