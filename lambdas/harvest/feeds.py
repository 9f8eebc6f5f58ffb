"""Where the records of a run come from: one protocol, and the bundle as its first form."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

import msgspec

from citylake.catalog import LeftOut, Receipt
from citylake.datasets import Dataset
from citylake.errors import SourceChanged
from lambdas.harvest.bundle import Bundled, open_file, read_manifest
from lambdas.harvest.model import Connector
from lambdas.harvest.staging import checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A dataset's records as a feed hands them over.

    Attributes:
        parquet: the staged file; it lasts as long as the feed holds it open.
        fingerprint: what differs when the records do; equal ones mean no new release.
    """

    parquet: Path
    fingerprint: str
    receipts: tuple[Receipt, ...]
    left_out: tuple[LeftOut, ...]
    records_in: int


class Feed(Protocol):
    """Where the records of a run come from."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    def take(self, connector: Connector) -> AbstractContextManager[Taken]:
        """Hand the records over.

        Raises:
            SourceError: the records cannot be had.
            DatasetInvalid: they contradict the dataset's description.
        """


class BundleFeed:
    """The figures that come with the project.

    Args:
        folder: the bundle; the project's own unless told.
    """

    name = "bundle"

    def __init__(self, folder: Traversable | None = None) -> None:
        self._folder = folder
        self._entries = {entry.id: entry for entry in read_manifest(folder).datasets}

    @contextmanager
    def take(self, connector: Connector) -> Iterator[Taken]:
        """Hand over the bundled file, once its bytes are known to be the right ones."""
        entry = self._entry(connector.dataset)
        with open_file(entry, self._folder) as path:
            if not path.is_file() or checksum(path.read_bytes()) != entry.sha256:
                raise SourceChanged(
                    f"bundled file {entry.file} is missing or damaged; expected SHA-256 "
                    f"{entry.sha256}: install Citylake again, or make the bundle anew"
                )
            yield Taken(
                parquet=path,
                fingerprint=digest(entry.sha256, entry.receipts, entry.left_out),
                receipts=entry.receipts,
                left_out=entry.left_out,
                records_in=entry.records_in,
            )

    def _entry(self, dataset: Dataset) -> Bundled:
        try:
            return self._entries[dataset.id]
        except KeyError:
            raise SourceChanged(
                f"dataset {dataset.id} is not in the bundle, which has "
                f"{', '.join(self._entries) or 'nothing'}: harvest it with --from live"
            ) from None


def digest(*parts: object) -> str:
    """A checksum of values, the same for equal ones."""
    return sha256(msgspec.json.encode(parts)).hexdigest()
