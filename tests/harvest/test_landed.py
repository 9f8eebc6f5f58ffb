"""The list of what publishers sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from citylake.errors import LakeUnusable, PreconditionFailed
from citylake.lake.store import FolderStore, Store
from lambdas.harvest.landed import Landing, add_landings, read_landings

FIRST = Landing(
    source="epa-aqi-2024",
    address="https://aqs.epa.gov/aqsweb/airdata/annual_aqi_by_county_2024.zip",
    key="raw/epa-aqi-2024/aa",
    sha256="aa",
    bytes=5,
    content_type="application/zip",
    last_modified="Tue, 20 May 2025 11:00:00 GMT",
    retrieved_on="2026-11-20",
)
REVISED = replace(FIRST, key="raw/epa-aqi-2024/bb", sha256="bb", retrieved_on="2026-11-21")
OTHER = replace(FIRST, source="bls-laus", key="raw/bls-laus/cc", sha256="cc")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def test_what_came_is_listed_by_source_the_oldest_first(store: Store) -> None:
    add_landings(store, "epa-aqi-2024", [FIRST])
    add_landings(store, "bls-laus", [OTHER])
    add_landings(store, "epa-aqi-2024", [REVISED])
    assert list(read_landings(store)) == [OTHER, FIRST, REVISED]


def test_bytes_that_came_before_are_not_listed_again(store: Store) -> None:
    add_landings(store, "epa-aqi-2024", [FIRST, FIRST])
    before = store.get("raw/landings/epa-aqi-2024.json")
    add_landings(store, "epa-aqi-2024", [replace(FIRST, retrieved_on="2026-11-29")])
    assert list(read_landings(store)) == [FIRST]
    assert store.get("raw/landings/epa-aqi-2024.json") == before


def test_nothing_came(store: Store) -> None:
    add_landings(store, "epa-aqi-2024", [])
    assert list(read_landings(store)) == []
    assert list(store.keys("")) == []


class Contested(FolderStore):
    """A store in which another writer comes first, so many times."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__(folder)
        self.times = times

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        if self.times:
            self.times -= 1
            raise PreconditionFailed(f"{key} is not as it was read")
        return super().put(key, body, if_match=if_match)


def test_whoever_comes_second_waits_and_adds_to_the_first(tmp_path: Path) -> None:
    waited: list[float] = []
    add_landings(Contested(tmp_path, 11), "epa-aqi-2024", [FIRST], pause=waited.append)
    assert list(read_landings(FolderStore(tmp_path))) == [FIRST]
    assert len(waited) == 11
    assert all(0 <= seconds <= 1 for seconds in waited)


def test_who_never_comes_first_says_so(tmp_path: Path) -> None:
    with pytest.raises(PreconditionFailed):
        add_landings(Contested(tmp_path, 12), "epa-aqi-2024", [FIRST], pause=lambda _: None)


def test_a_damaged_list_is_named(store: Store) -> None:
    store.put("raw/landings/epa-aqi-2024.json", b"[{}]")
    with pytest.raises(LakeUnusable, match=r"raw/landings/epa-aqi-2024\.json is no list"):
        list(read_landings(store))
