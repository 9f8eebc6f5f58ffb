"""Median household income by year: the survey of a single year, for the larger cities."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.codes import is_subdivision
from lambdas.harvest.clean.names import CDP, bare, split_name
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.clean.states import state_by_name
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile
from lambdas.harvest.sources import CENSUS

_LEAST_PEOPLE = 50_000
"""Which of two namesakes of one kind is meant: the survey covers places of 65,000 people and more,
and Florida's other Spring Hill has 169."""

_ADDRESS = "https://api.census.gov/data/2023/acs/acs1/subject"

SOURCE = Source(
    id="census-incomes-2010-2023",
    publisher=f"{CENSUS}, American Community Survey 1-year estimates",
    address=_ADDRESS,
    vintage="each year from 2010 to 2023, without 2020",
    fetchable=False,
    protocol=DelimitedFile(
        address=_ADDRESS,
        fields={
            "name": "City",
            "state_name": "State",
            "year": "Year",
            "income": "Median_Income",
        },
    ),
    copy=Copy(
        path="census/acs1_median_income_2010_2023.csv",
        copied_from="github.com/tomeravgil/housing-collection processed-data/median-salary/"
        "acs1y_s1901_median_income_2010_2023.csv @51eaa274bb",
        note="Table S1901, places by name and kind without GEOID, no margins of error. The Census "
        "Bureau published no such figures for 2020.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take every figure whose name, kind and state lead to one place."""
    draft = Draft()
    places = _places_by_name(inputs.rows(PLACES_DATASET))
    for record in inputs.records(SOURCE):
        place, reason = _place_of(record, places)
        if place is None:
            draft.leave_out(reason, f"{record['name']}, {record['state_name']} {record['year']}")
            continue
        draft.add(
            {
                **place_columns(place),
                "year": whole(record["year"]),
                "median_household_income_usd": whole(record["income"]),
            }
        )
    return draft


_Name = tuple[str, str]


def _places_by_name(register: Sequence[Row]) -> Mapping[_Name, Sequence[Row]]:
    found: dict[_Name, list[Row]] = defaultdict(list)
    for place in register:
        if not is_subdivision(str(place["geoid"])):
            found[str(place["state"]), bare(str(place["name"]))].append(place)
    return found


def _place_of(record: Record, places: Mapping[_Name, Sequence[Row]]) -> tuple[Row | None, str]:
    """Find the place, or say why there is none that is certain."""
    state = state_by_name(record["state_name"])
    if state is None:
        return None, "state that is none"
    name, kind = split_name(record["name"], state.postal)
    named = places.get((state.postal, bare(name)), ())
    if not named:
        return None, "no place of this name in the register: merged"
    alike = [place for place in named if place["kind"] == kind]
    if not alike and kind != CDP:
        # A town that became a city kept its boundaries; a CDP that became one seldom did.
        alike = [place for place in named if place["has_government"]]
    if not alike:
        return None, "was a census designated place then, with other boundaries than the city"
    if len(alike) > 1:
        alike = [place for place in alike if int(str(place["population"] or 0)) >= _LEAST_PEOPLE]
    if len(alike) != 1:
        return None, "several places of this name and kind in the state"
    return alike[0], ""


CONNECTOR = Connector(
    dataset=Dataset(
        id="incomes",
        title="Household income by year",
        description="Median household income of each year from 2010 to 2023, in cities of 65,000 "
        "people and more: one-year estimates of the American Community Survey.",
        theme=Theme.INCOME,
        key=("geoid", "year"),
        place_field="geoid",
        time_field="year",
        publisher=CENSUS,
        source_url="https://data.census.gov/table/ACSST1Y2023.S1901",
        vintage=SOURCE.vintage,
        update_frequency="yearly",
        keywords=("income", "household income", "median", "ACS"),
        attribution="The figures are published by place, named with its kind and state; they are "
        "shown where the register has one such place.",
        absence="The survey of a single year covers places of 65,000 people and more; it has no "
        "figure for {place}.",
        notes=(
            (
                "Dollars are those of each year: prices rose by about 40 percent from 2010 to "
                "2023, so that a household needed that much more to be as well off."
            ),
            (
                "These are estimates from a sample. Years do not overlap, so a change means "
                "something, but the file has no margins of error: for a city of 65,000 people a "
                "change of a few percent may be chance."
            ),
            "The Census Bureau published no one-year figures for 2020.",
            "A city whose population lies near 65,000 comes and goes.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of the survey, and of the dollars.",
                facet=True,
            ),
            Field(
                name="median_household_income_usd",
                type=FieldType.INT,
                label="Median household income",
                description="Half of the households had less, in a year, in dollars of that year "
                "(table S1901).",
                unit="US dollars",
            ),
        ),
        figures=(
            Figure(
                field="median_household_income_usd",
                label="Median household income of one year",
                sentence="Half of the households of {place} had less than {value} in {time}.",
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("median_household_income_usd",),
            title="Median household income by year, in dollars of each year",
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
)
