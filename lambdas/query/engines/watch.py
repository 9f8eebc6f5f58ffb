"""Interrupting what takes too long: at its own limit, or when whoever asked has no more time."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from citylake.errors import QueryTooCostly, TimeUp

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


class Watch:
    """Interrupts work that is not done in time; one thread for all of it, begun at the first.

    Args:
        seconds: how long any work may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._running: dict[int, tuple[float, Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def limited(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call ``interrupt`` if the work inside is not done in time, and never afterwards.

        Raises:
            TimeUp: whoever asked has no more time; nothing was begun.
        """
        check_time()
        number = next(self._numbers)
        ends = time.monotonic() + self.seconds
        asked = _END.get()
        if asked is not None:
            ends = min(ends, asked)
        with self._changed:
            is_next = all(ends < others for others, _ in self._running.values())
            self._running[number] = (ends, interrupt)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
            elif is_next:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(number, None)

    def interrupted(self) -> QueryTooCostly:
        """What an interruption meant: the caller's time was up, or this limit was reached."""
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
                number = min(self._running, key=lambda each: self._running[each][0])
                ends, interrupt = self._running[number]
                left = ends - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                else:
                    del self._running[number]
                    interrupt()
