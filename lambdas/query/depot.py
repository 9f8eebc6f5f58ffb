"""Files that are fetched from storage itself: put there in parts, given out by signed addresses."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import obstore
from obstore.exceptions import BaseError

from citylake.errors import LakeUnusable
from citylake.lake.s3 import S3Store

if TYPE_CHECKING:
    from obstore import Attributes

SIGNED = timedelta(minutes=15)
"""How long a signed address opens a file. A download that has begun by then goes on."""

PART_BYTES = 16 << 20
"""Bytes of a part. S3 takes 10,000 of them: 156 GiB, more than a function lives to write."""

_DESCRIBING = ("Content-Type", "Content-Encoding", "Content-Disposition")


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

    What a process that was killed had sent of one stays until the bucket's rule for unfinished
    uploads removes it.

    Args:
        store: the bucket.
    """

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def holds(self, key: str) -> bool:
        """Ask for the object's head."""
        with self._wording("read", key):
            try:
                obstore.head(self._store.client, key)
            except FileNotFoundError:
                return False
            return True

    def keep(self, key: str, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Upload in parts, one at a time; S3 joins them when all are there."""
        described: Attributes = {name: headers[name] for name in _DESCRIBING if name in headers}
        # Not put(…, chunks): it must not be called again by what it asks for chunks.
        with (
            self._wording("write", key),
            obstore.open_writer(
                self._store.client,
                key,
                attributes=described,
                buffer_size=PART_BYTES,
                max_concurrency=1,
            ) as file,  # gives up the upload if anything fails inside
        ):
            for chunk in chunks:
                file.write(chunk)

    def address(self, key: str, method: str) -> str:
        """Sign an address; it is bound to the method."""
        signed: Literal["GET", "HEAD"] = "HEAD" if method == "HEAD" else "GET"
        with self._wording("sign", key):
            return obstore.sign(self._store.client, signed, key, SIGNED)

    @contextmanager
    def _wording(self, what: str, key: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:300]
            raise LakeUnusable(f"cannot {what} {self._store.root}/{key}: {reason}") from error
