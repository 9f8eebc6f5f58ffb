"""A Trino server for all of these tests, over the very tables that the lake writes."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdas.query.engines.duckdb import DuckDBEngine
from tests.query.odsql.conftest import Answer, answering
from tests.query.trees import publish_trees
from tests.trino.engine import Client, RecordsOnTrino
from tests.trino.server import PARTS, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where there is no server to ask, and say so."""
    here = [item for item in items if item.path.is_relative_to(PARTS.parents[1] / "tests/trino")]
    for item in here:
        item.add_marker(pytest.mark.trino)
        if not (PARTS / ".made").exists() or shutil.which("javac") is None:
            item.add_marker(pytest.mark.skip("no Trino here: it takes a JDK 17 and Maven"))


@pytest.fixture(scope="session")
def trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Asks a server that has just started."""
    with (
        running(tmp_path_factory.mktemp("trino") / "server") as port,
        contextlib.closing(Client(port)) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the trees."""
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    return home


@pytest.fixture(scope="session")
def answer(trino: Client, trees: Path) -> Answer:
    """What Trino answers about the trees."""
    return answering(RecordsOnTrino(trino, trees), trees)


@pytest.fixture(scope="session")
def duckdb(trees: Path) -> Answer:
    """What DuckDB answers about the trees."""
    return answering(DuckDBEngine((str(trees),)), trees)
