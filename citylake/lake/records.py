"""Records of a release as a table in memory, for whoever makes other records of them."""

import pyarrow as pa
from sqlglot import exp

from citylake.catalog import Release
from citylake.datasets import RECORD_ID
from citylake.lake.duck import connect, reading
from citylake.lake.read import Lake


def read_records(lake: Lake, release: Release, *columns: str) -> pa.Table:
    """Read a release, in the order in which it is stored.

    Args:
        lake: where it lies.
        release: which.
        columns: of the lake, as the table shall have them; all but the record's name unless told.

    Raises:
        LakeUnusable: its files cannot be read.
    """
    files = exp.Array(
        expressions=[exp.Literal.string(address) for address in lake.addresses(release)]
    )
    wanted: list[exp.Expr] = [exp.column(name, quoted=True) for name in columns]
    if not wanted:
        wanted = [exp.Star(except_=[exp.to_identifier(RECORD_ID, quoted=True)])]
    statement = exp.select(*wanted).from_(exp.func("read_parquet", files, dialect="duckdb"))
    with connect(lake.roots) as connection, reading():
        return connection.execute(statement.sql("duckdb")).to_arrow_table()
