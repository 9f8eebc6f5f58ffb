"""The figures that come with the project: one Parquet file a dataset, and where each came from."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from citylake.catalog import LeftOut, Receipt
from citylake.errors import SourceChanged

MANIFEST = "bundle.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """One dataset of the bundle.

    Attributes:
        id: id of the dataset.
        file: its Parquet file, beside the manifest.
        sha256: checksum of that file.
        records: records in it.
        records_in: records that the sources gave.
        receipts: where they came from.
        left_out: what is not in the file, and why.
    """

    id: str
    file: str
    sha256: str
    records: int
    records_in: int
    receipts: tuple[Receipt, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle holds, in the order in which it is harvested."""

    datasets: tuple[Bundled, ...] = ()


def read_manifest(folder: Traversable | None = None) -> Manifest:
    """Read what a bundle holds; nothing where there is no manifest.

    Raises:
        SourceChanged: the manifest is not one.
    """
    path = (folder or _here()) / MANIFEST
    if not path.is_file():
        return Manifest()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise SourceChanged(f"{path} is no manifest of a bundle: {error}") from error


def open_file(entry: Bundled, folder: Traversable | None = None) -> AbstractContextManager[Path]:
    """Give the path of a bundled file for as long as it is needed."""
    return as_file((folder or _here()) / entry.file)


def _here() -> Traversable:
    return files(__package__)
