"""Shared libraries (ELF, 64 bits, little-endian) as far as a layer needs: whose they are, and less.

Source:
    System V ABI, chapter 4 "Object Files" and chapter 5 "Program Loading and Dynamic Linking";
    machine numbers from its register of ``e_machine`` values.
"""

from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple

AARCH64 = 183
X86_64 = 62

_MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
_HEADER = Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = Struct("<IIQQQQQQ")


class _Header(NamedTuple):
    """The file's first 64 bytes, by the names that the standard gives them, less their ``e_``."""

    ident: bytes
    type: int
    machine: int
    version: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    ehsize: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


def machine(path: Path) -> int | None:
    """The processor that a file is compiled for (``e_machine``); ``None`` if it is not compiled."""
    with path.open("rb") as file:
        header = _read_header(file)
    return header.machine if header else None


def strip(path: Path) -> int:
    """Cut off what is in a library for debuggers and linkers only; return the bytes it had.

    A loader maps the segments that the program headers name and reads nothing else. What lies
    behind the last of them are tables of symbols, debugging information and the section headers,
    which the header then no longer mentions. Being arithmetic, it works on any machine's libraries.
    """
    with path.open("r+b") as file:
        header = _read_header(file)
        if header is None:
            return 0
        end = header.phoff + header.phentsize * header.phnum
        for number in range(header.phnum):
            file.seek(header.phoff + header.phentsize * number)
            _, _, offset, _, _, length, _, _ = _SEGMENT.unpack(file.read(_SEGMENT.size))
            end = max(end, offset + length)
        before = path.stat().st_size
        if end >= before:
            return 0
        file.seek(0)
        file.write(_HEADER.pack(*header._replace(shoff=0, shnum=0, shstrndx=0)))
        file.truncate(end)
        return before - end


def _read_header(file: BinaryIO) -> _Header | None:
    held = file.read(_HEADER.size)
    if len(held) < _HEADER.size or not held.startswith(_MAGIC):
        return None
    return _Header(*_HEADER.unpack(held))
