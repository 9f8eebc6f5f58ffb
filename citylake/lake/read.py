"""Reading the lake: the catalog and the manifests, and nothing heavier."""

import contextlib
import hashlib
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from citylake import __version__
from citylake.attachments import Attachment, attachment_key
from citylake.catalog import Entry, Release, VersionedCatalog, read_catalog, read_manifest
from citylake.datasets import NATIONAL
from citylake.errors import LakeTooNew, LakeUnusable, PreconditionFailed, ReleaseNotFound
from citylake.lake.store import ABSENT, Store, address, check_key

FORMAT = 1
"""The layout of the lake that this version writes, and the newest that it reads."""

_MARK = "lake.json"


class LakeMark(msgspec.Struct, frozen=True):
    """What ``lake.json`` says: the layout, and which version of Citylake began it."""

    format: int
    written_by: str


class _HeldCatalog(NamedTuple):
    """A catalog, and when it was asked for."""

    catalog: VersionedCatalog
    read_at: float


class Lake:
    """The lake as readers see it. Safe to share between threads.

    Args:
        store: where the lake's objects lie: those of the nation, and of cities without their own.
        own: where a subscribed city keeps its own namespace; the same store unless given.
        hold_seconds: for how long a catalog that was read is taken as still the same. Readers
            see a release at most so much later.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        store: Store,
        own: Store | None = None,
        *,
        hold_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._own = own or store
        self._hold_seconds = hold_seconds
        self._clock = clock
        self._catalogs: dict[str, _HeldCatalog] = {}
        self._releases: dict[tuple[str, str, str], Release] = {}

    @property
    def roots(self) -> tuple[str, ...]:
        """The addresses below which all files of all releases lie."""
        return tuple(dict.fromkeys((self.store.root, self._own.root)))

    def store_of(self, namespace: str) -> Store:
        """Where the objects of a namespace lie."""
        return self.store if namespace == NATIONAL else self._own

    def check_format(self, namespace: str = NATIONAL) -> bool:
        """Say whether the lake has been begun where a namespace lies.

        Raises:
            LakeTooNew: a newer version of Citylake wrote it.
            LakeUnusable: ``lake.json`` is not what it should be.
        """
        store = self.store_of(namespace)
        held = store.get(_MARK)
        if held is None:
            return False
        try:
            mark = msgspec.json.decode(held.body, type=LakeMark)
        except msgspec.MsgspecError as error:
            raise LakeUnusable(f"{address(store, _MARK)} is no lake's mark: {error}") from error
        if mark.format > FORMAT:
            raise LakeTooNew(
                f"the lake in {store.root} has format {mark.format} (written by Citylake "
                f"{mark.written_by}); Citylake {__version__} reads up to {FORMAT}: "
                "update Citylake, or choose another folder with --home"
            )
        return True

    def begin(self, namespace: str = NATIONAL) -> None:
        """Mark the place where a namespace lies as a lake, if it is not one yet."""
        if not self.check_format(namespace):
            mark = msgspec.json.encode(LakeMark(FORMAT, __version__))
            with contextlib.suppress(PreconditionFailed):  # another writer began it just now
                self.store_of(namespace).put(_MARK, mark, if_match=ABSENT)

    def namespaces(self) -> list[str]:
        """The owners that have a catalog: ``national`` first, then GEOIDs of cities."""
        found = {
            namespace
            for store in (self.store, self._own)
            for key in store.keys("catalog/")
            if self.store_of(namespace := key.removeprefix("catalog/").removesuffix(".json"))
            is store
        }
        return sorted(found, key=lambda namespace: (namespace != NATIONAL, namespace))

    def catalog(self, namespace: str = NATIONAL) -> VersionedCatalog:
        """Read a namespace's catalog as it is now, or was at most ``hold_seconds`` ago."""
        held = self._catalogs.get(namespace)
        asked_at = self._clock()
        if held and asked_at - held.read_at < self._hold_seconds:
            return held.catalog
        read = read_catalog(self.store_of(namespace), namespace, held.catalog if held else None)
        self._catalogs[namespace] = _HeldCatalog(read, asked_at)
        return read

    def entry(self, dataset_id: str, namespace: str = NATIONAL) -> Entry:
        """Find what the catalog says of a dataset.

        Raises:
            DatasetNotFound: no dataset has this id.
        """
        return self.catalog(namespace).catalog.entry(dataset_id)

    def release(
        self, dataset_id: str, release_id: str | None = None, namespace: str = NATIONAL
    ) -> Release:
        """Read the manifest of a release that readers may see: the current one unless named.

        Raises:
            DatasetNotFound: no dataset has this id.
            ReleaseNotFound: the dataset never had this release.
        """
        entry = self.entry(dataset_id, namespace)
        wanted = release_id or entry.release
        if wanted not in entry.releases:
            raise ReleaseNotFound(
                f"dataset {dataset_id} has no release {wanted}; its newest is {entry.release}"
            )
        key = (namespace, dataset_id, wanted)
        if key not in self._releases:
            self._releases[key] = read_manifest(self.store_of(namespace), *key)
        return self._releases[key]

    def attachment(self, release: Release, attachment: Attachment) -> bytes:
        """Read a document beside a release.

        Raises:
            LakeUnusable: it is not there, or not as it was published.
        """
        store = self.store_of(release.namespace)
        key = attachment_key(release.namespace, release.dataset.id, attachment.sha256)
        held = store.get(key)
        if held is None or hashlib.sha256(held.body).hexdigest() != attachment.sha256:
            state = "is not there" if held is None else "is not what was published"
            raise LakeUnusable(f"{address(store, key)}, {attachment.filename}, {state}")
        return held.body

    def addresses(self, release: Release) -> list[str]:
        """The Parquet files of a release, as an engine opens them.

        Raises:
            LakeUnusable: the manifest names a file that is none of the lake's.
        """
        store = self.store_of(release.namespace)
        return [address(store, check_key(file.key)) for file in release.files]
