"""A look over all subscriptions, for ops: how many are how far, and what a person must look at.

It reads every subscription, so it is made by the clock's function after its round and kept; what
ops then looks at or decides is read anew, one licence at a time.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import msgspec

from citylake.errors import PortalError
from marketplace.bill import Reconciliation, statement
from marketplace.hours import HOUR, month_of
from marketplace.life import Awaited, Licence, State
from marketplace.market import Market
from marketplace.prices import Prices

LISTED = 100
"""Licences of one kind that a survey names; it counts all of them."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One licence, briefly.

    Attributes:
        licence: its id, or its agreement's where there is none yet.
        state: how far it is.
        account: the buyer's AWS account.
        geoid: the place, proven or claimed.
        awaits: what it waits for.
        since: since when.
        trouble: what is wrong.
    """

    licence: str
    state: State
    account: str = ""
    geoid: str = ""
    awaits: Awaited | None = None
    since: datetime | None = None
    trouble: str = ""


class Uneven(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a licence whose hours were not all accepted, or not in time.

    Attributes:
        month: which.
        found: what became of its hours.
    """

    month: str
    found: Reconciliation


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """All subscriptions at a moment.

    Attributes:
        at: which.
        counts: licences by state.
        licences: by state, those that have waited longest first; at most `LISTED` each.
        approvals: those whose place waits to be proven.
        uneven: months with hours that were late, refused, in conflict or lost.
        unbilled: hours that ended over two hours ago and are not accepted.
        unread: subscriptions that could not be read, and why.
    """

    at: datetime
    counts: dict[State, int]
    licences: dict[State, tuple[Seen, ...]]
    approvals: tuple[Seen, ...]
    uneven: tuple[Uneven, ...]
    unbilled: int
    unread: dict[str, str]


def survey(market: Market, prices: Prices, *, unbilled_after: timedelta) -> Survey:
    """Look over all subscriptions.

    Args:
        market: what it works with.
        prices: of the tiers.
        unbilled_after: how long after its end an hour should have been accepted.
    """
    now = market.now()
    counts: Counter[State] = Counter()
    by_state: dict[State, list[Seen]] = defaultdict(list)
    uneven: list[Uneven] = []
    unread: dict[str, str] = {}
    months = dict.fromkeys((month_of(now), month_of(now.replace(day=1) - timedelta(days=1))))
    done: set[str] = set()
    for subject in market.books.subjects():
        if subject in done:
            continue
        done.add(subject)
        try:
            subscription = market.subscription(subject)
        except PortalError as error:
            unread[subject] = f"{type(error).__name__}: {error}"
            continue
        for licence in subscription.licences:
            done.update((licence.id, *licence.agreements))
            counts[licence.state] += 1
            by_state[licence.state].append(_seen(licence))
            if licence.is_metered and licence.active_from is not None:
                uneven += _uneven(market, licence, months, prices)
    waiting = [seen for held in by_state.values() for seen in held if seen.awaits is Awaited.PROOF]
    late = market.books.unsettled(now - HOUR - unbilled_after)
    return Survey(
        at=now,
        counts=dict(counts),
        licences={state: _listed(held) for state, held in by_state.items()},
        approvals=_listed(waiting),
        uneven=tuple(uneven[:LISTED]),
        unbilled=sum(1 for _ in late),
        unread=dict(list(unread.items())[:LISTED]),
    )


def _seen(licence: Licence) -> Seen:
    waits = licence.waits
    return Seen(
        licence=licence.id or licence.agreements[0],
        state=licence.state,
        account=licence.account,
        geoid=licence.geoid or licence.claimed_geoid,
        awaits=waits.what if waits else None,
        since=waits.since if waits else licence.active_from or licence.purchased_at,
        trouble=licence.trouble[:300],
    )


def _uneven(
    market: Market, licence: Licence, months: dict[str, None], prices: Prices
) -> list[Uneven]:
    found: list[Uneven] = []
    for month in months:
        held = statement(month, market.books.entries(licence.id, month), prices)
        found += [
            Uneven(month=month, found=each)
            for each in held.reconciliations
            if any((each.late, each.conflicts, each.refused, each.expired, each.not_owed))
        ]
    return found


def _listed(seen: list[Seen]) -> tuple[Seen, ...]:
    """Those that have waited longest; those that wait for nothing come last."""
    ranked = sorted(
        seen, key=lambda held: (held.since is None, held.since.isoformat() if held.since else "")
    )
    return tuple(ranked[:LISTED])
