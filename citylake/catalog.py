"""The catalog: which release of which dataset readers see.

One JSON object per namespace, ``catalog/{namespace}.json``, replaced as a whole by a conditional
put. Its ETag is the catalog's version. A release is visible from the moment the catalog names it;
whatever else a writer left behind is not.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import msgspec

from citylake.attachments import Attachment
from citylake.datasets import Dataset, Visibility
from citylake.errors import DatasetNotFound, LakeUnusable, ReleaseNotFound
from citylake.lake.store import ABSENT, Store, StoredObject, Unchanged, replace_object

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where the bytes of a release came from.

    Attributes:
        publisher: who released them.
        address: where the publisher keeps them.
        vintage: edition, as the publisher names it.
        sha256: checksum of the bytes that were read.
        retrieved_on: day on which they were read, ISO.
        license: terms under which they may be restated.
        copied_from: the public copy that was read, where it was not the publisher's own address.
        raw_key: where the lake keeps the bytes; empty where the checksum stands for them.
        records: records that these bytes gave.
        note: what was odd about them.
    """

    publisher: str
    address: str
    vintage: str
    sha256: str
    retrieved_on: str
    license: str
    copied_from: str = ""
    raw_key: str = ""
    records: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found.

    Attributes:
        name: which check.
        passed: whether it held.
        notes: what was measured, and against what.
        blocking: whether a failure keeps the release from being published.
    """

    name: str
    passed: bool
    notes: str
    blocking: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Records that were not published, and why.

    Attributes:
        reason: why, in words that people read.
        count: how many.
        examples: some of them, as the publisher writes them.
    """

    reason: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One immutable Parquet file of a release.

    Attributes:
        key: where it lies in the store.
        records: rows in it.
        size: bytes.
        lower: smallest value of the table's first key field in it, as text; ``None`` if unknown.
        upper: largest, likewise.
    """

    key: str
    records: int
    size: int
    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One published state of a dataset, as its manifest keeps it: immutable, citable, restorable.

    Attributes:
        id: ``20261123T061442Z-3fa9c1``: the instant it was written, and six digits of the snapshot.
        snapshot_id: the Iceberg snapshot that holds the same rows.
        files: what an engine reads.
        previous: id of the release it replaced; empty for the first.
        attachments: documents beside it.
    """

    id: str
    namespace: str
    dataset: Dataset
    snapshot_id: int
    published_at: str
    records_count: int
    files: tuple[DataFile, ...]
    receipts: tuple[Receipt, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    previous: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the catalog says of one dataset.

    Attributes:
        dataset: description, as of the current release.
        releases: ids of every release that readers ever saw, the current one first.
        grants: GEOIDs with whom a shared dataset is shared: keys made out to them read it.
    """

    dataset: Dataset
    releases: tuple[str, ...]
    records_count: int
    published_at: str
    visibility: Visibility = Visibility.PUBLIC
    grants: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """Id of the current release."""
        return self.releases[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every dataset of a namespace, by id, in order of id.

    Attributes:
        awaited: datasets that this lake could ask of their publishers and does not hold yet:
            descriptions without a release.
    """

    namespace: str
    datasets: Mapping[str, Entry] = field(default_factory=dict)
    awaited: tuple[Dataset, ...] = ()

    def entry(self, dataset_id: str) -> Entry:
        """Find a dataset.

        Raises:
            DatasetNotFound: no dataset has this id.
        """
        try:
            return self.datasets[dataset_id]
        except KeyError:
            raise DatasetNotFound(f"The requested dataset {dataset_id} does not exist.") from None


class VersionedCatalog(NamedTuple):
    """A catalog and its version: the ETag it had when it was read."""

    catalog: Catalog
    version: str


def read_catalog(
    store: Store, namespace: str, known: VersionedCatalog | None = None
) -> VersionedCatalog:
    """Read a namespace's catalog; an empty one, of version ``ABSENT``, if there is none yet.

    ``known``, the catalog as it was read before, is returned as it is if it still holds.
    """
    key = _catalog_key(namespace)
    if known is not None and known.version != ABSENT:
        changed = store.get_changed(key, known.version)
        if isinstance(changed, Unchanged):
            return known
    else:
        changed = store.get(key)
    if changed is None:
        return VersionedCatalog(Catalog(namespace=namespace), ABSENT)
    return VersionedCatalog(_decode(changed.body, Catalog, key), changed.etag)


def update_catalog(
    store: Store,
    namespace: str,
    change: Callable[[Catalog], Catalog],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> VersionedCatalog:
    """Replace a namespace's catalog by what ``change`` makes of it.

    ``change`` is called again with the newer catalog when another writer came first, so it must do
    nothing but compute; it may raise to give up.

    Args:
        store: where the catalog lies.
        namespace: whose it is.
        change: makes the new one.
        pause: waits, in seconds.

    Raises:
        PreconditionFailed: other writers came first too many times; nothing was written.
    """
    key = _catalog_key(namespace)

    def changed(held: StoredObject | None) -> tuple[Catalog, bytes]:
        before = _decode(held.body, Catalog, key) if held else Catalog(namespace=namespace)
        after = change(before)
        return after, msgspec.json.format(msgspec.json.encode(after), indent=1)

    return VersionedCatalog(*replace_object(store, key, changed, pause=pause))


def write_manifest(store: Store, release: Release) -> None:
    """Keep a release's manifest for good.

    Raises:
        PreconditionFailed: a manifest of this id exists; it is never replaced.
    """
    body = msgspec.json.format(msgspec.json.encode(release), indent=1)
    store.put(
        _manifest_key(release.namespace, release.dataset.id, release.id), body, if_match=ABSENT
    )


def read_manifest(store: Store, namespace: str, dataset_id: str, release_id: str) -> Release:
    """Read a release's manifest.

    Raises:
        ReleaseNotFound: the dataset has no such release.
    """
    key = _manifest_key(namespace, dataset_id, release_id)
    held = store.get(key)
    if held is None:
        raise ReleaseNotFound(f"dataset {dataset_id} has no release {release_id}")
    return _decode(held.body, Release, key)


def _catalog_key(namespace: str) -> str:
    return f"catalog/{namespace}.json"


def _manifest_key(namespace: str, dataset_id: str, release_id: str) -> str:
    return f"releases/{namespace}/{dataset_id}/{release_id}.json"


def _decode(body: bytes, kind: type[Kind], key: str) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise LakeUnusable(f"{key} cannot be read: {error}") from error
