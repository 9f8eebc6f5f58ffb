"""Crashes that hurt people on foot or on a bicycle: Durham, North Carolina, one record a crash."""

from datetime import date

from citylake.datasets import Dataset, Field, FieldType, License, Theme
from citylake.errors import SourceChanged
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.numbers import decimal, whole
from lambdas.harvest.clean.shapes import Outline, Where
from lambdas.harvest.connectors.boundaries import BOUNDARIES_DATASET, TOLERANCE_M
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import DelimitedFile

CRASHES_DATASET = "crashes"

NCDOT = "North Carolina Department of Transportation"
DURHAM_GEOID = "3719000"

PEDESTRIAN = "Pedestrian"
CYCLIST = "Bicyclist"

_CITY = "Durham"
_RURAL = "None - Rural Crash"
_NOT_CODED = frozenset({"", "Not coded", "Unknown"})

_ROUNDED_M = 72.0
"""How far a point with three decimals may lie from the true one, at the latitude of Durham."""

_ADDRESS = (
    "https://www.ncdot.gov/divisions/integrated-mobility/multimodal-planning/Pages/"
    "research-data.aspx"
)

SOURCE = Source(
    id="ncdot-nonmotorist-crashes-durham",
    publisher=NCDOT,
    address=_ADDRESS,
    vintage="2007 to 2024",
    fetchable=False,
    license=License(name="State of North Carolina, open data"),
    protocol=DelimitedFile(
        address=_ADDRESS,
        fields={
            "crash_id": "CrashID",
            "crash_date": "CrashDate",
            "hour": "CrashHour",
            "lat": "Latitude",
            "lon": "Longitude",
            "severity": "CrashSevr",
            "crash_type": "CrashType",
            "crash_group": "CrashTypGr",
            "person": "NM_Type",
            "vehicle": "DrvrVehTyp",
            "speed_limit": "SpeedLimit",
            "road_class": "RdClass",
            "light": "LightCond",
            "weather": "Weather",
            "city": "City",
        },
    ),
    copy=Copy(
        path="traffic/durham_nc_nonmotorist_crashes_2007_2024.csv",
        copied_from="github.com/safe-t-ai/safe-t-ai.github.io "
        "backend/data/raw/ncdot_nonmotorist_durham.csv @6d01444b94",
        note="Crashes of Durham County that have a position; age, sex, race and alcohol are not in "
        "the copy, and positions are cut to three decimals of a degree, about a city block.",
    ),
)

_TEXTS = {
    "person": ("Person", "Who was hit: on foot, on a bicycle, in a wheelchair …", True),
    "crash_type": ("Type", "What happened, as the department classifies it.", False),
    "crash_group": ("Group of types", "Group that the type belongs to.", True),
    "vehicle": ("Vehicle", "Kind of vehicle that was involved.", True),
    "speed_limit": ("Speed limit", "Speed limit, or the range of it, as published.", True),
    "road_class": ("Road", "Class of the road.", True),
    "light": ("Light", "Light at the time.", True),
    "weather": ("Weather", "Weather at the time.", True),
}


def conform(inputs: Inputs) -> Draft:
    """Take the crashes that the state and the boundary both give to the city."""
    draft = Draft()
    (place,) = (row for row in inputs.rows(PLACES_DATASET) if row["geoid"] == DURHAM_GEOID)
    outline = _outline(inputs)
    for record in inputs.records(SOURCE):
        example = f"{record['crash_id']} of {record['crash_date']}"
        if record["city"] == _RURAL:
            draft.leave_out("crash outside of every city, as the state has it", example)
        elif record["city"] != _CITY:
            draft.leave_out("crash in another city that reaches into the county", example)
        elif outline.locate(*_position(record)) is Where.OUTSIDE:
            draft.leave_out("crash outside of the boundary, though the state says city", example)
        else:
            draft.add(_row(place, record))
    return draft


