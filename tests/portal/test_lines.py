"""Trends of several cities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from citylake.datasets import Comparison, Dataset
from lambdas.portal import charts, lines
from lambdas.portal.charts import Drawing, Size
from tests.portal.samples import AIR, INCOME, OFFENSES, POPULATION
from tests.portal.test_selection import CARY, DURHAM

_NB = "\N{NO-BREAK SPACE}"
COUNT, OLD, NEW = "Count", "Vintage 2019", "Vintage 2023"

PEOPLE = {
    DURHAM.geoid: [
        {"series": COUNT, "year": 2010, "population": 100},
        {"series": OLD, "year": 2018, "population": 120},
        {"series": OLD, "year": 2019, "population": 125},
        {"series": COUNT, "year": 2020, "population": 130},
        {"series": NEW, "year": 2022, "population": 140},
        {"series": NEW, "year": 2023, "population": 154},
    ],
    CARY.geoid: [
        {"series": OLD, "year": 2018, "population": 50},
        {"series": OLD, "year": 2019, "population": 51},
        {"series": NEW, "year": 2023, "population": 60},
    ],
}


def _drawn(dataset: Dataset, records: Mapping[str, Sequence[Mapping[str, Any]]]) -> Drawing:
    drawing = lines.draw(dataset, (DURHAM, CARY), records)
    assert drawing is not None
    return drawing


def test_there_is_a_line_per_city_and_a_column_each() -> None:
    drawing = _drawn(POPULATION, PEOPLE)
    assert drawing.title == "Population over time"
    assert drawing.series == ("Durham, NC", "Cary, NC")
    assert drawing.columns == ("Year", "Series", "Durham, NC", "Cary, NC")
    assert drawing.rows == (
        ("2018", OLD, f"120{_NB}people", f"50{_NB}people"),
        ("2019", OLD, f"125{_NB}people", f"51{_NB}people"),
        ("2022", NEW, f"140{_NB}people", ""),
        ("2023", NEW, f"154{_NB}people", f"60{_NB}people"),
    )


def test_series_that_speak_of_the_same_time_are_not_mixed() -> None:
    assert COUNT not in {row[1] for row in _drawn(POPULATION, PEOPLE).rows}


def test_a_line_breaks_where_figures_are_counted_otherwise() -> None:
    drawn = _drawn(POPULATION, PEOPLE)
    assert {mark["line"] for mark in drawn.marks if mark["series"] == "Durham, NC"} == {
        f"{DURHAM.geoid} {OLD} 0",
        f"{DURHAM.geoid} {NEW} 0",
    }


def test_the_sentence_follows_each_city_within_one_series() -> None:
    assert _drawn(POPULATION, PEOPLE).sentence == (
        "Population: Durham, NC +10.0% (+14) from 2022 to 2023; "
        "Cary, NC +2.0% (+1) from 2018 to 2019. "
        "The lines break where figures were counted in another way: Vintage 2019 and Vintage 2023."
    )


def test_a_scale_that_does_not_begin_at_zero_is_said() -> None:
    flat = {
        place.geoid: [{"year": year, "good_days_pct": 50 + year / 1000} for year in (2022, 2023)]
        for place in (DURHAM, CARY)
    }
    assert _drawn(AIR, flat).sentence.endswith("The scale does not begin at zero.")


def test_one_line_alone_is_no_comparison() -> None:
    alone = {DURHAM.geoid: PEOPLE[DURHAM.geoid], CARY.geoid: PEOPLE[CARY.geoid][:1]}
    assert lines.draw(POPULATION, (DURHAM, CARY), alone) is None


def test_crime_and_what_must_not_be_followed_over_time_is_not_drawn() -> None:
    crime = [{"year": year, "violent_per_100k": 400.0} for year in (2018, 2019)]
    incomes = [{"vintage": vintage, "income_usd": 1} for vintage in ("2016-2020", "2019-2023")]
    follows = replace(OFFENSES.figures[0], change=True)
    assert follows.comparison is Comparison.AVERAGE
    dataset = replace(OFFENSES, figures=(follows,))
    for each, records in ((dataset, crime), (INCOME, incomes)):
        drawn = lines.draw(each, (DURHAM, CARY), {DURHAM.geoid: records, CARY.geoid: records})
        assert drawn is None


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("moments", [2, 60])
def test_lines_are_told_apart_without_color(size: Size, moments: int) -> None:
    records = [
        {"series": NEW, "year": 2023 - moments + at, "population": 100 + at}
        for at in range(moments)
    ]
    drawing = _drawn(POPULATION, {DURHAM.geoid: records, CARY.geoid: records})
    specification = charts.specification(drawing, size)
    encodings = [layer["encoding"] for layer in specification["layer"]]
    assert any({"shape", "strokeDash"} & encoding.keys() for encoding in encodings)
    assert b"Cary, NC" in charts.render(specification, "@font-face{}")
