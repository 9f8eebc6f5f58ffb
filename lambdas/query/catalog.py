"""The catalog as a relation that ODSQL can search: a record per dataset, a field per metadata."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from citylake.datasets import Field, FieldType
from lambdas.query.metadata import PATH_SEPARATOR
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Kind
from lambdas.query.relation import Relation

DEFAULT = "default"
"""The template whose metadata are known by their bare names, too."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """One thing that the catalog says of every dataset.

    Attributes:
        template: the template that it belongs to; empty for what stands at the root of a dataset.
        name: its key in the dataset object.
        field: how it is searched; its name is that of the column.
    """

    template: str
    name: str
    field: Field

    @property
    def full_name(self) -> str:
        """How a query calls it without doubt: ``default.title``, ``dataset_id``."""
        return f"{self.template}.{self.name}" if self.template else self.name

    def of(self, described: Mapping[str, Any]) -> Any:  # noqa: ANN401  # of any of the types below
        """Its value for a dataset, described as ``metadata.describe`` does."""
        held = described["metas"][self.template] if self.template else described
        return held[self.name]


def _row(template: str, name: str, label: str, kind: FieldType, **traits: Any) -> Metadata:  # noqa: ANN401  # those of a field
    column = name if template in {"", DEFAULT} else f"{template}__{name.lower()}"
    return Metadata(template, name, Field(name=column, type=kind, label=label, **traits))


_TEXT, _INT, _BOOLEAN = FieldType.TEXT, FieldType.INT, FieldType.BOOLEAN
_DATETIME, _SHAPE = FieldType.DATETIME, FieldType.GEO_SHAPE
_LIST: dict[str, Any] = {"multivalued": True}
_FACET: dict[str, Any] = {"facet": True}

METADATA: tuple[Metadata, ...] = (
    _row("", "dataset_id", "Dataset identifier", _TEXT),
    _row("", "dataset_uid", "Unique identifier", _TEXT),
    _row("", "visibility", "Visibility", _TEXT),
    _row("", "has_records", "Has records", _BOOLEAN),
    _row("", "data_visible", "Records can be seen", _BOOLEAN),
    _row("", "features", "Features", _TEXT, **_LIST, **_FACET),
    _row(DEFAULT, "title", "Title", _TEXT),
    _row(DEFAULT, "description", "Description", _TEXT),
    _row(DEFAULT, "theme", "Theme", _TEXT, **_LIST, **_FACET),
    _row(DEFAULT, "keyword", "Keyword", _TEXT, **_LIST, **_FACET),
    _row(DEFAULT, "license", "License", _TEXT, **_FACET),
    _row(DEFAULT, "license_url", "License address", _TEXT),
    _row(DEFAULT, "language", "Language", _TEXT),
    _row(DEFAULT, "metadata_languages", "Languages of the metadata", _TEXT, **_LIST),
    _row(DEFAULT, "timezone", "Time zone", _TEXT),
    _row(DEFAULT, "modified", "Modified", _DATETIME, **_FACET),
    _row(DEFAULT, "modified_updates_on_metadata_change", "Modified with metadata", _BOOLEAN),
    _row(DEFAULT, "modified_updates_on_data_change", "Modified with data", _BOOLEAN),
    _row(DEFAULT, "data_processed", "Last data processing", _DATETIME),
    _row(DEFAULT, "metadata_processed", "Last metadata processing", _DATETIME),
    _row(DEFAULT, "geographic_reference", "Geographic reference", _TEXT, **_LIST),
    _row(DEFAULT, "geographic_reference_auto", "Geographic reference is computed", _BOOLEAN),
    _row(DEFAULT, "territory", "Geographic coverage", _TEXT, **_LIST),
    _row(DEFAULT, "geometry_types", "Geometry types", _TEXT, **_LIST),
    _row(DEFAULT, "bbox", "Box around the records", _SHAPE),
    _row(DEFAULT, "publisher", "Publisher", _TEXT, **_FACET),
    _row(DEFAULT, "references", "Reference", _TEXT),
    _row(DEFAULT, "records_count", "Number of records", _INT),
    _row(DEFAULT, "attributions", "Attributions", _TEXT, **_LIST),
    _row(DEFAULT, "source_domain", "Source domain", _TEXT),
    _row(DEFAULT, "source_domain_title", "Title of the source domain", _TEXT),
    _row(DEFAULT, "source_domain_address", "Address of the source domain", _TEXT),
    _row(DEFAULT, "source_dataset", "Source dataset", _TEXT),
    _row(DEFAULT, "shared_catalog", "Shared catalog", _TEXT),
    _row(DEFAULT, "federated", "Federated", _BOOLEAN),
    _row(DEFAULT, "parent_domain", "Parent domain", _TEXT),
    _row(DEFAULT, "update_frequency", "Update frequency", _TEXT),
    _row("dcat", "created", "Created", _TEXT),
    _row("dcat", "issued", "Issued", _TEXT),
    _row("dcat", "creator", "Creator", _TEXT),
    _row("dcat", "contributor", "Contributor", _TEXT),
    _row("dcat", "contact_name", "Contact name", _TEXT),
    _row("dcat", "contact_email", "Contact e-mail", _TEXT),
    _row("dcat", "accrualperiodicity", "Frequency", _TEXT),
    _row("dcat", "spatial", "Spatial coverage", _TEXT),
    _row("dcat", "temporal", "Temporal coverage", _TEXT),
    _row("dcat", "granularity", "Granularity", _TEXT),
    _row("dcat", "dataquality", "Data quality", _TEXT),
    _row("dcat", "publisher_type", "Publisher type", _TEXT),
    _row("dcat", "conforms_to", "Conforms to", _TEXT),
    _row("dcat", "temporal_coverage_start", "Temporal coverage, start", _TEXT),
    _row("dcat", "temporal_coverage_end", "Temporal coverage, end", _TEXT),
    _row("dcat", "accessRights", "Access rights", _TEXT),
    _row("dcat", "relation", "Relation", _TEXT),
    _row("citylake", "release", "Release", _TEXT),
    _row("citylake", "published_at", "Published", _DATETIME),
    _row("citylake", "vintage", "Vintage", _TEXT),
    _row("citylake", "attribution", "How records were tied to places", _TEXT),
    _row("citylake", "notes", "Notes", _TEXT, **_LIST),
    _row("citylake", "key", "Key", _TEXT, **_LIST),
    _row("citylake", "place_field", "Field of the place", _TEXT),
    _row("citylake", "time_field", "Field of the time", _TEXT),
    _row("citylake", "series_field", "Field of the series", _TEXT),
    _row("explore", "download_count", "Downloads", _INT),
    _row("explore", "api_call_count", "API calls", _INT),
    _row("explore", "attachments_download_count", "Downloads of attachments", _INT),
    _row("explore", "file_field_download_count", "Downloads of files", _INT),
    _row("explore", "popularity_score", "Popularity", FieldType.DOUBLE),
    _row("explore", "reuse_count", "Reuses", _INT),
    _row(
        "explore",
        "geographic_reference_path_labels",
        "Geographic reference",
        _TEXT,
        separator=PATH_SEPARATOR,
    ),
)
"""Everything that the catalog can be searched by, in the order of an export's columns."""

