"""Everything that is said of datasets can be selected, searched, sorted, counted and exported."""

from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.catalog import METADATA, catalog_columns
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import Exporter
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.test_metadata import BUDGETS
from tests.query.trees import BOSTON, DURHAM, NATION, publish_trees

EVERYWHERE = [[[-78.9, -16.0], [179.9, -16.0], [179.9, 42.0], [-78.9, 42.0], [-78.9, -16.0]]]
IN_BOSTON = [[[-71.0, 42.0], [-71.0, 42.0], [-71.0, 42.0], [-71.0, 42.0], [-71.0, 42.0]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    publish(home, BUDGETS, [{"department": "Parks"}, {"department": "Roads"}])
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots))


def results(found: Explorer, scope: Scope = NATION, **parameters: str) -> list[dict[str, Any]]:
    lists = {name: [value] for name, value in parameters.items()}
    answer: list[dict[str, Any]] = found.datasets(scope, lists)["results"]
    return answer


def feature(coordinates: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {}}


def test_a_dataset_says_nothing_that_cannot_be_selected(found: Explorer) -> None:
    (described,) = found.datasets(
        NATION, {"where": ["dataset_id='trees'"], "include_app_metas": ["true"]}
    )["results"]
    structures = {"fields", "attachments", "alternative_exports", "metas"}
    of_citylake = {"releases", "sources", "checks", "left_out"}
    said = {name for name in described if name not in structures} | {
        f"{template}.{name}"
        for template, metas in described["metas"].items()
        for name in metas
        if not (template == "citylake" and name in of_citylake)
    }
    assert {each.full_name for each in METADATA} == said
    names = [each.full_name for each in METADATA]
    (selected,) = results(
        found,
        select=",".join(f"`{name}`" if "." not in name else name for name in names),
        where="dataset_id='trees'",
    )
    assert selected == {each.full_name: each.of(described) for each in METADATA}


def test_metadata_stand_at_the_root_by_the_names_that_were_asked_for(found: Explorer) -> None:
    assert results(
        found,
        select="dataset_id, title, default.records_count, dcat.accrualperiodicity as every, "
        "citylake.vintage, explore.download_count",
        order_by="dataset_id",
    ) == [
        {
            "dataset_id": "budgets",
            "title": "What was spent",
            "default.records_count": 2,
            "every": "annual",
            "citylake.vintage": "2023",
            "explore.download_count": None,
        },
        {
            "dataset_id": "trees",
            "title": "Street trees",
            "default.records_count": 5,
            "every": None,
            "citylake.vintage": "",
            "explore.download_count": None,
        },
    ]


@pytest.mark.parametrize(
    ("where", "datasets"),
    [
        ("features in ('geo')", ["trees"]),
        ("features='geo'", ["trees"]),
        ("theme=\"budget\"", ["budgets"]),
        ("publisher:\"Treasury\"", ["budgets"]),
        ("has_records", ["budgets", "trees"]),
        ("has_records is false", []),
        ("default.license_url like 'example'", ["budgets"]),
        ("dcat.accrualperiodicity = 'annual'", ["budgets"]),
        ("citylake.vintage = '2023'", ["budgets"]),
        ("explore.popularity_score > 0", []),
        ("'annual'", []),
        ("search(*, 'spent')", ["budgets"]),
        ("search(\"spent departments\")", ["budgets"]),
        ("search(title, 'departments')", []),
        ("visibility = 'domain' and data_visible", ["budgets", "trees"]),
        ("language = 'en'", ["budgets", "trees"]),
        ("geometry_types = 'Point'", ["trees"]),
        ("bbox is null", ["budgets"]),
        ("in_bbox(default.bbox, 40, -72, 43, -70)", ["trees"]),
        ("in_bbox(bbox, 50, -72, 53, -70)", []),
    ],
)  # fmt: skip
def test_a_condition_may_speak_of_all_metadata(
    found: Explorer, where: str, datasets: list[str]
) -> None:
    listed = results(found, select="dataset_id", where=where, order_by="dataset_id")
    assert [each["dataset_id"] for each in listed] == datasets