def _outline(inputs: Inputs) -> Outline:
    (wkb,) = (
        row["boundary"] for row in inputs.rows(BOUNDARIES_DATASET) if row["geoid"] == DURHAM_GEOID
    )
    if not isinstance(wkb, bytes):
        raise TypeError(f"the boundary of {DURHAM_GEOID} is {type(wkb).__name__}; expected WKB")
    return Outline(wkb, TOLERANCE_M + _ROUNDED_M)


def _row(place: Row, record: Record) -> Row:
    lon, lat = _position(record)
    day = _day(record["crash_date"])
    code, _, severity = record["severity"].rpartition(": ")
    return {
        **place_columns(place),
        "crash_id": record["crash_id"],
        "crash_date": day,
        "crash_year": day.year,
        "crash_hour": whole(record["hour"]),
        "location__lon": lon,
        "location__lat": lat,
        "severity_code": code or None,
        "severity": severity,
        **{name: _coded(record[name]) for name in _TEXTS},
    }


def _position(record: Record) -> tuple[float, float]:
    lon, lat = decimal(record["lon"]), decimal(record["lat"])
    if lon is None or lat is None:
        raise SourceChanged(f"crash {record['crash_id']} has no position")
    return lon, lat


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SourceChanged(f"{text!r}: expected a date such as 2024-05-31") from error


def _coded(text: str) -> str | None:
    """A text as published, one dash for all; ``None`` where nothing was coded."""
    return None if text in _NOT_CODED else text.replace("\N{EN DASH}", "-")


def _text_field(name: str, label: str, description: str, *, facet: bool) -> Field:
    return Field(name=name, type=FieldType.TEXT, label=label, description=description, facet=facet)


CONNECTOR = Connector(
    dataset=Dataset(
        id=CRASHES_DATASET,
        title="Crashes with people on foot or bicycle",
        description="Crashes that the police reported in which a motor vehicle met somebody on "
        "foot, on a bicycle or in a wheelchair, with place, hour, severity and circumstances.",
        theme=Theme.TRANSPORT,
        key=("crash_id",),
        place_field="geoid",
        publisher=NCDOT,
        source_url=_ADDRESS,
        vintage=SOURCE.vintage,
        license=SOURCE.license,
        update_frequency="yearly",
        keywords=("crash", "pedestrian", "cyclist", "traffic", "safety", "Vision Zero"),
        attribution="The state says in which city a crash happened, and gives its point: a crash "
        "is the city's where both agree, with allowance for points that were cut to about a block.",
        notes=(
            "The file covers Durham County, where all but a few of the city's people live.",
            (
                "The boundary is that of 2018 or 2019; the state's word is that of the year of "
                "the crash."
            ),
            "Crashes that nobody reported are not in it.",
            (
                "The state defines serious and minor injuries otherwise since 2016: numbers of "
                "injuries before and after cannot be compared."
            ),
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="crash_id",
                type=FieldType.TEXT,
                label="Crash",
                description="The department's number of the crash.",
            ),
            Field(
                name="crash_date",
                type=FieldType.DATE,
                label="Date",
                description="Day of the crash.",
            ),
            Field(
                name="crash_year",
                type=FieldType.INT,
                label="Year",
                description="Year of the crash.",
                facet=True,
            ),
            Field(
                name="crash_hour",
                type=FieldType.INT,
                label="Hour",
                description="Hour of the day, 0 to 23, local time.",
            ),
            Field(
                name="location",
                type=FieldType.GEO_POINT,
                label="Location",
                description="Point of the crash, cut to three decimals of a degree.",
            ),
            _text_field(
                "severity_code",
                "Severity, code",
                "K killed, A serious, B minor, C possible, O no injury; empty where unknown.",
                facet=True,
            ),
            _text_field("severity", "Severity", "Worst injury of the crash.", facet=True),
            *(
                _text_field(name, label, description, facet=facet)
                for name, (label, description, facet) in _TEXTS.items()
            ),
        ),
    ),
    sources=(SOURCE,),
    conform=conform,
    needs=(PLACES_DATASET, BOUNDARIES_DATASET),
)
