"""What the fleet reads of a national lake: a real one, in a folder."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from citylake.datasets import Area, Dataset, Field, FieldType, Theme
from citylake.errors import CityRefused, PlaceInvalid
from citylake.lake.duck import connect
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.places import Place
from lambdas.fleet.national import LakeNational, check_place
from tests.fleet.account import AMHERST, BETHESDA, CHICAGO, DURHAM
from tests.lakes import publish

GEOID = Field(name="geoid", type=FieldType.TEXT, label="GEOID")


def field(name: str, kind: FieldType = FieldType.TEXT) -> Field:
    return Field(name=name, type=kind, label=name)


def dataset(
    dataset_id: str, *fields: Field, area: Area = Area.PLACE, place: str = "geoid"
) -> Dataset:
    return Dataset(
        id=dataset_id,
        title=dataset_id,
        description=dataset_id,
        theme=Theme.PEOPLE,
        fields=fields,
        key=(fields[0].name,) if dataset_id != "population" else ("geoid", "year"),
        place_field=place,
        area=area,
        publisher="U.S. Census Bureau",
    )


PLACES = dataset(
    "places",
    GEOID,
    *map(field, ("name", "kind", "state", "slug", "population_source")),
    field("has_government", FieldType.BOOLEAN),
    field("population", FieldType.INT),
    field("population_year", FieldType.INT),
)
POPULATION = dataset("population", GEOID, field("year", FieldType.INT))
STATES = dataset("states", field("state_geoid"), area=Area.STATE, place="state_geoid")
FEEDS = dataset("feeds", field("name"), place="")


@pytest.fixture
def national(tmp_path: Path) -> LakeNational:
    home = tmp_path / "lake"
    columns = [field.name for field in PLACES.fields]
    publish(
        home,
        PLACES,
        [{name: getattr(place, name) for name in columns} for place in (BETHESDA, DURHAM)],
    )
    years = [{"geoid": DURHAM.geoid, "year": year} for year in (2020, 2023)]
    publish(home, POPULATION, [*years, {"geoid": BETHESDA.geoid, "year": 2020}])
    publish(home, STATES, [{"state_geoid": "37"}, {"state_geoid": "24"}])
    publish(home, FEEDS, [{"name": "a"}, {"name": "b"}, {"name": "c"}])
    lake = Lake(FolderStore(home))
    return LakeNational(lake, opener(lake))


def opener(lake: Lake) -> Callable[[], duckdb.DuckDBPyConnection]:
    return lambda: connect(lake.roots)


@pytest.mark.parametrize("place", [DURHAM, BETHESDA])
def test_the_facts_of_a_place_are_those_of_the_register(
    national: LakeNational, place: Place
) -> None:
    assert national.place(place.geoid) == place


def test_a_geoid_that_no_place_has_is_refused(national: LakeNational) -> None:
    with pytest.raises(CityRefused, match="no place of the register has the GEOID 3799999"):
        national.place("3799999")


@pytest.mark.parametrize("text", ["durham", "371900", "' or 1=1 --"])
def test_a_text_that_is_no_geoid_is_never_asked_for(national: LakeNational, text: str) -> None:
    with pytest.raises(PlaceInvalid):
        national.place(text)


def test_a_lake_without_a_register_says_so(tmp_path: Path) -> None:
    lake = Lake(FolderStore(tmp_path))

    with pytest.raises(CityRefused, match="harvest it first"):
        LakeNational(lake, opener(lake)).place(DURHAM.geoid)


def test_records_are_counted_as_each_dataset_knows_its_places(national: LakeNational) -> None:
    assert national.counts(DURHAM) == {"feeds": 3, "places": 1, "population": 2, "states": 1}
    assert national.counts(CHICAGO) == {"feeds": 3}


def test_a_place_with_a_government_and_a_population_has_a_tier() -> None:
    assert check_place(DURHAM, "") == "pop_t11"
    assert check_place(CHICAGO, "offer-7") == "pop_t12"


@pytest.mark.parametrize("place", [AMHERST, BETHESDA, CHICAGO])
def test_every_other_place_is_refused(place: Place) -> None:
    with pytest.raises(CityRefused, match=place.title):
        check_place(place, "")
