"""Closing hours: what a licence owes becomes rows, once, and what it did not owe is taken back."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from citylake.errors import MarketMisconfigured
from marketplace.alarms import Alarm, Trouble
from marketplace.books import HOURS_AT_ONCE
from marketplace.hours import HOUR, HourState, LicenceHour, UsageRecord, floor_hour, full_hours
from marketplace.ledger import not_owed_entry
from marketplace.life import Licence
from marketplace.market import Market
from marketplace.moves import ended

_LOOK_BACK = timedelta(days=7)
"""How long after an end its last hours are looked at: events are late by hours, not by weeks."""


def close_hours(market: Market, licence: Licence) -> int:
    """Make the rows of all hours that a licence owes and that have none.

    Returns:
        How many were made.

    Raises:
        BooksConflict: another made hours of the place at this moment.
    """
    if not licence.is_metered or not licence.geoid:
        return 0
    claim = market.books.claim(licence.geoid)
    if claim is None or claim.licence != licence.id:
        return 0
    now, made = market.now(), 0
    owed = full_hours(licence.spans, now - market.windows.settling, after=claim.closed_through)
    for hours in _chunks(owed, HOURS_AT_ONCE):
        rows = [_row(market, licence, hour, now) for hour in hours]
        claim = market.books.make_hours(claim, rows, now)
        made += len(rows)
    return made


def take_back(market: Market, licence: Licence) -> None:
    """Look at the rows of a licence that ended: what is not owed is not sent, or is reported.

    An end that is heard of late finds hours closed that were not full. One that cannot have reached
    AWS is refused here; one that was accepted is to be given back.
    """
    now = market.now()
    if licence.ended_at is None or not licence.is_metered or now > licence.ended_at + _LOOK_BACK:
        return
    owed = set(full_hours(licence.spans, now))
    for row in market.books.hours(licence.id, floor_hour(licence.ended_at) - HOUR, now):
        if row.hour in owed:
            continue
        if row.state is HourState.PENDING and not row.in_doubt:
            _settle(market, row, HourState.REJECTED, "not owed: the licence ended before its end")
        elif row.state is HourState.ACCEPTED:
            _give_back(market, row, now)


def _row(market: Market, licence: Licence, hour: datetime, now: datetime) -> LicenceHour:
    """Fix what will be sent for an hour."""
    tier = licence.tier_at(hour)
    if tier is None or not licence.arn or not licence.account:
        raise MarketMisconfigured(
            f"{licence.id} owes the hour {hour.isoformat()}, but has the tier "
            f"{tier.tier if tier else 'none'!r}, ARN {licence.arn!r} and account "
            f"{licence.account!r}; expected all three since it is active"
        )
    record = UsageRecord(
        hour=hour,
        dimension=tier.tier,
        quantity=1,
        account=licence.account,
        licence_arn=licence.arn,
    )
    return LicenceHour(
        licence=licence.id,
        hour=hour,
        record=record,
        digest=record.digest,
        product_code=licence.product_code,
        agreement=licence.agreements[-1] if licence.agreements else "",
        geoid=licence.geoid,
        population=tier.population,
        vintage=tier.vintage,
        rule=tier.rule,
        in_trial=licence.in_trial(hour),
        made_at=now,
        late_at=market.windows.late_at(hour),
        closes_at=market.windows.closes_at(hour),
    )


def _settle(market: Market, row: LicenceHour, state: HourState, reason: str) -> None:
    market.books.change_hours([ended(row, state, reason, market.now())], market.now())


def _give_back(market: Market, row: LicenceHour, now: datetime) -> None:
    words = f"{row.words} was accepted, and then the licence proved to have ended before it"
    if market.books.enter(not_owed_entry(row, now, words)):
        market.ring(Alarm(Trouble.NOT_OWED, row.licence, words))


def _chunks(hours: Iterable[datetime], size: int) -> Iterator[list[datetime]]:
    chunk: list[datetime] = []
    for hour in hours:
        chunk.append(hour)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
