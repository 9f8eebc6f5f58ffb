"""The smallest Excel workbook: one sheet of Excel 2, which readers of ``.xls`` still take."""

import struct
from collections.abc import Sequence

Sheet = Sequence[Sequence[str | float]]
"""Rows of texts and numbers; an empty text is an empty cell."""

_BEGIN = struct.pack("<HHHH", 0x0009, 4, 0x0002, 0x0010)
_END = struct.pack("<HH", 0x000A, 0)
_PLAIN = b"\0\0\0"


def workbook(rows: Sheet) -> bytes:
    """Write a workbook of one sheet."""
    cells = (
        _cell(row, column, value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value != ""
    )
    return b"".join((_BEGIN, *cells, _END))


def _cell(row: int, column: int, value: str | float) -> bytes:
    where = struct.pack("<HH", row, column) + _PLAIN
    if isinstance(value, str):
        text = value.encode("latin-1")
        body = where + bytes([len(text)]) + text
        return struct.pack("<HH", 0x0004, len(body)) + body
    body = where + struct.pack("<d", value)
    return struct.pack("<HH", 0x0003, len(body)) + body
