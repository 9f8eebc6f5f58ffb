"""Asking a deployed portal, over a real socket on this machine."""

import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from citylake.errors import PortalUnsound
from lambdas.fleet.portal import PATIENCE, Answer, Ask, Portal, ask


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        body = f"{self.command} {self.headers['Host']} {self.path}".encode()
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "http://elsewhere.example/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_name_below_localhost_is_this_machine_and_is_told_to_the_server(port: int) -> None:
    answer = ask("GET", f"http://ab12.execute-api.localhost:{port}/api?limit=1")

    assert answer.status == 200
    assert answer.body.decode() == f"GET ab12.execute-api.localhost:{port} /api?limit=1"


def test_a_redirect_is_not_followed(port: int) -> None:
    answer = ask("GET", f"http://127.0.0.1:{port}/moved")

    assert (answer.status, answer.headers["location"]) == (302, "http://elsewhere.example/")


def test_nobody_there_is_an_error_of_the_system(port: int) -> None:
    with pytest.raises(OSError, match="refused"):
        ask("GET", "http://127.0.0.1:1/")


def test_what_was_deployed_a_moment_ago_is_asked_again_until_it_answers() -> None:
    answers: list[Answer | OSError] = [
        OSError("no route"),
        Answer(404, {}, b""),
        Answer(503, {}, b""),
        OK,
    ]
    pauses: list[float] = []
    portal = Portal("https://x.example", _from(answers), pauses.append)

    assert portal.get("/") == OK
    assert pauses == [2.0, 4.0, 8.0]


def test_a_refusal_is_an_answer() -> None:
    portal = Portal("https://x.example", _from([Answer(401, {}, b"")]), _no_pause)

    assert portal.request("POST", "/api/publish/v1/uploads").status == 401


def test_a_portal_that_never_answers_is_not_sound() -> None:
    portal = Portal("https://x.example", lambda *_: Answer(502, {}, b"bad gateway"), _no_pause)

    with pytest.raises(PortalUnsound, match="asked 6 times, and at last got 502: bad gateway"):
        portal.get("/")


def test_patience_is_for_all_questions_together() -> None:
    pauses: list[float] = []
    portal = Portal("https://x.example", lambda *_: Answer(503, {}, b""), pauses.append)
    with pytest.raises(PortalUnsound, match="asked 6 times"):
        portal.get("/")

    with pytest.raises(PortalUnsound, match="asked once"):
        portal.get("/api")

    assert tuple(pauses) == PATIENCE


def test_a_catalog_is_read_to_its_last_page() -> None:
    def answer(_: str, address: str) -> Answer:
        offset = int(address.rpartition("=")[2])
        page = ",".join(
            f'{{"dataset_id": "d{number}", "metas": {{"default": {{"records_count": {number}}}}}}}'
            for number in range(offset, min(offset + 100, 130))
        )
        return Answer(200, {}, f'{{"total_count": 130, "results": [{page}]}}'.encode())

    found = Portal("https://x.example", answer, _no_pause).datasets()

    assert found == {f"d{number}": number for number in range(130)}


OK = Answer(200, {}, b"fine")


def _no_pause(_: float) -> None:
    """Wait for nothing."""


def _from(answers: Iterable[Answer | OSError]) -> Ask:
    left = iter(answers)

    def answer(*_: str) -> Answer:
        found = next(left)
        if isinstance(found, OSError):
            raise found
        return found

    return answer
