"""One definition gives picture, table and sentence."""

from dataclasses import replace
from typing import Any

import pytest

from citylake.datasets import Chart, ChartKind
from lambdas.portal import charts
from lambdas.portal.charts import Drawing, Size
from tests.portal.samples import AIR, INCOME, OFFENSES, POPULATION

_NB = "\N{NO-BREAK SPACE}"

POPULATION_OF_DURHAM = [
    {"series": "Count", "year": 2010, "population": 228330},
    {"series": "Count", "year": 2020, "population": 283506},
    {"series": "Estimate", "year": 2021, "population": 289378},
    {"series": "Estimate", "year": 2023, "population": 296186},
    {"series": "Estimate", "year": 2024, "population": None},
]


def _drawn(dataset: Any, records: Any) -> Drawing:
    drawing = charts.draw(dataset, records)
    assert drawing is not None
    return drawing


def test_a_trend_is_one_line_per_series_and_says_so() -> None:
    drawing = _drawn(POPULATION, POPULATION_OF_DURHAM)
    assert drawing.columns == ("Year", "Series", "Population (people)")
    assert drawing.rows[0] == ("2010", "Count", f"228,330{_NB}people")
    assert drawing.sentence.replace(_NB, " ") == (
        "Population rose: 289,378 people in 2021, 296,186 people in 2023, "
        "a change of +2.4% (+6,808) (Estimate). The 2 series were counted in different ways "
        "and do not continue each other: Count and Estimate."
    )
    assert {mark["line"] for mark in drawing.marks if mark["series"] == "Estimate"} == {
        "Estimate 0"
    }


def test_a_missing_year_breaks_the_line() -> None:
    dataset = replace(
        OFFENSES, chart=Chart(kind=ChartKind.TREND, fields=("murder",), title="Murders")
    )
    records = [{"year": year, "murder": year - 2000} for year in (2016, 2018, 2019)]
    lines = [mark["line"] for mark in _drawn(dataset, records).marks]
    assert lines == [" 0", " 1", " 1"]


def test_a_scale_that_does_not_begin_at_zero_is_said() -> None:
    flat = [{"series": "E", "year": year, "population": 100_000 + year} for year in (2021, 2022)]
    drawing = _drawn(POPULATION, flat)
    assert not drawing.from_zero
    assert drawing.sentence.endswith(
        "stayed about level: 102,021 people in 2021, 102,022 people "
        "in 2022, a change of 0.0% (+1). The scale does not begin at zero.".replace(
            " people", f"{_NB}people"
        )
    )


@pytest.mark.parametrize(("size", "most"), [(Size.WIDE, 6), (Size.SMALL, 3)])
def test_quarters_are_labelled_sparsely_and_the_newest_always(size: Size, most: int) -> None:
    dataset = replace(POPULATION, time_field="series", series_field="", key=("geoid", "series"))
    quarters = [f"{year} Q{quarter}" for year in range(1980, 2023) for quarter in (1, 2, 3, 4)]
    records = [{"series": name, "population": 100 + n} for n, name in enumerate(quarters)]
    drawn = charts.specification(_drawn(dataset, records), size)
    labels = drawn["encoding"]["x"]["axis"]["values"]
    assert labels[0] == "2022 Q4"
    assert 1 < len(labels) <= most
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["line", "text"]


def test_a_single_year_is_stated_plainly() -> None:
    drawing = _drawn(POPULATION, POPULATION_OF_DURHAM[:1])
    assert drawing.sentence == f"Population: 228,330{_NB}people in 2010."


def test_parts_are_shares_of_their_sum() -> None:
    drawing = _drawn(AIR, [{"year": 2024, "good_days": 170, "moderate_days": 196}])
    assert drawing.rows == (
        ("Good days", f"170{_NB}days", "46.4%"),
        ("Moderate days", f"196{_NB}days", "53.6%"),
    )
    assert drawing.sentence == (
        f"In 2024, the largest part of 366{_NB}days is Moderate days (53.6%), "
        "followed by Good days (46.4%)."
    )


def test_bars_show_the_newest_record_that_has_any() -> None:
    records = [{"year": 2018, "murder": 3, "robbery": None}, {"year": 2019}]
    drawing = _drawn(OFFENSES, records)
    assert drawing.rows == (("Murders", f"3{_NB}offenses"),)
    assert drawing.sentence == f"In 2018, the largest is Murders (3{_NB}offenses)."


def test_where_all_is_zero_nothing_is_called_the_largest() -> None:
    drawing = _drawn(OFFENSES, [{"year": 2019, "murder": 0, "robbery": 0}])
    assert drawing.sentence == "In 2019, all of these are zero."
    assert drawing.columns == ("", "Offenses")


@pytest.mark.parametrize(
    ("dataset", "records"),
    [
        (INCOME, [{"vintage": "2019-2023", "income_usd": 1}]),
        (POPULATION, []),
        (POPULATION, [{"year": 2020, "population": None}]),
        (AIR, [{"year": 2024, "good_days": 0, "moderate_days": 0}]),
        (OFFENSES, [{"year": 2019, "murder": None, "robbery": None}]),
    ],
)
def test_where_there_is_nothing_to_draw_there_is_no_chart(dataset: Any, records: Any) -> None:
    assert charts.draw(dataset, records) is None


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize(
    ("dataset", "records", "letters"),
    [
        (POPULATION, POPULATION_OF_DURHAM, "296,186"),
        (AIR, [{"year": 2024, "good_days": 170, "moderate_days": 196}], "46.4% (170"),
        (OFFENSES, [{"year": 2019, "murder": 0, "robbery": 0}], "Murders"),
    ],
)
def test_every_kind_is_drawn_in_every_size(
    dataset: Any, records: Any, letters: str, size: Size
) -> None:
    drawing = _drawn(dataset, records)
    picture = charts.render(charts.specification(drawing, size), "@font-face{}").decode()
    assert picture.startswith("<svg")
    assert "<style>@font-face{}</style>" in picture
    assert letters in picture.replace(_NB, " ")


def test_a_specification_stands_alone() -> None:
    specification = charts.specification(_drawn(POPULATION, POPULATION_OF_DURHAM), Size.WIDE)
    assert specification["$schema"].endswith("v5.json")
    assert len(specification["data"]["values"]) == 4
    assert specification["description"].startswith("Population rose")
