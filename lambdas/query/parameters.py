"""The parameters of the API: one table, by which requests are read and the documents are made.

Unknown parameters are ignored and an empty one counts as absent, since clients send both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from citylake.errors import ParameterInvalid

Parameters = Mapping[str, Sequence[str]]
"""Decoded query parameters: every value of each, in the order in which they were sent."""

PAGE_LIMIT = 100
"""Most records of one page."""

GROUPS_LIMIT = 20_000
"""Most groups of one page, and the furthest group that paging reaches."""

PAGING_LIMIT = 10_000
"""The furthest record that paging reaches; whoever wants more takes an export."""

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
    compressed: bool = False
    delimiter: str = ";"
    list_separator: str = ","
    quote_all: bool = False
    with_bom: bool = True


def read(endpoint: Endpoint, parameters: Parameters) -> Request:
    """Read a request's parameters.

    Raises:
        ParameterInvalid: a value is not of its kind, or outside of its range.
    """
    return Request()


PARAMETERS: tuple[Parameter, ...] = ()