def test_the_box_around_a_datasets_points_is_that_of_the_scope(found: Explorer) -> None:
    def box(scope: Scope) -> Any:
        return found.dataset(scope, "trees", {})["metas"]["default"]["bbox"]

    assert box(NATION) == feature(EVERYWHERE)
    assert box(BOSTON) == feature(IN_BOSTON)
    assert found.dataset(NATION, "budgets", {})["metas"]["default"]["bbox"] is None


def test_the_metadata_of_the_vendors_application_are_told_when_asked_for(found: Explorer) -> None:
    plain = found.dataset(DURHAM, "trees", {})["metas"]
    asked = found.dataset(DURHAM, "trees", {"include_app_metas": ["True"]})["metas"]
    listed = results(found, DURHAM, include_app_metas="true", limit="1")[0]["metas"]
    assert list(plain) == ["default", "dcat", "custom", "citylake"]
    assert list(asked) == list(listed) == [*plain, "explore"]
    assert asked["explore"] == {
        "download_count": None,
        "api_call_count": None,
        "attachments_download_count": None,
        "file_field_download_count": None,
        "popularity_score": None,
        "reuse_count": None,
        "geographic_reference_path_labels": "United States/NC/Durham",
    }


def test_the_catalogs_geography_unfolds_level_by_level(found: Explorer) -> None:
    name = "explore.geographic_reference_path_labels"
    answer = found.catalog_facets(
        DURHAM,
        {
            "facet": [f'facet(name="{name}", sort="alphanum", hierarchical=true)'],
            "refine": [f'{name}:"United States/NC"'],
        },
    )
    assert answer["facets"] == [
        {
            "name": name,
            "facets": [
                {
                    "name": "United States",
                    "count": 2,
                    "state": "displayed",
                    "value": "United States",
                    "facets": [
                        {
                            "name": "NC",
                            "count": 2,
                            "state": "refined",
                            "value": "United States/NC",
                            "facets": [
                                {
                                    "name": "Durham",
                                    "count": 2,
                                    "state": "displayed",
                                    "value": "United States/NC/Durham",
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    ]


def test_every_facet_of_the_catalog_can_be_refined_and_excluded(found: Explorer) -> None:
    answer = found.catalog_facets(NATION, {"exclude": ["features:geo"], "refine": ["theme:budget"]})
    told = {
        facet["name"]: [(value["value"], value["state"]) for value in facet["facets"]]
        for facet in answer["facets"]
        if facet["name"] != "modified"
    }
    assert told == {
        "features": [("analyze", "displayed"), ("geo", "excluded")],
        "theme": [("budget", "refined")],
        "keyword": [("money", "displayed"), ("spending", "displayed")],
        "license": [("Public", "displayed")],
        "publisher": [("Treasury", "displayed")],
    }


def test_an_export_has_a_column_for_all_of_it_and_the_id_last(found: Explorer) -> None:
    exporter = Exporter(found)
    csv = b"".join(exporter.export_catalog(NATION, "csv", {"with_bom": ["false"]}).chunks)
    heading, *rows = csv.decode().split("\r\n")
    assert heading.split(";") == list(catalog_columns())
    assert heading.startswith("default.title;default.description;default.theme;")
    assert heading.endswith(";explore.geographic_reference_path_labels;datasetid")
    assert rows[0].endswith(";United States;budgets")


def test_the_pages_of_the_catalog_are_linked(found: Explorer) -> None:
    page = found.datasets(NATION, {"include_links": ["true"], "limit": ["1"]})
    query = "?include_links=true&limit=1&offset="
    base = "/api/explore/v2.1/catalog/datasets"
    assert page["_links"] == [
        {"rel": "self", "href": f"{base}{query}0"},
        {"rel": "first", "href": f"{base}{query}0"},
        {"rel": "last", "href": f"{base}{query}1"},
        {"rel": "next", "href": f"{base}{query}1"},
    ]
