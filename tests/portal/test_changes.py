"""What changed in a city."""

from dataclasses import replace
from pathlib import Path

import pytest

from citylake.datasets import Field, FieldType
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import (
    AIR,
    AIR_ROWS,
    INCOME,
    PLACE_ROWS,
    PLACES,
    POPULATION,
    POPULATION_ROWS,
)

MEASURED = replace(
    AIR,
    fields=(
        *AIR.fields,
        Field(name="margin_pct", type=FieldType.DOUBLE, label="M", margin_of="good_days_pct"),
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "lake"
    publish(home, PLACES, PLACE_ROWS)
    return home


def _visit(home: Path, assets: Assets) -> Visit:
    return visitor(build(Lake(FolderStore(home)), assets=assets))


def test_figures_that_moved_are_named_with_both_dates_the_furthest_first(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert (
        "Figures that moved most Days with good air -8.4 points : 54.8% in 2023, 46.4% in 2024 "
        "Source: EPA Inhabitants +1.2% (+3,412) : 292,774 people in 2022, 296,186 people in 2023"
    ) in words.replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(("margin", "moved"), [(7.0, False), (1.0, True), (None, True)])
def test_what_the_margins_explain_did_not_move(
    home: Path, assets: Assets, margin: float | None, moved: bool
) -> None:
    publish(home, MEASURED, [{**row, "margin_pct": margin} for row in AIR_ROWS])
    words = _visit(home, assets)("/nc/durham/").words
    assert ("Figures that moved most" in words) is moved


def test_a_figure_that_must_not_be_followed_over_time_did_not_move(
    home: Path, assets: Assets
) -> None:
    rows = [
        {"geoid": "3719000", "vintage": vintage, "income_usd": income}
        for vintage, income in (("2016-2020", 1), ("2019-2023", 79234))
    ]
    publish(home, INCOME, rows)
    assert "Figures that moved most" not in _visit(home, assets)("/nc/durham/").words


def test_a_first_release_is_called_so(visit: Visit) -> None:
    words = visit("/nc/durham/").words
    assert "first release here." in words
    assert "No figure of Durham has been revised here yet." in words


def test_a_release_says_what_is_new_and_what_was_restated(home: Path, assets: Assets) -> None:
    publish(home, POPULATION, POPULATION_ROWS)
    newer = [
        {**row, "population": 292_000} if row["population"] == 292774 else row
        for row in POPULATION_ROWS
    ]
    newest = {"series": "Estimate, vintage 2023", "year": 2024, "population": 300_000}
    publish(home, POPULATION, [*newer, {"geoid": "3719000", **newest}])
    visit = _visit(home, assets)
    words = visit("/nc/durham/").words
    assert "1 new record of Durham." in words
    assert "1 earlier record was restated (Population)." in words
    assert "has been revised here yet" not in words


def test_a_release_that_leaves_the_city_as_it_was_is_no_news(home: Path, assets: Assets) -> None:
    publish(home, POPULATION, POPULATION_ROWS)
    other = {"geoid": "3755000", "series": "Census count", "year": 2020, "population": 1}
    publish(home, POPULATION, [*POPULATION_ROWS, other])
    visit = _visit(home, assets)
    assert "first release here." in visit("/nc/durham/").words
    assert "1 new record of Raleigh." in visit("/nc/raleigh/").words
