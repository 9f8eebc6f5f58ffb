"""Workbooks of spreadsheets (XLSX): one sheet, its first row the header."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, WorksheetNotFound

from citylake.errors import DatasetInvalid
from lambdas.publish.quarantine import BadRow, Quarantine
from lambdas.publish.reading.delimited import ABOVE_HEADER
from lambdas.publish.reading.model import (
    Cell,
    Heading,
    Hint,
    Progress,
    Texts,
    TextsWriter,
    silent,
)

_Value = int | float | str | bool | time | date | datetime | timedelta
_LARGEST_WHOLE = 2**53


def read_workbook(
    path: Path,
    parquet: Path,
    quarantine: Quarantine,
    *,
    sheet_name: str = "",
    has_header: bool = True,
    progress: Progress = silent,
) -> Texts:
    """Read a sheet into a table of texts; dates and times are written in ISO's form.

    Args:
        path: the workbook.
        parquet: where the table is written.
        quarantine: takes rows above the header, and rows with cells beyond it.
        sheet_name: which sheet; the first one unless named.
        has_header: whether the first row names the columns.
        progress: told now and then how many rows were read.

    Raises:
        DatasetInvalid: it is no workbook, has no such sheet, or the sheet has no rows.
    """
    try:
        workbook = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise DatasetInvalid(f"{path.name} is no workbook that can be read: {error}") from error
    with workbook:
        sheet = _sheet(workbook, sheet_name)
        header = _find_header(sheet, has_header, quarantine)
        width = len(header.cells)
        hints = _hints(sheet, header.first, width)
        with TextsWriter(parquet, width, progress) as writer:
            for line, row in _rows(sheet, header.first):
                if any(_is_filled(value) for value in row[width:]):
                    quarantine.add(
                        BadRow(
                            line=line,
                            reason="has a cell beyond the last column that has a header",
                            row=[_text(value) for value in row],
                        )
                    )
                    continue
                cells = [_text(value) for value in row[:width]]
                writer.add(line, cells + [None] * (width - len(cells)))
    return Texts(
        parquet=parquet,
        headings=tuple(Heading(name, hint) for name, hint in zip(header.cells, hints, strict=True)),
        rows=writer.rows,
        format=f"workbook, sheet {sheet.name}",
        notes=header.notes,
    )


class _Header:
    """The names of the columns, and the number of the first line below them."""

    def __init__(self, cells: list[str], first: int, above: int) -> None:
        self.cells = cells
        self.first = first
        self.notes = (f"{above} lines above the header were set aside.",) if above else ()


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    if not workbook.sheet_names:
        raise DatasetInvalid("the workbook has no sheet")
    try:
        return workbook.get_sheet_by_name(name or workbook.sheet_names[0])
    except WorksheetNotFound as error:
        raise DatasetInvalid(
            f"the workbook has no sheet {name!r}; its sheets are {', '.join(workbook.sheet_names)}"
        ) from error


def _find_header(sheet: CalamineSheet, has_header: bool, quarantine: Quarantine) -> _Header:
    widest = max((_filled(row) for _, row in _rows(sheet)), default=0)
    above = 0
    for line, row in _rows(sheet):
        if widest > 1 and _filled(row) <= 1:
            quarantine.add(
                BadRow(line=line, reason=ABOVE_HEADER, row=[_text(value) for value in row])
            )
            above += 1
            continue
        if not has_header:
            return _Header([""] * len(row), line, above)
        cells = [_text(value) or "" for value in row]
        while not cells[-1].strip():
            del cells[-1]
        return _Header(cells, line + 1, above)
    raise DatasetInvalid(f"sheet {sheet.name!r} has no rows; expected a header and rows below it")


def _rows(sheet: CalamineSheet, first: int = 1) -> Iterator[tuple[int, Sequence[_Value]]]:
    """The rows that are not blank, from a line on."""
    start = sheet.start[0] if sheet.start else 0
    for line, row in enumerate(sheet.iter_rows(), start=start + 1):
        if line >= first and any(_is_filled(value) for value in row):
            yield line, row


def _hints(sheet: CalamineSheet, first: int, width: int) -> list[Hint]:
    """What each column holds: numbers or booleans alone, or else texts."""
    found: list[set[Hint]] = [set() for _ in range(width)]
    for _, row in _rows(sheet, first):
        for kinds, value in zip(found, row, strict=False):
            if _is_filled(value):
                kinds.add(_hint(value))
    return [kinds.pop() if len(kinds) == 1 else Hint.TEXT for kinds in found]


def _hint(value: _Value) -> Hint:
    if isinstance(value, bool):
        return Hint.BOOLEAN
    return Hint.NUMBER if isinstance(value, int | float) else Hint.TEXT


def _filled(row: Sequence[_Value]) -> int:
    return sum(_is_filled(value) for value in row)


def _is_filled(value: _Value) -> bool:
    return bool(value.strip()) if isinstance(value, str) else True


def _text(value: _Value) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) <= _LARGEST_WHOLE
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value) if not isinstance(value, str) else value or None
