"""Addresses that take a file of a city's staff, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from citylake.errors import LakeUnusable
from lambdas.publish.inbox import S3Inbox, open_inbox

KEY = "inbox/20261123T061442Z-0/trees.csv"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Inbox]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="city")
        client.put_object(Bucket="city", Key=KEY, Body=b"id\n1\n")
        yield open_inbox("city", {"AWS_REGION": "us-east-1"})


def test_an_address_is_bound_to_length_type_and_an_hour(inbox: S3Inbox) -> None:
    put = inbox.address(KEY, 1_234)
    parts = urlsplit(put.url)
    query = parse_qs(parts.query)
    assert parts.path.endswith(f"/{KEY}")
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert query["X-Amz-Expires"] == ["3600"]
    assert put.headers == {"content-type": "application/octet-stream", "content-length": "1234"}


@pytest.mark.usefixtures("inbox")
def test_an_address_names_the_bucket_s_region() -> None:
    elsewhere = open_inbox("city", {"AWS_REGION": "us-west-2"})
    assert urlsplit(elsewhere.address(KEY, 1).url).netloc == "city.s3.us-west-2.amazonaws.com"


def test_a_file_that_arrived_is_fetched(inbox: S3Inbox, tmp_path: Path) -> None:
    inbox.fetch(KEY, tmp_path / "trees.csv")
    assert (tmp_path / "trees.csv").read_bytes() == b"id\n1\n"


def test_a_file_that_is_gone_is_named(inbox: S3Inbox, tmp_path: Path) -> None:
    with pytest.raises(LakeUnusable, match="cannot read s3://city/inbox/none"):
        inbox.fetch("inbox/none", tmp_path / "x")
