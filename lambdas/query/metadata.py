"""A dataset as the API describes it, and the catalog as a relation that ODSQL can search."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlglot import exp

from citylake.catalog import Entry, Release
from citylake.datasets import Dataset, Field, FieldType, Precision, Visibility
from citylake.places import Place
from lambdas.query.odsql import typed
from lambdas.query.odsql.typed import Kind
from lambdas.query.relation import Relation

_NATION = "United States"
_LANGUAGE = "en"

_DCAT = (
    "created", "issued", "creator", "contributor", "contact_name", "contact_email",
    "accrualperiodicity", "spatial", "temporal", "granularity", "dataquality", "publisher_type",
    "conforms_to", "temporal_coverage_start", "temporal_coverage_end", "accessRights", "relation",
)  # fmt: skip


def _text(name: str, label: str, *, facet: bool = False, multivalued: bool = False) -> Field:
    return Field(name=name, type=FieldType.TEXT, label=label, facet=facet, multivalued=multivalued)


CATALOG_FIELDS: tuple[Field, ...] = (
    _text("dataset_id", "Dataset identifier"),
    Field(name="has_records", type=FieldType.BOOLEAN, label="Has records"),
    _text("features", "Features", facet=True, multivalued=True),
    _text("title", "Title"),
    _text("description", "Description"),
    _text("theme", "Theme", facet=True, multivalued=True),
    _text("keyword", "Keyword", facet=True, multivalued=True),
    _text("license", "License", facet=True),
    _text("license_url", "License address"),
    _text("language", "Language"),
    Field(name="modified", type=FieldType.DATETIME, label="Modified", facet=True),
    Field(name="data_processed", type=FieldType.DATETIME, label="Last data processing"),
    Field(name="metadata_processed", type=FieldType.DATETIME, label="Last metadata processing"),
    _text("territory", "Geographic coverage", multivalued=True),
    _text("publisher", "Publisher", facet=True),
    _text("references", "Reference"),
    Field(name="records_count", type=FieldType.INT, label="Number of records"),
    _text("attributions", "Attributions", multivalued=True),
    _text("update_frequency", "Update frequency"),
)
"""What the catalog can be searched by; all but the first three belong to the template default."""

_BASIC = {"dataset_id", "has_records", "features"}


def catalog_names() -> Mapping[str, Field]:
    """The catalog's fields by every name: bare, with the template, and as they once were called."""
    names = {field.name: field for field in CATALOG_FIELDS}
    return {
        **names,
        **{f"default.{field.name}": field for field in CATALOG_FIELDS if field.name not in _BASIC},
        "datasetid": names["dataset_id"],
    }


def catalog_relation(descriptions: Sequence[Mapping[str, Any]], version: str) -> Relation:
    """The catalog as records: one per dataset, of the metadata that can be searched.

    Args:
        descriptions: dataset objects, as ``describe`` makes them.
        version: changes when they do.
    """
    names = [field.name for field in CATALOG_FIELDS]
    rows = [_catalog_row(description) for description in descriptions]
    # A relation without rows still needs columns with types.
    held = exp.values(
        [tuple(row) for row in rows] or [tuple(exp.null() for _ in names)],
        alias="catalog",
        columns=names,
    )
    source = exp.select(
        *(
            exp.alias_(
                exp.cast(exp.column(field.name, quoted=True), _SQL_TYPES[typed.kind_of(field)]),
                field.name,
                quoted=True,
            )
            for field in CATALOG_FIELDS
        )
    ).from_(held)
    if not rows:
        source = source.where(exp.false())
    key = typed.Column("dataset_id", Kind.TEXT)
    return Relation(
        source=source.subquery("datasets"),
        fields=catalog_names(),
        key=(key,),
        restriction=typed.TRUE,
        version=version,
    )


_SQL_TYPES = {
    Kind.TEXT: exp.DataType.build("text"),
    Kind.TEXTS: exp.DataType.build("array<text>"),
    Kind.INT: exp.DataType.build("bigint"),
    Kind.BOOLEAN: exp.DataType.build("boolean"),
    Kind.DATETIME: exp.DataType.build("timestamptz"),
}


def _catalog_row(description: Mapping[str, Any]) -> list[exp.Expr]:
    default = description["metas"]["default"]
    return [
        _value(description[field.name] if field.name in _BASIC else default[field.name])
        for field in CATALOG_FIELDS
    ]


def _value(value: str | int | bool | list[str] | None) -> exp.Expr:
    if isinstance(value, list):
        return exp.Array(expressions=[exp.Literal.string(item) for item in value])
    return exp.convert(value)


