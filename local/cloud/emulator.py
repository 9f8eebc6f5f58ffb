"""An emulator of AWS on this machine: started, found again, ended."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import msgspec

from citylake.errors import PortalError

HOST = "127.0.0.1"
REGION = "us-east-1"
ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".tools" / "emulator" / "bin" / "python"
GATEWAY = Path(__file__).with_name("gateway.py")

_START_SECONDS = 30.0
_END_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_TAIL_LINES = 20
_WAIT_SCALE = "0.1"
"""A state machine's waits are a tenth as long: here, nothing takes as long as on AWS."""


class EmulatorFailed(PortalError):
    """The emulator cannot be started, or it died."""


class Running(msgspec.Struct, frozen=True):
    """What is written down about an emulator that was started.

    Attributes:
        pid: its process, which leads a group of its own.
        port: where it listens, on loopback only.
    """

    pid: int
    port: int


class Emulator:
    """One emulator, known by the folder that holds what it writes."""

    def __init__(self, home: Path) -> None:
        """Speak of the emulator of a folder, whether it runs or not.

        Args:
            home: holds log, lock and temporary files of functions. The state itself is in memory
                and gone when the emulator ends.
        """
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it and the functions say."""
        return self.home / "emulator.log"

    @property
    def _scratch(self) -> Path:
        return self.home / "tmp"

    @property
    def _lock(self) -> Path:
        return self.home / "emulator.lock"

    @property
    def _noted(self) -> Path:
        return self.home / "emulator.json"

    def running(self) -> Running | None:
        """The emulator of this folder if it lives.

        Whether it lives is told by a lock that ends with the process, not by the process id, which
        by now may be somebody else's.
        """
        try:
            noted = msgspec.json.decode(self._noted.read_bytes(), type=Running)
        except FileNotFoundError:
            return None
        return noted if _is_locked(self._lock) else None

    def start(self, port: int = 0) -> Running:
        """Start it unless it runs, and wait until it answers.

        Args:
            port: 0 takes any that is free.

        Raises:
            EmulatorFailed: its environment is not there, the port is taken, or it died.
        """
        found = self.running()
        if found:
            return found
        if not PYTHON.is_file():
            raise EmulatorFailed(
                f"no emulator in {PYTHON}: run `make cloud-up` or `make test-cloud`"
            )
        port = _claim(port)
        self._scratch.mkdir(parents=True, exist_ok=True)
        self._lock.touch()
        with self.log.open("wb") as log:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own file
                [PYTHON, "-P", GATEWAY, self._lock],
                env=_environment(port, self.home),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(pid=process.pid, port=port)
        self._noted.write_bytes(msgspec.json.encode(running))
        limit = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None:
                raise EmulatorFailed(f"the emulator ended at once:\n{self.tail()}")
            if time.monotonic() > limit:
                process.kill()
                process.wait()
                raise EmulatorFailed(f"no answer within {_START_SECONDS:.0f} s:\n{self.tail()}")
            time.sleep(_PAUSE_SECONDS)
        return running

    def end(self) -> bool:
        """End it with every function that it runs; says whether there was anything to end."""
        found = self.running()
        if found is None:
            return False
        os.killpg(found.pid, signal.SIGTERM)
        limit = time.monotonic() + _END_SECONDS
        while _is_locked(self._lock) and time.monotonic() < limit:
            time.sleep(_PAUSE_SECONDS)
        # What is left of the group, if anything: a function in the middle of its work.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(found.pid, signal.SIGKILL)
        self._noted.unlink(missing_ok=True)
        if self._process is not None:
            self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)  # gigabytes of what functions stand on
        return True

    def environment(self) -> Mapping[str, str]:
        """What a program needs in its environment to reach the emulator instead of AWS.

        Raises:
            EmulatorFailed: it does not run.
        """
        found = self.running()
        if found is None:
            raise EmulatorFailed(
                f"no emulator runs in {self.home}; the end of its log:\n{self.tail()}"
            )
        return {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{found.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def tail(self) -> str:
        """The end of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


def _environment(port: int, home: Path) -> dict[str, str]:
    """The emulator's own environment: functions inherit it, so nothing of ours is in it."""
    return {
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(home / "tmp"),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "AUTH": "true",  # signatures are checked and policies judged, as on AWS
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ATHENA_ENGINE": "duckdb",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "SFN_WAIT_SCALE": _WAIT_SCALE,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "S3_DATA_DIR": str(home / "s3"),
        "STATE_DIR": str(home / "state"),
    }


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        with path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _claim(port: int) -> int:
    """A port that nobody listens on: the one that was asked for, or any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise EmulatorFailed(
                f"cannot listen on {HOST}:{port} ({error.strerror}); "
                "stop what listens there, or choose another with --port"
            ) from error
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - 200 OK
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