FACETS: tuple[str, ...] = tuple(each.name for each in METADATA if each.field.facet)
"""What is counted where a request names no facet."""

SEARCHED = frozenset(
    {
        "dataset_id", "title", "description", "theme", "keyword", "publisher", "attributions",
        "territory",
    }
)  # fmt: skip
"""What text search looks into, where it is not told."""


def catalog_names() -> Mapping[str, Field]:
    """The catalog's fields by every name: bare, with the template, and as they once were called."""
    bare = {each.name: each.field for each in METADATA if each.template in {"", DEFAULT}}
    return {
        **bare,
        **{each.full_name: each.field for each in METADATA},
        "datasetid": bare["dataset_id"],
    }


def catalog_columns() -> tuple[str, ...]:
    """Names of an export's columns: of every template, and the dataset's id as the last."""
    return (*(each.full_name for each in METADATA if each.template), "datasetid")


def catalog_relation(descriptions: Sequence[Mapping[str, Any]], version: str) -> Relation:
    """The catalog as records: one per dataset, of everything that can be searched.

    Args:
        descriptions: dataset objects, as ``metadata.describe`` makes them.
        version: changes when they do.
    """
    columns = {each.field.name: [each.of(told) for told in descriptions] for each in METADATA}
    # What all datasets have in common is said once: most of what can be said is said of none.
    varying = [
        name
        for name, values in columns.items()
        if name == "dataset_id" or any(value != values[0] for value in values)
    ]
    rows = [tuple(_value(columns[name][at]) for name in varying) for at in range(len(descriptions))]
    # A relation without rows still needs columns with types.
    held = exp.values(
        rows or [tuple(exp.null() for _ in varying)], alias="catalog", columns=varying
    )
    source = exp.select(*_projections(columns, frozenset(varying))).from_(held)
    if not rows:
        source = source.where(exp.false())
    return Relation(
        source=source.subquery("datasets"),
        fields=catalog_names(),
        key=(typed.Column("dataset_id", Kind.TEXT),),
        restriction=typed.TRUE,
        version=version,
        searched=SEARCHED,
    )


_SQL_TYPES = {
    Kind.TEXT: exp.DataType.build("text"),
    Kind.TEXTS: exp.DataType.build("array<text>"),
    Kind.INT: exp.DataType.build("bigint"),
    Kind.DOUBLE: exp.DataType.build("double"),
    Kind.BOOLEAN: exp.DataType.build("boolean"),
    Kind.DATETIME: exp.DataType.build("timestamptz"),
    Kind.SHAPE: exp.DataType.build("varbinary"),
}


def _projections(
    columns: Mapping[str, Sequence[Any]], varying: frozenset[str]
) -> Iterator[exp.Expr]:
    for each in METADATA:
        name = each.field.name
        values = columns[name]
        value: exp.Expr = exp.column(name, quoted=True)
        if name not in varying:
            value = _value(values[0]) if values else exp.null()
        kind = _SQL_TYPES[typed.kind_of(each.field)]
        yield exp.alias_(exp.cast(value, kind), name, quoted=True)


def _value(value: str | float | list[str] | Mapping[str, Any] | None) -> exp.Expr:
    if isinstance(value, list):
        return exp.Array(expressions=[exp.Literal.string(item) for item in value])
    if isinstance(value, Mapping):
        return exp.Unhex(this=exp.Literal.string(_wkb(value["geometry"]["coordinates"]).hex()))
    return exp.convert(value)


def _wkb(rings: Sequence[Sequence[Sequence[float]]]) -> bytes:
    """A polygon as the lake stores shapes: well-known binary."""
    written = struct.pack("<BII", 1, 3, len(rings))
    for ring in rings:
        numbers = [number for corner in ring for number in corner]
        written += struct.pack(f"<I{len(numbers)}d", len(ring), *numbers)
    return written
