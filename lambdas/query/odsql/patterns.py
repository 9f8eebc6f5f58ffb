"""The patterns of ``date_format``: ``yyyy-MM-dd``, ``EEEE d MMMM``."""

import re
from collections.abc import Mapping

from lambdas.query.odsql.calendar import DAYS, MONTHS
from lambdas.query.odsql.typed import DatePart

_MOST_PARTS = 100

_TOKEN = re.compile(r"'(?:[^']|'')*'|([a-zA-Z])\1*|[?,.:/\-\s]+")

_PARTS: Mapping[str, DatePart] = {
    **{
        token: DatePart(unit, digits)
        for tokens, unit, digits in (
            ("yy YY", "short_year", 2),
            ("yyyy YYYY", "year", 4),
            ("xx", "short_week_year", 2),
            ("xxxx", "week_year", 4),
            ("w", "week", 0),
            ("ww", "week", 2),
            ("e", "weekday", 0),
            ("D", "day_of_year", 0),
            ("DDD", "day_of_year", 3),
            ("M", "month", 0),
            ("MM", "month", 2),
            ("d", "day", 0),
            ("dd", "day", 2),
            ("H", "hour", 0),
            ("HH", "hour", 2),
            ("m", "minute", 0),
            ("mm", "minute", 2),
            ("s", "second", 0),
            ("ss", "second", 2),
        )
        for token in tokens.split()
    },
}


def read_date_pattern(pattern: str, language: str) -> tuple[DatePart | str, ...]:
    """Read a pattern as parts of a date and the text between them.

    Weeks are ISO 8601's, and its first day (``e`` is 1) is Monday.

    Raises:
        ValueError: a letter means nothing, a quote is not closed, or there are too many parts.
    """
    parts: list[DatePart | str] = []
    at = 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None:
            raise ValueError(f"{pattern[at]!r} means nothing in the date pattern {pattern[:40]!r}")
        parts.append(_part(match[0], language))
        at = match.end()
    if len(parts) > _MOST_PARTS:
        raise ValueError(
            f"the date pattern {pattern[:40]!r} has {len(parts)} parts; "
            f"at most {_MOST_PARTS} are written"
        )
    return tuple(parts)


def _part(written: str, language: str) -> DatePart | str:
    if written == "''":
        return "'"
    if written[0] == "'":
        return written[1:-1].replace("''", "'")
    if not written[0].isalpha():
        return written
    named = {
        **dict.fromkeys(("E", "EE", "EEE"), ("weekday", DAYS[language][1])),
        "EEEE": ("weekday", DAYS[language][0]),
        "MMM": ("month", MONTHS[language][1]),
        "MMMM": ("month", MONTHS[language][0]),
    }
    if written in named:
        unit, names = named[written]
        return DatePart(unit, names=names)
    if written not in _PARTS:
        raise ValueError(f"{written!r} means nothing in a date pattern")
    return _PARTS[written]
