"""Which counties a place lies in, and with what share of its people."""

from collections import Counter
from collections.abc import Mapping

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.codes import is_subdivision, place_geoid
from lambdas.harvest.clean.counties import FORMER_CONNECTICUT, county_name
from lambdas.harvest.clean.numbers import share_pct, whole
from lambdas.harvest.connectors.places import current_geoid
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Draft, Inputs
from lambdas.harvest.sources import (
    AGENCY_CROSSWALK,
    CENSUS,
    GEOCORR_2022,
    NOT_IN_A_PLACE,
)

PLACE_COUNTIES_DATASET = "place-counties"

TODAY = "county of today"
FORMER = "county until 2022"


def conform(inputs: Inputs) -> Draft:
    """Make a record for every part of a place that lies in one county."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    names: dict[str, str] = dict(FORMER_CONNECTICUT)
    people: dict[str, Counter[str]] = {}
    for record in inputs.records(GEOCORR_2022):
        county = record["county"]
        names[county] = county_name(record["county_name"], record["postal"], county)
        if record["place"] == NOT_IN_A_PLACE:
            continue
        geoid = current_geoid(place_geoid(record["state"], record["place"]))
        if geoid not in places:
            draft.leave_out("place that is not in the register: dissolved", geoid)
            continue
        people.setdefault(geoid, Counter())[county] += whole(record["population"]) or 0
    for geoid, parts in people.items():
        main = places[geoid]["county_geoid"]
        for county, inhabitants in parts.items():
            draft.add(
                {
                    **place_columns(places[geoid]),
                    "county_geoid": county,
                    "county_name": names[county],
                    "geography": TODAY,
                    "population_2020": inhabitants,
                    "share_pct": share_pct(inhabitants, parts.total()),
                    "is_main": county == main,
                }
            )
    for geoid, county in _whole_in_one_county(inputs, places).items():
        draft.add(
            {
                **place_columns(places[geoid]),
                "county_geoid": county,
                "county_name": names[county],
                "geography": FORMER if county in FORMER_CONNECTICUT else TODAY,
                "share_pct": 100.0,
                "is_main": True,
            }
        )
    return draft


def _whole_in_one_county(inputs: Inputs, places: Mapping[str, object]) -> Mapping[str, str]:
    """Find the county of each town and township, and the former one of Connecticut's cities.

    A subdivision's own GEOID names its county. A city or borough of Connecticut never left its
    town, so that it lay in one county too: the one that the agency crosswalk of 2012 gives.
    """
    found = {geoid: geoid[:5] for geoid in places if is_subdivision(geoid)}
    for record in inputs.records(AGENCY_CROSSWALK):
        county, geoid = record["state"] + record["county"], record["state"] + record["place"]
        if county in FORMER_CONNECTICUT and geoid in places:
            found[geoid] = county
    return found


CONNECTOR = Connector(
    dataset=Dataset(
        id=PLACE_COUNTIES_DATASET,
        title="Counties of each place",
        description="The counties that a place lies in, with the number and share of its people of "
        "2020 in each. It ties figures that are published by county to places.",
        theme=Theme.PLACES,
        key=("geoid", "county_geoid"),
        place_field="geoid",
        publisher=CENSUS,
        source_url=GEOCORR_2022.address,
        vintage=GEOCORR_2022.vintage,
        update_frequency="with each census, and as boundaries change",
        keywords=("county", "parish", "planning region", "crosswalk"),
        attribution="People counted in 2020, by the county that their block lies in.",
        notes=(
            (
                "Connecticut's eight counties gave way to nine planning regions in 2022. Records "
                "with «county until 2022» say which county a Connecticut city or town lay in, "
                "for figures that are still published by county."
            ),
            "Towns and townships lie in one county; their people are not in these files.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="county_geoid",
                type=FieldType.TEXT,
                label="County GEOID",
                description="Census identifier of the county, or of what stands in for one: "
                "parish, borough, planning region, independent city.",
            ),
            Field(
                name="county_name",
                type=FieldType.TEXT,
                label="County",
                description="Name of the county.",
            ),
            Field(
                name="geography",
                type=FieldType.TEXT,
                label="Geography",
                description="Whether the county is one of today, or one of Connecticut's until "
                "2022.",
                facet=True,
            ),
            Field(
                name="population_2020",
                type=FieldType.INT,
                label="People in this county",
                description="People of the place who lived in this county on 1 April 2020.",
                unit="people",
            ),
            Field(
                name="share_pct",
                type=FieldType.DOUBLE,
                label="Share of the place's people",
                description="These people in percent of all people of the place.",
                unit="%",
            ),
            Field(
                name="is_main",
                type=FieldType.BOOLEAN,
                label="Main county",
                description="Whether most of the place's people lived in this county.",
                facet=True,
            ),
        ),
    ),
    sources=(GEOCORR_2022, AGENCY_CROSSWALK),
    conform=conform,
    needs=(PLACES_DATASET,),
)
