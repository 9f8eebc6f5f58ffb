from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.local.running import Running, start


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a lake that the first server fills and the others find filled."""
    return tmp_path_factory.mktemp("home") / "lake"


@pytest.fixture(scope="module")
def run(home: Path) -> Iterator[Callable[..., Running]]:
    """Start ``citylake up`` with further options; whatever still runs at the end is ended."""
    started = SimpleNamespace(servers=[])

    def run(*options: str) -> Running:
        running = start("up", "--home", str(home), "--port", "0", *options)
        started.servers.append(running)
        return running

    yield run
    for running in started.servers:
        running.end()
