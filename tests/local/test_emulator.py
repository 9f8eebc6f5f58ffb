"""The emulator of AWS as a process: what can be told without one."""

import socket
from pathlib import Path

import pytest

from local.cloud import emulator as module
from local.cloud.emulator import Emulator, EmulatorFailed


def test_an_emulator_that_was_never_started_does_not_run(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)

    assert emulator.running() is None
    assert emulator.end() is False
    with pytest.raises(EmulatorFailed, match=f"no emulator runs in {tmp_path}"):
        emulator.environment()


def test_what_is_noted_of_a_process_that_is_gone_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "emulator.json").write_text('{"pid": 1, "port": 4566}')
    (tmp_path / "emulator.lock").touch()

    assert Emulator(tmp_path).running() is None
    assert Emulator(tmp_path).end() is False  # process 1 is somebody else's


def test_without_its_environment_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PYTHON", tmp_path / "none")

    with pytest.raises(EmulatorFailed, match="run `make cloud-up`"):
        Emulator(tmp_path).start()


def test_a_port_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").touch()
    monkeypatch.setattr(module, "PYTHON", tmp_path / "python")

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmulatorFailed, match=f"cannot listen on 127.0.0.1:{port}"):
            Emulator(tmp_path).start(port)


def test_one_that_dies_shows_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such module\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(module, "PYTHON", python)

    with pytest.raises(EmulatorFailed, match="ended at once:\nno such module"):
        Emulator(tmp_path).start()
