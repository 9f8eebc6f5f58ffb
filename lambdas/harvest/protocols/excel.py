"""Sheets of old Excel workbooks (``.xls``), as the FBI published its tables."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import xlrd

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

_BLANKS = re.compile(r"\s+")
_BROKEN_WORD = re.compile(r"-\s+")
_MARKS = re.compile(r"[\d,\s]+$")
_NOTE = re.compile(r"(\d+)\s*(\D.*)")
_FOOTNOTE = re.compile(r"(?<=[A-Za-z)])\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcelSheet:
    r"""The first sheet of a workbook, with title lines above its header and notes below its data.

    Headers are compared without line breaks and footnote digits (``Violent\ncrime``, ``Arson3``).
    Whole numbers are handed on as such: ``2608``, not ``2608.0``.
    Lines that fill the first column alone are titles and notes, not records. A note begins with the
    digits by which cells refer to it: ``Mobile6``, ``Waukegan5,6``, ``ALABAMA3``.

    Attributes:
        address: where the workbook is.
        fields: the publisher's name of each wanted field, by our own.
        first_header: the header of the first column, by which the header line is found.
        noted: fields (by our own name) whose cells carry such digits. They are taken off, and the
            notes' texts stand in ``{field}_notes``.

    Raises (from ``pages``):
        SourceChanged: no workbook; no header line; a declared field is missing.
    """

    address: str
    fields: Mapping[str, str]
    first_header: str
    noted: tuple[str, ...] = ()

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the sheet's records, all at once: sheets of this kind hold 65,536 at most."""
        body = get(self.address).body
        try:
            sheet = xlrd.open_workbook(file_contents=body).sheet_by_index(0)
        except (xlrd.XLRDError, AssertionError, ValueError, IndexError) as error:
            raise SourceChanged(f"{self.address} is no Excel workbook: {error}") from error
        lines = [[_text(value) for value in sheet.row_values(row)] for row in range(sheet.nrows)]
        top = next((row for row, line in enumerate(lines) if line[0] == self.first_header), None)
        if top is None:
            raise SourceChanged(
                f"{self.address} has no line that begins with {self.first_header!r}"
            )
        header = [_FOOTNOTE.sub("", _BROKEN_WORD.sub("-", name)) for name in lines[top]]
        where = positions(self.fields, header, self.address)
        below = lines[top + 1 :]
        notes = _notes(line[0] for line in below if not any(line[1:]))
        yield [
            self._record({ours: line[place] for ours, place in where.items()}, notes)
            for line in below
            if any(line[1:])
        ]

    def _record(self, record: dict[str, str], notes: Mapping[str, str]) -> Record:
        for name in self.noted:
            mark = _MARKS.search(record[name])
            referred = re.findall(r"\d+", mark[0]) if mark else []
            unknown = [number for number in referred if number not in notes]
            if unknown:
                raise SourceChanged(
                    f"{self.address}: {record[name]!r} refers to note {', '.join(unknown)}, "
                    "which is not below the table"
                )
            record[name] = _MARKS.sub("", record[name])
            record[f"{name}_notes"] = " ".join(notes[number] for number in referred)
        return record


def _notes(lines: Iterable[str]) -> Mapping[str, str]:
    found = (_NOTE.fullmatch(line) for line in lines)
    return {note[1]: note[2] for note in found if note}


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _BLANKS.sub(" ", str(value)).strip()
