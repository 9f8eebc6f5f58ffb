"""How values are written for people: in their language as the United States write it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from citylake.datasets import Dataset, Field, FieldType
from citylake.pages.languages import speech
from lambdas.portal import translations
from lambdas.portal.translations import _, told

MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"

DOLLARS = "US dollars"
PERCENT = "%"

_SPAN = re.compile(r"(\d{4})-(\d{4})")
_MONTH = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"([1-9]\d{3})[ -]Q([1-4])")

_NUMBERS = frozenset({FieldType.INT, FieldType.DOUBLE})


def number(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separated: ``296,186``, with a true minus sign."""
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    text = format_decimal(abs(value), format=pattern, locale=speech().language.locale)
    is_zero = not text.strip("0.,")
    return text if value >= 0 or is_zero else f"{MINUS}{text}"


def signed(value: float, decimals: int = 0) -> str:
    """Write a difference with its sign: ``+3,412``; ``0`` has none."""
    text = number(value, decimals)
    return f"+{text}" if text.strip("0.,") and value > 0 else text


def parted(value: float, unit: str, decimals: int = 0) -> tuple[str, str]:
    """Write a number with its sign of currency or percent, and the unit that stands beside it.

    Returns:
        ``("$60,158", "")``, ``("12.3%", "")``, ``("34.3", "years")``, ``("1", "day")``.
    """
    text = number(value, decimals)
    if unit == DOLLARS:
        return f"{MINUS}${text[1:]}" if text.startswith(MINUS) else f"${text}", ""
    if unit == PERCENT:
        return f"{text}{percent_sign()}", ""
    return text, translations.unit(unit, is_one=text == "1")


def quantity(value: float, unit: str, decimals: int = 0) -> str:
    """Write a number with its unit: ``$60,158``, ``12.3%``, ``34.3 years``, ``296,186``."""
    text, beside = parted(value, unit, decimals)
    return f"{text}{NO_BREAK}{beside}" if beside else text


def percent_sign() -> str:
    """What follows a percentage: ``%``, in Spanish with a space before it."""
    sign: str = speech().language.locale.percent_formats[None].suffix[0]
    return sign


def bound(text: str, unit: str) -> str:
    """Write a bound as its publisher words it, with the unit's sign: ``$250,000 or more``."""
    return f"${told(text)}" if unit == DOLLARS else told(text)


def is_number(field: Field, dataset: Dataset | None = None) -> bool:
    """Whether a field's values are amounts, as against years and names."""
    return field.type in _NUMBERS and not is_year(field, dataset)


def is_year(field: Field, dataset: Dataset | None = None) -> bool:
    """Whether a field's values are years, which are written without a separator."""
    if field.type is not FieldType.INT:
        return False
    is_time = dataset is not None and field.name == dataset.time_field
    return is_time or field.name == "year" or field.name.endswith("_year")


def decimals_of(value: object, field: Field) -> int:
    """How many digits a table shows after the point of a value: what it has, up to three."""
    if field.type is FieldType.INT or not isinstance(value, float):
        return 0
    return min(3, len(f"{value:.3f}".rstrip("0").partition(".")[2]))


def cell(value: object, field: Field | None, dataset: Dataset | None = None) -> str:
    """Write any value of a record for a table; an absent one is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict) and {"lon", "lat"} <= value.keys():
        return f"{value['lat']:.4f}, {value['lon']:.4f}"
    if isinstance(value, int | float) and field is not None and is_number(field, dataset):
        return number(value, decimals_of(value, field))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(part) for part in value)
    return str(value)


def moment(value: object) -> str:
    """Write a time field's value: ``2023``, ``May 2023``, ``Q4 2022``; a span with a dash."""
    text = str(value)
    if found := _SPAN.fullmatch(text):
        return f"{found[1]}{EN_DASH}{found[2]}"
    if found := _MONTH.fullmatch(text):
        first_day = date(int(found[1]), int(found[2]), 1)
        return format_skeleton("yMMMM", first_day, locale=speech().language.locale)
    if found := _QUARTER.fullmatch(text):
        first_day = date(int(found[1]), 3 * int(found[2]) - 2, 1)
        return format_skeleton("yQQQ", first_day, locale=speech().language.locale)
    return text


def day(iso: str) -> str:
    """Write a date, or the date of an instant: ``November 22, 2026``; other texts as they are."""
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return format_date(found, "long", locale=speech().language.locale)


def listed(parts: Sequence[str]) -> str:
    """Join names as a sentence does: ``A``, ``A and B``, ``A, B, and C``."""
    return format_list(parts, locale=speech().language.locale)


def a_or_an(noun: str) -> str:
    """Put the article before an English noun: ``a city``, ``an urban county``."""
    first = noun[:1].lower()
    return f"{'an' if first in set('aeio') or noun.startswith('urban') else 'a'} {noun}"


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved between two moments.

    Attributes:
        text: ``+1.2% (+3,412)``; percentages move by points.
        since: the earlier moment.
    """

    text: str
    since: str


def change(now: float, before: float, unit: str, decimals: int, since: str) -> Change:
    """Word the change of a figure since an earlier moment."""
    difference = now - before
    if unit == PERCENT:
        points = signed(difference, max(decimals, 1))
        return Change(_("%(points)s points", points=points), since)
    amount = signed(difference, decimals)
    if unit == DOLLARS:
        sign = amount[:1] if amount[:1] in {"+", MINUS} else ""
        amount = f"{sign}${amount.removeprefix(sign)}"
    if before <= 0:
        return Change(amount, since)
    return Change(f"{signed(100 * difference / before, 1)}{percent_sign()} ({amount})", since)
