"""Uploads of a city's staff, from the announcement to the release, through the staff's API."""

import errno
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from citylake.entitlements import Entitlement, Gate, Status, write_entitlement
from citylake.errors import PreconditionFailed
from citylake.lake.store import FolderStore
from citylake.lake.write import open_folder_tables
from lambdas.publish import uploads as module
from lambdas.publish.handler import build
from lambdas.publish.inbox import SignedPut
from lambdas.publish.publish import publish
from lambdas.publish.uploads import MOST_PENDING, Uploads
from tests.publish.conftest import DURHAM, City
from tests.query.events import event

TREES = b"Tree,Species,Planted\n1,Oak,2019-03-01\n2,Maple,2020-04-02\n"
BEGIN = "/api/publish/v1/uploads"
EDITOR = f"[{DURHAM}:editor]"


class MemoryInbox:
    """An inbox in memory; ``room`` is how much of a file fits on the disk."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.room = 1 << 40

    def address(self, key: str, size: int) -> SignedPut:
        return SignedPut(f"https://inbox.example/{key}", {"content-length": str(size)})

    def fetch(self, key: str, path: Path) -> None:
        if len(self.files[key]) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(self.files[key])


class Office:
    """Durham's staff at work, on a clock of their own."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.inbox = MemoryInbox()
        self.time = datetime(2026, 11, 23, 6, 14, 42, tzinfo=UTC)
        self.gate = Gate(city.lake.store, hold_seconds=0)
        self.uploads = Uploads(
            city.lake,
            open_folder_tables(city.home),
            DURHAM,
            self.inbox,
            self.gate,
            now=lambda: self.time,
        )
        self._handle = build(city.lake, DURHAM, self.uploads, self.gate)

    def call(
        self, method: str, path: str, body: Any = None, groups: str | None = EDITOR
    ) -> tuple[int, Any]:
        asked = event(path, method)
        if groups is not None:
            claims = {"sub": "5f2c", "cognito:groups": groups}
            asked["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        if body is not None:
            asked["body"] = body if isinstance(body, str) else json.dumps(body)
        answer = self._handle(asked, None)
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert not any(name.lower().startswith("access-control") for name in answer["headers"])
        return answer["statusCode"], json.loads(answer["body"])

    def announce(self, body: bytes = TREES, **said: Any) -> str:
        """Announce a file, and give the upload's id."""
        asked = {"dataset_id": "trees", "filename": "trees.csv", "size": len(body), **said}
        status, told = self.call("POST", BEGIN, asked)
        assert status == 201, told
        return str(told["upload_id"])

    def send(self, upload_id: str, body: bytes = TREES, worker: str = "one") -> Any:
        """Let the file arrive, and say how far the upload is then."""
        key = f"inbox/{upload_id}/trees.csv"
        self.inbox.files[key] = body
        self.uploads.arrived(key, len(body), worker=worker, seconds=800)
        return self.ask(upload_id)

    def ask(self, upload_id: str) -> Any:
        status, told = self.call("GET", f"{BEGIN}/{upload_id}")
        assert status == 200
        return told


@pytest.fixture
def office(city: City) -> Office:
    return Office(city)


def test_a_file_becomes_a_release(office: Office) -> None:
    status, told = office.call(
        "POST",
        BEGIN,
        {
            "dataset_id": "trees",
            "filename": "trees.csv",
            "size": len(TREES),
            "title": "Street trees",
            "license": "CC BY 4.0",
            "fields": {"Tree": "text"},
        },
    )
    assert status == 201
    assert told["method"] == "PUT"
    assert told["url"] == f"https://inbox.example/inbox/{told['upload_id']}/trees.csv"
    assert told["headers"] == {"content-length": str(len(TREES))}
    assert told["expires_at"] == "2026-11-23T07:14:42Z"
    waiting = office.ask(told["upload_id"])
    assert waiting == {
        "upload_id": told["upload_id"],
        "dataset_id": "trees",
        "filename": "trees.csv",
        "status": "waiting",
        "begun_at": "2026-11-23T06:14:42Z",
        "expires_at": "2026-11-23T07:14:42Z",
    }
    done = office.send(told["upload_id"])
    assert (done["status"], done["rows"], done["quarantined"]) == ("published", 2, 0)
    assert done["fields"][0] == {"name": "tree", "type": "text", "label": "Tree"}
    assert office.city.records("trees", order_by="tree") == [
        {"tree": "1", "species": "Oak", "planted": "2019-03-01"},
        {"tree": "2", "species": "Maple", "planted": "2020-04-02"},
    ]
    dataset = office.city.lake.entry("trees", DURHAM).dataset
    assert (dataset.title, dataset.license.name) == ("Street trees", "CC BY 4.0")


def test_releases_are_listed_and_an_old_one_is_restored(office: Office) -> None:
    first = office.send(office.announce())
    second_file = TREES + b"3,Elm,2021-05-03\n"
    office.time += timedelta(minutes=1)
    second = office.send(office.announce(second_file), second_file)
    status, told = office.call("GET", "/api/publish/v1/datasets/trees/releases")
    assert status == 200
    assert [(line["release"], line["rows"], line["current"]) for line in told["results"]] == [
        (second["release"], 3, True),
        (first["release"], 2, False),
    ]
    answer = office.call(
        "POST", "/api/publish/v1/datasets/trees/restore", {"release": first["release"]}
    )
    assert answer == (200, {"dataset_id": "trees", "release": first["release"]})
    status, told = office.call("GET", "/api/publish/v1/datasets")
    assert status == 200
    assert told["results"] == [
        {
            "dataset_id": "trees",
            "title": "Trees",
            "visibility": "public",
            "shared_with": [],
            "release": first["release"],
            "rows": 2,
            "published_at": told["results"][0]["published_at"],
        }
    ]


# Who is let in


CALLS: list[tuple[str, str, Any]] = [
    ("POST", BEGIN, {"dataset_id": "trees", "filename": "t.csv", "size": 1}),
    ("GET", f"{BEGIN}/20261123T061442Z-{'0' * 32}", None),
    ("GET", "/api/publish/v1/datasets", None),
    ("GET", "/api/publish/v1/datasets/trees/releases", None),
    ("POST", "/api/publish/v1/datasets/trees/restore", {"release": "x"}),
    ("POST", "/api/publish/v1/datasets/trees/share", {"visibility": "private"}),
    ("GET", "/api/publish/v1/keys", None),
    ("POST", "/api/publish/v1/keys", {"name": "all", "everything": True}),
    ("POST", "/api/publish/v1/keys/5f3a9c1e/revoke", None),
    ("GET", "/api/publish/v1/nowhere", None),
    ("DELETE", "/api/publish/v1/datasets/trees", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize("groups", [None, "[]", "[0807850:admin]", f"[{DURHAM}:viewer]"])
def test_whoever_is_not_of_the_citys_staff_is_refused_everywhere(
    office: Office, method: str, path: str, body: Any, groups: str | None
) -> None:
    status, told = office.call(method, path, body, groups)
    assert (status, told["error_code"]) == (403, "AccessRefused")


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_suspended_citys_staff_may_look_and_not_write(
    office: Office, method: str, path: str, body: Any
) -> None:
    office.send(office.announce())
    write_entitlement(
        office.city.lake.store, Entitlement(status=Status.SUSPENDED, reason="the trial ended")
    )
    status, told = office.call(method, path, body)
    if method == "POST" and not path.endswith("/revoke"):  # a key is taken back at any time
        assert status == 403
        assert "the trial ended" in told["message"]
    else:
        assert status in {200, 404}


def test_a_file_that_arrives_after_the_suspension_is_not_published(office: Office) -> None:
    upload = office.announce()
    write_entitlement(
        office.city.lake.store, Entitlement(status=Status.SUSPENDED, reason="the trial ended")
    )
    told = office.send(upload)
    assert told["status"] == "failed"
    assert "the trial ended" in told["reason"]


# What is refused at once


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"dataset_id": "Trees!"}, "lower-case letters"),
        ({"dataset_id": "population"}, "id of a national dataset"),
        ({"dataset_id": "x" * 301}, "length <= 300"),
        ({"filename": "../../etc/passwd"}, "filename is"),
        ({"filename": ".hidden"}, "filename is"),
        ({"filename": "a\nb.csv"}, "filename is"),
        ({"filename": ""}, "filename is"),
        ({"filename": "字" * 100 + ".csv"}, "at most 200 bytes"),
        ({"size": 0}, ">= 1"),
        ({"size": (512 << 20) + 1}, "<= 536870912"),
        ({"size": "12"}, "Expected `int`"),
        ({"description": "x" * 10_001}, "length <= 10000"),
        ({"fields": {f"f{n}": "int" for n in range(2_001)}}, "length <= 2000"),
        ({"missing": ["x"] * 101}, "length <= 100"),
        ({"place": "0807850"}, "unknown field `place`"),
    ],
)
def test_an_announcement_that_cannot_be_is_refused_with_words(
    office: Office, said: dict[str, Any], message: str
) -> None:
    asked = {"dataset_id": "trees", "filename": "trees.csv", "size": 10, **said}
    status, told = office.call("POST", BEGIN, asked)
    assert (status, told["error_code"]) == (400, "InputInvalid")
    assert message in told["message"]
    assert list(office.city.lake.store.keys("uploads/")) == []


