"""What the clock does: hours are closed, licences move on, the fleet is asked, and hours are sent.

Nothing here remembers what it did. Each run computes what every subscription is from its facts,
records the decisions that are due, and asks for what is missing; run twice, or killed anywhere, it
comes to the same.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from citylake.errors import (
    MarketError,
    MarketMisconfigured,
    NotFound,
    OutcomeUnknown,
    PlaceInvalid,
    PortalError,
)
from citylake.tiers import tier_of
from marketplace.alarms import Alarm, Trouble
from marketplace.books import Claim
from marketplace.closing import close_hours, take_back
from marketplace.facts import (
    Activated,
    Closed,
    PopulationSeen,
    Provisioned,
    ProvisionFailed,
    TierDecided,
)
from marketplace.hours import HOUR, ceil_hour, full_hours
from marketplace.ledger import decision_entry
from marketplace.life import REVIVAL, SUCCESSION, Licence, State, Subscription
from marketplace.market import Market
from marketplace.metering import Drain
from marketplace.products import ProductKind
from marketplace.provision import CityState, Request, wanted
from marketplace.tiering import check_sold, first_tier, look

UNBILLED = timedelta(hours=2)
"""How long after its end an hour is accepted at the latest, while AWS and we are up."""

_STEPS = 12
"""More steps than one subscription can take at one moment: each step comes once a licence."""


def tick(market: Market) -> Counter[str]:
    """Move every subscription on, then send what is due.

    Returns:
        What was done, and how often.

    Raises:
        MarketMisconfigured: AWS refuses everything that is sent.
    """
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    moved: list[Subscription] = []
    for subject in market.books.subjects():
        if subject in seen:
            continue
        seen.add(subject)
        try:
            subscription = advance(market, subject)
        except PortalError as error:
            # One subscription fails alone: the others' hours do not wait for it.
            market.ring(Alarm(Trouble.STUCK, subject, f"{type(error).__name__}: {error}"))
            continue
        moved.append(subscription)
        for licence in subscription.licences:
            seen.update((licence.id, *licence.agreements))
        counts["subscriptions"] += 1
    try:
        counts.update(Drain(market).run())  # first: hours are lost with time, requests are not
    finally:
        counts["requests"] += _announce(market, moved)
    _watch_unbilled(market)
    return counts


def _announce(market: Market, moved: Iterable[Subscription]) -> int:
    """Ask the fleet for what is missing; where it cannot be asked, the next round does."""
    requests: list[Request] = []
    try:
        for subscription in moved:
            requests += _requests(market, subscription)
        market.announcer.announce(requests)
    except OutcomeUnknown as error:
        market.ring(Alarm(Trouble.UNREACHABLE, "", str(error)))
    return len(requests)


def attend(market: Market, subject: str) -> Subscription:
    """Move one subscription on at once, and ask the fleet what follows from it.

    For what a buyer waits for. Nothing is lost if it fails: the next round does the same.

    Raises:
        PortalError: as for `advance`; or the fleet could not be asked.
    """
    subscription = advance(market, subject)
    market.announcer.announce(_requests(market, subscription))
    return subscription


def advance(market: Market, subject: str) -> Subscription:
    """Record all decisions that are due for a subscription.

    Raises:
        BooksConflict: another did the same at this moment; the next run goes on.
        PortalError: what cannot be decided, and why.
    """
    for _ in range(_STEPS):
        subscription = market.subscription(subject)
        if not any(_step(market, subscription, held) for held in subscription.licences if held.id):
            return subscription
    raise MarketError(f"{subject} does not come to rest")


def _step(market: Market, subscription: Subscription, licence: Licence) -> bool:
    """Take one step with a licence; false if none is due. Hours are closed before anything else."""
    close_hours(market, licence)
    take_back(market, licence)
    if licence.state is State.PROVISIONING and licence.geoid and licence.active_from is None:
        if licence.provisioned_at is None:
            return _ask_fleet(market, licence)
        return _activate(market, subscription, licence)
    if licence.state is State.ENDING:
        return _close(market, licence)
    if licence.state is State.ENDED:
        return _release(market, subscription, licence)
    if licence.state is State.FAILED and licence.active_from is None:
        return _free(market, licence)  # who buys again finds the place free
    return False


def _see_agreement(market: Market, licence: Licence) -> None:
    """Note how an agreement stands, so that a trial is known before its first hour is closed.

    Nothing waits for it: whether an hour is free changes what our statement says of it, not what is
    sent, and the sweep looks again.
    """
    for agreement in licence.agreements[-1:]:
        try:
            market.books.record(market.agreements.describe(agreement, market.now()))
        except (NotFound, OutcomeUnknown, MarketMisconfigured) as error:
            words = f"whether {agreement} begins with a trial is not known: {error}"
            market.ring(Alarm(Trouble.UNREACHABLE, licence.id, words))


def _ask_fleet(market: Market, licence: Licence) -> bool:
    """Note what the fleet says of a city that a licence waits for."""
    city = market.cities.find(licence.geoid)
    now = market.now()
    if city.state is CityState.LIVE:
        return market.books.record(
            Provisioned(
                id=f"provisioned:{licence.id}",
                at=now,
                licence=licence.id,
                geoid=licence.geoid,
                url=city.url,
            )
        )
    if city.state is CityState.FAILED and city.reason != licence.trouble:
        return market.books.record(
            ProvisionFailed(
                id=f"provision-failed:{licence.id}:{now.isoformat()}",
                at=now,
                licence=licence.id,
                geoid=licence.geoid,
                reason=city.reason,
            )
        )
    return False


def _activate(market: Market, subscription: Subscription, licence: Licence) -> bool:
    """Let a licence begin: from the next full hour, or where its predecessor left off."""
    claim = market.books.claim(licence.geoid)
    before = subscription.find(licence.predecessor) if licence.predecessor else None
    holders = ("", licence.id, before.id if before else licence.id)
    if claim is None or claim.licence not in holders:
        raise MarketError(
            f"{licence.id} is ready, but its place {licence.geoid} belongs to "
            f"{claim.licence if claim and claim.licence else 'nobody'}; expected it, or "
            f"{licence.predecessor or 'no other'}"
        )
    if licence.kind is None or not licence.arn or not licence.account:
        raise MarketError(
            f"{licence.id} is ready, but its product is {licence.product_code!r}, its ARN "
            f"{licence.arn!r} and its account {licence.account!r}; expected all three, and a "
            "product that is sold here"
        )
    now = market.now()
    follows = before is not None and claim.licence == before.id and before.active_from is not None
    starts = [licence.confirmed_at or now, licence.starts_at or now]
    from_at = ceil_hour(max(*starts) if follows else max(now, *starts))
    if claim.closed_through is not None:
        from_at = max(from_at, claim.closed_through + HOUR)
    if follows and before is not None and before.is_metered:
        cuts = [cut for span in before.spans if (cut := span.cut(None, from_at)) is not None]
        if next(full_hours(cuts, from_at, after=claim.closed_through), None) is not None:
            return False  # what its predecessor owes comes first
    decided: list[TierDecided] = []
    if licence.tier_at(from_at) is None:
        seen = _population(market, licence)
        if licence.kind is ProductKind.YEARLY and not _is_entitled(market, licence, seen):
            return False
        decided.append(first_tier(licence, seen, now, from_at))
    if licence.is_metered:
        _see_agreement(market, licence)
    active = Activated(
        id=f"activated:{licence.id}",
        at=now,
        licence=licence.id,
        geoid=licence.geoid,
        from_at=from_at,
        previous=licence.predecessor if follows else "",
    )
    market.books.decide(
        *decided,
        active,
        claim=Claim(
            geoid=claim.geoid,
            licence=licence.id,
            closed_through=claim.closed_through,
            revision=claim.revision,
        ),
        entries=[*map(decision_entry, decided), decision_entry(active)],
    )
    return True


def _population(market: Market, licence: Licence) -> PopulationSeen:
    """The population that a licence is priced by, as the register has it now."""
    place = market.places.by_geoid(licence.geoid)
    if place is None:
        raise PlaceInvalid(f"{licence.id} is for the place {licence.geoid}, which is not there")
    check_sold(place, licence.private_offer)
    seen = look(licence, place, market.now())
    market.books.record(seen)
    return seen


def _is_entitled(market: Market, licence: Licence, seen: PopulationSeen) -> bool:
    """Whether a contract was bought for the place's tier, or a higher one; if not, it is asked."""
    tier = tier_of(seen.population).code
    contract = market.entitlements.of_licence(licence.product_code, licence.arn, market.now())
    if contract.dimensions != licence.entitled:
        market.books.record(contract)
    if any(bought >= tier for bought in contract.dimensions):
        return True
    bought = ", ".join(contract.dimensions) or "nothing"
    market.ring(
        Alarm(
            Trouble.TIER,
            licence.id,
            f"the contract is for {bought}; {licence.geoid} has {seen.population:,} people, which "
            f"is {tier}: ask the buyer before it begins",
        )
    )
    return False


