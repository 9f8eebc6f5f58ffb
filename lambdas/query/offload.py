"""Answers that the way through API Gateway is too narrow or too short for.

A function may answer with six megabytes, text counted as JSON quotes it, and within half a minute.
What is larger goes into storage, and the client is redirected to a signed address. An export that
takes longer is handed to another function; meanwhile the client follows redirects to the address
that it asked for, each of which waits a while (a *turn*). However many ask, a file is made once.

An export's file is named after the answer's ETag, so that it is found again until it expires; any
other answer after its own bytes. ``Offload`` wraps the handler of a function: it knows events and
answers as Lambda does, and its ``deliver`` is how the API's exports reach their clients.
"""

import base64
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec
from aws_lambda_powertools.event_handler import Response

from citylake.errors import LakeError, PreconditionFailed, QueryTooCostly, TimeUp
from citylake.keys import NO_RIGHTS, Rights
from citylake.lake.store import Store
from citylake.settings import ExportPace
from lambdas.query.delivery import NOT_KEPT, Answer
from lambdas.query.depot import Depot
from lambdas.query.doorman import handed
from lambdas.query.engines.watch import check_time, until
from lambdas.query.exports import Export
from lambdas.query.pairs import without_credentials
from lambdas.query.scope import scope_of_request
from lambdas.query.tickets import EXPORTS, Claim, HeldTicket, State, Tickets

INLINE_BYTES = 4 << 20
"""Bytes that a function answers with itself: in base64 they stay below Lambda's six megabytes."""

TURN = "_turn"
"""The parameter that counts a client's turns; it is ours and no question's."""

_TEXT_BYTES = 1 << 20  # as text, quoted by JSON, bytes may become six; in base64 four thirds
_TURN = re.compile(r"(?P<number>[0-9]{1,3})(?:-(?P<id>[0-9a-f]{32}))?")
_NAME = re.compile(r"[^\w.-]+", re.ASCII)
_LONGEST_NAME = 80
_MOST_MAKERS = 3
_HANDED_ON = frozenset({"host", "accept-encoding", "x-forwarded-proto"})
_OF_THE_BODY = frozenset(
    {"content-type", "content-encoding", "content-disposition", "etag", "cache-control"}
)

Event = Mapping[str, Any]
Worded = dict[str, Any]
Handler = Callable[[dict[str, Any], Any], Worded]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Visit:
    """One invocation, and what becomes of it.

    Attributes:
        event: the request, without its turn.
        turn: how many redirects to itself the client has followed.
        id: names a file of which the ETag cannot; empty until it is needed.
        began: when the invocation began, on the monotonic clock.
        is_maker: whether the whole time may be spent, and nobody waits for the answer.
        claim: the right to make the file, while it is held.
        made: where the file lies that was made under the claim.
    """

    event: Event
    turn: int
    id: str
    began: float
    is_maker: bool = False
    claim: Claim | None = None
    made: str = ""


_VISIT: ContextVar[_Visit] = ContextVar("visit")


