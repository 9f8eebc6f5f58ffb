"""What is asked of shapes and points, asked of Trino."""

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.query.engines.trino import to_trino
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import to_sql
from lambdas.query.odsql.geometry import read_area
from tests.query.odsql.test_shapes import AREAS, BOXES, HULLS, LINES, POINTS
from tests.trino.engine import Client


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(AREAS, st.lists(HULLS | BOXES, min_size=1, max_size=12))
def test_areas_are_compared_as_a_library_of_geometry_does(
    trino: Client, area: shapely.Polygon, shapes: list[shapely.Polygon]
) -> None:
    column, given_area = typed.Column("outline", typed.Kind.SHAPE), read_area(area.wkt)
    point = typed.Column("at", typed.Kind.POINT)
    asked = (
        typed.Meets(column, given_area),
        typed.Meets(column, given_area, within=True),
        typed.InArea(point, given_area),
    )
    rows = ", ".join(
        f"(FROM_HEX('{shapely.to_wkb(shape, hex=True)}'), {lon!r}E0, {lat!r}E0)"
        for shape in shapes
        for lon, lat in shape.exterior.coords[:1]
    )
    sql = ", ".join(to_trino(to_sql(node, "UTC")) for node in asked)
    _, found = trino.ask(f"SELECT {sql} FROM (VALUES {rows}) AS t(outline, at__lon, at__lat)")
    assert found == [
        [
            shape.intersects(area),
            shape.covered_by(area),
            area.covers(shapely.Point(shape.exterior.coords[0])),
        ]
        for shape in shapes
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(AREAS, st.lists(LINES | POINTS, min_size=1, max_size=12))
def test_lines_and_points_on_a_border_lie_within(
    trino: Client, area: shapely.Polygon, figures: list[shapely.LineString | shapely.Point]
) -> None:
    column, given_area = typed.Column("figure", typed.Kind.SHAPE), read_area(area.wkt)
    asked = (typed.Meets(column, given_area), typed.Meets(column, given_area, within=True))
    sql = ", ".join(to_trino(to_sql(node, "UTC")) for node in asked)
    rows = ", ".join(f"(FROM_HEX('{shapely.to_wkb(figure, hex=True)}'))" for figure in figures)
    _, found = trino.ask(f"SELECT {sql} FROM (VALUES {rows}) AS t(figure)")
    assert found == [[figure.intersects(area), figure.covered_by(area)] for figure in figures]
