"""A file made ready to be published: read, typed, converted; nothing is written to the lake yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from citylake.datasets import Field
from citylake.errors import DatasetInvalid
from lambdas.publish.convert import convert
from lambdas.publish.points import find_points
from lambdas.publish.quarantine import Quarantine
from lambdas.publish.reading import Options, read
from lambdas.publish.types import Base, Note, decide

_MEMORY_LIMIT = "1GB"
_PLAIN = Options()

Tell = Callable[[str], None]
"""Told what is being done, in words for people."""


def quiet(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A file whose rows are ready to be published.

    Attributes:
        staged: Parquet file of the values, in the file's order, as the lake stores them.
        fields: what they are.
        rows: how many there are.
        notes: what to know of them.
        format: what the file is, for people.
    """

    staged: Path
    fields: tuple[Field, ...]
    rows: int
    notes: tuple[Note, ...]
    format: str


def prepare(
    path: Path,
    working: Path,
    quarantine: Quarantine,
    *,
    zone: str,
    types: Mapping[str, str] | None = None,
    missing: Sequence[str] = (),
    options: Options = _PLAIN,
    tell: Tell = quiet,
) -> Prepared:
    """Read a file, decide the types of its columns, and convert its rows.

    Args:
        path: the file.
        working: an empty folder for what is made on the way, and for the result.
        quarantine: takes the rows that cannot be published.
        zone: IANA time zone of times without one.
        types: types by field name or header; the others are decided.
        missing: texts that mean that there is no value.
        options: how the file is read.
        tell: told what is being done.

    Raises:
        DatasetInvalid: the file is of no known format or has no good row, or a type is asked for
            that cannot be.
    """
    tell("read the file")
    made = read(
        path,
        working,
        quarantine,
        options=options,
        progress=lambda rows: tell(f"read {rows:,} rows"),
    )
    if not made.rows:
        raise DatasetInvalid(_no_rows(path, quarantine))
    staged = working / "staged.parquet"
    base = Base(made, missing, zone)
    try:
        with _engine(working) as connection:
            tell("decide types")
            decision = decide(connection, made, base, requested=types or {}, zone=zone)
            points, odd = find_points(connection, base, decision.columns)
            tell("convert")
            rows = convert(
                connection, base, decision.columns, points, staged=staged, quarantine=quarantine
            )
    except duckdb.Error as error:  # no room left, in memory or in the folder
        raise DatasetInvalid(f"{path.name} cannot be converted: {error}") from error
    if not rows:
        raise DatasetInvalid(_no_rows(path, quarantine))
    return Prepared(
        staged=staged,
        fields=(
            *(column.field for column in decision.columns),
            *(point.field for point in points),
        ),
        rows=rows,
        notes=(*(Note(text) for text in made.notes), *decision.notes, *odd),
        format=made.format,
    )


def _engine(working: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"memory_limit": _MEMORY_LIMIT, "temp_directory": str(working / "spill")}
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _no_rows(path: Path, quarantine: Quarantine) -> str:
    refused = quarantine.left_out()
    if not refused:
        return f"{path.name} has a header and no rows; expected at least one"
    first = refused[0]
    where = f" ({', '.join(first.examples)})" if first.examples else ""
    return (
        f"{path.name}: none of {quarantine.count:,} rows can be published; "
        f"{first.count:,} of them: {first.reason}{where}"
    )