def describe(
    entry: Entry, release: Release, records_count: int, place: Place | None
) -> dict[str, Any]:
    """A dataset object, keys in the order of the vendor's.

    ``metas.citylake`` is ours: what leads each figure back to where it comes from.

    Args:
        entry: what the catalog says of the dataset.
        release: the release that is described.
        records_count: its records in scope.
        place: whom the request is about, ``None`` for the nation.
    """
    dataset = release.dataset
    return {
        "visibility": "domain" if entry.visibility is Visibility.PUBLIC else "restricted",
        "fields": [_field(dataset, field) for field in dataset.fields],
        "dataset_id": dataset.id,
        "dataset_uid": _uid(dataset),
        "has_records": records_count > 0,
        "features": _features(dataset),
        "attachments": [],
        "alternative_exports": [],
        "data_visible": True,
        "metas": {
            "default": _default(release, records_count, place),
            "dcat": {
                **dict.fromkeys(_DCAT),
                "accrualperiodicity": dataset.update_frequency or None,
            },
            "custom": {},
            "citylake": _lineage(entry, release),
        },
    }


def _field(dataset: Dataset, field: Field) -> dict[str, Any]:
    annotations: dict[str, Any] = {}
    if field.facet:
        annotations["facet"] = True
    if field.multivalued:
        annotations["multivalued"] = [","]
    if field.name in dataset.key:
        annotations["id"] = True
    if field.unit:
        annotations["unit"] = field.unit
    if field.type is FieldType.DATE and field.precision is not Precision.DAY:
        annotations["timeserie_precision"] = field.precision.value
    if field.margin_of:
        annotations["margin_of"] = field.margin_of
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type.value,
        "description": field.description or None,
        "annotations": annotations,
    }


def _uid(dataset: Dataset) -> str:
    digest = hashlib.sha256(f"{dataset.owner}/{dataset.id}".encode()).hexdigest()
    return f"da_{digest[:6]}"


def _features(dataset: Dataset) -> list[str]:
    types = {field.type for field in dataset.fields}
    features = ["analyze"]
    if types & {FieldType.DATE, FieldType.DATETIME}:
        features.append("timeserie")
    if types & {FieldType.GEO_POINT, FieldType.GEO_SHAPE}:
        features.append("geo")
    return features


def _default(release: Release, records_count: int, place: Place | None) -> dict[str, Any]:
    dataset = release.dataset
    published_at = datetime.fromisoformat(release.published_at).isoformat()
    return {
        "title": dataset.title,
        "description": dataset.description,
        "theme": [dataset.theme.value],
        "keyword": list(dataset.keywords),
        "license": dataset.license.name,
        "license_url": dataset.license.url or None,
        "language": _LANGUAGE,
        "metadata_languages": [_LANGUAGE],
        "timezone": None,
        "modified": published_at,
        "modified_updates_on_metadata_change": False,
        "modified_updates_on_data_change": True,
        "data_processed": published_at,
        "metadata_processed": published_at,
        "geographic_reference": None,
        "geographic_reference_auto": False,
        "territory": [place.title if place else _NATION],
        "geometry_types": _geometry_types(dataset),
        "bbox": None,
        "publisher": dataset.publisher,
        "references": dataset.source_url or None,
        "records_count": records_count,
        "attributions": list(dict.fromkeys(receipt.publisher for receipt in release.receipts)),
        "source_domain": None,
        "source_domain_title": None,
        "source_domain_address": None,
        "source_dataset": None,
        "shared_catalog": None,
        "federated": False,
        "parent_domain": None,
        "update_frequency": dataset.update_frequency or None,
    }


def _geometry_types(dataset: Dataset) -> list[str] | None:
    types = {field.type for field in dataset.fields}
    named = {FieldType.GEO_POINT: "Point", FieldType.GEO_SHAPE: "Polygon"}
    return [name for kind, name in named.items() if kind in types] or None


def _lineage(entry: Entry, release: Release) -> dict[str, Any]:
    dataset = release.dataset
    told = msgspec.json.encode(
        {
            "release": release.id,
            "releases": entry.releases,
            "published_at": release.published_at,
            "vintage": dataset.vintage,
            "attribution": dataset.attribution,
            "notes": dataset.notes,
            "key": dataset.key,
            "place_field": dataset.place_field or None,
            "time_field": dataset.time_field or None,
            "series_field": dataset.series_field or None,
            "sources": release.receipts,
            "checks": release.checks,
            "left_out": release.left_out,
        }
    )
    lineage: dict[str, Any] = msgspec.json.decode(told)
    return lineage
