"""People, incomes, rents and schooling: the American Community Survey, five years at a time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from citylake.datasets import (
    Chart,
    ChartKind,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.codes import place_geoid
from lambdas.harvest.clean.names import bare, split_name
from lambdas.harvest.clean.numbers import estimate, share_pct
from lambdas.harvest.clean.states import state_by_name
from lambdas.harvest.connectors.shared import ACS_YEARS, PLACE_FIELDS, place_columns
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import CensusApi, DelimitedFile
from lambdas.harvest.sources import CENSUS


@dataclass(frozen=True, slots=True)
class _Measure:
    """One figure of the survey.

    Attributes:
        column: its name in the copy, which ends with the table of the survey.
        label: what people read.
        description: what it means.
        unit: how people read the unit.
    """

    column: str
    label: str
    description: str
    unit: str


_PERCENT = "%"
_DOLLARS = "US dollars"

_COUNTS: Mapping[str, _Measure] = {
    "population": _Measure(
        "population_B01003",
        "Population",
        "People who lived in the place, on average of the five years (table B01003).",
        "people",
    ),
    "median_age_years": _Measure(
        "median_age_B06002",
        "Median age",
        "Half of the people were younger; whole years (table B06002).",
        "years",
    ),
    "median_household_income_usd": _Measure(
        "median_household_income_B19013",
        "Median household income",
        "Half of the households had less, in a year, in dollars of the vintage's last year (table "
        "B19013). Empty where the survey gives a bound only.",
        _DOLLARS,
    ),
    "median_gross_rent_usd": _Measure(
        "median_gross_rent_B25064",
        "Median gross rent",
        "Half of the renting households paid less, in a month, with utilities, in dollars of the "
        "vintage's last year (table B25064). Empty where the survey gives a bound only.",
        _DOLLARS,
    ),
}

_SHARES: Mapping[str, _Measure] = {
    "bachelors_pct": _Measure(
        "pct_bachelors_or_higher",
        "Bachelor's degree or higher",
        "Share of the people of 25 years and more.",
        _PERCENT,
    ),
    "poverty_pct": _Measure(
        "pct_poverty_B17020",
        "In poverty",
        "Share of the people whose income of the past year was below the poverty level (table "
        "B17020).",
        _PERCENT,
    ),
    "unemployed_pct": _Measure(
        "pct_unemployed_B23025",
        "Unemployed",
        "Share of the labor force that had no work, on average of the five years (table B23025). "
        "It is not the monthly rate of the Bureau of Labor Statistics.",
        _PERCENT,
    ),
    "labor_force_pct": _Measure(
        "pct_labor_force_B23025",
        "In the labor force",
        "Share of the people of 16 years and more who worked or looked for work (table B23025).",
        _PERCENT,
    ),
    "asian_pct": _Measure(
        "pct_asian_B02001", "Asian", "Share of the people, one race alone (table B02001).", _PERCENT
    ),
    "black_pct": _Measure(
        "pct_black_B02001",
        "Black or African American",
        "Share of the people, one race alone (table B02001).",
        _PERCENT,
    ),
    "white_non_hispanic_pct": _Measure(
        "pct_nonhispanic_white_B03002",
        "White, not Hispanic",
        "Share of the people, one race alone (table B03002).",
        _PERCENT,
    ),
    "hispanic_pct": _Measure(
        "pct_hispanic_B03001",
        "Hispanic or Latino",
        "Share of the people, of any race (table B03001).",
        _PERCENT,
    ),
    "foreign_born_pct": _Measure(
        "pct_foreign_born_B05006",
        "Born abroad",
        "Share of the people who were not citizens of the United States at birth (table B05006).",
        _PERCENT,
    ),
}

_MEASURES = {**_COUNTS, **_SHARES}

_BOUNDS: Mapping[str, Mapping[float, str]] = {
    "median_household_income_usd": {250_001: "250,000 or more", 2_499: "2,500 or less"},
    "median_gross_rent_usd": {3_501: "3,500 or more", 99: "100 or less"},
}
"""Values that stand for an open end of the survey's scale, and what they mean.

Source:
    Census Bureau, "American Community Survey 5-Year jam values".
