"""The vendor's own client, unmodified, reads the nation and a place from a running server."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def answers(address: str) -> Any:
    """What the client read, by address and by question."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("needs Node: run by make test-browser")
    if not (HERE / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    asked = subprocess.run(
        [node, "api_client.mjs", address, f"{address}/nc/durham"],
        cwd=HERE,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(asked.stdout)


@pytest.fixture
def nation(answers: Any, address: str) -> Any:
    return answers[address]


@pytest.fixture
def durham(answers: Any, address: str) -> Any:
    return answers[f"{address}/nc/durham"]


def test_the_catalog_is_listed(nation: Any, durham: Any) -> None:
    ids = [dataset["dataset_id"] for dataset in nation["datasets"]["results"]]
    assert ids == ["notes", "places", "population", "trees"]
    assert nation["datasets"]["total_count"] == nation["datasetCount"]["total_count"] == 4
    assert nation["datasetCount"]["results"] == []
    assert [dataset["dataset_id"] for dataset in durham["datasets"]["results"]] == ids


def test_a_dataset_has_the_parts_that_the_clients_types_name(nation: Any) -> None:
    assert set(nation["dataset"]) >= {
        "visibility",
        "fields",
        "dataset_id",
        "dataset_uid",
        "has_records",
        "features",
        "attachments",
        "data_visible",
        "metas",
    }
    assert nation["dataset"]["metas"]["default"]["records_count"] == 7


def test_records_are_read_for_the_nation_and_for_a_place(nation: Any, durham: Any) -> None:
    assert nation["records"]["total_count"] == 5
    assert [record["geoid"] for record in nation["records"]["results"]] == [
        "0804000",
        "0804000",
        "0811810",
    ]
    assert durham["records"] == {
        "total_count": 2,
        "results": [
            {
                "geoid": "3719000",
                "place_name": "Durham",
                "state": "NC",
                "series": series,
                "year": year,
                "population": people,
            }
            for series, year, people in (("estimate", 2021, 285_527), ("census", 2020, 283_506))
        ],
    }


def test_one_record_is_read_by_its_id(durham: Any) -> None:
    assert durham["record"]["_id"] == "3719000-estimate-2021"
    assert durham["record"]["population"] == 285_527


def test_groups_have_no_total_count(nation: Any) -> None:
    assert nation["groups"] == {
        "results": [
            {"year": 2020, "people": 686_908},
            {"year": 2021, "people": 674_272},
            {"year": 2022, "people": 291_928},
        ]
    }


def test_facets_have_links_names_values_counts_and_states(nation: Any) -> None:
    (series,) = (group for group in nation["facets"]["facets"] if group["name"] == "series")
    assert series["facets"] == [
        {"name": "census", "count": 2, "state": "displayed", "value": "census"},
        {"name": "estimate", "count": 2, "state": "displayed", "value": "estimate"},
    ]
    assert nation["facets"]["links"]


def test_json_exports_are_read_though_the_client_asks_for_json_only(nation: Any) -> None:
    assert len(nation["export"]) == 5
    assert set(nation["export"][0]) == {"geoid", "year"}
    assert len(nation["catalogExport"]) == 4


@pytest.mark.parametrize(
    ("question", "kind", "code"),
    [
        ("unknownDataset", "NotFoundError", "NotFoundResource"),
        ("unknownField", "UserError", "ODSQLError"),
        ("brokenQuery", "UserError", "ODSQLSyntaxError"),
        ("hugeLimit", "UserError", "InvalidRESTParameterError"),
    ],
)
def test_a_refusal_reaches_the_program_with_its_code(
    nation: Any, question: str, kind: str, code: str
) -> None:
    refusal = nation[question]
    assert (refusal["refused"], refusal["details"]["error_code"]) == (kind, code)
    assert refusal["details"]["message"]


@pytest.mark.parametrize(
    ("helper", "numbers"),
    [
        ("textSearch", [1, 1, 3]),
        ("textSearchField", [1]),
        ("textStartWith", [1, 3]),
        ("textSuggest", [1, 1, 3]),
        ("exactMatch", [3]),
        ("dateTime", [1]),
        ("date", [2, 10]),
        ("dateOfMonth", [1]),
        ("dateFromIsoString", [1]),
        ("not", [1, 2, 3, 10]),
        ("listOfConditions", [2, 3]),
    ],
)
def test_what_the_query_builders_helpers_write_is_understood(
    nation: Any, helper: str, numbers: list[int]
) -> None:
    found = nation["helpers"][helper]
    assert [record["number"] for record in found["results"]] == numbers
    assert found["total_count"] == len(numbers)


def test_grouping_by_lower_case_and_the_other_parts_of_a_query(nation: Any) -> None:
    names = [group["lower(name)"] for group in nation["lowered"]["results"]]
    assert names == [None, "oak", "oak's end", "white oak", "élan_maple"]
    assert nation["everything"] == {
        "total_count": 3,
        "results": [{"number": 1, "day": "lundi"}, {"number": 1, "day": "dimanche"}],
    }
    (names,) = (g for g in nation["refinedFacets"]["facets"] if g["name"] == "name")
    assert {value["name"]: value["state"] for value in names["facets"]} == {
        "White oak": "displayed",
        "Oak": "excluded",
    }


def test_a_program_may_change_requests_and_answers_on_their_way(nation: Any) -> None:
    assert nation["intercepted"] == {"status": 200, "type": "application/json; charset=utf-8"}


@pytest.mark.parametrize("source", ["monitoring", "dataNetwork"])
def test_sources_that_are_not_here_are_refused_as_an_error_that_the_client_knows(
    nation: Any, source: str
) -> None:
    refusal = nation[source]
    assert refusal["refused"] in {"NotFoundError", "UserError"}
    assert refusal["details"]["error_code"]
    assert refusal["details"]["message"]
