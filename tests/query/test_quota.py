"""Counting calls: never more than a key has, whoever counts, and few lost."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citylake.errors import LakeUnusable, QuotaUsedUp
from citylake.keys import Key, Rights
from citylake.lake.store import FolderStore
from lambdas.query.quota import SHARED, CallCounter

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
AT = "counts/3719000/5f3a9c1e.json"


def key(daily_calls: int) -> Key:
    return Key(
        id="5f3a9c1e",
        name="test",
        sha256="",
        created_at=NOON,
        daily_calls=daily_calls,
        rights=Rights(owner="3719000", everything=True),
    )


class Counted(FolderStore):
    """A store that knows how often it was written, and can fail."""

    puts = 0
    failing = False

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        self.puts += 1
        if self.failing:
            raise LakeUnusable("no disk")
        return super().put(key, body, if_match=if_match)


class Clock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()


def counter(store: FolderStore, clock: Clock, share: float = 0.0) -> CallCounter:
    return CallCounter(lambda _: store, share=share, now=clock, clock=clock.seconds)


def ask(counting: CallCounter, asked: Key) -> bool:
    try:
        assert counting.count(asked) is not None
    except QuotaUsedUp:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(
    daily_calls=st.integers(1, 40),
    turns=st.lists(st.integers(0, 3), max_size=60),
    restarts=st.sets(st.integers(0, 59), max_size=5),
)
def test_on_one_machine_exactly_what_a_key_has_is_let_through(
    tmp_path_factory: pytest.TempPathFactory,
    daily_calls: int,
    turns: Sequence[int],
    restarts: set[int],
) -> None:
    store, clock = FolderStore(tmp_path_factory.mktemp("counts")), Clock()
    workers = [counter(store, clock) for _ in range(4)]
    let_through = 0
    for number, turn in enumerate(turns):
        if number in restarts:
            workers[turn] = counter(store, clock)
        let_through += ask(workers[turn], key(daily_calls))
    assert let_through == min(daily_calls, len(turns))


@settings(max_examples=60, deadline=None)
@given(
    daily_calls=st.integers(1, 300),
    turns=st.lists(st.integers(0, 3), max_size=400),
    share=st.sampled_from([0.0, SHARED, 0.2, 1.0]),
    restarts=st.sets(st.integers(0, 399), max_size=8),
)
def test_of_many_who_count_in_blocks_none_lets_too_much_through(
    tmp_path_factory: pytest.TempPathFactory,
    daily_calls: int,
    turns: Sequence[int],
    share: float,
    restarts: set[int],
) -> None:
    store, clock = FolderStore(tmp_path_factory.mktemp("counts")), Clock()
    workers = [counter(store, clock, share) for _ in range(4)]
    let_through = 0
    for number, turn in enumerate(turns):
        if number in restarts:
            workers[turn] = counter(store, clock, share)
        let_through += ask(workers[turn], key(daily_calls))
    assert let_through <= daily_calls


def test_threads_and_processes_at_once_let_no_more_through(tmp_path: Path) -> None:
    clock, start = Clock(), threading.Barrier(8)
    processes = [counter(FolderStore(tmp_path), clock) for _ in range(2)]

    def many(number: int) -> int:
        start.wait(timeout=30)
        return sum(ask(processes[number % 2], key(50)) for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(many, range(8))) == 50


def test_a_hundredth_at_a_time_takes_few_writes_and_one_worker_gets_all(tmp_path: Path) -> None:
    store = Counted(tmp_path)
    counting = counter(store, Clock(), SHARED)
    left = [
        allowance.remaining for _ in range(10_000) if (allowance := counting.count(key(10_000)))
    ]
    assert left == list(range(9_999, -1, -1))
    assert not ask(counting, key(10_000))
    assert store.puts < 650


def test_what_is_used_up_is_not_asked_for_again(tmp_path: Path) -> None:
    store = Counted(tmp_path)
    counting = counter(store, Clock())
    assert [ask(counting, key(1)) for _ in range(20)] == [True, *[False] * 19]
    assert store.puts == 1


def test_a_new_day_begins_at_midnight_and_no_slow_clock_ends_it(tmp_path: Path) -> None:
    store, clock, slow = FolderStore(tmp_path), Clock(), Clock()
    first, other = counter(store, clock), counter(store, slow)
    assert [ask(first, key(1)), ask(first, key(1))] == [True, False]
    clock.at = NOON + timedelta(hours=12)
    assert [ask(first, key(1)), ask(first, key(1))] == [True, False]
    slow.at = NOON + timedelta(hours=12, seconds=-2)
    assert not ask(other, key(1))
    with pytest.raises(QuotaUsedUp) as refused:
        first.count(key(1))
    assert refused.value.resets_at == datetime(2026, 11, 27, tzinfo=UTC)
    assert refused.value.wait_seconds == 24 * 60 * 60


def test_a_failing_store_is_left_alone_for_a_minute_and_then_counts_go_on(tmp_path: Path) -> None:
    store, clock = Counted(tmp_path), Clock()
    counting = counter(store, clock)
    assert ask(counting, key(2))
    store.failing = True
    assert [counting.count(key(2)) for _ in range(5)] == [None] * 5
    assert store.puts == 2
    store.failing = False
    clock.at += timedelta(seconds=60)
    assert [ask(counting, key(2)), ask(counting, key(2))] == [True, False]


def test_a_count_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(AT, b"{")
    assert ask(counter(store, Clock()), key(1))
    assert store.get(AT) is not None
    assert not ask(counter(store, Clock()), key(1))
