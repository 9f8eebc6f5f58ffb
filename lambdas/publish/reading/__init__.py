"""Files as cities have them, each read into a table of texts.

What a file is, its bytes say, not its name.
"""

import gzip
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

from citylake.errors import DatasetInvalid
from lambdas.publish.quarantine import Quarantine
from lambdas.publish.reading.delimited import read_delimited
from lambdas.publish.reading.model import Progress, Texts, silent

_SAMPLE_BYTES = 1 << 16

_REFUSED = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls); save it as .xlsx or CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<": "a web page or XML",
}
"""What people send by mistake, by its first bytes."""

FORMATS = "CSV, JSON lines, Parquet, GeoJSON or XLSX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person says of a file.

    Attributes:
        has_header: whether the first row of a text file or sheet names the columns.
        sheet: name of the sheet of a workbook; the first one unless said.
    """

    has_header: bool = True
    sheet: str = ""


def read(
    path: Path,
    working: Path,
    quarantine: Quarantine,
    *,
    options: Options = Options(),
    progress: Progress = silent,
) -> Texts:
    """Read a file into a table of texts.

    Args:
        path: the file, compressed by gzip or not.
        working: folder for the table and for copies; it must exist.
        quarantine: takes the rows that cannot be read.
        options: what a person says of the file.
        progress: told now and then how many rows were read.

    Raises:
        DatasetInvalid: the file is of none of the formats, or has no rows.
    """
    path = _unpacked(path, working / "unpacked")
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    _refuse(path, sample)
    parquet = working / "texts.parquet"
    return read_delimited(
        path, parquet, quarantine, has_header=options.has_header, progress=progress
    )


def _unpacked(path: Path, copy: Path) -> Path:
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return path
    try:
        with gzip.open(path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetInvalid(f"{path.name} cannot be decompressed: {error}") from error
    return copy


def _refuse(path: Path, sample: bytes) -> None:
    if not sample.strip():
        raise DatasetInvalid(f"{path.name} is empty; expected {FORMATS}")
    for begin, what in _REFUSED.items():
        if sample.lstrip().startswith(begin):
            raise DatasetInvalid(f"{path.name} is {what}; expected {FORMATS}")
    if b"\0" in sample and not sample.startswith((b"\xff\xfe", b"\xfe\xff", b"PK", b"PAR1")):
        raise DatasetInvalid(f"{path.name} is no text; expected {FORMATS}")
