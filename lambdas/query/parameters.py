"""The parameters of the API: one table, by which requests are read and the documents are made.

Unknown parameters are ignored and an empty one counts as absent, since clients send both.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from citylake.errors import ParameterInvalid

Parameters = Mapping[str, Sequence[str]]
"""Decoded query parameters: every value of each, in the order in which they were sent."""

PAGE_LIMIT = 100
"""Most records of one page."""

GROUPS_LIMIT = 20_000
"""Most groups of one page, and the furthest group that paging reaches."""

PAGING_LIMIT = 10_000
"""The furthest record that paging reaches; whoever wants more takes an export."""

LAST = 2**53 - 1
"""The largest number of a record that every reader of JSON can write."""

ALL = -1
"""As ``limit``: as many as there may be."""


class Endpoint(StrEnum):
    """What a request asks for."""

    CATALOG = "catalog"
    DATASETS = "datasets"
    CATALOG_FACETS = "catalog_facets"
    CATALOG_EXPORT = "catalog_export"
    DATASET = "dataset"
    RECORDS = "records"
    RECORD = "record"
    FACETS = "facets"
    EXPORTS = "exports"
    EXPORT = "export"
    ATTACHMENTS = "attachments"


class Kind(StrEnum):
    """How a parameter's text is read."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIMEZONE = "timezone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter, as some endpoints take it.

    Attributes:
        name: as it is sent, and as ``Request`` calls it.
        description: what it does, in a sentence or two of Markdown that people read.
        accepted: the endpoints that take it so.
        kind: how its text is read.
        default: what counts when it is absent; its text form.
        minimum: smallest number, inclusive.
        maximum: largest number, inclusive; ``None`` for no bound.
        grouped_maximum: largest number in a request that groups, where that differs.
        choices: the only values, where there is a list of them.
        repeated: whether it may be sent several times, every value counting.
        joined: whether several values count as one list with commas.
        formats: the export formats that it is for; empty for all.
        formerly: its name in version 2.0, which clients still send; heard where the name is not.
        example: a value to try.
    """

    name: str
    description: str
    accepted: frozenset[Endpoint]
    kind: Kind = Kind.TEXT
    default: str = ""
    minimum: int | None = None
    maximum: int | None = None
    grouped_maximum: int | None = None
    choices: tuple[str, ...] = ()
    repeated: bool = False
    joined: bool = False
    formats: tuple[str, ...] = ()
    formerly: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a request's parameters say, each read by its row of the table; defaults elsewhere."""

    select: str = ""
    where: tuple[str, ...] = ()
    group_by: str = ""
    order_by: str = ""
    limit: int = 10
    offset: int = 0
    refine: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    facet: tuple[str, ...] = ()
    lang: str = "en"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    include_links: bool = False
    include_app_metas: bool = False
    version: str = ""
    use_labels: bool = False
    include_exports: str = ""
    use_labels_in_exports: bool = True
    compressed: bool = False
    delimiter: str = ";"
    list_separator: str = ","
    quote_all: bool = False
    with_bom: bool = True
    parquet_compression: str = "snappy"
    name_field: str = ""
    description_field_list: str = ""
    use_extension: bool = True
    epsg: int = 4326


def read(endpoint: Endpoint, parameters: Parameters) -> Request:
    """Read a request's parameters.

    Raises:
        ParameterInvalid: a value is not of its kind, or outside of its range.
    """
    said: dict[str, Any] = {}
    grouped = any(text.strip() for text in parameters.get("group_by", ()))
    for parameter in PARAMETERS:
        if endpoint not in parameter.accepted:
            continue
        sent, texts = _texts(parameter, parameters)
        if parameter.repeated:
            said[parameter.name] = tuple(text for text in texts if text.strip())
        elif parameter.joined:
            said[parameter.name] = ",".join(texts).strip()
        else:
            text = texts[-1] if texts else parameter.default
            said[parameter.name] = _READERS[parameter.kind](sent, text, grouped)
    request = Request(**said)
    _check_paging(endpoint, request, grouped=grouped)
    return request


