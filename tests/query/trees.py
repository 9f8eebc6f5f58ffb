"""A dataset with every type of field, small enough to work out any answer by eye."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from citylake.catalog import Release
from citylake.datasets import Dataset, Field, FieldType, Precision, Theme
from citylake.places import Place
from lambdas.query.scope import NATION, Scope
from tests.lakes import publish

__all__ = ["BOSTON", "DURHAM", "NATION", "ROWS", "TREES", "publish_trees"]

TREES = Dataset(
    id="trees",
    title="Street trees",
    description="Trees that stand along streets.",
    theme=Theme.AIR,
    publisher="Forestry",
    key=("geoid", "number"),
    place_field="geoid",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="number", type=FieldType.INT, label="Number", facet=True),
        Field(name="name", type=FieldType.TEXT, label="Name", facet=True),
        Field(name="height_m", type=FieldType.DOUBLE, label="Height", unit="m"),
        Field(name="is_alive", type=FieldType.BOOLEAN, label="Alive", facet=True),
        Field(name="planted_date", type=FieldType.DATE, label="Planted", facet=True),
        Field(name="surveyed", type=FieldType.DATE, label="Surveyed in", precision=Precision.YEAR),
        Field(name="seen_at", type=FieldType.DATETIME, label="Seen", facet=True),
        Field(name="location", type=FieldType.GEO_POINT, label="Where"),
        Field(name="tags", type=FieldType.TEXT, label="Tags", multivalued=True, facet=True),
    ),
)

_KEYS = (
    "geoid", "number", "name", "height_m", "is_alive", "planted_date", "surveyed", "seen_at",
    "location__lon", "location__lat", "tags",
)  # fmt: skip

_ALL: list[tuple[Any, ...]] = [
    ("2507000", 1, "Oak", 10.0, True, date(2020, 1, 15), date(2021, 1, 1),
     datetime(2024, 1, 1, 3, tzinfo=UTC), -71.0, 42.0, ["old", "big"]),
    ("3719000", 1, "White oak", 20.5, True, date(2020, 3, 1), date(2021, 1, 1),
     datetime(2024, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC), -78.9, 36.0, ["big"]),
    ("3719000", 2, "Élan_maple", 4.0, False, date(2021, 3, 5), date(2022, 1, 1),
     datetime(2024, 7, 2, 3, tzinfo=UTC), -78.9, 36.01, []),
    ("3719000", 3, "Oak's end", None, None, None, None, None, None, None, None),
    ("3719000", 10, None, 0.0, True, date(2021, 12, 31), None,
     datetime(2023, 12, 31, 23, tzinfo=UTC), 179.9, -16.0, ["old"]),
]  # fmt: skip

ROWS: list[dict[str, Any]] = [dict(zip(_KEYS, row, strict=True)) for row in _ALL]

DURHAM = Scope(
    place=Place(
        geoid="3719000",
        name="Durham",
        kind="city",
        state="NC",
        slug="nc/durham",
        has_government=True,
    ),
    prefix="/nc/durham",
)
BOSTON = Scope(
    place=Place(
        geoid="2507000",
        name="Boston",
        kind="city",
        state="MA",
        slug="ma/boston",
        has_government=True,
    ),
    prefix="/ma/boston",
)


def publish_trees(home: Path) -> Release:
    """Publish the trees to a lake in ``home``."""
    return publish(home, TREES, ROWS)
