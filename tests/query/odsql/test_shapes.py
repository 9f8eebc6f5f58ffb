"""Parks, whose shapes are squares on a grid, and what is asked of where they lie.

```
6 |           +--+      A lies in the corner, B far from it, and RING is a frame around both
5 |           |B |      with a hole from (-1, -1) to (12, 12). NOWHERE has no shape.
1 +--+        +--+
0 |A |
  +--+
  0  1        5  6
```
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.errors import QueryInvalid
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines import Engine
from lambdas.query.engines.duckdb import DuckDBEngine, to_duckdb
from lambdas.query.exports import Exporter
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import to_sql
from lambdas.query.odsql.geometry import read_area
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.lakes import publish

PARKS = Dataset(
    id="parks",
    title="Parks",
    description="Parks and what is known of them.",
    theme=Theme.AIR,
    publisher="Parks department",
    key=("name",),
    fields=(
        Field(name="name", type=FieldType.TEXT, label="Name"),
        Field(name="outline", type=FieldType.GEO_SHAPE, label="Outline"),
        Field(name="notes", type=FieldType.JSON_BLOB, label="Notes"),
    ),
)
RING = "POLYGON((-5 -5,15 -5,15 15,-5 15,-5 -5),(-1 -1,12 -1,12 12,-1 12,-1 -1))"
NOW = datetime(2024, 7, 3, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"name": "A", "outline": shapely.to_wkb(shapely.box(0, 0, 1, 1)), "notes": '{"trees": [1]}'},
    {"name": "B", "outline": shapely.to_wkb(shapely.box(5, 5, 6, 6)), "notes": "none yet"},
    {"name": "NOWHERE", "outline": None, "notes": None},
    {"name": "RING", "outline": shapely.to_wkb(shapely.from_wkt(RING)), "notes": "7"},
]

Ask = Callable[..., list[dict[str, Any]]]


def publish_parks(home: Path) -> None:
    publish(home, PARKS, ROWS)


def exploring(engine: Engine, home: Path) -> Explorer:
    """An explorer of the lake in ``home``."""
    return Explorer(Lake(FolderStore(home)), engine, now=lambda: NOW)


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_parks(home)
    return exploring(DuckDBEngine((str(home),)), home)


@pytest.fixture(scope="module")
def ask(explorer: Explorer) -> Ask:
    def ask(**parameters: str) -> list[dict[str, Any]]:
        answer = explorer.records(NATION, PARKS.id, {key: [v] for key, v in parameters.items()})
        results: list[dict[str, Any]] = answer["results"]
        return results

    return ask


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("intersects(outline, geom'POLYGON((0.5 0.5,2 0.5,2 2,0.5 2,0.5 0.5))')", ["A"]),
        ("intersects(outline, geom'POLYGON((1 1,2 1,2 2))')", ["A"]),  # a corner is enough
        ("intersects(outline, geom'POLYGON((2 2,3 2,3 3))')", []),  # in the hole of the ring
        ("intersects(outline, geom'POLYGON((0.2 0.2,0.4 0.2,0.4 0.4))')", ["A"]),  # inside of A
        ("intersects(outline, geom'POLYGON((-3 5.2,20 5.2,20 5.4))')", ["B", "RING"]),
        ("disjoint(outline, geom'POLYGON((0.5 0.5,2 0.5,2 2))')", ["B", "RING"]),
        ("not intersects(outline, geom'POLYGON((0.5 0.5,2 0.5,2 2))')",
         ["B", "NOWHERE", "RING"]),
        ("within(outline, geom'POLYGON((0 0,1 0,1 1,0 1,0 0))')", ["A"]),
        ("within(outline, geom'POLYGON((-20 -20,20 -20,20 20,-20 20))')", ["A", "B", "RING"]),
        ("within(outline, geom'POLYGON((-9 -9,9 -9,9 9,-9 9),(4 4,7 4,7 7,4 7))')", ["A"]),
        ("within(outline, geom'POLYGON((-9 -9,9 -9,9 9,-9 9),(0.4 0.4,0.6 0.4,0.6 0.6))')", ["B"]),
        ("geometry(`outline`, geom'POLYGON((0 0,5.5 0,5.5 5.5,0 5.5))')", ["A", "B"]),
        ("geometry(outline, geom'POLYGON((0 0,9 0,9 9,0 9))', INTERSECTS)", ["A", "B"]),
        ("geometry(outline, geom'POLYGON((0 0,5.5 0,5.5 5.5,0 5.5))', WITHIN)", ["A"]),
        ("geometry(outline, geom'POLYGON((0 0,9 0,9 9,0 9))', disjoint)", ["RING"]),
        ("in_bbox(outline, 0.5, 0.5, 5.5, 5.5)", ["A", "B"]),
        ("in_bbox(outline, -1, 179, 1, -179)", []),
        ("outline is null", ["NOWHERE"]),
    ],
)  # fmt: skip
def test_shapes_are_found_by_where_they_lie(ask: Ask, where: str, names: list[str]) -> None:
    assert [record["name"] for record in ask(select="name", where=where)] == names


def test_the_box_around_shapes_is_a_feature(ask: Ask) -> None:
    [row] = ask(select="bbox(outline) as box, count(*) as n", where="name in ('A', 'B')")
    corners = [[0.0, 0.0], [6.0, 0.0], [6.0, 6.0], [0.0, 6.0], [0.0, 0.0]]
    geometry = {"type": "Polygon", "coordinates": [corners]}
    assert row == {"box": {"type": "Feature", "geometry": geometry, "properties": {}}, "n": 2}


def test_a_text_is_selected_as_the_json_that_it_writes_or_else_as_something_else(ask: Ask) -> None:
    assert ask(select="json_format(notes) as a, json_format(notes, name) as b") == [
        {"a": {"trees": [1]}, "b": {"trees": [1]}},
        {"a": None, "b": "B"},
        {"a": None, "b": "NOWHERE"},
        {"a": 7, "b": 7},
    ]


@pytest.mark.parametrize("selected", ["bbox(outline) as made", "json_format(notes) as made"])
def test_what_is_put_together_when_it_is_read_is_no_column_of_parquet(
    explorer: Explorer, selected: str
) -> None:
    export = Exporter(explorer).export(NATION, PARKS.id, "parquet", {"select": [selected]})
    with pytest.raises(QueryInvalid, match="made is a box, a cluster or JSON that is put together"):
        list(export.chunks)


def test_a_box_and_json_are_written_to_csv_as_json(explorer: Explorer) -> None:
    def csv(**parameters: str) -> str:
        asked = {"with_bom": ["false"], **{key: [value] for key, value in parameters.items()}}
        return b"".join(Exporter(explorer).export(NATION, PARKS.id, "csv", asked).chunks).decode()

    assert csv(select="json_format(notes, name) as notes", limit="2") == (
        'notes\r\n"{""trees"":[1]}"\r\nB\r\n'
    )
    assert csv(select="bbox(outline) as box", where="name = 'A'") == (
        'box\r\n"{""type"":""Polygon"",""coordinates"":'
        '[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,1.0],[0.0,0.0]]]}"\r\n'
    )


def test_a_shape_is_no_point(ask: Ask) -> None:
    with pytest.raises(QueryInvalid, match="expects a geo_point_2d field, found field outline"):
        ask(where="within_distance(outline, geom'POINT(1 1)', 1km)")


BOXES = st.tuples(*[st.integers(0, 5)] * 2, *[st.integers(1, 5)] * 2).map(
    lambda box: shapely.box(box[0], box[1], box[0] + box[2], box[1] + box[3])
)
HULLS = (
    st.lists(st.tuples(*[st.integers(0, 8)] * 2), min_size=4, max_size=8, unique=True)
    .map(lambda points: shapely.MultiPoint(points).convex_hull)
    .filter(lambda hull: hull.area > 0)
)
_CUT = st.tuples(BOXES, BOXES).map(
    lambda two: two[0].difference(two[1]) if two[0] != two[1] else two[0]
)
AREAS = st.one_of(BOXES, HULLS, _CUT.filter(lambda area: area.area > 0))


@settings(max_examples=40, deadline=None)
@given(AREAS, st.lists(HULLS | BOXES, min_size=1, max_size=12))
def test_areas_are_compared_as_a_library_of_geometry_does(
    area: shapely.Polygon, shapes: list[shapely.Polygon]
) -> None:
    column, given_area = typed.Column("outline", typed.Kind.SHAPE), read_area(area.wkt)
    point = typed.Column("at", typed.Kind.POINT)
    asked = (
        typed.Meets(column, given_area),
        typed.Meets(column, given_area, within=True),
        typed.InArea(point, given_area),
    )
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (outline BLOB, at__lon DOUBLE, at__lat DOUBLE)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)",
            [(shapely.to_wkb(shape), *shape.exterior.coords[0]) for shape in shapes],
        )
        sql = ", ".join(to_duckdb(to_sql(node, "UTC")) for node in asked)
        found = connection.execute(f"SELECT {sql} FROM t").fetchall()
    assert found == [
        (
            shape.intersects(area),
            shape.covered_by(area),
            area.covers(shapely.Point(shape.exterior.coords[0])),
        )
        for shape in shapes
    ]
