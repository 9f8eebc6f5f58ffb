"""What is asked of shapes, held against a library; the rest is told in ``conformance``."""

import duckdb
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.query.engines.duckdb import to_duckdb
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import to_sql
from lambdas.query.odsql.geometry import read_figure

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
    column, given_area = typed.Column("outline", typed.Kind.SHAPE), read_figure(area.wkt)
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


LINES = st.lists(st.tuples(*[st.integers(0, 8)] * 2), min_size=2, max_size=4, unique=True).map(
    shapely.LineString
)
POINTS = st.tuples(*[st.integers(0, 8)] * 2).map(shapely.Point)


@settings(max_examples=40, deadline=None)
@given(LINES | POINTS, st.lists(HULLS | BOXES | _CUT, min_size=1, max_size=12))
def test_lines_and_points_meet_shapes_as_a_library_of_geometry_says(
    figure: shapely.LineString | shapely.Point, shapes: list[shapely.Polygon]
) -> None:
    meets = typed.Meets(typed.Column("outline", typed.Kind.SHAPE), read_figure(figure.wkt))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (outline BLOB)")
        connection.executemany(
            "INSERT INTO t VALUES (?)", [(shapely.to_wkb(shape),) for shape in shapes]
        )
        sql = to_duckdb(to_sql(meets, "UTC"))
        found = connection.execute(f"SELECT {sql} FROM t").fetchall()
    assert [held for (held,) in found] == [shape.intersects(figure) for shape in shapes]
