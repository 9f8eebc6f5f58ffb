"""How values are written for people."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.datasets import Field, FieldType
from lambdas.portal import wording
from lambdas.portal.wording import Change

_NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (296186, "", 0, "296,186"),
        (296186, "people", 0, f"296,186{_NB}people"),
        (1, "days", 0, f"1{_NB}day"),
        (60158, "US dollars", 0, "$60,158"),
        (-1200.5, "US dollars", 2, "\N{MINUS SIGN}$1,200.50"),
        (12.34, "%", 1, "12.3%"),
        (-0.04, "%", 1, "0.0%"),
    ],
)
def test_quantities(value: float, unit: str, decimals: int, text: str) -> None:
    assert wording.quantity(value, unit, decimals) == text


@pytest.mark.parametrize(
    ("now", "before", "unit", "decimals", "text"),
    [
        (296186, 292774, "people", 0, "+1.2% (+3,412)"),
        (100, 200, "", 0, "\N{MINUS SIGN}50.0% (\N{MINUS SIGN}100)"),
        (100, 100, "", 0, "0.0% (0)"),
        (5, 0, "", 0, "+5"),
        (60000, 50000, "US dollars", 0, "+20.0% (+$10,000)"),
        (40000, 50000, "US dollars", 0, "\N{MINUS SIGN}20.0% (\N{MINUS SIGN}$10,000)"),
        (12.3, 11.1, "%", 1, "+1.2 points"),
    ],
)
def test_changes(now: float, before: float, unit: str, decimals: int, text: str) -> None:
    assert wording.change(now, before, unit, decimals, "2022") == Change(text, "2022")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2023, "2023"),
        ("2019-2023", "2019\N{EN DASH}2023"),
        ("2023-05", "May 2023"),
        ("2023-13", "2023-13"),
        ("0000-05", "0000-05"),
        ("2022 Q4", "Q4 2022"),
        ("2019", "2019"),
    ],
)
def test_moments(value: object, text: str) -> None:
    assert wording.moment(value) == text


@pytest.mark.parametrize(
    ("value", "kind", "name", "text"),
    [
        (None, FieldType.INT, "x", ""),
        (True, FieldType.BOOLEAN, "x", "yes"),
        (12345, FieldType.INT, "x", "12,345"),
        (2023, FieldType.INT, "population_year", "2023"),
        (12.5, FieldType.DOUBLE, "x", "12.5"),
        (12.0, FieldType.DOUBLE, "x", "12"),
        (0.12345, FieldType.DOUBLE, "x", "0.123"),
        ({"lon": -78.9, "lat": 35.98}, FieldType.GEO_POINT, "x", "35.9800, -78.9000"),
        (["a", "b"], FieldType.TEXT, "x", "a, b"),
        ("0804000", FieldType.TEXT, "x", "0804000"),
    ],
)
def test_cells(value: Any, kind: FieldType, name: str, text: str) -> None:
    assert wording.cell(value, Field(name=name, type=kind, label="X")) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b, and c")],
)
def test_lists(parts: tuple[str, ...], text: str) -> None:
    assert wording.listed(parts) == text


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        ("city", "a city"),
        ("urban county", "an urban county"),
        ("unified government", "a unified government"),
    ],
)
def test_articles(noun: str, text: str) -> None:
    assert wording.a_or_an(noun) == text


@given(st.integers(-(10**12), 10**12))
def test_a_written_number_reads_back(value: int) -> None:
    text = wording.number(value).replace(",", "").replace(wording.MINUS, "-")
    assert int(text) == value
