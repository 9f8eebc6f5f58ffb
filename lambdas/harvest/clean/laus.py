"""Series of the Local Area Unemployment Statistics: what their ids and periods say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from citylake.errors import SourceChanged

RATE = "03"
"""The measure that is the unemployment rate, in percent of the labor force."""

NOT_SURVEYED = "-"
"""What stands for a month that was never surveyed, as October 2025 was in every state."""

ANNUAL_MEAN = "M13"

_MONTHS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        (
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        start=1,
    )
}
_SERIES = re.compile(r"LA(?P<season>[SU])(?P<kind>[A-Z]{2})(?P<area>\d{13})(?P<measure>\d{2})")
_GEOID_DIGITS = {"ST": 2, "CT": 7, "CS": 10}
"""How many digits of the area code are a GEOID: of a state, a city, a county subdivision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a series speaks of.

    Attributes:
        geoid: GEOID of the state, city or county subdivision; empty for any other area.
        is_adjusted: whether the season was taken out of it.
        measure: rate (``03``), unemployed, employed, labor force.
    """

    geoid: str
    is_adjusted: bool
    measure: str


def read_series(text: str) -> Series:
    """Take a series id of 20 characters apart: ``LAUCT371900000000003`` is Durham's rate.

    Raises:
        SourceChanged: no such id.

    Source:
        Bureau of Labor Statistics, "Local Area Unemployment Statistics: series ID formats".
    """
    found = _SERIES.fullmatch(text)
    if not found:
        raise SourceChanged(f"series {text[:40]!r}: expected an id like LAUCT371900000000003")
    digits = _GEOID_DIGITS.get(found["kind"], 0)
    return Series(
        geoid=found["area"][:digits],
        is_adjusted=found["season"] == "S",
        measure=found["measure"],
    )


def month(year: str, period: str) -> str:
    """Write a month as ``2026-06``, from ``M06`` or ``June``.

    Raises:
        SourceChanged: no month.
    """
    number = _MONTHS.get(period) or (int(period[1:]) if re.fullmatch(r"M\d\d", period) else 0)
    if not 1 <= number <= len(_MONTHS):
        raise SourceChanged(f"period {period!r}: expected M01 to M12, or a month's name")
    return f"{year}-{number:02}"