def _texts(parameter: Parameter, parameters: Parameters) -> tuple[Parameter, Sequence[str]]:
    """What was sent of a parameter, which is called as it was sent: messages name it so."""
    for name in filter(None, (parameter.name, parameter.formerly)):
        texts = [text for text in parameters.get(name, ()) if text]
        if texts:
            return replace(parameter, name=name), texts
    return parameter, ()


def _check_paging(endpoint: Endpoint, request: Request, *, grouped: bool) -> None:
    if endpoint not in _PAGES:
        return
    furthest = GROUPS_LIMIT if grouped else PAGING_LIMIT
    reached = request.offset + max(request.limit, 0)
    if reached > furthest:
        raise ParameterInvalid(
            f"Invalid value for sum of offset + limit API parameter: {reached} was found "
            f"but <= {furthest} is expected."
        )


def _read_text(parameter: Parameter, text: str, grouped: bool) -> str:
    del grouped
    if parameter.choices and text not in parameter.choices:
        raise _invalid(parameter, text, f"one of {', '.join(map(repr, parameter.choices))}")
    return text


def _read_integer(parameter: Parameter, text: str, grouped: bool) -> int:
    low = parameter.minimum
    high = parameter.maximum
    if grouped and parameter.grouped_maximum is not None:
        high = parameter.grouped_maximum
    lower = "" if low is None else f"{low} <= "
    upper = "" if high is None else f" <= {high}"
    expected = f"{lower}{parameter.name}{upper}"
    try:
        number = int(text)
    except ValueError:
        raise _invalid(parameter, text, expected) from None
    if (low is not None and number < low) or (high is not None and number > high):
        raise _invalid(parameter, text, expected)
    return number


def _read_boolean(parameter: Parameter, text: str, grouped: bool) -> bool:
    del grouped
    if text.lower() not in {"true", "false"}:
        raise _invalid(parameter, text, "true or false")
    return text.lower() == "true"


def _read_timezone(parameter: Parameter, text: str, grouped: bool) -> ZoneInfo:
    """Read a time zone's name, in any case; engines are told it as it is written."""
    del grouped
    try:
        if _ZONE.fullmatch(text):
            return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        written = _zones().get(text.lower())
        if written:
            return ZoneInfo(written)
    raise _invalid(parameter, text, "a time zone such as America/New_York")


@functools.cache
def _zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _invalid(parameter: Parameter, text: str, expected: str) -> ParameterInvalid:
    return ParameterInvalid(
        f"Invalid value for {parameter.name} API parameter: {text[:80]} was found "
        f"but {expected} is expected."
    )


_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", re.ASCII)

_READERS: Mapping[Kind, Callable[[Parameter, str, bool], Any]] = {
    Kind.TEXT: _read_text,
    Kind.INTEGER: _read_integer,
    Kind.BOOLEAN: _read_boolean,
    Kind.TIMEZONE: _read_timezone,
}

