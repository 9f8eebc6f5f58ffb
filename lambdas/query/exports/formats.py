"""The formats: one table, from which routes, lists, documents and pages are made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from citylake.datasets import Dataset, Field
from citylake.errors import PageNotFound
from lambdas.query.exports.calendar import write_ical
from lambdas.query.exports.delimited import write_csv
from lambdas.query.exports.flatgeobuf import write_fgb
from lambdas.query.exports.gpx import write_gpx
from lambdas.query.exports.kml import write_kml
from lambdas.query.exports.objects import write_geojson, write_json, write_jsonl
from lambdas.query.exports.parquet import write_parquet
from lambdas.query.exports.rdf import write_jsonld, write_rdfxml, write_turtle
from lambdas.query.exports.shapefile import write_shp
from lambdas.query.exports.table import Table
from lambdas.query.exports.workbook import write_xlsx
from lambdas.query.odsql.typed import Kind, kind_of
from lambdas.query.plan import GEOMETRIES, TIMES


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
        extension: what a file's name ends with, where that is not the format's name.
        says: kinds of which a record has one though none was selected: where it lies, or when.
        has_ids: whether a record is told apart by its id.
        takes_epsg: whether the geometry can be in another reference system.
        is_for_gis: whether the engine needs its extension for GIS to write it.
        takes_room: whether it is made on disk, where the function of exports alone has room.
        is_common: whether people who want a table or a map look for it.
        is_for_catalog: whether the catalog can be written so, too.
    """

    name: str
    label: str
    content_type: str
    description: str
    write: Callable[[Table], Iterator[bytes]]
    is_binary: bool = False
    extension: str = ""
    says: tuple[Kind, ...] = ()
    has_ids: bool = False
    takes_epsg: bool = False
    is_for_gis: bool = False
    takes_room: bool = False
    is_common: bool = False
    is_for_catalog: bool = True

    def suits(self, fields: Iterable[Field]) -> bool:
        """Whether records of these fields can say what the format is about."""
        return not self.says or any(kind_of(field) in self.says for field in fields)


FORMATS: tuple[Format, ...] = (
    Format(
        name="csv",
        label="CSV",
        is_common=True,
        content_type="text/csv; charset=utf-8",
        description="A table for spreadsheets and scripts.",
        write=write_csv,
    ),
    Format(
        name="json",
        label="JSON",
        is_common=True,
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
        is_common=True,
        content_type="application/geo+json; charset=utf-8",
        description="A feature per record, for maps. Its geometry is the shape or point of the "
        "record, selected or not; null where there is none.",
        write=write_geojson,
        takes_epsg=True,
        says=GEOMETRIES,
        is_for_catalog=False,
    ),
    Format(
        name="parquet",
        label="Parquet",
        content_type="application/vnd.apache.parquet",
        description="A compact file with typed columns, for data frames and GIS (GeoParquet).",
        write=write_parquet,
        takes_epsg=True,
        is_binary=True,
        is_for_catalog=False,
    ),
    Format(
        name="xlsx",
        label="Excel",
        is_common=True,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        description="A workbook; records beyond what a sheet holds go on to further sheets.",
        write=write_xlsx,
        is_binary=True,
    ),
    Format(
        name="fgb",
        label="FlatGeobuf",
        content_type="application/octet-stream",
        description="Features with an index, for web maps and GIS.",
        write=write_fgb,
        is_binary=True,
        says=GEOMETRIES,
        takes_epsg=True,
        is_for_gis=True,
        is_for_catalog=False,
    ),
    Format(
        name="shp",
        label="Shapefile",
        content_type="application/zip",
        description="A ZIP for desktop GIS. Names are shortened to ten characters; what the format "
        "cannot hold, such as a text of more than 254 bytes, is refused.",
        write=write_shp,
        is_binary=True,
        extension="shp.zip",
        takes_room=True,
        says=GEOMETRIES,
        is_common=True,
        is_for_catalog=False,
    ),
    Format(
        name="kml",
        label="KML",
        content_type="application/vnd.google-earth.kml+xml; charset=utf-8",
        description="A placemark per record, for Google Earth and other globes.",
        write=write_kml,
        says=GEOMETRIES,
        is_for_catalog=False,
    ),
    Format(
        name="gpx",
        label="GPX",
        content_type="application/gpx+xml; charset=utf-8",
        description="Waypoints and tracks, for GPS receivers and hiking apps.",
        write=write_gpx,
        says=GEOMETRIES,
        is_for_catalog=False,
    ),
    Format(
        name="ical",
        label="iCalendar",
        content_type="text/calendar; charset=utf-8",
        description="An event per record that has a date, for calendars.",
        write=write_ical,
        extension="ics",
        says=TIMES,
        has_ids=True,
        is_for_catalog=False,
    ),
    Format(
        name="jsonld",
        label="JSON-LD",
        content_type="application/ld+json; charset=utf-8",
        description="Linked data as JSON: records and fields are named by their addresses.",
        write=write_jsonld,
        has_ids=True,
        is_for_catalog=False,
    ),
    Format(
        name="turtle",
        label="Turtle",
        content_type="text/turtle; charset=utf-8",
        description="Linked data as Turtle, the form of RDF that people read best.",
        write=write_turtle,
        extension="ttl",
        has_ids=True,
        is_for_catalog=False,
    ),
    Format(
        name="rdfxml",
        label="RDF/XML",
        content_type="application/rdf+xml; charset=utf-8",
        description="Linked data as XML, for tools that know no other form of RDF.",
        write=write_rdfxml,
        extension="rdf",
        has_ids=True,
        is_for_catalog=False,
    ),
)
"""Every format, in the order in which people read of them."""


def formats_of(*, catalog: bool) -> tuple[Format, ...]:
    """The formats in which the catalog, or else a dataset's records, can be exported."""
    return tuple(form for form in FORMATS if form.is_for_catalog or not catalog)


def formats_for(dataset: Dataset) -> tuple[Format, ...]:
    """The formats that suit a dataset: none for maps or calendars of what has no place or date."""
    return tuple(form for form in FORMATS if form.suits(dataset.fields))


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
