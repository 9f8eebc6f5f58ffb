"""How numbers, money and times are written for people, in the language of the request."""

from datetime import UTC, date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal

from citylake.pages.languages import speech

_CENTS = 2


def number(value: int) -> str:
    """Write a whole number: ``296,186``."""
    text: str = format_decimal(value, locale=speech().language.locale)
    return text


def money(value: Decimal) -> str:
    """Write dollars with their cents, and a price with its three decimals: ``$1.370``."""
    exponent = value.as_tuple().exponent
    decimals = max(_CENTS, -exponent) if isinstance(exponent, int) else _CENTS
    pattern = f"\u00a4#,##0.{'0' * decimals}"
    text: str = format_currency(
        value, "USD", format=pattern, locale=speech().language.locale, currency_digits=False
    )
    return text


def day(moment: datetime | date) -> str:
    """Write a day: ``November 2, 2026``."""
    text: str = format_date(moment, format="long", locale=speech().language.locale)
    return text


def moment(at: datetime) -> str:
    """Write a moment to the minute, in UTC: ``November 2, 2026, 14:00 UTC``."""
    locale = speech().language.locale
    clock: str = format_datetime(at.astimezone(UTC), "HH:mm", locale=locale)
    return f"{day(at.astimezone(UTC))}, {clock} UTC"


def month(text: str) -> str:
    """Write a month that is known as ``2026-11``: ``November 2026``."""
    first = date.fromisoformat(f"{text}-01")
    written: str = format_skeleton("yMMMM", first, locale=speech().language.locale)
    return written


def account(text: str) -> str:
    """Write an AWS account as AWS does: ``4444-5555-6666``."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
