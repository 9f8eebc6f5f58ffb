"""What sets two figures apart, in words; a difference that chance explains is none."""

from dataclasses import dataclass
from enum import StrEnum
from math import hypot

from lambdas.portal import wording
from lambdas.portal.translations import _

_NO_RATIO = frozenset({"years"})
"""Units of which a share of another value says nothing: six years less is no percentage."""


class Verdict(StrEnum):
    """How a figure stands to another."""

    SAME = "same"
    WITHIN_MARGINS = "within-margins"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the half-width of its interval at 90 % confidence, ``None`` where unknown."""

    value: float
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a figure differs from that of another place.

    Attributes:
        verdict: which way.
        text: the same in words, for people.
    """

    verdict: Verdict
    text: str


def is_real(one: Estimate, other: Estimate) -> bool | None:
    """Whether two estimates differ by more than chance explains; ``None`` where nobody can say.

    Source:
        Census Bureau, "Understanding and Using American Community Survey Data", chapter 7: the
        margin of a difference is the root of the sum of both squared margins.
    """
    if one.margin is None or other.margin is None:
        return None
    return abs(one.value - other.value) > hypot(one.margin, other.margin)


def word(own: Estimate, first: Estimate, *, unit: str, decimals: int, place: str) -> Difference:
    """Word how a figure differs from the first city's.

    Args:
        own: the figure.
        first: what it is held against.
        unit: of both.
        decimals: digits after the point that people see of both.
        place: name of the first city.
    """
    if is_real(own, first) is False:
        return Difference(
            Verdict.WITHIN_MARGINS,
            _("No real difference from %(place)s: within the margins of error", place=place),
        )
    apart = round(own.value, decimals) - round(first.value, decimals)
    if round(apart, decimals) == 0:
        return Difference(Verdict.SAME, _("Same as %(place)s", place=place))
    if unit == wording.PERCENT:
        points = wording.number(abs(apart), max(decimals, 1))
        amount = _("%(points)s points", points=points)
    else:
        amount = wording.quantity(abs(apart), unit, decimals)
        if first.value > 0 and unit not in _NO_RATIO:
            share = wording.quantity(100 * abs(apart) / first.value, wording.PERCENT, 1)
            amount = f"{amount} ({share})"
    if apart > 0:
        return Difference(
            Verdict.ABOVE, _("%(amount)s above %(place)s", amount=amount, place=place)
        )
    return Difference(Verdict.BELOW, _("%(amount)s below %(place)s", amount=amount, place=place))
