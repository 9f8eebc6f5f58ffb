"""Delimited files too large to be held unpacked: read line by line, most lines passed over."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

_PAGE = 10_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredFile:
    """A tab separated file, gzipped or plain, of which some records are wanted.

    It is unpacked as it is read. Headers are compared without regard to case, which a publisher has
    changed before.

    Attributes:
        address: where the file is.
        fields: the publisher's name of each wanted field, in capitals, by our own.
        only: values, by our own names, that a wanted record must have.
        since: least values, by our own names, as text is ordered (``2020-01-01``).

    Raises (from ``pages``):
        SourceChanged: no text, or a damaged archive; a declared field is missing; a line has more
            or fewer values than the header.
    """

    address: str
    fields: Mapping[str, str]
    only: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, str] = field(default_factory=dict)

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the wanted records, 10,000 at a time."""
        body = io.BytesIO(get(self.address).body)
        packed = body.getbuffer()[: len(_GZIP)] == _GZIP
        text = io.TextIOWrapper(
            gzip.GzipFile(fileobj=body) if packed else body, "utf-8-sig", newline=""
        )
        try:
            yield from self._pages(csv.reader(text, delimiter="\t"))
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise SourceChanged(f"{self.address} is damaged: {error}") from error

    def _pages(self, lines: Iterator[list[str]]) -> Iterator[list[Record]]:
        header = [name.strip().upper() for name in next(lines, [])]
        where = positions(self.fields, header, self.address)
        page: list[Record] = []
        for number, values in enumerate(lines, start=1):
            if len(values) != len(header):
                raise SourceChanged(
                    f"{self.address}: record {number} has {len(values)} values, "
                    f"expected {len(header)}"
                )
            record = {ours: values[place].strip() for ours, place in where.items()}
            if not self._is_wanted(record):
                continue
            page.append(record)
            if len(page) == _PAGE:
                yield page
                page = []
        yield page

    def _is_wanted(self, record: Record) -> bool:
        return all(record[name] == value for name, value in self.only.items()) and all(
            record[name] >= value for name, value in self.since.items()
        )
