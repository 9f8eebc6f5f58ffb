"""An emulator of AWS that judges policies as AWS does; on it, the platform by the real CDK."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.cloud.emulator import Emulator, client_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """Where the emulator and the deployments write."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="session")
def emulator(home: "Path") -> Iterator[Emulator]:
    """The emulator's process; its log is shown if the tests end badly."""
    emulator = Emulator(home)
    emulator.start()
    yield emulator
    emulator.end()


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> Iterator[str]:
    """The address of a running emulator; every AWS client made from now on calls it, as root."""
    running = emulator.running()
    assert running is not None, emulator.tail()
    environment = client_environment(running.port)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_SESSION_TOKEN", raising=False)
        yield environment["AWS_ENDPOINT_URL"]
