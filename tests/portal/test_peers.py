"""Who is proposed as a peer, and why."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.places import Place
from lambdas.portal.peers import Proposer
from lambdas.portal.regions import division_of
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.places import LakePlaces
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.portal.samples import PLACES, POPULATION, place

SURVEY = Dataset(
    id="demographics",
    title="Survey",
    description="Incomes, ages, schooling.",
    theme=Theme.PEOPLE,
    key=("geoid", "vintage"),
    place_field="geoid",
    time_field="vintage",
    publisher="U.S. Census Bureau",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="vintage", type=FieldType.TEXT, label="Years"),
        Field(name="median_household_income_usd", type=FieldType.INT, label="Income"),
        Field(name="median_age_years", type=FieldType.DOUBLE, label="Age"),
        Field(name="bachelors_pct", type=FieldType.DOUBLE, label="Schooling"),
    ),
)

#             name: state, people in 2020, people in 2010, income, age, schooling
CITIES: Mapping[str, tuple[str, int, int | None, int | None, float, float]] = {
    "Here": ("NC", 100_000, 90_000, 60_000, 35, 40),
    "Twin": ("SC", 104_000, 94_000, 61_000, 36, 42),
    "Faraway": ("OR", 104_000, 94_000, 61_000, 36, 42),
    "Rich": ("SC", 104_000, 94_000, 150_000, 36, 42),
    "Old": ("SC", 104_000, 94_000, 61_000, 60, 42),
    "Booming": ("SC", 104_000, 40_000, 61_000, 36, 42),
    "Unknown": ("SC", 104_000, None, None, 36, 42),
    "Large": ("SC", 180_000, 163_000, 61_000, 36, 42),
    "Giant": ("SC", 900_000, 810_000, 60_000, 35, 40),
    **{
        f"Other{at}": ("OH", 60_000 + 5_000 * at, 60_000, 40_000 + 5_000 * at, 30 + at, 20 + at)
        for at in range(20)
    },
}
GEOIDS = {name: f"37{at:05}" for at, name in enumerate(CITIES)}


def _publish(home: Path, *datasets: str) -> Proposer:
    publish(
        home,
        PLACES,
        [
            place(GEOIDS[name], name, people, state=state)
            for name, (state, people, *_) in CITIES.items()
        ],
    )
    if "population" in datasets:
        rows: list[dict[str, Any]] = []
        for name, (_, people, before, *_) in CITIES.items():
            for year, value in ((2010, before), (2020, people)):
                if value is not None:
                    rows.append(
                        {
                            "geoid": GEOIDS[name],
                            "series": "Count",
                            "year": year,
                            "population": value,
                        }
                    )
        # A later span that only a few have is not what growth is reckoned from.
        rows += [
            {"geoid": GEOIDS["Here"], "series": "Estimate", "year": year, "population": year}
            for year in (2021, 2023)
        ]
        publish(home, POPULATION, rows)
    if "demographics" in datasets:
        publish(
            home,
            SURVEY,
            [
                {
                    "geoid": GEOIDS[name],
                    "vintage": vintage,
                    "median_household_income_usd": income and income + shift,
                    "median_age_years": age,
                    "bachelors_pct": schooling,
                }
                for name, (_, _, _, income, age, schooling) in CITIES.items()
                for vintage, shift in (("2016-2020", 40_000), ("2019-2023", 0))
            ],
        )
    lake = Lake(FolderStore(home))
    engine = DuckDBEngine(lake.roots)
    return Proposer(Explorer(lake, engine), LakePlaces(lake, engine))


@pytest.fixture(scope="module")
def proposer(tmp_path_factory: pytest.TempPathFactory) -> Proposer:
    return _publish(tmp_path_factory.mktemp("peers") / "lake", "population", "demographics")


def here() -> Place:
    return Place(
        geoid=GEOIDS["Here"],
        name="Here",
        kind="city",
        state="NC",
        slug="nc/here",
        has_government=True,
        population=100_000,
    )


def test_the_one_that_is_alike_in_everything_comes_first_with_its_reasons(
    proposer: Proposer,
) -> None:
    first = proposer.propose(here())[0]
    assert first.place.name == "Twin"
    assert first.why == (
        "similar size (104,000 people), similar growth (+10.6% from 2010 to 2020), "
        "similar income ($61,000), similar age (median 36 years), "
        "similar schooling (42% with a bachelor's degree), same region (South Atlantic)"
    )


def test_a_trait_that_differs_is_no_reason(proposer: Proposer) -> None:
    whys = {each.place.name: each.why for each in proposer.propose(here(), 40)}
    assert "region" not in whys["Faraway"]
    assert "income" not in whys["Rich"]
    assert "age" not in whys["Old"]
    assert "growth" not in whys["Booming"]
    assert "size" not in whys["Large"]


def test_what_is_unknown_neither_helps_nor_decides(proposer: Proposer) -> None:
    names = [each.place.name for each in proposer.propose(here(), 30)]
    assert names.index("Twin") < names.index("Unknown") < names.index("Rich")
    unknown = proposer.propose(here(), 30)[names.index("Unknown")]
    assert "income" not in unknown.why
    assert "growth" not in unknown.why


def test_a_city_of_another_size_is_not_proposed(proposer: Proposer) -> None:
    assert "Giant" not in {each.place.name for each in proposer.propose(here(), 50)}


def test_the_same_lake_gives_the_same_peers(proposer: Proposer, tmp_path: Path) -> None:
    again = _publish(tmp_path / "lake", "population", "demographics")
    assert again.propose(here()) == proposer.propose(here())


def test_without_datasets_size_and_region_remain(tmp_path: Path) -> None:
    first = _publish(tmp_path / "lake").propose(here())[0]
    assert first.place.name == "Twin"
    assert first.why == "similar size (104,000 people), same region (South Atlantic)"


def test_where_too_few_are_of_the_size_the_nearest_are_taken(proposer: Proposer) -> None:
    giant = replace(here(), geoid=GEOIDS["Giant"], name="Giant", population=900_000)
    proposed = proposer.propose(giant)
    assert len(proposed) == 4
    assert all("size" not in each.why for each in proposed)


def test_without_a_population_nobody_is_proposed(proposer: Proposer) -> None:
    assert proposer.propose(replace(here(), population=None)) == ()


@pytest.mark.parametrize(
    ("state", "names"),
    [("NC", ("South Atlantic", "South")), ("OR", ("Pacific", "West")), ("PR", None)],
)
def test_a_state_lies_in_a_division_of_a_region(state: str, names: tuple[str, str] | None) -> None:
    division = division_of(state)
    assert (division and (division.name, division.region)) == names
