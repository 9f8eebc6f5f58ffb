"""Servers over the samples, for programs of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.serving import serving
from tests.query.api_samples import publish_samples
from tests.query.trees import publish_trees


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the samples and the trees."""
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_samples(home)
    publish_trees(home)
    return home


@pytest.fixture(scope="session")
def address(sample_home: Path) -> Iterator[str]:
    """A server of the sample lake; its address without a slash at the end."""
    with serving(sample_home) as address:
        yield address
