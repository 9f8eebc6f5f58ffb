"""A city's plan: what it pays for, what came of it so far, and how the month may end."""

from collections.abc import Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from citylake.places import Place
from citylake.tiers import TIERS, Tier
from marketplace.bill import Reconciliation, Statement, statement
from marketplace.facts import TierDecided
from marketplace.hours import HOUR, HourState, full_hours, month_of, next_month
from marketplace.ledger import Entry, EntryKind
from marketplace.life import Licence, State
from marketplace.market import Market
from marketplace.prices import Prices
from marketplace.provision import ABSENT, EXPORT_PERIOD, CityView

_CENT = Decimal("0.01")
_BILLABLE = frozenset({HourState.PENDING, HourState.SENDING, HourState.ACCEPTED})
"""What an hour's latest answer may be, and it is billed, or still may be."""


class Forecast(NamedTuple):
    """How a month ends if nothing changes: the same tier, price and subscription to its end.

    Attributes:
        hours: of the whole month.
        amount_usd: at the price of each hour; those of a trial cost nothing.
    """

    hours: int
    amount_usd: Decimal


class Month(NamedTuple):
    """A month of a licence.

    Attributes:
        bill: what was accepted, from the ledger alone.
        found: what became of the hours; ``None`` if none was closed.
    """

    bill: Statement
    found: Reconciliation | None


class Plan(NamedTuple):
    """What a city sees of its licence.

    Attributes:
        licence: the licence.
        place: the place; ``None`` if the register does not have it any more.
        city: what the fleet says of its portal.
        band: the populations of the tier; ``None`` if there is no tier, or none of this name.
        tier: by which it is priced now, or will be first; ``None`` before that is decided.
        next_tier: what was decided for later.
        price_usd: of an hour at present; ``None`` for contracts.
        hours: accepted so far, over all months.
        month: the present one.
        forecast: of it; ``None`` where nothing is metered, or nothing more will be.
        months: all that have a statement, the latest first.
        in_trial: whether a trial runs.
        export_days: how long a city that left can be exported.
        export_until: until when, for one that left.
    """

    licence: Licence
    place: Place | None
    city: CityView
    band: Tier | None
    tier: TierDecided | None
    next_tier: TierDecided | None
    price_usd: Decimal | None
    hours: int
    month: Month
    forecast: Forecast | None
    months: tuple[str, ...]
    in_trial: bool
    export_days: int
    export_until: datetime | None


def read_plan(market: Market, prices: Prices, licence: Licence) -> Plan:
    """Read a licence's plan."""
    now = market.now()
    tier = licence.tier_at(now) or next(iter(licence.tiers), None)
    later = [held for held in licence.tiers if held.effective_at > now and held is not tier]
    months = _months(licence, now)
    counted = {month: read_month(market, prices, licence, month) for month in months}
    present = counted.get(month_of(now)) or read_month(market, prices, licence, month_of(now))
    return Plan(
        licence=licence,
        place=market.places.by_geoid(licence.geoid) if licence.geoid else None,
        city=city_of(market, licence),
        band=next((band for band in TIERS if tier and band.code == tier.tier), None),
        tier=tier,
        next_tier=later[0] if later else None,
        price_usd=prices.at(tier.tier, now) if tier and licence.is_metered else None,
        hours=sum(month.found.accepted for month in counted.values() if month.found),
        month=present,
        forecast=_forecast(market, prices, licence, now),
        months=months,
        in_trial=licence.in_trial(now),
        export_days=EXPORT_PERIOD.days,
        export_until=(
            licence.ended_at + EXPORT_PERIOD if licence.ended_at and not licence.goes_on else None
        ),
    )


def city_of(market: Market, licence: Licence) -> CityView:
    """What the fleet says of a licence's city; absent while the licence has no place."""
    return market.cities.find(licence.geoid) if licence.geoid else ABSENT


def read_month(market: Market, prices: Prices, licence: Licence, month: str) -> Month:
    """Read a month of a licence from the ledger."""
    bill = statement(month, market.books.entries(licence.id, month), prices)
    return Month(bill, bill.reconciliations[0] if bill.reconciliations else None)


def _months(licence: Licence, now: datetime) -> tuple[str, ...]:
    """The months from the first active hour on, the latest first."""
    if licence.active_from is None or not licence.is_metered:
        return ()
    last = min(licence.ended_at or now, now)
    found: list[str] = []
    moment = licence.active_from
    while moment <= last:
        found.append(month_of(moment))
        moment = next_month(moment)
    return tuple(reversed(found))


def _forecast(market: Market, prices: Prices, licence: Licence, now: datetime) -> Forecast | None:
    if licence.state is not State.ACTIVE or not licence.is_metered:
        return None
    month = month_of(now)
    entries = list(market.books.entries(licence.id, month))
    settled = _settled(entries)
    hours, amount = 0, Decimal(0)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for hour in full_hours(licence.spans, next_month(now), after=first - HOUR):
        tier = licence.tier_at(hour)
        if settled.get(hour) is False or tier is None:
            continue
        hours += 1
        if not licence.in_trial(hour):
            amount += prices.at(tier.tier, hour)
    return Forecast(hours, amount.quantize(_CENT, ROUND_HALF_UP))


def _settled(entries: Iterable[Entry]) -> dict[datetime, bool]:
    """The hours that came to their end, and whether they were accepted."""
    found: dict[datetime, bool] = {}
    for entry in entries:
        if entry.kind is EntryKind.ANSWER and entry.hour is not None and entry.state is not None:
            found[entry.hour] = entry.state in _BILLABLE
    return found
