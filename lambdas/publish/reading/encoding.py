"""How a text file writes its letters, decided from all of it."""

import codecs
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 22

BOM = codecs.BOM_UTF8
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UTF16 = tuple(_UTF16)
"""How a file in UTF-16 begins."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text.

    Attributes:
        name: what people call it.
        codec: Python's name of it.
        errors: what becomes of bytes that are not written so.
    """

    name: str
    codec: str
    errors: str = "strict"


_AS_LATIN_1 = "citylake-as-latin-1"

UTF8 = Encoding("UTF-8", "utf-8")
LATIN_1 = Encoding("Latin-1", "latin-1")
WINDOWS_1252 = Encoding("Windows-1252", "cp1252", _AS_LATIN_1)
"""As browsers read it: the five bytes that it leaves open are Latin-1's."""


def to_utf8(path: Path, copy: Path) -> Path:
    """The file itself, or, if a mark says that it is UTF-16 (as Excel's Unicode text), a copy."""
    with path.open("rb") as file:
        codec = _UTF16.get(file.read(2))
    if codec is None:
        return path
    decode = codecs.getincrementaldecoder(codec)(errors="replace")
    with path.open("rb") as source, copy.open("wb") as target:
        source.seek(2)
        while block := source.read(_BLOCK):
            target.write(decode.decode(block).encode())
        target.write(decode.decode(b"", final=True).encode())
    return copy


def find_encoding(path: Path) -> Encoding:
    """Decide between UTF-8 and Windows-1252, the superset of Latin-1 that US offices write.

    Only lines with other than ASCII letters count. If at least half of them are UTF-8, the file is,
    and the others are broken; otherwise it is Windows-1252, in which every byte is a letter.
    """
    written, broken = 0, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            block += file.readline()
            if block.isascii():
                continue
            for line in block.split(b"\n"):
                if line.isascii():
                    continue
                try:
                    line.decode()
                    written += 1
                except UnicodeDecodeError:
                    broken += 1
    return WINDOWS_1252 if broken > written else UTF8


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_AS_LATIN_1, _as_latin_1)
