"""Asking what is deployed, over HTTP, as any client does: hosts, redirects, packing."""

import gzip
import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

API = "/api/explore/v2.1/catalog"

_SECONDS = 60
_LOOPBACK = "127.0.0.1"


class Reply(NamedTuple):
    """What was answered in the end, unpacked, and the addresses that it was asked at."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked: tuple[str, ...]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def get(address: str, *, redirects: int = 20, accept: str = "gzip") -> Reply:
    """Ask, and follow redirects as a browser does.

    Args:
        address: a whole one.
        redirects: as many as a browser follows.
        accept: how the body may be packed.
    """
    asked = [address]
    while True:
        reply = call("GET", asked[-1], headers={"Accept-Encoding": accept})
        if reply.status not in {302, 303, 307} or not redirects:
            return reply._replace(asked=tuple(asked))
        redirects -= 1
        asked.append(urljoin(asked[-1], reply.headers["location"]))


def call(
    method: str,
    address: str,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | Mapping[str, Any] | None = None,
) -> Reply:
    """Send one request. Names that end with ``.localhost`` are this machine (RFC 6761)."""
    parts = urlsplit(address)
    sent = {"Host": parts.netloc, "Accept-Encoding": "gzip", **(headers or {})}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if isinstance(body, Mapping):
        body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    connection = http.client.HTTPConnection(_LOOPBACK, parts.port, timeout=_SECONDS)
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request(method, target, body=body, headers=sent)
        answer = connection.getresponse()
        held = {name.lower(): value for name, value in answer.getheaders()}
        raw = answer.read()
    finally:
        connection.close()
    if held.get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    return Reply(answer.status, held, raw, (address,))
