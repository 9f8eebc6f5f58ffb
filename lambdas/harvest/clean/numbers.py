"""Numbers as publishers write them, and the numbers that mean there is none."""

from citylake.errors import SourceChanged

CENSUS_SENTINELS = frozenset(
    {-222222222, -333333333, -555555555, -666666666, -888888888, -999999999}
)
"""What stands in an American Community Survey column where there is no estimate or no margin.

-666666666 too few cases, -999999999 not shown, -888888888 not applicable, -555555555 controlled (no
sampling error), -333333333 median in the open interval, -222222222 too few cases for a margin.

Source:
    Census Bureau, "Notes on ACS Estimate and Annotation Values".
"""


def whole(text: str) -> int | None:
    """Read a whole number with or without thousands separators; ``None`` for an empty text.

    Raises:
        SourceChanged: anything else.
    """
    number = decimal(text)
    if number is None:
        return None
    if not number.is_integer():
        raise SourceChanged(f"{text!r}: expected a whole number")
    return int(number)


def decimal(text: str) -> float | None:
    """Read a finite number with or without thousands separators; ``None`` for an empty text.

    Raises:
        SourceChanged: anything else.
    """
    bare = text.strip().replace(",", "")
    if not bare:
        return None
    try:
        number = float(bare)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise SourceChanged(f"{text!r}: expected a number")
    return number


def estimate(text: str) -> float | None:
    """Read an estimate or margin of the Census Bureau; ``None`` where a sentinel stands for it."""
    number = decimal(text)
    return None if number in CENSUS_SENTINELS else number


def share_pct(part: float | None, total: float | None) -> float | None:
    """Give a part in percent of its total, to four decimals; ``None`` where it has none.

    Four, since a share is rounded again when it is shown: two would turn 46.448 into 46.5.
    """
    if part is None or not total:
        return None
    return round(100 * part / total, 4)
