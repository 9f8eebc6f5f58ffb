"""Objects in a bucket of S3, or of what speaks as it does."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotModifiedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store as Client

from citylake.errors import LakeUnusable, PreconditionFailed
from citylake.lake.aws import Credentials, S3Place
from citylake.lake.store import ABSENT, StoredObject, Unchanged, check_key, check_prefix

if TYPE_CHECKING:
    from obstore import GetOptions, PutMode
    from obstore.store import S3Config, S3Credential

PART_BYTES = 8 << 20
"""Bytes of a part of a large file; S3 takes 10,000 of them, so 78 GiB."""

_LOOKED_AT_EVERY = timedelta(minutes=5)
_PARTS_AT_ONCE = 4
# What the client has no class for, it says in the words of S3's answer.
_NO_BUCKET = "NoSuchBucket"
_FORBIDDEN = "403 Forbidden"
_LONGEST_REASON = 300


def open_bucket(bucket: str, environment: Mapping[str, str] = os.environ) -> "S3Store":
    """Open a bucket with the environment's region and credentials; nothing is asked of it yet.

    What fails in passing is tried again for at most some seconds: whoever waits for the answer is a
    request that lives no longer than half a minute.

    Raises:
        LakeUnusable: the environment has no credentials or no region.
    """
    place = S3Place.from_environment(environment)
    Credentials.from_environment(environment)  # what is missing is told now, not by a request

    def credentials() -> "S3Credential":
        held = Credentials.from_environment(environment)
        return {
            "access_key_id": held.key_id,
            "secret_access_key": held.secret,
            "token": held.token or None,
            "expires_at": datetime.now(UTC) + _LOOKED_AT_EVERY,
        }

    config: S3Config = {
        "bucket": bucket,
        "region": place.region,
        "virtual_hosted_style_request": place.has_buckets_as_hosts,
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    client = Client(
        config=config,
        credential_provider=credentials,
        client_options={
            "allow_http": not place.is_encrypted,
            "connect_timeout": timedelta(seconds=3),
            "timeout": timedelta(seconds=20),
        },
        retry_config={
            "max_retries": 4,
            "retry_timeout": timedelta(seconds=20),
            "backoff": {
                "init_backoff": timedelta(milliseconds=50),
                "max_backoff": timedelta(seconds=2),
                "base": 2,
            },
        },
    )
    return S3Store(bucket, client)


class S3Store:
    """Objects in a bucket.

    To tell an object that is not there from one that may not be read, S3 wants the right to list
    the bucket (``s3:ListBucket``): whoever reads a lake needs it.

    Args:
        bucket: its name.
        client: of this bucket.
    """

    def __init__(self, bucket: str, client: Client) -> None:
        self.client = client
        self._bucket = bucket

    @property
    def root(self) -> str:
        """``s3://`` and the bucket's name."""
        return f"s3://{self._bucket}"

    def get(self, key: str) -> StoredObject | None:
        """Get an object; ``None`` if there is none."""
        with self._wording("read", key):
            return self._fetch(key)

    def get_changed(self, key: str, etag: str) -> StoredObject | Unchanged | None:
        """Get an object unless it still has this ETag: then S3 answers 304 and sends nothing."""
        with self._wording("read", key):
            try:
                return self._fetch(key, {"if_none_match": etag})
            except NotModifiedError:
                return Unchanged()

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        """Put an object in one request, which S3 takes whole or not at all.

        Where another put of the same key is under way, S3 says 409 and is asked again.
        """
        mode: PutMode
        if if_match is None:
            mode = "overwrite"
        elif if_match == ABSENT:
            mode = "create"
        else:
            mode = {"e_tag": if_match}
        with self._wording("write", key):
            try:
                made = obstore.put(
                    self.client, check_key(key), body, mode=mode, use_multipart=False
                )
            except (AlreadyExistsError, PreconditionError) as error:
                raise PreconditionFailed(
                    f"{key} is not as it was read: expected {if_match or 'no object'}"
                ) from error
        return made["e_tag"] or ABSENT

    def put_file(self, key: str, path: Path) -> None:
        """Put a file, in parts if it is large; memory holds four of them."""
        with self._wording("write", key), path.open("rb") as file:
            obstore.put(
                self.client,
                check_key(key),
                file,
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def keys(self, prefix: str) -> Iterator[str]:
        """List keys that begin with a prefix, in order, however many there are."""
        # The client lists whole folders; within one S3 keeps the order of keys.
        folder = check_prefix(prefix).rpartition("/")[0]
        with self._wording("list", prefix):
            for page in obstore.list(self.client, folder):
                for found in page:
                    if found["path"].startswith(prefix):
                        yield found["path"]

    def delete(self, key: str) -> None:
        """Delete an object, if it is there; a versioned bucket keeps what it was."""
        with self._wording("delete", key):
            obstore.delete(self.client, check_key(key))

    def _fetch(self, key: str, options: "GetOptions | None" = None) -> StoredObject | None:
        try:
            answer = obstore.get(self.client, check_key(key), options=options)
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise
            return None
        return StoredObject(bytes(answer.bytes()), answer.meta["e_tag"] or ABSENT)

    @contextmanager
    def _wording(self, what: str, key: str) -> Iterator[None]:
        """Word what goes wrong as the lake's errors, with what to do about it."""
        address = f"{self.root}/{key}"
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise self._denied(what, address) from error
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise self._no_bucket(what, address) from error
            raise LakeUnusable(f"cannot {what} {address}: {_first_line(error)}") from error
        except (BaseError, OSError, ValueError) as error:
            if _NO_BUCKET in str(error):
                raise self._no_bucket(what, address) from error
            if _FORBIDDEN in str(error):
                raise self._denied(what, address) from error
            raise LakeUnusable(
                f"cannot {what} {address}: {_first_line(error)}; check the region, the endpoint "
                "and the network"
            ) from error

    @staticmethod
    def _denied(what: str, address: str) -> LakeUnusable:
        return LakeUnusable(
            f"cannot {what} {address}: access is denied; check the credentials, and that their "
            "role may do this with the object and list the bucket"
        )

    def _no_bucket(self, what: str, address: str) -> LakeUnusable:
        return LakeUnusable(
            f"cannot {what} {address}: there is no bucket {self._bucket}; check its name and the "
            "account, or deploy the lake"
        )


def _first_line(error: Exception) -> str:
    """What a client says, without the request that it prints after it."""
    return (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST_REASON]
