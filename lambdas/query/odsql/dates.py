"""Dates as people write them in queries: ``2024``, ``2024/3``, ``2024-03-05T10:00:00Z``."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(
    r"""\s*(?P<year>\d{4})
        (?:[-/](?P<month>\d{1,2})
          (?:[-/](?P<day>\d{1,2})
            (?:[T\s]\s*(?P<hour>\d{1,2})
              (?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?
              \s*(?P<zone>Z|[+-]\d{2}:?(?:\d{2})?)?
            )?
          )?
        )?\s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def read_moment(text: str, zone: ZoneInfo) -> date | datetime:
    """Read a date; an aware ``datetime`` where it has a time of day.

    A missing month or day is the first. Without an offset a time is one of ``zone``.

    Raises:
        ValueError: it is none.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no date; expected a form such as 2024-03-05")
    day = date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
    if match["hour"] is None:
        return day
    return datetime(
        day.year,
        day.month,
        day.day,
        int(match["hour"]),
        int(match["minute"] or 0),
        int(match["second"] or 0),
        int((match["fraction"] or "0")[:6].ljust(6, "0")),
        tzinfo=_offset(match["zone"]) if match["zone"] else zone,
    ).astimezone(UTC)


def read_period(text: str) -> tuple[date, date]:
    """Read a year, a month or a day as its first day and the first day after it.

    Raises:
        ValueError: it is none, or has a time of day.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None or match["hour"] is not None:
        raise ValueError(f"{text[:40]!r} is no date; expected 2024, 2024/03 or 2024/03/05")
    year, month, day = int(match["year"]), match["month"], match["day"]
    first = date(year, int(month or 1), int(day or 1))
    if day is not None:
        return first, first + timedelta(days=1)
    if month is not None:
        return first, _shift_months(datetime(year, int(month), 1, tzinfo=UTC), 1).date()
    return first, date(year + 1, 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a zone; at the ends of the calendar, in UTC."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def on_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in a zone shows at an instant; at the ends of the calendar, one in UTC."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return instant.astimezone(UTC).replace(tzinfo=None)


def _offset(text: str) -> timezone:
    if text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _shift_months(moment: datetime, months: int) -> datetime:
    """Move by months; a day that the month lacks becomes its last."""
    whole = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(whole, 12)
    return moment.replace(
        year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1])
    )


_WEEKDAYS = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")


def _set(name: str) -> Callable[[datetime, int], datetime]:
    def change(moment: datetime, value: int) -> datetime:
        parts: dict[str, Any] = {name: value}
        changed = moment.replace(day=1).replace(**parts)
        last = monthrange(changed.year, changed.month)[1]
        return changed.replace(day=value if name == "day" else min(moment.day, last))

    return change


def _shift(unit: str) -> Callable[[datetime, int], datetime]:
    return lambda moment, value: moment + timedelta(**{unit: value})


def _set_weekday(moment: datetime, value: int) -> datetime:
    """Move within the week to a day, Monday being 0."""
    if not 0 <= value < len(_WEEKDAYS):
        raise ValueError("weekday goes from 0 (Monday) to 6")
    return moment + timedelta(days=value - moment.weekday())


def _shift_weekday(weekday: int) -> Callable[[datetime, int], datetime]:
    def change(moment: datetime, value: int) -> datetime:
        """Move to the nth such day from this one on; backwards if negative; 0 changes nothing."""
        if value == 0:
            return moment
        ahead = (weekday - moment.weekday()) % 7
        weeks = value - 1 if value > 0 else value + (ahead == 0)
        return moment + timedelta(days=ahead + 7 * weeks)

    return change


NOW_CHANGES: Mapping[str, Callable[[datetime, int], datetime]] = {
    **{name: _set(name) for name in ("year", "month", "day", "hour", "minute", "second")},
    "microsecond": _set("microsecond"),
    "weekday": _set_weekday,
    "years": lambda moment, value: _shift_months(moment, 12 * value),
    "months": _shift_months,
    **{f"{unit}s": _shift(f"{unit}s") for unit in ("day", "hour", "minute", "second")},
    "weeks": _shift("weeks"),
    "microseconds": _shift("microseconds"),
    **{name: _shift_weekday(number) for number, name in enumerate(_WEEKDAYS)},
}
"""What ``now(…)`` can be told: a singular sets, a plural shifts."""
