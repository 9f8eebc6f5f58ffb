from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import PlaceInvalid
from citylake.tiers import PRIVATE_OFFER_FROM, TIERS, tier_of


@pytest.mark.parametrize(
    ("population", "code"),
    [
        (0, "pop_t01"),
        (24_999, "pop_t01"),
        (25_000, "pop_t02"),
        (59_999, "pop_t03"),
        (60_000, "pop_t04"),
        (99_999, "pop_t07"),
        (100_000, "pop_t08"),
        (114_999, "pop_t08"),
        (115_000, "pop_t09"),
        (130_000, "pop_t10"),
        (499_999, "pop_t11"),
        (500_000, "pop_t12"),
        (8_258_035, "pop_t12"),
    ],
)
def test_an_exact_edge_belongs_to_the_higher_band(population: int, code: str) -> None:
    assert tier_of(population).code == code


def test_twelve_bands_cover_every_population_without_gap_or_overlap() -> None:
    assert [tier.code for tier in TIERS] == [f"pop_t{n:02d}" for n in range(1, 13)]
    assert TIERS[0].lower == 0
    assert all(one.upper == other.lower for one, other in pairwise(TIERS))
    assert TIERS[-1].upper is None
    assert TIERS[-1].lower < PRIVATE_OFFER_FROM


@given(st.integers(min_value=0, max_value=10**8))
def test_a_population_lies_within_its_band(population: int) -> None:
    tier = tier_of(population)
    assert tier.lower <= population
    assert tier.upper is None or population < tier.upper


def test_a_negative_population_is_refused() -> None:
    with pytest.raises(PlaceInvalid, match="-1 is negative"):
        tier_of(-1)
