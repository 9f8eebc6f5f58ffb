"""Files in a bucket, as those see them who were sent to them."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import boto3
import pytest

from citylake.errors import LakeUnusable, QueryTooCostly
from citylake.lake.s3 import open_bucket
from lambdas.query.depot import PART_BYTES, S3Depot
from tests.s3 import environment_of, forget, serving

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "exports/0123/air.csv"
HEADERS = {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="air.csv"',
    "Content-Encoding": "gzip",
    "Cache-Control": "public",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Mapping[str, str]]:
    with serving() as address:
        yield environment_of(address)


@pytest.fixture
def s3(aws: Mapping[str, str]) -> Iterator["S3Client"]:
    """AWS's own client, to see what is really there."""
    client: S3Client = boto3.client(
        "s3",
        region_name=aws["AWS_REGION"],
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket="lake")
    yield client
    forget(aws["AWS_ENDPOINT_URL"])


@pytest.fixture
def depot(aws: Mapping[str, str], s3: "S3Client") -> S3Depot:
    return S3Depot(open_bucket("lake", aws))


def fetch(address: str, method: str = "GET") -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(address, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("length", [0, 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 7])
def test_a_file_is_fetched_by_its_address(depot: S3Depot, length: int) -> None:
    body = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    depot.keep(KEY, (body[at : at + 999_983] for at in range(0, length, 999_983)), HEADERS)
    fetched, headers = fetch(depot.address(KEY, "GET"))
    assert fetched == body
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["content-disposition"] == 'attachment; filename="air.csv"'
    assert headers["content-encoding"] == "gzip"
    assert fetch(depot.address(KEY, "HEAD"), "HEAD")[1]["content-length"] == str(length)


def test_an_address_ends_after_a_quarter_of_an_hour_and_is_of_one_method(depot: S3Depot) -> None:
    address = depot.address(KEY, "GET")
    assert "X-Amz-Expires=900" in address
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address
    assert (
        address.partition("Signature=")[2] != depot.address(KEY, "HEAD").partition("Signature=")[2]
    )


def test_a_file_is_there_once_it_is_whole(depot: S3Depot) -> None:
    seen: list[bool] = []

    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            seen.append(depot.holds(KEY))
            yield b"x" * PART_BYTES

    depot.keep(KEY, chunks(), HEADERS)
    assert seen == [False, False, False]
    assert depot.holds(KEY)


def test_a_file_that_fails_on_the_way_leaves_nothing(depot: S3Depot, s3: "S3Client") -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * (PART_BYTES + 1)
        yield b"x" * PART_BYTES
        raise QueryTooCostly("too much")

    with pytest.raises(QueryTooCostly, match="too much"):
        depot.keep(KEY, chunks(), HEADERS)
    assert not depot.holds(KEY)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")


def test_a_bucket_that_is_not_there_is_named(aws: Mapping[str, str]) -> None:
    with pytest.raises(LakeUnusable, match=r"cannot write s3://nowhere/exports/0123/air\.csv"):
        S3Depot(open_bucket("nowhere", aws)).keep(KEY, [b"x"], HEADERS)
