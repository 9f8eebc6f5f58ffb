"""XLSX: a workbook that is written as it is sent, without a file of its own on the way.

A workbook is a ZIP of XML parts. Nothing in a sheet refers forward, so sheets stream; what lists
them comes last. Each part stays below what needs ZIP64, which Excel wants repaired.

Source:
    ECMA-376, "Office Open XML File Formats", part 1, section 18 (SpreadsheetML).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from citylake.errors import QueryInvalid
from lambdas.query.exports import workbook_parts as parts
from lambdas.query.exports.archive import Sink
from lambdas.query.exports.table import Table, Values
from lambdas.query.exports.workbook_cells import CELL_CHARACTERS, Cells, cells_of

SHEET_ROWS = 1_048_576
"""Rows of a sheet, its header among them."""

SHEET_COLUMNS = 16_384
"""Columns of a sheet."""

PART_BYTES = 1_500_000_000
"""Bytes of a sheet after which it goes on to the next: beyond 2 GiB a part needs ZIP64."""

_PIECE_ROWS = 1_024
_LEVEL = 3
"""Of compression: half the time of the usual 6, for a file that is a tenth larger."""

_NOTES_KEPT = 1_000


def write_xlsx(table: Table) -> Iterator[bytes]:
    """Write a sheet with a header and a row per record, and further ones where it is full.

    Text stays text, whatever it begins with. A date is a date; an instant is what a clock in the
    request's time zone shows; one before March 1900, where spreadsheets disagree, is text, and so
    is an integer of more than 15 digits. A text that is longer than a cell is cut, says so at its
    end and is listed on a last sheet.

    Raises:
        QueryInvalid: there are more columns than a sheet has.
    """
    if len(table.columns) > SHEET_COLUMNS:
        raise QueryInvalid(
            f"ODSQL query cannot be written as xlsx: it has {len(table.columns)} columns, a sheet "
            f"{SHEET_COLUMNS}. Clause(s) containing the error(s): select."
        )
    sink = Sink()
    cut = _CutTexts()
    sheets: list[str] = []
    columns = [
        cells_of(column, parts.letters_of(number), table.request.list_separator, cut.cut)
        for number, column in enumerate(table.columns)
    ]
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        _add(archive, "_rels/.rels", parts.PACKAGE_RELATIONS)
        _add(archive, "xl/styles.xml", parts.STYLES)
        pieces = _pieces(table)
        piece = next(pieces, [])
        while piece or not sheets:
            sheets.append("Records" if not sheets else f"Records {len(sheets) + 1}")
            cut.sheet = sheets[-1]
            with archive.open(parts.part_name(len(sheets)), "w") as part:
                size = part.write(parts.sheet_head(table.headings))
                row = 2
                while piece and row <= SHEET_ROWS and size < PART_BYTES:
                    taken, piece = piece[: SHEET_ROWS + 1 - row], piece[SHEET_ROWS + 1 - row :]
                    size += part.write(_rows(columns, taken, row))
                    row += len(taken)
                    if chunk := sink.take():
                        yield chunk
                    piece = piece or next(pieces, [])
                part.write(parts.SHEET_TAIL)
        if cut.count:
            sheets.append("Cut texts")
            _add(archive, parts.part_name(len(sheets)), cut.as_sheet())
        _add(archive, "xl/workbook.xml", parts.workbook(sheets))
        _add(archive, "xl/_rels/workbook.xml.rels", parts.relations(len(sheets)))
        _add(archive, "[Content_Types].xml", parts.content_types(len(sheets)))
    yield sink.take()


def _add(archive: ZipFile, name: str, body: str | bytes) -> None:
    """Add a part without the time of day, so that the same records are the same bytes."""
    archive.writestr(ZipInfo(name), body, ZIP_DEFLATED, _LEVEL)


@dataclass(slots=True)
class _CutTexts:
    """The texts that were too long for a cell."""

    sheet: str = ""
    count: int = 0
    noted: list[tuple[str, str, int]] = field(default_factory=list)

    def cut(self, text: str, cell: str) -> str:
        """What a cell can hold of a text, and a note of what is missing."""
        units = text.encode("utf-16-le", "replace")
        length = len(units) // 2
        if length <= CELL_CHARACTERS:
            return text
        self.count += 1
        if len(self.noted) < _NOTES_KEPT:
            self.noted.append((self.sheet, cell, length))
        note = f" … [cut: {length:,} characters, of which a cell holds {CELL_CHARACTERS:,}]"
        kept = units[: 2 * (CELL_CHARACTERS - len(note))].decode("utf-16-le", "ignore")
        return kept + note

    def as_sheet(self) -> bytes:
        """A sheet that lists them."""
        rows = [
            (f"Texts that are longer than a cell: {self.count:,}", "", ""),
            ("The other formats hold them whole.", "", ""),
            *((sheet, cell, f"{length:,} characters") for sheet, cell, length in self.noted),
        ]
        if self.count > len(self.noted):
            rows.append((f"… and {self.count - len(self.noted):,} more", "", ""))
        made = (
            f'<row r="{number}">'
            + "".join(
                parts.text_cell(f"{letter}{number}", text)
                for letter, text in zip("ABC", row, strict=True)
                if text
            )
            + "</row>"
            for number, row in enumerate(rows, start=2)
        )
        return (
            parts.sheet_head(["Sheet", "Cell", "Length"])
            + "".join(made).encode()
            + parts.SHEET_TAIL
        )


def _pieces(table: Table) -> Iterator[list[Values]]:
    for batch in table.batches():
        for start in range(0, len(batch), _PIECE_ROWS):
            yield batch[start : start + _PIECE_ROWS]


def _rows(columns: Sequence[Cells], records: Sequence[Values], first: int) -> bytes:
    numbers = range(first, first + len(records))
    cells = [
        make(numbers, values)
        for make, values in zip(columns, zip(*records, strict=True), strict=True)
    ]
    rows = (
        f'<row r="{number}">{"".join(row)}</row>'
        for number, row in zip(numbers, zip(*cells, strict=True), strict=True)
    )
    return "".join(rows).encode(errors="replace")
