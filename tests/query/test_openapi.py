"""The description of the API says what the API does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.resolver import Resolver
from lambdas.query.dcat.documents import catalog_forms
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import formats_of
from lambdas.query.handler import api_routes
from lambdas.query.links import BASE
from lambdas.query.openapi import document
from lambdas.query.parameters import PARAMETERS, Endpoint, Kind
from lambdas.query.search import Explorer
from tests.query.conftest import Ask
from tests.query.events import header, json_of

DOCUMENT = document("/nc/durham")


def operations() -> dict[str, Any]:
    return {path: item["get"] for path, item in DOCUMENT["paths"].items()}


def references(of: Any) -> Iterator[str]:
    if isinstance(of, dict):
        if "$ref" in of:
            yield of["$ref"]
        for value in of.values():
            yield from references(value)
    elif isinstance(of, list):
        for value in of:
            yield from references(value)


def test_every_route_is_described_and_every_description_is_a_route(tmp_path: Path) -> None:
    resolver = Resolver()
    explorer = Explorer(Lake(FolderStore(tmp_path)), DuckDBEngine((str(tmp_path),)))
    resolver.include_router(api_routes(explorer))
    routed = {
        re.sub(r"<(\w+)>", r"{\1}", route.path.replace("\\", "")).replace("{form}", "{format}")
        for route in (*resolver._static_routes, *resolver._dynamic_routes)
    }
    paths = {path.removeprefix(BASE).removesuffix("/?") for path in routed - {"/api/([sS]+)"}}
    assert {path or "/" for path in paths} == set(operations())


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_it_is_valid() -> None:
    validate(DOCUMENT)


def test_it_is_json_and_its_operations_have_names_of_their_own() -> None:
    assert orjson.loads(orjson.dumps(DOCUMENT)) == DOCUMENT
    names = [operation["operationId"] for operation in operations().values()]
    assert len(names) == len(set(names))


def test_it_speaks_for_the_scope_in_which_it_was_asked() -> None:
    assert DOCUMENT["servers"] == [{"url": "/nc/durham/api/explore/v2.1"}]
    assert document("")["servers"] == [{"url": "/api/explore/v2.1"}]


@pytest.mark.parametrize("path", [path for path in operations() if "{" in path])
def test_every_name_in_a_path_is_a_described_parameter(path: str) -> None:
    described = {
        parameter.get("name") or parameter["$ref"].rpartition("/")[2]
        for parameter in operations()[path]["parameters"]
        if "$ref" in parameter or parameter["in"] == "path"
    }
    assert described == set(re.findall(r"{(\w+)}", path))


def test_the_parameters_of_records_are_those_by_which_requests_are_read() -> None:
    described = {
        parameter["name"]: parameter["schema"]
        for parameter in operations()["/catalog/datasets/{dataset_id}/records"]["parameters"]
        if "name" in parameter
    }
    assert set(described) == {
        parameter.name for parameter in PARAMETERS if Endpoint.RECORDS in parameter.accepted
    }
    assert described["limit"]["default"] == 10
    assert described["where"]["type"] == "array"


def test_a_default_is_of_its_kind() -> None:
    kinds = {Kind.INTEGER: int, Kind.BOOLEAN: bool, Kind.TEXT: str, Kind.TIMEZONE: str}
    for path, operation in operations().items():
        for parameter in operation.get("parameters", ()):
            for row in PARAMETERS:
                if row.name == parameter.get("name") and "default" in parameter["schema"]:
                    assert isinstance(parameter["schema"]["default"], kinds[row.kind]), path


def test_an_export_names_every_format() -> None:
    for path, catalog in (
        ("/catalog/datasets/{dataset_id}/exports/{format}", False),
        ("/catalog/exports/{format}", True),
    ):
        forms = catalog_forms() if catalog else formats_of(catalog=False)
        operation = operations()[path]
        named = {form.content_type.partition(";")[0] for form in forms}
        assert set(operation["responses"]["200"]["content"]) == named | {"application/gzip"}
        offered = next(one for one in operation["parameters"] if one.get("name") == "format")
        assert offered["schema"]["enum"] == [form.name for form in forms]


D = f"{BASE}/catalog/datasets/population"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", f"{BASE}/"),
        ("/openapi.json", f"{BASE}/openapi.json"),
        ("/catalog", f"{BASE}/catalog"),
        ("/catalog/datasets", f"{BASE}/catalog/datasets?include_links=true"),
        ("/catalog/datasets", f"{BASE}/catalog/datasets?include_app_metas=True"),
        ("/catalog/datasets", f"{BASE}/catalog/datasets?select=title,bbox&limit=1"),
        ("/catalog/datasets", f"{BASE}/catalog/datasets?group_by=theme"),
        ("/catalog/facets", f"{BASE}/catalog/facets?exclude=theme:air&refine=features:analyze"),
        ("/catalog/exports", f"{BASE}/catalog/exports"),
        ("/catalog/exports/{format}", f"{BASE}/catalog/exports/json"),
        ("/catalog/exports/{format}", f"{BASE}/catalog/exports/data.json"),
        ("/catalog/exports/{format}", f"{BASE}/catalog/exports/dcat-us-3.json"),
        ("/catalog/exports/{format}", f"{BASE}/catalog/exports/dcat?select=title"),
        ("/catalog/datasets/{dataset_id}", D),
        ("/catalog/datasets/{dataset_id}", f"{BASE}/catalog/datasets/notes?include_links=true"),
        ("/catalog/datasets/{dataset_id}", f"{D}?select=title"),
        ("/catalog/datasets/{dataset_id}/records", f"{D}/records?include_links=true"),
        ("/catalog/datasets/{dataset_id}/records", f"{D}/records?group_by=state"),
        ("/catalog/datasets/{dataset_id}/records", f"{D}/records?limit=1486"),
        ("/catalog/datasets/{dataset_id}/records", f"{BASE}/catalog/datasets/x/records"),
        (
            "/catalog/datasets/{dataset_id}/records/{record_id}",
            f"{D}/records/3719000-census-2020",
        ),
        ("/catalog/datasets/{dataset_id}/records/{record_id}", f"{D}/records/none"),
        ("/catalog/datasets/{dataset_id}/facets", f"{D}/facets?refine=state:NC&exclude=series:x"),
        ("/catalog/datasets/{dataset_id}/exports", f"{D}/exports"),
        ("/catalog/datasets/{dataset_id}/exports/{format}", f"{D}/exports/json"),
        ("/catalog/datasets/{dataset_id}/exports/{format}", f"{D}/exports/geojson"),
        ("/catalog/datasets/{dataset_id}/exports/{format}", f"{D}/exports/json?where=("),
        ("/catalog/datasets/{dataset_id}/attachments", f"{D}/attachments"),
    ],
)
def test_what_is_answered_is_what_is_described(ask: Ask, path: str, target: str) -> None:
    answer = ask(target)
    described = operations()[path]["responses"][str(answer["statusCode"])]
    if "$ref" in described:
        described = DOCUMENT["components"]["responses"][described["$ref"].rpartition("/")[2]]
    media_type = (header(answer, "content-type") or "").partition(";")[0]
    schema = {**described["content"][media_type]["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(json_of(answer))


def test_what_is_noted_about_a_dataset_is_described_key_by_key(ask: Ask) -> None:
    described = json_of(ask(f"{D}?include_app_metas=true"))
    schema = {
        "$ref": "#/components/schemas/Dataset",
        "components": DOCUMENT["components"],
    }
    Draft202012Validator(schema).validate(described)
    known = DOCUMENT["components"]["schemas"]
    assert set(described) == set(known["Dataset"]["properties"]) - {"_links"}
    for template in ("default", "dcat", "explore"):
        told = known["Metas"]["properties"][template]["properties"]
        assert list(described["metas"][template]) == list(told)
