"""What an hour of a tier costs: configuration, with the day from which it holds."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec

from citylake.errors import InputInvalid
from citylake.tiers import TIERS

_DECIMALS = 3


class _List(NamedTuple):
    """Prices that hold from a moment on, by tier."""

    start: datetime
    per_hour: Mapping[str, Decimal]


class Prices:
    """The prices of all tiers through time.

    Args:
        lists: each whole, the earliest first.
    """

    def __init__(self, lists: Sequence[_List]) -> None:
        self._lists = sorted(lists, key=lambda held: held.start)

    def at(self, dimension: str, hour: datetime) -> Decimal:
        """What an hour of a tier costs, in US dollars.

        Raises:
            InputInvalid: no price holds for it.
        """
        held = [prices for prices in self._lists if prices.start <= hour]
        if not held or dimension not in held[-1].per_hour:
            raise InputInvalid(f"no price of {dimension!r} holds at {hour.isoformat()}")
        return held[-1].per_hour[dimension]


def shipped_prices() -> Prices:
    """The prices that this package is configured with."""
    return read_prices(files("marketplace").joinpath("prices.toml").read_text("utf-8"))


def read_prices(text: str) -> Prices:
    """Read price lists from TOML.

    Raises:
        InputInvalid: a list lacks a tier, names another, or has a price that cannot be listed.
    """
    try:
        said = msgspec.convert(tomllib.loads(text).get("price"), list[dict[str, Any]])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputInvalid(f"the prices cannot be read: {error}; expected [[price]]") from error
    return Prices([_list(one) for one in said])


def _list(said: Mapping[str, object]) -> _List:
    start, per_hour = said.get("from"), said.get("per_hour")
    if not isinstance(start, date) or not isinstance(per_hour, Mapping):
        raise InputInvalid(f"a price list has {sorted(said)}; expected from, a date, and per_hour")
    expected = {tier.code for tier in TIERS}
    if set(per_hour) != expected:
        raise InputInvalid(
            f"the prices from {start} differ from the tiers in {sorted(expected ^ set(per_hour))}"
        )
    prices = {code: _price(code, str(text)) for code, text in per_hour.items()}
    return _List(datetime(start.year, start.month, start.day, tzinfo=UTC), prices)


def _price(code: str, text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation as error:
        raise InputInvalid(f"the price of {code} is {text!r}; expected a number") from error
    if not price.is_finite() or price <= 0 or price != round(price, _DECIMALS):
        raise InputInvalid(
            f"the price of {code} is {text}; expected more than 0 with at most three decimals"
        )
    return price
