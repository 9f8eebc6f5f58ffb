from collections.abc import Iterator

import pytest

from tests.query.fuzz.world import World


@pytest.fixture(scope="package")
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("home") / "lake")
    yield world
    world.probe()
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    counts = ", ".join(f"{count} of {status}" for status, count in sorted(world.tried.items()))
    if reporter and world.tried:
        reporter.write_line(f"\nqueries tried: {world.tried.total()} ({counts}); crashes: 0")
