"""Margins of error: read as the Census Bureau writes them, and carried through arithmetic.

All are half-widths at 90 percent confidence. The formulas take estimates as independent of each
other, as the Census Bureau's own do.

Source:
    Census Bureau, "Understanding and Using American Community Survey Data: What All Data Users Need
    to Know" (2020), chapter 8, "Calculating Measures of Error for Derived Estimates".
"""

from collections.abc import Iterable
from math import hypot, sqrt

from lambdas.harvest.clean.numbers import decimal, estimate

_CONTROLLED = -555555555
"""What stands for the margin of an estimate that was set to a known total: it has no error."""


def margin(text: str) -> float | None:
    """Read a margin of error; 0 for a controlled estimate, ``None`` where there is none.

    Raises:
        SourceChanged: no number.
    """
    return 0.0 if decimal(text) == _CONTROLLED else estimate(text)


def sum_margin(margins: Iterable[float | None]) -> float | None:
    """The margin of a sum or difference; ``None`` where one of its parts has none."""
    known = list(margins)
    present = [each for each in known if each is not None]
    return hypot(*present) if present and len(present) == len(known) else None


def ratio_margin(
    part: float, part_margin: float | None, whole: float, whole_margin: float | None
) -> float | None:
    """The margin of ``part / whole`` where the part is not among the whole."""
    if part_margin is None or whole_margin is None or not whole:
        return None
    return hypot(part_margin, part / whole * whole_margin) / whole


def share_margin(
    part: float, part_margin: float | None, whole: float, whole_margin: float | None
) -> float | None:
    """The margin of ``part / whole`` where the part is among the whole.

    Where the formula for shares has no root, that for ratios stands in for it, as the Census Bureau
    says; for a share of one, which the formula would take as certain, the margin of the part does.
    """
    if part_margin is None or whole_margin is None or not whole:
        return None
    if part == whole:
        return part_margin / whole
    under_root = part_margin**2 - (part / whole * whole_margin) ** 2
    if under_root < 0:
        return ratio_margin(part, part_margin, whole, whole_margin)
    return sqrt(under_root) / whole
