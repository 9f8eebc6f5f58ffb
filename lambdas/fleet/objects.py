"""A city's bucket as a whole: copied into the archive, or emptied for good.

Both work through a bucket of any size in turns: they stop when their time is up, and go on from
what they find when they are called again. Nothing is remembered but what lies in the buckets.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ErrorTypeDef

DERIVED = ("exports/", "cache/")
"""Prefixes of what was made from the rest, and is not worth keeping."""

INDEX = "index.jsonl"
_FILES = "files/"
_WORKERS = 16
_BATCH = 256
_LISTED_VERSIONS = 1_000  # as many as one deletion takes

_ABSENT = frozenset({"NoSuchBucket", "NoSuchKey", "404"})
_CHANGED = "PreconditionFailed"

TimeLeft = Callable[[], bool]
"""Says whether there is time for another batch."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How a copy stands.

    Attributes:
        done: whether every object of the city is in the archive as it is now.
        objects: how many of the city's objects there are.
        size: their bytes.
    """

    done: bool
    objects: int
    size: int


@dataclass(frozen=True, slots=True)
class _Object:
    key: str
    size: int
    etag: str
    modified: datetime


def copy_all(
    client: "S3Client", source: str, target: str, prefix: str, time_left: TimeLeft
) -> Copied:
    """Bring the copy of a bucket up to date, on the server's side.

    An object counts as copied if the archive's is of the same size and was written in a later
    second: the copy was then made of what is there now. When nothing is left to copy, an index of
    keys, sizes and ETags is written beside the copies, from a listing made after the last of them.

    Args:
        client: of S3.
        source: the city's bucket; one that is not there holds nothing.
        target: the archive's bucket.
        prefix: below which key the archive keeps it, with a slash at the end.
        time_left: asked before each batch.
    """
    wanted = {
        held.key: held for held in _listed(client, source) if not held.key.startswith(DERIVED)
    }
    size = sum(held.size for held in wanted.values())
    root = f"{prefix}{_FILES}"
    copies = {held.key.removeprefix(root): held for held in _listed(client, target, root)}
    missing = [held for held in wanted.values() if not _is_copy(copies.get(held.key), held)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        for start in range(0, len(missing), _BATCH):
            if not time_left():
                break
            batch = missing[start : start + _BATCH]
            list(pool.map(lambda held: _copy(client, source, target, root, held), batch))
    if not missing:
        lines = (
            json.dumps({"key": held.key, "size": held.size, "etag": held.etag})
            for held in wanted.values()
        )
        body = "".join(f"{line}\n" for line in lines).encode()
        client.put_object(Bucket=target, Key=f"{prefix}{INDEX}", Body=body)
    return Copied(done=not missing, objects=len(wanted), size=size)


def empty(client: "S3Client", bucket: str, time_left: TimeLeft) -> bool:
    """Remove every version of every object, every marker and every upload that was not finished.

    Returns:
        Whether the bucket is empty, or not there at all; if not, call again.
    """
    try:
        while time_left():
            page = client.list_object_versions(Bucket=bucket, MaxKeys=_LISTED_VERSIONS)
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if not found:
                return _abort_uploads(client, bucket, time_left)
            answer = client.delete_objects(
                Bucket=bucket,
                Delete={
                    "Objects": [
                        {"Key": held["Key"], "VersionId": held["VersionId"]} for held in found
                    ],
                    "Quiet": True,
                },
            )
            _check_deleted(bucket, answer.get("Errors", []))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return True
    return False


def remove_bucket(client: "S3Client", bucket: str) -> bool:
    """Delete a bucket that was emptied; say whether it is gone."""
    try:
        client.delete_bucket(Bucket=bucket)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "BucketNotEmpty":
            return False
        if code not in _ABSENT:
            raise
    return True


def bucket_exists(client: "S3Client", bucket: str) -> bool:
    """Say whether there is such a bucket."""
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return False
    return True


def _listed(client: "S3Client", bucket: str, prefix: str = "") -> Iterator[_Object]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            for held in page.get("Contents", []):
                yield _Object(held["Key"], held["Size"], held["ETag"], held["LastModified"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise


def _is_copy(copy: _Object | None, original: _Object) -> bool:
    # S3 tells times by the second: a copy of the same second may be of what was there before.
    return (
        copy is not None
        and copy.size == original.size
        and copy.modified - original.modified >= timedelta(seconds=1)
    )


def _copy(client: "S3Client", source: str, target: str, root: str, held: _Object) -> None:
    """Copy one object as it was listed; one that changed or went is left to the next turn."""
    try:
        client.copy(
            {"Bucket": source, "Key": held.key},
            target,
            f"{root}{held.key}",
            ExtraArgs={"CopySourceIfMatch": held.etag},
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in _ABSENT and code not in (_CHANGED, "412"):
            raise


def _check_deleted(bucket: str, errors: "Sequence[ErrorTypeDef]") -> None:
    if errors:
        first = errors[0]
        raise ClientError(
            {
                "Error": {
                    "Code": first.get("Code", ""),
                    "Message": f"{len(errors)} versions of {bucket} cannot be deleted, the first "
                    f"of them {first.get('Key')}: {first.get('Message', '')}",
                }
            },
            "DeleteObjects",
        )


def _abort_uploads(client: "S3Client", bucket: str, time_left: TimeLeft) -> bool:
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            if not time_left():
                return False
            client.abort_multipart_upload(
                Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
    return True
