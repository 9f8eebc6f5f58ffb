import shutil
from datetime import UTC, date, datetime
from pathlib import Path

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
from citylake.lake.write import Staged, Writer
from tests.citylake.lake_samples import GEOID, POPULATION, YEAR, durham, population
from tests.citylake.places import Folder, Place, publish, read
from tests.lakes import stage


def test_a_release_holds_its_records_named_by_their_key_and_sorted(place: Place) -> None:
    release = publish(place, population(), durham(5))
    assert read(place) == [
        ("0807850-2022", "0807850", 2022, 5),
        ("0807850-2023", "0807850", 2023, 5),
        ("3719000-2022", "3719000", 2022, 5),
        ("3719000-2023", "3719000", 2023, 5),
    ]
    assert release.records_count == 4
    assert [(file.lower, file.upper) for file in release.files] == [("0807850", "3719000")]


def test_the_catalog_names_the_release_and_its_description(place: Place) -> None:
    release = publish(place, population(), durham(5))
    lake = Lake(place.store())
    entry = lake.entry("population")
    assert entry.dataset == population()
    assert entry.releases == (release.id,)
    assert entry.records_count == 4
    assert lake.release("population") == release


def test_an_old_release_stays_as_it_was(place: Place) -> None:
    first = publish(place, population(), durham(5))
    second = publish(place, population(), durham(6)[:1])
    assert second.previous == first.id
    assert [row[3] for row in read(place)] == [6]
    assert len(read(place, first.id)) == 4


def test_lineage_is_kept_with_the_release(place: Place) -> None:
    lake = Lake(place.store())
    receipt = Receipt(
        publisher="U.S. Census Bureau",
        address="https://www2.census.gov/sub-est2019_all.csv",
        vintage="2019",
        sha256="00" * 32,
        retrieved_on="2026-11-22",
        license="public domain",
    )
    staged = Staged(parquet=stage(place.work, population(), durham(5)), receipts=(receipt,))
    Writer(lake, place.tables()).publish(population(), staged)
    assert lake.release("population").receipts == (receipt,)


def test_every_type_is_stored_as_the_lake_says(place: Place) -> None:
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
    publish(place, kinds, [row, {"geoid": "0807850"}])
    full, empty = read(place, dataset_id="kinds")
    assert full == ("0804000", *row.values())
    assert empty == ("0807850", "0807850", *[None] * 9)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field(name="source", type=FieldType.TEXT, label="Source"), "estimate"),
        (Field(name="share", type=FieldType.DOUBLE, label="Share"), 0.5),
    ],
)
def test_a_field_may_come_change_its_type_and_go(place: Place, field: Field, value: object) -> None:
    first = publish(place, population(), durham(5))
    wide = publish(place, population(field), [{**row, field.name: value} for row in durham(6)])
    other = Field(name=field.name, type=FieldType.BOOLEAN, label="Other")
    publish(place, population(other), [{**row, field.name: True} for row in durham(7)])
    assert read(place)[0] == ("0807850-2022", "0807850", 2022, 7, True)
    publish(place, population(), durham(8))
    assert read(place)[0] == ("0807850-2022", "0807850", 2022, 8)
    assert read(place, wide.id)[0] == ("0807850-2022", "0807850", 2022, 6, value)
    assert read(place, first.id)[0] == ("0807850-2022", "0807850", 2022, 5)


def test_records_without_a_key_are_named_by_their_row(place: Place) -> None:
    publish(place, population(key=()), durham(5))
    assert [row[0] for row in read(place)] == ["1", "2", "3", "4"]


def test_a_key_that_names_two_records_publishes_nothing(place: Place) -> None:
    publish(place, population(), durham(5))
    with pytest.raises(DatasetInvalid, match="key geoid, year names 2 records: '0807850-2022'"):
        publish(place, population(), [*durham(6), durham(6)[3]])
    assert {row[3] for row in read(place)} == {5}


def test_no_records_publish_nothing(place: Place) -> None:
    publish(place, population(), durham(5))
    with pytest.raises(DatasetInvalid, match="has no records"):
        publish(place, population(), [])
    assert len(read(place)) == 4


def test_a_staged_file_of_another_shape_publishes_nothing(place: Place) -> None:
    staged = Staged(parquet=stage(place.work, population(), durham(5)))
    wide = population(Field(name="median", type=FieldType.DOUBLE, label="Median"))
    lake = Lake(place.store())
    with pytest.raises(DatasetInvalid, match="median"):
        Writer(lake, place.tables()).publish(wide, staged)
    with pytest.raises(DatasetNotFound):
        lake.entry("population")


def test_what_is_not_there_is_said_to_be_missing(place: Place) -> None:
    release = publish(place, population(), durham(5))
    lake = Lake(place.store())
    with pytest.raises(DatasetNotFound, match="The requested dataset nothing does not exist"):
        lake.release("nothing")
    with pytest.raises(ReleaseNotFound, match=f"its newest is {release.id}"):
        lake.release("population", "20200101T000000Z-000000")


def test_a_manifest_that_the_catalog_does_not_name_is_no_release(place: Place) -> None:
    first = publish(place, population(), durham(5))
    second = publish(place, population(), durham(6))
    update_catalog(place.store(), "national", lambda _: Catalog(namespace="national", datasets={}))
    with pytest.raises(DatasetNotFound):
        Lake(place.store()).release("population", second.id)
    third = publish(place, population(), durham(7))
    with pytest.raises(ReleaseNotFound):
        Lake(place.store()).release("population", first.id)
    assert third.previous == ""


def test_a_lake_of_a_newer_version_is_left_alone(place: Place) -> None:
    store = place.store()
    store.put("lake.json", b'{"format": %d, "written_by": "9.0.0"}' % (FORMAT + 1))
    with pytest.raises(LakeTooNew, match=r"written by Citylake 9\.0\.0.*update Citylake"):
        publish(place, population(), durham(5))
    assert list(store.keys("catalog/")) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"format": "one"}', b"\xff"])
def test_a_mark_that_is_none_is_refused(place: Place, body: bytes) -> None:
    place.store().put("lake.json", body)
    with pytest.raises(LakeUnusable, match="no lake's mark"):
        Lake(place.store()).check_format()


def test_a_moved_lake_is_read_and_says_that_it_cannot_be_written(tmp_path: Path) -> None:
    publish(Folder(tmp_path / "before", tmp_path), population(), durham(5))
    shutil.move(tmp_path / "before", tmp_path / "after")
    after = Folder(tmp_path / "after", tmp_path)
    assert len(read(after)) == 4
    with pytest.raises(LakeUnusable, match="was moved after it was written"):
        publish(after, population(), durham(6))


def test_a_catalog_that_keeps_changing_is_given_up_loudly(place: Place) -> None:
    store = place.store()

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
        update_catalog(store, "national", overtaken, pause=lambda _: None)


def test_a_catalog_is_read_again_only_when_it_changed(place: Place) -> None:
    publish(place, population(), durham(5))
    store = place.store()
    known = read_catalog(store, "national")
    assert read_catalog(store, "national", known) is known
    publish(place, population(), durham(6))
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
