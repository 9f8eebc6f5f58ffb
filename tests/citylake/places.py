"""Where a lake may lie: the same tests run over each of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3
from pyiceberg.catalog import Catalog as Tables

from citylake.catalog import Release
from citylake.datasets import NATIONAL, RECORD_ID, Dataset
from citylake.lake.read import Lake
from citylake.lake.records import read_records
from citylake.lake.s3 import open_bucket
from citylake.lake.store import FolderStore, Store
from citylake.lake.write import (
    Staged,
    Writer,
    open_folder_tables,
    open_glue_tables,
    staged_schema,
)
from tests.lakes import Rows, stage


class Place(Protocol):
    """Where a lake lies; every call opens it anew, as another process would.

    Attributes:
        work: a folder of this machine for staged files.
    """

    @property
    def work(self) -> Path: ...

    def store(self) -> Store: ...

    def tables(self) -> Tables: ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    path: Path
    work: Path

    def store(self) -> Store:
        return FolderStore(self.path)

    def tables(self) -> Tables:
        return open_folder_tables(self.path)


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the database that a deployment makes beside it."""

    name: str
    work: Path

    def make(self, database: str = "national") -> None:
        boto3.client("s3").create_bucket(Bucket=self.name)
        boto3.client("glue").create_database(DatabaseInput={"Name": database})

    def store(self) -> Store:
        return open_bucket(self.name)

    def tables(self) -> Tables:
        return open_glue_tables(self.name)


def publish(place: Place, dataset: Dataset, rows: Rows) -> Release:
    """Publish records, beginning the lake if it is not there."""
    writer = Writer(Lake(place.store()), place.tables())
    return writer.publish(dataset, Staged(parquet=stage(place.work, dataset, rows)))


def read(
    place: Place,
    release_id: str | None = None,
    dataset_id: str = "population",
    namespace: str = NATIONAL,
) -> list[tuple[Any, ...]]:
    """Every row that readers of a release see, in the order of the files."""
    lake = Lake(place.store())
    release = lake.release(dataset_id, release_id, namespace)
    names = (RECORD_ID, *staged_schema(release.dataset).names)
    return [tuple(row.values()) for row in read_records(lake, release, *names).to_pylist()]
