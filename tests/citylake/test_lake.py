import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from citylake.catalog import Catalog, Receipt, read_catalog, update_catalog
from citylake.datasets import Dataset, Field, FieldType
from citylake.errors import (
    DatasetInvalid,
    DatasetNotFound,
    LakeTooNew,
    LakeUnusable,
    PreconditionFailed,
    ReleaseNotFound,
)
from citylake.lake.read import FORMAT, Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import Staged, Writer, open_folder_tables
from tests.citylake.lake_samples import GEOID, POPULATION, YEAR, durham, population
from tests.lakes import publish, stage


def read(
    home: Path, release: str | None = None, dataset_id: str = "population"
) -> list[tuple[Any, ...]]:
    """Every row that readers of a release see, in the order of the files."""
    lake = Lake(FolderStore(home))
    files = lake.addresses(lake.release(dataset_id, release))
    table = pa.concat_tables([pq.read_table(file) for file in files])
    return [tuple(row.values()) for row in table.to_pylist()]


def test_a_release_holds_its_records_named_by_their_key_and_sorted(tmp_path: Path) -> None:
    release = publish(tmp_path / "lake", population(), durham(5))
    assert read(tmp_path / "lake") == [
        ("0807850-2022", "0807850", 2022, 5),
        ("0807850-2023", "0807850", 2023, 5),
        ("3719000-2022", "3719000", 2022, 5),
        ("3719000-2023", "3719000", 2023, 5),
    ]
    assert release.records_count == 4
    assert [(file.lower, file.upper) for file in release.files] == [("0807850", "3719000")]


def test_the_catalog_names_the_release_and_its_description(tmp_path: Path) -> None:
    release = publish(tmp_path / "lake", population(), durham(5))
    lake = Lake(FolderStore(tmp_path / "lake"))
    entry = lake.entry("population")
    assert entry.dataset == population()
    assert entry.releases == (release.id,)
    assert entry.records_count == 4
    assert lake.release("population") == release


def test_an_old_release_stays_as_it_was(tmp_path: Path) -> None:
    first = publish(tmp_path / "lake", population(), durham(5))
    second = publish(tmp_path / "lake", population(), durham(6)[:1])
    assert second.previous == first.id
    assert [row[3] for row in read(tmp_path / "lake")] == [6]
    assert len(read(tmp_path / "lake", first.id)) == 4


def test_lineage_is_kept_with_the_release(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    lake = Lake(FolderStore(home))
    receipt = Receipt(
        publisher="U.S. Census Bureau",
        address="https://www2.census.gov/sub-est2019_all.csv",
        vintage="2019",
        sha256="00" * 32,
        retrieved_on="2026-11-22",
        license="public domain",
    )
    staged = Staged(parquet=stage(tmp_path, population(), durham(5)), receipts=(receipt,))
    Writer(lake, open_folder_tables(home)).publish(population(), staged)
    assert lake.release("population").receipts == (receipt,)


def test_every_type_is_stored_as_the_lake_says(tmp_path: Path) -> None:
    kinds = Dataset(
        id="kinds",
        title="Every type",
        description="One field of each type.",
        theme=population().theme,
        publisher="test",
        key=("geoid",),
        fields=(
            GEOID,
            Field(name="ratio", type=FieldType.DOUBLE, label="Ratio"),
            Field(name="open", type=FieldType.BOOLEAN, label="Open"),
            Field(name="day", type=FieldType.DATE, label="Day"),
            Field(name="at", type=FieldType.DATETIME, label="At"),
            Field(name="point", type=FieldType.GEO_POINT, label="Point"),
            Field(name="shape", type=FieldType.GEO_SHAPE, label="Shape"),
            Field(name="tags", type=FieldType.TEXT, label="Tags", multivalued=True),
            Field(name="extra", type=FieldType.JSON_BLOB, label="Extra"),
        ),
    )
    row = {
        "geoid": "0804000",
        "ratio": 0.5,
        "open": True,
        "day": date(2023, 7, 1),
        "at": datetime(2023, 7, 1, 12, 0, 0, 1, tzinfo=UTC),
        "point__lon": -78.9,
        "point__lat": 36.0,
        "shape": b"\x01",
        "tags": ["a", "é"],
        "extra": '{"a": 1}',
    }
    publish(tmp_path / "lake", kinds, [row, {"geoid": "0807850"}])
    full, empty = read(tmp_path / "lake", dataset_id="kinds")
    assert full == ("0804000", *row.values())
    assert empty == ("0807850", "0807850", *[None] * 9)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field(name="source", type=FieldType.TEXT, label="Source"), "estimate"),
        (Field(name="share", type=FieldType.DOUBLE, label="Share"), 0.5),
    ],
)
def test_a_field_may_come_change_its_type_and_go(
    tmp_path: Path, field: Field, value: object
) -> None:
    home = tmp_path / "lake"
    first = publish(home, population(), durham(5))
    wide = publish(home, population(field), [{**row, field.name: value} for row in durham(6)])
    other = Field(name=field.name, type=FieldType.BOOLEAN, label="Other")
    publish(home, population(other), [{**row, field.name: True} for row in durham(7)])
    assert read(home)[0] == ("0807850-2022", "0807850", 2022, 7, True)
    publish(home, population(), durham(8))
    assert read(home)[0] == ("0807850-2022", "0807850", 2022, 8)
    assert read(home, wide.id)[0] == ("0807850-2022", "0807850", 2022, 6, value)
    assert read(home, first.id)[0] == ("0807850-2022", "0807850", 2022, 5)


