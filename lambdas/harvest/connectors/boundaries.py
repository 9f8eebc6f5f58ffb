"""Where a city ends: boundaries of the Census Bureau, made simpler within a declared tolerance."""

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.places import PLACES_DATASET
from lambdas.harvest.clean.numbers import whole
from lambdas.harvest.clean.shapes import as_wkb, read_shape, simplified
from lambdas.harvest.connectors.shared import PLACE_FIELDS, place_columns
from lambdas.harvest.model import Connector, Copy, Draft, Inputs, Record, Row, Source
from lambdas.harvest.protocols import GeoJsonFile
from lambdas.harvest.protocols.geojson import GEOMETRY
from lambdas.harvest.sources import CENSUS

BOUNDARIES_DATASET = "boundaries"

TOLERANCE_M = 10.0
"""How far a point of the published outline may lie from the one that is kept, in metres."""

_M2_PER_KM2 = 1_000_000

_CITIES = (
    "ca/berkeley",
    "ca/carson",
    "co/boulder",
    "fl/gainesville",
    "in/bloomington",
    "in/south-bend",
    "ma/cambridge",
    "ma/somerville",
    "mi/ann-arbor",
    "nc/asheville",
    "nc/cary",
    "nc/durham",
    "tx/richardson",
    "ut/provo",
    "wi/racine",
)
"""Cities whose outline a public copy holds, by state and name."""


def _source(city: str) -> Source:
    address = "https://www2.census.gov/geo/tiger/TIGER2019/PLACE/"
    state, _, name = city.partition("/")
    return Source(
        id=f"tiger-place-{state}-{name}",
        publisher=f"{CENSUS}, TIGER/Line Shapefiles",
        address=address,
        vintage="2018 or 2019",
        fetchable=False,
        protocol=GeoJsonFile(
            address=address,
            fields={
                "geoid": "GEOID",
                "name": "NAMELSAD",
                "land_m2": "ALAND",
                "water_m2": "AWATER",
            },
        ),
        copy=Copy(
            path=f"boundaries/{state}_{name}.geojson",
            copied_from="github.com/generalpiston/geojson-us-city-boundaries "
            f"cities/{city}.json @861b67d206",
            note="The copy does not say which of the two years it was taken from.",
        ),
    )


SOURCES = tuple(_source(city) for city in _CITIES)


def conform(inputs: Inputs) -> Draft:
    """Simplify the outline of every city of the register."""
    draft = Draft()
    places = {str(row["geoid"]): row for row in inputs.rows(PLACES_DATASET)}
    for source in SOURCES:
        for record in inputs.records(source):
            place = places.get(record["geoid"])
            if place is None:
                draft.leave_out("place that is not in the register", record["name"])
            else:
                draft.add(_row(place, record))
    return draft


def _row(place: Row, record: Record) -> Row:
    simple = simplified(read_shape(record[GEOMETRY]), TOLERANCE_M)
    return {
        **place_columns(place),
        "boundary": as_wkb(simple.shape),
        "land_km2": _km2(record["land_m2"]),
        "water_km2": _km2(record["water_m2"]),
        "area_km2": simple.area_km2,
        "area_km2_before": simple.area_km2_before,
        "tolerance_m": TOLERANCE_M,
        "deviation_m": simple.deviation_m,
        "points": simple.points,
        "points_before": simple.points_before,
    }


def _km2(square_meters: str) -> float | None:
    area = whole(square_meters)
    return None if area is None else round(area / _M2_PER_KM2, 3)


CONNECTOR = Connector(
    dataset=Dataset(
        id=BOUNDARIES_DATASET,
        title="City boundaries",
        description="Outlines of cities as the Census Bureau draws them, with holes and exclaves, "
        f"made simpler: no point of the original lies more than {TOLERANCE_M:g} meters away.",
        theme=Theme.PLACES,
        key=("geoid",),
        place_field="geoid",
        publisher=CENSUS,
        source_url="https://www.census.gov/geographies/mapping-files/time-series/geo/"
        "tiger-line-file.html",
        vintage="TIGER/Line, 2018 or 2019",
        update_frequency="yearly",
        keywords=("boundary", "limits", "outline", "map", "GIS"),
        attribution="The outlines are published by place; they are tied by its GEOID.",
        absence="The bundled boundaries cover 15 cities, and {place} is not one of them; the "
        "Census Bureau publishes an outline of every place (TIGER/Line).",
        notes=(
            "A boundary is as of its vintage: land that a city took in later lies outside of it.",
            (
                "Outlines are for maps and for counting what lies inside; they are no legal "
                "description."
            ),
            "Points are taken off by the method of Douglas and Peucker; no part or hole is lost.",
        ),
        fields=(
            *PLACE_FIELDS,
            Field(
                name="boundary",
                type=FieldType.GEO_SHAPE,
                label="Boundary",
                description="Outline in degrees, WGS 84.",
            ),
            Field(
                name="land_km2",
                type=FieldType.DOUBLE,
                label="Land area",
                description="Land area as the Census Bureau gives it.",
                unit="km²",
            ),
            Field(
                name="water_km2",
                type=FieldType.DOUBLE,
                label="Water area",
                description="Water area as the Census Bureau gives it.",
                unit="km²",
            ),
            Field(
                name="area_km2",
                type=FieldType.DOUBLE,
                label="Area of the simpler outline",
                description="Land and water inside of the outline that is kept here.",
                unit="km²",
            ),
            Field(
                name="area_km2_before",
                type=FieldType.DOUBLE,
                label="Area of the original outline",
                description="Land and water inside of the outline as published, measured alike.",
                unit="km²",
            ),
            Field(
                name="tolerance_m",
                type=FieldType.DOUBLE,
                label="Tolerance",
                description="How far a point of the original may lie from the simpler outline.",
                unit="m",
            ),
            Field(
                name="deviation_m",
                type=FieldType.DOUBLE,
                label="Largest deviation",
                description="How far the farthest point of the original does lie from it.",
                unit="m",
            ),
            Field(
                name="points",
                type=FieldType.INT,
                label="Points",
                description="Points of the simpler outline.",
            ),
            Field(
                name="points_before",
                type=FieldType.INT,
                label="Points of the original",
                description="Points of the outline as published.",
            ),
        ),
    ),
    sources=SOURCES,
    conform=conform,
    needs=(PLACES_DATASET,),
)
