"""How people get to work, with margins of error: a table of the American Community Survey."""

from collections.abc import Iterator, Mapping

from citylake.datasets import Chart, ChartKind, Dataset, Field, FieldType, Figure, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.margins import margin, share_margin
from lambdas.harvest.clean.numbers import estimate, share_pct
from lambdas.harvest.connectors.shared import ACS_YEARS, PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import CensusApi, DelimitedFile
from lambdas.harvest.sources import CENSUS

VINTAGE = "2020-2024"

_WORKERS = "B08006_001"

_MODES: Mapping[str, tuple[str, str, str]] = {
    "drove_alone": ("B08006_003", "Drove alone", "drove to work alone, by car, truck or van"),
    "carpooled": ("B08006_004", "Carpooled", "drove to work with others, by car, truck or van"),
    "transit": ("B08006_008", "Public transportation", "went to work by public transportation"),
    "bicycle": ("B08006_014", "Bicycle", "went to work by bicycle"),
    "walked": ("B08006_015", "Walked", "walked to work"),
    "other_means": (
        "B08006_016",
        "Other means",
        "went to work by taxi or hailed ride, motorcycle or other means",
    ),
    "worked_from_home": ("B08006_017", "Worked from home", "worked from home"),
}
"""The variable of each mode, its label, and what its people did."""

_ADDRESS = "https://api.census.gov/data/2024/acs/acs5"
_WHOLE_PCT = 100
"""From this margin on, in percentage points, a share may be anything: it is not given."""

_PLACE = "1600000US"
"""How the identifier of a place begins in the survey's files: its level, and «US»."""

_FIELDS = {
    "geo_id": "GEO_ID",
    "name": "NAME",
    **{
        f"{variable}{kind}": f"{variable}{kind}"
        for variable in (_WORKERS, *(variable for variable, *_ in _MODES.values()))
        for kind in "EM"
    },
}

SOURCE = Source(
    id=f"census-commuting-{VINTAGE}",
    publisher=f"{CENSUS}, American Community Survey 5-year estimates, table B08006",
    address=_ADDRESS,
    vintage=VINTAGE,
    protocol=CensusApi(address=_ADDRESS, fields=_FIELDS, areas="place:*"),
    copy=Copy(
        protocol=DelimitedFile(address=_ADDRESS, fields=_FIELDS, label_lines=1),
        path="census/ACSDT5Y2024.B08006-Data.ca-places.csv",
        copied_from="github.com/jagresti/remote-work-housing-analysis "
        "data/Remote_work_cali_B08006/ACSDT5Y2024.B08006-Data.csv @15d925c716",
        note="Every place of California, as downloaded from the Census Bureau's site: a byte order "
        "mark, two header lines, an unnamed last column.",
    ),
)


def conform(inputs: Inputs) -> Draft:
    """Take every place of the register in which the survey found workers."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for record in inputs.records(SOURCE):
        place = places.get(record["geo_id"].removeprefix(_PLACE))
        if place is None:
            draft.leave_out("place that is not in the register", record["name"])
        elif not estimate(record[f"{_WORKERS}E"]):
            draft.leave_out("place in which the survey found nobody at work", record["name"])
        else:
            draft.add({**place_columns(place), "vintage": SOURCE.vintage, **_columns(record)})
    return draft


def _columns(record: Record) -> Row:
    workers, workers_margin = _read(record, _WORKERS)
    row: Row = {"workers": _whole(workers), "workers_margin": _whole(workers_margin)}
    for name, (variable, *_) in _MODES.items():
        people, people_margin = _read(record, variable)
        row[name] = _whole(people)
        row[f"{name}_margin"] = _whole(people_margin)
        if people is None or workers is None:
            continue
        points = _points(share_margin(people, people_margin, workers, workers_margin))
        if points is None or points < _WHOLE_PCT:
            row[f"{name}_pct"] = share_pct(people, workers)
            row[f"{name}_pct_margin"] = points
    return row


def _read(record: Record, variable: str) -> tuple[float | None, float | None]:
    return estimate(record[f"{variable}E"]), margin(record[f"{variable}M"])


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _points(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 4)


def _with_margin(
    name: str, type_: FieldType, label: str, description: str, *, unit: str, margin_unit: str
) -> Iterator[Field]:
    yield Field(name=name, type=type_, label=label, description=description, unit=unit)
    yield Field(
        name=f"{name}_margin",
        type=type_,
        label=f"{label}, margin of error",
        description="Half-width of the interval that holds the true figure with 90 percent "
        "confidence.",
        unit=margin_unit,
        margin_of=name,
    )


_NO_CHANGE = "Vintages that have years in common must not be subtracted from each other."


def _figure(name: str) -> Figure:
    _, label, did = _MODES[name]
    return Figure(
        field=f"{name}_pct",
        label=label,
        sentence=f"{{value}} of the workers of {{place}} {did} ({{time}}).",
        change=False,
        no_change_because=_NO_CHANGE,
        decimals=1,
    )


CONNECTOR = Connector(
    dataset=Dataset(
        id="commuting",
        title="Getting to work",
        description="How the workers of a place get to work, in number and share, with the margin "
        "of error of each: five-year estimates of the American Community Survey.",
        theme=Theme.TRANSPORT,
        key=("geoid", "vintage"),
        place_field="geoid",
        time_field="vintage",
        publisher=CENSUS,
        source_url="https://data.census.gov/table/ACSDT5Y2024.B08006",
        vintage=VINTAGE,
        update_frequency="yearly",
        keywords=("commuting", "transit", "bicycle", "walking", "work from home", "ACS"),
        attribution="The figures are published by place, by where workers live; they are shown as "
        "they are.",
        absence="The bundled table covers California. The Census Bureau publishes it for every "
        "place; its live source brings the others.",
        notes=(
            (
                "These are estimates from a sample, each with its margin of error: two figures "
                "whose intervals overlap may be the same."
            ),
            (
                "Margins of shares are reckoned by the Census Bureau's formula from those of the "
                "numbers. A share whose margin reaches 100 points could be anything, and is empty."
            ),
            "Workers are people of 16 years and more who were at work in the week before.",
            _NO_CHANGE,
        ),
        fields=(
            *PLACE_FIELDS,
            ACS_YEARS,
            *_with_margin(
                "workers",
                FieldType.INT,
                "Workers",
                "People of 16 years and more who were at work.",
                unit="people",
                margin_unit="people",
            ),
            *(
                field
                for name, (_, label, did) in _MODES.items()
                for field in (
                    *_with_margin(
                        name,
                        FieldType.INT,
                        label,
                        f"Workers who {did}.",
                        unit="people",
                        margin_unit="people",
                    ),
                    *_with_margin(
                        f"{name}_pct",
                        FieldType.DOUBLE,
                        f"{label}, share",
                        f"Share of the workers who {did}.",
                        unit="%",
                        margin_unit="percentage points",
                    ),
                )
            ),
        ),
        figures=(
            _figure("drove_alone"),
            _figure("transit"),
            _figure("worked_from_home"),
            _figure("bicycle"),
        ),
        chart=Chart(kind=ChartKind.PARTS, fields=tuple(_MODES), title="How people get to work"),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET,),
)
