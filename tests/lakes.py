"""Small real lakes for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from citylake.catalog import Release
from citylake.datasets import Dataset
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import Staged, Writer, open_folder_tables, staged_schema

Rows = Sequence[Mapping[str, Any]]


def stage(folder: Path, dataset: Dataset, rows: Rows) -> Path:
    """Write records as a staged file; keys of a row are columns (``location__lon`` for a point)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dataset.id}.staged.parquet"
    schema = staged_schema(dataset)
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(full, schema=schema), path)
    return path


def publish(home: Path, dataset: Dataset, rows: Rows) -> Release:
    """Publish records to the lake in ``home``, beginning it if it is not there."""
    lake = Lake(FolderStore(home))
    staged = Staged(parquet=stage(home.parent / f"{home.name}-staging", dataset, rows))
    return Writer(lake, open_folder_tables(home)).publish(dataset, staged)