def test_records_without_a_key_are_named_by_their_row(tmp_path: Path) -> None:
    publish(tmp_path / "lake", population(key=()), durham(5))
    assert [row[0] for row in read(tmp_path / "lake")] == ["1", "2", "3", "4"]


def test_a_key_that_names_two_records_publishes_nothing(tmp_path: Path) -> None:
    publish(tmp_path / "lake", population(), durham(5))
    with pytest.raises(DatasetInvalid, match="key geoid, year names 2 records: '0807850-2022'"):
        publish(tmp_path / "lake", population(), [*durham(6), durham(6)[3]])
    assert {row[3] for row in read(tmp_path / "lake")} == {5}


def test_no_records_publish_nothing(tmp_path: Path) -> None:
    publish(tmp_path / "lake", population(), durham(5))
    with pytest.raises(DatasetInvalid, match="has no records"):
        publish(tmp_path / "lake", population(), [])
    assert len(read(tmp_path / "lake")) == 4


def test_a_staged_file_of_another_shape_publishes_nothing(tmp_path: Path) -> None:
    staged = Staged(parquet=stage(tmp_path, population(), durham(5)))
    wide = population(Field(name="median", type=FieldType.DOUBLE, label="Median"))
    lake = Lake(FolderStore(tmp_path / "lake"))
    with pytest.raises(DatasetInvalid, match="median"):
        Writer(lake, open_folder_tables(tmp_path / "lake")).publish(wide, staged)
    with pytest.raises(DatasetNotFound):
        lake.entry("population")


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    release = publish(tmp_path / "lake", population(), durham(5))
    lake = Lake(FolderStore(tmp_path / "lake"))
    with pytest.raises(DatasetNotFound, match="The requested dataset nothing does not exist"):
        lake.release("nothing")
    with pytest.raises(ReleaseNotFound, match=f"its newest is {release.id}"):
        lake.release("population", "20200101T000000Z-000000")


def test_a_manifest_that_the_catalog_does_not_name_is_no_release(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    first = publish(home, population(), durham(5))
    second = publish(home, population(), durham(6))
    update_catalog(
        FolderStore(home), "national", lambda _: Catalog(namespace="national", datasets={})
    )
    with pytest.raises(DatasetNotFound):
        Lake(FolderStore(home)).release("population", second.id)
    third = publish(home, population(), durham(7))
    with pytest.raises(ReleaseNotFound):
        Lake(FolderStore(home)).release("population", first.id)
    assert third.previous == ""


def test_a_lake_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("lake.json", b'{"format": %d, "written_by": "9.0.0"}' % (FORMAT + 1))
    with pytest.raises(LakeTooNew, match=r"written by Citylake 9\.0\.0.*update Citylake"):
        publish(tmp_path, population(), durham(5))
    assert list(store.keys("catalog/")) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"format": "one"}', b"\xff"])
def test_a_mark_that_is_none_is_refused(tmp_path: Path, body: bytes) -> None:
    FolderStore(tmp_path).put("lake.json", body)
    with pytest.raises(LakeUnusable, match="no lake's mark"):
        Lake(FolderStore(tmp_path)).check_format()


def test_a_moved_lake_is_read_and_says_that_it_cannot_be_written(tmp_path: Path) -> None:
    publish(tmp_path / "before", population(), durham(5))
    shutil.move(tmp_path / "before", tmp_path / "after")
    assert len(read(tmp_path / "after")) == 4
    with pytest.raises(LakeUnusable, match="was moved after it was written"):
        publish(tmp_path / "after", population(), durham(6))


def test_a_catalog_that_keeps_changing_is_given_up_loudly(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)

    def overtaken(catalog: Catalog) -> Catalog:
        other = Catalog(namespace=catalog.namespace, datasets={})
        store.put("catalog/national.json", str(id(other)).encode() + b" ")
        store.put(
            "catalog/national.json", b'{"namespace": "national", "datasets": {}}' + b" " * n()
        )
        return other

    count = iter(range(1, 1000))

    def n() -> int:
        return next(count)

    with pytest.raises(PreconditionFailed):
        update_catalog(store, "national", overtaken)


def test_a_catalog_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    publish(tmp_path, population(), durham(5))
    store = FolderStore(tmp_path)
    known = read_catalog(store, "national")
    assert read_catalog(store, "national", known) is known
    publish(tmp_path, population(), durham(6))
    assert read_catalog(store, "national", known).version != known.version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": ("nothing",)}, "speaks of field 'nothing'"),
        ({"id": "Population"}, "expected lower-case"),
        ({"id": "a" * 101}, "at most 100"),
        ({"fields": (GEOID, YEAR, POPULATION, YEAR)}, "'year' more than once"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(
    change: dict[str, object], message: str
) -> None:
    whole = {
        "id": "population",
        "title": "",
        "description": "",
        "theme": population().theme,
        "fields": population().fields,
        "key": ("geoid",),
        "publisher": "",
    }
    with pytest.raises(DatasetInvalid, match=message):
        Dataset(**(whole | change))  # type: ignore[arg-type] # wrong on purpose


def test_only_text_may_be_a_list() -> None:
    with pytest.raises(DatasetInvalid, match="list of int; expected text"):
        Field(name="years", type=FieldType.INT, label="Years", multivalued=True)
