"""Programs that cannot run here: their requests, and what they read of the answers."""

import csv
import io
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.query.api_samples import publish_samples
from tests.query.conftest import Ask, api_over
from tests.query.events import body, header, json_of
from tests.query.trees import publish_trees

CATALOG = "/nc/durham/api/explore/v2.1/catalog"
TREES = f"{CATALOG}/datasets/trees"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_samples(home)
    publish_trees(home)
    return api_over(home)


def get(ask: Ask, path: str, *pairs: tuple[str, object], **headers: str) -> Any:
    answer = ask(f"{path}?{urlencode(pairs, quote_via=quote)}" if pairs else path, "GET", headers)
    assert answer["statusCode"] == 200, body(answer)
    return answer


def test_the_qgis_plugin_lists_tries_and_imports(ask: Ask) -> None:
    listed = json_of(
        get(
            ask, f"{CATALOG}/datasets", ("select", "dataset_id"), ("limit", 100), ("offset", 0),
            ("order_by", "dataset_id"), ("where", '"street"'), ("where", "features='geo'"),
        )
    )  # fmt: skip
    assert listed == {"total_count": 1, "results": [{"dataset_id": "trees"}]}
    described = json_of(get(ask, f"{CATALOG}/datasets", ("where", 'datasetid:"trees"')))
    fields = {field["name"]: field["type"] for field in described["results"][0]["fields"]}
    assert fields["location"] == "geo_point_2d"
    assert json_of(get(ask, f"{TREES}/records", ("limit", 1)))["total_count"] == 4
    refused = ask(f"{TREES}/records?where={quote('no such')}")
    assert (refused["statusCode"], bool(json_of(refused)["message"])) == (400, True)
    features = json_of(
        get(ask, f"{TREES}/exports/geojson", ("select", "name,location"), ("limit", -1))
    )
    assert [feature["properties"]["name"] for feature in features["features"]][:1] == ["White oak"]


def test_widgets_ask_with_their_time_zone_and_a_header_of_their_own(ask: Ask) -> None:
    preflight = ask(
        f"{TREES}/records",
        "OPTIONS",
        {
            "origin": "https://example.gov",
            "access-control-request-method": "GET",
            "access-control-request-headers": "ods-widgets-version",
        },
    )
    assert preflight["statusCode"] == 204
    allowed = header(preflight, "access-control-allow-headers") or ""
    assert "ods-widgets-version" in allowed.lower()
    analysis = json_of(
        get(
            ask, f"{TREES}/records", ("timezone", "America/New_York"), ("lang", "en"),
            ("select", "count(*) as serie1_1"), ("group_by", "year(planted_date)"),
            ("order_by", "year(planted_date)"), ("limit", 100), ("qv1", "oak"),
            ("facet", 'facet(name="tags", disjunctive=true)'),
            ("refine", 'tags:"big"'), ("refine", 'tags:"old"'),
            **{"ods-widgets-version": "2.0.0"},
        )
    )  # fmt: skip
    assert analysis["results"] == [
        {"year(planted_date)": 2020, "serie1_1": 1},
        {"year(planted_date)": 2021, "serie1_1": 1},
    ]
    circle = "distance(`location`, geom'POINT(-78.9 36)', 500m)"
    area = "geometry(`location`, geom'POLYGON((-79 35.9, -78.8 35.9, -78.8 36.1, -79 36.1))')"
    for where, count in ((circle, 1), (area, 2)):
        found = json_of(get(ask, f"{TREES}/records", ("where", where), ("rows", 5)))
        assert found["total_count"] == count
    labelled = get(
        ask, f"{TREES}/exports/csv", ("select", "`name` as `The tree`"), ("use_labels", "true")
    )
    assert body(labelled).decode("utf-8-sig").splitlines()[0] == "The tree"


def test_widgets_walk_through_areas_by_nested_facets(ask: Ask) -> None:
    facet = (
        'facet(name="explore.geographic_reference_path_labels", sort="alphanum", hierarchical=true)'
    )
    (group,) = json_of(get(ask, f"{CATALOG}/facets", ("facet", facet)))["facets"]
    path, walked = "", group["facets"]
    while walked:
        path = walked[0]["value"]
        deeper = json_of(
            get(
                ask,
                f"{CATALOG}/facets",
                ("facet", facet),
                ("refine", f'explore.geographic_reference_path_labels:"{path}"'),
            )
        )["facets"][0]["facets"]
        walked = _below(deeper, path)
    assert path.split("/")[:1] == ["United States"]


def _below(values: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    for value in values:
        if value["value"] == path:
            inner: list[dict[str, Any]] = value.get("facets", [])
            return inner
        found = _below(value.get("facets", []), path)
        if found:
            return found
    return []


def test_umap_finds_datasets_with_places_and_loads_one(ask: Ask) -> None:
    found = json_of(
        get(
            ask, f"{CATALOG}/datasets", ("where", 'features in ("geo")'), ("limit", 100),
            ("offset", 0), ("order_by", "title asc"),
        )
    )  # fmt: skip
    assert "trees" in [dataset["dataset_id"] for dataset in found["results"]]
    assert found["total_count"] == len(found["results"])
    answer = get(ask, f"{TREES}/exports/geojson", ("where", "number < 3"))
    assert header(answer, "access-control-allow-origin") == "*"
    assert json_of(answer)["type"] == "FeatureCollection"


def test_alltheplaces_begins_its_select_with_a_comma(ask: Ask) -> None:
    described = json_of(get(ask, TREES))
    assert described["metas"]["default"]["data_processed"]
    names = [field["name"] for field in described["fields"]][:3]
    features = json_of(get(ask, f"{TREES}/exports/geojson", ("select", f",{','.join(names)}")))[
        "features"
    ]
    assert set(features[0]["properties"]) == set(names)
    assert features[0]["geometry"]["type"] == "Point"


def test_vancouvr_lists_aggregates_and_counts(ask: Ask) -> None:
    listed = body(get(ask, f"{CATALOG}/exports/csv", ("with_bom", "false"))).decode()
    rows = list(csv.DictReader(io.StringIO(listed), delimiter=";"))
    assert {row["datasetid"] for row in rows} >= {"trees", "population"}
    assert list(rows[0])[-1] == "datasetid"
    grouped = json_of(
        get(
            ask, f"{TREES}/exports/json", ("select", "count(*) as count, max(height_m) as tallest"),
            ("group_by", "is_alive as alive"), ("where", "number > 0"),
        )
    )  # fmt: skip
    assert grouped == [
        {"alive": None, "count": 1, "tallest": None},
        {"alive": False, "count": 1, "tallest": 4.0},
        {"alive": True, "count": 2, "tallest": 20.5},
    ]
    (tags,) = json_of(get(ask, f"{TREES}/facets", ("facet", "tags")))["facets"]
    assert {value["value"]: value["count"] for value in tags["facets"]} == {"big": 1, "old": 1}
    unknown = ask(f"{CATALOG}/datasets/no-such/exports/csv")
    assert (unknown["statusCode"], json_of(unknown)["error_code"]) == (404, "NotFoundResource")


def test_udata_harvests_stable_addresses_of_files(ask: Ask) -> None:
    rdf = body(
        get(
            ask,
            f"{CATALOG}/exports/dcat/",
            ("include_exports", "json,csv,shp,geojson"),
            ("lang", "fr"),
        )
    ).decode()
    for form in ("json", "csv", "geojson"):
        assert f"/catalog/datasets/trees/exports/{form}" in rdf
    assert "use_labels=true" in rdf
    assert "exports/xlsx" not in rdf
