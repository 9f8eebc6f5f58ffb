"""Answers that are kept because they never change."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The answers last asked for, to questions whose answer never changes. Safe between threads.

    Args:
        size: most answers; beyond it the one not asked for longest is forgotten.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, answer: Callable[[], Value]) -> Value:
        """What is held for a key, or the answer, which is held from now on."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = answer()
        with self._lock:
            self._held[key] = value
            if len(self._held) > self._size:
                self._held.popitem(last=False)
        return value
