"""Reading the lake: the catalog and the manifests, and nothing heavier."""

import contextlib

import msgspec

from citylake import __version__
from citylake.catalog import Entry, Release, VersionedCatalog, read_catalog, read_manifest
from citylake.datasets import NATIONAL
from citylake.errors import LakeTooNew, LakeUnusable, PreconditionFailed, ReleaseNotFound
from citylake.lake.store import ABSENT, Store, address

FORMAT = 1
"""The layout of the lake that this version writes, and the newest that it reads."""

_MARK = "lake.json"


class LakeMark(msgspec.Struct, frozen=True):
    """What ``lake.json`` says: the layout, and which version of Citylake began it."""

    format: int
    written_by: str


class Lake:
    """The lake as readers see it. Safe to share between threads.

    Args:
        store: where the lake's objects lie.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._catalogs: dict[str, VersionedCatalog] = {}
        self._releases: dict[tuple[str, str, str], Release] = {}

    def check_format(self) -> bool:
        """Say whether the lake has been begun.

        Raises:
            LakeTooNew: a newer version of Citylake wrote it.
            LakeUnusable: ``lake.json`` is not what it should be.
        """
        held = self.store.get(_MARK)
        if held is None:
            return False
        try:
            mark = msgspec.json.decode(held.body, type=LakeMark)
        except msgspec.MsgspecError as error:
            raise LakeUnusable(
                f"{address(self.store, _MARK)} is no lake's mark: {error}"
            ) from error
        if mark.format > FORMAT:
            raise LakeTooNew(
                f"the lake in {self.store.root} has format {mark.format} (written by Citylake "
                f"{mark.written_by}); Citylake {__version__} reads up to {FORMAT}: "
                "update Citylake, or choose another folder with --home"
            )
        return True

    def begin(self) -> None:
        """Mark the place as a lake, if it is not one yet."""
        if not self.check_format():
            mark = LakeMark(FORMAT, __version__)
            with contextlib.suppress(PreconditionFailed):  # another writer began it just now
                self.store.put(_MARK, msgspec.json.encode(mark), if_match=ABSENT)

    def namespaces(self) -> list[str]:
        """The owners that have a catalog: ``national`` first, then GEOIDs of cities."""
        found = [
            key.removeprefix("catalog/").removesuffix(".json")
            for key in self.store.keys("catalog/")
        ]
        return sorted(found, key=lambda namespace: (namespace != NATIONAL, namespace))

    def catalog(self, namespace: str = NATIONAL) -> VersionedCatalog:
        """Read a namespace's catalog as it is now."""
        read = read_catalog(self.store, namespace, self._catalogs.get(namespace))
        self._catalogs[namespace] = read
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
            self._releases[key] = read_manifest(self.store, *key)
        return self._releases[key]

    def addresses(self, release: Release) -> list[str]:
        """The Parquet files of a release, as an engine opens them."""
        return [address(self.store, file.key) for file in release.files]
