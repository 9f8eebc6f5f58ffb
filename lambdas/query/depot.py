"""Files that are fetched from storage itself: put there in parts, given out by signed addresses."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from citylake.errors import LakeUnusable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

SIGNED_SECONDS = 900
"""How long a signed address opens a file. A download that has begun by then goes on."""

PART_BYTES = 8 << 20
"""Bytes of the first thousand parts of a file; the next are twice as large, and so on."""

_PARTS_OF_A_SIZE = 1_000
_MISSING = frozenset({"404", "NoSuchKey"})
_SAID = {
    "Content-Type": "ContentType",
    "Content-Encoding": "ContentEncoding",
    "Content-Disposition": "ContentDisposition",
}

logger = logging.getLogger(__name__)


class Depot(Protocol):
    """Where files wait for those who were sent to them."""

    def holds(self, key: str) -> bool:
        """Whether there is a file, whole."""

    def keep(self, key: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Put a file there; nobody sees it before it is whole.

        Args:
            key: where.
            chunks: its bytes; memory holds some megabytes of them. If they fail, nothing is kept.
            headers: what HTTP says of it: content type, encoding and disposition count.

        Raises:
            LakeUnusable: the place cannot be written.
        """

    def address(self, key: str, method: str) -> str:
        """An address under which anybody may GET or HEAD the file, for a quarter of an hour."""


class S3Depot:
    """Files in a bucket.

    Args:
        client: of S3, which signs by version 4.
        bucket: its name.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def holds(self, key: str) -> bool:
        """Ask for the object's head."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                return False
            raise self._unusable("read", key, error) from error
        except BotoCoreError as error:
            raise self._unusable("read", key, error) from error
        return True

    def keep(self, key: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Upload in parts; a file of one part in one request."""
        parts = _parts(chunks)
        first = next(parts, b"")
        second = next(parts, None)
        said = {_SAID[name]: value for name, value in headers.items() if name in _SAID}
        try:
            if second is None:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=first, **said)  # type: ignore[arg-type]  # the stubs take no mapping of plain texts
                return
            upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=key, **said)  # type: ignore[arg-type]  # as above
        except (ClientError, BotoCoreError) as error:
            raise self._unusable("write", key, error) from error
        self._upload(key, upload["UploadId"], _chained(first, second, parts))

    def address(self, key: str, method: str) -> str:
        """Sign an address; it is bound to the method."""
        return self._client.generate_presigned_url(
            "head_object" if method == "HEAD" else "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=SIGNED_SECONDS,
        )

    def _upload(self, key: str, upload_id: str, parts: Iterator[bytes]) -> None:
        done: list[CompletedPartTypeDef] = []
        try:
            for number, part in enumerate(parts, 1):
                sent = self._client.upload_part(
                    Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=part
                )
                done.append({"PartNumber": number, "ETag": sent["ETag"]})
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": done},
            )
        except (ClientError, BotoCoreError) as error:
            self._abort(key, upload_id)
            raise self._unusable("write", key, error) from error
        except BaseException:
            self._abort(key, upload_id)
            raise

    def _abort(self, key: str, upload_id: str) -> None:
        try:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
        except (ClientError, BotoCoreError):  # the bucket's own rule removes what is left
            logger.exception("parts of s3://%s/%s stay for a while", self._bucket, key)

    def _unusable(self, what: str, key: str, error: Exception) -> LakeUnusable:
        return LakeUnusable(f"cannot {what} s3://{self._bucket}/{key}: {error}")


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join chunks into parts as large as S3 wants them; only the last one may be smaller."""
    held = bytearray()
    number = 0
    for chunk in chunks:
        held += chunk
        while len(held) >= (size := PART_BYTES << number // _PARTS_OF_A_SIZE):
            yield bytes(held[:size])
            del held[:size]
            number += 1
    if held:
        yield bytes(held)


def _chained(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest
