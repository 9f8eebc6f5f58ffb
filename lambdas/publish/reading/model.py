"""What every reader makes of a file: a table of texts, typed only as far as the file types it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

LINE = "line"
"""The column of the table of texts that says where in the file a row begins."""

_BATCH_CELLS = 400_000

Cell = str | None

Progress = Callable[[int], None]
"""Told now and then how many rows were read."""


def silent(_: int) -> None:
    """Tell nobody."""


class Hint(StrEnum):
    """What a format says of a column's values; the texts stand for them."""

    ANY = "any"  # a text file: the type is to be found out
    TEXT = "text"  # texts, of which only dates are told apart: JSON and spreadsheets have no dates
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "texts"  # a JSON list of texts
    JSON = "json"
    POINT = "point"  # longitude, blank, latitude: degrees, WGS 84
    SHAPE = "shape"  # WKB, hexadecimal


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as the file has it: its header (empty if it has none) and what it holds."""

    header: str
    hint: Hint = Hint.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A file that was read, as Parquet: ``line`` and the columns ``c0``, ``c1`` …, all text.

    Attributes:
        parquet: the table.
        headings: its columns.
        rows: how many there are.
        format: what the file is, for people (``CSV, divided by commas``).
        notes: what was odd about it, a sentence each.
    """

    parquet: Path
    headings: tuple[Heading, ...]
    rows: int
    format: str
    notes: tuple[str, ...] = ()


def cell_column(index: int) -> str:
    """Name a column of the table of texts."""
    return f"c{index}"


class TextsWriter:
    """Writes a table of texts; memory holds one batch.

    Args:
        path: the Parquet file.
        width: how many cells a row has.
        progress: told how many rows were written.
    """

    def __init__(self, path: Path, width: int, progress: Progress = silent) -> None:
        names = [cell_column(index) for index in range(width)]
        self._schema = pa.schema(
            [(LINE, pa.int64()), *((name, pa.string()) for name in names)],
        )
        self._width = width
        self._progress = progress
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")
        self._lines: list[int] = []
        # One flat list: a list per row would keep the garbage collector busy.
        self._cells: list[Cell] = []
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._flush()
        self._writer.close()

    def add(self, line: int, cells: Sequence[Cell]) -> None:
        """Write a row of exactly as many cells as there are columns."""
        self._lines.append(line)
        self._cells.extend(cells)
        if len(self._cells) >= _BATCH_CELLS:
            self._flush()

    def _flush(self) -> None:
        columns = [
            pa.array(self._cells[index :: self._width], pa.string()) for index in range(self._width)
        ]
        arrays = [pa.array(self._lines, pa.int64()), *columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self.rows += len(self._lines)
        self._progress(self.rows)
        self._lines.clear()
        self._cells.clear()
