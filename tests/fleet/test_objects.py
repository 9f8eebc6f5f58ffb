"""Whole buckets on moto's S3: copied in turns, emptied in turns."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from moto.core.utils import utcnow

from lambdas.fleet import objects
from lambdas.fleet.objects import bucket_exists, copy_all, empty, remove_bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CITY, ARCHIVE, PREFIX = "city", "archive", "3719000/2026-11-23T060000Z/"


def always() -> bool:
    return True


def once() -> Iterator[bool]:
    yield True
    while True:
        yield False


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator["S3Client"]:
    """A versioned bucket of a city that was last written a minute ago, and an empty archive."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", "us-east-1")
        for bucket in (CITY, ARCHIVE):
            client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=CITY, VersioningConfiguration={"Status": "Enabled"})
        with monkeypatch.context() as earlier:
            earlier.setattr("moto.s3.models.utcnow", lambda: utcnow() - timedelta(minutes=1))
            for number in range(5):
                client.put_object(Bucket=CITY, Key=f"warehouse/{number}", Body=b"x" * number)
            client.put_object(Bucket=CITY, Key="catalog/3719000.json", Body=b"older")
            client.put_object(Bucket=CITY, Key="catalog/3719000.json", Body=b"newer")
            client.put_object(Bucket=CITY, Key="exports/trees.csv", Body=b"derived")
            client.put_object(Bucket=CITY, Key="inbox/gone.csv", Body=b"gone")
            client.delete_object(Bucket=CITY, Key="inbox/gone.csv")
        yield client


def keys(client: "S3Client", bucket: str) -> list[str]:
    return [held["Key"] for held in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def copy_until_done(client: "S3Client") -> objects.Copied:
    while not (copied := copy_all(client, CITY, ARCHIVE, PREFIX, always)).done:
        pass
    return copied


def test_everything_but_what_was_derived_is_copied_with_an_index(s3: "S3Client") -> None:
    copied = copy_until_done(s3)

    assert (copied.objects, copied.size) == (6, 0 + 1 + 2 + 3 + 4 + 5)
    assert keys(s3, ARCHIVE) == [
        f"{PREFIX}files/catalog/3719000.json",
        *(f"{PREFIX}files/warehouse/{number}" for number in range(5)),
        f"{PREFIX}index.jsonl",
    ]
    index = s3.get_object(Bucket=ARCHIVE, Key=f"{PREFIX}index.jsonl")["Body"].read()
    lines = [json.loads(line) for line in index.splitlines()]
    assert [(line["key"], line["size"]) for line in lines][:2] == [
        ("catalog/3719000.json", 5),
        ("warehouse/0", 0),
    ]
    assert lines[0]["etag"] == s3.head_object(Bucket=CITY, Key=lines[0]["key"])["ETag"]


def test_a_turn_copies_one_batch_when_its_time_is_up(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "_BATCH", 2)
    time_left = once()

    turn = copy_all(s3, CITY, ARCHIVE, PREFIX, lambda: next(time_left))

    assert not turn.done
    assert len(keys(s3, ARCHIVE)) == 2


def test_what_is_in_the_archive_already_is_not_copied_again(s3: "S3Client") -> None:
    copy_until_done(s3)
    before = s3.head_object(Bucket=ARCHIVE, Key=f"{PREFIX}files/warehouse/4")["LastModified"]

    assert copy_until_done(s3).done

    after = s3.head_object(Bucket=ARCHIVE, Key=f"{PREFIX}files/warehouse/4")["LastModified"]
    assert after == before


def test_an_object_that_changed_after_it_was_copied_is_copied_again(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_until_done(s3)
    with monkeypatch.context() as later:
        later.setattr("moto.s3.models.utcnow", lambda: utcnow() + timedelta(minutes=1))
        s3.put_object(Bucket=CITY, Key="catalog/3719000.json", Body=b"fresh")
    assert not copy_all(s3, CITY, ARCHIVE, PREFIX, always).done
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: utcnow() + timedelta(minutes=2))

    copy_until_done(s3)

    copied = s3.get_object(Bucket=ARCHIVE, Key=f"{PREFIX}files/catalog/3719000.json")
    assert copied["Body"].read() == b"fresh"


def test_a_bucket_that_is_not_there_holds_nothing(s3: "S3Client") -> None:
    assert copy_all(s3, "never", ARCHIVE, PREFIX, always) == objects.Copied(True, 0, 0)
    assert empty(s3, "never", always)
    assert remove_bucket(s3, "never")
    assert not bucket_exists(s3, "never")


def test_a_bucket_is_emptied_of_all_versions_markers_and_uploads_and_then_deleted(
    s3: "S3Client",
) -> None:
    s3.create_multipart_upload(Bucket=CITY, Key="inbox/half.csv")
    assert not remove_bucket(s3, CITY)

    assert empty(s3, CITY, always)

    assert "Versions" not in s3.list_object_versions(Bucket=CITY)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=CITY)
    assert remove_bucket(s3, CITY)
    assert not bucket_exists(s3, CITY)


def test_emptying_goes_on_where_it_stopped(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_LISTED_VERSIONS", 4)
    time_left = once()

    assert not empty(s3, CITY, lambda: next(time_left))

    left = s3.list_object_versions(Bucket=CITY)
    assert len(left.get("Versions", [])) + len(left.get("DeleteMarkers", [])) == 10 - 4
    assert empty(s3, CITY, always)
