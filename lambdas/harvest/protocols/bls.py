"""Time series of the Bureau of Labor Statistics: its flat files, one line a month and series."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record

_HEADER = ("series_id", "year", "period", "value", "footnote_codes")
_PAGE = 10_000
_MEASURE_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BlsSeriesFile:
    """A flat file of the Bureau of Labor Statistics: tab separated, header and values padded.

    The files are large (the one of cities has 300 MB), and most of it is not wanted: what is not is
    passed over line by line. Records come as published, annual means (``M13``) and months that were
    not surveyed (``-``) included.

    Attributes:
        address: where the file is.
        measures: measures that are wanted, by the last two digits of the series (``03``, a rate).
        from_year: the first year that is wanted.

    Raises (from ``pages``):
        SourceChanged: another header; a line with more or fewer values.
    """

    address: str
    measures: tuple[str, ...]
    from_year: int = 0

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the wanted lines, 10,000 at a time."""
        text = io.TextIOWrapper(io.BytesIO(get(self.address).body), "utf-8-sig", newline="")
        try:
            yield from self._pages(csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
        except UnicodeDecodeError as error:
            raise SourceChanged(f"{self.address} is not UTF-8 at byte {error.start}") from error

    def _pages(self, lines: Iterator[list[str]]) -> Iterator[list[Record]]:
        header = tuple(name.strip() for name in next(lines, []))
        if header != _HEADER:
            raise SourceChanged(
                f"{self.address} begins with {', '.join(header)[:100]!r}; "
                f"expected {', '.join(_HEADER)}"
            )
        page: list[Record] = []
        for number, line in enumerate(lines, start=1):
            if len(line) != len(_HEADER):
                raise SourceChanged(
                    f"{self.address}: record {number} has {len(line)} values, "
                    f"expected {len(_HEADER)}"
                )
            record = dict(zip(_HEADER, map(str.strip, line), strict=True))
            if record["series_id"][-_MEASURE_DIGITS:] not in self.measures:
                continue
            if int(record["year"]) < self.from_year:
                continue
            page.append(record)
            if len(page) == _PAGE:
                yield page
                page = []
        yield page
