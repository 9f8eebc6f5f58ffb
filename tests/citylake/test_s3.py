"""What only a bucket can do to a store: deny, be missing, be far, be asked by others at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from citylake.errors import LakeUnusable, PreconditionFailed
from citylake.lake.aws import Credentials, S3Place
from citylake.lake.cloud import open_cloud_lake
from citylake.lake.s3 import PART_BYTES, open_bucket
from citylake.lake.store import ABSENT
from tests.s3 import environment_of


@contextmanager
def answering(
    *answers: int | bytes,
) -> Iterator[tuple[str, list[BaseHTTPRequestHandler]]]:
    """A server that answers with these, one a request, and with the last one from then on.

    A number is a status without a body, bytes are a body. What was asked is listed.
    """
    left = list(answers)
    asked: list[BaseHTTPRequestHandler] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            asked.append(self)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = left.pop(0) if len(left) > 1 else left[0]
            body = answer if isinstance(answer, bytes) else b""
            self.send_response(200 if isinstance(answer, bytes) else answer)
            self.send_header("ETag", '"made"')
            self.send_header("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = handle_any  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_bucket_that_is_not_there_is_said_to_be_missing(aws: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = open_bucket("nothing")
    for act in (
        lambda: store.get("a"),
        lambda: store.get_changed("a", '"etag"'),
        lambda: store.put("a", b""),
        lambda: store.put("a", b"", if_match=ABSENT),
        lambda: store.put_file("a", tmp_path / "file"),
        lambda: list(store.keys("a/")),
        lambda: store.delete("a"),
    ):
        with pytest.raises(
            LakeUnusable, match=r"s3://nothing/a.*no bucket nothing; check its name"
        ):
            act()


def test_a_bucket_that_denies_says_what_it_takes() -> None:
    with answering(403) as (address, _):
        store = open_bucket("lake", environment_of(address))
        for act in (
            lambda: store.get("a"),
            lambda: store.put("a", b""),
            lambda: list(store.keys("a/")),
        ):
            with pytest.raises(
                LakeUnusable, match=r"s3://lake/a.*access is denied.*list the bucket"
            ):
                act()


def test_a_bucket_that_nobody_answers_for_is_given_up() -> None:
    store = open_bucket("lake", environment_of("http://127.0.0.1:9"))
    with pytest.raises(
        LakeUnusable, match="check the region, the endpoint and the network"
    ) as said:
        store.get("a")
    assert len(str(said.value)) < 600


def test_what_fails_in_passing_is_asked_again() -> None:
    with answering(503, 500, 200) as (address, asked):
        assert open_bucket("lake", environment_of(address)).put("a", b"1") == '"made"'
    assert len(asked) == 3


def test_of_two_puts_at_once_the_one_that_s3_puts_off_asks_again_and_may_lose() -> None:
    with answering(409, 200) as (address, asked):
        made = open_bucket("lake", environment_of(address)).put("a", b"1", if_match='"known"')
    assert made == '"made"'
    assert [request.headers["If-Match"] for request in asked] == ['"known"'] * 2
    with (
        answering(409, 412) as (address, _),
        pytest.raises(PreconditionFailed, match="expected"),
    ):
        open_bucket("lake", environment_of(address)).put("a", b"1", if_match='"known"')


def test_a_new_object_is_put_only_where_there_is_none() -> None:
    with (
        answering(412) as (address, asked),
        pytest.raises(PreconditionFailed, match="expected no object"),
    ):
        open_bucket("lake", environment_of(address)).put("a", b"1", if_match=ABSENT)
    assert [request.headers["If-None-Match"] for request in asked] == ["*"]


def test_what_is_known_costs_no_body() -> None:
    with answering(304) as (address, asked):
        open_bucket("lake", environment_of(address)).get_changed("a", '"known"')
    assert [request.headers["If-None-Match"] for request in asked] == ['"known"']


def listing(keys: list[str], go_on: str) -> bytes:
    """A page of S3's list of keys."""
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-23T00:00:00.000Z</LastModified>"
        '<ETag>"made"</ETag><Size>0</Size></Contents>'
        for key in keys
    )
    more = f"<NextContinuationToken>{go_on}</NextContinuationToken>" if go_on else ""
    return (
        f"<ListBucketResult><IsTruncated>{'true' if go_on else 'false'}</IsTruncated>"
        f"{more}{contents}</ListBucketResult>"
    ).encode()


def test_more_keys_than_a_page_holds_are_all_listed() -> None:
    keys = [f"runs/{number:05}" for number in range(1_203)]
    pages = listing(keys[:1_000], "further"), listing(keys[1_000:], "")
    with answering(*pages) as (address, asked):
        found = list(open_bucket("lake", environment_of(address)).keys("runs/0"))
    assert found == keys
    assert "prefix=runs%2F" in asked[0].path
    assert "continuation-token=further" in asked[1].path


def test_a_large_file_is_sent_in_parts(aws: str, tmp_path: Path) -> None:
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    body = bytes(range(256)) * (PART_BYTES // 256) + b"and a little more"
    (tmp_path / "file").write_bytes(body)
    open_bucket("lake").put_file("a", tmp_path / "file")
    held = client.get_object(Bucket="lake", Key="a")
    assert held["Body"].read() == body
    assert held["ETag"].endswith('-2"')


def test_requests_are_signed_for_the_session_of_a_role() -> None:
    with answering(200) as (address, asked):
        open_bucket("lake", environment_of(address)).get("a")
    (request,) = asked
    assert request.headers["x-amz-security-token"] == "a session's"
    assert "Credential=testing/" in request.headers["authorization"]


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_an_environment_without_credentials_is_refused_at_once(missing: str) -> None:
    environment = dict(environment_of("http://127.0.0.1:9")) | {missing: ""}
    with pytest.raises(LakeUnusable, match="no AWS credentials; expected AWS_ACCESS_KEY_ID"):
        open_bucket("lake", environment)


def test_credentials_are_not_shown() -> None:
    held = Credentials.from_environment(environment_of(""))
    assert repr(held) == "Credentials(key_id='testing')"


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"AWS_REGION": "us-west-2"}, S3Place("us-west-2")),
        ({"AWS_DEFAULT_REGION": "us-east-2"}, S3Place("us-east-2")),
        (
            {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"},
            S3Place("us-east-1", "http://127.0.0.1:4566"),
        ),
        (
            {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "a", "AWS_ENDPOINT_URL_S3": "b"},
            S3Place("us-east-1", "b"),
        ),
    ],
)
def test_the_environment_says_where_s3_is(environment: dict[str, str], place: S3Place) -> None:
    assert S3Place.from_environment(environment) == place


def test_an_environment_without_a_region_is_refused() -> None:
    with pytest.raises(LakeUnusable, match="names no AWS region"):
        S3Place.from_environment({})


def test_a_functions_lake_is_the_one_its_environment_names() -> None:
    environment = dict(environment_of("http://127.0.0.1:9"))
    with pytest.raises(LakeUnusable, match="CITYLAKE_NATIONAL_BUCKET"):
        open_cloud_lake(environment)
    environment["CITYLAKE_NATIONAL_BUCKET"] = "national-lake"
    assert open_cloud_lake(environment).roots == ("s3://national-lake",)
    environment["CITYLAKE_CITY_BUCKET"] = "durham-lake"
    lake = open_cloud_lake(environment)
    assert lake.roots == ("s3://national-lake", "s3://durham-lake")
    assert lake.store_of("3719000").root == "s3://durham-lake"
    assert lake.store_of("national").root == "s3://national-lake"
