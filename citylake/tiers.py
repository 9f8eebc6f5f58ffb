"""Population tiers: the bands by which a city is priced.

This is their only home; whatever else shows a tier is generated from here.
"""

from bisect import bisect_right
from dataclasses import dataclass

from citylake.errors import PlaceInvalid


@dataclass(frozen=True, slots=True)
class Tier:
    """One population band.

    Attributes:
        code: the dimension as AWS Marketplace knows it, ``pop_t01`` to ``pop_t12``.
        lower: the smallest population in the band, in people.
        upper: the smallest population above it, in people; ``None`` where there is none.
    """

    code: str
    lower: int
    upper: int | None


_LOWER_BOUNDS = (
    0,
    25_000,
    50_000,
    60_000,
    70_000,
    80_000,
    90_000,
    100_000,
    115_000,
    130_000,
    250_000,
    500_000,
)

TIERS: tuple[Tier, ...] = tuple(
    Tier(f"pop_t{number:02d}", lower, upper)
    for number, (lower, upper) in enumerate(
        zip(_LOWER_BOUNDS, (*_LOWER_BOUNDS[1:], None), strict=True), start=1
    )
)

PRIVATE_OFFER_FROM = 1_000_000
"""From this population on, the price is agreed in a private offer."""


def tier_of(population: int) -> Tier:
    """Find the band of a population; an exact edge belongs to the higher band.

    Raises:
        PlaceInvalid: a negative population.
    """
    if population < 0:
        raise PlaceInvalid(f"population {population} is negative; expected 0 or more people")
    return TIERS[bisect_right(_LOWER_BOUNDS, population) - 1]
