"""How often a stranger may do what costs us something or could be guessed at.

Every count is one write of the office that says its own number: attempts in parallel count, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from citylake.errors import LimitReached
from marketplace.office import Office


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of something within a stretch of time.

    Attributes:
        name: of what.
        most: how many.
        per: within which stretch; stretches follow each other, they do not slide.
    """

    name: str
    most: int
    per: timedelta


ARRIVALS = Limit("arrivals", 60, timedelta(hours=1))
"""Visits from AWS Marketplace, by network address: each asks AWS."""

POSTS = Limit("posts", 300, timedelta(hours=1))
"""Forms, by network address: a city hall has one for all."""

CODES_TO_ADDRESS = Limit("codes-to-address", 5, timedelta(hours=1))
"""Codes that are sent to one mail address, whoever asks for them."""

CODES_BY_SESSION = Limit("codes-by-session", 8, timedelta(hours=1))
CODES_BY_NETWORK = Limit("codes-by-network", 30, timedelta(hours=1))

TRIES_OF_ADDRESS = Limit("tries-of-address", 20, timedelta(hours=1))
"""Codes that are typed for one mail address, over all sessions."""

SIGN_INS_OF_OPS = Limit("sign-ins-of-ops", 10, timedelta(hours=1))
"""Attempts of one of our own people's names."""


class Limiter:
    """Counts, and refuses what is too much.

    Args:
        office: where counts are kept.
        now: the time.
    """

    def __init__(self, office: Office, now: Callable[[], datetime]) -> None:
        self._office = office
        self._now = now

    def check(self, limit: Limit, whose: str) -> None:
        """Count one more.

        Raises:
            LimitReached: it is too much.
        """
        seconds = int(limit.per.total_seconds())
        stretch = int(self._now().timestamp()) // seconds
        ends = datetime.fromtimestamp((stretch + 1) * seconds, UTC)
        if self._office.count(f"{limit.name}:{stretch}:{whose}", ends) > limit.most:
            raise LimitReached(f"more than {limit.most} {limit.name} within {limit.per}")