class Offload:
    """Answers requests by way of storage where they are too large or take too long.

    Args:
        store: where tickets lie.
        depot: where files lie; both end by themselves after a day.
        hand_over: starts the function that makes a long export, with what ``make`` takes.
        pace: who waits how long.
        now: Unix time in seconds, which makers on several machines share.
        clock: seconds that never go back.
        pause: waits for some seconds.
    """

    def __init__(
        self,
        store: Store,
        depot: Depot,
        hand_over: Callable[[dict[str, Any]], None],
        *,
        pace: ExportPace = ExportPace(),
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._tickets = Tickets(store)
        self._depot = depot
        self._hand_over = hand_over
        self._pace = pace
        self._now = now
        self._clock = clock
        self._pause = pause

    # Around the handler

    def answer(self, handler: Handler, event: dict[str, Any], context: Any) -> Worded:  # noqa: ANN401  # Lambda's context, passed on
        """Answer a request within the time that a client's connection has.

        Args:
            handler: answers; its exports must come by ``deliver``.
            event: of the HTTP API, payload format 2.0.
            context: what the runtime hands to a function.
        """
        visit = self._visit(event)
        with _visiting(visit), until(visit.began + self._pace.answer_seconds):
            answer = handler(dict(visit.event), context)
        self._settle(visit, answer)
        return self._relieved(visit, answer)

    def make(
        self,
        handler: Handler,
        order: Mapping[str, Any],
        context: Any,  # noqa: ANN401  # as above
        *,
        seconds: float,
    ) -> None:
        """Make a file that ``answer`` handed over; a failure is kept for those who wait.

        Args:
            handler: as for ``answer``.
            order: ``{"request": event, "digest", "claim"}``, and ``"rights"`` of whoever asked
                by a key.
            context: what the runtime hands to a function.
            seconds: how long it may take.
        """
        claim = self._tickets.resume(order["digest"], order["claim"])
        if claim is None:  # delivered twice, or so late that somebody else took over
            logger.warning("the export %s is no longer ours to make", order["digest"])
            return
        visit = self._visit(order["request"])
        visit.is_maker, visit.claim = True, claim
        with (
            self._beating(claim),
            _visiting(visit),
            until(visit.began + seconds),
            _in_the_name_of(order),
        ):
            answer = handler(dict(visit.event), context)
        self._settle(visit, answer)

    # How an export is delivered

    def deliver(self, export: Export, tag: str | None) -> Answer:
        """Deliver an export of the request that ``answer`` or ``make`` is about.

        Raises:
            QueryTooCostly: the file took more turns than a client follows, or its makers kept
                ending before it was done.
            LakeUnusable: the storage cannot be used.
        """
        visit = _VISIT.get()
        digest = self._digest(export, tag, visit)
        with closing(export.chunks):
            if visit.is_maker:
                return self._make_whole(export, digest, visit)
            if visit.event["requestContext"]["http"]["method"] == "HEAD":
                return self._head(export, digest)
            held = self._wait(digest, visit)
            if held is not None:
                if (address := self._address(held, "GET")) is not None:
                    return _redirect(address)
                if held.is_alive(self._now()):
                    return self._next_turn(visit)
                if held.ticket.state is State.FAILED and visit.turn and held.ticket.answer:
                    return _unworded(held.ticket.answer)
                if held.ticket.attempts >= _MOST_MAKERS and visit.turn:
                    raise QueryTooCostly(
                        f"The file was begun {held.ticket.attempts} times and never done; "
                        "ask for less."
                    )
            return self._make(export, digest, visit, held)

    def _head(self, export: Export, digest: str) -> Answer:
        held = self._tickets.read(digest)
        if held is not None and (address := self._address(held, "HEAD")) is not None:
            return _redirect(address)
        export.chunks.close()  # nothing of it is made
        return Response(HTTPStatus.OK.value, export.content_type, "", export.headers)

    def _wait(self, digest: str, visit: _Visit) -> HeldTicket | None:
        """Read a file's ticket; while somebody makes it, wait as long as a turn takes."""
        ends = visit.began + self._pace.turn_seconds
        while True:
            held = self._tickets.read(digest)
            if held is None or not held.is_alive(self._now()) or self._clock() >= ends:
                return held
            self._pause(self._pace.poll_seconds)

    def _address(self, held: HeldTicket, method: str) -> str | None:
        """The address of a file that was made, if it has not expired since."""
        ticket = held.ticket
        if ticket.state is not State.MADE or not self._depot.holds(ticket.key):
            return None
        return self._depot.address(ticket.key, method)

    def _make(self, export: Export, digest: str, visit: _Visit, held: HeldTicket | None) -> Answer:
        """Make a file, or what there is time and means for; then hand it over."""
        if export.is_elsewhere:
            return self._handed_over(digest, visit, held)
        try:
            with until(visit.began + self._pace.own_seconds):
                return self._make_here(export, digest, visit, held)
        except TimeUp:
            return self._handed_over(digest, visit, held)

    def _make_here(
        self, export: Export, digest: str, visit: _Visit, held: HeldTicket | None
    ) -> Answer:
        check_time()
        gathered = bytearray()
        with closing(export.begun().chunks) as chunks:
            for chunk in _timed(chunks):
                gathered += chunk
                if len(gathered) > INLINE_BYTES:
                    break
            else:
                return Response(
                    HTTPStatus.OK.value, export.content_type, bytes(gathered), export.headers
                )
            visit.claim = self._claim(digest, held, self._pace.own_seconds)
            if visit.claim is None:
                return self._next_turn(visit)
            key = self._key(export, digest)
            self._depot.keep(key, _timed(_then(gathered, chunks)), export.headers)
        visit.made = key
        return _redirect(self._depot.address(key, "GET"))

    def _make_whole(self, export: Export, digest: str, visit: _Visit) -> Answer:
        """Make a file for those who wait for it; the answer is nobody's."""
        if visit.claim is None or visit.claim.digest != digest:
            logger.warning("the export is another one by now: its data was published anew")
            return Response(HTTPStatus.NO_CONTENT.value)
        key = self._key(export, digest)
        with closing(export.begun().chunks) as chunks:
            self._depot.keep(key, _timed(chunks), export.headers)
        visit.made = key
        return Response(HTTPStatus.NO_CONTENT.value)

    def _handed_over(self, digest: str, visit: _Visit, held: HeldTicket | None) -> Answer:
        """Start another maker, who has more time, and let the client wait for it."""
        if visit.claim is None:
            visit.claim = self._claim(digest, held, self._pace.start_seconds)
        else:
            try:
                visit.claim.renew(self._now() + self._pace.start_seconds)
            except PreconditionFailed:  # somebody else took over, and makes it
                visit.claim = None
        if visit.claim is not None:
            order = {"request": _handed_on(visit), "digest": digest, "claim": visit.claim.id}
            if (rights := scope_of_request().rights) != NO_RIGHTS:
                order["rights"] = msgspec.to_builtins(rights)
            self._hand_over(order)
            visit.claim = None
        return self._next_turn(visit)

    def _claim(self, digest: str, held: HeldTicket | None, seconds: float) -> Claim | None:
        believed = self._now() + seconds + self._pace.grace_seconds
        return self._tickets.claim(digest, held, claim=uuid4().hex, until=believed)

    def _next_turn(self, visit: _Visit) -> Answer:
        """Send the client to the same address again.

        Raises:
            QueryTooCostly: it was sent there often enough.
        """
        visit.turn += 1
        if visit.turn > self._pace.turns:
            minutes = self._pace.turns * self._pace.turn_seconds / 60
            raise QueryTooCostly(
                f"The file was not ready after {minutes:.0f} minutes. It may still be made: "
                "ask again later, or ask for less."
            )
        path = quote(visit.event["rawPath"], safe="/%:@!$&'()*+,;=~")
        return _redirect(f"{path}?{_with_turn(visit)}")

    def _visit(self, event: dict[str, Any]) -> _Visit:
        """Take the turn out of a request. One that is none counts as an unknown parameter."""
        said, rest = "", []
        for part in (event.get("rawQueryString") or "").split("&"):
            name, _, value = part.partition("=")
            if name == TURN:
                said = value
            elif part:
                rest.append(part)
        turn = _TURN.fullmatch(said)
        return _Visit(
            event={**event, "rawQueryString": "&".join(rest)},
            turn=int(turn["number"]) if turn else 0,
            id=(turn["id"] or "") if turn else "",
            began=self._clock(),
        )

    def _digest(self, export: Export, tag: str | None, visit: _Visit) -> str:
        """Name the file that answers a request: one name for all that would be the same bytes."""
        if tag is None:
            visit.id = visit.id or uuid4().hex
            asked = without_credentials(visit.event["rawQueryString"])
            tag = f"{visit.id} {visit.event['rawPath']} {asked} {scope_of_request().rights}"
        parts = (
            tag,
            scope_of_request().origin,
            export.filename,
            export.content_type,
            export.encoding,
        )
        return _sha256("\0".join(parts).encode(errors="replace"))

    def _key(self, export: Export, digest: str) -> str:
        return f"{EXPORTS}{digest}/{_file_name(export.filename)}"

    # What becomes of an answer

    def _settle(self, visit: _Visit, answer: Worded) -> None:
        """Let those who wait for a file know what became of it."""
        if (claim := visit.claim) is None:
            return
        try:
            if visit.made:
                claim.made(visit.made)
            elif answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
                claim.failed(answer)
            else:
                claim.renew(0.0)
        except PreconditionFailed:
            logger.warning("the export %s was taken over meanwhile", claim.digest)

    @contextmanager
    def _beating(self, claim: Claim) -> Iterator[None]:
        """Say again and again that the maker lives."""
        ended = threading.Event()

        def beat() -> None:
            while True:
                try:
                    claim.renew(self._now() + self._pace.beat_seconds + self._pace.grace_seconds)
                except PreconditionFailed:
                    return  # what we make is the same file: whoever is done first gives it out
                except LakeError:
                    logger.exception("the maker of %s could not be heard", claim.digest)
                if ended.wait(self._pace.beat_seconds):
                    return

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _relieved(self, visit: _Visit, answer: Worded) -> Worded:
        """Put a body that is too large into storage, and one that JSON would swell into base64."""
        body = answer.get("body") or ""
        is_encoded = bool(answer.get("isBase64Encoded"))
        if not is_encoded and len(body) <= _TEXT_BYTES // 4:  # at most four bytes a character
            return answer
        raw = base64.b64decode(body) if is_encoded else str(body).encode()
        if len(raw) > INLINE_BYTES and answer["statusCode"] == HTTPStatus.OK:
            return self._stored(visit, answer, raw)
        if is_encoded or len(raw) <= _TEXT_BYTES:
            return answer
        return {**answer, "body": base64.b64encode(raw).decode(), "isBase64Encoded": True}

    def _stored(self, visit: _Visit, answer: Worded, raw: bytes) -> Worded:
        headers = {str(name): str(value) for name, value in answer["headers"].items()}
        said = {name.title(): value for name, value in headers.items()}
        name = _file_name(visit.event["rawPath"].rstrip("/").rpartition("/")[2]) or "answer"
        described = (said.get(part, "") for part in ("Content-Type", "Content-Encoding"))
        digest = _sha256("\0".join(described).encode() + b"\0" + raw)
        key = f"{EXPORTS}{digest}/{name}"
        if not self._depot.holds(key):
            self._depot.keep(key, [raw], said)
        kept = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_BODY}
        return {
            **answer,
            "statusCode": HTTPStatus.FOUND.value,
            "headers": {
                **kept,
                "Location": self._depot.address(key, "GET"),
                "Cache-Control": NOT_KEPT,
            },
            "body": "",
            "isBase64Encoded": False,
        }


