"""The XML parts of a workbook, and the text that stands in them."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
"""Namespace of SpreadsheetML."""

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

PACKAGE_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)

STYLES = (
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

PLAIN, DATE, INSTANT, _HEADING, _QUOTED = (f' s="{number}"' for number in range(5))
"""The styles as attributes of a cell."""

SHEET_TAIL = b"</sheetData></worksheet>"


def letters_of(number: int) -> str:
    """Name a column: A to Z, then AA and so on."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_ODD = re.compile("[&<>\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What stands for something else in a text's XML: markup, what XML cannot hold, and what Excel
would read as an escape."""

FORMULA_MARKS = ("=", "+", "-", "@")
"""Beginnings of what becomes a formula where it is typed in."""


def text_cell(cell: str, text: str, style: str = "") -> str:
    """A cell that holds a text; one that begins like a formula is marked as none.

    Args:
        cell: where it stands: ``A1``.
        text: at most as long as a cell.
        style: one of those above.
    """
    if not style and text.startswith(FORMULA_MARKS):
        style = _QUOTED
    space = ' xml:space="preserve"' if text != text.strip() else ""
    written = _ODD.sub(_written, text)
    return f'<c r="{cell}" t="inlineStr"{style}><is><t{space}>{written}</t></is></c>'


def _written(odd: re.Match[str]) -> str:
    mark = odd[0]
    return escape(mark) if mark in "&<>" else f"_x{ord(mark):04X}_"


def part_name(number: int) -> str:
    """Where a sheet stands in the archive; sheets are numbered from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_head(headings: Sequence[str]) -> bytes:
    """A sheet up to its records: the headings, which stay in view."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{min(max(len(text) + 2, 12), 40)}" '
        'customWidth="1"/>'
        for number, text in enumerate(headings, start=1)
    )
    cells = "".join(
        text_cell(f"{letters_of(number)}1", text, _HEADING) for number, text in enumerate(headings)
    )
    return (
        f'{_XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f'</sheetView></sheetViews><cols>{widths}</cols><sheetData><row r="1">{cells}</row>'
    ).encode(errors="replace")


def workbook(sheets: Sequence[str]) -> str:
    """The part that lists the sheets by their names."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    return (
        f'{_XML}<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
        f"</bookViews><sheets>{listed}</sheets></workbook>"
    )


def relations(sheets: int) -> str:
    """The part that says where the workbook's parts stand, for a number of sheets."""
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


def content_types(sheets: int) -> str:
    """The part that says what the others are, for a number of sheets."""
    listed = "".join(
        f'<Override PartName="/{part_name(number)}" ContentType="{_TYPE}.worksheet+xml"/>'
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
