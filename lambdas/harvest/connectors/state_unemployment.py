"""Unemployment of the state by month, shown to each of its places as what it is."""

from citylake.datasets import (
    Area,
    Chart,
    ChartKind,
    Comparison,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from citylake.places import STATE_DIGITS
from lambdas.harvest.clean.laus import ANNUAL_MEAN, NOT_SURVEYED, RATE, month, read_series
from lambdas.harvest.clean.numbers import decimal
from lambdas.harvest.clean.states import state_of
from lambdas.harvest.connectors.shared import STATE
from lambdas.harvest.connectors.unemployment import BLS, LAUS, MONTH
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Source
from lambdas.harvest.protocols import BlsSeriesFile, DelimitedFile

_FIRST_YEAR = 2025
_ADDRESS = "https://download.bls.gov/pub/time.series/la/la.data.3.AllStatesS"

SOURCE = Source(
    id="bls-laus-states",
    publisher=LAUS,
    address=_ADDRESS,
    vintage="January 2025 to June 2026",
    protocol=BlsSeriesFile(address=_ADDRESS, measures=(RATE,), from_year=_FIRST_YEAR),
    copy=Copy(
        path="jobs/bls_laus_state_unemployment_2025_2026.csv",
        copied_from="github.com/dathere/bls-laus-stats output/stateUnemployment.csv @4457c304aa",
        protocol=DelimitedFile(
            address=_ADDRESS,
            fields={
                "series_id": "Series ID",
                "year": "Year",
                "period": "Month",
                "value": "Unemployment Rate",
            },
        ),
        note="Asked of the Bureau's API by the copy's author; months by name; a dash for October "
        "2025 in every state.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take the months of every state."""
    draft = Draft()
    for record in inputs.records(SOURCE):
        series = read_series(record["series_id"])
        example = f"{record['series_id']} {record['year']} {record['period']}"
        if record["period"] == ANNUAL_MEAN:
            draft.leave_out("mean of a year, which is no month", example)
        elif len(series.geoid) != STATE_DIGITS:
            draft.leave_out("area that is no state", example)
        elif record["value"] == NOT_SURVEYED:
            draft.leave_out("month that was not surveyed", example)
        else:
            state = state_of(series.geoid)
            draft.add(
                {
                    "geoid": state.code,
                    "state": state.postal,
                    "state_name": state.name,
                    "month": month(record["year"], record["period"]),
                    "state_unemployed_pct": decimal(record["value"]),
                }
            )
    return draft


CONNECTOR = Connector(
    dataset=Dataset(
        id="state-unemployment",
        title="Unemployment in the state by month",
        description="People without work who look for it, in percent of the labor force, in the "
        "state that a place lies in; adjusted for season.",
        theme=Theme.JOBS,
        key=("geoid", "month"),
        place_field="geoid",
        area=Area.STATE,
        time_field="month",
        publisher=BLS,
        source_url="https://www.bls.gov/lau/",
        vintage="January 2025 to June 2026",
        update_frequency="monthly",
        keywords=("jobs", "unemployment", "labor force", "work", "state"),
        attribution="The figure is that of the whole state, shown to each of its places; it says "
        "nothing about one city in particular.",
        notes=(
            "October 2025 was never surveyed, in any state.",
            "All months are restated each spring; the newest is preliminary.",
        ),
        fields=(
            Field(
                name="geoid",
                type=FieldType.TEXT,
                label="GEOID",
                description="Census identifier of the state.",
            ),
            STATE,
            MONTH,
            Field(
                name="state_name",
                type=FieldType.TEXT,
                label="State name",
                description="State that the rate speaks of.",
            ),
            Field(
                name="state_unemployed_pct",
                type=FieldType.DOUBLE,
                label="Unemployment rate of the state",
                description="Unemployed in percent of the state's labor force, seasonally "
                "adjusted.",
                unit="%",
            ),
        ),
        figures=(
            Figure(
                field="state_unemployed_pct",
                label="Unemployment rate of the state",
                sentence="In {time}, {value} of the labor force was out of work in the whole state "
                "that {place} lies in.",
                comparison=Comparison.NONE,
                headline=True,
                decimals=1,
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("state_unemployed_pct",),
            title="Unemployment rate of the state by month",
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    change_pct=25.0,
)
