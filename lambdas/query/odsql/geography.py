"""Where things lie → SQL trees of plain arithmetic, which gives the same on every engine.

Only what is asked of a stored shape is a node of its own: see ``sql``.
"""

import math
from collections.abc import Sequence

from sqlglot import exp

from citylake.datasets import lat_column, lon_column
from lambdas.query.odsql import typed
from lambdas.query.odsql.constants import double
from lambdas.query.odsql.geometry import Area, Point
from lambdas.query.odsql.sql import Bound
from lambdas.query.odsql.typed import Kind

_EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

_TILE = 256
"""Width of the world in pixels on a web map at zoom 0."""

_LAST_LAT = 85.05112878
"""Where a web map ends."""

_ON_BORDER = 1_000_000
"""More than an area can have edges."""


def _degrees(column: str) -> exp.Expr:
    return exp.column(column, quoted=True)


def distance(column: typed.Column, lon: float, lat: float) -> exp.Expr:
    """The haversine formula: metres on a sphere, good to half a percent."""

    def radians(degrees: exp.Expr) -> exp.Expr:
        return exp.func("radians", degrees)

    def half_chord(degrees: exp.Expr, given: float) -> exp.Expr:
        difference = exp.paren(exp.Sub(this=degrees, expression=double(given)), copy=False)
        half = exp.Div(this=radians(difference), expression=double(2.0))
        return exp.Pow(this=exp.func("sin", half), expression=exp.Literal.number(2))

    stored_lat, stored_lon = _degrees(lat_column(column.name)), _degrees(lon_column(column.name))
    along = exp.Mul(
        this=exp.Mul(
            this=exp.func("cos", radians(stored_lat)),
            expression=double(math.cos(math.radians(lat))),
        ),
        expression=half_chord(stored_lon, lon),
    )
    chord = exp.Add(this=half_chord(stored_lat.copy(), lat), expression=along)
    bounded = exp.Least(this=double(1.0), expressions=[chord])
    return exp.Mul(
        this=double(2 * _EARTH_RADIUS_M),
        expression=exp.func("asin", exp.Sqrt(this=bounded)),
    )


def in_box(column: typed.Column, south: float, west: float, north: float, east: float) -> exp.Expr:
    """A box whose west lies east of its east goes over the 180th meridian."""

    def between(name: str, low: float, high: float) -> exp.Expr:
        return exp.Between(
            this=_degrees(name),
            low=double(low),
            high=double(high),
        )

    lat, lon = lat_column(column.name), lon_column(column.name)
    if west <= east:
        across = between(lon, west, east)
    else:
        across = exp.or_(between(lon, west, 180.0), between(lon, -180.0, east))
    return exp.and_(between(lat, south, north), across)


def _place(column: typed.Column) -> tuple[exp.Expr, exp.Expr]:
    return _degrees(lon_column(column.name)), _degrees(lat_column(column.name))


def in_area(column: typed.Column, area: Area) -> exp.Expr:
    """Whether a point lies in an area or on its border: it counts the edges east of the point.

    Edges have their ends in a fixed order, so that neighbours of one border agree about a point.
    """
    west, south, east, north = area.box
    if not area.edges:
        return in_box(column, south, west, north, east)
    count = _sum([_edge_score(column, sorted(edge, key=_by_lat)) for edge in area.edges])
    inside = exp.Case().when(
        in_box(column, south, west, north, east),
        exp.or_(
            exp.GTE(this=exp.Paren(this=count), expression=exp.Literal.number(_ON_BORDER)),
            exp.EQ(
                this=exp.Mod(this=exp.Paren(this=count.copy()), expression=exp.Literal.number(2)),
                expression=exp.Literal.number(1),
            ),
            copy=False,
        ),
        copy=False,
    )
    lon, _ = _place(column)
    outside = exp.Case().when(exp.Is(this=lon, expression=exp.null()), exp.null())
    return inside.else_(outside.else_(exp.false()))


def _by_lat(point: Point) -> tuple[float, float]:
    return point[1], point[0]


