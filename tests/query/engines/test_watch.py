import threading
import time

import pytest

from citylake.errors import QueryTooCostly, Throttled, TimeUp
from lambdas.query.engines.watch import SlowLane, Watch, check_time, until


def test_work_that_takes_too_long_is_interrupted() -> None:
    interrupted = threading.Event()
    with Watch(0.001).limited(interrupted.set):
        assert interrupted.wait(5)


def test_work_that_is_done_in_time_is_never_interrupted() -> None:
    interrupted: list[int] = []
    watch = Watch(0.01)
    for number in range(200):
        with watch.limited(lambda number=number: interrupted.append(number)):  # type: ignore[misc] # a lambda's default
            pass
    last = threading.Event()
    with watch.limited(last.set):
        assert last.wait(5)
    assert interrupted == []


def test_an_interruption_that_came_too_early_to_be_heard_is_repeated() -> None:
    heard = threading.Semaphore(0)
    with Watch(0.001).limited(heard.release):
        assert heard.acquire(timeout=5)
        assert heard.acquire(timeout=5)


def test_each_work_has_its_own_time() -> None:
    watch = Watch(0.02)
    first, second = threading.Event(), threading.Event()
    with watch.limited(first.set):
        with watch.limited(second.set):
            pass
        assert first.wait(5)
    assert not second.is_set()


def test_what_ends_earlier_is_interrupted_first() -> None:
    patient, hasty = threading.Event(), threading.Event()
    with (
        Watch(60).limited(patient.set),
        until(time.monotonic() + 0.01),
        Watch(60).limited(hasty.set),
    ):
        assert hasty.wait(5)
    assert not patient.is_set()


def test_a_later_work_with_less_time_is_not_forgotten_behind_an_earlier_one() -> None:
    watch = Watch(60)
    patient, hasty = threading.Event(), threading.Event()
    with watch.limited(patient.set), until(time.monotonic() + 0.01), watch.limited(hasty.set):
        assert hasty.wait(5)
    assert not patient.is_set()


def test_nothing_is_begun_for_someone_whose_time_is_up() -> None:
    with until(time.monotonic()), pytest.raises(TimeUp), Watch(60).limited(lambda: None):
        raise AssertionError


def test_an_end_that_was_set_outside_and_comes_earlier_stays() -> None:
    with until(time.monotonic()), until(time.monotonic() + 60), pytest.raises(TimeUp):
        check_time()
    check_time()


def test_an_interruption_says_whose_limit_it_was() -> None:
    with Watch(20).limited(lambda: None) as reason:
        assert str(reason()) == "The query took more than 20 seconds; ask for less."
        assert type(reason()) is QueryTooCostly
        with until(time.monotonic()):
            assert type(reason()) is TimeUp


class Told(SlowLane):
    """A lane that says when somebody took a place."""

    def __init__(self, places: int, after: float) -> None:
        super().__init__(places, after)
        self.taken = threading.Event()

    def enter(self) -> bool:
        is_free = super().enter()
        if is_free:
            self.taken.set()
        return is_free


def test_only_so_many_may_be_slow_and_quick_work_is_never_refused() -> None:
    lane = Told(places=1, after=0.01)
    first, second = Watch(60, lane), Watch(60, lane)
    patient, refused = threading.Event(), threading.Event()
    with first.limited(patient.set):
        assert lane.taken.wait(5)
        with second.limited(refused.set) as reason:
            assert refused.wait(5)
        assert isinstance(reason(), Throttled)
        assert "1 slow queries" in str(reason())
        with second.limited(refused.set):
            pass
    lane.taken.clear()
    with second.limited(patient.set):  # the place is free again
        assert lane.taken.wait(5)
    assert not patient.is_set()


def test_a_place_among_the_slow_does_not_lift_the_limit() -> None:
    interrupted = threading.Event()
    with Watch(0.02, SlowLane(places=1, after=0.001)).limited(interrupted.set) as reason:
        assert interrupted.wait(5)
    assert isinstance(reason(), QueryTooCostly)
