"""The functions of ODSQL about where things lie: distances, boxes, areas, clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.geometry import Area, box_area, read_area, read_figure, read_point
from lambdas.query.odsql.typed import Kind, Typed

if TYPE_CHECKING:  # the checker knows these functions
    from lambdas.query.odsql.check import Checker

_METRES = {
    "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144,
    "mi": 1609.344,
}  # fmt: skip


def _point(checker: Checker, call: nodes.Call) -> typed.Column:
    column = checker.field_column(call.arguments[0])
    if column.kind is not Kind.POINT:
        raise checker.wrong(
            f"{call.function} expects a geo_point_2d field, found {typed.describe(column)}"
        )
    return column


def _distance_to(checker: Checker, call: nodes.Call) -> typed.Distance:
    column, geometry = _point(checker, call), call.arguments[1]
    if not isinstance(geometry, nodes.Geometry):
        raise checker.wrong(f"{call.function} expects a point such as geom'POINT(-78.9 36.0)'")
    try:
        lon, lat = read_point(geometry.text)
    except ValueError as error:
        raise checker.wrong(str(error)) from error
    return typed.Distance(column, lon, lat)


def _distance(checker: Checker, call: nodes.Call) -> Typed:
    """Metres; with a third argument the old name of ``within_distance``."""
    if call.arguments[2:]:
        return _within_distance(checker, call)
    checker.expect_count(call, 2)
    return _distance_to(checker, call)


def _within_distance(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 3)
    width = call.arguments[2]
    if not isinstance(width, nodes.Quantity) or width.unit.lower() not in _METRES:
        raise checker.wrong(
            f"{call.function} expects a distance such as 10km, in {', '.join(_METRES)}"
        )
    length = checker.plain_number(nodes.Number(width.number), "a distance")
    metres = typed.Constant(float(length) * _METRES[width.unit.lower()], Kind.DOUBLE)
    return typed.Compare("<=", _distance_to(checker, call), metres)


def _in_bbox(checker: Checker, call: nodes.Call) -> Typed:
    """Latitude comes first here, unlike in a geometry."""
    checker.expect_count(call, 5)
    south, west, north, east = (
        checker.plain_number(argument, "a corner of in_bbox") for argument in call.arguments[1:]
    )
    return _in_box(_place(checker, call), south, west, north, east)


def _in_box(column: typed.Column, south: float, west: float, north: float, east: float) -> Typed:
    south, north = min(south, north), max(south, north)
    if column.kind is Kind.SHAPE:
        return typed.Meets(column, box_area(south, west, north, east))
    return typed.InBox(column, south, west, north, east)


def _place(checker: Checker, call: nodes.Call) -> typed.Column:
    column = checker.field_column(call.arguments[0])
    if column.kind not in {Kind.POINT, Kind.SHAPE}:
        raise checker.wrong(
            f"{call.function} expects a geo_point_2d or geo_shape field, "
            f"found {typed.describe(column)}"
        )
    return column


def _area(checker: Checker, call: nodes.Call, written: nodes.Node, *, within: bool) -> Area:
    """The area that is compared with; what is not to be within it may be a point or a line."""
    if not isinstance(written, nodes.Geometry):
        raise checker.wrong(
            f"{call.function} expects an area such as geom'POLYGON((-79 36, -78 36, -78 35))'"
        )
    try:
        return read_area(written.text) if within else read_figure(written.text)
    except ValueError as error:
        raise checker.wrong(str(error)) from error


def _related(checker: Checker, call: nodes.Call, *, within: bool) -> Typed:
    """For a point both relations are one: it is inside of the area or on its border."""
    column = _place(checker, call)
    area = _area(checker, call, call.arguments[1], within=within)
    if column.kind is Kind.POINT:
        return typed.InArea(column, area)
    return typed.Meets(column, area, within)


def _intersects(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 2)
    return _related(checker, call, within=False)


def _within(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 2)
    return _related(checker, call, within=True)


def _disjoint(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 2)
    related = _related(checker, call, within=False)
    return typed.And((typed.Not(typed.IsNull(_place(checker, call))), typed.Not(related)))


def _geometry(checker: Checker, call: nodes.Call) -> Typed:
    """The old name of the three above, which says as its last argument which one it means."""
    if len(call.arguments) == _WITHOUT_MODE:
        return _intersects(checker, call)
    checker.expect_count(call, 3)
    *arguments, mode = call.arguments
    relation = _MODES.get(mode.name.lower()) if isinstance(mode, nodes.Name) else None
    if relation is None:
        raise checker.wrong("geometry expects INTERSECTS, DISJOINT or WITHIN as its last argument")
    return relation(checker, nodes.Call(call.function, tuple(arguments)))


_WITHOUT_MODE = 2
_MODES = {
    "intersects": _intersects,
    "intersect": _intersects,
    "disjoint": _disjoint,
    "within": _within,
}


def _bbox(checker: Checker, call: nodes.Call) -> Typed:
    """The box around all; with two corners the old name of ``in_bbox``."""
    if len(call.arguments) == 1:
        return _extent(checker, call)
    checker.expect_count(call, 3)
    corners = []
    for corner in call.arguments[1:]:
        if not isinstance(corner, nodes.Geometry):
            raise checker.wrong("bbox expects two corners such as geom'POINT(-78.9 36.0)'")
        try:
            corners.append(read_point(corner.text))
        except ValueError as error:
            raise checker.wrong(str(error)) from error
    (west, north), (east, south) = corners
    return _in_box(_place(checker, call), south, west, north, east)


def _envelope(checker: Checker, call: nodes.Call) -> Typed:
    checker.expect_count(call, 1)
    return _extent(checker, call)


def _extent(checker: Checker, call: nodes.Call) -> Typed:
    return typed.Extent(_place(checker, call))


_FURTHEST_ZOOM = 25
_DEFAULT_RADIUS = 40.0
_LARGEST_RADIUS = 10_000


def _geo_cluster(checker: Checker, call: nodes.Call) -> Typed:
    if checker.clause == "where":
        raise checker.wrong("geo_cluster parts records into groups; expected it in group_by")
    if len(call.arguments) != _WITHOUT_MODE:
        checker.expect_count(call, 3)
    column = _point(checker, call)
    zoom = checker.plain_number(call.arguments[1], "the zoom of geo_cluster")
    if zoom != int(zoom) or not 0 <= zoom <= _FURTHEST_ZOOM:
        raise checker.wrong(
            f"the zoom of geo_cluster is {zoom:g}; expected a whole number "
            f"from 0 to {_FURTHEST_ZOOM}"
        )
    radius = _DEFAULT_RADIUS
    if call.arguments[2:]:
        radius = float(checker.plain_number(call.arguments[2], "the radius of geo_cluster"))
    if not 0 < radius <= _LARGEST_RADIUS:
        raise checker.wrong(
            f"the radius of geo_cluster is {radius:g}; expected more than 0 "
            f"and at most {_LARGEST_RADIUS} pixels"
        )
    return typed.Cluster(column, int(zoom), radius)


SPECIAL: Mapping[str, Callable[[Checker, nodes.Call], Typed]] = {
    "bbox": _bbox,
    "disjoint": _disjoint,
    "distance": _distance,
    "envelope": _envelope,
    "geo_cluster": _geo_cluster,
    "geometry": _geometry,
    "in_bbox": _in_bbox,
    "intersects": _intersects,
    "polygon": _intersects,
    "within": _within,
    "within_distance": _within_distance,
}
"""By name, in lower case."""
