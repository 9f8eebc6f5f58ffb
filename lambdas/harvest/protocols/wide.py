"""Wide files: one line a region, one column a month."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

MONTH = "month"
VALUE = "value"

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})(-\d{2})?")
_RESAVED = re.compile(r"(?P<month>\d{1,2})/\d{1,2}/(?P<year>\d{2}|\d{4})")
"""What a spreadsheet makes of a month-end when it saves the file again: ``1/31/00``."""

_CENTURY = 2000
_TWO_DIGITS = 100
_REGIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WideMonths:
    """A delimited file with a column for every month; its records are one a region and month.

    Months without a value give no record: a series begins when a publisher began it.

    Attributes:
        address: where the file is.
        fields: the publisher's name of each wanted column that says what the region is, by our own.
        from_month: the first month that is wanted (``2020-01``).

    Raises (from ``pages``):
        SourceChanged: not UTF-8; a declared column is missing, or no column is a
            month; a line has more or fewer values than the header.
    """

    address: str
    fields: Mapping[str, str]
    from_month: str = ""

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the file's regions, each taken apart by month, 1,000 regions at a time."""
        try:
            text = get(self.address).body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SourceChanged(f"{self.address} is not UTF-8 at byte {error.start}") from error
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip() for name in next(lines, [])]
        where = positions(self.fields, header, self.address)
        months = {
            place: written
            for place, name in enumerate(header)
            if (written := month_of(name)) and written >= self.from_month
        }
        if not months:
            raise SourceChanged(
                f"{self.address} has no column of a month; it has {', '.join(header[:12])}"
            )
        page: list[Record] = []
        for number, values in enumerate(lines, start=1):
            if len(values) != len(header):
                raise SourceChanged(
                    f"{self.address}: record {number} has {len(values)} values, "
                    f"expected {len(header)}"
                )
            region = {ours: values[place].strip() for ours, place in where.items()}
            page += [
                {**region, MONTH: written, VALUE: value}
                for place, written in months.items()
                if (value := values[place].strip())
            ]
            if number % _REGIONS == 0:
                yield page
                page = []
        yield page


def month_of(header: str) -> str:
    """Read a month from a column's name: ``2020-01-31``, ``2020-01``, ``1/31/20`` → ``2020-01``.

    Returns:
        An empty text for a column that is no month.
    """
    found = _ISO.fullmatch(header) or _RESAVED.fullmatch(header)
    if not found:
        return ""
    year, month = int(found["year"]), int(found["month"])
    return f"{year if year >= _TWO_DIGITS else _CENTURY + year}-{month:02}"
