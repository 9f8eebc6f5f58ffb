"""The suite's lakes, published once."""

from pathlib import Path

import pytest

from tests.query.conformance.suite import publish_all


@pytest.fixture(scope="session")
def conformance_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the suite's lakes, which no test changes."""
    home = tmp_path_factory.mktemp("conformance")
    publish_all(home)
    return home
