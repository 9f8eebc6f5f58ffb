"""The register of places, asked as people and pages ask it."""

from pathlib import Path
from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.places import Place
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.places import LakePlaces
from tests.lakes import publish
from tests.query.api_samples import PLACES, PLACES_ROWS


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> LakePlaces:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish(home, PLACES, PLACES_ROWS)
    return LakePlaces(Lake(FolderStore(home)), DuckDBEngine((str(home),)))


def slugs(found: Any) -> list[str]:
    return [place.slug for place in found]


def test_a_place_is_found_by_geoid_and_by_slug(places: LakePlaces) -> None:
    durham = Place(
        geoid="3719000",
        name="Durham",
        kind="city",
        state="NC",
        slug="nc/durham",
        has_government=True,
        population=296_186,
        lon=-78.9,
        lat=36.0,
    )
    assert places.by_geoid("3719000") == durham
    assert places.by_slug("nc/durham") == durham
    assert places.by_geoid("3719001") is None
    assert places.by_slug("nc/durhan") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("durham", ["nc/durham", "nh/durham"]),
        ("DURHAM nc", ["nc/durham"]),
        ("Durham, NC", ["nc/durham"]),
        ("durham, north carolina", ["nc/durham"]),
        ("nh durham", ["nh/durham"]),
        ("3719000", ["nc/durham"]),
        ("nc/durham", ["nc/durham"]),
        ("dur", ["nc/durham", "nh/durham"]),
        ("canon city", ["co/canon-city"]),
        ("CAÑON", ["co/canon-city"]),
        ("varina", ["nc/fuquay-varina"]),
        ("fuquay varina", ["nc/fuquay-varina"]),
        ("saint louis", ["mo/st-louis"]),
        ("St Louis MO", ["mo/st-louis"]),
        ("nashville", ["tn/nashville-davidson", "nc/nashville"]),
        ("o'fallon", ["mo/ofallon"]),
        ("Ofallon mo", ["mo/ofallon"]),
        ("york", ["pa/york", "pa/yorkana", "ny/new-york"]),
        ("new york", ["ny/new-york", "ny/nowhere"]),
        ("nc", ["nc/raleigh", "nc/durham", "nc/fuquay-varina", "nc/nashville"]),
        ("colorado", ["co/aurora", "co/highlands-ranch", "co/canon-city"]),
        ("ham", []),
        ("", []),
        ("'; drop table places --", []),
        ("%", []),
        ("x" * 10_000, []),
    ],
)
def test_search(places: LakePlaces, text: str, found: list[str]) -> None:
    assert slugs(places.search(text)) == found


def test_search_gives_no_more_than_was_asked_for(places: LakePlaces) -> None:
    assert slugs(places.search("nc", limit=2)) == ["nc/raleigh", "nc/durham"]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("durhan nc", ["nc/durham"]),
        ("durhan", ["nc/durham", "nh/durham"]),
        ("canyon city co", ["co/canon-city"]),
        ("raliegh", ["nc/raleigh"]),
        ("qqqq", []),
        ("", []),
    ],
)
def test_nearest_names(places: LakePlaces, text: str, nearest: list[str]) -> None:
    assert slugs(places.nearest_names(text)) == nearest


def test_peers_are_the_nearest_in_population_on_both_sides(places: LakePlaces) -> None:
    durham = places.by_slug("nc/durham")
    assert durham is not None
    assert slugs(places.peers(durham, 4)) == [
        "mo/st-louis",
        "co/aurora",
        "nc/raleigh",
        "mo/ofallon",
    ]


def test_peers_at_an_end_of_the_scale_are_taken_from_the_other_side(places: LakePlaces) -> None:
    largest = places.by_slug("ny/new-york")
    assert largest is not None
    assert slugs(places.peers(largest, 2)) == ["tn/nashville-davidson", "nc/raleigh"]


def test_a_place_of_unknown_population_has_no_peers(places: LakePlaces) -> None:
    nowhere = places.by_slug("ny/nowhere")
    assert nowhere is not None
    assert places.peers(nowhere) == []


def test_a_town_is_not_held_against_cities(places: LakePlaces) -> None:
    town = places.by_slug("nh/durham")
    assert town is not None
    assert places.peers(town) == []


def test_before_there_is_a_register_there_is_no_place(tmp_path: Path) -> None:
    places = LakePlaces(Lake(FolderStore(tmp_path)), DuckDBEngine((str(tmp_path),)))
    assert places.by_slug("nc/durham") is None
    assert places.search("durham") == []


def test_a_new_release_of_the_register_is_seen(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    publish(home, PLACES, PLACES_ROWS[:1])
    places = LakePlaces(Lake(FolderStore(home)), DuckDBEngine((str(home),)))
    assert places.by_slug("nh/durham") is None
    publish(home, PLACES, PLACES_ROWS[:2])
    assert places.by_slug("nh/durham") is not None