@pytest.mark.parametrize("body", ["", "{", "[]", "nonsense", '{"size": 1e400}', " " * (1 << 19)])
def test_a_body_that_is_none_is_refused(office: Office, body: str) -> None:
    status, told = office.call("POST", BEGIN, body)
    assert (status, told["error_code"]) == (400, "InputInvalid")


def test_only_so_many_uploads_may_be_under_way(office: Office) -> None:
    for _ in range(MOST_PENDING):
        office.announce()
    asked = {"dataset_id": "trees", "filename": "trees.csv", "size": 10}
    status, told = office.call("POST", BEGIN, asked)
    assert (status, told["error_code"]) == (429, "LimitReached")
    office.time += timedelta(hours=1)
    office.announce()


def test_uploads_that_are_done_do_not_count(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PENDING", 2)
    for _ in range(3):
        office.send(office.announce())


@pytest.mark.parametrize("upload_id", ["x", "..%2F..%2Fcatalog%2F3719000", f"2026-{'0' * 32}"])
def test_an_upload_that_is_none_is_not_found(office: Office, upload_id: str) -> None:
    assert office.call("GET", f"{BEGIN}/{upload_id}")[0] == 404


# What arrives


@pytest.mark.parametrize(
    "body",
    [b"%PDF-1.7", b"Tree,Species\n", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"\x00\x01\x02"],
)
def test_a_file_that_cannot_be_published_says_why(office: Office, body: bytes) -> None:
    told = office.send(office.announce(body), body)
    assert told["status"] == "failed"
    assert "trees.csv" in told["reason"]
    assert "trees" not in office.city.catalog(DURHAM)


def test_a_field_of_no_known_type_says_so(office: Office) -> None:
    told = office.send(office.announce(fields={"Tree": "colour"}))
    assert told["status"] == "failed"
    assert "colour" in told["reason"]


def test_a_file_of_another_size_than_announced_is_not_published(office: Office) -> None:
    told = office.send(office.announce(), TREES + b"3,Elm,2021-05-03\n")
    assert told["status"] == "failed"
    assert f"{len(TREES)} were announced" in told["reason"]


def test_a_file_that_does_not_fit_says_so(office: Office) -> None:
    office.inbox.room = 10
    told = office.send(office.announce())
    assert (
        told["reason"] == "Decompressed, the file needs more room than there is; send it in parts."
    )


@pytest.mark.parametrize(
    "key",
    [
        "inbox/x",
        "inbox/x/trees.csv",
        f"inbox/20261123T061442Z-{'0' * 32}/trees.csv",
        "inbox/../catalog/national.json",
    ],
)
def test_a_file_that_nobody_announced_is_left_alone(office: Office, key: str) -> None:
    assert office.uploads.arrived(key, 10, worker="one", seconds=800) is None


def test_a_file_of_another_name_than_announced_is_left_alone(office: Office) -> None:
    upload = office.announce()
    office.uploads.arrived(f"inbox/{upload}/other.csv", 10, worker="one", seconds=800)
    assert office.ask(upload)["status"] == "waiting"


def test_no_file_within_an_hour_is_a_failure_in_words(office: Office) -> None:
    upload = office.announce()
    office.time += timedelta(hours=1)
    told = office.ask(upload)
    assert (told["status"], told["reason"]) == ("failed", "No file arrived within an hour.")


# Told twice, and killed


def releases(office: Office) -> int:
    return len(office.city.lake.entry("trees", DURHAM).releases)


def test_an_arrival_that_is_told_twice_is_published_once(office: Office) -> None:
    upload = office.announce()
    first = office.send(upload)
    assert office.send(upload, worker="another") == first
    assert releases(office) == 1


def die(office: Office, upload: str, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Let the function be killed while it publishes."""

    class Killed(BaseException):
        pass

    def killed(*arguments: Any, **named: Any) -> Any:
        if at == "after the release":
            publish(*arguments, **named)
        raise Killed

    monkeypatch.setattr(module, "publish", killed)
    with pytest.raises(Killed):
        office.send(upload, worker="dead")
    monkeypatch.undo()


@pytest.mark.parametrize("at", ["before the release", "after the release"])
@pytest.mark.parametrize(
    ("worker", "later"),
    [("dead", timedelta(minutes=1)), ("another", timedelta(minutes=15))],
    ids=["the same invocation again", "another one, when nobody believes in the first"],
)
def test_whoever_comes_after_a_dead_one_makes_no_second_release(
    office: Office, monkeypatch: pytest.MonkeyPatch, at: str, worker: str, later: timedelta
) -> None:
    upload = office.announce()
    die(office, upload, monkeypatch, at)
    assert office.ask(upload)["status"] == "publishing"
    office.time += later
    told = office.send(upload, worker=worker)
    assert (told["status"], told["rows"]) == ("published", 2)
    assert told["fields"][0] == {"name": "tree", "type": "int", "label": "Tree"}
    assert releases(office) == 1


def test_a_put_whose_answer_was_lost_does_not_cost_the_upload(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = office.announce()
    put = FolderStore.put
    is_lost = iter([True])

    def losing(store: FolderStore, key: str, body: bytes, *, if_match: str | None = None) -> str:
        etag = put(store, key, body, if_match=if_match)
        if key.startswith("uploads/") and next(is_lost, False):
            raise PreconditionFailed("what the client is told when it asks once more")
        return etag

    monkeypatch.setattr(FolderStore, "put", losing)
    assert office.send(upload)["status"] == "published"


def test_while_one_is_at_it_another_does_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = office.announce()
    die(office, upload, monkeypatch, "before the release")
    assert office.send(upload, worker="another")["status"] == "publishing"


def test_an_upload_whose_function_died_for_good_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = office.announce()
    die(office, upload, monkeypatch, "before the release")
    office.time += timedelta(minutes=15)
    told = office.ask(upload)
    assert told["status"] == "failed"
    assert told["reason"] == "Publishing ended before it was done; announce the file once more."


def test_what_nobody_foresaw_is_logged_whole_and_answered_briefly(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> Callable[..., Any]:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(office.uploads, "find", fail)
    status, told = office.call("GET", f"{BEGIN}/x")
    assert (status, told["error_code"]) == (500, "InternalServerError")
    assert "secret" not in told["message"]
    assert "secret detail" in caplog.text
