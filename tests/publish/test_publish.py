"""From a file to what the city's API answers."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from citylake.catalog import LeftOut, update_catalog
from citylake.datasets import Theme, Visibility
from citylake.errors import (
    DatasetInvalid,
    DatasetNotFound,
    ParameterInvalid,
    PlaceInvalid,
    PlaceNotFound,
    ReleaseNotFound,
)
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.publish.publish import PublishedField, license_of
from lambdas.publish.releases import list_releases, restore
from lambdas.query.scope import NATION
from tests.publish.conftest import DURHAM, RALEIGH, City

TREES = "Tree ID,Species,Planted\n1,Elm,1/31/2019\n2,Oak\n3,Oak,12/1/2020\n"


def test_a_file_is_served_at_once_beside_the_national_data(city: City) -> None:
    published = city.publish(TREES)
    assert published.rows == 2
    assert published.quarantined == 1
    assert published.place == DURHAM
    assert published.fields == (
        PublishedField(name="tree_id", type="int", label="Tree ID"),
        PublishedField(name="species", type="text", label="Species"),
        PublishedField(name="planted", type="date", label="Planted"),
    )
    assert published.notes == ("Planted: read as month/day/year.",)
    assert city.records("trees") == [
        {"tree_id": 1, "species": "Elm", "planted": "2019-01-31"},
        {"tree_id": 3, "species": "Oak", "planted": "2020-12-01"},
    ]
    assert city.catalog(DURHAM) == ["places", "population", "trees"]


def test_bad_rows_are_kept_with_the_release(city: City) -> None:
    published = city.publish(TREES)
    assert city.quarantine(published) == [
        {
            "line": 3,
            "column": None,
            "value": None,
            "reason": "has 2 cells; expected 3",
            "row": "2,Oak",
        }
    ]
    release = city.lake.release("trees", namespace=DURHAM)
    assert release.left_out == (
        LeftOut(reason="has 2 cells; expected 3", count=1, examples=("line 3",)),
    )


def test_nobody_else_sees_a_citys_dataset(city: City) -> None:
    city.publish(TREES)
    assert city.catalog() == ["places", "population"]
    assert city.catalog(RALEIGH) == ["places", "population"]
    for geoid in ("", RALEIGH):
        with pytest.raises(DatasetNotFound):
            city.records("trees", geoid)
        with pytest.raises(DatasetNotFound):
            city.explorer.dataset(city.scope(geoid), "trees", {})


def test_two_cities_may_use_one_id(city: City) -> None:
    city.publish("a\n1\n", place=DURHAM)
    city.publish("b\n2\n", place="nc/raleigh")
    assert city.records("trees", DURHAM) == [{"a": 1}]
    assert city.records("trees", RALEIGH) == [{"b": 2}]


def test_a_place_sees_its_new_catalog_under_another_etag(city: City) -> None:
    durham, raleigh = city.scope(DURHAM), city.scope(RALEIGH)
    before = [city.explorer.version(scope, "", {}) for scope in (durham, raleigh, NATION)]
    city.publish(TREES)
    after = [city.explorer.version(scope, "", {}) for scope in (durham, raleigh, NATION)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, True]


def test_what_is_not_public_is_not_there(city: City) -> None:
    city.publish(TREES)
    update_catalog(
        city.lake.store,
        DURHAM,
        lambda catalog: replace(
            catalog,
            datasets={"trees": replace(catalog.entry("trees"), visibility=Visibility.PRIVATE)},
        ),
    )
    assert city.catalog(DURHAM) == ["places", "population"]
    with pytest.raises(DatasetNotFound):
        city.records("trees")


def test_the_description_says_who_what_and_where_from(city: City) -> None:
    published = city.publish(TREES, license=license_of("CC BY 4.0"), description="Every tree.")
    release = city.lake.release("trees", namespace=DURHAM)
    dataset = release.dataset
    assert (dataset.title, dataset.description) == ("Street trees", "Every tree.")
    assert (dataset.owner, dataset.publisher) == (DURHAM, "Durham, NC")
    assert dataset.theme is Theme.CITY
    assert dataset.license.name == "CC BY 4.0"
    assert dataset.notes == published.notes
    (receipt,) = release.receipts
    assert receipt.address == "street_trees.csv"
    assert receipt.records == 2
    assert len(receipt.sha256) == 64


def test_publishing_again_replaces_and_keeps_the_old_release(city: City) -> None:
    old = city.publish("n\n1\n")
    new = city.publish("n,note\n2,x\n3,y\n")
    assert city.records("trees") == [{"n": 2, "note": "x"}, {"n": 3, "note": "y"}]
    assert city.records("trees", version=old.release) == [{"n": 1}]
    lines = list_releases(city.lake, DURHAM, "trees")
    assert [(line.release, line.rows, line.current) for line in lines] == [
        (new.release, 2, True),
        (old.release, 1, False),
    ]


def test_an_old_release_can_be_current_again(city: City) -> None:
    old = city.publish("n\n1\n")
    new = city.publish("n,note\n2,x\n")
    restore(city.lake, DURHAM, "trees", old.release)
    assert city.records("trees") == [{"n": 1}]
    assert [line.release for line in list_releases(city.lake, DURHAM, "trees")] == [
        old.release,
        new.release,
    ]
    restore(city.lake, DURHAM, "trees", new.release)
    assert city.records("trees") == [{"n": 2, "note": "x"}]
    third = city.publish("n\n3\n")
    assert city.lake.release("trees", namespace=DURHAM).previous == new.release
    assert city.lake.entry("trees", DURHAM).releases == (third.release, new.release, old.release)


def test_only_releases_that_were_can_be_restored(city: City) -> None:
    city.publish("n\n1\n")
    with pytest.raises(ReleaseNotFound, match="has no release 2019"):
        restore(city.lake, DURHAM, "trees", "2019")
    with pytest.raises(DatasetNotFound):
        restore(city.lake, RALEIGH, "trees", "2019")


def test_a_type_that_changed_reads_as_it_was_in_each_release(city: City) -> None:
    old = city.publish("n\n1\n")
    city.publish("n\none\n")
    assert city.records("trees") == [{"n": "one"}]
    assert city.records("trees", version=old.release) == [{"n": 1}]


def test_the_order_of_the_file_is_kept(city: City) -> None:
    numbers = [(n * 7919) % 30_011 for n in range(30_000)]
    city.publish("n\n" + "".join(f"{n}\n" for n in numbers))
    assert [record["n"] for record in city.records("trees", limit="5")] == numbers[:5]
    tail = city.records("trees", offset="9990", limit="5")
    assert [record["n"] for record in tail] == numbers[9990:9995]


def test_two_that_publish_at_once_both_stand(city: City, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    beside = City(city.home, tmp_path / "beside")
    thread = threading.Thread(target=beside.publish, args=("n\n1\n", "other"))
    thread.start()
    city.publish("n\n2\n")
    thread.join()
    assert city.catalog(DURHAM) == ["other", "places", "population", "trees"]


def test_nothing_is_published_of_a_file_without_a_good_row(city: City) -> None:
    with pytest.raises(DatasetInvalid, match="none of 1 rows can be published"):
        city.publish("a,b\n1\n")
    with pytest.raises(DatasetNotFound):
        city.lake.entry("trees", DURHAM)


def test_what_is_being_done_is_told(city: City) -> None:
    told: list[str] = []
    city.publish(TREES, tell=told.append)
    assert told == ["read the file", "read 2 rows", "decide types", "convert", "publish"]


def test_the_id_of_a_national_dataset_is_refused(city: City) -> None:
    with pytest.raises(DatasetInvalid, match="population is the id of a national dataset"):
        city.publish(TREES, "population")


def test_an_id_that_is_none_is_refused(city: City) -> None:
    with pytest.raises(DatasetInvalid, match="dataset id 'Trees!'"):
        city.publish(TREES, "Trees!")


def test_only_a_place_with_a_government_publishes(city: City) -> None:
    with pytest.raises(PlaceNotFound, match="no place has the GEOID or address '9999999'"):
        city.publish(TREES, place="9999999")
    with pytest.raises(PlaceInvalid, match=r"Highlands Ranch, CO \(0836410\) has no government"):
        city.publish(TREES, place="0836410")


def test_a_lake_without_a_register_says_how_to_fill_it(city: City, tmp_path: Path) -> None:
    city.lake = Lake(FolderStore(tmp_path / "empty"))
    with pytest.raises(PlaceNotFound, match="citylake harvest"):
        city.publish(TREES)


def test_times_are_those_of_the_place_unless_said(city: City) -> None:
    body = "opened\n7/28/2015 10:40\n"
    city.publish(body)
    assert city.records("trees") == [{"opened": "2015-07-28T14:40:00+00:00"}]
    city.publish(body, zone="UTC")
    assert city.records("trees") == [{"opened": "2015-07-28T10:40:00+00:00"}]
    with pytest.raises(ParameterInvalid, match="there is no time zone 'EDT!'"):
        city.publish(body, zone="EDT!")
