"""Records of a release as a table in memory, for whoever makes other records of them.

They are read through the store and not by the engine: the functions that write carry what writes
Parquet anyway, and DuckDB's extension for S3 would not fit beside it.
"""

import pyarrow as pa
import pyarrow.parquet as pq

from citylake.catalog import Release
from citylake.datasets import RECORD_ID
from citylake.errors import LakeUnusable
from citylake.lake.read import Lake
from citylake.lake.store import Store, address


def read_records(lake: Lake, release: Release, *columns: str) -> pa.Table:
    """Read a release, in the order in which it is stored.

    Args:
        lake: where it lies.
        release: which; its files are held in memory while they are read.
        columns: of the lake, as the table shall have them; all but the record's name unless told.

    Raises:
        LakeUnusable: its files cannot be read.
    """
    store = lake.store_of(release.namespace)
    table = pa.concat_tables(_read(store, file.key, columns) for file in release.files)
    return table.select(columns) if columns else table.drop_columns([RECORD_ID])


def _read(store: Store, key: str, columns: tuple[str, ...]) -> pa.Table:
    held = store.get(key)
    if held is None:
        raise LakeUnusable(f"{address(store, key)} is gone; its release needs it")
    try:
        return pq.read_table(pa.BufferReader(held.body), columns=list(columns) or None)
    except pa.ArrowException as error:
        raise LakeUnusable(f"{address(store, key)} cannot be read: {error}") from error
