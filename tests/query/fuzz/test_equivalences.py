"""What must be the same, however it is asked."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.query.events import body, json_of
from tests.query.fuzz.odsql import conditions
from tests.query.fuzz.world import EXAMPLES, RECORDS, World

SAME = settings(
    max_examples=max(EXAMPLES // 4, 10),
    deadline=None,
    derandomize=EXAMPLES <= 40,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TREES = "/catalog/datasets/trees"


def found(world: World, *wheres: str, **others: str) -> list[dict[str, Any]]:
    """The records that fulfil conditions, all of them."""
    pairs = [("where", where) for where in wheres]
    answer = world.ask(f"{TREES}/records", *pairs, *others.items(), ("limit", "100"))
    assert answer["statusCode"] == 200, body(answer)
    results: list[dict[str, Any]] = json_of(answer)["results"]
    return results


def count(world: World, *pairs: tuple[str, str]) -> int:
    answer = world.ask(f"{TREES}/records", *pairs, ("limit", "0"))
    assert answer["statusCode"] == 200, body(answer)
    total: int = json_of(answer)["total_count"]
    return total


@SAME
@given(a=conditions, b=conditions)
def test_the_laws_of_logic_hold(world: World, a: str, b: str) -> None:
    assert found(world, f"not (({a}) or ({b}))") == found(world, f"not ({a}) and not ({b})")
    assert found(world, f"not (({a}) and ({b}))") == found(world, f"not ({a}) or not ({b})")
    assert found(world, f"not (not ({a}))") == found(world, a)
    assert len(found(world, a)) + len(found(world, f"not ({a})")) == RECORDS


@SAME
@given(a=conditions, b=conditions)
def test_a_repeated_where_is_an_and(world: World, a: str, b: str) -> None:
    assert found(world, a, b) == found(world, f"({a}) and ({b})") == found(world, b, a)


@SAME
@given(
    where=conditions,
    size=st.integers(1, 17),
    order=st.sampled_from(["", "name", "-height_m", "random(3)", "seen_at desc, is_alive"]),
)
def test_pages_make_the_whole(world: World, where: str, size: int, order: str) -> None:
    whole = found(world, where, order_by=order)
    paged: list[dict[str, Any]] = []
    for offset in range(0, RECORDS, size):
        page = world.ask(
            f"{TREES}/records", ("where", where), ("order_by", order),
            ("limit", str(size)), ("offset", str(offset)),
        )  # fmt: skip
        assert json_of(page)["total_count"] == len(whole)
        paged += json_of(page)["results"]
    assert paged == whole


@SAME
@given(where=conditions, order=st.sampled_from(["", "-number", "name"]))
def test_exports_hold_what_pages_hold(world: World, where: str, order: str) -> None:
    asked = (("where", where), ("order_by", order))
    whole = found(world, where, order_by=order)
    assert json_of(world.ask(f"{TREES}/exports/json", *asked)) == whole
    lines = body(world.ask(f"{TREES}/exports/jsonl", *asked)).decode().split("\n")
    assert [json.loads(line) for line in lines if line] == whole
    text = body(world.ask(f"{TREES}/exports/csv", *asked)).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row["number"] for row in table] == [str(record["number"]) for record in whole]
    assert [row["name"] for row in table] == [record["name"] or "" for record in whole]


@pytest.mark.parametrize(
    "field", ["name", "is_alive", "number", "planted_date", "seen_at", "tags", "surveyed"]
)
@SAME
@given(where=conditions, timezone=st.sampled_from(["UTC", "America/New_York"]))
def test_a_facets_counts_are_what_refining_finds(
    world: World, field: str, where: str, timezone: str
) -> None:
    asked = (("where", where), ("timezone", timezone))
    answer = json_of(world.ask(f"{TREES}/facets", *asked, ("facet", field)))
    values = [value for group in answer["facets"] for value in group["facets"]]
    for value in values[:6]:
        name = json.dumps(value["value"], ensure_ascii=False)
        refined = ("refine", f"{field}:{name}")
        assert count(world, *asked, refined) == value["count"], (field, value)
        excluded = ("exclude", f"{field}:{name}")
        assert count(world, *asked, excluded) == count(world, *asked) - value["count"]


@pytest.mark.parametrize(
    "group",
    ["name", "is_alive", "height_m", "year(planted_date)", "surveyed", "range(number, 7)",
     "range(seen_at, 5 hours)", "lower(name)", "is_alive, year(seen_at)"],
)  # fmt: skip
@SAME
@given(where=conditions)
def test_groups_hold_every_record_once(world: World, group: str, where: str) -> None:
    groups = found(world, where, group_by=group, select="count(*) as n")
    assume(len(groups) < 100)
    assert sum(one["n"] for one in groups) == count(world, ("where", where))
