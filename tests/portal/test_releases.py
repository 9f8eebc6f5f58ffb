"""A dataset's releases: listed, looked at, held against each other."""

import re
from dataclasses import replace
from html import unescape

import pytest

from citylake.catalog import update_catalog
from citylake.datasets import NATIONAL, Dataset, Field, FieldType, Figure, Theme
from citylake.errors import QueryTooCostly
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from lambdas.query.revisions import Revision, Revisions
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import GEOID, PLACE_ROWS, PLACES, POPULATION

NOTED = Field(name="noted", type=FieldType.TEXT, label="Note of the Bureau")
FAMILIES = Dataset(
    id="families",
    title="Families",
    description="Children per family.",
    theme=Theme.FAMILIES,
    publisher="U.S. Census Bureau",
    vintage="2020-2024",
    source_url="https://www.census.gov/acs",
    notes=("Reckoned from table B09002.",),
    key=("geoid",),
    place_field="geoid",
    fields=(GEOID, Field(name="children", type=FieldType.DOUBLE, label="Children per family")),
    figures=(Figure(field="children", label="Children per family"),),
)
OLDER = tuple(
    {"geoid": geoid, "series": "Estimate", "year": year, "population": population}
    for geoid, year, population in (
        ("3719000", 2021, 285_527),
        ("3719000", 2022, 292_774),
        ("3719000", 2023, 296_186),
        ("3755000", 2023, 482_295),
    )
)
NEWER = (*OLDER[1:3], {**OLDER[3], "population": 482_300})


@pytest.fixture(scope="module")
def releases() -> list[str]:
    """Ids of the two releases of the population, the older first; filled by ``visit``."""
    return []


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory, assets: Assets, releases: list[str]) -> Visit:
    home = tmp_path_factory.mktemp("releases") / "lake"
    publish(home, PLACES, PLACE_ROWS)
    releases.append(publish(home, POPULATION, OLDER).id)
    newer = replace(POPULATION, fields=(*POPULATION.fields, NOTED))
    releases.append(publish(home, newer, NEWER).id)
    lake = Lake(FolderStore(home))
    update_catalog(lake.store, NATIONAL, lambda held: replace(held, awaited=(FAMILIES,)))
    return visitor(build(lake, assets=assets))


PAGE = "/datasets/population/?tab=releases"


def test_every_release_is_listed_with_its_records(visit: Visit, releases: list[str]) -> None:
    words = visit(PAGE).words
    assert "2 releases" in words
    newer, older = (words.index(release) for release in reversed(releases))
    assert newer < older
    assert re.search(rf"\(current\) {releases[1]} 2019 and 2023 3 Table Export What changed", words)
    assert re.search(rf"{releases[0]} 2019 and 2023 4 Table Export What", words)


def test_a_release_says_what_it_changed(visit: Visit) -> None:
    words = visit(PAGE).words
    assert "Records added 0 Records removed 1 Records changed 1 Records as they were 2" in words
    assert "these fields differ: Population: 1 record" in words
    assert "Fields added: Note of the Bureau." in words


def test_a_city_sees_what_changed_of_its_own(visit: Visit) -> None:
    words = visit(f"/nc/durham{PAGE}").words
    assert "Only the records of Durham are counted." in words
    assert "Records added 0 Records removed 1 Records changed 0 Records as they were 2" in words


def test_the_first_release_has_none_before_it(visit: Visit, releases: list[str]) -> None:
    words = visit(f"{PAGE}&version={releases[0]}").words
    assert "This is the first release: there is none before it to compare with." in words


def test_any_two_releases_can_be_held_against_each_other(visit: Visit, releases: list[str]) -> None:
    words = visit(f"{PAGE}&version={releases[0]}&against={releases[1]}").words
    assert "Records added 1 Records removed 0 Records changed 1" in words
    assert "Fields removed: Note of the Bureau." in words


def test_an_older_release_is_shown_as_such_and_taken_along(
    visit: Visit, releases: list[str]
) -> None:
    page = visit(f"/nc/durham/datasets/population/?tab=table&version={releases[0]}")
    assert "3 records of Durham" in page.words
    assert "You are looking at an older release" in page.words
    assert "Note of the Bureau" not in page.words
    links = [unescape(link) for link in re.findall(r'href="([^"]*tab=export[^"]*)"', page.text)]
    (export,) = {link for link in links if "version=" in link}
    assert f"exports/csv?version={releases[0]}" in visit(export).text
    assert "You are looking at" not in visit("/nc/durham/datasets/population/").words


def test_a_release_that_never_was_is_not_found(visit: Visit) -> None:
    assert visit(f"{PAGE}&version=20200101T000000Z-abcdef").status == 404
    assert visit(f"{PAGE}&against=20200101T000000Z-abcdef").status == 404


def test_what_is_awaited_says_who_publishes_it(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert (
        "Families Children per family. U.S. Census Bureau publishes what this figure is made of "
        "(2020-2024). It is not among the figures bundled with Citylake; the live source brings it."
    ) in page.words
    assert "Reckoned from table B09002." in page.words
    assert 'href="https://www.census.gov/acs"' in page.text


def test_nothing_is_awaited_where_everything_is_there(visit_durham: Visit) -> None:
    assert "the live source brings it" not in visit_durham("/").words


def test_releases_that_are_too_large_to_compare_are_said_to_be(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Revision:
        raise QueryTooCostly("The query took more than 20 seconds; ask for less.")

    monkeypatch.setattr(Revisions, "between", refuse)
    page = visit(PAGE)
    assert page.status == 200
    assert "too large to be compared on this page" in page.words
