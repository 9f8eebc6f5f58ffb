"""The small server: binds a port, says when it is ready, and ends cleanly."""

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from citylake.errors import PortalError
from local.bridge import Bridge

GRACE_SECONDS = 3
"""How long requests that are under way may go on after the server was told to end."""


class PortTaken(PortalError):
    """Something else listens on the port, or it may not be used."""


def bind(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes any that is free.

    Raises:
        PortTaken: with what to do about it.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {host}:{port} ({error.strerror}); "
            "stop what listens there, or choose another port with --port"
        ) from error
    return listener


def serve(bridge: Bridge, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Answer requests until the process is told to end (SIGINT or SIGTERM).

    Args:
        bridge: what answers.
        listener: a bound socket, as ``bind`` makes it.
        ready: told the address once requests are answered.
    """
    config = uvicorn.Config(
        bridge,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    host, port = listener.getsockname()[:2]
    named = f"[{host}]" if ":" in host else host
    with listener:
        _Server(config, lambda: ready(f"http://{named}:{port}/")).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server for which being told to end is no failure."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as the wish to end; uvicorn would raise them once more after."""
        held = {
            name: signal.signal(name, self.handle_exit) for name in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for name, handler in held.items():
                signal.signal(name, handler)
