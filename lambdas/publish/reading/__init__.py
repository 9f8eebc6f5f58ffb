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
from lambdas.publish.reading import objects
from lambdas.publish.reading.columnar import read_columnar
from lambdas.publish.reading.delimited import read_delimited
from lambdas.publish.reading.encoding import BOM, UTF16
from lambdas.publish.reading.model import Progress, Texts, silent
from lambdas.publish.reading.objects import read_objects
from lambdas.publish.reading.workbook import read_workbook

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
    name, path = path.name, _unpacked(path, working / "unpacked")
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    parquet = working / "texts.parquet"
    if sample.startswith(b"PAR1"):
        return read_columnar(path, parquet, progress=progress)
    if sample.startswith(b"PK\x03\x04"):
        return read_workbook(
            path,
            parquet,
            quarantine,
            sheet_name=options.sheet,
            has_header=options.has_header,
            progress=progress,
        )
    if items := _items(sample):
        return read_objects(path, parquet, quarantine, items, progress=progress)
    _refuse(name, sample)
    return read_delimited(
        path, parquet, quarantine, has_header=options.has_header, progress=progress
    )


def _items(sample: bytes) -> objects.Items | None:
    """How the objects of a JSON file are read; ``None`` if it is none."""
    text = sample.removeprefix(BOM).lstrip()
    if text.startswith(b"["):
        return objects.listed if text[1:].lstrip()[:1] in {b"{", b"]"} else None
    if not text.startswith(b"{"):
        return None
    if b'"FeatureCollection"' in text:
        return objects.features
    return objects.lines if text[1:].lstrip()[:1] in {b'"', b"}"} else None


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


def _refuse(name: str, sample: bytes) -> None:
    if not sample.strip():
        raise DatasetInvalid(f"{name} is empty; expected {FORMATS}")
    for begin, what in _REFUSED.items():
        if sample.lstrip().startswith(begin):
            raise DatasetInvalid(f"{name} is {what}; expected {FORMATS}")
    if b"\0" in sample and not sample.startswith(UTF16):
        raise DatasetInvalid(f"{name} is no text; expected {FORMATS}")
