"""Records as staged files: the form in which the lake's one write path takes them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from citylake.datasets import Dataset
from citylake.errors import DatasetInvalid
from citylake.lake.write import staged_schema
from lambdas.harvest.model import Row

_COMPRESSION_LEVEL = 9  # 19 saves a tenth of the bytes for twenty times the seconds
_RECORDS_PER_GROUP = 1_000_000


def to_table(dataset: Dataset, rows: Sequence[Row]) -> pa.Table:
    """Put records into the dataset's columns, in the order of its key.

    Raises:
        DatasetInvalid: a record has a column that the dataset lacks, or a value of another type.
    """
    schema = staged_schema(dataset)
    known = set(schema.names)
    for row in rows:
        if not row.keys() <= known:
            raise DatasetInvalid(
                f"dataset {dataset.id} has no column {', '.join(sorted(row.keys() - known))}; "
                f"its columns are {', '.join(schema.names)}"
            )
    try:
        columns = [
            pa.array([row.get(column.name) for row in rows], type=column.type) for column in schema
        ]
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DatasetInvalid(f"dataset {dataset.id}: {error}") from error
    table = pa.Table.from_arrays(columns, schema=schema)
    return table.sort_by([(name, "ascending") for name in dataset.key]) if dataset.key else table


def write_staged(table: pa.Table, path: Path) -> str:
    """Write a small Parquet file, the same bytes for the same records, and return its checksum."""
    pq.write_table(
        table,
        path,
        use_dictionary=False,  # zstd alone makes files of a sixth less
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        row_group_size=_RECORDS_PER_GROUP,
        store_schema=False,
    )
    return checksum(path.read_bytes())


def read_staged(path: Path) -> pa.Table:
    """Read a staged file.

    Raises:
        DatasetInvalid: no Parquet file.
    """
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DatasetInvalid(f"{path} is no staged file: {error}") from error


def checksum(body: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()
