"""The description of the API says what the API does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import formats_of
from lambdas.query.handler import api_routes
from lambdas.query.links import BASE
from lambdas.query.openapi import document
from lambdas.query.parameters import PARAMETERS, Endpoint, Kind
from lambdas.query.resolver import Resolver
from lambdas.query.search import Explorer

DOCUMENT = document("/nc/durham")
ROOTS = {"", "/catalog", "/openapi.json"}


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
    paths = {path.removeprefix(BASE).removesuffix("/?") for path in routed - {"/api/(.+)"}}
    assert paths - ROOTS == set(operations())


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


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
        forms = formats_of(catalog=catalog)
        operation = operations()[path]
        named = {form.content_type.partition(";")[0] for form in forms}
        assert set(operation["responses"]["200"]["content"]) == named | {"application/gzip"}
        offered = next(one for one in operation["parameters"] if one.get("name") == "format")
        assert offered["schema"]["enum"] == [form.name for form in forms]
