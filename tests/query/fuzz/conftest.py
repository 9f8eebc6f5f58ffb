from collections import Counter
from collections.abc import Iterator

import pytest

from tests.query.fuzz.world import World

TRIED: Counter[int] = Counter()
"""Answers by their status, of all queries of this run."""


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("home") / "lake", tried=TRIED)
    yield world
    world.probe()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TRIED:
        counts = ", ".join(f"{count} answered by {status}" for status, count in TRIED.items())
        crashed = sum(count for status, count in TRIED.items() if status not in {200, 400, 404})
        terminalreporter.write_line(
            f"queries tried: {TRIED.total()} ({counts}); crashed: {crashed}"
        )
