"""The register in the national lake, as the marketplace reads it."""

from pathlib import Path

import pytest

from citylake.lake.duck import connect
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from marketplace.places import LakePlaces
from tests.lakes import publish
from tests.query.api_samples import PLACES, PLACES_ROWS


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(tmp_path / "lake", PLACES, PLACES_ROWS)
    return tmp_path / "lake"


def open_places(home: Path) -> LakePlaces:
    lake = Lake(FolderStore(home))
    return LakePlaces(lake, lambda: connect(lake.roots))


def test_places_are_found_as_the_portal_finds_them(home: Path) -> None:
    places = open_places(home)
    durham = places.by_geoid("3719000")
    assert durham is not None
    assert (durham.title, durham.population) == ("Durham, NC", 296_186)
    assert places.by_slug("nc/durham") == durham
    assert places.search("durham nc") == [durham]
    assert durham in places.nearest_names("durhmm")
    assert places.by_geoid("9999999") is None


def test_a_name_is_told_from_the_same_name_elsewhere(home: Path) -> None:
    places = open_places(home)
    assert {place.state for place in places.named("durham")} == {"NC", "NH"}
    assert [place.geoid for place in places.named("Durham", "NC")] == ["3719000"]
    assert places.state_name("NC") == "North Carolina"
    assert places.counties("NC") == ()  # this register has none


def test_a_new_release_is_seen(home: Path) -> None:
    places = open_places(home)
    before = places.by_geoid("3719000")
    rows = [{**row, "population": 300_000} for row in PLACES_ROWS]
    publish(home, PLACES, rows)
    after = places.by_geoid("3719000")
    assert before is not None
    assert after is not None
    assert (before.population, after.population) == (296_186, 300_000)


def test_before_there_is_a_register_there_is_no_place(tmp_path: Path) -> None:
    assert open_places(tmp_path / "lake").search("durham") == []
