"""What everything here works with: the books, AWS, the fleet, the places, and a clock."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from citylake.places import Places
from marketplace.alarms import Ring
from marketplace.aws import Agreements, Entitlements, Metering
from marketplace.books import Books
from marketplace.fold import derive
from marketplace.hours import Windows
from marketplace.life import Subscription
from marketplace.products import Products
from marketplace.provision import Announcer, Cities


def _ages() -> float:
    return float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What everything here works with.

    Attributes:
        books: where all is kept.
        products: what is sold.
        metering: the metering service.
        agreements: the agreement service.
        entitlements: the entitlement service.
        cities: what the fleet says of its cities.
        announcer: what the fleet is asked through.
        places: the register of places.
        ring: tells a person.
        windows: how late an hour may be sent.
        holder: who works here: names a lease.
        now: the time.
        pause: waits; called with seconds.
        chance: a number from 0 to below 1, so that many who wait do not come back at once.
        seconds_left: how long this invocation may go on.
    """

    books: Books
    products: Products
    metering: Metering
    agreements: Agreements
    entitlements: Entitlements
    cities: Cities
    announcer: Announcer
    places: Places
    ring: Ring
    windows: Windows = field(default_factory=Windows)
    holder: str = "here"
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    seconds_left: Callable[[], float] = _ages

    def subscription(self, subject: str) -> Subscription:
        """What the subscription of an agreement or a licence is now."""
        return derive(self.books.facts(subject), self.now(), self.products)
