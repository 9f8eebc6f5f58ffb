"""Searching: what the API answers, as plain values.

The ``Explorer`` knows the lake, an engine and ODSQL; it knows no event, no status and no bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from citylake.lake.read import Lake
from lambdas.query.engines import Engine, Row
from lambdas.query.parameters import Parameters
from lambdas.query.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an answer.

    Attributes:
        name: key of its values in a record; the field's name, an alias, or the text as written.
        label: what a person reads above it; the name where nothing better is known.
        type: type of one value.
        multivalued: whether a value is a list of texts.
        precision: how much of a date is known.
    """

    name: str
    label: str
    type: FieldType
    multivalued: bool = False
    precision: Precision = Precision.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request made ready for an engine.

    Attributes:
        tree: what the engine answers.
        columns: what the rows mean.
        timezone: in which instants are written.
        release: id of the release that is read; for the catalog its version.
    """

    tree: exp.Select
    columns: tuple[Column, ...]
    timezone: ZoneInfo
    release: str

    def values(self, row: Row) -> list[Any]:
        """The values of a row as JSON knows them, one per column."""
        return list(row)

    def record(self, row: Row) -> dict[str, Any]:
        """A row as a record: the values by their columns' names."""
        return dict(zip((column.name for column in self.columns), self.values(row), strict=True))


class Explorer:
    """Answers the questions of the Explore API. Safe to share between threads.

    Args:
        lake: what is searched.
        engine: what does the searching.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self.lake = lake
        self.engine = engine

    def datasets(self, scope: Scope, parameters: Parameters) -> dict[str, Any]:
        """Search the catalog: ``{"total_count", "results": [dataset]}``."""
        return {"total_count": 0, "results": []}

    def dataset(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Describe one dataset."""
        return {}

    def records(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Search a dataset: ``{"total_count", "results": [record]}``, groups without the count."""
        return {"total_count": 0, "results": []}

    def record(
        self, scope: Scope, dataset_id: str, record_id: str, parameters: Parameters
    ) -> dict[str, Any]:
        """Give one record, with ``_id``."""
        return {}

    def facets(self, scope: Scope, dataset_id: str, parameters: Parameters) -> dict[str, Any]:
        """Count the values of a dataset's facets: ``{"links", "facets"}``."""
        return {"links": [], "facets": []}

    def catalog_facets(self, scope: Scope, parameters: Parameters) -> dict[str, Any]:
        """Count the values of the catalog's facets."""
        return {"links": [], "facets": []}

    def export_plan(self, scope: Scope, dataset_id: str, parameters: Parameters) -> Plan:
        """Make an export of a dataset's records ready; pages and their limits do not apply."""
        raise NotImplementedError

    def catalog_export_plan(self, scope: Scope, parameters: Parameters) -> Plan:
        """Make an export of the catalog ready: a row per dataset."""
        raise NotImplementedError

    def version(self, scope: Scope, dataset_id: str, parameters: Parameters) -> str:
        """Name what an answer would be made of, for its ETag: a release, or the catalog's version.

        Args:
            scope: whom the request is about.
            dataset_id: empty for a question to the catalog.
            parameters: of which ``version`` counts.
        """
        return self.lake.catalog().version


_ = Sequence