def _close(market: Market, licence: Licence) -> bool:
    """Make an end final, once nothing can undo it any more."""
    ended_at, now = licence.ended_at, market.now()
    # What goes on in another agreement may go on under the same licence, once that is heard of.
    wait = SUCCESSION if licence.goes_on and not licence.successor else REVIVAL
    if ended_at is None or now < ended_at + wait + market.windows.settling:
        return False
    closed = Closed(
        id=f"closed:{licence.id}",
        at=now,
        licence=licence.id,
        ended_at=ended_at,
        reason="another agreement goes on from it" if licence.goes_on else "its agreement ended",
    )
    entries = [decision_entry(closed)] if licence.active_from is not None else []
    market.books.decide(closed, entries=entries)
    return True


def _release(market: Market, subscription: Subscription, licence: Licence) -> bool:
    """Let the place of a licence that is over go, unless another goes on from it."""
    if licence.ended_at is None:
        return False
    after = subscription.find(licence.successor) if licence.successor else None
    if after is not None and after.is_alive:
        return False
    if licence.goes_on and market.now() < licence.ended_at + SUCCESSION:
        return False
    return _free(market, licence)


def _free(market: Market, licence: Licence) -> bool:
    """Let the place of a licence go, if it has it."""
    claim = market.books.claim(licence.geoid) if licence.geoid else None
    if claim is None or claim.licence != licence.id:
        return False
    free = Claim(
        geoid=claim.geoid,
        licence="",
        last=licence.id,
        closed_through=claim.closed_through,
        revision=claim.revision,
    )
    market.books.decide(claim=free)
    return True


def _requests(market: Market, subscription: Subscription) -> list[Request]:
    """What the fleet must be asked about the cities of a subscription."""
    found: list[Request] = []
    last = {held.geoid: held for held in subscription.licences if held.geoid}
    for licence in last.values():
        claim = market.books.claim(licence.geoid)
        holder = (claim.licence or claim.last) if claim is not None else ""
        if holder not in ("", licence.id, licence.predecessor):
            continue  # the place is another's by now
        city = market.cities.find(licence.geoid)
        request = wanted(subscription, licence, city, market.now())
        if request is not None:
            found.append(request)
    return found


def _watch_unbilled(market: Market) -> None:
    """Tell of hours that should have been accepted by now."""
    now = market.now()
    waiting = list(market.books.unsettled(now - HOUR - UNBILLED))
    if waiting:
        licences = {row.licence for row in waiting}
        market.ring(
            Alarm(
                Trouble.UNBILLED,
                "",
                f"{len(waiting):,} hours of {len(licences):,} licences ended over two hours ago "
                f"and are not accepted; the oldest is {waiting[0].words}",
            )
        )