def _edge_score(column: typed.Column, edge: Sequence[Point]) -> exp.Expr:
    """1 for an edge that lies east of the point, a lot for one that holds it.

    What it is made of is its own, so nothing is copied: an area may have hundreds of edges.
    """
    (low_lon, low_lat), (high_lon, high_lat) = edge

    def lon() -> exp.Expr:
        return _degrees(lon_column(column.name))

    def lat() -> exp.Expr:
        return _degrees(lat_column(column.name))

    def number(value: int) -> exp.Expr:
        return exp.Literal.number(value)

    def at() -> exp.Expr:
        """The longitude where the edge crosses the point's latitude."""
        above = exp.Paren(this=exp.Sub(this=lat(), expression=double(low_lat)))
        slope = double((high_lon - low_lon) / (high_lat - low_lat))
        shift = exp.Mul(this=above, expression=slope)
        return exp.Paren(this=exp.Add(this=double(low_lon), expression=shift))

    def chosen(*cases: tuple[exp.Expr, exp.Expr]) -> exp.Expr:
        return exp.Case(
            ifs=[exp.If(this=condition, true=value) for condition, value in cases],
            default=number(0),
        )

    if low_lat == high_lat:
        on_it = exp.And(
            this=exp.EQ(this=lat(), expression=double(low_lat)),
            expression=exp.Between(this=lon(), low=double(low_lon), high=double(high_lon)),
        )
        return chosen((on_it, number(_ON_BORDER)))
    west_of_it = exp.And(
        this=exp.LT(this=lat(), expression=double(high_lat)),
        expression=exp.LT(this=lon(), expression=at()),
    )
    beside = chosen(
        (exp.EQ(this=lon(), expression=at()), number(_ON_BORDER)), (west_of_it, number(1))
    )
    level = exp.Between(this=lat(), low=double(low_lat), high=double(high_lat))
    return chosen((level, beside))


def _sum(values: Sequence[exp.Expr]) -> exp.Expr:
    """A sum that is not nested deeper than it must be."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return exp.Add(
        this=exp.paren(_sum(values[:half]), copy=False),
        expression=exp.paren(_sum(values[half:]), copy=False),
    )


def cluster(node: typed.Cluster) -> exp.Expr:
    """The number of the cell that a point lies in, row by row from the north west."""
    lon, lat = _place(node.column)
    width = 2 * node.radius
    world = float(_TILE * 2**node.zoom)
    bounded = exp.Greatest(
        this=double(-_LAST_LAT),
        expressions=[exp.Least(this=double(_LAST_LAT), expressions=[lat])],
    )
    # Mercator: the latitude as it is drawn, between -pi and pi.
    half = exp.Div(this=exp.func("radians", bounded), expression=double(2.0))
    angle = exp.Add(this=double(math.pi / 4), expression=half)
    drawn = exp.Ln(this=exp.func("tan", angle))
    down = exp.Mul(
        this=exp.paren(
            exp.Sub(
                this=double(0.5),
                expression=exp.Div(this=drawn, expression=double(2 * math.pi)),
            )
        ),
        expression=double(world / width),
    )
    across = exp.Mul(
        this=exp.paren(exp.Add(this=lon, expression=double(180.0))),
        expression=double(world / 360 / width),
    )
    columns = math.ceil(world / width) + 1
    known = exp.and_(
        *(exp.Not(this=exp.Is(this=each, expression=exp.null())) for each in _place(node.column))
    )
    cell = exp.Add(
        this=exp.Mul(this=exp.Floor(this=down), expression=double(columns)),
        expression=exp.Floor(this=across),
    )
    return exp.Case().when(known, cell, copy=False)


def centroid(node: typed.Cluster) -> list[exp.Expr]:
    """The mean longitude and latitude of a group's points."""
    return [exp.Avg(this=degrees) for degrees in _place(node.column)]


def extent(column: typed.Column) -> list[exp.Expr]:
    """West, south, east and north of all."""
    if column.kind is Kind.POINT:
        lon, lat = _place(column)
        return [
            exp.Min(this=lon), exp.Min(this=lat), exp.Max(this=lon.copy()), exp.Max(this=lat.copy())
        ]  # fmt: skip
    return [
        smallest(this=Bound(this=_degrees(column.name), side=exp.var(side)))
        for smallest, side in (
            (exp.Min, "west"), (exp.Min, "south"), (exp.Max, "east"), (exp.Max, "north"),
        )
    ]  # fmt: skip
