"""Transit schedules in the General Transit Feed Specification: a zip archive of tables."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from citylake.errors import SourceChanged
from lambdas.harvest.fetch import Get
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.declared import positions

TABLE = "table"
"""Name under which a record says which table it is of."""

_REQUIRED = ("agency", "routes", "stop_times", "stops", "trips")
_CALENDARS = ("calendar", "calendar_dates")
_NOT_A_TABLE = "__MACOSX"
_LARGEST_TABLE = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GtfsFeed:
    """A feed of schedules; its records are those of the wanted tables, in their order.

    Archives differ: tables lie at the top or in a folder, beside the leavings of a file manager and
    tables that the specification does not know; headers begin with a byte order mark.

    Attributes:
        address: where the feed is.
        tables: the wanted columns by table (``stops``) and our own name of each.
        optional: columns that a feed may do without; their values are empty then.

    Raises (from ``pages``):
        SourceChanged: no archive; a table that every feed must have is not there, or is there
            twice; a wanted column is not there; a line has more or fewer values than its header.

    Source:
        General Transit Feed Specification, "Schedule reference".
    """

    address: str
    tables: Mapping[str, Mapping[str, str]]
    optional: frozenset[str] = frozenset()

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the wanted tables, one after the other."""
        body = get(self.address).body
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                held = self._tables_of(archive)
                for table, fields in self.tables.items():
                    yield self._records(table, fields, archive, held[table])
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            raise SourceChanged(f"{self.address} is no zip archive: {error}") from error

    def _tables_of(self, archive: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
        """Find each table, wherever it lies; refuse a feed that lacks what it must have."""
        held: dict[str, zipfile.ZipInfo] = {}
        for entry in archive.infolist():
            path = PurePosixPath(entry.filename)
            if entry.is_dir() or path.suffix != ".txt" or _NOT_A_TABLE in path.parts:
                continue
            if path.stem in held:
                raise SourceChanged(f"{self.address} has {path.name} more than once")
            held[path.stem] = entry
        missing = [f"{name}.txt" for name in {*_REQUIRED, *self.tables} if name not in held]
        if not any(name in held for name in _CALENDARS):
            missing.append("calendar.txt or calendar_dates.txt")
        if missing:
            raise SourceChanged(
                f"{self.address} is no feed of schedules: it lacks {', '.join(sorted(missing))}"
            )
        return held

    def _records(
        self,
        table: str,
        fields: Mapping[str, str],
        archive: zipfile.ZipFile,
        entry: zipfile.ZipInfo,
    ) -> list[Record]:
        where = f"{self.address} {table}.txt"
        if entry.file_size > _LARGEST_TABLE:
            raise SourceChanged(f"{where} unpacks to more than {_LARGEST_TABLE:,} bytes")
        try:
            text = archive.read(entry).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SourceChanged(f"{where} is not UTF-8 at byte {error.start}") from error
        lines = csv.reader(io.StringIO(text, newline=""))
        header = [name.strip() for name in next(lines, [])]
        lacking = {
            ours
            for ours, theirs in fields.items()
            if theirs in self.optional and theirs not in header
        }
        at = positions(
            {ours: theirs for ours, theirs in fields.items() if ours not in lacking}, header, where
        )
        records: list[Record] = []
        for number, values in enumerate(lines, start=1):
            if not any(values):
                continue
            if len(values) != len(header):
                raise SourceChanged(
                    f"{where}: record {number} has {len(values)} values, expected {len(header)}"
                )
            record = {ours: values[place].strip() for ours, place in at.items()}
            records.append({TABLE: table, **record, **dict.fromkeys(lacking, "")})
        return records
