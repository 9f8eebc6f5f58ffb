"""The chart of a dataset that declares none, or of a field that somebody chose."""

import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal import guesses
from lambdas.portal.handler import build
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import INCOME, PLACE_ROWS, PLACES, POPULATION

CRASHES = Dataset(
    id="crashes",
    title="Crashes",
    description="One by one.",
    theme=Theme.TRANSPORT,
    publisher="A city",
    key=("crash",),
    fields=(
        Field(name="crash", type=FieldType.TEXT, label="Number"),
        Field(name="day", type=FieldType.DATE, label="Day"),
        Field(name="who", type=FieldType.TEXT, label="Who", facet=True),
        Field(name="speed", type=FieldType.INT, label="Speed", unit="mph"),
        Field(name="cost_usd", type=FieldType.DOUBLE, label="Cost", unit="US dollars"),
        Field(name="is_dark", type=FieldType.BOOLEAN, label="In the dark"),
    ),
)
ROWS = tuple(
    {
        "crash": str(number),
        "day": date.fromisoformat(day),
        "who": who,
        "speed": speed,
        "is_dark": dark,
    }
    for number, (day, who, speed, dark) in enumerate(
        (
            ("2021-01-05", "cyclist", 20, True),
            ("2021-06-05", "cyclist", 25, False),
            ("2023-02-05", "pedestrian", 45, True),
            ("2024-12-31", "cyclist", None, None),
        )
    )
)


def explorer(home: Path) -> Explorer:
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots))


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("guesses") / "lake"
    publish(home, CRASHES, ROWS)
    return explorer(home)


def rows(found: Explorer, name: str, question: Any = None) -> Any:
    field = CRASHES.field(name)
    drawing = guesses.draw(found, NATION, CRASHES, field, question or {})
    return drawing and drawing.rows


def test_the_first_guess_is_what_says_most() -> None:
    def named(dataset: Dataset) -> str:
        field = guesses.first(dataset)
        return field.name if field else ""

    fields = CRASHES.fields
    assert named(POPULATION) == "population"
    assert named(INCOME) == "income_usd"
    assert named(CRASHES) == "day"
    assert named(replace(CRASHES, fields=(fields[0], *fields[2:]))) == "who"
    assert named(replace(CRASHES, fields=(fields[0], fields[3]))) == "speed"
    assert named(replace(CRASHES, fields=fields[:1])) == ""


def test_dates_give_counts_by_year(crashes: Explorer) -> None:
    drawing = guesses.draw(crashes, NATION, CRASHES, CRASHES.field("day"), {})
    assert drawing is not None
    assert drawing.rows == (("2021", "2"), ("2023", "1"), ("2024", "1"))
    assert drawing.sentence == "4 records from 2021 to 2024; the most are of 2021: 2."
    # Nothing was counted in 2022: the line is broken there.
    assert [mark["line"] for mark in drawing.marks] == ["0", "1", "1"]


def test_dates_of_few_years_give_counts_by_month(crashes: Explorer) -> None:
    question = {"where": ["day < date'2022-01-01'"]}
    assert rows(crashes, "day", question) == (("January 2021", "1"), ("June 2021", "1"))


def test_what_people_filter_by_gives_the_commonest_values(crashes: Explorer) -> None:
    drawing = guesses.draw(crashes, NATION, CRASHES, CRASHES.field("who"), {})
    assert drawing is not None
    assert drawing.rows == (("cyclist", "3"), ("pedestrian", "1"))
    assert drawing.sentence == "Of 4 records, most have cyclist (3) and pedestrian (1)."


def test_rare_values_are_counted_together(tmp_path: Path) -> None:
    many = [{"crash": str(number), "who": f"kind {number % 15:02}"} for number in range(45)]
    publish(tmp_path / "lake", CRASHES, many)
    found = rows(explorer(tmp_path / "lake"), "who")
    assert len(found) == guesses.MOST_BARS + 1
    assert found[-1] == ("3 other values", "9")


def test_yes_and_no_are_counted_and_what_is_not_known_is_not(crashes: Explorer) -> None:
    assert rows(crashes, "is_dark") == (("yes", "2"), ("no", "1"))


