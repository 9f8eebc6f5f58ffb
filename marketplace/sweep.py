"""The daily comparison with AWS: events are not the source of truth, agreements are."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from citylake.errors import NotFound, PortalError
from marketplace.alarms import Alarm, Trouble
from marketplace.facts import (
    AgreementSeen,
    Closed,
    ContractSeen,
    EntitlementSeen,
    Fact,
    LicenceUpdated,
    PopulationSeen,
    Reminded,
)
from marketplace.ledger import decision_entry
from marketplace.life import Awaited, Licence, State
from marketplace.market import Market
from marketplace.products import ProductKind
from marketplace.tiering import look, next_tier

REMINDER_DAYS = (1, 7, 30)
"""On which days after its purchase a buyer is reminded to register."""

_GRACE = {
    Awaited.LICENCE: timedelta(hours=24),
    Awaited.CITY: timedelta(hours=48),
    Awaited.SUCCESSOR: timedelta(hours=24),
    Awaited.CLOSING: timedelta(hours=3),
}
"""How long what AWS or the fleet owe is waited for before a person is told."""

_ASKED_AFTER = timedelta(hours=1)
"""How long a licence event is waited for before AWS is asked."""

Remind = Callable[[Licence, Reminded], None]
"""Tells a buyer that something is waited for, or what will change."""


def sweep(market: Market, remind: Remind) -> Counter[str]:
    """Compare all subscriptions with AWS, remind who is waited for, and decide next year's tiers.

    Args:
        market: what it works with.
        remind: tells buyers.

    Returns:
        What was found, and how often.

    Raises:
        OutcomeUnknown: AWS did not answer.
        MarketMisconfigured: AWS does not let us ask.
    """
    counts: Counter[str] = Counter()
    active: set[str] = set()
    for seen in market.agreements.active(market.now()):
        active.add(seen.agreement)
        counts["news"] += _news(market, seen)
    done: set[str] = set()
    for subject in market.books.subjects():
        if subject in done:
            continue
        facts = market.books.facts(subject)
        done.update(name for fact in facts for name in fact.subjects)
        counts["subscriptions"] += 1
        try:
            counts["news"] += _compare(market, subject, facts, active)
            _look_after(market, subject, {fact.id for fact in facts}, remind)
        except PortalError as error:
            market.ring(Alarm(Trouble.STUCK, subject, f"{type(error).__name__}: {error}"))
    return counts


def _compare(market: Market, subject: str, facts: Iterable[Fact], active: set[str]) -> int:
    """Ask AWS about what it does not call active, or has not confirmed, of a subscription."""
    news, now = 0, market.now()
    subscription = market.subscription(subject)
    for licence in subscription.licences:
        last = licence.agreements[-1] if licence.agreements else ""
        if licence.is_alive and last and licence.ended_at is None:
            if last not in active or licence.kind is ProductKind.HOURLY:
                news += _describe(market, licence, last)
            waits = licence.waits
            unconfirmed = waits is not None and waits.what is Awaited.LICENCE
            if unconfirmed and waits is not None and now >= waits.since + _ASKED_AFTER:
                for seen in market.agreements.entitlements(last, now):
                    news += _news(market, seen)
        if licence.kind is ProductKind.YEARLY and licence.state is State.ACTIVE and licence.arn:
            news += _news(
                market, market.entitlements.of_licence(licence.product_code, licence.arn, now)
            )
    ends = {fact.licence: fact.ended_at for fact in facts if isinstance(fact, Closed)}
    for fact in facts:
        if isinstance(fact, LicenceUpdated) and now - fact.at <= timedelta(days=2):
            ended_at = ends.get(fact.licence)
            if ended_at is not None and fact.at >= ended_at:
                words = f"AWS updated {fact.licence} at {fact.at}, after its end was final"
                market.ring(Alarm(Trouble.REVIVED, fact.licence, words))
    return news


def _describe(market: Market, licence: Licence, agreement: str) -> int:
    try:
        return _news(market, market.agreements.describe(agreement, market.now()))
    except NotFound as error:
        market.ring(Alarm(Trouble.STUCK, licence.id or agreement, str(error)))
        return 0


def _news(market: Market, seen: AgreementSeen | EntitlementSeen | ContractSeen) -> int:
    """Keep what was seen, if it is not what was seen last."""
    before = [
        fact
        for fact in market.books.facts(seen.subjects[0])
        if type(fact) is type(seen) and fact.subjects == seen.subjects
    ]
    last = max(before, key=lambda fact: (fact.at, fact.id), default=None)
    if last is not None and msgspec.structs.replace(seen, id=last.id, at=last.at) == last:
        return 0
    return int(market.books.record(seen))


def _look_after(market: Market, subject: str, known: set[str], remind: Remind) -> None:
    """Remind, tell a person, and decide the next year's tier, for each licence."""
    now = market.now()
    for licence in market.subscription(subject).licences:
        reminder = due_reminder(licence, now)
        if reminder is not None and reminder.id not in known:
            remind(licence, reminder)
            market.books.record(reminder)
        _watch(market, licence, now)
        if licence.state is State.ACTIVE and licence.geoid:
            _retier(market, licence, remind)