"""

_INTEGERS = frozenset({"population", "median_household_income_usd", "median_gross_rent_usd"})

_COUNTY_IN_NAME = re.compile(r" \(.+ Cnty\)$")
_KIND_IN_NAME = re.compile(r" (CDP|Town|borough|city|town|village)$")
_CITY_IN_NAME = " City"


_PARTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "bachelors_pct": (
        ("B15003_022E", "B15003_023E", "B15003_024E", "B15003_025E"),
        "B15003_001E",
    ),
    "poverty_pct": (("B17020_002E",), "B17020_001E"),
    "unemployed_pct": (("B23025_005E",), "B23025_003E"),
    "labor_force_pct": (("B23025_002E",), "B23025_001E"),
    "asian_pct": (("B02001_005E",), "B02001_001E"),
    "black_pct": (("B02001_003E",), "B02001_001E"),
    "white_non_hispanic_pct": (("B03002_003E",), "B03002_001E"),
    "hispanic_pct": (("B03001_003E",), "B03001_001E"),
    "foreign_born_pct": (("B05006_001E",), "B01003_001E"),
}
"""What each share is reckoned from: the variables of its parts, and that of the whole."""

_VARIABLES: Mapping[str, str] = {
    "full_name": "NAME",
    "state": "state",
    "place": "place",
    "population": "B01003_001E",
    "median_age_years": "B06002_001E",
    "median_household_income_usd": "B19013_001E",
    "median_gross_rent_usd": "B25064_001E",
    **{part: part for parts, whole in _PARTS.values() for part in (*parts, whole)},
}


@dataclass(frozen=True, slots=True)
class _Survey:
    """The survey as the Census API has it: names with kind and state, counts in place of shares."""

    api: CensusApi

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the tables in the shape of the copy."""
        for page in self.api.pages(get):
            yield [_as_in_copy(record) for record in page]


def _as_in_copy(record: Record) -> Record:
    name, _, state_name = record["full_name"].rpartition(", ")
    state = state_by_name(state_name)
    shares = {}
    for share, (parts, whole) in _PARTS.items():
        counts = [estimate(record[part]) for part in parts]
        known = [count for count in counts if count is not None]
        summed = sum(known) if len(known) == len(counts) else None
        value = share_pct(summed, estimate(record[whole]))
        shares[share] = "" if value is None else str(value)
    return {
        "geoid": place_geoid(record["state"], record["place"]),
        "name": split_name(name, state.postal if state else "")[0],
        "state_name": state_name,
        **{measure: record[measure] for measure in _COUNTS},
        **shares,
    }


def _source(years: str, commit: str) -> Source:
    last_year = years.rpartition("-")[2]
    address = f"https://api.census.gov/data/{last_year}/acs/acs5"
    return Source(
        id=f"census-acs5-{years}",
        publisher=f"{CENSUS}, American Community Survey 5-year estimates",
        address=address,
        vintage=years,
        protocol=_Survey(CensusApi(address=address, fields=_VARIABLES, areas="place:*")),
        copy=Copy(
            protocol=DelimitedFile(
                address=address,
                fields={
                    "geoid": "GEOID",
                    "name": "city",
                    "state_name": "state",
                    **{name: measure.column for name, measure in _MEASURES.items()},
                },
            ),
            path=f"census/acs5_{years}_places_10k_plus.csv",
            copied_from="github.com/amcneil36/amcneil36.github.io "
            f"programs/CityStats/States/*.csv @{commit}",
            note="Places of 10,000 people and more, read from the Census API by the copy's author; "
            "no margins of error. About one place in twelve is absent (Ann Arbor, Madison …), "
            "because the author had the code of a namesake township.",
        ),
    )


SOURCES = (_source("2016-2020", "f9496232e2"), _source("2019-2023", "5e9bcdcde5"))


