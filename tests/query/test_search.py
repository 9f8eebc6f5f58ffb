from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from citylake.catalog import update_catalog
from citylake.datasets import NATIONAL, Area, Visibility
from citylake.errors import (
    NotFound,
    RecordNotFound,
)
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines import Result
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.links import page_links
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.trees import BOSTON, DURHAM, NATION, ROWS, TREES, publish_trees

API = "/nc/durham/api/explore/v2.1/catalog/datasets/trees"


class CountingEngine(DuckDBEngine):
    """DuckDB that counts how often it is asked."""

    asked = 0

    def run(self, tree: Any) -> Result:
        self.asked += 1
        return super().run(tree)


def explorer(home: Path) -> Explorer:
    lake = Lake(FolderStore(home))
    return Explorer(lake, DuckDBEngine(lake.roots), now=lambda: datetime(2024, 7, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    return explorer(home)


def ask(found: Explorer, scope: Scope = NATION, **parameters: Any) -> dict[str, Any]:
    lists = {
        name: value if isinstance(value, list) else [value] for name, value in parameters.items()
    }
    return found.records(scope, "trees", lists)


def numbers(page: dict[str, Any]) -> list[int]:
    return [record["number"] for record in page["results"]]


def test_records_are_counted_in_the_time_zone_of_each_request(trees: Explorer) -> None:
    for zone, count in (("UTC", 2), ("America/New_York", 0)):
        page = ask(trees, where="hour(seen_at) = 3", timezone=zone, limit="0")
        assert page["total_count"] == count


def test_a_page_holds_whole_records_and_how_many_there_are(trees: Explorer) -> None:
    assert ask(trees, DURHAM, limit="1") == {
        "total_count": 4,
        "results": [
            {
                "geoid": "3719000",
                "number": 1,
                "name": "White oak",
                "height_m": 20.5,
                "is_alive": True,
                "planted_date": "2020-03-01",
                "surveyed": "2021",
                "seen_at": "2024-01-01T12:30:15.250000+00:00",
                "location": {"lon": -78.9, "lat": 36.0},
                "tags": ["big"],
            }
        ],
    }


def test_pages_in_any_order_repeat_and_omit_nothing(trees: Explorer) -> None:
    for order in ("", "is_alive", "-is_alive", "name desc", "random(3)"):
        pages = [
            ask(trees, order_by=order, limit="2", offset=str(offset), select="geoid, number")
            for offset in (0, 2, 4)
        ]
        seen = [(record["geoid"], record["number"]) for page in pages for record in page["results"]]
        assert sorted(seen) == sorted((row["geoid"], row["number"]) for row in ROWS)


def test_links_are_given_when_asked_for(trees: Explorer) -> None:
    page = ask(trees, DURHAM, select="number", limit="2", where="number > 0", include_links="true")
    to_dataset = {"rel": "dataset", "href": API}
    assert page["results"][0] == {
        "number": 1,
        "_links": [{"rel": "self", "href": f"{API}/records/3719000-1"}, to_dataset],
    }
    query = f"{API}/records?select=number&where=number+%3E+0&include_links=true&limit=2&offset="
    assert page["_links"] == [
        {"rel": "self", "href": f"{query}0"},
        {"rel": "first", "href": f"{query}0"},
        {"rel": "last", "href": f"{query}2"},
        {"rel": "next", "href": f"{query}2"},
        to_dataset,
    ]


def test_a_link_leads_only_where_paging_reaches() -> None:
    def rels(total: int | None, offset: int, limit: int = 100, **more: Any) -> dict[str, str]:
        found = page_links(
            DURHAM, "/x", {}, limit=limit, offset=offset, total=total, furthest=10_000, **more
        )
        return {link["rel"]: link["href"].rpartition("=")[2] for link in found}

    assert rels(10_000, 9_800, has_more=True) == {
        "self": "9800", "first": "0", "last": "9900", "next": "9900",
    }  # fmt: skip
    assert rels(10_001, 9_900, has_more=True) == {"self": "9900", "first": "0"}
    assert rels(None, 200, has_more=True) == {"self": "200", "first": "0", "next": "300"}
    assert rels(None, 300, has_more=False) == {"self": "300", "first": "0"}
    assert rels(7, 0, limit=0, has_more=True) == {"self": "0", "first": "0"}


def test_pages_of_groups_are_linked_without_knowing_the_last(trees: Explorer) -> None:
    page = ask(trees, DURHAM, group_by="number", limit="3", include_links="true")
    query = f"{API}/records?group_by=number&include_links=true&limit=3&offset="
    assert page["_links"] == [
        {"rel": "self", "href": f"{query}0"},
        {"rel": "first", "href": f"{query}0"},
        {"rel": "next", "href": f"{query}3"},
        {"rel": "dataset", "href": API},
    ]


def test_links_stay_with_the_release_that_was_asked_for(trees: Explorer) -> None:
    release = trees.lake.release("trees").id
    version = f"?version={release}"
    parameters = {"version": [release], "include_links": ["true"], "limit": ["1"]}
    page = trees.records(DURHAM, "trees", parameters)
    assert page["results"][0]["_links"] == [
        {"rel": "self", "href": f"{API}/records/3719000-1{version}"},
        {"rel": "dataset", "href": f"{API}{version}"},
    ]
    facets = trees.facets(DURHAM, "trees", {"version": [release], "facet": ["name"]})
    assert facets["links"] == [
        {"rel": "self", "href": f"{API}/facets{version}"},
        {"rel": "dataset", "href": f"{API}{version}"},
    ]


def test_one_record_has_its_id_and_where_it_belongs(trees: Explorer) -> None:
    record = trees.record(DURHAM, "trees", "3719000-10", {"select": ["number, tags"]})
    published_at = trees.lake.release("trees").published_at
    assert record == {
        "number": 10,
        "tags": ["old"],
        "_id": "3719000-10",
        "_timestamp": published_at,
        "_links": [
            {"rel": "self", "href": f"{API}/records/3719000-10"},
            {"rel": "dataset", "href": API},
        ],
    }


def test_a_record_of_another_place_is_not_found(trees: Explorer) -> None:
    with pytest.raises(RecordNotFound, match="2507000-1 of dataset trees does not exist"):
        trees.record(DURHAM, "trees", "2507000-1", {})


def test_a_places_questions_see_its_records_alone(trees: Explorer) -> None:
    assert numbers(ask(trees, BOSTON)) == [1]
    assert ask(trees, BOSTON, where="geoid = '3719000'")["total_count"] == 0
    assert ask(trees, BOSTON, where="geoid = '3719000' or true")["total_count"] == 1
    assert ask(trees, BOSTON, select="max(height_m) as m")["results"] == [{"m": 10.0}]


def test_a_count_that_was_made_is_not_made_again(tmp_path: Path) -> None:
    publish_trees(tmp_path / "lake")
    lake = Lake(FolderStore(tmp_path / "lake"))
    engine = CountingEngine(lake.roots)
    found = Explorer(lake, engine)
    for _ in range(3):
        ask(found, where="is_alive", limit="0")
    assert engine.asked == 1
    ask(found, limit="0")
    assert engine.asked == 1  # all records: the release knows how many


def test_an_old_release_answers_as_it_did(tmp_path: Path) -> None:
    old = publish_trees(tmp_path / "lake")
    new = publish(tmp_path / "lake", TREES, ROWS[:2])
    found = explorer(tmp_path / "lake")
    assert ask(found)["total_count"] == 2
    assert ask(found, version=old.id)["total_count"] == 5
    assert numbers(ask(found, DURHAM, version=old.id)) == [1, 2, 3, 10]
    assert ask(found, DURHAM, version=new.id)["total_count"] == 1
    assert found.version(NATION, "trees", {"version": [old.id]}) == old.id
    assert found.version(NATION, "trees", {}) == new.id


def test_a_place_sees_the_records_of_its_state_and_of_no_other(tmp_path: Path) -> None:
    by_state = replace(TREES, area=Area.STATE)
    publish(tmp_path / "lake", by_state, [{**ROWS[0], "geoid": code} for code in ("25", "37")])
    found = explorer(tmp_path / "lake")
    page = ask(found, DURHAM, select="geoid")
    assert page == {"total_count": 1, "results": [{"geoid": "37"}]}
    (listed,) = found.datasets(BOSTON, {})["results"]
    assert listed["metas"]["default"]["records_count"] == 1
    assert ask(found)["total_count"] == 2


def test_what_is_not_public_does_not_exist(tmp_path: Path) -> None:
    publish_trees(tmp_path / "lake")
    found = explorer(tmp_path / "lake")

    def hide(catalog: Any) -> Any:
        entry = catalog.entry("trees")
        hidden = {"visibility": Visibility.PRIVATE}
        changed = type(entry)(
            **{**{name: getattr(entry, name) for name in entry.__dataclass_fields__}, **hidden}
        )
        return type(catalog)(namespace=catalog.namespace, datasets={"trees": changed})

    update_catalog(found.lake.store, NATIONAL, hide)
    assert found.datasets(NATION, {})["total_count"] == 0
    for question in (
        lambda: found.dataset(NATION, "trees", {}),
        lambda: found.records(NATION, "trees", {}),
        lambda: found.record(NATION, "trees", "2507000-1", {}),
        lambda: found.facets(NATION, "trees", {}),
        lambda: found.export_plan(NATION, "trees", {}),
        lambda: found.version(NATION, "trees", {}),
    ):
        with pytest.raises(NotFound) as refused:
            question()
        assert str(refused.value) == "The requested dataset trees does not exist."


def test_an_export_holds_everything_and_knows_its_columns(trees: Explorer) -> None:
    plan = trees.export_plan(
        DURHAM, "trees", {"select": ["name as `Name of it`, seen_at, surveyed"]}
    )
    assert [(column.name, column.label, column.type.value) for column in plan.columns] == [
        ("Name of it", "Name of it", "text"),
        ("seen_at", "Seen", "datetime"),
        ("surveyed", "Surveyed in", "date"),
    ]
    assert list(plan.values(trees.engine.run(plan.tree).rows)) == [
        ("White oak", "2024-01-01T12:30:15.250000+00:00", "2021"),
        ("Élan_maple", "2024-07-02T03:00:00+00:00", "2022"),
        ("Oak's end", None, None),
        (None, "2023-12-31T23:00:00+00:00", None),
    ]
