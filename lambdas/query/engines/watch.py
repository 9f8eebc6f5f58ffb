"""Interrupting what takes too long.

That is at its own limit, when whoever asked has no more time, or when too many others take long.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from citylake.errors import PortalError, QueryTooCostly, Throttled, TimeUp

_END: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def until(end: float) -> Iterator[None]:
    """Give what happens inside no longer than to an instant of the monotonic clock.

    Statements are interrupted then and raise ``TimeUp``; what runs between them asks
    ``check_time``. An end that was set outside and comes earlier stays.
    """
    before = _END.get()
    token = _END.set(end if before is None else min(before, end))
    try:
        yield
    finally:
        _END.reset(token)


def check_time() -> None:
    """Let the work go on.

    Raises:
        TimeUp: whoever asked has no more time.
    """
    end = _END.get()
    if end is not None and time.monotonic() >= end:
        raise TimeUp("The answer was not ready in time; ask for less.")


_AGAIN_SECONDS = 0.1
"""When work is interrupted once more: DuckDB forgets what comes before it has begun."""


class SlowLane:
    """Lets only so many statements be slow at once, so that quick ones always find room.

    No one can tell beforehand what is slow. So everything is begun, and what is not done after a
    moment goes on only if there is a place left among those that take long.

    Args:
        places: how many statements may be slow at once.
        after: seconds after which a statement is slow.
    """

    def __init__(self, places: int, after: float) -> None:
        self.after = after
        self._places = places
        self._taken = 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Take a place, if there is one."""
        with self._lock:
            is_free = self._taken < self._places
            self._taken += is_free
            return is_free

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1

    def refused(self) -> Throttled:
        """What it means that there was no place."""
        return Throttled(
            f"{self._places} slow queries are being answered at the moment, as many as may be at "
            "once; ask again a little later, or for less."
        )


@dataclass(slots=True)
class _Work:
    """What is being done: its end, how to interrupt it, and whether it has become slow."""

    ends: float
    interrupt: Callable[[], None]
    asks_at: float
    is_slow: bool = False
    is_refused: bool = False

    @property
    def due(self) -> float:
        """When it is to be looked at next."""
        return min(self.asks_at, self.ends)


class Watch:
    """Interrupts work that is not done in time; one thread for all of it, begun at the first.

    Args:
        seconds: how long any work may take.
        lane: who may be slow; several watches may share it. Everyone may unless it is given.
    """

    def __init__(self, seconds: float, lane: SlowLane | None = None) -> None:
        self.seconds = seconds
        self._lane = lane
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._running: dict[int, _Work] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def limited(self, interrupt: Callable[[], None]) -> Iterator[Callable[[], PortalError]]:
        """Call ``interrupt`` if the work inside is not done in time, until it ends.

        It is never called afterwards. Gives what words an interruption: the caller's time was up,
        this limit was reached, or too many were slow.

        Raises:
            TimeUp: whoever asked has no more time; nothing was begun.
        """
        check_time()
        number = next(self._numbers)
        begins = time.monotonic()
        ends = begins + self.seconds
        asked = _END.get()
        if asked is not None:
            ends = min(ends, asked)
        work = _Work(ends, interrupt, begins + self._lane.after if self._lane else ends)
        with self._changed:
            is_next = all(work.due < other.due for other in self._running.values())
            self._running[number] = work
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
            elif is_next:
                self._changed.notify()
        try:
            yield lambda: self._reason(work)
        finally:
            with self._changed:
                self._running.pop(number, None)
            if work.is_slow and self._lane:
                self._lane.leave()

    def _reason(self, work: _Work) -> PortalError:
        if work.is_refused and self._lane:
            return self._lane.refused()
        try:
            check_time()
        except TimeUp as error:
            return error
        return QueryTooCostly(f"The query took more than {self.seconds:g} seconds; ask for less.")

    def _watch(self) -> None:
        with self._changed:
            while True:
                if not self._running:
                    self._changed.wait()
                    continue
                number = min(self._running, key=lambda each: self._running[each].due)
                work = self._running[number]
                left = work.due - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                elif work.asks_at < work.ends and self._lane and self._lane.enter():
                    work.is_slow, work.asks_at = True, work.ends
                else:
                    work.is_refused = work.is_refused or work.asks_at < work.ends
                    work.asks_at = work.ends = time.monotonic() + _AGAIN_SECONDS
                    work.interrupt()
