"""Differences in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.portal import differences
from lambdas.portal.differences import Estimate, Verdict

DOLLARS = "US dollars"


@pytest.mark.parametrize(
    ("own", "first", "unit", "decimals", "text"),
    [
        (85364, 79234, DOLLARS, 0, "$6,130 (7.7%) above Durham"),
        (66263, 79234, DOLLARS, 0, "$12,971 (16.4%) below Durham"),
        (21.84, 12.21, "%", 1, "9.6 points above Durham"),
        (105898, 296186, "people", 0, "190,288\N{NO-BREAK SPACE}people (64.2%) below Durham"),
        (29, 35, "years", 0, "6\N{NO-BREAK SPACE}years below Durham"),
        (5, 0, "", 0, "5 above Durham"),
        (35.2, 34.8, "years", 0, "Same as Durham"),
        (12.04, 12.0, "%", 1, "Same as Durham"),
    ],
)
def test_a_difference_is_worded_with_its_unit(
    own: float, first: float, unit: str, decimals: int, text: str
) -> None:
    found = differences.word(
        Estimate(own), Estimate(first), unit=unit, decimals=decimals, place="Durham"
    )
    assert found.text == text


def test_a_difference_within_the_margins_is_none() -> None:
    # The margin of the difference is the root of 3² + 4², five.
    found = differences.word(Estimate(15, 3), Estimate(10, 4), unit="%", decimals=1, place="Durham")
    assert found.verdict is Verdict.WITHIN_MARGINS
    assert found.text == "No real difference from Durham: within the margins of error"


def test_a_difference_beyond_the_margins_is_real() -> None:
    assert differences.is_real(Estimate(15.1, 3), Estimate(10, 4)) is True


@pytest.mark.parametrize(("one", "other"), [(None, 4), (3, None), (None, None)])
def test_without_both_margins_nobody_can_say(one: float | None, other: float | None) -> None:
    assert differences.is_real(Estimate(15, one), Estimate(10, other)) is None


amounts = st.floats(-1e9, 1e9)
margins = st.none() | st.floats(0, 1e9)


@given(amounts, margins, amounts, margins)
def test_whom_one_asks_first_does_not_matter(
    one: float, own: float | None, other: float, theirs: float | None
) -> None:
    a, b = Estimate(one, own), Estimate(other, theirs)
    assert differences.is_real(a, b) == differences.is_real(b, a)
