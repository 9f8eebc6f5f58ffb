import threading
import time

import pytest

from citylake.errors import QueryTooCostly, TimeUp
from lambdas.query.engines.watch import Watch, check_time, until


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
    assert str(Watch(20).interrupted()) == "The query took more than 20 seconds; ask for less."
    assert type(Watch(20).interrupted()) is QueryTooCostly
    with until(time.monotonic()):
        assert type(Watch(20).interrupted()) is TimeUp
