"""The formats: one table, from which routes, lists, documents and pages are made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from citylake.errors import PageNotFound
from lambdas.query.exports.delimited import write_csv
from lambdas.query.exports.objects import write_geojson, write_json, write_jsonl
from lambdas.query.exports.parquet import write_parquet
from lambdas.query.exports.table import Table
from lambdas.query.exports.workbook import write_xlsx


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a file.

    Attributes:
        name: as it stands in the address, and after the file's name.
        label: as people call it.
        content_type: media type, with the character set of a text.
        description: what a person gets, in a sentence.
        write: makes the bytes.
        is_binary: whether it is no text, and compressed by nature.
        has_geometry: whether a record carries where it lies, though that was not selected.
        is_for_catalog: whether the catalog can be written so, too.
    """

    name: str
    label: str
    content_type: str
    description: str
    write: Callable[[Table], Iterator[bytes]]
    is_binary: bool = False
    has_geometry: bool = False
    is_for_catalog: bool = True


FORMATS: tuple[Format, ...] = (
    Format(
        name="csv",
        label="CSV",
        content_type="text/csv; charset=utf-8",
        description="A table for spreadsheets and scripts.",
        write=write_csv,
    ),
    Format(
        name="json",
        label="JSON",
        content_type="application/json; charset=utf-8",
        description="One JSON array with an object per record.",
        write=write_json,
    ),
    Format(
        name="jsonl",
        label="JSON lines",
        content_type="application/jsonl; charset=utf-8",
        description="One JSON object per line, to be read as it comes.",
        write=write_jsonl,
    ),
    Format(
        name="geojson",
        label="GeoJSON",
        content_type="application/geo+json; charset=utf-8",
        description="A feature per record, for maps. Its geometry is the shape or point of the "
        "record, selected or not; null where there is none.",
        write=write_geojson,
        has_geometry=True,
        is_for_catalog=False,
    ),
    Format(
        name="parquet",
        label="Parquet",
        content_type="application/vnd.apache.parquet",
        description="A compact file with typed columns, for data frames and GIS (GeoParquet).",
        write=write_parquet,
        is_binary=True,
        is_for_catalog=False,
    ),
    Format(
        name="xlsx",
        label="Excel",
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        description="A workbook; records beyond what a sheet holds go on to further sheets.",
        write=write_xlsx,
        is_binary=True,
    ),
)
"""Every format, in the order in which people read of them."""


def formats_of(*, catalog: bool) -> tuple[Format, ...]:
    """The formats in which the catalog, or else a dataset's records, can be exported."""
    return tuple(form for form in FORMATS if form.is_for_catalog or not catalog)


def find_format(name: str, *, catalog: bool = False) -> Format:
    """Find a format by its name.

    Raises:
        PageNotFound: there is none of this name.
    """
    offered = formats_of(catalog=catalog)
    for form in offered:
        if form.name == name:
            return form
    known = ", ".join(form.name for form in offered)
    raise PageNotFound(
        f"The requested export format {name[:40]} does not exist; there are {known}."
    )
