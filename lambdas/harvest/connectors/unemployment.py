"""Unemployment by month: of a city itself where the bundled file has it."""

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.laus import ANNUAL_MEAN, NOT_SURVEYED, RATE, month, read_series
from lambdas.harvest.clean.numbers import decimal
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Source
from lambdas.harvest.protocols import BlsSeriesFile

BLS = "Bureau of Labor Statistics"
LAUS = f"{BLS}, Local Area Unemployment Statistics"

_FIRST_YEAR = 1990
_PRELIMINARY = "P"
_ADDRESS = "https://download.bls.gov/pub/time.series/la/la.data.65.City"

SOURCE = Source(
    id="bls-laus-cities",
    publisher=LAUS,
    address=_ADDRESS,
    vintage="January 1990 to March 2022",
    protocol=BlsSeriesFile(address=_ADDRESS, measures=(RATE,), from_year=_FIRST_YEAR),
    copy=Copy(
        path="jobs/bls_la_data_example.tsv",
        copied_from="github.com/higherX4Racine/hiRx data/laus_example.rda @6cd41f0e44",
        note="One city, Racine in Wisconsin, beside three larger areas.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take the months of every city of the register."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for record in inputs.records(SOURCE):
        series = read_series(record["series_id"])
        place = places.get(series.geoid)
        example = f"{record['series_id']} {record['year']} {record['period']}"
        if record["period"] == ANNUAL_MEAN:
            draft.leave_out("mean of a year, which is no month", example)
        elif not series.geoid:
            draft.leave_out("area that is no city: metropolitan or combined", example)
        elif place is None:
            draft.leave_out("city that is not in the register", example)
        elif record["value"] == NOT_SURVEYED:
            draft.leave_out("month that was not surveyed", example)
        else:
            draft.add(
                {
                    **place_columns(place),
                    "month": month(record["year"], record["period"]),
                    "unemployed_pct": decimal(record["value"]),
                    "is_preliminary": _PRELIMINARY in record["footnote_codes"],
                }
            )
    return draft


MONTH = Field(
    name="month",
    type=FieldType.TEXT,
    label="Month",
    description="Year and month: 2026-06 is June 2026.",
)

CONNECTOR = Connector(
    dataset=Dataset(
        id="unemployment",
        title="Unemployment in the city by month",
        description="People without work who look for it, in percent of the labor force, in the "
        "city itself; not adjusted for season.",
        theme=Theme.JOBS,
        key=("geoid", "month"),
        place_field="geoid",
        time_field="month",
        publisher=BLS,
        source_url="https://www.bls.gov/lau/",
        vintage="January 1990 to March 2022",
        update_frequency="monthly",
        keywords=("jobs", "unemployment", "labor force", "work"),
        attribution="The Bureau of Labor Statistics publishes the rate by city, under the city's "
        "GEOID.",
        absence="The Bureau of Labor Statistics publishes a rate of its own for every city of "
        "25,000 people and more; the bundled file has that of Racine, Wisconsin, alone, and the "
        "live source brings the others. The rate of the state stands in its place.",
        notes=(
            (
                "Rates are estimated from models, without margins of error for cities; all months "
                "are restated each spring."
            ),
            "The rate is not adjusted for season: compare a month with the same month of a year.",
            "October 2025 was never surveyed.",
        ),
        fields=(
            *PLACE_FIELDS,
            MONTH,
            Field(
                name="unemployed_pct",
                type=FieldType.DOUBLE,
                label="Unemployment rate",
                description="Unemployed in percent of the labor force.",
                unit="%",
            ),
            Field(
                name="is_preliminary",
                type=FieldType.BOOLEAN,
                label="Preliminary",
                description="Whether the Bureau of Labor Statistics calls the figure preliminary.",
            ),
        ),
        figures=(
            Figure(
                field="unemployed_pct",
                label="Unemployment rate of the city",
                sentence="In {time}, {value} of the labor force of {place} was out of work.",
                headline=True,
                change=False,
                no_change_because="The rate is not adjusted for season: one month and the next "
                "differ by it.",
                decimals=1,
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("unemployed_pct",),
            title="Unemployment rate of the city by month",
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
    change_pct=25.0,
)
