from typing import Any

import pytest

from citylake.errors import QueryInvalid
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer
from tests.query.trees import DURHAM, NATION, publish_trees

Values = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots))


def facets(trees: Explorer, scope: Scope = NATION, **parameters: Any) -> dict[str, Values]:
    """Values by facet: value, count and state, and below it what is nested."""

    def told(found: list[dict[str, Any]]) -> Values:
        return [
            (
                entry["value"],
                entry.get("count"),
                entry["state"],
                *([told(entry["facets"])] if "facets" in entry else []),
            )
            for entry in found
        ]

    lists = {
        name: value if isinstance(value, list) else [value] for name, value in parameters.items()
    }
    answer = trees.facets(scope, "trees", lists)
    return {facet["name"]: told(facet["facets"]) for facet in answer["facets"]}


def test_an_answer_has_the_vendors_shape(trees: Explorer) -> None:
    assert trees.facets(DURHAM, "trees", {"facet": ["is_alive"]}) == {
        "links": [
            {"rel": "self", "href": "/nc/durham/api/explore/v2.1/catalog/datasets/trees/facets"},
            {"rel": "dataset", "href": "/nc/durham/api/explore/v2.1/catalog/datasets/trees"},
        ],
        "facets": [
            {
                "name": "is_alive",
                "facets": [
                    {"name": "true", "count": 2, "state": "displayed", "value": "true"},
                    {"name": "false", "count": 1, "state": "displayed", "value": "false"},
                ],
            }
        ],
    }


def test_every_facet_of_the_dataset_is_counted_unless_some_are_named(trees: Explorer) -> None:
    assert list(facets(trees)) == ["number", "name", "is_alive", "planted_date", "seen_at", "tags"]
    assert list(facets(trees, facet=["name", "height_m"])) == ["name", "height_m"]


@pytest.mark.parametrize(
    ("facet", "values"),
    [
        ("tags", [("big", 2), ("old", 2)]),
        ("number", [("1", 2), ("2", 1), ("3", 1), ("10", 1)]),
        ('facet(name="number", sort="num")', [("1", 2), ("2", 1), ("3", 1), ("10", 1)]),
        ('facet(name="number", sort="-num", limit=2)', [("10", 1), ("3", 1)]),
        ('facet(name="geoid", sort="-num")', [("3719000", 4), ("2507000", 1)]),
        ('facet(name="geoid", sort="count")', [("2507000", 1), ("3719000", 4)]),
        ('facet(name="name", sort="-alphanum", limit=1)', [("Élan_maple", 1)]),
        ("planted_date", [("2020", 2), ("2021", 2)]),
        ("seen_at", [("2024", 3), ("2023", 1)]),
        ("surveyed", [("2021", 2), ("2022", 1)]),
    ],
)
def test_values_are_counted_and_sorted(
    trees: Explorer, facet: str, values: list[tuple[str, int]]
) -> None:
    (found,) = facets(trees, facet=facet).values()
    assert [value[:2] for value in found] == values


def test_where_and_refinements_of_other_facets_narrow_the_counts(trees: Explorer) -> None:
    assert facets(trees, facet="tags", where="number > 1") == {"tags": [("old", 1, "displayed")]}
    assert facets(trees, facet="tags", refine="number:10") == {"tags": [("old", 1, "displayed")]}


def test_a_refined_value_says_so_and_stands_alone(trees: Explorer) -> None:
    assert facets(trees, facet="name", refine="name:Oak") == {"name": [("Oak", 1, "refined")]}


def test_a_disjunctive_facet_keeps_showing_the_values_beside_the_refined(trees: Explorer) -> None:
    found = facets(trees, facet='facet(name="is_alive", disjunctive=true)', refine="is_alive:false")
    assert found == {"is_alive": [("true", 3, "displayed"), ("false", 1, "refined")]}


def test_an_excluded_value_is_named_without_a_count(trees: Explorer) -> None:
    assert facets(trees, facet="is_alive", exclude="is_alive:true") == {
        "is_alive": [("false", 1, "displayed"), ("true", None, "excluded")]
    }


def test_a_refined_date_unfolds_one_level_down(trees: Explorer) -> None:
    assert facets(trees, facet="planted_date", refine="planted_date:2021") == {
        "planted_date": [
            ("2021", 2, "refined", [("2021/03", 1, "displayed"), ("2021/12", 1, "displayed")])
        ]
    }
    assert facets(trees, facet="planted_date", refine="planted_date:2021-3") == {
        "planted_date": [
            ("2021", 1, "displayed", [
                ("2021/03", 1, "refined", [("2021/03/05", 1, "displayed")])])
        ]
    }  # fmt: skip


def test_a_date_of_which_only_the_year_is_known_does_not_unfold(trees: Explorer) -> None:
    assert facets(trees, facet="surveyed", refine="surveyed:2021") == {
        "surveyed": [("2021", 2, "refined")]
    }


def test_days_begin_in_the_requests_time_zone(trees: Explorer) -> None:
    here = facets(trees, facet="seen_at", timezone="America/New_York")
    assert here == {"seen_at": [("2023", 2, "displayed"), ("2024", 2, "displayed")]}


def test_nothing_found_is_an_empty_facet(trees: Explorer) -> None:
    assert facets(trees, facet="name", where="number > 100") == {"name": []}


@pytest.mark.parametrize(
    ("facet", "message"),
    [
        ("nope", "Unknown field: nope. Clause(s) containing the error(s): facet."),
        ("location", "field location is a geo_point_2d, whose values are not counted."),
        ('facet(name="name", sort="size")', 'facet expects name="…", disjunctive=true'),
        ('facet(name="name"', "unexpected end"),
    ],
)
def test_what_cannot_be_counted_is_refused(trees: Explorer, facet: str, message: str) -> None:
    with pytest.raises(QueryInvalid) as refused:
        facets(trees, facet=facet)
    assert message in str(refused.value)
