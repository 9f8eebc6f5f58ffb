"""What a subscribed city may do: read always, write while its subscription is active.

The fleet keeps one object in the city's bucket, ``entitlement.json``; the functions that write look
at it. A city without one is active: the fleet writes it before it suspends anybody, and a city that
was deployed by hand was never suspended. One that cannot be read counts as suspended, so that a
damaged object never opens what was closed.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from citylake.errors import Suspended
from citylake.lake.store import Store, address

ENTITLEMENT_KEY = "entitlement.json"

HOLD_SECONDS = 60.0
"""How long a function believes what it read: a city is suspended within a minute."""

_UNREADABLE = "what the city may do cannot be read; its operator must write it anew"

logger = logging.getLogger(__name__)


class Status(StrEnum):
    """Whether a city may write."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What a city may do.

    Attributes:
        status: whether it may write; it may always read.
        reason: why, in words for its staff; empty while active.
        since: instant from which this holds, ISO in UTC; empty if it was never written.
    """

    status: Status
    reason: str = ""
    since: str = ""


ACTIVE = Entitlement(status=Status.ACTIVE)


def read_entitlement(store: Store) -> Entitlement:
    """Read what a city may do: active if nobody wrote it, suspended if it cannot be understood.

    Args:
        store: the city's own.

    Raises:
        LakeUnusable: the store cannot be reached.
    """
    held = store.get(ENTITLEMENT_KEY)
    if held is None:
        return ACTIVE
    try:
        return msgspec.json.decode(held.body, type=Entitlement)
    except msgspec.MsgspecError as error:
        logger.error("%s is no entitlement: %s", address(store, ENTITLEMENT_KEY), error)  # noqa: TRY400  # whose bytes they are matters, not where we read them
        return Entitlement(status=Status.SUSPENDED, reason=_UNREADABLE)


def write_entitlement(store: Store, entitlement: Entitlement) -> None:
    """Say what a city may do from now on.

    Raises:
        LakeUnusable: the store cannot be written.
    """
    store.put(ENTITLEMENT_KEY, msgspec.json.format(msgspec.json.encode(entitlement), indent=1))


class Gate:
    """Lets writers of a city through while its subscription is active. Safe between threads.

    Args:
        store: the city's own.
        hold_seconds: how long what was read is believed.
        now: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        hold_seconds: float = HOLD_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._hold_seconds = hold_seconds
        self._now = now
        self._reading = threading.Lock()
        self._held: tuple[float, Entitlement] | None = None

    def current(self) -> Entitlement:
        """What the city may do, as of a minute ago at most."""
        with self._reading:
            if self._held is None or self._now() >= self._held[0] + self._hold_seconds:
                self._held = (self._now(), read_entitlement(self._store))
            return self._held[1]

    def check_writable(self) -> None:
        """Let a writer through.

        Raises:
            Suspended: the city may not write, and why.
            LakeUnusable: what it may do cannot be asked.
        """
        entitlement = self.current()
        if entitlement.status is not Status.ACTIVE:
            since = f" since {entitlement.since}" if entitlement.since else ""
            reason = entitlement.reason or "no reason was given"
            raise Suspended(
                f"This city's subscription is suspended{since}: {reason}. "
                "Its data stays readable; nothing can be written."
            )
