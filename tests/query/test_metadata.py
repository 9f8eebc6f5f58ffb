from pathlib import Path
from typing import Any

import pytest

from citylake.datasets import Dataset, Field, FieldType, License, Theme
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.trees import BOSTON, DURHAM, NATION, publish_trees

BUDGETS = Dataset(
    id="budgets",
    title="What was spent",
    description="Budgets of «all» departments; it's complete.",
    theme=Theme.BUDGET,
    publisher="Treasury",
    key=("department",),
    fields=(Field(name="department", type=FieldType.TEXT, label="Department"),),
    keywords=("money", "spending"),
    license=License(name="Public", url="https://example.gov/terms"),
    source_url="https://example.gov/budgets",
    vintage="2023",
    update_frequency="annual",
    notes=("Rounded.",),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    publish(home, BUDGETS, [{"department": "Parks"}, {"department": "Roads"}])
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots))


def ids(found: Explorer, scope: Scope = NATION, **parameters: Any) -> list[str]:
    lists = {
        name: value if isinstance(value, list) else [value] for name, value in parameters.items()
    }
    return [entry["dataset_id"] for entry in found.datasets(scope, lists)["results"]]


def test_a_dataset_is_described_key_by_key_in_the_vendors_order(found: Explorer) -> None:
    described = found.dataset(NATION, "budgets", {})
    release = found.lake.release("budgets")
    assert list(described) == [
        "visibility", "fields", "dataset_id", "dataset_uid", "has_records", "features",
        "attachments", "alternative_exports", "data_visible", "metas",
    ]  # fmt: skip
    assert described["fields"] == [
        {
            "name": "department",
            "label": "Department",
            "type": "text",
            "description": None,
            "annotations": {"sortable": True, "id": True},
        }
    ]
    metas = described["metas"]
    assert list(metas) == ["default", "dcat", "custom", "citylake"]
    assert metas["default"] == {
        "title": "What was spent",
        "description": "Budgets of «all» departments; it's complete.",
        "theme": ["budget"],
        "keyword": ["money", "spending"],
        "license": "Public",
        "license_url": "https://example.gov/terms",
        "language": "en",
        "metadata_languages": ["en"],
        "timezone": None,
        "modified": release.published_at,
        "modified_updates_on_metadata_change": False,
        "modified_updates_on_data_change": True,
        "data_processed": release.published_at,
        "metadata_processed": release.published_at,
        "geographic_reference": ["world_us"],
        "geographic_reference_auto": False,
        "territory": ["United States"],
        "geometry_types": None,
        "bbox": None,
        "publisher": "Treasury",
        "references": "https://example.gov/budgets",
        "records_count": 2,
        "attributions": [],
        "source_domain": None,
        "source_domain_title": None,
        "source_domain_address": None,
        "source_dataset": None,
        "shared_catalog": None,
        "federated": False,
        "parent_domain": None,
        "update_frequency": "annual",
    }
    assert metas["citylake"]["release"] == release.id
    assert metas["citylake"]["notes"] == ["Rounded."]


def test_a_place_sees_how_many_records_are_its_own(found: Explorer) -> None:
    default = found.dataset(DURHAM, "trees", {})["metas"]["default"]
    assert (default["records_count"], default["territory"]) == (4, ["Durham, NC"])
    assert found.dataset(BOSTON, "trees", {})["metas"]["default"]["records_count"] == 1


def test_a_places_catalog_lists_what_has_records_of_it(found: Explorer) -> None:
    nowhere = Scope(place=DURHAM.place and type(DURHAM.place)(
        geoid="0000001", name="Nowhere", kind="city", state="NC", slug="nc/nowhere",
        has_government=True), prefix="/nc/nowhere")  # fmt: skip
    assert ids(found, DURHAM) == ["budgets", "trees"]
    assert ids(found, nowhere) == ["budgets"]
    assert found.dataset(nowhere, "trees", {})["has_records"] is False
    assert found.records(nowhere, "trees", {}) == {"total_count": 0, "results": []}


