import threading

from lambdas.query.engines.watch import Watch


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