_PAGES = frozenset({Endpoint.DATASETS, Endpoint.RECORDS})
_EXPORTS = frozenset({Endpoint.CATALOG_EXPORT, Endpoint.EXPORT})
_SEARCHES = _PAGES | _EXPORTS
_FACETS = frozenset({Endpoint.CATALOG_FACETS, Endpoint.FACETS})
_ABOUT_ONE = frozenset({Endpoint.DATASET, Endpoint.RECORD})
_ALL_ANSWERS = _SEARCHES | _FACETS | _ABOUT_ONE
_OF_A_RELEASE = frozenset(
    {
        Endpoint.DATASET,
        Endpoint.RECORDS,
        Endpoint.RECORD,
        Endpoint.FACETS,
        Endpoint.EXPORTS,
        Endpoint.EXPORT,
        Endpoint.ATTACHMENTS,
    }
)

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="select",
        description="What each result holds: fields, expressions and aggregates, each with an "
        "optional `as alias`, separated by commas. Everything if absent.",
        accepted=_SEARCHES | _ABOUT_ONE,
        joined=True,
        example="name, population",
    ),
    Parameter(
        name="where",
        description="A condition in ODSQL that results must fulfil. Repeated, all must hold.",
        accepted=_SEARCHES | _FACETS,
        repeated=True,
        example="population > 100000",
    ),
    Parameter(
        name="group_by",
        description="What parts records into groups: fields, functions or `range(…)`. "
        "A result is then a group.",
        accepted=_SEARCHES,
        joined=True,
        example="state",
    ),
    Parameter(
        name="order_by",
        description="What sorts the results: fields, aliases or aggregates, each followed by "
        "`asc` (the default) or `desc`; `-field` is descending, too. Missing values come last.",
        accepted=_SEARCHES,
        joined=True,
        example="population desc",
        formerly="sort",
    ),
    Parameter(
        name="limit",
        description="How many results at most. `0` counts without any; `-1` is as many as a page "
        f"holds. Up to {PAGE_LIMIT}, or {GROUPS_LIMIT} with `group_by`.",
        accepted=_PAGES,
        kind=Kind.INTEGER,
        default="10",
        minimum=ALL,
        maximum=PAGE_LIMIT,
        grouped_maximum=GROUPS_LIMIT,
        example="20",
        formerly="rows",
    ),
    Parameter(
        name="limit",
        description="How many results at most; `-1`, the default, for all of them.",
        accepted=_EXPORTS,
        kind=Kind.INTEGER,
        default=str(ALL),
        minimum=ALL,
        maximum=LAST,
        example="1000",
        formerly="rows",
    ),
    Parameter(
        name="offset",
        description="How many results to leave out at the beginning. `offset` and `limit` together "
        f"reach the {PAGING_LIMIT}th result, or the {GROUPS_LIMIT}th with `group_by`; an export "
        "has no such bound.",
        accepted=_SEARCHES,
        kind=Kind.INTEGER,
        default="0",
        minimum=0,
        maximum=LAST,
        example="20",
        formerly="start",
    ),
    Parameter(
        name="refine",
        description="`field:value` keeps what has this value; a date takes `2024`, `2024/03` or "
        "`2024/03/05`. Repeated, all must hold, except on a facet declared disjunctive.",
        accepted=_SEARCHES | _FACETS,
        repeated=True,
        example='state:"NC"',
    ),
    Parameter(
        name="exclude",
        description="`field:value` leaves out what has this value. May be repeated.",
        accepted=_SEARCHES | _FACETS,
        repeated=True,
        example='state:"NC"',
    ),
    Parameter(
        name="facet",
        description='A field whose values are counted, or `facet(name="field", disjunctive=true, '
        'sort="alphanum", limit=20)`. May be repeated; every facet of the dataset if absent. '
        "Elsewhere than in facets it only says which refinements are disjunctive.",
        accepted=_SEARCHES | _FACETS,
        repeated=True,
        example="state",
    ),
    Parameter(
        name="lang",
        description="Language of the names of months and days.",
        accepted=_ALL_ANSWERS,
        default="en",
        choices=("en", "fr", "nl", "pt", "it", "ar", "de", "es", "ca", "eu", "sv"),
    ),
    Parameter(
        name="timezone",
        description="Time zone in which instants are written, parted into days and read where a "
        "query names no offset.",
        accepted=_ALL_ANSWERS,
        kind=Kind.TIMEZONE,
        default="UTC",
        example="America/New_York",
    ),
    Parameter(
        name="include_links",
        description="Whether results carry `_links` to what belongs to them.",
        accepted=_PAGES | {Endpoint.DATASET},
        kind=Kind.BOOLEAN,
        default="false",
    ),
    Parameter(
        name="include_app_metas",
        description="Whether the template `explore` is told, too. Nothing is counted here, so its "
        "figures are null; it says where the data are about.",
        accepted=_PAGES | {Endpoint.DATASET},
        kind=Kind.BOOLEAN,
        default="false",
    ),
    Parameter(
        name="version",
        description="Id of a release of the dataset: the answer is that of its time. "
        "The current release if absent.",
        accepted=_OF_A_RELEASE,
        example="20261123T061442Z-3fa9c1",
    ),
    Parameter(
        name="use_labels",
        description="Whether columns are called by their labels instead of their names.",
        accepted=_EXPORTS,
        kind=Kind.BOOLEAN,
        default="false",
    ),
    Parameter(
        name="include_exports",
        description="Which formats are told of as distributions, separated by commas: all if "
        "absent. Formats that are not written here are left out.",
        accepted=frozenset({Endpoint.CATALOG_EXPORT}),
        joined=True,
        formats=("dcat", "rdf", "ttl", "data.json", "dcat-us-3.json"),
        example="csv,geojson",
    ),
    Parameter(
        name="use_labels_in_exports",
        description="Whether the addresses of distributions ask for labels.",
        accepted=frozenset({Endpoint.CATALOG_EXPORT}),
        kind=Kind.BOOLEAN,
        default="true",
        formats=("dcat", "rdf", "ttl"),
    ),
    Parameter(
        name="compressed",
        description="Whether the file itself is compressed by gzip.",
        accepted=_EXPORTS,
        kind=Kind.BOOLEAN,
        default="false",
    ),
    Parameter(
        name="delimiter",
        description="What stands between the values of a row.",
        accepted=_EXPORTS,
        default=";",
        choices=(";", ",", "\t", "|"),
        formats=("csv",),
    ),
    Parameter(
        name="list_separator",
        description="What stands between the values of a list.",
        accepted=_EXPORTS,
        default=",",
        formats=("csv", "xlsx", "kml", "gpx", "ical", "fgb", "shp"),
    ),
    Parameter(
        name="quote_all",
        description="Whether every value is put into quotes.",
        accepted=_EXPORTS,
        kind=Kind.BOOLEAN,
        default="false",
        formats=("csv",),
    ),
    Parameter(
        name="with_bom",
        description="Whether the file begins with a byte order mark, by which spreadsheets know "
        "UTF-8.",
        accepted=_EXPORTS,
        kind=Kind.BOOLEAN,
        default="true",
        formats=("csv",),
    ),
    Parameter(
        name="parquet_compression",
        description="How the columns are compressed.",
        accepted=frozenset({Endpoint.EXPORT}),
        default="snappy",
        choices=("snappy", "zstd"),
        formats=("parquet",),
    ),
    Parameter(
        name="name_field",
        description="The column that names a record. If absent: `name`, or else the first that "
        "ends in `_name`, or else the first text.",
        accepted=frozenset({Endpoint.EXPORT}),
        formats=("gpx", "kml", "ical"),
        example="name",
    ),
    Parameter(
        name="description_field_list",
        description="Columns, separated by commas, that describe a record: a line each.",
        accepted=frozenset({Endpoint.EXPORT}),
        joined=True,
        formats=("gpx", "kml", "ical"),
        example="name,population",
    ),
    Parameter(
        name="use_extension",
        description="Whether the columns are data of their own, in extensions; otherwise they are "
        "lines of the description, which every app shows.",
        accepted=frozenset({Endpoint.EXPORT}),
        kind=Kind.BOOLEAN,
        default="true",
        formats=("gpx", "kml"),
    ),
    Parameter(
        name="epsg",
        description="EPSG code of the reference system that the geometry is in: geographic or "
        "projected, with longitude or easting first. Unless told otherwise WGS 84, in which every "
        "other format is.",
        accepted=frozenset({Endpoint.EXPORT}),
        kind=Kind.INTEGER,
        default="4326",
        minimum=1024,
        maximum=32767,
        formats=("geojson", "parquet", "fgb"),
        example="3857",
    ),
)
"""Every parameter, in the order in which people read of them."""
