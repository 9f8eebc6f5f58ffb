"""A small lake with everything that a city's page can show, and the assets that it names."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from citylake.catalog import LeftOut, Receipt
from citylake.datasets import (
    Chart,
    ChartKind,
    Comparison,
    Dataset,
    Field,
    FieldType,
    Figure,
    Theme,
)
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import Staged, Writer, open_folder_tables
from tests.lakes import publish, stage

TEXT, INT, DOUBLE = FieldType.TEXT, FieldType.INT, FieldType.DOUBLE

GEOID = Field(name="geoid", type=TEXT, label="GEOID")
YEAR = Field(name="year", type=INT, label="Year")

PLACES = Dataset(
    id="places",
    title="Places of the United States",
    description="Every place with its population.",
    theme=Theme.PLACES,
    publisher="U.S. Census Bureau",
    key=("geoid",),
    place_field="geoid",
    fields=(
        GEOID,
        Field(name="name", type=TEXT, label="Name"),
        Field(name="kind", type=TEXT, label="Kind", facet=True),
        Field(name="state", type=TEXT, label="State", facet=True),
        Field(name="state_name", type=TEXT, label="State name"),
        Field(name="slug", type=TEXT, label="Address"),
        Field(name="has_government", type=FieldType.BOOLEAN, label="Has a government"),
        Field(name="population", type=INT, label="Population", unit="people"),
        Field(name="population_year", type=INT, label="Population year"),
        Field(name="population_source", type=TEXT, label="Population source"),
        Field(name="location", type=FieldType.GEO_POINT, label="Position"),
        Field(name="land_km2", type=DOUBLE, label="Land area", unit="km²"),
        Field(name="county_name", type=TEXT, label="County"),
    ),
)

POPULATION = Dataset(
    id="population",
    title="Population by year",
    description="Counts and estimates.",
    theme=Theme.PEOPLE,
    publisher="U.S. Census Bureau",
    vintage="2019 and 2023",
    attribution="The figures are published by place.",
    notes=("Figures of two vintages must not be subtracted from each other.",),
    key=("geoid", "series", "year"),
    place_field="geoid",
    time_field="year",
    series_field="series",
    fields=(
        GEOID,
        Field(name="series", type=TEXT, label="Series", facet=True),
        YEAR,
        Field(name="population", type=INT, label="Population", unit="people"),
    ),
    figures=(
        Figure(
            field="population",
            label="Inhabitants",
            sentence="{value} people lived in {place} in {time}.",
            headline=True,
        ),
    ),
    chart=Chart(kind=ChartKind.TREND, fields=("population",), title="Inhabitants by year"),
)

INCOME = Dataset(
    id="income",
    title="Incomes",
    description="Five-year estimates.",
    theme=Theme.INCOME,
    publisher="U.S. Census Bureau",
    vintage="2019-2023",
    key=("geoid", "vintage"),
    place_field="geoid",
    time_field="vintage",
    fields=(
        GEOID,
        Field(name="vintage", type=TEXT, label="Years"),
        Field(name="income_usd", type=INT, label="Median income", unit="US dollars"),
        Field(name="income_usd_bound", type=TEXT, label="Median income, bound"),
        Field(
            name="income_margin_usd",
            type=INT,
            label="Margin",
            unit="US dollars",
            margin_of="income_usd",
        ),
        Field(name="poverty_pct", type=DOUBLE, label="In poverty", unit="%"),
    ),
    figures=(
        Figure(
            field="income_usd",
            label="Median household income",
            headline=True,
            change=False,
            no_change_because="The vintages overlap.",
        ),
        Figure(field="poverty_pct", label="People in poverty", decimals=1),
    ),
)

AIR = Dataset(
    id="air-quality",
    title="Air quality of the county",
    description="Days by category.",
    theme=Theme.AIR,
    publisher="EPA",
    vintage="2024",
    absence="EPA published no index for {county}, where most of {place} lives.",
    key=("geoid", "year"),
    place_field="geoid",
    time_field="year",
    fields=(
        GEOID,
        YEAR,
        Field(name="good_days", type=INT, label="Good days", unit="days"),
        Field(name="moderate_days", type=INT, label="Moderate days", unit="days"),
        Field(name="good_days_pct", type=DOUBLE, label="Good days, share", unit="%"),
    ),
    figures=(Figure(field="good_days_pct", label="Days with good air", headline=True, decimals=1),),
    chart=Chart(
        kind=ChartKind.PARTS, fields=("good_days", "moderate_days"), title="Days by air quality"
    ),
)

OFFENSES = Dataset(
    id="offenses",
    title="Offenses known to the police",
    description="Offenses by kind.",
    theme=Theme.SAFETY,
    publisher="FBI",
    vintage="2019",
    key=("geoid", "year"),
    place_field="geoid",
    time_field="year",
    fields=(
        GEOID,
        YEAR,
        Field(name="murder", type=INT, label="Murders", unit="offenses"),
        Field(name="robbery", type=INT, label="Robberies", unit="offenses"),
        Field(name="violent_per_100k", type=DOUBLE, label="Violent offenses per 100,000"),
    ),
    figures=(
        Figure(
            field="violent_per_100k",
            label="Violent offenses per 100,000 people",
            headline=True,
            comparison=Comparison.AVERAGE,
            change=False,
            no_change_because="The FBI advises against it.",
        ),
    ),
    chart=Chart(kind=ChartKind.BARS, fields=("murder", "robbery"), title="Violent offenses"),
)

HOSTILE = "<script>alert(\"1\")</script> & 'co'"
"""A text that must reach the page as text."""


def place(geoid: str, name: str, population: int | None, **others: Any) -> Mapping[str, Any]:
    """A row of the register, in North Carolina unless said otherwise."""
    return {
        "geoid": geoid,
        "name": name,
        "kind": "city",
        "state": "NC",
        "state_name": "North Carolina",
        "slug": f"nc/{name.lower()}",
        "has_government": True,
        "population": population,
        "population_year": 2023,
        "population_source": "Census estimate, vintage 2023",
        "location__lon": -78.9,
        "location__lat": 35.98,
        "land_km2": 289.1,
        "county_name": f"{name} County",
        **others,
    }


PEERS = (
    place("3755000", "Raleigh", 301000),
    place("3728000", "Greensboro", 290000),
    place("3775000", "Winston", 280000),
    place("3722920", "Fayetteville", 270000),
)
PLACE_ROWS = (
    place("3719000", "Durham", 296186),
    *PEERS,
    place(
        "3700001",
        "Nowhere",
        None,
        location__lon=None,
        location__lat=None,
        kind="CDP",
        has_government=False,
        county_name=None,
    ),
    place("3700002", HOSTILE, 120, slug="nc/hostile", kind=HOSTILE),
)

POPULATION_ROWS = tuple(
    {"geoid": geoid, "series": series, "year": year, "population": population}
    for geoid, series, year, population in (
        ("3719000", "Census count", 2010, 228330),
        ("3719000", "Census count", 2020, 283506),
        ("3719000", "Estimate, vintage 2023", 2022, 292774),
        ("3719000", "Estimate, vintage 2023", 2023, 296186),
        ("3755000", "Estimate, vintage 2023", 2022, 298000),
        *(
            (str(peer["geoid"]), "Estimate, vintage 2023", 2023, peer["population"])
            for peer in PEERS
        ),
    )
)
INCOME_ROWS = (
    {"geoid": "3719000", "vintage": "2016-2020", "income_usd": 61962, "poverty_pct": 13.5},
    {"geoid": "3719000", "vintage": "2019-2023", "income_usd": 79234, "income_margin_usd": 1500},
    {"geoid": "3755000", "vintage": "2019-2023", "income_usd": 80000, "income_margin_usd": 1200},
    {"geoid": "3728000", "vintage": "2019-2023", "income_usd": 60000},
    {"geoid": "3775000", "vintage": "2019-2023", "income_usd": 58000},
    {"geoid": "3722920", "vintage": "2019-2023", "income_usd_bound": "250,000 or more"},
)
AIR_ROWS = (
    {
        "geoid": "3719000",
        "year": 2023,
        "good_days": 200,
        "moderate_days": 165,
        "good_days_pct": 54.8,
    },
    {
        "geoid": "3719000",
        "year": 2024,
        "good_days": 170,
        "moderate_days": 196,
        "good_days_pct": 46.4,
    },
    {
        "geoid": "3755000",
        "year": 2024,
        "good_days": 180,
        "moderate_days": 186,
        "good_days_pct": 49.2,
    },
)
OFFENSE_ROWS = (
    {"geoid": "3719000", "year": 2019, "murder": 37, "robbery": 626, "violent_per_100k": 730.0},
    {"geoid": "3755000", "year": 2019, "murder": 30, "robbery": 400, "violent_per_100k": 300.0},
    {"geoid": "3728000", "year": 2019, "murder": 40, "robbery": 500, "violent_per_100k": 400.0},
    {"geoid": "3775000", "year": 2019, "murder": 20, "robbery": 600, "violent_per_100k": 800.0},
)


def publish_samples(home: Path) -> None:
    """Fill a lake with all of it; the population keeps its sources and what was left out."""
    publish(home, PLACES, PLACE_ROWS)
    publish(home, INCOME, INCOME_ROWS)
    publish(home, AIR, AIR_ROWS)
    publish(home, OFFENSES, OFFENSE_ROWS)
    staged = Staged(
        parquet=stage(home.parent / "staging", POPULATION, POPULATION_ROWS),
        receipts=(
            Receipt(
                publisher="U.S. Census Bureau",
                address="https://www2.census.gov/estimates.csv",
                vintage="2023",
                sha256="0da73a61",
                retrieved_on="2026-11-22",
                license="public domain",
                note=HOSTILE,
            ),
        ),
        left_out=(LeftOut(reason="dissolved", count=12, examples=("Goodnight, Missouri",)),),
    )
    Writer(Lake(FolderStore(home)), open_folder_tables(home)).publish(POPULATION, staged)


def _square(kind: str, identifier: str, ring: Sequence[Sequence[float]]) -> Mapping[str, Any]:
    return {
        "properties": {"kind": kind, "id": identifier, "name": kind},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


STATE = ((-84.0, 34.0), (-76.0, 34.0), (-76.0, 36.5), (-84.0, 36.5), (-84.0, 34.0))
COUNTY = ((-79.0, 35.8), (-78.7, 35.8), (-78.7, 36.2), (-79.0, 36.2), (-79.0, 35.8))
FAR = ((-120.0, 40.0), (-119.0, 40.0), (-119.0, 41.0), (-120.0, 41.0), (-120.0, 40.0))

FILES: Mapping[str, str] = {
    "styles.css": "body{}",
    "chart-font.css": "@font-face{}",
    "favicon.svg": "<svg/>",
    "map.js": "",
    "suggest.js": "",
    "copy.js": "",
    "outlines/37.json": json.dumps(
        {"features": [_square("state", "37", STATE), _square("county", "37063", COUNTY)]}
    ),
    "outlines/nation.json": json.dumps(
        {"features": [_square("state", "37", STATE), _square("state", "32", FAR)]}
    ),
}


def build_assets(folder: Path) -> Path:
    """Write a build of the web assets: the names are real, the contents just enough."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    manifest = {"build": "b1", "files": sorted(FILES)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
