"""Files as cities have them, and what becomes of them without a lake."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb

from citylake.datasets import Field
from lambdas.publish.prepare import prepare
from lambdas.publish.quarantine import Quarantine
from lambdas.publish.reading import Options

DURHAM = "America/New_York"


@dataclass(frozen=True)
class Made:
    """A file made ready."""

    fields: tuple[Field, ...]
    rows: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    notes: list[str]

    @property
    def types(self) -> dict[str, str]:
        """Types by field, as one asks for them."""
        return {
            field.name: f"{field.type}[]" if field.multivalued else str(field.type)
            for field in self.fields
        }

    def column(self, name: str) -> list[Any]:
        """The values of a column of the staged file."""
        return [row[name] for row in self.rows]


def make(
    folder: Path,
    body: str | bytes,
    *,
    types: Mapping[str, str] | None = None,
    missing: Sequence[str] = (),
    zone: str = DURHAM,
    options: Options | None = None,
) -> Made:
    """Make a file ready, and read what came of it; instants as UTC text."""
    path = folder / "file"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    working = folder / "working"
    working.mkdir(exist_ok=True)
    with Quarantine(working / "quarantine.jsonl") as quarantine:
        prepared = prepare(
            path,
            working,
            quarantine,
            zone=zone,
            types=types,
            missing=missing,
            options=options or Options(),
        )
    return Made(
        fields=prepared.fields,
        rows=read_parquet(prepared.staged),
        bad=[json.loads(line) for line in quarantine.path.read_text().splitlines()],
        notes=[note.text for note in prepared.notes],
    )


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file in their order; instants as UTC text."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
        columns = ", ".join(
            f'CAST("{name}" AS VARCHAR)' if kind == "TIMESTAMP WITH TIME ZONE" else f'"{name}"'
            for name, kind, *_ in described
        )
        rows = connection.execute(f"SELECT {columns} FROM '{path}'").fetchall()
    return [dict(zip((name for name, *_ in described), row, strict=True)) for row in rows]


def csv_of(header: str, *values: str) -> str:
    """A file of one column, quoted where it must be."""
    cells = (f'"{value}"' if "," in value or not value else value for value in values)
    return "\n".join((header, *cells)) + "\n"


Cell = str | float | bool | None

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Day:
    """A date as a spreadsheet keeps it: days since 1899-12-30, shown as a date."""

    serial: float


def workbook(**sheets: Sequence[Sequence[Cell | Day]]) -> bytes:
    """The smallest XLSX file of some sheets."""
    body = BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", _STYLES)
        links = [
            f'<Relationship Id="s{number}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
            for number, _ in enumerate(sheets, start=1)
        ]
        links.append(f'<Relationship Id="st" Type="{_OFFICE}/styles" Target="styles.xml"/>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{"".join(links)}</Relationships>',
        )
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="s{number}"/>'
            for number, name in enumerate(sheets, start=1)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        )
        for number, rows in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(rows))
    return body.getvalue()


def _sheet(rows: Sequence[Sequence[Cell | Day]]) -> str:
    written = "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{written}</sheetData></worksheet>'


def _cell(where: str, value: Cell | Day) -> str:
    match value:
        case None:
            return ""
        case bool():
            return f'<c r="{where}" t="b"><v>{int(value)}</v></c>'
        case Day():
            return f'<c r="{where}" s="1"><v>{value.serial}</v></c>'
        case str():
            return f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{where}"><v>{value}</v></c>'
