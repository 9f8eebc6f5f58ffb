"""Exports: all records of a question as a file, written as the engine yields them.

A format is one row of ``FORMATS``. Memory holds one batch of rows at a time, however long the file.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from citylake.datasets import FieldType
from citylake.errors import PageNotFound
from lambdas.query.packing import packed
from lambdas.query.parameters import Endpoint, Parameters, Request, read
from lambdas.query.plan import Column, Plan
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

_BOM = b"\xef\xbb\xbf"
GZIP = "application/gzip"
"""Media type of a file that is compressed itself."""

_CATALOG_FILE = "datasets"

Values = Sequence[Any]
"""One record: its values as JSON knows them, in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way out.

    Attributes:
        filename: what the client may call it.
        content_type: its media type, with the character set.
        chunks: its bytes; reading them reads the lake. Closing them gives up the rest.
        encoding: how they are packed for the way (``gzip``); empty for not at all.
    """

    filename: str
    content_type: str
    chunks: Generator[bytes, None, None]
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP says of the file."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Disposition": f'attachment; filename="{self.filename}"',
        }
        return {**headers, "Content-Encoding": self.encoding} if self.encoding else headers

    def gzipped(self) -> "Export":
        """The same file, packed for the way; as it is if packing is what makes the file."""
        if self.content_type == GZIP:
            return self
        return replace(self, chunks=packed(self.chunks), encoding="gzip")


Writer = Callable[[Sequence[Column], Iterable[Sequence[Values]], Request], Iterator[bytes]]
"""Turns columns and batches of records into the bytes of a file."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a file.

    Attributes:
        name: as it stands in the address, and after the file's name.
        content_type: media type, with the character set.
        description: what a person gets, in a sentence.
        write: makes the bytes.
    """

    name: str
    content_type: str
    description: str
    write: Writer


class Exporter:
    """Writes files of what an explorer finds. Safe to share between threads."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer

    def export(
        self, scope: Scope, dataset_id: str, format_name: str, parameters: Parameters
    ) -> Export:
        """Export a dataset's records.

        What is wrong with the question is raised here, before there is a file.

        Raises:
            PageNotFound: no such format.
        """
        form = find_format(format_name)
        plan = self._explorer.export_plan(scope, dataset_id, parameters)
        return self._write(plan, form, dataset_id, read(Endpoint.EXPORT, parameters))

    def export_catalog(self, scope: Scope, format_name: str, parameters: Parameters) -> Export:
        """Export the catalog, a record per dataset.

        Raises:
            PageNotFound: no such format.
        """
        form = find_format(format_name)
        plan = self._explorer.catalog_export_plan(scope, parameters)
        request = read(Endpoint.CATALOG_EXPORT, parameters)
        return self._write(plan, form, _CATALOG_FILE, request)

    def _write(self, plan: Plan, form: Format, name: str, request: Request) -> Export:
        chunks = _begun(self._chunks(plan, form, request))
        filename = f"{name}.{form.name}"
        if request.compressed:
            return Export(f"{filename}.gz", GZIP, packed(chunks))
        return Export(filename, form.content_type, chunks)

    def _chunks(self, plan: Plan, form: Format, request: Request) -> Generator[bytes, None, None]:
        with self._explorer.engine.stream(plan.tree) as found:
            batches = (list(plan.values(batch)) for batch in found.batches)
            yield from form.write(plan.columns, batches, request)


def find_format(name: str) -> Format:
    """Find a format by its name.

    Raises:
        PageNotFound: there is none of this name.
    """
    for form in FORMATS:
        if form.name == name:
            return form
    known = ", ".join(form.name for form in FORMATS)
    raise PageNotFound(
        f"The requested export format {name[:40]} does not exist; there are {known}."
    )


def _begun(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Begin to read, so that an engine that refuses does so before the answer has a status."""
    first = next(chunks, b"")

    def resumed() -> Generator[bytes, None, None]:
        yield first
        yield from chunks

    return resumed()


def _csv(
    columns: Sequence[Column], batches: Iterable[Sequence[Values]], request: Request
) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=request.delimiter,
        quoting=csv.QUOTE_ALL if request.quote_all else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    )
    converters = [
        (index, convert)
        for index, column in enumerate(columns)
        if (convert := _cell_converter(column, request.list_separator))
    ]
    writer.writerow(_headings(columns, request))
    before = _BOM if request.with_bom else b""
    for batch in batches:
        for values in batch:
            cells = list(values)
            for index, convert in converters:
                if cells[index] is not None:
                    cells[index] = convert(cells[index])
            writer.writerow(cells)
        yield before + text.getvalue().encode(errors="replace")
        before = b""
        text.seek(0)
        text.truncate()
    if written := text.getvalue():
        yield before + written.encode()


def _cell_converter(column: Column, list_separator: str) -> Callable[[Any], str] | None:
    """How a value of a column becomes a cell; ``None`` where it is one as it stands."""
    if column.multivalued:
        return list_separator.join
    match column.type:
        case FieldType.BOOLEAN:
            return lambda value: "true" if value else "false"
        case FieldType.GEO_POINT:
            return lambda point: f"{point['lat']}, {point['lon']}"
        case FieldType.GEO_SHAPE | FieldType.FILE | FieldType.JSON_BLOB:
            return lambda value: value if isinstance(value, str) else orjson.dumps(value).decode()
        case _:
            return None


def _json(
    columns: Sequence[Column], batches: Iterable[Sequence[Values]], request: Request
) -> Iterator[bytes]:
    keys = _headings(columns, request)
    before = b"["
    for batch in batches:
        records = [dict(zip(keys, values, strict=True)) for values in batch]
        yield before + orjson.dumps(records)[1:-1]
        before = b","
    yield b"[]" if before == b"[" else b"]"


def _jsonl(
    columns: Sequence[Column], batches: Iterable[Sequence[Values]], request: Request
) -> Iterator[bytes]:
    keys = _headings(columns, request)
    for batch in batches:
        yield b"".join(
            orjson.dumps(dict(zip(keys, values, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
            for values in batch
        )


def _headings(columns: Sequence[Column], request: Request) -> list[str]:
    """Names of the columns, or their labels; one that several bear is followed by the name."""
    if not request.use_labels:
        return [column.name for column in columns]
    bearers = Counter(column.label for column in columns)
    return [
        column.label if bearers[column.label] == 1 else f"{column.label} ({column.name})"
        for column in columns
    ]


FORMATS: tuple[Format, ...] = (
    Format("csv", "text/csv; charset=utf-8", "A table for spreadsheets and scripts.", _csv),
    Format(
        "json",
        "application/json; charset=utf-8",
        "One JSON array with an object per record.",
        _json,
    ),
    Format(
        "jsonl",
        "application/jsonl; charset=utf-8",
        "One JSON object per line, to be read as it comes.",
        _jsonl,
    ),
)
"""The formats that both a dataset and the catalog can be exported in."""