def due_reminder(licence: Licence, now: datetime) -> Reminded | None:
    """The reminder that a licence's buyer should have had by now; ``None`` if none.

    Only the latest: a buyer who was forgotten for a week is not reminded twice at once.
    """
    waits = licence.waits
    told = {Awaited.REGISTRATION, Awaited.PLACE, Awaited.PROOF}
    if licence.registered_at is not None:
        told.add(Awaited.LICENCE)  # it did its part, and should hear that AWS has not
    if waits is None or waits.what not in told:
        return None
    days = [day for day in REMINDER_DAYS if now >= waits.since + timedelta(days=day)]
    if not days:
        return None
    return Reminded(
        id=f"reminded:{licence.id}:{waits.what}:{days[-1]}",
        at=now,
        licence=licence.id,
        what=waits.what,
        day=days[-1],
    )


def _watch(market: Market, licence: Licence, now: datetime) -> None:
    """Tell a person of what is waited for too long, or cannot be told apart."""
    about = licence.id or ", ".join(licence.agreements)
    waits = licence.waits
    grace = _GRACE.get(waits.what) if waits is not None else None
    if waits is not None and grace is not None and now >= waits.since + grace:
        trouble = Trouble.SUCCESSOR if waits.what is Awaited.SUCCESSOR else Trouble.STUCK
        words = f"{about} waits for its {waits.what} since {waits.since:%Y-%m-%d %H:%M} UTC"
        market.ring(Alarm(trouble, about, f"{words}. {licence.trouble}".strip()))
    if licence.is_alive and licence.product_code and licence.kind is None:
        words = f"{about} is of the product {licence.product_code!r}, which is not sold here"
        market.ring(Alarm(Trouble.PRODUCT_UNKNOWN, about, words))


def _retier(market: Market, licence: Licence, remind: Remind) -> None:
    """Look at the population, and decide and announce the tier of the next year if it changes."""
    place = market.places.by_geoid(licence.geoid)
    if place is None:
        return
    now = market.now()
    market.books.record(look(licence, place, now))
    facts = market.books.facts(licence.id)
    looks = sorted(
        (fact for fact in facts if isinstance(fact, PopulationSeen)), key=lambda fact: fact.at
    )
    decided = next_tier(licence, looks, now)
    if decided is None:
        return
    market.books.decide(decided, entries=[decision_entry(decided)])
    notice = Reminded(
        id=f"reminded:{decided.id}",
        at=now,
        licence=licence.id,
        what=f"tier {decided.tier} from {decided.effective_at:%Y-%m-%d}",
        day=0,
    )
    remind(licence, notice)
    market.books.record(notice)
