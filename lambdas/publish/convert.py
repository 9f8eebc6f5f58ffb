"""Texts turned into the values of their fields; rows whose values are refused are set aside."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from citylake.datasets import Field, FieldType, lat_column, lon_column
from lambdas.publish.points import Point
from lambdas.publish.quarantine import BadRow, Quarantine
from lambdas.publish.reading.model import LINE, cell_column
from lambdas.publish.sql import column, tree
from lambdas.publish.types import Base, Column, meant_column

_BATCH_ROWS = 10_000
_AS_WRITTEN = {FieldType.TEXT, FieldType.FILE, FieldType.JSON_BLOB}


def convert(
    connection: duckdb.DuckDBPyConnection,
    base: Base,
    columns: Sequence[Column],
    points: Sequence[Point],
    *,
    staged: Path,
    quarantine: Quarantine,
) -> int:
    """Write the values as the lake stores them, in the file's order, and return how many rows.

    Only a column whose type was asked for can have values that do not fit.

    Args:
        connection: the engine that converts.
        base: the table of texts.
        columns: what its columns are.
        points: fields that are made of two columns.
        staged: the Parquet file that is written.
        quarantine: takes the rows whose values do not fit.
    """
    indexes = [found.index for found in columns]
    misfits = {found.index: _misfit(base, found) for found in columns if found.can_fail}
    _set_aside(connection, base, columns, misfits, quarantine)
    values = [
        exp.alias_(value, name, quoted=True)
        for found in columns
        for name, value in zip(_stored(found.field), _values(base, found), strict=True)
    ]
    values += [
        exp.alias_(value, name, quoted=True)
        for point in points
        for name, value in _degrees(base, point)
    ]
    rows = exp.select(*values).from_(base.rows(indexes).subquery("meant"))
    if misfits:
        rows = rows.where(exp.or_(*misfits.values()).not_())
    connection.sql(rows.sql("duckdb")).write_parquet(str(staged), compression="zstd")
    counted = connection.execute(
        exp.select(tree("count(*)")).from_(tree("read_parquet(:p)", p=str(staged))).sql("duckdb")
    ).fetchone()
    return counted[0] if counted else 0


def _misfit(base: Base, found: Column) -> exp.Expr:
    return tree(
        "(:t IS NOT NULL AND NOT :fits)",
        t=column(meant_column(found.index)),
        fits=base.of(found.form.how.fits, found.index),
    )


def _values(base: Base, found: Column) -> Iterator[exp.Expr]:
    """The values of a column; texts keep their blanks unless they are nothing else."""
    meant = column(meant_column(found.index))
    for template in found.form.how.values:
        value = base.of(template, found.index)
        if found.field.type in _AS_WRITTEN and not found.field.multivalued:
            value = column(cell_column(found.index))
        yield tree("CASE WHEN :t IS NULL THEN NULL ELSE :v END", t=meant, v=value)


def _stored(field: Field) -> tuple[str, ...]:
    if field.type is FieldType.GEO_POINT:
        return lon_column(field.name), lat_column(field.name)
    return (field.name,)


def _degrees(base: Base, point: Point) -> Iterator[tuple[str, exp.Expr]]:
    """Longitude and latitude of a point; both are null where one is."""
    (lon,), (lat,) = tuple(_values(base, point.lon)), tuple(_values(base, point.lat))
    for name, value, other in (
        (lon_column(point.field.name), lon, lat),
        (lat_column(point.field.name), lat, lon),
    ):
        yield (
            name,
            tree("CASE WHEN :o IS NULL THEN NULL ELSE CAST(:v AS DOUBLE) END", o=other, v=value),
        )


def _set_aside(
    connection: duckdb.DuckDBPyConnection,
    base: Base,
    columns: Sequence[Column],
    misfits: dict[int, exp.Expr],
    quarantine: Quarantine,
) -> None:
    """Put every row with a value that does not fit into quarantine, naming the first of them."""
    if not misfits:
        return
    guilty = exp.case()
    for index, misfit in misfits.items():
        guilty = guilty.when(misfit.copy(), exp.Literal.number(index))
    cells = [column(cell_column(found.index)) for found in columns]
    rows = (
        exp.select(column(LINE), exp.alias_(guilty, "guilty"), *cells)
        .from_(base.rows([found.index for found in columns]).subquery("meant"))
        .where(exp.or_(*(misfit.copy() for misfit in misfits.values())))
    )
    by_index = {found.index: found for found in columns}
    answer = connection.execute(rows.sql("duckdb"))
    while batch := answer.fetchmany(_BATCH_ROWS):
        for line, index, *row in batch:
            found = by_index[index]
            quarantine.add(
                BadRow(
                    line=line,
                    column=found.header,
                    value=row[columns.index(found)],
                    reason=f"is not of type {found.form.type_name} ({found.form.name})",
                    row=row,
                )
            )
