"""A dataset as the API describes it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from citylake.catalog import Entry, Release
from citylake.datasets import Dataset, FacetSort, Field, FieldType, Precision, Visibility
from citylake.places import Place
from lambdas.query.relation import Box

_NATION = "United States"
_LANGUAGE = "en"

_GEOGRAPHIC_REFERENCE = ("world_us",)
"""The vendor's code of the United States; how it codes what lies below them is not published."""

_DCAT = (
    "created", "issued", "creator", "contributor", "contact_name", "contact_email",
    "accrualperiodicity", "spatial", "temporal", "granularity", "dataquality", "publisher_type",
    "conforms_to", "temporal_coverage_start", "temporal_coverage_end", "accessRights", "relation",
)  # fmt: skip


_APP_METAS = (
    "download_count", "api_call_count", "attachments_download_count", "file_field_download_count",
    "popularity_score", "reuse_count",
)  # fmt: skip

FEATURES = ("analyze", "timeserie", "geo")
"""What a dataset can be used for, as the vendor calls it."""

APP_METAS = "explore"
"""The template that is told only to those who ask for it (``include_app_metas``)."""

PATH_SEPARATOR = "/"
"""What parts the levels of ``explore.geographic_reference_path_labels``."""


def describe(
    entry: Entry,
    release: Release,
    *,
    records_count: int,
    box: Box | None,
    place: Place | None,
    attachments: Mapping[str, str],
) -> dict[str, Any]:
    """A dataset object, keys in the order of the vendor's.

    ``metas.citylake`` is ours: what leads each figure back to where it comes from.

    Args:
        entry: what the catalog says of the dataset.
        release: the release that is described.
        records_count: its records in scope.
        box: around the points of these records; ``None`` where they have none.
        place: whom the request is about, ``None`` for the nation.
        attachments: addresses of the documents beside the release, by their ids.
    """
    dataset = release.dataset
    return {
        "visibility": "domain" if entry.visibility is Visibility.PUBLIC else "restricted",
        "fields": [_field(dataset, field) for field in dataset.fields],
        "dataset_id": dataset.id,
        "dataset_uid": _uid(dataset),
        "has_records": records_count > 0,
        "features": _features(dataset),
        "attachments": [
            {
                "id": attachment.id,
                "mimetype": attachment.media_type,
                "title": attachment.title,
                "url": attachments[attachment.id],
            }
            for attachment in release.attachments
        ],
        "alternative_exports": [],
        "data_visible": True,
        "metas": {
            "default": _default(release, records_count, box, place),
            "dcat": {
                **dict.fromkeys(_DCAT),
                "accrualperiodicity": dataset.update_frequency or None,
            },
            "custom": {},
            "citylake": _lineage(entry, release),
            APP_METAS: {
                **dict.fromkeys(_APP_METAS),
                "geographic_reference_path_labels": _path(place),
            },
        },
    }


def without_app_metas(described: Mapping[str, Any]) -> dict[str, Any]:
    """A dataset object for those who did not ask for the metadata of the vendor's application."""
    metas = {name: held for name, held in described["metas"].items() if name != APP_METAS}
    return {**described, "metas": metas}


def _path(place: Place | None) -> str:
    """What a dataset's records are about, level by level: nation, state, place."""
    return PATH_SEPARATOR.join((_NATION, place.state, place.name) if place else (_NATION,))


def _field(dataset: Dataset, field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type.value,
        "description": field.description or None,
        "annotations": {name: said for name, said in _annotations(dataset, field).items() if said},
    }


def _annotations(dataset: Dataset, field: Field) -> dict[str, Any]:
    """What is noted about a field; what says nothing is left out."""
    is_sorted = field.facet and field.facet_sort is not FacetSort.COUNT
    is_rough = field.type is FieldType.DATE and field.precision is not Precision.DAY
    return {
        "facet": field.facet,
        "disjunctive": field.disjunctive,
        "facetsort": field.facet_sort.value if is_sorted else "",
        "hierarchical": [field.separator] if field.separator else [],
        "multivalued": [","] if field.multivalued else [],
        "sortable": field.type is FieldType.TEXT and not field.multivalued,
        "id": field.name in dataset.key,
        "unit": field.unit,
        "timerangeFilter": field.type in _TIMES and field.name == dataset.time_field,
        "timeserie_precision": field.precision.value if is_rough else "",
        "margin_of": field.margin_of,
    }


_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})


def _uid(dataset: Dataset) -> str:
    digest = hashlib.sha256(f"{dataset.owner}/{dataset.id}".encode()).hexdigest()
    return f"da_{digest[:6]}"


def _features(dataset: Dataset) -> list[str]:
    types = {field.type for field in dataset.fields}
    features = ["analyze"]
    if types & _TIMES:
        features.append("timeserie")
    if types & {FieldType.GEO_POINT, FieldType.GEO_SHAPE}:
        features.append("geo")
    return features


def _default(
    release: Release, records_count: int, box: Box | None, place: Place | None
) -> dict[str, Any]:
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
        "geographic_reference": list(_GEOGRAPHIC_REFERENCE),
        "geographic_reference_auto": False,
        "territory": [place.title if place else _NATION],
        "geometry_types": _geometry_types(dataset),
        "bbox": _bbox(box),
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


def _bbox(box: Box | None) -> dict[str, Any] | None:
    if box is None:
        return None
    west, south, east, north = box
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    return {"type": "Feature", "geometry": geometry, "properties": {}}


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
