"""A running server over a small lake, as clients meet it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.portal.handler import build
from local.bridge import Bridge, Streams
from local.server import bind


class Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


@contextmanager
def serving(lake: Lake | Path, secured: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a lake, or the one in a folder; gives the address, without a slash at the end.

    Args:
        lake: what is served.
        secured: a certificate and its key, for clients that know https alone.
    """
    held = Lake(FolderStore(lake)) if isinstance(lake, Path) else lake
    streams = Streams()
    bridge = Bridge(build(held, deliver=streams.deliver), streams)
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(bridge, log_level="warning")
    config.load()
    config.ssl = secured
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert server.answers.wait(timeout=20)
    scheme = "https" if secured else "http"
    yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)
    listener.close()
