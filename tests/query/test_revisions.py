"""What differs between two releases."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citylake.catalog import Release
from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.places import Place
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.revisions import RecordChanges, Revisions
from lambdas.query.scope import NATION, Scope
from tests.lakes import publish

STOPS = Dataset(
    id="stops",
    title="Stops",
    description="Where buses stop.",
    theme=Theme.TRANSPORT,
    publisher="A city",
    key=("stop",),
    place_field="geoid",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="stop", type=FieldType.TEXT, label="Stop"),
        Field(name="riders", type=FieldType.INT, label="Riders"),
        Field(name="lines", type=FieldType.TEXT, label="Lines", multivalued=True),
        Field(name="location", type=FieldType.GEO_POINT, label="Position"),
    ),
)


def stop(name: str, riders: int | None, **others: Any) -> dict[str, Any]:
    position = {"location__lon": -78.9, "location__lat": 36.0}
    return {"geoid": "3719000", "stop": name, "riders": riders, **position, **others}


BEFORE = (
    stop("a", 10, lines=["1"]),
    stop("b", None),
    stop("c", 30),
    stop("d", 40),
    stop("elsewhere", 1, geoid="3755000"),
)
AFTER = (
    stop("a", 10, lines=["1", "2"]),
    stop("b", None),
    stop("c", 31, location__lat=36.1),
    stop("e", 50),
    stop("elsewhere", 2, geoid="3755000"),
)
DURHAM = Scope(
    Place(
        geoid="3719000",
        name="Durham",
        kind="city",
        state="NC",
        slug="nc/durham",
        has_government=True,
    ),
    "/nc/durham",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def revisions(home: Path) -> Revisions:
    lake = Lake(FolderStore(home))
    return Revisions(lake, DuckDBEngine(lake.roots))


def both(home: Path, dataset: Dataset = STOPS, rows: Any = AFTER) -> tuple[Release, Release]:
    return publish(home, STOPS, BEFORE), publish(home, dataset, rows)


def test_records_are_told_apart_by_their_key(home: Path) -> None:
    found = revisions(home).between(NATION, *both(home))
    assert found.records == RecordChanges(
        added=1,
        removed=1,
        changed=3,
        same=1,
        by_field={"riders": 2, "lines": 1, "location": 1},
    )


def test_a_place_sees_what_changed_of_its_own(home: Path) -> None:
    found = revisions(home).between(DURHAM, *both(home))
    assert found.records == RecordChanges(
        added=1,
        removed=1,
        changed=2,
        same=1,
        by_field={"riders": 1, "lines": 1, "location": 1},
    )


def test_the_same_records_published_again_are_no_change(home: Path) -> None:
    found = revisions(home).between(NATION, *both(home, rows=BEFORE))
    assert found.records == RecordChanges(added=0, removed=0, changed=0, same=5)
    assert found.records.is_none


def test_fields_come_go_and_change_their_type(home: Path) -> None:
    new = Field(name="shelter", type=FieldType.BOOLEAN, label="Shelter")
    text = Field(name="riders", type=FieldType.TEXT, label="Riders")
    geoid, key, _, lines, _ = STOPS.fields
    changed = replace(STOPS, fields=(geoid, key, text, lines, new))
    rows = [{**row, "riders": str(row["riders"]), "shelter": True} for row in BEFORE]
    found = revisions(home).between(NATION, *both(home, changed, rows))
    assert [field.name for field in found.fields_added] == ["shelter"]
    assert [field.name for field in found.fields_removed] == ["location"]
    assert [field.name for field in found.fields_retyped] == ["riders"]
    # A field that is not in both says nothing about the records.
    assert found.records == RecordChanges(added=0, removed=0, changed=0, same=5)


def test_without_a_key_nobody_knows_which_record_is_which(home: Path) -> None:
    keyless = replace(STOPS, key=())
    older = publish(home, keyless, BEFORE)
    newer = publish(home, keyless, AFTER)
    assert revisions(home).between(NATION, older, newer).records is None


def test_another_key_makes_other_records(home: Path) -> None:
    other = replace(STOPS, key=("geoid", "stop"))
    assert revisions(home).between(NATION, *both(home, other)).records is None