def test_numbers_give_intervals_without_a_gap(crashes: Explorer) -> None:
    drawing = guesses.draw(crashes, NATION, CRASHES, CRASHES.field("speed"), {})
    assert drawing is not None
    counts = [int(count) for _, count in drawing.rows]
    assert sum(counts) == 3
    assert drawing.rows[0] == ("20 to 24\N{NO-BREAK SPACE}mph", "1")
    assert 0 in counts
    assert drawing.sentence == (
        "Of 3 records, half have 25\N{NO-BREAK SPACE}mph or less; the smallest value is "
        "20\N{NO-BREAK SPACE}mph, the largest 45\N{NO-BREAK SPACE}mph."
    )


def test_nothing_to_draw_is_no_chart(crashes: Explorer) -> None:
    assert rows(crashes, "cost_usd") is None
    assert rows(crashes, "who", {"where": ["speed > 1000"]}) is None


@given(
    low=st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda value: round(value, 3)),
    spread=st.floats(0, 1e9, allow_subnormal=False).map(lambda value: round(value, 3)),
    share=st.floats(0, 1),
    is_whole=st.booleans(),
)
def test_intervals_ascend_and_hold_every_value(
    low: float, spread: float, share: float, is_whole: bool
) -> None:
    if is_whole:
        low, spread = float(round(low)), float(round(spread))
    edges = guesses.intervals(low, low + share * spread, low + spread, is_whole=is_whole)
    assert edges == sorted(set(edges))
    assert edges[0] <= low <= low + spread < edges[-1]
    assert len(edges) <= guesses.MOST_BARS + 3


def test_the_largest_value_is_in_the_last_interval_whatever_division_makes_of_it() -> None:
    assert guesses.intervals(1.9, 1.9, 2.9, is_whole=False)[-1] == 3.0


def test_few_large_values_are_given_intervals_that_grow() -> None:
    edges = guesses.intervals(120, 4_000, 8_500_000, is_whole=True)
    assert edges[:4] == [100, 500, 1_000, 5_000]
    assert edges[-1] == 10_000_000


@pytest.fixture(scope="module")
def visit_newest(tmp_path_factory: pytest.TempPathFactory, assets: Assets) -> Visit:
    home = tmp_path_factory.mktemp("newest") / "lake"
    publish(home, PLACES, PLACE_ROWS)
    publish(
        home,
        POPULATION,
        [
            {"geoid": geoid, "series": series, "year": year, "population": population}
            for geoid, series, year, population in (
                ("3719000", "Count", 2020, 283_506),
                ("3719000", "Estimate", 2023, 296_186),
                ("3755000", "Estimate", 2023, 482_295),
                ("3755000", "Revision", 2022, 1),
            )
        ],
    )
    return visitor(build(Lake(FolderStore(home)), assets=assets))


def test_of_all_places_the_newest_moment_is_drawn(visit_newest: Visit) -> None:
    words = visit_newest("/datasets/population/?tab=chart").words
    assert "Of 2 records of 2023, half have 389,240 people or less" in words


def test_of_one_place_the_declared_chart_is_drawn(visit_newest: Visit) -> None:
    assert "Inhabitants by year" in visit_newest("/nc/durham/datasets/population/?tab=chart").words


def test_the_page_names_the_picture_of_what_was_chosen(visit_newest: Visit) -> None:
    page = visit_newest("/datasets/places/?tab=chart&field=state&refine.kind=city")
    assert "Records by State" in page.words
    (picture,) = re.findall(r'<img [^>]*src="([^"]+)"', page.text)
    answer = visit_newest(unescape(picture))
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ">NC<" in answer.text
    assert visit_newest(unescape(picture).replace(".svg", ".json")).status == 200


def test_a_chart_of_nothing_says_so(visit_newest: Visit) -> None:
    query = "field=state&q=zebra"
    assert "No record has what this chart would show." in (
        visit_newest(f"/datasets/places/?tab=chart&{query}").words
    )
    assert visit_newest(f"/datasets/places/chart.svg?{query}").status == 404
