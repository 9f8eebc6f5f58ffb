"""Parquet files, whose columns have types already."""

from pathlib import Path

import duckdb
from sqlglot import exp

from citylake.errors import DatasetInvalid
from citylake.lake.duck import connect
from lambdas.publish.reading.model import LINE, Heading, Hint, Progress, Texts, cell_column, silent
from lambdas.publish.sql import column, parquet, tree

_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
_NESTED = ("STRUCT", "MAP", "UNION", "JSON", "VARIANT")
_BYTES = ("BLOB", "BIT", "GEOMETRY")


def read_columnar(path: Path, table: Path, *, progress: Progress = silent) -> Texts:
    """Read a Parquet file into a table of texts that stand for its values exactly.

    NaN is no value, as it is for the programs that write it so.

    Args:
        path: the file.
        table: where the table is written.
        progress: told how many rows were read.

    Raises:
        DatasetInvalid: it is no Parquet file, or has a column of bytes.
    """
    with connect() as connection:
        try:
            read = connection.sql(exp.select("*").from_(parquet(str(path))).sql("duckdb"))
        except duckdb.Error as error:
            raise DatasetInvalid(f"{path.name} is no Parquet file: {error}") from error
        types = [str(kind) for kind in read.types]
        hints = [_hint(name, kind) for name, kind in zip(read.columns, types, strict=True)]
        line = exp.alias_(tree("row_number() OVER ()"), LINE, quoted=True)
        cells = [
            exp.alias_(_cell(column(name), kind, hint), cell_column(index), quoted=True)
            for index, (name, kind, hint) in enumerate(zip(read.columns, types, hints, strict=True))
        ]
        rows = exp.select(line, *cells).from_(parquet(str(path)))
        connection.sql(rows.sql("duckdb")).write_parquet(str(table), compression="lz4")
        counted = connection.execute(
            exp.select(tree("count(*)")).from_(parquet(str(table))).sql("duckdb")
        ).fetchone()
    count = counted[0] if counted else 0
    progress(count)
    return Texts(
        parquet=table,
        headings=tuple(map(Heading, read.columns, hints)),
        rows=count,
        format="Parquet",
    )


def _hint(name: str, kind: str) -> Hint:
    if kind == "VARCHAR[]":
        return Hint.TEXTS
    if kind.endswith("]") or kind.startswith(_NESTED):
        return Hint.JSON
    if kind.startswith(_BYTES):
        raise DatasetInvalid(
            f"column {name!r} holds {kind}, which is no type of a field; "
            "leave it out, or publish shapes as GeoJSON"
        )
    if kind.startswith(_NUMBERS):
        return Hint.NUMBER
    return Hint.BOOLEAN if kind == "BOOLEAN" else Hint.TEXT


def _cell(value: exp.Expr, kind: str, hint: Hint) -> exp.Expr:
    if hint in {Hint.TEXTS, Hint.JSON}:
        return tree("CASE WHEN :c IS NULL THEN NULL ELSE CAST(to_json(:c) AS VARCHAR) END", c=value)
    if kind in {"FLOAT", "DOUBLE"}:
        return tree("CASE WHEN isnan(:c) THEN NULL ELSE CAST(:c AS VARCHAR) END", c=value)
    return tree("CAST(:c AS VARCHAR)", c=value)
