"""How often a key was used today: counted by all who answer, in blocks of calls.

Whoever answers takes a block of a key's remaining calls by a conditional put of one small object,
``counts/{geoid}/{key}.json``, and gives them out one by one. So no more calls are ever let through
than the key has. Of a block whose holder ended, the rest is lost until midnight.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from citylake.errors import LakeError, QuotaUsedUp
from citylake.keys import Key
from citylake.lake.store import Store, StoredObject, replace_object

SHARED = 0.01
"""Share of a key's remaining calls that one of many who answer takes at once."""

_UNCOUNTED_SECONDS = 60.0
_MOST_HELD = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a key has left.

    Attributes:
        limit: calls that it has a day.
        remaining: of these, what is left after this one, as far as is known here: blocks that
            others hold count as used.
        resets_at: when it has them again.
    """

    limit: int
    remaining: int
    resets_at: datetime


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept: how many calls of a day (ISO, UTC) were taken."""

    day: str
    taken: int


@dataclass(slots=True)
class _Block:
    """Calls of a key that were taken and are not used yet, and those that nobody has taken."""

    day: str
    held: int
    left: int


class CallCounter:
    """Counts the calls of keys. Safe to share between threads, processes and machines.

    A count that cannot be kept lets calls through, uncounted, and says so in the log: a reader is
    not turned away because of our bookkeeping.

    Args:
        store_of: where the counts of a city's keys lie.
        share: how much of what remains is taken at once; of 0 each call is taken by itself, which
            loses none and costs a write each.
        now: the clock.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        store_of: Callable[[str], Store],
        *,
        share: float = 0.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store_of = store_of
        self._share = share
        self._now = now
        self._clock = clock
        self._counting = threading.Lock()
        self._blocks: dict[tuple[str, str], _Block] = {}
        self._uncounted_until = 0.0

    def count(self, key: Key) -> Allowance | None:
        """Let one call of a key through.

        Returns:
            What is left; ``None`` if it could not be counted.

        Raises:
            QuotaUsedUp: the key has no calls left today.
        """
        with self._counting:
            block = self._block(key)
            if block is None:
                return None
            resets_at = _midnight_after(block.day)
            if not block.held:
                wait = (resets_at - self._now()).total_seconds()
                raise QuotaUsedUp(
                    f"The API key {key.id} has {key.daily_calls} calls a day, and they are used "
                    f"up. It has them again at {resets_at:%Y-%m-%d %H:%M} UTC.",
                    limit=key.daily_calls,
                    resets_at=resets_at,
                    wait_seconds=max(math.ceil(wait), 1),
                )
            block.held -= 1
            return Allowance(
                limit=key.daily_calls, remaining=block.left + block.held, resets_at=resets_at
            )

    def _block(self, key: Key) -> _Block | None:
        """A block of today with a call in it, or an empty one if there is none left."""
        name = (key.rights.owner, key.id)
        today = self._now().astimezone(UTC).date().isoformat()
        block = self._blocks.get(name)
        if block is not None and block.day >= today and (block.held or not block.left):
            return block
        if self._clock() < self._uncounted_until:
            return None
        try:
            block = self._take(key, today)
        except LakeError:
            logger.exception("calls of key %s are not counted at the moment", key.id)
            self._uncounted_until = self._clock() + _UNCOUNTED_SECONDS
            return None
        if len(self._blocks) >= _MOST_HELD:
            self._blocks.clear()
        self._blocks[name] = block
        return block

    def _take(self, key: Key, today: str) -> _Block:
        def change(held: StoredObject | None) -> tuple[_Block, bytes]:
            # A clock that is slow must not begin a day again that another has ended.
            before = max((_decode(held), Count(day=today, taken=0)), key=lambda count: count.day)
            left = max(key.daily_calls - before.taken, 0)
            size = min(max(int(left * self._share), 1), left)
            after = Count(day=before.day, taken=before.taken + size)
            block = _Block(day=before.day, held=size, left=left - size)
            return block, msgspec.json.encode(after)

        owner = key.rights.owner
        at = f"counts/{owner}/{key.id}.json"
        return replace_object(self._store_of(owner), at, change)[0]


def _decode(held: StoredObject | None) -> Count:
    """What was kept; nothing if it cannot be understood: it is replaced."""
    if held is None:
        return Count(day="", taken=0)
    try:
        return msgspec.json.decode(held.body, type=Count)
    except msgspec.MsgspecError:
        logger.exception("a count of calls cannot be read and begins anew")
        return Count(day="", taken=0)


def _midnight_after(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
