import asyncio
import base64
from collections.abc import Generator
from typing import Any

import pytest

from lambdas.query.exports import Export
from local.bridge import LARGEST_BODY, Bridge, Handler, Streams


def call(
    handler: Handler,
    *,
    path: str = "/",
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    method: str = "GET",
    body: bytes = b"",
    streams: Streams | None = None,
) -> tuple[int, dict[str, str], list[bytes]]:
    """Send one request through the bridge: status, headers, and the chunks as they were sent."""
    sent: list[Any] = []
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return pending.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers or [],
        "http_version": "1.1",
        "client": ("127.0.0.1", 4000),
    }
    asyncio.run(Bridge(handler, streams or Streams())(scope, receive, send))
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, [message["body"] for message in sent[1:] if message["body"]]


def test_a_request_becomes_an_event_of_the_http_api() -> None:
    seen: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        seen.append(event)
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "hé"}

    answer = call(
        handler,
        path="/nc/durham/",
        query=b"where=a%3D1&where=b%3D2",
        headers=[(b"Accept", b"text/html"), (b"accept", b"*/*"), (b"cookie", b"a=1; b=2")],
    )
    assert answer == (200, {"content-type": "text/plain"}, ["hé".encode()])
    assert seen[0]["rawPath"] == "/nc/durham/"
    assert seen[0]["rawQueryString"] == "where=a%3D1&where=b%3D2"
    assert seen[0]["headers"] == {"accept": "text/html,*/*"}
    assert seen[0]["cookies"] == ["a=1", "b=2"]
    assert seen[0]["requestContext"]["http"]["method"] == "GET"


def test_a_binary_answer_is_sent_as_its_bytes() -> None:
    encoded = base64.b64encode(b"\x89PNG").decode()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"statusCode": 200, "body": encoded, "isBase64Encoded": True}

    assert call(handler)[2] == [b"\x89PNG"]


def test_an_export_is_sent_chunk_by_chunk_and_its_mark_stays_inside() -> None:
    streams = Streams()
    made: list[int] = []

    def chunks() -> Generator[bytes, None, None]:
        for n in range(3):
            made.append(n)
            yield b"%d" % n

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        response = streams.deliver(Export("x.csv", "text/csv", chunks()))
        assert made == [0]
        return {"statusCode": 200, "headers": response.headers, "body": response.body}

    status, headers, body = call(handler, streams=streams)
    assert (status, body) == (200, [b"0", b"1", b"2"])
    assert not any(name.startswith("citylake") for name in headers)


def test_a_client_that_asks_for_the_head_gets_no_body_and_the_export_is_closed() -> None:
    streams = Streams()
    closed: list[bool] = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            yield b"0"
        finally:
            closed.append(True)

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        response = streams.deliver(Export("x.csv", "text/csv", chunks()))
        return {"statusCode": 200, "headers": response.headers, "body": response.body}

    assert call(handler, streams=streams, method="HEAD")[2] == []
    assert closed == [True]


def test_a_failing_handler_is_logged_whole_and_answered_briefly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        raise RuntimeError("secret detail")

    status, _, body = call(handler, path="/x")
    assert status == 500
    assert b"secret" not in b"".join(body)
    assert "secret detail" in caplog.text


def test_a_body_that_is_too_large_never_reaches_the_handler() -> None:
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        raise AssertionError("called")

    assert call(handler, method="POST", body=b"x" * (LARGEST_BODY + 1))[0] == 413


def test_a_client_that_reads_nothing_is_hung_up_on() -> None:
    closed: list[bool] = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.append(True)

    streams = Streams()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        answer = streams.deliver(Export("a.csv", "text/csv", chunks()))
        return {"statusCode": 200, "headers": answer.headers, "body": ""}

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        if len(sent) == 3:
            await asyncio.Event().wait()  # as a server does whose client reads no more
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
             "http_version": "1.1"}  # fmt: skip
    asyncio.run(Bridge(handler, streams, patience=0.01)(scope, receive, send))
    assert closed == [True]
    assert sent[-1].get("more_body") is True
