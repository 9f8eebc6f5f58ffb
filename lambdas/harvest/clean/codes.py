"""Census codes: text whose leading zeros count."""

from citylake.errors import SourceChanged

_SUBDIVISION_DIGITS = 10


def zeros(text: str, digits: int) -> str:
    """Restore the leading zeros that a spreadsheet took off a code.

    Raises:
        SourceChanged: not a number, or longer than the code.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > digits:
        raise SourceChanged(f"code {text[:40]!r}: expected up to {digits} digits")
    return text.zfill(digits)


def place_geoid(state: str, place: str) -> str:
    """Join state and place codes to a 7-digit GEOID, restoring zeros that were lost."""
    return zeros(state, 2) + zeros(place, 5)


def is_subdivision(geoid: str) -> bool:
    """Whether a place's GEOID is that of a county subdivision: a town or township."""
    return len(geoid) == _SUBDIVISION_DIGITS
