"""How house prices moved: the FHFA's index by metropolitan area, for the cities it is named after.

The file has no header, a dash for a quarter without an index, and standard errors in brackets.
"""

from collections.abc import Iterator, Mapping, Sequence

from citylake.datasets import (
    Chart,
    ChartKind,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from citylake.errors import SourceChanged
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.numbers import decimal
from lambdas.harvest.clean.register import PlaceNames
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile

FHFA = "Federal Housing Finance Agency"

_ADDRESS = "https://www.fhfa.gov/hpi/download/quarterly_datasets/hpi_at_metro.csv"
_COLUMNS = ("metro", "code", "year", "quarter", "index", "standard_error")
_NONE = "-"
_DIVISION = " (MSAD)"
"""What the FHFA appends to the name of a metropolitan division, a part of a metropolitan area."""

SOURCE = Source(
    id="fhfa-hpi-metro",
    publisher=f"{FHFA}, House Price Index",
    address=_ADDRESS,
    vintage="all transactions, up to the fourth quarter of 2022",
    protocol=DelimitedFile(
        address=_ADDRESS, header=_COLUMNS, fields={name: name for name in _COLUMNS}
    ),
    copy=Copy(
        path="homes/fhfa_HPI_AT_metro.subset.csv",
        copied_from="github.com/LNshuti/avenue-one data/HPI_AT_metro.csv @05bef8dff5",
        note="26 of more than 400 metropolitan areas; their lines as published.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Give each metropolitan area's index to the cities that its name names."""
    draft = Draft()
    names = PlaceNames(inputs.rows(PLACES_DATASET))
    metros: dict[tuple[str, str], dict[str, Record]] = {}
    for record in inputs.records(SOURCE):
        quarter = f"{record['year']} Q{record['quarter']}"
        if record["index"] == _NONE:
            draft.leave_out("quarter without an index", f"{record['metro']} {quarter}")
        else:
            metros.setdefault((record["code"], record["metro"]), {})[quarter] = record
    for (code, metro), quarters in metros.items():
        for place in _principal_cities(metro, names, draft):
            for quarter in quarters:
                draft.add(_row(place, code, metro, quarter, quarters))
    return draft


def _row(place: Row, code: str, metro: str, quarter: str, quarters: Mapping[str, Record]) -> Row:
    record = quarters[quarter]
    index = decimal(record["index"])
    year_before = quarters.get(f"{int(record['year']) - 1} Q{record['quarter']}")
    before = decimal(year_before["index"]) if year_before else None
    return {
        **place_columns(place),
        "quarter": quarter,
        "year": int(record["year"]),
        "metro_code": code,
        "metro_name": metro,
        "index": index,
        "standard_error": _standard_error(record["standard_error"]),
        "index_change_pct": round(100 * (index - before) / before, 2) if index and before else None,
    }


def _standard_error(text: str) -> float | None:
    """Read a number in brackets: ``( 3.19)``."""
    if not text.startswith("(") or not text.endswith(")"):
        raise SourceChanged(f"standard error {text!r}: expected a number in brackets")
    return decimal(text[1:-1])


def _principal_cities(metro: str, names: PlaceNames, draft: Draft) -> Iterator[Row]:
    """Find the places that a metropolitan area is named after.

    ``Durham-Chapel Hill, NC`` names two cities, ``Winston-Salem, NC`` one, and ``South
    Bend-Mishawaka, IN-MI`` two that each lie in one of two states.
    """
    title, _, states = metro.removesuffix(_DIVISION).rpartition(", ")
    for name, bearers in _named(title.split("-"), states.split("-"), names):
        if len(bearers) == 1:
            yield bearers[0]
        elif bearers:
            draft.leave_out(
                "name in a metropolitan area's title that several places bear", f"{name} ({metro})"
            )
        else:
            draft.leave_out(
                "name in a metropolitan area's title that no place bears", f"{name} ({metro})"
            )


def _named(
    words: Sequence[str], states: Sequence[str], names: PlaceNames
) -> Iterator[tuple[str, list[Row]]]:
    """Take a title apart at its hyphens, but not inside a name that has one."""
    start = 0
    while start < len(words):
        for end in range(len(words), start, -1):
            name = "-".join(words[start:end])
            bearers = [place for state in states for place in names.bearers(state, name)]
            if bearers or end == start + 1:
                yield name, bearers
                start = end
                break


CONNECTOR = Connector(
    dataset=Dataset(
        id="home-prices",
        title="House price index of the metropolitan area",
        description="How prices of single-family houses moved, by quarter since the 1970s: the "
        "all-transactions index of the metropolitan area that a city gives its name to.",
        theme=Theme.HOMES,
        key=("geoid", "quarter"),
        place_field="geoid",
        time_field="quarter",
        publisher=FHFA,
        source_url="https://www.fhfa.gov/data/hpi",
        vintage="up to the fourth quarter of 2022",
        update_frequency="quarterly",
        keywords=("houses", "homes", "prices", "real estate", "housing", "HPI"),
        attribution="The FHFA publishes the index by metropolitan area. Each city that the area's "
        "name names is given it (Durham-Chapel Hill, NC: Durham and Chapel Hill), if one place of "
        "that state bears the name. It speaks of the whole area, not of the city alone.",
        absence="The bundled index covers 26 metropolitan areas, and none of them is named after "
        "{place}. The Federal Housing Finance Agency publishes it for more than 400; its live "
        "source brings the others.",
        notes=(
            (
                "An index is not a price: it says how prices moved since the first quarter of "
                "1995, which is 100, not what a house costs. Two areas' indexes must not be "
                "compared, their changes may."
            ),
            "It rests on sales and appraisals of the same houses, and is not adjusted for season.",
            "It is in dollars of the day: inflation is part of every change.",
            "This product uses FHFA data but is neither endorsed nor certified by the FHFA.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="quarter",
                type=FieldType.TEXT,
                label="Quarter",
                description="Year and quarter: 2022 Q4 ended on December 31, 2022.",
            ),
            Field(
                name="year",
                type=FieldType.INT,
                label="Year",
                description="Year of the quarter.",
                facet=True,
            ),
            Field(
                name="metro_code",
                type=FieldType.TEXT,
                label="Metropolitan area code",
                description="Code of the core-based statistical area or division.",
            ),
            Field(
                name="metro_name",
                type=FieldType.TEXT,
                label="Metropolitan area",
                description="Metropolitan area that the index speaks of.",
                facet=True,
            ),
            Field(
                name="index",
                type=FieldType.DOUBLE,
                label="House price index",
                description="All-transactions index; the first quarter of 1995 is 100.",
            ),
            Field(
                name="standard_error",
                type=FieldType.DOUBLE,
                label="Standard error",
                description="Standard error of the index, as the FHFA gives it.",
            ),
            Field(
                name="index_change_pct",
                type=FieldType.DOUBLE,
                label="Change in a year",
                description="Change of the index since the same quarter of the year before.",
                unit="%",
            ),
        ),
        figures=(
            Figure(
                field="index_change_pct",
                label="House prices, change in a year",
                sentence="In the year to {time}, prices of houses in the metropolitan area of "
                "{place} moved by {value}.",
                headline=True,
                change=False,
                no_change_because="The figure is a change itself.",
                decimals=1,
            ),
            Figure(
                field="index",
                label="House price index",
                sentence="In {time}, the index of the metropolitan area of {place} stood at "
                "{value}; the first quarter of 1995 is 100.",
                decimals=1,
            ),
        ),
        chart=Chart(
            kind=ChartKind.TREND,
            fields=("index",),
            title="House price index of the metropolitan area by quarter",
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
    change_pct=25.0,
)