def conform(inputs: Inputs) -> Draft:
    """Take the figures of every place whose name and GEOID agree with the register."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for source in SOURCES:
        for record in inputs.records(source):
            place = places.get(record["geoid"])
            example = f"{record['name']}, {record['state_name']} {record['geoid']}"
            if place is None:
                draft.leave_out("GEOID that is not in the register", example)
            elif not _same_place(record, place):
                draft.leave_out("name that is not the one of its GEOID", example)
            else:
                draft.add(_row(place, source.vintage, record))
    return draft


def _row(place: Row, vintage: str, record: Record) -> Row:
    row: Row = {**place_columns(place), "vintage": vintage}
    for name in _MEASURES:
        value = estimate(record[name])
        if name in _BOUNDS:
            bound = _BOUNDS[name].get(value) if value is not None else None
            row[f"{name}_bound"] = bound
            value = None if bound else value
        row[name] = int(value) if value is not None and name in _INTEGERS else value
    return row


def _same_place(record: Record, place: Row) -> bool:
    """Whether a record's own name is that of the place its GEOID names.

    The copy's author tells namesakes apart by county (``Kailua (Hawaii Cnty)``) or kind
    (``Cicero town``), and leaves ``City`` off some names (``Boise``).
    """
    state = state_by_name(record["state_name"])
    if state is None or state.postal != place["state"]:
        return False
    name = _COUNTY_IN_NAME.sub("", record["name"])
    written = {bare(name), bare(_KIND_IN_NAME.sub("", name)), bare(name + _CITY_IN_NAME)}
    return bare(str(place["name"])) in written


def _field(name: str, measure: _Measure) -> Field:
    return Field(
        name=name,
        type=FieldType.INT if name in _INTEGERS else FieldType.DOUBLE,
        label=measure.label,
        description=measure.description,
        unit=measure.unit,
    )


def _bound_field(name: str) -> Field:
    return Field(
        name=f"{name}_bound",
        type=FieldType.TEXT,
        label=f"{_MEASURES[name].label}, bound",
        description="What the survey says where the figure lies beyond the end of its scale.",
        unit=_MEASURES[name].unit,
    )


_NO_CHANGE = "The two vintages have two years in common, so their difference is not a change."


def _figure(name: str, label: str, sentence: str, *, headline: bool, decimals: int = 0) -> Figure:
    return Figure(
        field=name,
        label=label,
        sentence=sentence,
        headline=headline,
        change=False,
        no_change_because=_NO_CHANGE,
        decimals=decimals,
    )


CONNECTOR = Connector(
    dataset=Dataset(
        id="demographics",
        title="People, incomes and rents",
        description="Age, income, rent, schooling, work, poverty and origin of the people of every "
        "place of 10,000 people and more: five-year estimates of the American Community Survey.",
        theme=Theme.PEOPLE,
        key=("geoid", "vintage"),
        place_field="geoid",
        time_field="vintage",
        publisher=CENSUS,
        source_url="https://www.census.gov/programs-surveys/acs",
        vintage="2016-2020 and 2019-2023",
        update_frequency="yearly",
        keywords=("age", "income", "rent", "poverty", "education", "race", "origin", "ACS"),
        attribution="The figures are published by place; they are shown as they are.",
        absence="The figures at hand cover most places of 10,000 people and more; {place} is not "
        "among them. The Census Bureau publishes them for every place.",
        notes=(
            (
                "These are estimates from a sample. The copy they were taken from has no margins "
                "of error: small differences between places or vintages may mean nothing."
            ),
            _NO_CHANGE,
            (
                "Shares by race and origin overlap (Hispanic people are of any race), so they do "
                "not add up to 100 percent."
            ),
            "About one place in twelve of 10,000 people and more is absent from the copy.",
        ),
        fields=(
            *PLACE_FIELDS,
            ACS_YEARS,
            *(
                each
                for name, measure in _COUNTS.items()
                for each in (
                    (_field(name, measure), _bound_field(name))
                    if name in _BOUNDS
                    else (_field(name, measure),)
                )
            ),
            *(_field(name, measure) for name, measure in _SHARES.items()),
        ),
        figures=(
            _figure(
                "median_age_years",
                "Median age",
                "Half of the people of {place} were younger than {value} ({time}).",
                headline=True,
            ),
            _figure(
                "median_household_income_usd",
                "Median household income",
                "Half of the households of {place} had less than {value} a year ({time}).",
                headline=True,
            ),
            _figure(
                "median_gross_rent_usd",
                "Median rent",
                "Half of the renting households of {place} paid less than {value} a month, with "
                "utilities ({time}).",
                headline=True,
            ),
            _figure(
                "poverty_pct",
                "People in poverty",
                "{value} of the people of {place} lived below the poverty level ({time}).",
                headline=True,
                decimals=1,
            ),
            _figure(
                "bachelors_pct",
                "Bachelor's degree or higher",
                "{value} of people of 25 and more in {place} had a bachelor's degree ({time}).",
                headline=False,
                decimals=1,
            ),
            _figure(
                "unemployed_pct",
                "Unemployed",
                "{value} of the labor force of {place} had no work, on average ({time}).",
                headline=False,
                decimals=1,
            ),
            _figure(
                "foreign_born_pct",
                "Born abroad",
                "{value} of the people of {place} were born abroad ({time}).",
                headline=False,
                decimals=1,
            ),
        ),
        chart=Chart(
            kind=ChartKind.BARS,
            fields=("white_non_hispanic_pct", "black_pct", "asian_pct", "hispanic_pct"),
            title="People by race and origin",
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET,),
)
