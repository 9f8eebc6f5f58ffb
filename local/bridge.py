"""ASGI in, API Gateway events out: the handlers that run in the cloud answer a small server.

Requests are HTTP API events of payload version 2.0; answers are what Lambda would return. The one
thing a small server does better is to stream: an export is not gathered first, its chunks are sent
as they are made, at the pace of the client.
"""

import asyncio
import base64
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from lambdas.query.exports import Export

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
Chunks = Generator[bytes, None, None]

LARGEST_BODY = 1 << 20
"""Bytes that a request may carry; the API and the pages need none."""

THREADS = 8
"""Requests that are worked on at once; the rest wait their turn."""

PATIENCE_SECONDS = 60.0
"""How long a client may read nothing of a stream before it is hung up on."""

_STREAM = "citylake-stream"

logger = logging.getLogger(__name__)


class Streams:
    """Exports that a handler has answered with and that the bridge has yet to send."""

    def __init__(self) -> None:
        self._waiting: dict[str, Chunks] = {}

    def deliver(self, export: Export, _: str | None = None) -> Response[str]:
        """Answer with an export's headers now; the bridge sends its chunks afterwards."""
        token = secrets.token_urlsafe()
        self._waiting[token] = export.begun().chunks
        return Response(200, headers={**export.headers, _STREAM: token}, body="")

    def take(self, token: str) -> Chunks:
        """Hand over the chunks that a token stands for; each only once."""
        return self._waiting.pop(token)


class Bridge:
    """An ASGI application that answers with a Lambda handler.

    Args:
        handler: takes an HTTP API event and a context, returns what Lambda would.
        streams: exports that the handler leaves to be sent.
        patience: seconds for which a client may read nothing of one.
    """

    def __init__(
        self, handler: Handler, streams: Streams, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._handler = handler
        self._streams = streams
        self._patience = patience
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one connection's event: a request, or the server's coming and going."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._threads.shutdown(wait=False, cancel_futures=True)
                return

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _send_text(send, 413, f"A request may carry {LARGEST_BODY} bytes at most.")
            return
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(
                self._threads, self._handler, event(scope, body), None
            )
        except Exception:  # the handler words its own errors: what comes here is our fault
            logger.exception("the handler failed on %s %s", scope["method"], scope["path"])
            await _send_text(send, 500, "The server failed to answer; the reason is in its log.")
            return
        headers = dict(answer.get("headers") or {})
        token = headers.pop(_STREAM, None)
        chunks = self._streams.take(token) if token else _once(_decoded(answer))
        cookies = (("set-cookie", cookie) for cookie in answer.get("cookies", ()))
        named = (*headers.items(), *cookies)
        await send(
            {
                "type": "http.response.start",
                "status": answer["statusCode"],
                "headers": [
                    (name.lower().encode("latin-1"), str(value).encode("latin-1"))
                    for name, value in named
                ],
            }
        )
        await self._send_chunks(chunks, send, empty=scope["method"] == "HEAD")

    async def _send_chunks(self, chunks: Chunks, send: Send, *, empty: bool) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.closing(chunks):
            while not empty:
                chunk = await loop.run_in_executor(self._threads, next, chunks, None)
                if chunk is None:
                    break
                try:
                    async with asyncio.timeout(self._patience):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                except TimeoutError:
                    logger.warning("a client read nothing for %g seconds", self._patience)
                    return
        await send({"type": "http.response.body", "body": b""})


def event(scope: MutableMapping[str, Any], body: bytes) -> dict[str, Any]:
    """Word an ASGI request as an HTTP API event of payload version 2.0."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie":
            cookies += [part.strip() for part in value.split(";")]
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    now = datetime.now(UTC)
    client = scope.get("client") or ("127.0.0.1", 0)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": scope["path"],
        "rawQueryString": scope["query_string"].decode("latin-1"),
        "cookies": cookies,
        "headers": headers,
        "requestContext": {
            "accountId": "local",
            "apiId": "local",
            "domainName": headers.get("host", "127.0.0.1"),
            "http": {
                "method": scope["method"],
                "path": scope["path"],
                "protocol": f"HTTP/{scope['http_version']}",
                "sourceIp": client[0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": secrets.token_hex(8),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "body": base64.b64encode(body).decode("ascii") if body else None,
        "isBase64Encoded": bool(body),
    }


async def _body(receive: Receive) -> bytes | None:
    """Read a request's body; ``None`` if it is larger than it may be."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes) -> Chunks:
    yield body


def _decoded(answer: dict[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        return base64.b64decode(body)
    return body if isinstance(body, bytes) else str(body).encode()


async def _send_text(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