@contextmanager
def _visiting(visit: _Visit) -> Iterator[None]:
    token = _VISIT.set(visit)
    try:
        yield
    finally:
        _VISIT.reset(token)


def _redirect(address: str) -> Answer:
    return Response(HTTPStatus.FOUND.value, None, "", {"Location": address})


def _unworded(answer: Worded) -> Answer:
    """A kept answer, to be given out again."""
    headers = {name.title(): value for name, value in answer["headers"].items()}
    return Response(answer["statusCode"], headers.get("Content-Type"), answer["body"])


def _handed_on(visit: _Visit) -> dict[str, Any]:
    """What the maker of a file must know of a request: no credentials, and not who asked.

    An order may be logged, and is kept if it fails: it says what may be read, and holds no key.
    """
    event = visit.event
    context = event["requestContext"]
    return {
        "version": event.get("version"),
        "rawPath": event["rawPath"],
        "rawQueryString": without_credentials(_with_turn(visit)),
        "headers": {name: event["headers"][name] for name in _HANDED_ON & set(event["headers"])},
        "requestContext": {
            "stage": context.get("stage"),
            "domainName": context.get("domainName", ""),
            "http": {name: context["http"].get(name, "") for name in ("method", "path")},
        },
    }


def _with_turn(visit: _Visit) -> str:
    query = visit.event["rawQueryString"]
    turn = f"{TURN}={visit.turn}-{visit.id}" if visit.id else f"{TURN}={visit.turn}"
    return f"{query}&{turn}" if query else turn


def _in_the_name_of(order: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Answer with the rights of whoever asked for a file, who was let in when they did."""
    if (rights := order.get("rights")) is None:
        return nullcontext()
    return handed(msgspec.convert(rights, type=Rights))


def _timed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same chunks, as long as there is time."""
    for chunk in chunks:
        check_time()
        yield chunk


def _then(first: bytearray, rest: Generator[bytes, None, None]) -> Iterator[bytes]:
    yield bytes(first)
    yield from rest


def _file_name(text: str) -> str:
    return _NAME.sub("-", text)[-_LONGEST_NAME:]


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
