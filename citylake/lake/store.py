"""Objects under keys, with conditional puts: the one place that knows where bytes lie.

A key is a relative path with ``/`` (``catalog/national.json``). The folder form follows the rules
of S3: a put is all or nothing, an object's ETag changes when its bytes do, and a put may be bound
to the ETag that was read.
"""

import contextlib
import fcntl
import hashlib
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from citylake.errors import LakeUnusable, PreconditionFailed

ABSENT = ""
"""As ``if_match``: the object must not exist yet (S3's ``If-None-Match: *``)."""

_ATTEMPTS = 20
"""How often an object is replaced anew after another writer came first."""

_LONGEST_PAUSE = 1.0
"""Seconds that a writer waits at most before it tries again."""

_IMPOSSIBLE = re.compile(r"[\x00-\x1f\x7f]")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's bytes and the tag that changes with them."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Instead of an object: it still has the ETag that the asker knows."""


class Store(Protocol):
    """Where the lake's objects lie."""

    @property
    def root(self) -> str:
        """The address under which engines find the objects: a folder's path or ``s3://bucket/prefix``."""

    def get(self, key: str) -> StoredObject | None:
        """Read an object; ``None`` if there is none.

        Raises:
            LakeUnusable: the place cannot be read.
        """

    def get_changed(self, key: str, etag: str) -> StoredObject | Unchanged | None:
        """Read an object unless it still has this ETag (S3's ``If-None-Match``)."""

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        """Write an object and return its new ETag.

        Args:
            key: where.
            body: the whole object.
            if_match: the ETag that the object must still have, ``ABSENT`` if it must not exist,
                ``None`` to write in any case.

        Raises:
            PreconditionFailed: the object is not as ``if_match`` says; nothing was written.
            LakeUnusable: the place cannot be written.
        """

    def put_file(self, key: str, path: Path) -> None:
        """Write an object that is too large for memory, from a file of this machine.

        Raises:
            LakeUnusable: the place cannot be written.
        """

    def keys(self, prefix: str) -> Iterator[str]:
        """List the keys that begin with a prefix, in order."""

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is no error."""


def address(store: Store, key: str) -> str:
    """The address under which an engine opens an object of the store."""
    return f"{store.root}/{key}"


def replace_object(
    store: Store,
    key: str,
    change: Callable[[StoredObject | None], tuple[Value, bytes]],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[Value, str]:
    """Replace an object by what ``change`` makes of it, whoever else is writing.

    ``change`` is called again with the newer object when another writer came first, so it must do
    nothing but compute; it may raise to give up. Writers wait before they try again, each as long
    as chance says, so that many who began at once do not meet again and again.

    Args:
        store: where the object lies.
        key: its key.
        change: takes the object, ``None`` if there is none, and gives what it now says and the
            same as bytes.
        pause: waits, in seconds.

    Returns:
        What the object now says, and its new ETag.

    Raises:
        PreconditionFailed: other writers came first too many times; nothing was written.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            longest = min(_LONGEST_PAUSE, 0.01 * 2**attempt)
            pause(random.uniform(0, longest))  # noqa: S311 - no secret: only to spread the writers
        held = store.get(key)
        value, body = change(held)
        try:
            return value, store.put(key, body, if_match=held.etag if held else ABSENT)
        except PreconditionFailed:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def check_key(key: str) -> str:
    """Return a key as it is.

    Raises:
        LakeUnusable: it is no relative path, leads out of the lake, or has a second spelling.
    """
    if _IMPOSSIBLE.search(key) or {"", ".", ".."} & set(key.split("/")):
        raise LakeUnusable(
            f"key {key[:200]!r} leaves the lake or is no path; expected names joined by /"
        )
    return key


def check_prefix(prefix: str) -> str:
    """Return the beginning of keys as it is: nothing, or a key with or without a slash at its end.

    Raises:
        LakeUnusable: no key begins so.
    """
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


class FolderStore:
    """Objects as files in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    @property
    def root(self) -> str:
        """The folder's absolute path."""
        return str(self._folder)

    def get(self, key: str) -> StoredObject | None:
        """Read a file; ``None`` if there is none."""
        try:
            body = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LakeUnusable(f"cannot read {self._path(key)}: {error.strerror}") from error
        return StoredObject(body, _etag(body))

    def get_changed(self, key: str, etag: str) -> StoredObject | Unchanged | None:
        """Read a file, and say whether it is another than before."""
        held = self.get(key)
        return Unchanged() if held is not None and held.etag == etag else held

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        """Write beside the file's place, then rename: readers see the old one or the new."""
        path = self._path(key)
        with folder_lock(self._folder):
            if if_match is not None:
                held = self.get(key)
                if (held.etag if held else ABSENT) != if_match:
                    raise PreconditionFailed(
                        f"{key} is not as it was read: expected "
                        f"{if_match or 'no object'}, found {held.etag if held else 'no object'}"
                    )
            try:
                with _replacing(path) as file:
                    file.write(body)
            except OSError as error:
                raise _unwritable(path, error) from error
        return _etag(body)

    def put_file(self, key: str, path: Path) -> None:
        """Copy beside the object's place, then rename."""
        target = self._path(key)
        try:
            with path.open("rb") as source, _replacing(target) as file:
                shutil.copyfileobj(source, file)
        except OSError as error:
            raise _unwritable(target, error) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """List files whose key begins with a prefix; half-written ones are not objects."""
        folder = self._folder / check_prefix(prefix).rpartition("/")[0]
        found = (
            path.relative_to(self._folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        yield from sorted(key for key in found if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove a file, if it is there."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Let one process at a time change a folder; the system drops the lock of one that dies.

    Raises:
        LakeUnusable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("a")
    except OSError as error:
        raise _unwritable(folder, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unwritable(path: Path, error: OSError) -> LakeUnusable:
    return LakeUnusable(
        f"cannot write {path}: {error.strerror}; choose a folder that can be written"
    )


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of another once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".put-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
