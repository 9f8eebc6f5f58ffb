"""Text files divided by commas, semicolons, tabs or bars.

The rows are parted here, not by an engine, so that every bad row is known by its line and fails
alone: a quote that is never closed costs one line, not the rest of the file.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from citylake.errors import DatasetInvalid
from lambdas.publish.quarantine import BadRow, Quarantine
from lambdas.publish.reading.encoding import BOM, LATIN_1, Encoding, find_encoding, to_utf8
from lambdas.publish.reading.model import Heading, Progress, Texts, TextsWriter, silent

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

ABOVE_HEADER = "stands above the header"
NOT_UTF8 = "holds bytes that are not UTF-8, as the rest of the file is; kept here as Latin-1"

_SAMPLE_BYTES = 1 << 18
_SAMPLE_ROWS = 200
_MOST_LINES = 1_000
_LONGEST_CELL = 1 << 24

_REASONS = {
    "expected after": "text follows a closing quote",
    "unexpected end of data": "a quote is never closed",
    "new-line character": "a line break of another kind stands within the line",
    "field larger": f"a cell is longer than {_LONGEST_CELL:,} characters",
}
"""What is wrong, by a part of the csv module's message."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the file is divided, and how many cells most of its rows have."""

    delimiter: str
    width: int


def read_delimited(
    path: Path,
    parquet: Path,
    quarantine: Quarantine,
    *,
    has_header: bool = True,
    progress: Progress = silent,
) -> Texts:
    """Read a delimited file into a table of texts.

    The last cells of a row that are too many are dropped where all of them are blank, as some
    programs end every line with a comma. Blank lines are no rows.

    Args:
        path: the file.
        parquet: where the table is written; copies may be made beside it.
        quarantine: takes the bad rows.
        has_header: whether the first row names the columns.
        progress: told now and then how many rows were read.

    Raises:
        DatasetInvalid: the file has no rows.
    """
    csv.field_size_limit(_LONGEST_CELL)
    path = to_utf8(path, parquet.with_suffix(".utf8"))
    path = _with_line_feeds(path, parquet.with_suffix(".lines"))
    encoding = find_encoding(path)
    with path.open("rb") as file:
        _skip_bom(file)
        layout = _find_layout(file.read(_SAMPLE_BYTES), encoding)
        _skip_bom(file)
        rows = _Rows(file, encoding, layout.delimiter)
        headers, notes, first = _read_headers(rows, layout.width, quarantine, has_header)
        rows.width = len(headers)
        with TextsWriter(parquet, len(headers), progress) as writer:
            for row in first:
                writer.add(row.line, row.cells)
            for found in rows:
                if isinstance(found, _Row):
                    writer.add(found.line, found.cells)
                else:
                    quarantine.add(found)
    return Texts(
        parquet=parquet,
        headings=tuple(Heading(header) for header in headers),
        rows=writer.rows,
        format=f"text in {encoding.name}, divided by {DELIMITERS[layout.delimiter]}",
        notes=notes,
    )


