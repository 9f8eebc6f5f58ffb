"""Files of delimited text: CSV, tab or pipe separated, plain, gzipped or in a zip archive."""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

_PAGE = 10_000
_DELIMITERS = ",\t|;"
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedFile:
    r"""A delimited text file with one record a line.

    The delimiter is the one of comma, tab, pipe and semicolon that stands most often in the header,
    since the Census Bureau changed its gazetteer from tabs to pipes in 2025. Headers and values are
    stripped of blanks around them: gazetteers pad both.

    Attributes:
        address: where the file is.
        fields: the publisher's name of each wanted field, by our own.
        encoding: ``utf-8-sig`` takes a byte order mark off; older Census files are ``latin-1``.
        header: names of the columns of a file that has no header line.
        label_lines: lines with longer names that follow the header.

    Raises (from ``pages``):
        SourceChanged: not text of this encoding; a declared field is missing; a line has more or
            fewer values than the header; the archive does not hold exactly one file.
    """

    address: str
    fields: Mapping[str, str]
    encoding: str = "utf-8-sig"
    header: tuple[str, ...] = ()
    label_lines: int = 0

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the file's records, 10,000 at a time."""
        lines = self._lines(_unpack(get(self.address).body, self.address))
        header = list(self.header) or [name.strip() for name in next(lines, [])]
        where = positions(self.fields, header, self.address)
        page: list[Record] = []
        for number, values in enumerate(lines, start=1):
            if number <= self.label_lines or not any(values):
                continue
            if len(values) != len(header):
                raise SourceChanged(
                    f"{self.address}: record {number} has {len(values)} values, "
                    f"expected {len(header)}"
                )
            page.append({ours: values[place].strip() for ours, place in where.items()})
            if len(page) == _PAGE:
                yield page
                page = []
        yield page

    def _lines(self, body: bytes) -> Iterator[list[str]]:
        try:
            text = body.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise SourceChanged(
                f"{self.address} is not {self.encoding} at byte {error.start}"
            ) from error
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _unpack(body: bytes, address: str) -> bytes:
    """Take a body out of gzip or a zip archive of one file; hand plain bytes back as they are."""
    try:
        if body.startswith(_GZIP):
            return gzip.decompress(body)
        if body.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                files = [entry for entry in archive.infolist() if not entry.is_dir()]
                if len(files) != 1:
                    raise SourceChanged(f"{address} holds {len(files)} files; expected one")
                return archive.read(files[0])
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise SourceChanged(f"{address} is a damaged archive: {error}") from error
    return body
