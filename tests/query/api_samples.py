"""A small lake of three datasets, every figure in view."""

from datetime import date
from pathlib import Path
from typing import Any

from citylake.catalog import Release
from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.places import PLACES_DATASET
from tests.lakes import publish

PLACES = Dataset(
    id=PLACES_DATASET,
    title="Places",
    description="Every place.",
    theme=Theme.PLACES,
    publisher="Census Bureau",
    key=("geoid",),
    place_field="geoid",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="name", type=FieldType.TEXT, label="Name"),
        Field(name="kind", type=FieldType.TEXT, label="Kind"),
        Field(name="state", type=FieldType.TEXT, label="State"),
        Field(name="state_name", type=FieldType.TEXT, label="State"),
        Field(name="slug", type=FieldType.TEXT, label="Address"),
        Field(name="has_government", type=FieldType.BOOLEAN, label="Governs itself"),
        Field(name="population", type=FieldType.INT, label="Inhabitants"),
        Field(name="location", type=FieldType.GEO_POINT, label="Point"),
    ),
)


Listed = tuple[str, str, str, tuple[str, str], int | None, str]

NC, NH, CO = ("NC", "North Carolina"), ("NH", "New Hampshire"), ("CO", "Colorado")
MO, PA, NY = ("MO", "Missouri"), ("PA", "Pennsylvania"), ("NY", "New York")
TN = ("TN", "Tennessee")
LISTED: list[Listed] = [
    ("3719000", "Durham", "city", NC, 296_186, "nc/durham"),
    ("3301719700", "Durham", "town", NH, 15_490, "nh/durham"),
    ("3755000", "Raleigh", "city", NC, 482_295, "nc/raleigh"),
    ("3725580", "Fuquay-Varina", "town", NC, 44_166, "nc/fuquay-varina"),
    ("0811810", "Cañon City", "city", CO, 17_157, "co/canon-city"),
    ("0804000", "Aurora", "city", CO, 395_052, "co/aurora"),
    ("0836410", "Highlands Ranch", "CDP", CO, 103_444, "co/highlands-ranch"),
    ("2965000", "St. Louis", "city", MO, 281_754, "mo/st-louis"),
    ("2954074", "O'Fallon", "city", MO, 94_073, "mo/ofallon"),
    ("4752006", "Nashville-Davidson", "balance", TN, 687_788, "tn/nashville-davidson"),
    ("3746000", "Nashville", "town", NC, 5_708, "nc/nashville"),
    ("4287048", "York", "city", PA, 44_845, "pa/york"),
    ("4287056", "Yorkana", "borough", PA, 233, "pa/yorkana"),
    ("3651000", "New York", "city", NY, 8_258_035, "ny/new-york"),
    ("3699999", "Nowhere", "village", NY, None, "ny/nowhere"),
]
PLACES_ROWS: list[dict[str, Any]] = [
    {
        "geoid": geoid,
        "name": name,
        "kind": kind,
        "state": state[0],
        "state_name": state[1],
        "slug": slug,
        "has_government": kind != "CDP",
        "population": population,
        "location__lon": -78.9,
        "location__lat": 36.0,
    }
    for geoid, name, kind, state, population, slug in LISTED
]

POPULATION = Dataset(
    id="population",
    title="Population by year",
    description="How many people live in each place.",
    theme=Theme.PEOPLE,
    publisher="Census Bureau",
    source_url="https://www.census.gov/programs-surveys/popest.html",
    vintage="2023",
    key=("geoid", "series", "year"),
    place_field="geoid",
    time_field="year",
    series_field="series",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="place_name", type=FieldType.TEXT, label="Place"),
        Field(name="state", type=FieldType.TEXT, label="State", facet=True),
        Field(name="series", type=FieldType.TEXT, label="Series", facet=True),
        Field(name="year", type=FieldType.INT, label="Year"),
        Field(name="population", type=FieldType.INT, label="Inhabitants", unit="people"),
    ),
)

POPULATION_ROWS: list[dict[str, Any]] = [
    {
        "geoid": geoid,
        "place_name": name,
        "state": state,
        "series": series,
        "year": year,
        "population": people,
    }
    for geoid, name, state, series, year, people in [
        ("0804000", "Aurora", "CO", "census", 2020, 386_261),
        ("0804000", "Aurora", "CO", "estimate", 2021, 388_745),
        ("0811810", "Cañon City", "CO", "census", 2020, 17_141),
        ("3719000", "Durham", "NC", "census", 2020, 283_506),
        ("3719000", "Durham", "NC", "estimate", 2021, 285_527),
        ("3719000", "Durham", "NC", "estimate", 2022, 291_928),
        ("3755000", "Raleigh", "NC", "census", 2020, None),
    ]
]

NOTES = Dataset(
    id="notes",
    title="Notes of every kind",
    description="Values of every type; about no place.",
    theme=Theme.PLACES,
    publisher="Citylake",
    key=("name",),
    fields=(
        Field(name="name", type=FieldType.TEXT, label="Name"),
        Field(name="tags", type=FieldType.TEXT, label="Tags", multivalued=True, facet=True),
        Field(name="is_open", type=FieldType.BOOLEAN, label="Open"),
        Field(name="share_pct", type=FieldType.DOUBLE, label="Value", unit="%"),
        Field(name="noted_date", type=FieldType.DATE, label="Value"),
        Field(name="location", type=FieldType.GEO_POINT, label="Point"),
        Field(name="extra", type=FieldType.JSON_BLOB, label="Extra"),
    ),
)

NOTES_ROWS: list[dict[str, Any]] = [
    {
        "name": 'A "quoted"; name',
        "tags": ["red", "blue, or green"],
        "is_open": True,
        "share_pct": 12.5,
        "noted_date": date(2024, 2, 29),
        "location__lon": -78.9,
        "location__lat": 36.0,
        "extra": '{"a": 1}',
    },
    {"name": "Überall\nzwei Zeilen", "is_open": False, "share_pct": float("nan")},
    {"name": "nothing known"},
]


def publish_samples(home: Path) -> dict[str, Release]:
    """Publish the three datasets to a lake in ``home``; releases by dataset."""
    return {
        dataset.id: publish(home, dataset, rows)
        for dataset, rows in (
            (PLACES, PLACES_ROWS),
            (POPULATION, POPULATION_ROWS),
            (NOTES, NOTES_ROWS),
        )
    }
