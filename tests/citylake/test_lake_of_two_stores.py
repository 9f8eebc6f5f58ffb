"""A subscribed city's lake: the nation's objects in one place, its own in another."""

from dataclasses import replace
from pathlib import Path

from citylake.catalog import Catalog, update_catalog
from citylake.datasets import NATIONAL
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore, StoredObject, Unchanged
from citylake.lake.write import Staged, Writer, open_folder_tables
from tests.citylake.lake_samples import durham, population
from tests.lakes import publish, stage

DURHAM = "3719000"


class CountingStore(FolderStore):
    """A folder that counts how often it was asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def get(self, key: str) -> StoredObject | None:
        self.asked.append(key)
        return super().get(key)

    def get_changed(self, key: str, etag: str) -> StoredObject | Unchanged | None:
        held = super().get_changed(key, etag)
        self.asked[-1] += " unless it changed"
        return held


def test_a_citys_own_namespace_lies_in_its_own_store_and_the_nations_does_not(
    tmp_path: Path,
) -> None:
    publish(tmp_path / "national", population(), durham(1))
    before = sorted((tmp_path / "national").rglob("*"))
    lake = Lake(FolderStore(tmp_path / "national"), FolderStore(tmp_path / "own"))
    dataset = replace(population(), id="trees", owner=DURHAM)
    Writer(lake, open_folder_tables(tmp_path / "own")).publish(
        dataset, Staged(parquet=stage(tmp_path, dataset, durham(2)))
    )
    assert sorted((tmp_path / "national").rglob("*")) == before
    assert lake.roots == (str(tmp_path / "national"), str(tmp_path / "own"))
    assert lake.namespaces() == [NATIONAL, DURHAM]
    assert lake.check_format(DURHAM)
    (national,) = lake.addresses(lake.release("population"))
    (own,) = lake.addresses(lake.release("trees", namespace=DURHAM))
    assert Path(national).is_relative_to(tmp_path / "national")
    assert Path(own).is_relative_to(tmp_path / "own")


def test_what_else_lies_in_a_store_is_no_namespace_of_the_lake(tmp_path: Path) -> None:
    for folder, namespace in (("national", DURHAM), ("own", NATIONAL)):
        update_catalog(FolderStore(tmp_path / folder), namespace, lambda held: held)
    lake = Lake(FolderStore(tmp_path / "national"), FolderStore(tmp_path / "own"))
    assert lake.namespaces() == []


def test_a_lake_of_one_store_has_one_root(tmp_path: Path) -> None:
    lake = Lake(FolderStore(tmp_path))
    assert lake.roots == (str(tmp_path),)
    assert lake.store_of(DURHAM) is lake.store_of(NATIONAL)


def test_a_held_catalog_is_asked_for_once_in_a_while(tmp_path: Path) -> None:
    store = CountingStore(tmp_path)
    update_catalog(FolderStore(tmp_path), NATIONAL, lambda held: held)
    now = [100.0]
    lake = Lake(store, hold_seconds=5, clock=lambda: now[0])
    first = lake.catalog()
    changed = update_catalog(
        FolderStore(tmp_path), NATIONAL, lambda held: replace(held, awaited=(population(),))
    )
    now[0] = 104.9
    assert lake.catalog() is first
    now[0] = 105.0
    assert lake.catalog() == changed
    now[0] = 111.0
    assert lake.catalog() == changed
    assert store.asked == [
        "catalog/national.json",
        *["catalog/national.json unless it changed"] * 2,
    ]


def test_a_catalog_that_is_not_there_is_held_too(tmp_path: Path) -> None:
    store = CountingStore(tmp_path)
    lake = Lake(store, hold_seconds=5, clock=lambda: 0.0)
    assert lake.catalog().catalog == Catalog(namespace=NATIONAL)
    assert lake.catalog().catalog == Catalog(namespace=NATIONAL)
    assert store.asked == ["catalog/national.json"]
