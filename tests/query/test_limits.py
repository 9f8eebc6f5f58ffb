"""What strangers may ask, and what happens when they ask for more."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.errors import QueryTooCostly
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.settings import QueryLimits
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import Exporter
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.conftest import Ask, api_over
from tests.query.events import header, json_of
from tests.query.trees import TREES, publish_trees

DATASETS = "/api/explore/v2.1/catalog/datasets"
SECONDS = 15
"""Far more than any of these questions takes; those that were once answered took minutes."""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    return api_over(home)


def numbered(form: str, count: int, between: str = ", ") -> str:
    return between.join(form.format(at) for at in range(count))


def circle(corners: int) -> str:
    points = ", ".join(f"{at % 90} {(at * 7) % 80}" for at in range(corners))
    return f"geom'POLYGON(({points}))'"


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        # Length
        ({"where": "number = 1 or " * 600 + "true"}, "ODSQLSyntaxError",
         "where has 8404 characters; at most 8192 are read."),
        ({"where": ["number = 1 or number = 2"] * 900}, "InvalidRESTParameterError",
         "The query has 31499 characters; at most 16384 are read."),
        ({f"p{at}": "" for at in range(1_001)}, "InvalidRESTParameterError",
         "The query has 1001 parameters; at most 1000 are read."),
        # Depth
        ({"where": "not " * 2_000 + "is_alive"}, "ODSQLSyntaxError", "nested more than 48 deep."),
        ({"where": "number = " + "1+" * 3_000 + "1"}, "ODSQLSyntaxError", "nested more than 48"),
        ({"where": "-" * 8_000 + "1 = 1"}, "ODSQLSyntaxError", "nested more than 48 deep."),
        ({"select": "ifnull(" * 60 + "name" + ", 'a')" * 60}, "ODSQLSyntaxError", "nested more"),
        # Width: what one clause asks of every record
        ({"where": f"search('{numbered('w{}', 1_400, ' ')}')"}, "ODSQLError",
         "has 1400 words; at most 50 are looked for."),
        ({"where": [f"'{numbered('w{}', 50, ' ')}'"] * 3}, "QueryTooCostly",
         "at most 5000 are taken."),
        ({"where": f"intersects(location, {circle(700)})"}, "ODSQLError",
         "has 700 corners; at most 500 are read."),
        ({"where": [f"intersects(location, {circle(400)})"] * 2}, "QueryTooCostly",
         "at most 5000 are taken."),
        ({"group_by": f"range(number, {numbered('{}', 1_500, ',')})"}, "QueryTooCostly",
         "at most 5000 are taken."),
        ({"group_by": "range(number, equi(1, 0, 1000))"}, "ODSQLError", "or more than 500."),
        ({"select": f"date_format(seen_at, '{'EEEE MMMM ' * 400}')"}, "ODSQLError",
         "has 1600 parts; at most 100 are written."),
        # Numbers
        ({"where": "number = " + "9" * 8_000}, "ODSQLError", "is too large"),
        ({"where": "height_m = 1e999999999"}, "ODSQLError", "is too large"),
        ({"limit": "9" * 5_000}, "InvalidRESTParameterError", "-1 <= limit <= 100 is expected"),
        ({"offset": "9901", "limit": "100"}, "InvalidRESTParameterError", "<= 10000 is expected"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_refused_with_the_limit_and_at_once(
    ask: Ask, query: Mapping[str, Any], code: str, message: str
) -> None:
    began = time.monotonic()
    answer = ask(f"{DATASETS}/trees/records?{urlencode(query, doseq=True)}")
    assert time.monotonic() - began < SECONDS
    assert (answer["statusCode"], json_of(answer)["error_code"]) == (400, code)
    assert message in json_of(answer)["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"where": f"number in ({numbered('{}', 900)})"},
        {"where": f"name in ({numbered(chr(39) + 'a{}' + chr(39), 900)})"},
        {"where": f"tags in ({numbered(chr(39) + 'a{}' + chr(39), 900)})"},
        {"where": " or ".join(["number=1"] * 600)},
        {"where": "(" * 2_500 + "number=1" + ")" * 2_500},
        {"where": [f"number>{at}" for at in range(500)]},
        {"where": "within_distance(location, geom'POINT(1 2)', 1e308km)"},
        {"where": f"intersects(location, {circle(100)})"},
        {"where": "name like '" + "%a" * 30 + "%'"},
        {"select": numbered("name as a{}", 500)},
        {"select": ",".join(["*"] * 2_000)},
        {"group_by": ",".join(["number"] * 1_000)},
        {"group_by": "range(height_m, 0.0000000000000001)"},
        {"group_by": "range(height_m, 1e300)"},
        {"select": numbered("percentile(number, {0}) as p{0}", 100)},
        {"refine": [f"name:a{at}" for at in range(500)]},
    ],
)
def test_what_is_large_but_can_be_answered_is(ask: Ask, query: Mapping[str, Any]) -> None:
    began = time.monotonic()
    answer = ask(f"{DATASETS}/trees/records?{urlencode(query, doseq=True)}")
    assert time.monotonic() - began < SECONDS
    assert answer["statusCode"] == 200


def test_thousands_of_facets_are_not_counted(ask: Ask) -> None:
    answer = ask(f"{DATASETS}/trees/facets?{urlencode({'facet': ['name'] * 900}, doseq=True)}")
    assert answer["statusCode"] == 400
    assert json_of(answer)["message"] == (
        "Invalid number of values for facet API parameter: 900 were found but <= 100 are expected."
    )


@pytest.mark.parametrize("name", ["limit", "offset"])
def test_an_export_has_no_ceiling_but_that_of_numbers(ask: Ask, name: str) -> None:
    assert ask(f"{DATASETS}/trees/exports/json?{name}={2**53 - 1}")["statusCode"] == 200
    answer = ask(f"{DATASETS}/trees/exports/json?{name}={2**53}")
    assert (answer["statusCode"], json_of(answer)["error_code"]) == (
        400,
        "InvalidRESTParameterError",
    )


def test_a_request_of_many_statements_has_a_limit_of_time_of_its_own(tmp_path: Path) -> None:
    publish_trees(tmp_path / "lake")
    limits = QueryLimits(answer_seconds=1e-6)
    answer = api_over(tmp_path / "lake", limits=limits)(f"{DATASETS}/trees/facets")
    assert (answer["statusCode"], json_of(answer)["error_code"]) == (400, "QueryTooCostly")


def test_one_who_comes_when_too_many_are_slow_is_told_to_come_again(tmp_path: Path) -> None:
    publish_trees(tmp_path / "lake")
    crowded = api_over(tmp_path / "lake", limits=QueryLimits(streams=0))
    answer = crowded(f"{DATASETS}/trees/exports/csv")
    assert (answer["statusCode"], json_of(answer)["error_code"]) == (503, "TooBusy")
    assert "as many as may be at once" in json_of(answer)["message"]
    assert header(answer, "retry-after") == "5"
    assert crowded(f"{DATASETS}/trees/records")["statusCode"] == 200


CODES = Dataset(
    id="codes",
    title="Codes",
    description="As many groups as records.",
    theme=Theme.AIR,
    publisher="Citylake",
    key=("code",),
    fields=(Field(name="code", type=FieldType.TEXT, label="Code"),),
)


def test_groups_without_number_end_at_the_limit_of_memory(tmp_path: Path) -> None:
    publish(tmp_path / "lake", CODES, [{"code": f"{at:040}"} for at in range(150_000)])
    lake = Lake(FolderStore(tmp_path / "lake"))
    engine = DuckDBEngine(lake.roots, QueryLimits(memory_mb=16))
    exporter = Exporter(Explorer(lake, engine))
    grouped = {"group_by": ["code"], "select": ["count(*)"], "order_by": ["count(*) desc"]}
    with pytest.raises(QueryTooCostly, match="more than 16 MB"):
        b"".join(exporter.export(NATION, "codes", "csv", grouped).chunks)
    counted = b"".join(exporter.export(NATION, "codes", "csv", {"select": ["count(*)"]}).chunks)
    assert counted.endswith(b"150000\r\n")


def test_the_condition_of_a_total_is_kept_by_its_digest(tmp_path: Path) -> None:
    publish_trees(tmp_path / "lake")
    lake = Lake(FolderStore(tmp_path / "lake"))
    explorer = Explorer(lake, DuckDBEngine(lake.roots))
    for where in ("number = 1", "number = 2"):
        explorer.records(NATION, TREES.id, {"where": [where], "limit": ["0"]})
    assert {len(digest) for _, digest in explorer._totals._held} == {64}
    assert explorer.records(NATION, TREES.id, {"where": ["number = 1"], "limit": ["0"]}) == {
        "total_count": 2,
        "results": [],
    }
