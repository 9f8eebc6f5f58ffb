"""Days by air quality: the EPA's yearly summary of the air quality index by county."""

from collections import defaultdict
from collections.abc import Mapping

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.checks import PartsWithinTotal
from lambdas.harvest.clean.counties import county_key
from lambdas.harvest.clean.numbers import share_pct, whole
from lambdas.harvest.clean.states import state_by_name
from lambdas.harvest.connectors.place_counties import FORMER, PLACE_COUNTIES_DATASET
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile

_CATEGORIES: Mapping[str, tuple[str, str, str]] = {
    "good_days": ("Good Days", "Good days", "AQI 0 to 50"),
    "moderate_days": ("Moderate Days", "Moderate days", "AQI 51 to 100"),
    "unhealthy_for_sensitive_groups_days": (
        "Unhealthy for Sensitive Groups Days",
        "Days unhealthy for sensitive groups",
        "AQI 101 to 150",
    ),
    "unhealthy_days": ("Unhealthy Days", "Unhealthy days", "AQI 151 to 200"),
    "very_unhealthy_days": ("Very Unhealthy Days", "Very unhealthy days", "AQI 201 to 300"),
    "hazardous_days": ("Hazardous Days", "Hazardous days", "AQI above 300"),
}

_MEASURES: Mapping[str, tuple[str, str, str]] = {
    "median_aqi": ("Median AQI", "Median AQI", "Half of the days had a lower index."),
    "p90_aqi": (
        "90th Percentile AQI",
        "90th percentile of the AQI",
        "Nine days of ten had a lower index.",
    ),
    "max_aqi": ("Max AQI", "Highest AQI", "Index of the worst day."),
}

_POLLUTANTS: Mapping[str, tuple[str, str]] = {
    "ozone_days": ("Days Ozone", "ozone"),
    "pm25_days": ("Days PM2.5", "fine particles (PM2.5)"),
    "pm10_days": ("Days PM10", "coarse particles (PM10)"),
    "no2_days": ("Days NO2", "nitrogen dioxide"),
    "co_days": ("Days CO", "carbon monoxide"),
}

_COUNTY_ALIASES: Mapping[tuple[str, str], str] = {
    ("Virginia", "Charles"): "51036",  # Charles City County, whose last word the EPA leaves off
    ("Puerto Rico", "Mayagnez"): "72097",  # Mayagüez Municipio, its ü damaged in the file
}
"""Counties as the EPA writes them, where no rule leads to their name; by state and name."""


def _source(year: int) -> Source:
    address = f"https://aqs.epa.gov/aqsweb/airdata/annual_aqi_by_county_{year}.zip"
    return Source(
        id=f"epa-aqi-by-county-{year}",
        publisher="U.S. Environmental Protection Agency, AirData",
        address=address,
        vintage=str(year),
        protocol=DelimitedFile(
            address=address,
            fields={
                "state": "State",
                "county": "County",
                "year": "Year",
                "days_with_aqi": "Days with AQI",
                **{name: theirs for name, (theirs, *_) in _CATEGORIES.items()},
                **{name: theirs for name, (theirs, *_) in _MEASURES.items()},
                **{name: theirs for name, (theirs, _) in _POLLUTANTS.items()},
            },
        ),
        copy=Copy(
            path=f"air/annual_aqi_by_county_{year}.csv",
            copied_from="github.com/wwihono/datathon2026 "
            f"data/annual_aqi_by_county_{year}.csv @f67eca0a56",
            note="Counties by name, without codes. The EPA may revise a year for some years after.",
        ),
    )


SOURCES = (_source(2023), _source(2024))


def conform(inputs: Inputs) -> Draft:
    """Give each place the figures of the county where most of its people live."""
    draft = Draft()
    counties = _counties_by_name(inputs)
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    places_of = _places_by_county(inputs)
    for source in SOURCES:
        for record in inputs.records(source):
            county = _county_of(record, counties)
            example = f"{record['county']}, {record['state']} {record['year']}"
            if county is None:
                draft.leave_out("county whose name leads to no county of a US state", example)
            elif not places_of[county]:
                draft.leave_out("county in which no place has most of its people", example)
            for relation in places_of[county] if county else ():
                draft.add(_row(places[str(relation["geoid"])], relation, record))
    return draft


def _row(place: Row, relation: Row, record: Record) -> Row:
    days = whole(record["days_with_aqi"])
    good = whole(record["good_days"])
    return {
        **place_columns(place),
        "year": whole(record["year"]),
        "county_geoid": relation["county_geoid"],
        "county_name": relation["county_name"],
        "county_share_pct": relation["share_pct"],
        "days_with_aqi": days,
        **{name: whole(record[name]) for name in (*_CATEGORIES, *_MEASURES, *_POLLUTANTS)},
        "good_days_pct": share_pct(good, days),
    }