@pytest.mark.parametrize(
    ("parameters", "datasets"),
    [
        ({}, ["budgets", "trees"]),
        ({"where": '"street"'}, ["trees"]),
        ({"where": "search('tree')"}, ["trees"]),
        ({"where": ['"of"', "keyword = 'money'"]}, ["budgets"]),
        ({"where": "features = 'geo'"}, ["trees"]),
        ({"where": 'features in ("geo", "timeserie")'}, ["trees"]),
        ({"where": 'datasetid:"trees"'}, ["trees"]),
        ({"where": "default.records_count > 3"}, ["trees"]),
        ({"where": "modified > '2999-01-01'"}, []),
        ({"refine": "theme:air"}, ["trees"]),
        ({"refine": "default.publisher:Treasury"}, ["budgets"]),
        ({"exclude": "publisher:Treasury"}, ["trees"]),
        ({"order_by": "title asc"}, ["trees", "budgets"]),
        ({"order_by": "-records_count", "limit": "1"}, ["trees"]),
        ({"limit": "1", "offset": "1"}, ["trees"]),
    ],
)
def test_the_catalog_is_searched_as_records_are(
    found: Explorer, parameters: dict[str, Any], datasets: list[str]
) -> None:
    assert ids(found, **parameters) == datasets


def test_selected_metadata_stand_at_the_root(found: Explorer) -> None:
    page = found.datasets(NATION, {"select": ["dataset_id, title as t, keyword"], "limit": ["1"]})
    assert page == {
        "total_count": 2,
        "results": [
            {"dataset_id": "budgets", "t": "What was spent", "keyword": ["money", "spending"]}
        ],
    }
    assert found.dataset(NATION, "budgets", {"select": ["title"]}) == {"title": "What was spent"}


def test_the_catalog_can_be_grouped(found: Explorer) -> None:
    page = found.datasets(NATION, {"select": ["count(*) as n"], "group_by": ["features"]})
    assert page == {
        "results": [
            {"features": "analyze", "n": 2},
            {"features": "geo", "n": 1},
            {"features": "timeserie", "n": 1},
        ]
    }


def test_the_catalogs_facets_are_counted(found: Explorer) -> None:
    answer = found.catalog_facets(NATION, {"facet": ["theme"], "refine": ["theme:air"]})
    assert answer == {
        "links": [
            {"rel": "self", "href": "/api/explore/v2.1/catalog/facets"},
            {"rel": "source", "href": "/api/explore/v2.1/catalog"},
        ],
        "facets": [
            {
                "name": "theme",
                "facets": [{"name": "air", "count": 1, "state": "refined", "value": "air"}],
            }
        ],
    }


def test_links_of_a_dataset_are_given_when_asked_for(found: Explorer) -> None:
    described = found.dataset(DURHAM, "trees", {"include_links": ["true"]})
    base = "/nc/durham/api/explore/v2.1/catalog"
    assert {link["rel"]: link["href"] for link in described["_links"]} == {
        "self": f"{base}/datasets/trees",
        "catalog": base,
        "records": f"{base}/datasets/trees/records",
        "exports": f"{base}/datasets/trees/exports",
        "facets": f"{base}/datasets/trees/facets",
        "attachments": f"{base}/datasets/trees/attachments",
    }


def test_an_empty_catalog_answers_too(tmp_path: Path) -> None:
    lake = Lake(FolderStore(tmp_path))
    empty = Explorer(lake, DuckDBEngine(lake.roots))
    assert empty.datasets(NATION, {"where": ["records_count > 1"]}) == {
        "total_count": 0,
        "results": [],
    }
    assert empty.catalog_facets(NATION, {"facet": ["theme"]})["facets"] == [
        {"name": "theme", "facets": []}
    ]
