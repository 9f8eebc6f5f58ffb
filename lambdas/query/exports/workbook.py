"""XLSX: a workbook that is written as it is sent, without a file of its own on the way.

A workbook is a ZIP of XML parts. Nothing in a sheet refers forward, so sheets stream; what lists
them comes last. Each part stays below what needs ZIP64, which Excel wants repaired.

Source:
    ECMA-376, "Office Open XML File Formats", part 1, section 18 (SpreadsheetML).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from citylake.datasets import FieldType, Precision
from citylake.errors import QueryInvalid
from lambdas.query.exports.cells import cell_text
from lambdas.query.exports.table import Table, Values
from lambdas.query.plan import Column

SHEET_ROWS = 1_048_576
"""Rows of a sheet, its header among them."""

SHEET_COLUMNS = 16_384
"""Columns of a sheet."""

CELL_CHARACTERS = 32_767
"""Characters of a cell, in units of UTF-16."""

PART_BYTES = 1_500_000_000
"""Bytes of a sheet after which it goes on to the next: beyond 2 GiB a part needs ZIP64."""

_PIECE_ROWS = 1_024
_MOST_DIGITS = 999_999_999_999_999
"""Largest number of which a spreadsheet keeps every digit."""

_LEVEL = 3
"""Of compression: half the time of the usual 6, for a file that is a tenth larger."""

_NOTES_KEPT = 1_000

Cells = Callable[[range, Sequence[Any]], list[str]]
"""Makes a column's cells in rows of these numbers."""


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
    sink = _Sink()
    cut = _CutTexts()
    sheets: list[str] = []
    columns = [
        _cells(column, letters_of(number), table, cut)
        for number, column in enumerate(table.columns)
    ]
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.writestr("_rels/.rels", _RELATIONS_OF_PACKAGE)
        archive.writestr("xl/styles.xml", _STYLES)
        pieces = _pieces(table)
        piece = next(pieces, [])
        while piece or not sheets:
            sheets.append("Records" if not sheets else f"Records {len(sheets) + 1}")
            cut.sheet = sheets[-1]
            with archive.open(_part(len(sheets)), "w") as part:
                size = part.write(_sheet_head(table.headings))
                row = 2
                while piece and row <= SHEET_ROWS and size < PART_BYTES:
                    taken, piece = piece[: SHEET_ROWS + 1 - row], piece[SHEET_ROWS + 1 - row :]
                    size += part.write(_rows(columns, taken, row))
                    row += len(taken)
                    if chunk := sink.take():
                        yield chunk
                    piece = piece or next(pieces, [])
                part.write(_SHEET_TAIL)
        if cut.count:
            sheets.append("Cut texts")
            archive.writestr(_part(len(sheets)), cut.as_sheet())
        archive.writestr("xl/workbook.xml", _workbook(sheets))
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(len(sheets)))
        archive.writestr("[Content_Types].xml", _content_types(len(sheets)))
    yield sink.take()


class _Sink:
    """Holds what the archive has written until it is taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """What was written can still be taken."""

    def take(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held


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
                _text_cell(f"{letter}{number}", text)
                for letter, text in zip("ABC", row, strict=True)
                if text
            )
            + "</row>"
            for number, row in enumerate(rows, start=2)
        )
        return _sheet_head(["Sheet", "Cell", "Length"]) + "".join(made).encode() + _SHEET_TAIL


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


# Cells


def _cells(column: Column, letters: str, table: Table, cut: _CutTexts) -> Cells:
    """How the cells of a column are made; a missing value has none."""
    convert = cell_text(column, table.request.list_separator)

    def text(cell: str, value: object) -> str:
        said = str(value) if convert is None else convert(value)
        if 2 * len(said) > CELL_CHARACTERS:
            said = cut.cut(said, cell)
        return _text_cell(cell, said)

    make: Callable[[str, Any], str] = text
    if convert is None:
        match column.type:
            case FieldType.INT | FieldType.DOUBLE:
                make = _number_cell
            case FieldType.BOOLEAN:
                make = _boolean_cell
            case FieldType.DATE if column.precision is Precision.DAY:
                make = _date_cell
            case FieldType.DATETIME:
                make = _instant_cell

    def cells(numbers: range, values: Sequence[Any]) -> list[str]:
        return [
            "" if value is None else make(f"{letters}{number}", value)
            for number, value in zip(numbers, values, strict=True)
        ]

    return cells


_ODD = re.compile("[&<>\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What stands for something else in a text's XML: markup, what XML cannot hold, and what Excel
would read as an escape."""

