"""Inhabitants of every place by year: counts of 2010 and 2020, and two vintages of estimates."""

from collections import Counter
from collections.abc import Iterator, Mapping

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.codes import place_geoid
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.connectors.places import current_geoid, redrawn
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Draft, Inputs, Row
from lambdas.harvest.sources import (
    CENSUS,
    ESTIMATES_2019,
    ESTIMATES_LARGE,
    ESTIMATES_TOP_1000,
    GEOCORR_2022,
    INCORPORATED_PLACE,
    NOT_COUNTED,
    NOT_IN_A_PLACE,
)

COUNT = "Census count"
COUNT_BEFORE = "Census count, before boundaries changed"
VINTAGE_2019 = "Estimate, vintage 2019"
VINTAGE_2023 = "Estimate, vintage 2023"

_YEARS_OF_2019 = range(2010, 2020)
_YEARS_OF_2023 = range(2021, 2024)

_Figures = dict[tuple[str, str, int], int]


def conform(inputs: Inputs) -> Draft:
    """Bring counts and estimates together, each vintage in a series of its own."""
    draft = Draft()
    figures: _Figures = {}
    for geoid, people in _counted_2020(inputs).items():
        figures[geoid, COUNT, 2020] = people
    for geoid, series, year, people in (
        *_vintage_2019(inputs),
        *_large_places(inputs, draft),
        *_newest(inputs),
    ):
        held = figures.setdefault((geoid, series, year), people)
        if held != people:
            draft.leave_out(
                "two files give different figures for one vintage and year",
                f"{geoid} {year}: {held:,} and {people:,}",
            )
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for (geoid, series, year), people in sorted(figures.items()):
        place = places.get(geoid)
        if place is None:
            draft.leave_out("place that is not in the register: dissolved", f"{geoid} {year}")
        else:
            draft.add(_row(place, series, year, people))
    return draft


def _row(place: Row, series: str, year: int, people: int) -> Row:
    return {
        **place_columns(place),
        "series": series,
        "year": year,
        "population": people,
    }


def _counted_2020(inputs: Inputs) -> Mapping[str, int]:
    people: Counter[str] = Counter()
    for record in inputs.records(GEOCORR_2022):
        if record["place"] != NOT_IN_A_PLACE:
            geoid = current_geoid(place_geoid(record["state"], record["place"]))
            people[geoid] += whole(record["population"]) or 0
    return people


def _vintage_2019(inputs: Inputs) -> Iterator[tuple[str, str, int, int]]:
    other_boundaries = redrawn(inputs)
    for record in inputs.records(ESTIMATES_2019):
        if record["level"] != INCORPORATED_PLACE:
            continue
        geoid = current_geoid(place_geoid(record["state"], record["place"]))
        if record["census_2010"] != NOT_COUNTED:
            counted = whole(record["census_2010"])
            if counted is not None:
                yield geoid, COUNT_BEFORE if geoid in other_boundaries else COUNT, 2010, counted
        for year in _YEARS_OF_2019:
            estimated = whole(record[f"estimate_{year}"])
            if estimated is not None:
                yield geoid, VINTAGE_2019, year, estimated


def _large_places(inputs: Inputs, draft: Draft) -> Iterator[tuple[str, str, int, int]]:
    """Read the file that strings several vintages together.

    Its years 2014 to 2018 come from the vintage of each year, and its 2020 is the count: none of
    them belongs into a series of estimates. 2019 is vintage 2019, 2021 to 2023 are vintage 2023.
    """
    for record in inputs.records(ESTIMATES_LARGE):
        year = int(record["year"])
        geoid = current_geoid(place_geoid(record["state"], record["place"]))
        people = whole(record["population"])
        if people is None:
            continue
        if year == _YEARS_OF_2019[-1]:
            yield geoid, VINTAGE_2019, year, people
        elif year in _YEARS_OF_2023:
            yield geoid, VINTAGE_2023, year, people
        elif year in _YEARS_OF_2019:
            draft.leave_out(
                "estimate of an older vintage, one for each year from 2014 to 2018",
                f"{record['name']} {year}: {people:,}",
            )
        else:
            draft.leave_out(
                "the 2020 count, which the crosswalk has already",
                f"{record['name']} {year}: {people:,}",
            )


def _newest(inputs: Inputs) -> Iterator[tuple[str, str, int, int]]:
    for record in inputs.records(ESTIMATES_TOP_1000):
        people = whole(record["population"])
        if people is not None:
            yield current_geoid(record["geoid"]), VINTAGE_2023, _YEARS_OF_2023[-1], people


CONNECTOR = Connector(
    dataset=Dataset(
        id="population",
        title="Population by year",
        description="Inhabitants of every place: the Census counts of 2010 and 2020, and the "
        "Census Bureau's estimates for 1 July of the years between and since.",
        theme=Theme.PEOPLE,
        key=("geoid", "series", "year"),
        place_field="geoid",
        time_field="year",
        series_field="series",
        publisher=CENSUS,
        source_url="https://www.census.gov/programs-surveys/popest.html",
        vintage="counts of 2010 and 2020; estimates of vintages 2019 and 2023",
        update_frequency="yearly",
        keywords=("population", "inhabitants", "residents", "growth"),
        attribution="The figures are published by place; they are shown as they are.",
        notes=(
            (
                "Each vintage of estimates restates all years since the last count: figures of two "
                "vintages, or of an estimate and a count, must not be subtracted from each other."
            ),
            (
                "Estimates of vintage 2023 are here for the 1,000 most populous incorporated "
                "places (2023) and for 486 of more than 75,000 people (2021 to 2023)."
            ),
            (
                "Where boundaries took in or lost more than a tenth of the people after 2010, the "
                "count of 2010 stands in a series of its own."
            ),
            "Census designated places are counted every ten years, and not estimated.",
            "Towns and townships that are county subdivisions are not in these files.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="series",
                type=FieldType.TEXT,
                label="Series",
                description="Count, or estimate with its vintage; only figures of one series can "
                "be compared over time.",
                facet=True,
            ),
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year that the figure speaks of: 1 April of a count, 1 July of an "
                "estimate.",
                facet=True,
            ),
            Field(
                name="population",
                type=FieldType.INT,
                label="Population",
                description="People who live in the place.",
                unit="people",
            ),
        ),
        figures=(
            Figure(
                field="population",
                label="Inhabitants",
                sentence="{value} people lived in {place} in {time}.",
                headline=True,
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("population",),
            title="Inhabitants by year",
        ),
    ),
    sources=(GEOCORR_2022, ESTIMATES_2019, ESTIMATES_LARGE, ESTIMATES_TOP_1000),
    conform=conform,
    needs=(PLACES_DATASET,),
)
