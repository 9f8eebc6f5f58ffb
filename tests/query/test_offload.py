"""Answers that are too large or take too long, as their clients see them."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response
from hypothesis import given, settings
from hypothesis import strategies as st

from citylake.errors import LakeUnusable, PreconditionFailed, QueryTooCostly
from citylake.lake.store import FolderStore
from citylake.pages.resolver import Resolver
from citylake.settings import ExportPace
from lambdas.query.delivery import as_json, conditional, join, tag_of
from lambdas.query.engines.watch import check_time
from lambdas.query.exports import Export
from lambdas.query.handler import worded
from lambdas.query.offload import INLINE_BYTES, Offload
from lambdas.query.tickets import State, Tickets
from tests.query.depots import MemoryDepot, content, target_of
from tests.query.events import event, json_of

Chunks = Callable[[], Iterator[bytes]]
MIB = 1 << 20
TAG = tag_of("20261123T061442Z-3fa9c1")
LARGE = (b"0123456789abcdef" * (MIB // 16),) * 5


class World:
    """Several copies of the function over one storage, and the function that makes long exports.

    Time passes only when somebody waits. What is handed over lies in ``orders`` until it is made.
    """

    def __init__(
        self,
        folder: Path,
        chunks: Chunks,
        *,
        tag: str | None = TAG,
        pace: ExportPace | None = None,
        is_elsewhere: bool = False,
    ) -> None:
        self.store = FolderStore(folder)
        self.depot = MemoryDepot()
        self.orders: list[dict[str, Any]] = []
        self.time = 1_000_000.0
        self.began = 0
        self.while_waiting: list[Callable[[], None]] = []
        self._chunks = chunks
        self.tag = tag
        self._is_elsewhere = is_elsewhere
        self.offload = Offload(
            self.store,
            self.depot,
            lambda order: self.orders.append(json.loads(json.dumps(order))),
            pace=pace or ExportPace(),
            now=lambda: self.time,
            pause=self._pause,
            clock=lambda: time.monotonic() + self.time - 1_000_000.0,
        )
        self._app = Resolver()
        self._app.route("/export/?", ["GET", "HEAD"], middlewares=[worded])(self._export)

    def _export(self) -> Any:
        request = self._app.current_event
        export = Export(
            "air.csv",
            "text/csv; charset=utf-8",
            self._read(),
            is_elsewhere=self._is_elsewhere,
        )
        if "gzip" in request.headers.get("accept-encoding", ""):
            export = export.gzipped()
        return conditional(request, self.tag, lambda: self.offload.deliver(export, self.tag))

    def _read(self) -> Generator[bytes, None, None]:
        self.began += 1
        yield from self._chunks()

    def _pause(self, seconds: float) -> None:
        self.time += seconds
        if self.while_waiting:
            self.while_waiting.pop(0)()

    def handle(self, request: dict[str, Any], context: Any) -> dict[str, Any]:
        return self._app.resolve(request, context)

    def ask(self, target: str = "/export", method: str = "GET", **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.offload.answer(self.handle, event(target, method, named), None)

    def make(self, seconds: float = 800.0) -> None:
        """Let the function that makes long exports do its oldest order."""
        self.offload.make(self.handle, self.orders.pop(0), None, seconds=seconds)

    def follow(self, answer: dict[str, Any], most: int = 50) -> dict[str, Any]:
        """Follow redirects to ourselves, as a client does."""
        for _ in range(most):
            location = answer["headers"].get("Location", "")
            if answer["statusCode"] != 302 or location.startswith("depot:"):
                return answer
            answer = self.ask(target_of(answer))
        raise AssertionError("too many redirects")

    def state(self) -> State | None:
        keys = [key for key in self.store.keys("exports/") if key.endswith(".json")]
        if not keys:
            return None
        held = Tickets(self.store).read(keys[0].removeprefix("exports/").removesuffix(".json"))
        return held.ticket.state if held else None


def handed_over(folder: Path, chunks: Chunks = lambda: iter(LARGE), **world: Any) -> World:
    """A world whose first function has no time at all for exports."""
    return World(folder, chunks, pace=ExportPace(own_seconds=-1e9), **world)


# However large, the bytes are the same


@settings(max_examples=40)
@given(
    lengths=st.lists(
        st.one_of(
            st.integers(0, 64),
            st.sampled_from([INLINE_BYTES - 1, INLINE_BYTES, INLINE_BYTES + 1, MIB]),
        ),
        max_size=4,
    ),
    packed=st.booleans(),
)
def test_a_client_gets_the_bytes_that_a_stream_would_have_given(
    tmp_path_factory: pytest.TempPathFactory, lengths: Sequence[int], packed: bool
) -> None:
    chunks = [bytes([65 + number]) * length for number, length in enumerate(lengths)]
    world = World(tmp_path_factory.mktemp("store"), lambda: iter(chunks))
    answer = world.ask(accept_encoding="gzip") if packed else world.ask()
    streamed = join(Export("air.csv", "text/csv; charset=utf-8", (c for c in chunks)))
    assert content(answer, world.depot)[0] == streamed.body


@pytest.mark.parametrize(("length", "status"), [(INLINE_BYTES, 200), (INLINE_BYTES + 1, 302)])
def test_the_edge_is_four_megabytes(tmp_path: Path, length: int, status: int) -> None:
    world = World(tmp_path, lambda: iter([b"x" * length]))
    answer = world.ask()
    assert answer["statusCode"] == status
    assert content(answer, world.depot)[0] == b"x" * length
    assert len(json.dumps(answer)) < 6_000_000


def test_a_small_export_leaves_nothing_in_storage(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter([b"a;b\r\n"]))
    answer = world.ask()
    assert answer["headers"]["ETag"] == TAG
    assert content(answer, world.depot)[0] == b"a;b\r\n"
    assert list(world.store.keys("")) == []


def test_a_large_export_is_a_file_with_its_name_and_kind(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    answer = world.ask()
    (key,) = world.depot.files
    assert key.startswith("exports/")
    assert key.endswith("/air.csv")
    assert content(answer, world.depot)[1] == {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="air.csv"',
    }
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert "ETag" not in answer["headers"]
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"


def test_memory_holds_four_megabytes_and_a_chunk(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter([b"x" * MIB] * 20))
    world.ask()
    assert world.depot.largest_chunk <= INLINE_BYTES + MIB


# Once for all


def test_the_same_export_is_made_once(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    first, second = world.ask(), world.ask()
    assert first["headers"]["Location"] == second["headers"]["Location"]
    assert world.began == 1


def test_packed_and_plain_are_two_files(tmp_path: Path) -> None:
    noise = [bytes(range(256)) * 4096, *(str(n).encode() * 999 for n in range(1, 3_000))]
    world = World(tmp_path, lambda: iter(noise))
    plain, tight = world.ask(), world.ask(accept_encoding="gzip")
    assert content(plain, world.depot)[0] == content(tight, world.depot)[0]


def test_a_file_that_expired_is_made_again(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    world.ask()
    world.depot.files.clear()
    assert content(world.ask(), world.depot)[0] == b"".join(LARGE)
    assert world.began == 2


def test_an_answer_that_changes_by_itself_is_made_each_time(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE), tag=None)
    assert world.ask()["headers"]["Location"] != world.ask()["headers"]["Location"]


@pytest.mark.parametrize("meanwhile", [3, 5], ids=["before the claim", "after the claim"])
def test_two_at_once_are_one_file(tmp_path: Path, meanwhile: int) -> None:
    answers: list[dict[str, Any]] = []

    def chunks() -> Iterator[bytes]:
        for number, chunk in enumerate((*LARGE, b"the end")):
            if number == meanwhile and not answers:
                answers.append({})
                answers[0] = world.ask()  # while the first is at it, another one asks
            yield chunk

    world = World(tmp_path, chunks)
    first = world.follow(world.ask())
    second = world.follow(answers[0])
    assert content(first, world.depot) == content(second, world.depot)
    assert len(world.depot.files) == 1


# What the client holds, and what it only asks about


def test_what_the_client_holds_touches_no_storage(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    assert world.ask(if_none_match=TAG)["statusCode"] == 304
    assert world.began == 0
    assert list(world.store.keys("")) == []


def test_head_makes_no_file(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    answer = world.ask(method="HEAD")
    assert (answer["statusCode"], answer["body"]) == (200, "")
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert world.depot.files == {}


def test_head_of_a_file_that_is_there_leads_to_an_address_for_head(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    world.ask()
    answer = world.ask(method="HEAD")
    assert answer["statusCode"] == 302
    assert answer["headers"]["Location"].startswith("depot:HEAD:exports/")


# What takes long


def test_a_long_export_is_handed_over_and_the_client_waits_in_turns(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    turn = world.ask("/export?where=year%3E2020&select=a")
    assert turn["statusCode"] == 302
    assert turn["headers"]["Location"] == "/export?where=year%3E2020&select=a&_turn=1"
    assert turn["headers"]["Cache-Control"] == "no-store"
    turn = world.ask(target_of(turn))
    assert turn["headers"]["Location"].endswith("&_turn=2")
    world.while_waiting = [world.make]
    answer = world.ask(target_of(turn))
    assert content(answer, world.depot)[0] == b"".join(LARGE)
    assert len(world.orders) == 0


def test_what_only_the_other_function_can_make_is_handed_over_at_once(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter([b"features"]), is_elsewhere=True)
    assert world.ask(method="HEAD")["statusCode"] == 200
    answer = world.ask()
    assert (answer["statusCode"], world.began, len(world.orders)) == (302, 0, 1)
    world.make()
    found = world.follow(answer)
    assert content(found, world.depot)[0] == b"features"
    assert world.began == 1


def test_a_file_of_five_minutes_takes_no_more_redirects_than_a_browser_follows(
    tmp_path: Path,
) -> None:
    world = handed_over(tmp_path)
    answer, redirects = world.ask(), 1
    asked_at = world.time
    while not answer["headers"]["Location"].startswith("depot:"):
        if world.time >= asked_at + 285 and world.orders:
            world.make()
        answer = world.ask(target_of(answer))
        redirects += 1
        if world.orders:  # its maker says that it lives
            ticket = next(key for key in world.store.keys("exports/") if key.endswith(".json"))
            digest = ticket.removeprefix("exports/").removesuffix(".json")
            claim = Tickets(world.store).resume(digest, world.orders[0]["claim"])
            assert claim is not None
            claim.renew(world.time + 30)
    assert redirects <= 20


def test_the_order_of_a_long_export_says_what_is_asked_and_not_who_asks(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    request = event("/export?a=b", headers={"authorization": "Bearer x", "accept-encoding": "gzip"})
    request |= {"cookies": ["session=x"], "queryStringParameters": {"a": "b"}}
    request["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "5f2c"}}}
    world.offload.answer(world.handle, request, None)
    assert world.orders[0]["request"] == {
        "version": "2.0",
        "rawPath": "/export",
        "rawQueryString": "a=b&_turn=0",
        "headers": {"host": "127.0.0.1:8000", "accept-encoding": "gzip"},
        "requestContext": {
            "stage": "$default",
            "domainName": "127.0.0.1",
            "http": {"method": "GET", "path": "/export"},
        },
    }


def test_whoever_loses_the_claim_before_handing_over_starts_nobody(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield from LARGE
        if world.began == 1:
            world.time += 120
            world.ask()  # takes over, and runs out of time likewise
            while True:
                check_time()
        while True:
            check_time()

    world = World(tmp_path, chunks, pace=ExportPace(own_seconds=0.05))
    turn = world.ask()
    assert turn["statusCode"] == 302
    assert len(world.orders) == 1


def test_a_small_file_that_takes_long_comes_by_way_of_storage_too(tmp_path: Path) -> None:
    world = handed_over(tmp_path, lambda: iter([b"a;b\r\n"]))
    turn = world.ask()
    world.make()
    assert content(world.ask(target_of(turn)), world.depot)[0] == b"a;b\r\n"


def test_an_answer_that_changes_by_itself_is_found_by_the_name_in_its_turn(tmp_path: Path) -> None:
    world = handed_over(tmp_path, tag=None)
    mine, theirs = world.ask(), world.ask()
    world.make()
    world.make()
    one = content(world.ask(target_of(mine)), world.depot)
    two = content(world.ask(target_of(theirs)), world.depot)
    assert one == two
    assert len(world.depot.files) == 2
    assert world.began == 2


def test_an_export_that_is_long_only_behind_its_first_megabytes_is_handed_over(
    tmp_path: Path,
) -> None:
    slow = [True]

    def chunks() -> Iterator[bytes]:
        yield from LARGE
        if slow.pop():
            slow.append(False)
            while True:
                check_time()
        yield b"the end"

    world = World(tmp_path, chunks, pace=ExportPace(own_seconds=0.05))
    turn = world.ask()
    assert world.depot.files == {}
    world.make()
    assert content(world.ask(target_of(turn)), world.depot)[0] == b"".join(LARGE) + b"the end"


@pytest.mark.parametrize("turn", ["0", "-1", "x", "1-", "1-zz", "99999", "1;drop", ""])
def test_a_turn_that_is_none_is_an_unknown_parameter(tmp_path: Path, turn: str) -> None:
    world = World(tmp_path, lambda: iter([b"a"]))
    assert world.ask(f"/export?_turn={turn}")["statusCode"] == 200


def test_turns_end(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    world.ask()
    answer = world.ask("/export?_turn=45")
    assert answer["statusCode"] == 400
    assert "not ready after 15 minutes" in json_of(answer)["message"]


# What fails


def failing(after: int, error: Exception) -> Chunks:
    def chunks() -> Iterator[bytes]:
        yield from LARGE[:after]
        raise error

    return chunks


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_export_that_fails_on_the_way_is_an_error_and_no_file(
    tmp_path: Path, after: int
) -> None:
    world = World(tmp_path, failing(after, QueryTooCostly("too much")))
    answer = world.ask()
    assert answer["statusCode"] == 400
    assert json_of(answer) == {"error_code": "QueryTooCostly", "message": "too much"}
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert world.depot.files == {}


def test_a_failure_is_told_to_whoever_waits(tmp_path: Path) -> None:
    world = handed_over(tmp_path, failing(5, QueryTooCostly("too much")))
    turn = world.ask()
    world.make()
    for _ in range(2):
        answer = world.ask(target_of(turn))
        assert answer["statusCode"] == 400
        assert json_of(answer) == {"error_code": "QueryTooCostly", "message": "too much"}
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert "ETag" not in answer["headers"]


def test_whoever_asks_anew_after_a_failure_is_tried_for_anew(tmp_path: Path) -> None:
    errors = [LakeUnusable("the network is down")]

    def chunks() -> Iterator[bytes]:
        if errors:
            raise errors.pop()
        yield from LARGE

    world = World(tmp_path, chunks)
    assert world.ask()["statusCode"] == 503
    assert content(world.ask(), world.depot)[0] == b"".join(LARGE)


def test_a_file_that_takes_longer_than_its_maker_has_fails_with_words(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        while True:
            check_time()
            yield b""

    world = handed_over(tmp_path, chunks)
    turn = world.ask()
    world.make(seconds=0.05)
    answer = world.ask(target_of(turn))
    assert answer["statusCode"] == 400
    assert json_of(answer)["error_code"] == "QueryTooCostly"


def test_a_maker_that_cannot_be_started_fails_at_once(tmp_path: Path) -> None:
    world = handed_over(tmp_path)

    def refuse(_: dict[str, Any]) -> None:
        raise LakeUnusable("the function is gone")

    world.offload._hand_over = refuse
    assert world.ask()["statusCode"] == 503
    assert world.state() is State.FAILED


def test_a_dead_makers_place_is_taken(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    turn = world.ask()
    dead = world.orders.pop()
    world.time += 120
    turn = world.ask(target_of(turn))
    assert len(world.orders) == 1
    assert world.orders[0]["claim"] != dead["claim"]
    world.make()
    assert content(world.ask(target_of(turn)), world.depot)[0] == b"".join(LARGE)


def test_makers_that_keep_dying_are_given_up(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    turn = world.ask()
    for _ in range(3):
        world.time += 120
        world.orders.clear()
        turn = world.ask(target_of(turn)) if turn["statusCode"] == 302 else turn
    assert turn["statusCode"] == 400
    assert "begun 3 times and never done" in json_of(turn)["message"]


def test_a_maker_whose_place_was_taken_does_nothing(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    turn = world.ask()
    late = world.orders.pop()
    world.time += 120
    world.ask(target_of(turn))
    begun = world.began
    world.offload.make(world.handle, late, None, seconds=800)
    assert world.began == begun


def test_an_order_that_is_delivered_twice_is_done_once(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    world.ask()
    world.orders.append(world.orders[0])
    world.make()
    world.make()
    assert world.began == 1


def test_data_that_is_published_anew_meanwhile_is_asked_for_anew(tmp_path: Path) -> None:
    world = handed_over(tmp_path)
    turn = world.ask()
    world.tag = tag_of("a newer release")
    world.make()
    assert world.depot.files == {}
    turn = world.ask(target_of(turn))
    world.make()
    assert content(world.ask(target_of(turn)), world.depot)[0] == b"".join(LARGE)


def test_whoever_was_taken_over_leaves_the_place_to_the_other(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield from LARGE
        if world.began == 1:
            world.time += 120  # nobody believes in this maker any more
            world.offload.answer(world.handle, event("/export"), None)

    world = World(tmp_path, chunks)
    world.ask()
    assert world.state() is State.MADE
    assert world.began == 2
    assert len(world.depot.files) == 1


def test_a_put_whose_answer_was_lost_does_not_cost_the_claim(tmp_path: Path) -> None:
    tickets = Tickets(FolderStore(tmp_path))
    claim = tickets.claim("digest", None, claim="mine", until=100.0)
    assert claim is not None
    same = tickets.resume("digest", "mine")
    assert same is not None
    same.renew(200.0)  # what the lost answer would have told
    claim.made("exports/digest/air.csv")
    held = tickets.read("digest")
    assert held is not None
    assert held.ticket.state is State.MADE


def test_an_order_that_was_given_twice_takes_nothing_back(tmp_path: Path) -> None:
    tickets = Tickets(FolderStore(tmp_path))
    assert tickets.claim("digest", None, claim="mine", until=100.0)
    first, second = (tickets.resume("digest", "mine") for _ in range(2))
    assert first is not None
    assert second is not None
    first.made("exports/digest/air.csv")
    with pytest.raises(PreconditionFailed):
        second.renew(200.0)
    with pytest.raises(PreconditionFailed):
        second.failed({"statusCode": 503})
    held = tickets.read("digest")
    assert held is not None
    assert held.ticket.state is State.MADE


def test_a_ticket_that_nobody_understands_is_replaced(tmp_path: Path) -> None:
    world = World(tmp_path, lambda: iter(LARGE))
    world.ask()
    (ticket,) = (key for key in world.store.keys("exports/") if key.endswith(".json"))
    world.store.put(ticket, b'{"state":"of the future"}')
    assert content(world.ask(), world.depot)[0] == b"".join(LARGE)


# Any other answer


def relieved(folder: Path, answer: Response[Any], depot: MemoryDepot) -> dict[str, Any]:
    app = Resolver()
    app.route("/nc/durham/records", ["GET"])(lambda: answer)
    offload = Offload(FolderStore(folder), depot, lambda _: None)
    return offload.answer(app.resolve, event("/nc/durham/records"), None)


@pytest.mark.parametrize(
    "text", ['"' * INLINE_BYTES, "\x01" * (2 * MIB), "é" * (MIB + 1), "x" * INLINE_BYTES]
)
def test_a_text_that_quoting_would_swell_still_fits(tmp_path: Path, text: str) -> None:
    depot = MemoryDepot()
    answer = relieved(tmp_path, Response(200, "text/plain", text), depot)
    assert len(json.dumps(answer)) < 6_000_000
    assert content(answer, depot)[0] == text.encode()
    assert depot.files == {}


def test_any_large_answer_goes_by_way_of_storage_with_its_kind(tmp_path: Path) -> None:
    depot = MemoryDepot()
    found = as_json({"results": ["x" * 100] * 50_000})
    found.headers |= {"Access-Control-Allow-Origin": "*", "ETag": TAG}
    for _ in range(2):
        answer = relieved(tmp_path, found, depot)
        assert answer["statusCode"] == 302
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
        assert "ETag" not in answer["headers"]
        raw, headers = content(answer, depot)
        assert raw.decode() == found.body
        assert headers["content-type"] == "application/json; charset=utf-8"
    (key,) = depot.files
    assert key.endswith("/records")


@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_a_small_answer_stays_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, body: bytes | str
) -> None:
    depot = MemoryDepot()
    answer = relieved(tmp_path_factory.mktemp("store"), Response(200, "text/plain", body), depot)
    assert content(answer, depot)[0] == (body.encode() if isinstance(body, str) else body)


def test_what_was_begun_is_closed_and_head_begins_nothing(tmp_path: Path) -> None:
    told: list[str] = []

    def chunks() -> Iterator[bytes]:
        told.append("begun")
        try:
            yield from LARGE
        finally:
            told.append("closed")

    for method in ("GET", "HEAD"):
        World(tmp_path / method, chunks).ask(method=method)
        assert told == ["begun", "closed"]