def _counties_by_name(inputs: Inputs) -> Mapping[tuple[str, str, bool], frozenset[str]]:
    found: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for relation in inputs.rows(PLACE_COUNTIES_DATASET):
        county = str(relation["county_geoid"])
        found[county[:2], *county_key(str(relation["county_name"]))].add(county)
    return {name: frozenset(codes) for name, codes in found.items()}


def _county_of(
    record: Record, counties: Mapping[tuple[str, str, bool], frozenset[str]]
) -> str | None:
    alias = _COUNTY_ALIASES.get((record["state"], record["county"]))
    state = state_by_name(record["state"])
    if alias or state is None:
        return alias
    codes = counties.get((state.code, *county_key(record["county"])), frozenset())
    return next(iter(codes)) if len(codes) == 1 else None


def _places_by_county(inputs: Inputs) -> Mapping[str, list[Row]]:
    """The places whose figures are those of a county: by the former county in Connecticut."""
    main: dict[str, Row] = {}
    for relation in inputs.rows(PLACE_COUNTIES_DATASET):
        geoid = str(relation["geoid"])
        if relation["is_main"] and (geoid not in main or relation["geography"] == FORMER):
            main[geoid] = relation
    found: dict[str, list[Row]] = defaultdict(list)
    for relation in main.values():
        found[str(relation["county_geoid"])].append(relation)
    return found


CONNECTOR = Connector(
    dataset=Dataset(
        id="air-quality",
        title="Air quality of the county",
        description="Days of the year by category of the air quality index (AQI), in the county "
        "where most of a place's people live.",
        theme=Theme.AIR,
        key=("geoid", "year"),
        place_field="geoid",
        time_field="year",
        publisher="U.S. Environmental Protection Agency",
        source_url="https://www.epa.gov/outdoor-air-quality-data",
        vintage="2023 and 2024",
        update_frequency="yearly",
        keywords=("air", "AQI", "ozone", "particles", "PM2.5", "health", "environment"),
        attribution="The EPA publishes these figures by county. A place is given those of the "
        "county where most of its people lived in 2020; the share is shown.",
        absence="The EPA publishes no air quality index for {county}, where most people of "
        "{place} live: it lists counties with a monitor alone.",
        notes=(
            (
                "About one county in three has a monitor. A place whose county has none is not in "
                "this dataset: that says nothing about its air."
            ),
            (
                "Monitors stand at a few spots of a county, and some measure in one season only: "
                "the number of days with an index says how much of the year was measured."
            ),
            "The EPA revises a year for some years after; 2024 is as published in 2025.",
            (
                "Connecticut's places are tied to the eight counties that were used until 2022, "
                "since the EPA still publishes by them."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of measurement.",
                facet=True,
            ),
            Field(
                name="county_geoid",
                type=FieldType.TEXT,
                label="County GEOID",
                description="County that was measured.",
            ),
            Field(
                name="county_name",
                type=FieldType.TEXT,
                label="County",
                description="Name of that county.",
            ),
            Field(
                name="county_share_pct",
                type=FieldType.DOUBLE,
                label="Share of the place's people in the county",
                description="How much of the place the county stands for.",
                unit="%",
            ),
            Field(
                name="days_with_aqi",
                type=FieldType.INT,
                label="Days measured",
                description="Days of the year with an air quality index.",
                unit="days",
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.INT,
                    label=label,
                    description=f"Days with {meaning}.",
                    unit="days",
                )
                for name, (_, label, meaning) in _CATEGORIES.items()
            ),
            *(
                Field(name=name, type=FieldType.INT, label=label, description=meaning)
                for name, (_, label, meaning) in _MEASURES.items()
            ),
            *(
                Field(
                    name=name,
                    type=FieldType.INT,
                    label=f"Days with {pollutant} as the main pollutant",
                    description=f"Days on which {pollutant} set the index.",
                    unit="days",
                )
                for name, (_, pollutant) in _POLLUTANTS.items()
            ),
            Field(
                name="good_days_pct",
                type=FieldType.DOUBLE,
                label="Good days, share",
                description="Good days in percent of the days measured.",
                unit="%",
            ),
        ),
        figures=(
            Figure(
                field="good_days_pct",
                label="Days with good air",
                sentence="The air was good on {value} of the days measured in the county of "
                "{place} in {time}.",
                headline=True,
                decimals=1,
            ),
            Figure(
                field="median_aqi",
                label="Median air quality index",
                sentence="On half of the days of {time}, the index in the county of {place} was "
                "below {value}.",
            ),
        ),
        chart=Chart(
            kind=ChartKind.PARTS,
            fields=tuple(_CATEGORIES),
            title="Days by air quality",
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET, PLACE_COUNTIES_DATASET),
    checks=(PartsWithinTotal(tuple(_CATEGORIES), "days_with_aqi"),),
)
