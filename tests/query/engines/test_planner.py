"""Which engine answers what."""

from typing import Any

import pytest
from sqlglot import exp

from lambdas.query.engines import Result
from lambdas.query.engines.planner import Planner
from lambdas.query.odsql.sql import AsStored, Projected, Records, WholeSum

MANY, FEW = 2_000, 999


class Named:
    """An engine that answers with its name."""

    is_spatial = True

    def __init__(self, name: str, *, most: int = 10_000) -> None:
        self.name = name
        self.most = most

    def keeps_order(self, tree: exp.Query) -> bool:
        return self.name == "here"

    def takes(self, tree: exp.Query) -> bool:
        return len(repr(tree)) < self.most

    def run(self, tree: exp.Query) -> Any:
        return Result((self.name,), (), [])

    stream = run

    def parquet(self, tree: exp.Query, compression: str) -> Any:
        return self.name

    def flatgeobuf(self, tree: exp.Query, *, epsg: int, indexed: bool) -> Any:
        return self.name

    def knows_reference(self, epsg: int) -> bool:
        return self.name == "here"


def planner(**remote: Any) -> Planner:
    return Planner(Named("here"), lambda: Named("remote", **remote), from_bytes=1_000)


def records(held: int) -> Records:
    return Records(
        files=[],
        table=exp.to_table("national.trees"),
        snapshot=exp.Literal.number(1),
        bytes=exp.Literal.number(held),
    )


def of(held: int, *columns: str | exp.Expr) -> exp.Select:
    return exp.select(*(columns or ("a",))).from_(records(held))


@pytest.mark.parametrize(
    ("tree", "engine"),
    [
        (of(MANY), "remote"),
        (of(FEW), "here"),
        (exp.select("a").from_(of(MANY).subquery("x")), "remote"),
        (exp.select("1").from_(exp.values([(1,)], alias="catalog")), "here"),
        (of(MANY, Projected(this=exp.column("a"), epsg=exp.Literal.number(3857))), "here"),
        (of(FEW).join(of(FEW).subquery("y"), on="TRUE"), "remote"),  # together they are many
    ],
)
def test_what_reads_many_bytes_goes_elsewhere(tree: exp.Query, engine: str) -> None:
    assert planner().run(tree).columns == (engine,)


def test_a_catalog_stays_here_however_low_the_bar() -> None:
    low = Planner(Named("here"), lambda: Named("remote"), from_bytes=0)
    assert low.run(exp.select("1")).columns == ("here",)


def test_what_the_other_engine_cannot_take_stays_here() -> None:
    assert planner(most=10).run(of(MANY)).columns == ("here",)


def _sorted(kind: type[exp.Order]) -> exp.Select:
    tree = of(MANY)
    tree.set("order", kind(expressions=[exp.Ordered(this=exp.column("a"))]))
    return tree


@pytest.mark.parametrize(
    ("tree", "engine"),
    [
        (of(MANY), "here"),
        (_sorted(AsStored), "here"),
        (_sorted(exp.Order), "remote"),
        (of(MANY).group_by("a"), "remote"),
        (of(MANY, WholeSum(this=exp.column("a"))), "remote"),
        (exp.select("a").from_(of(MANY).group_by("a").subquery("records")), "remote"),
        (of(FEW).group_by("a"), "here"),
    ],
)
def test_a_stream_goes_elsewhere_only_if_it_gathers_its_records_first(
    tree: exp.Query, engine: str
) -> None:
    assert planner().stream(tree).columns == (engine,)  # type: ignore[attr-defined] # the fake's
    assert planner().keeps_order(tree) == (engine == "here")


def test_files_are_made_here() -> None:
    made = planner()
    assert made.parquet(of(MANY), "snappy") == "here"  # type: ignore[comparison-overlap] # the fake's
    assert made.flatgeobuf(of(MANY), epsg=4326, indexed=True) == "here"  # type: ignore[comparison-overlap] # as above
    assert made.knows_reference(3857)
