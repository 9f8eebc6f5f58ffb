"""What a licence is: a pure function of the facts of its subscription, and of the time.

::

    PURCHASED ──→ CONFIRMED ──┐                       ┌──(the same licence, within the hour)──┐
        └───────→ REGISTERED ─┴→ PROVISIONING → ACTIVE ⇄ ENDING → ENDED
                                     FAILED: AWS could not give the licence

PURCHASED is an agreement without a licence, CONFIRMED a licence that nobody registered, REGISTERED
a registration whose licence AWS has not confirmed. Whatever ends waits in ENDING for an hour, in
which the same licence may come back; nothing is opened or charged in it. ENDED is final.

Three kinds of facts bind us and are not computed: from which hour a licence is active, which tier
holds from which hour, and that it is over.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from marketplace.facts import TierDecided
from marketplace.hours import Span
from marketplace.products import ProductKind

REVIVAL = timedelta(minutes=60)
"""How long after its end a licence may come back."""

SUCCESSION = timedelta(hours=48)
"""How long a city is kept open after an agreement that goes on in another one, unseen so far."""


class State(StrEnum):
    """How far a licence is."""

    PURCHASED = "purchased"
    CONFIRMED = "confirmed"
    REGISTERED = "registered"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


class Access(StrEnum):
    """What a city may do under its licences."""

    NONE = "none"
    READ_ONLY = "read-only"
    FULL = "full"


class Awaited(StrEnum):
    """What a licence waits for."""

    LICENCE = "licence"
    REGISTRATION = "registration"
    PLACE = "place"
    PROOF = "proof"
    CITY = "city"
    START = "start"
    SUCCESSOR = "successor"
    CLOSING = "closing"


class Wait(msgspec.Struct, frozen=True):
    """What is waited for.

    Attributes:
        what: what must happen next.
        since: since when nothing else is missing.
    """

    what: Awaited
    since: datetime


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """One licence, or an agreement that has none yet, as its facts make it at a moment.

    Attributes:
        id: the licence's id; empty for an agreement without one.
        agreements: the agreements that gave it, the oldest first.
        state: how far it is.
        arn: as the metering service takes it; empty until one is known.
        account: the buyer's AWS account.
        product_code: code of the product; empty until known.
        kind: how it is paid; ``None`` if the product is not known, or not ours.
        private_offer: the private offer that was accepted; empty for a public one.
        purchased_at: when the agreement was made, as far as known.
        confirmed_at: when AWS first confirmed the licence.
        registered_at: when its buyer came.
        ended_at: its end, while there is one that nothing undid.
        goes_on: whether it ended in favour of another agreement.
        is_closed: whether its end is final.
        geoid: the place, once proven; a predecessor's, if it follows one.
        claimed_geoid: the place that the buyer named, proven or not.
        provisioned_at: when the fleet said that the city is live.
        trouble: what the fleet, or AWS, said last that is wrong.
        active_from: from which hour it is charged and gives access.
        spans: when it was active; the last one is open while it is.
        tiers: the decisions about its place, by the hour from which they hold.
        starts_at: when its first agreement began, if known.
        ends_at: until when its agreements hold; ``None`` if without an end.
        trial_until: until when its trial runs.
        entitled: (contracts) tiers that the buyer paid for, as last seen; ``None`` if never seen.
        predecessor: the licence that it goes on from.
        successor: the licence that goes on from it.
        waits: what is waited for; ``None`` if nothing.
    """

    id: str
    agreements: tuple[str, ...]
    state: State
    arn: str = ""
    account: str = ""
    product_code: str = ""
    kind: ProductKind | None = None
    private_offer: str = ""
    purchased_at: datetime | None = None
    confirmed_at: datetime | None = None
    registered_at: datetime | None = None
    ended_at: datetime | None = None
    goes_on: bool = False
    is_closed: bool = False
    geoid: str = ""
    claimed_geoid: str = ""
    provisioned_at: datetime | None = None
    trouble: str = ""
    active_from: datetime | None = None
    spans: tuple[Span, ...] = ()
    tiers: tuple[TierDecided, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_until: datetime | None = None
    entitled: tuple[str, ...] | None = None
    predecessor: str = ""
    successor: str = ""
    waits: Wait | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it is not over, or not for good."""
        return self.state not in (State.ENDED, State.FAILED)

    @property
    def is_metered(self) -> bool:
        """Whether its hours are sent to AWS."""
        return self.kind is ProductKind.HOURLY

    def in_trial(self, moment: datetime) -> bool:
        """Whether AWS prices a moment at nothing."""
        return self.trial_until is not None and moment < self.trial_until

    def tier_at(self, hour: datetime) -> TierDecided | None:
        """The decision that holds for an hour; ``None`` before the first."""
        held = [tier for tier in self.tiers if tier.effective_at <= hour]
        return held[-1] if held else None


class Subscription(msgspec.Struct, frozen=True):
    """A purchase and all that renews or replaces it.

    Attributes:
        licences: the oldest first; each goes on from the one before it, or stands beside it.
        as_of: the moment of which this is true.
    """

    licences: tuple[Licence, ...]
    as_of: datetime

    def find(self, licence: str) -> Licence | None:
        """The licence with this id."""
        return next((held for held in self.licences if held.id == licence), None)

    @property
    def access(self) -> Access:
        """What the city may do now, under whichever of the licences."""
        followed = {
            held.predecessor
            for held in self.licences
            if held.active_from is not None and held.active_from <= self.as_of
        }
        found = [_access(held, self.as_of) for held in self.licences if held.id not in followed]
        return max(found, key=list(Access).index, default=Access.NONE)


def covers(licences: Iterable[Licence], hour: datetime) -> list[Licence]:
    """The licences that were active at a moment."""
    return [held for held in licences if any(span.contains(hour) for span in held.spans)]


def _access(licence: Licence, now: datetime) -> Access:
    if licence.state is State.ACTIVE:
        return Access.FULL
    if licence.active_from is None or licence.ended_at is None:
        return Access.NONE
    if licence.goes_on and now < licence.ended_at + SUCCESSION:
        return Access.FULL
    return Access.READ_ONLY if licence.state is State.ENDING else Access.NONE