_MAY_BE_READ_AS_FORMULA = ("=", "+", "-", "@")


def _text_cell(cell: str, text: str, style: str = "") -> str:
    if not style and text.startswith(_MAY_BE_READ_AS_FORMULA):
        style = ' s="4"'
    space = ' xml:space="preserve"' if text != text.strip() else ""
    written = _ODD.sub(_written, text)
    return f'<c r="{cell}" t="inlineStr"{style}><is><t{space}>{written}</t></is></c>'


def _written(odd: re.Match[str]) -> str:
    mark = odd[0]
    return escape(mark) if mark in "&<>" else f"_x{ord(mark):04X}_"


def _number_cell(cell: str, value: float) -> str:
    if isinstance(value, int) and abs(value) > _MOST_DIGITS:
        return _text_cell(cell, str(value), _PLAIN)
    return f'<c r="{cell}"><v>{value!r}</v></c>'


def _boolean_cell(cell: str, value: bool) -> str:
    return f'<c r="{cell}" t="b"><v>{int(value)}</v></c>'


_PLAIN = ' s="0"'
_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1).toordinal() - _DAY_ZERO
_DAY_SECONDS = 86_400


def _date_cell(cell: str, value: str) -> str:
    days = date.fromisoformat(value).toordinal() - _DAY_ZERO
    if days < _FIRST_DAY:
        return _text_cell(cell, value)
    return f'<c r="{cell}" s="1"><v>{days}</v></c>'


def _instant_cell(cell: str, value: str) -> str:
    moment = datetime.fromisoformat(value)
    days = moment.toordinal() - _DAY_ZERO
    if days < _FIRST_DAY:
        return _text_cell(cell, value)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return f'<c r="{cell}" s="2"><v>{days + seconds / _DAY_SECONDS!r}</v></c>'


def letters_of(number: int) -> str:
    """Name a column: A to Z, then AA and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# Parts

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_RELATIONS_OF_PACKAGE = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)

_STYLES = (
    f'{_XML}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
"""Styles by number: 0 as it comes, 1 a date, 2 an instant, 3 a heading, 4 a text that begins like a
formula and must not become one when it is edited."""

_HEADING = ' s="3"'
_SHEET_TAIL = b"</sheetData></worksheet>"


def _part(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _sheet_head(headings: Sequence[str]) -> bytes:
    """A sheet up to its records: the headings, which stay in view."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{min(max(len(text) + 2, 12), 40)}" '
        'customWidth="1"/>'
        for number, text in enumerate(headings, start=1)
    )
    cells = "".join(
        _text_cell(f"{letters_of(number)}1", text[:CELL_CHARACTERS], _HEADING)
        for number, text in enumerate(headings)
    )
    return (
        f'{_XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'</sheetView></sheetViews><cols>{widths}</cols><sheetData><row r="1">{cells}</row>'
    ).encode(errors="replace")


def _workbook(sheets: Sequence[str]) -> str:
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    return (
        f'{_XML}<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
        f"</bookViews><sheets>{listed}</sheets></workbook>"
    )


def _relations(sheets: int) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}'
        f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )


def _content_types(sheets: int) -> str:
    listed = "".join(
        f'<Override PartName="/{_part(number)}" ContentType="{_TYPE}.worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{listed}</Types>'
    )
