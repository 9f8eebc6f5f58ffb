"""The ``citylake`` command as a person runs it: a process, its output, its exit code."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

READY = "ready "
SECONDS = 90


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Running:
    """A server that said it was ready."""

    def __init__(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        self._process = process
        self.lines = lines
        self.address = lines[-1].removeprefix(READY).strip()

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path; an error status is an answer like any other."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address.rstrip("/") + path, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell the server to end, and return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        code = self._process.wait(timeout=SECONDS)
        if self._process.stdout:
            self._process.stdout.close()
        return code


def start(*arguments: str) -> Running:
    """Run a command that serves, and wait until it is ready."""
    process = subprocess.Popen(_command(arguments), stdout=subprocess.PIPE, text=True)
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if line.startswith(READY):
            return Running(process, lines)
    raise AssertionError(f"ended with {process.wait()} before it was ready: {lines}")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        _command(arguments), capture_output=True, text=True, timeout=SECONDS, check=False
    )


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "local", *arguments]
