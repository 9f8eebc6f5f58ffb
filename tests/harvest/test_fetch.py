"""Asking publishers: politely, again when that helps, never without bounds."""

import email.message
import gzip
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citylake.errors import SourceChanged, SourceUnreachable
from lambdas.harvest.fetch import (
    USER_AGENT,
    Answer,
    Folder,
    HttpGet,
    Limits,
    Response,
    Secret,
    _NoRedirectAway,
)

ADDRESS = "https://api.example.gov/data"


class Answered(io.BytesIO):
    """An answer as urllib hands it over."""

    def __init__(self, body: bytes = b"figures", **headers: str) -> None:
        super().__init__(body)
        self.headers = email.message.Message()
        for name, value in headers.items():
            self.headers[name.replace("_", "-")] = value


def refused(status: int, **headers: str) -> urllib.error.HTTPError:
    answer = Answered(b"", **headers)
    return urllib.error.HTTPError(ADDRESS, status, "said no", answer.headers, answer)


class Publisher:
    """Answers from a list, and remembers what it was asked, and how long people waited."""

    def __init__(self, *answers: Answered | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[urllib.request.Request] = []
        self.pauses: list[float] = []
        self.now = 0.0

    def open_url(self, request: urllib.request.Request, timeout: float) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def get(self, **options: Any) -> HttpGet:
        return HttpGet(open_url=self.open_url, clock=lambda: self.now, pause=self.pause, **options)


def test_an_answer_comes_with_what_tells_it_from_a_later_one() -> None:
    publisher = Publisher(Answered(ETag='"a1"', Last_Modified="Tue", Content_Type="text/csv"))
    assert publisher.get()(ADDRESS) == Answer(b"figures", ADDRESS, "text/csv", '"a1"', "Tue")
    assert publisher.requests[0].get_header("User-agent") == USER_AGENT
    assert "citylake" in USER_AGENT


def test_parameters_travel_in_the_address() -> None:
    publisher = Publisher(Answered())
    answer = publisher.get()(ADDRESS, {"for": "place:*", "get": "A,B"})
    assert answer.address == f"{ADDRESS}?for=place:*&get=A,B"


def test_a_key_is_sent_to_its_host_alone_and_shown_nowhere() -> None:
    key = Secret("api.example.gov", "key", "s3cret")
    publisher = Publisher(Answered(), Answered(), refused(403))
    get = publisher.get(secrets=[key])
    shown = get(ADDRESS, {"for": "place:*"}).address
    get("https://other.example.org/data")
    with pytest.raises(SourceUnreachable) as error:
        get(ADDRESS)
    sent = [request.full_url for request in publisher.requests]
    assert sent[0] == f"{ADDRESS}?for=place:*&key=s3cret"
    assert sent[1] == "https://other.example.org/data"
    assert "s3cret" not in shown + str(error.value) + repr(key)


def test_a_busy_publisher_is_asked_again_ever_more_slowly() -> None:
    publisher = Publisher(refused(503), TimeoutError(), refused(502), Answered())
    assert publisher.get()(ADDRESS).body == b"figures"
    assert publisher.pauses == [2.0, 4.0, 8.0]


def test_a_publisher_who_says_how_long_to_wait_is_heard() -> None:
    publisher = Publisher(refused(429, Retry_After="30"), Answered())
    publisher.get()(ADDRESS)
    assert publisher.pauses == [30.0]


@pytest.mark.parametrize(
    "waits", ["soon", "Mon, 01 Jan 2001 00:00:00 GMT", "99999"], ids=["words", "past", "for ever"]
)
def test_a_wait_that_makes_no_sense_is_bounded(waits: str) -> None:
    publisher = Publisher(refused(429, Retry_After=waits), Answered())
    publisher.get()(ADDRESS)
    assert publisher.pauses[0] <= 300


def test_attempts_end_with_the_reason() -> None:
    publisher = Publisher(*(ConnectionResetError(f"{ADDRESS}?key=s3cret") for _ in range(4)))
    with pytest.raises(SourceUnreachable, match=r"in 4 attempts.*ConnectionResetError") as error:
        publisher.get()(ADDRESS)
    assert "s3cret" not in str(error.value)


def test_a_refusal_is_not_asked_again() -> None:
    publisher = Publisher(refused(404))
    with pytest.raises(SourceUnreachable, match="HTTP 404 said no"):
        publisher.get()(ADDRESS)
    assert len(publisher.requests) == 1


def test_a_redirect_to_a_page_about_the_key_is_a_refusal() -> None:
    publisher = Publisher(refused(302, X_DataWebAPI_KeyError="1"))
    with pytest.raises(SourceUnreachable, match="asks for an API key"):
        publisher.get()(ADDRESS)


@pytest.mark.parametrize(
    ("target", "headers", "followed"),
    [
        ("https://api.example.gov/new", {}, True),
        ("https://elsewhere.example.org/data", {}, False),
        ("https://api.example.gov/missing_key.html", {"X-DataWebAPI-KeyError": "1"}, False),
    ],
    ids=["same host", "another host", "page about the key"],
)
def test_a_redirect_is_followed_within_a_host(
    target: str, headers: dict[str, str], followed: bool
) -> None:
    sent = email.message.Message()
    for name, value in headers.items():
        sent[name] = value
    request = urllib.request.Request(f"{ADDRESS}?key=s3cret")
    next_request = _NoRedirectAway().redirect_request(
        request,
        io.BytesIO(),
        302,
        "Found",
        sent,  # type: ignore[arg-type] # urllib wants its own subclass
        target,
    )
    assert (next_request is not None) is followed


def test_what_has_not_changed_is_not_sent_again() -> None:
    kept = Answer(b"figures", ADDRESS, etag='"a1"')
    publisher = Publisher(refused(304))
    get = publisher.get(known={ADDRESS: kept}.get)
    assert get(ADDRESS) == kept
    assert publisher.requests[0].get_header("If-none-match") == '"a1"'


def test_a_date_serves_where_there_is_no_tag() -> None:
    kept = Answer(b"figures", ADDRESS, last_modified="Tue, 01 Sep 2026 00:00:00 GMT")
    publisher = Publisher(refused(304))
    assert publisher.get(known={ADDRESS: kept}.get)(ADDRESS) == kept
    assert publisher.requests[0].get_header("If-modified-since") == kept.last_modified


def test_unchanged_since_never_is_an_error() -> None:
    with pytest.raises(SourceChanged, match="304 to a request that was not conditional"):
        Publisher(refused(304)).get()(ADDRESS)


def test_one_host_is_not_asked_faster_than_allowed() -> None:
    publisher = Publisher(Answered(), Answered(), Answered())
    get = publisher.get(limits=Limits(interval_seconds=5))
    get(ADDRESS)
    get("https://other.example.org/data")
    get(ADDRESS)
    assert publisher.pauses == [5.0]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Answered(b"x" * 101),
        lambda: Answered(gzip.compress(b"x" * 101), Content_Encoding="gzip"),
    ],
    ids=["plain", "packed"],
)
def test_a_body_longer_than_allowed_is_refused(answer: Callable[[], Answered]) -> None:
    with pytest.raises(SourceChanged, match="more than 100 bytes"):
        Publisher(answer()).get(limits=Limits(bytes=100))(ADDRESS)


