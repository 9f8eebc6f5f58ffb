"""The conformance suite through the real server: what any client sees."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import uvicorn

from citylake.pages.resolver import Resolver
from lambdas.query.handler import api_routes
from lambdas.query.links import BASE
from lambdas.query.scope import NATION, scoped
from local.bridge import Bridge, Streams
from local.server import bind
from tests.query.conformance.suite import (
    LAKES,
    Answer,
    Case,
    cases,
    check,
    explorer_over,
    refused,
)


@contextmanager
def serving(home: Path, lake: str) -> Iterator[HTTPConnection]:
    """Serve the API over a lake as ``citylake up`` does, and connect to it."""
    streams = Streams()
    resolver = Resolver()
    resolver.include_router(api_routes(explorer_over(home, lake), streams.deliver))

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        with scoped(NATION):
            return resolver.resolve(event, context)

    listener = bind("127.0.0.1", 0)
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(Bridge(handler, streams), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    connection = HTTPConnection("127.0.0.1", listener.getsockname()[1])
    try:
        yield connection
    finally:
        connection.close()
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def connections(conformance_home: Path) -> Iterator[Mapping[str, HTTPConnection]]:
    with ExitStack() as opened:
        yield {lake: opened.enter_context(serving(conformance_home, lake)) for lake in LAKES}


def ask(connection: HTTPConnection, case: Case) -> Answer:
    """Send a case's request and read what came: the status is 200 or that of an error."""
    connection.request("GET", f"{BASE}{case.path}?{urlencode(case.query, doseq=True)}")
    response = connection.getresponse()
    body = response.read()
    if response.status != HTTPStatus.OK:
        return refused(response.status, body)
    answered: Answer = body if case.export else orjson.loads(body)
    return answered


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_client_is_answered_as_specified(
    connections: Mapping[str, HTTPConnection], case: Case
) -> None:
    if not case.is_offered:
        pytest.skip(f"there is no export as {case.export}")
    check(case, ask(connections[case.lake], case))
