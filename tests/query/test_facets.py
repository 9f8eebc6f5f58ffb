from typing import Any

import pytest

from citylake.datasets import Dataset, FacetSort, Field, FieldType, Theme
from citylake.errors import DatasetInvalid, QueryInvalid
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.trees import DURHAM, NATION, publish_trees

Values = list[tuple[Any, ...]]

REQUESTS = Dataset(
    id="requests",
    title="Requests",
    description="What people asked the city to do.",
    theme=Theme.CITY,
    publisher="City",
    key=("number",),
    fields=(
        Field(name="number", type=FieldType.INT, label="Number"),
        Field(name="topic", type=FieldType.TEXT, label="Topic", facet=True, separator="/"),
        Field(name="state", type=FieldType.TEXT, label="State", facet=True, disjunctive=True),
        Field(
            name="year",
            type=FieldType.TEXT,
            label="Year",
            facet=True,
            facet_sort=FacetSort.TEXT_DOWN,
        ),
        Field(name="route", type=FieldType.TEXT, label="Route"),
    ),
)
REQUESTS_ROWS: list[dict[str, Any]] = [
    {"number": 1, "topic": "roads/lights", "state": "open", "year": "2023", "route": "a > b"},
    {"number": 2, "topic": "roads/lights/out", "state": "done", "year": "2024", "route": "a > c"},
    {"number": 3, "topic": "roads/holes", "state": "done", "year": "2022", "route": "d"},
    {"number": 4, "topic": "trees", "state": "late", "year": "2022", "route": "a"},
    {"number": 5, "topic": "roadside", "state": "open", "year": "2022", "route": "ab > c"},
    {"number": 6, "topic": None, "state": "done", "year": None, "route": None},
]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    publish(home, REQUESTS, REQUESTS_ROWS)
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots))


def facets(
    trees: Explorer, scope: Scope = NATION, dataset: str = "trees", **parameters: Any
) -> dict[str, Values]:
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
    answer = trees.facets(scope, dataset, lists)
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
        ('facet(name="name", limit=20001)', "or limit=20 (at most 20000)"),
        ('facet(name="tags", hierarchical=true)', "field tags is a list of texts, whose values"),
        ('facet(name="name", hierarchical=true, separator="")', 'hierarchical=true, separator="/"'),
    ],
)
def test_what_cannot_be_counted_is_refused(trees: Explorer, facet: str, message: str) -> None:
    with pytest.raises(QueryInvalid) as refused:
        facets(trees, facet=facet)
    assert message in str(refused.value)


def of_requests(trees: Explorer, **parameters: Any) -> dict[str, Values]:
    return facets(trees, dataset="requests", **parameters)


def test_a_field_declares_how_its_facet_is_shown(trees: Explorer) -> None:
    assert of_requests(trees, facet=["year", "topic"]) == {
        "year": [("2024", 1, "displayed"), ("2023", 1, "displayed"), ("2022", 3, "displayed")],
        "topic": [("roads", 3, "displayed"), ("roadside", 1, "displayed"),
                  ("trees", 1, "displayed")],
    }  # fmt: skip
    fields = {field["name"]: field["annotations"] for field in
              trees.dataset(NATION, "requests", {})["fields"]}  # fmt: skip
    assert fields == {
        "number": {"id": True},
        "topic": {"facet": True, "hierarchical": ["/"], "sortable": True},
        "state": {"facet": True, "disjunctive": True, "sortable": True},
        "year": {"facet": True, "facetsort": "-alphanum", "sortable": True},
        "route": {"sortable": True},
    }


def test_the_request_overrules_what_the_field_declares(trees: Explorer) -> None:
    flat = of_requests(trees, facet='facet(name="topic", hierarchical=false, sort="alphanum")')
    assert [value[0] for value in flat["topic"]] == [
        "roads/holes", "roads/lights", "roads/lights/out", "roadside", "trees",
    ]  # fmt: skip
    narrow = of_requests(
        trees,
        facet='facet(name="state", disjunctive=false)',
        refine=["state:open", "state:done"],
    )
    assert narrow == {"state": [("open", 0, "refined"), ("done", 0, "refined")]}


def test_levels_unfold_below_what_is_refined_and_below_what_leads_to_it(trees: Explorer) -> None:
    assert of_requests(trees, facet="topic", refine='topic:"roads/lights"') == {
        "topic": [
            ("roads", 2, "displayed", [
                ("roads/lights", 2, "refined", [("roads/lights/out", 1, "displayed")]),
            ]),
        ]
    }  # fmt: skip
    assert of_requests(trees, facet="topic", refine="topic:trees") == {
        "topic": [("trees", 1, "refined")]
    }
    named = trees.facets(NATION, "requests", {"facet": ["topic"], "refine": ["topic:roads"]})
    (roads,) = named["facets"][0]["facets"]
    assert [value["name"] for value in roads["facets"]] == ["lights", "holes"]


def test_any_text_has_levels_if_the_request_says_so(trees: Explorer) -> None:
    facet = 'facet(name="route", hierarchical=true, separator=" > ", sort="alphanum")'
    assert of_requests(trees, facet=facet, refine="route:a") == {
        "route": [("a", 3, "refined", [("a > b", 1, "displayed"), ("a > c", 1, "displayed")])]
    }
    page = trees.records(
        NATION,
        "requests",
        {"select": ["number"], "facet": [facet], "refine": ["route:a"]},
    )
    assert [record["number"] for record in page["results"]] == [1, 2, 4]


def test_refining_and_excluding_a_level_means_what_lies_below_it_too(trees: Explorer) -> None:
    def numbers(**parameters: list[str]) -> list[int]:
        found = trees.records(NATION, "requests", {"select": ["number"], **parameters})
        return [record["number"] for record in found["results"]]

    assert numbers(refine=["topic:roads"]) == [1, 2, 3]
    assert numbers(refine=["topic:roads/lights"]) == [1, 2]
    assert numbers(exclude=["topic:roads/lights"]) == [3, 4, 5, 6]
    assert numbers(refine=["state:open", "state:late"]) == [1, 4, 5]


def test_an_excluded_level_is_named_where_it_would_stand(trees: Explorer) -> None:
    assert of_requests(trees, facet="topic", refine="topic:roads", exclude="topic:roads/holes") == {
        "topic": [
            ("roads", 2, "refined", [
                ("roads/lights", 2, "displayed"),
                ("roads/holes", None, "excluded"),
            ]),
        ]
    }  # fmt: skip
    assert facets(trees, facet="planted_date", exclude="planted_date:2021-03-05") == {
        "planted_date": [
            ("2020", 2, "displayed"),
            ("2021", 1, "displayed", [("2021/03/05", None, "excluded")]),
        ]
    }


def test_a_refined_value_is_named_however_rare_it_is(trees: Explorer) -> None:
    found = of_requests(
        trees, facet='facet(name="state", limit=1)', refine=["state:late", "state:lost"]
    )
    assert found == {
        "state": [("done", 3, "displayed"), ("late", 1, "refined"), ("lost", 0, "refined")]
    }


@pytest.mark.parametrize("kind", [{"type": FieldType.INT}, {"multivalued": True}])
def test_only_single_texts_have_levels(kind: dict[str, Any]) -> None:
    with pytest.raises(DatasetInvalid, match=r"which has no levels that '/' could part"):
        Field(**{"name": "a", "type": FieldType.TEXT, "label": "A", "separator": "/", **kind})