def test_a_packed_body_is_unpacked() -> None:
    packed = Answered(gzip.compress(b"figures"), Content_Encoding="gzip")
    assert Publisher(packed).get()(ADDRESS).body == b"figures"


def test_a_damaged_packed_body_is_refused() -> None:
    with pytest.raises(SourceChanged, match="damaged gzip"):
        Publisher(Answered(b"figures", Content_Encoding="gzip")).get()(ADDRESS)


def test_an_answer_that_trickles_in_for_ever_is_given_up() -> None:
    publisher = Publisher()

    class Trickle(Answered):
        def read(self, amount: int | None = -1, /) -> bytes:
            publisher.now += 601
            return b"x"

    publisher.answers = [Trickle() for _ in range(4)]
    with pytest.raises(SourceUnreachable, match="TimeoutError"):
        publisher.get()(ADDRESS)


def test_only_the_web_is_asked() -> None:
    with pytest.raises(SourceUnreachable, match="expected an http or https address"):
        Publisher().get()("file:///etc/passwd")


def test_a_folder_answers_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_bytes(b"figures")
    assert Folder(tmp_path, "places.csv")(ADDRESS) == Answer(b"figures", ADDRESS)
    with pytest.raises(SourceUnreachable, match=r"gone\.csv cannot be read"):
        Folder(tmp_path, "gone.csv")(ADDRESS)
