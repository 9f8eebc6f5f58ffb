"""Margins of error through sums, shares and ratios."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import SourceChanged
from lambdas.harvest.clean.margins import margin, ratio_margin, share_margin, sum_margin

counts = st.floats(min_value=1, max_value=1e7)
margins = st.floats(min_value=0, max_value=1e5)


@pytest.mark.parametrize(
    ("text", "read"),
    [("161", 161.0), ("-555555555", 0.0), ("-222222222", None), ("-333333333", None), ("", None)],
)
def test_a_controlled_estimate_has_no_error_and_others_have_no_margin(
    text: str, read: float | None
) -> None:
    assert margin(text) == read


def test_a_margin_that_is_no_number_is_an_error() -> None:
    with pytest.raises(SourceChanged, match=r"'\*\*\*': expected a number"):
        margin("***")


def test_margins_of_a_sum_add_up_as_sides_of_a_triangle() -> None:
    assert sum_margin([300, 400]) == 500
    assert sum_margin([300, None]) is None
    assert sum_margin([]) is None


def test_a_share_is_known_better_than_a_ratio() -> None:
    assert ratio_margin(50, 5, 100, 10) == pytest.approx(math.sqrt(50) / 100)
    assert share_margin(50, 5, 100, 6) == pytest.approx(0.04)
    assert share_margin(50, 5, 100, 12) == ratio_margin(50, 5, 100, 12)


def test_a_share_of_one_is_no_certainty() -> None:
    assert share_margin(10, 14, 10, 14) == 1.4


@pytest.mark.parametrize("known", [(50, None, 100, 6), (50, 5, 100, None), (0, 5, 0, 6)])
def test_without_a_margin_or_a_whole_nothing_is_said(
    known: tuple[float, float | None, float, float | None],
) -> None:
    assert ratio_margin(*known) is None
    assert share_margin(*known) is None


@given(part=counts, part_margin=margins, whole=counts, whole_margin=margins)
def test_the_margin_of_a_share_never_exceeds_that_of_a_ratio(
    part: float, part_margin: float, whole: float, whole_margin: float
) -> None:
    share = share_margin(part, part_margin, whole, whole_margin)
    ratio = ratio_margin(part, part_margin, whole, whole_margin)
    assert share is not None
    assert ratio is not None
    assert 0 <= share <= ratio or math.isclose(share, ratio)


@given(st.lists(margins, min_size=1))
def test_a_sum_is_no_better_known_than_its_worst_part(parts: list[float]) -> None:
    total = sum_margin(parts)
    assert total is not None
    assert total >= max(parts) or math.isclose(total, max(parts))
