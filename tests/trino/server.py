"""A Trino server of this machine, for as long as the tests run."""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PARTS = Path(__file__).parents[2] / ".tools" / "trino"
"""Where `make test-trino` puts the server's parts."""

VERSION = "406"
CATALOG = "lake"

_LAUNCHER = Path(__file__).with_name("TrinoServer.java")
_START_SECONDS = 180
_POLL_SECONDS = 0.25


@contextlib.contextmanager
def running(folder: Path) -> Iterator[int]:
    """Start a server that keeps everything in a folder; gives its port.

    Raises:
        RuntimeError: it did not start; the message has the end of its log.
    """
    port = _free_port()
    _configure(folder, port)
    log = folder / "server.log"
    java = shutil.which("java")
    if java is None:
        raise RuntimeError("there is no Java on this machine; the tests should have been skipped")
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                java,
                "-Xmx1g",
                "-XX:+UseSerialGC",
                f"-Dconfig={folder}/config.properties",
                "-Dnode.bind-ip=127.0.0.1",
                f"-Dnode.data-dir={folder}/data",
                "-Dnode.environment=test",
                "-Dnode.id=test",
                "-Dnode.internal-address=127.0.0.1",
                "-cp",
                f"{PARTS}/server/*",
                str(_LAUNCHER),
                VERSION,
            ],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(server, port, log)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _configure(folder: Path, port: int) -> None:
    (folder / "catalog").mkdir(parents=True)
    _write(
        folder / "config.properties",
        {
            "catalog.config-dir": f"{folder}/catalog",
            "coordinator": "true",
            "discovery.uri": f"http://127.0.0.1:{port}",
            "http-server.http.port": str(port),
            "http-server.log.enabled": "false",
            "node-scheduler.include-coordinator": "true",
            "plugin.dir": f"{PARTS}/plugins",
        },
    )
    _write(
        folder / "catalog" / f"{CATALOG}.properties",
        {
            "connector.name": "iceberg",
            "hive.metastore.catalog.dir": f"file://{folder}/metastore",
            "iceberg.catalog.type": "TESTING_FILE_METASTORE",
            "iceberg.register-table-procedure.enabled": "true",
        },
    )


def _write(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server takes queries."""
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends:
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            if _has_started(port):
                return
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"Trino did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _has_started(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/v1/info")
        info = json.loads(connection.getresponse().read())
    return info.get("starting") is False


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
