"""Interrupting what takes too long."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
        """Call ``interrupt`` if the work inside is not done in time, and never afterwards."""
        number = next(self._numbers)
        with self._changed:
            self._running[number] = (time.monotonic() + self.seconds, interrupt)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
            elif len(self._running) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(number, None)

    def _watch(self) -> None:
        with self._changed:
            while True:
                # All work may take equally long, so what began first ends first.
                number = next(iter(self._running), None)
                if number is None:
                    self._changed.wait()
                    continue
                ends, interrupt = self._running[number]
                left = ends - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                else:
                    del self._running[number]
                    interrupt()
