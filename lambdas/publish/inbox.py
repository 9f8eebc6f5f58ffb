"""Where files of a city's staff arrive: they are sent to storage itself, by a signed address."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from citylake.errors import LakeUnusable
from citylake.lake.aws import S3Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SIGNED_SECONDS = 3_600
"""How long an address takes a file."""

CONTENT_TYPE = "application/octet-stream"
"""What every file is sent as: what it is, its bytes say."""


@dataclass(frozen=True, slots=True)
class SignedPut:
    """How a file is sent.

    Attributes:
        url: where, by PUT.
        headers: what must be said with it; the address takes nothing else.
    """

    url: str
    headers: dict[str, str]


class Inbox(Protocol):
    """Where files arrive."""

    def address(self, key: str, size: int) -> SignedPut:
        """An address that takes one file of exactly so many bytes, for an hour."""

    def fetch(self, key: str, path: Path) -> None:
        """Bring a file that arrived.

        Raises:
            LakeUnusable: it cannot be read.
        """


def open_inbox(bucket: str, environment: Mapping[str, str] = os.environ) -> "S3Inbox":
    """Open the inbox of a bucket; nothing is asked of it yet.

    Args:
        bucket: its name.
        environment: where the region is read; endpoint and credentials are the process's own.

    Raises:
        LakeUnusable: the environment names no region.
    """
    place = S3Place.from_environment(environment)
    client = boto3.client(
        "s3",
        region_name=place.region,
        config=Config(
            signature_version="s3v4",
            # Otherwise an address would name no region, and S3 redirects what is sent to a bucket
            # that is new in another region than us-east-1: by then the file was sent in vain.
            s3={"addressing_style": "virtual" if place.has_buckets_as_hosts else "path"},
            # Otherwise the checksum of an empty body would be signed into the address.
            request_checksum_calculation="when_required",
        ),
    )
    return S3Inbox(client, bucket)


class S3Inbox:
    """Files in a bucket.

    Args:
        client: of S3, which signs by version 4.
        bucket: its name.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def address(self, key: str, size: int) -> SignedPut:
        """Sign a PUT together with the file's length and type."""
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ContentLength": size,
                "ContentType": CONTENT_TYPE,
            },
            ExpiresIn=SIGNED_SECONDS,
            HttpMethod="PUT",
        )
        return SignedPut(url, {"content-type": CONTENT_TYPE, "content-length": str(size)})

    def fetch(self, key: str, path: Path) -> None:
        """Download an object."""
        try:
            self._client.download_file(self._bucket, key, str(path))
        except (ClientError, BotoCoreError) as error:
            raise LakeUnusable(f"cannot read s3://{self._bucket}/{key}: {error}") from error