class _Lines:
    """The lines of a file, which can be taken back.

    Attributes:
        taken: the lines of the row that is being read.
        number: how many lines lie before them.
        is_broken: whether one of them is not in the file's encoding.
    """

    def __init__(self, file: BinaryIO, encoding: Encoding) -> None:
        self._file = file
        self._encoding = encoding
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.number = 0
        self.is_broken = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == _MOST_LINES:
            raise csv.Error("unexpected end of data")
        line = self._again.popleft() if self._again else next(self._file)
        self.taken.append(line)
        try:
            return line.decode(self._encoding.codec, self._encoding.errors)
        except UnicodeDecodeError:
            self.is_broken = True
            return line.decode(LATIN_1.codec)

    def begin(self) -> None:
        """Begin another row."""
        self.number += len(self.taken)
        self.taken.clear()
        self.is_broken = False

    def take_back(self) -> None:
        """Leave the row its first line alone; the others are read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def text(self) -> str:
        """The row as it was found."""
        codec = LATIN_1 if self.is_broken else self._encoding
        body = b"".join(self.taken).rstrip(b"\r\n")
        return body.decode(codec.codec, codec.errors)


class _Rows:
    """The rows of a file, good and bad, in order.

    Attributes:
        width: how many cells a good row has; ``None`` for any number.
    """

    def __init__(self, file: BinaryIO, encoding: Encoding, delimiter: str) -> None:
        self.width: int | None = None
        self._lines = _Lines(file, encoding)
        self._delimiter = delimiter
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[_Row | BadRow]:
        lines, reader = self._lines, self._reader
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                lines.take_back()
                yield self._bad(_reason(error))
                continue
            if not cells:
                continue
            width = self.width
            if width is not None and len(cells) != width and not self._fit(cells, width):
                yield self._bad(f"has {len(cells)} cells; expected {width}")
            elif lines.is_broken:
                yield self._bad(NOT_UTF8)
            else:
                yield _Row(lines.number + 1, cells)

    def _fit(self, cells: list[str], width: int) -> bool:
        """Drop blank cells that are too many; say whether the row has the right width then.

        A row that swallowed the next one (a quote is open) gives it back.
        """
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
            return True
        if len(self._lines.taken) > 1 and self._is_row(self._lines.taken[1], width):
            self._lines.take_back()
        return False

    def _is_row(self, line: bytes, width: int) -> bool:
        text = line.decode(LATIN_1.codec)  # whose letters do not count here
        try:
            alone = csv.reader([text], delimiter=self._delimiter, strict=True)
            return [len(cells) for cells in alone] == [width]
        except csv.Error:
            return False

    def _bad(self, reason: str) -> BadRow:
        reason = NOT_UTF8 if self._lines.is_broken else reason
        return BadRow(line=self._lines.number + 1, reason=reason, row=self._lines.text())


def _read_headers(
    rows: _Rows, width: int, quarantine: Quarantine, has_header: bool
) -> tuple[list[str], tuple[str, ...], list[_Row]]:
    """Find the header below titles and the like: headers, notes, and rows read on the way."""
    above = 0
    for found in rows:
        if isinstance(found, BadRow):
            quarantine.add(found)
            continue
        cells = found.cells
        if width > 1 and sum(bool(cell.strip()) for cell in cells) <= 1:
            quarantine.add(BadRow(line=found.line, reason=ABOVE_HEADER, row=cells))
            above += 1
            continue
        notes = [f"{above} lines above the header were set aside."] if above else []
        if not has_header:
            return [""] * len(cells), tuple(notes), [found]
        if len(cells) == width - 1:
            notes.append("The first column has no header.")
            cells = ["", *cells]
        while len(cells) > max(width, 1) and not cells[-1].strip():
            del cells[-1]
        return cells, tuple(notes), []
    raise DatasetInvalid("the file has no rows; expected a header and at least one row below it")


def _find_layout(sample: bytes, encoding: Encoding) -> _Layout:
    """Take the delimiter by which most of the first rows get the same number of cells.

    A file that none of them divides has one column.
    """
    end = sample.rfind(b"\n") + 1
    body = sample[:end] if end else sample
    best = (0.0, 0)
    found = _Layout(",", 1)
    for delimiter in DELIMITERS:
        rows = islice(_Rows(BytesIO(body), encoding, delimiter), _SAMPLE_ROWS)
        widths = Counter(len(row.cells) if isinstance(row, _Row) else 0 for row in rows)
        ((width, count),) = widths.most_common(1) or [(0, 0)]
        score = (count / widths.total(), width)
        if width > 1 and score > best:
            best, found = score, _Layout(delimiter, width)
    return found


def _with_line_feeds(path: Path, copy: Path) -> Path:
    """The file itself, or a copy if its lines end as on an old Macintosh, by carriage returns."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
        if b"\n" in sample or b"\r" not in sample:
            return path
        with copy.open("wb") as target:
            target.write(sample.replace(b"\r", b"\n"))
            while block := file.read(_SAMPLE_BYTES):
                target.write(block.replace(b"\r", b"\n"))
    return copy


def _skip_bom(file: BinaryIO) -> None:
    file.seek(0)
    if file.read(len(BOM)) != BOM:
        file.seek(0)


def _reason(error: csv.Error) -> str:
    message = str(error)
    return next((reason for part, reason in _REASONS.items() if part in message), message)
