"""What is asked of stored shapes, in DuckDB's own words.

DuckDB's core reads WKB and writes well-known text, and no more; the extension that compares shapes
has 81 MB, which a function that also draws charts has no room for. So the text is taken apart into
straight edges, and these are compared with those of the area that a query gives. Boxes are compared
first, which leaves few shapes to take apart. Edges are rows of a subquery, so that a query can be
interrupted between any few thousand of them.

A point that is a tenth of a millimeter from a border is on it.
"""

import functools
from collections.abc import Iterable

from sqlglot import exp, parse_one

from lambdas.query.odsql.geometry import Point, read_figure
from lambdas.query.odsql.sql import Bound, Meets

_ON_BORDER = 1_000_000
"""More than a shape has edges in practice; the score of a point on one."""

_NEAR = 1e-9
"""Degrees that rounding may take a point away from an edge."""

_EDGES = """
    FLATTEN(LIST_TRANSFORM(
        REGEXP_EXTRACT_ALL(ST_ASTEXT(ST_GEOMFROMWKB(:shape)), '\\(([^()]+)\\)', 1),
        LAMBDA line : LIST_TRANSFORM(
            [LIST_TRANSFORM(STRING_SPLIT(line, ', '), LAMBDA point : [
                CAST(SPLIT_PART(point, ' ', 1) AS DOUBLE), CAST(SPLIT_PART(point, ' ', 2) AS DOUBLE)
            ])],
            LAMBDA ring : LIST_TRANSFORM(RANGE(1, GREATEST(LEN(ring), 2)), LAMBDA i : [
                ring[i][1], ring[i][2],
                ring[LEAST(i + 1, LEN(ring))][1], ring[LEAST(i + 1, LEN(ring))][2],
                CASE WHEN ring[1] = ring[-1] THEN 1 ELSE 0 END
            ])
        )[1]
    ))
"""
"""Pieces between neighbouring points: longitude and latitude of both ends, and whether they are of
a line that ends where it began: only such lines have an inside."""


def _score(point: str, edge: str) -> str:
    """1 for an edge that lies east of a point, a lot for one that holds it."""
    lon, lat = f"{point}[1]", f"{point}[2]"
    at = f"({edge}[1] + ({lat} - {edge}[2]) * (({edge}[3] - {edge}[1]) / ({edge}[4] - {edge}[2])))"
    return f"""CASE
        WHEN NOT {lat} BETWEEN LEAST({edge}[2], {edge}[4]) AND GREATEST({edge}[2], {edge}[4]) THEN 0
        WHEN {edge}[2] = {edge}[4] THEN CASE
            WHEN {lon} BETWEEN LEAST({edge}[1], {edge}[3]) AND GREATEST({edge}[1], {edge}[3])
            THEN {_ON_BORDER} ELSE 0 END
        WHEN ABS({lon} - {at}) <= {_NEAR} THEN {_ON_BORDER}
        WHEN {lat} < GREATEST({edge}[2], {edge}[4]) AND {lon} < {at} THEN 1
        ELSE 0 END"""


def _in_area(point: str) -> str:
    """Whether a point lies inside of the area or on its border."""
    scores = f"LIST_TRANSFORM(:area_edges, LAMBDA a : {_score(point, 'a')})"
    return f"""LIST_TRANSFORM(
        [LIST_SUM({scores})], LAMBDA s : s >= {_ON_BORDER} OR s % 2 = 1
    )[1]"""


def _side(a: str, b: str, c: str) -> str:
    """On which side of the line from ``a`` to ``b`` the point ``c`` lies."""
    (ax, ay), (bx, by), (cx, cy) = (point.split() for point in (a, b, c))
    return f"SIGN(({bx} - {ax}) * ({cy} - {ay}) - ({by} - {ay}) * ({cx} - {ax}))"


_CROSSES = f"""
    LEN(LIST_FILTER(:area_edges, LAMBDA a :
        {_side("e[1] e[2]", "e[3] e[4]", "a[1] a[2]")}
        * {_side("e[1] e[2]", "e[3] e[4]", "a[3] a[4]")} < 0
        AND {_side("a[1] a[2]", "a[3] a[4]", "e[1] e[2]")}
        * {_side("a[1] a[2]", "a[3] a[4]", "e[3] e[4]")} < 0
    )) > 0
"""
"""Whether an edge goes through one of the area's, ends aside."""

_TOUCHING = f"LIST_FILTER(:area_points, LAMBDA p : {_score('p', 'e')} >= {_ON_BORDER})"
"""The area's corners that lie on an edge."""

_STOPS = f"""
    LIST_SORT(LIST_CONCAT([CAST(0 AS DOUBLE), 1], LIST_TRANSFORM({_TOUCHING}, LAMBDA p : CASE
        WHEN ABS(e[3] - e[1]) >= ABS(e[4] - e[2]) THEN (p[1] - e[1]) / (e[3] - e[1])
        ELSE (p[2] - e[2]) / (e[4] - e[2]) END)))
"""
"""How far along an edge its ends and the area's corners are, from 0 to 1."""

_MIDDLES = f"""
    LIST_TRANSFORM([{_STOPS}], LAMBDA stops : LIST_TRANSFORM(
        LIST_TRANSFORM(RANGE(1, LEN(stops)), LAMBDA i : (stops[i] + stops[i + 1]) / 2),
        LAMBDA t : [e[1] + t * (e[3] - e[1]), e[2] + t * (e[4] - e[2])]
    ))[1]
"""
"""A point between any two stops: an edge may leave the area there, and come back."""

_MEETS = f"""
    BOOL_OR(CASE
        WHEN {_in_area("e")} THEN TRUE
        WHEN {_in_area("e[3:4]")} THEN TRUE
        WHEN LEN({_TOUCHING}) > 0 THEN TRUE
        ELSE {_CROSSES}
    END)
"""
_WITHIN = f"""
    BOOL_AND(CASE
        WHEN NOT {_in_area("e")} THEN FALSE
        WHEN NOT {_in_area("e[3:4]")} THEN FALSE
        WHEN {_CROSSES} THEN FALSE
        ELSE LEN(LIST_FILTER({_MIDDLES}, LAMBDA m : NOT {_in_area("m")})) = 0
    END)
"""
_HELD = f"""
    LIST_TRANSFORM(
        [SUM(CASE WHEN e[5] = 1 THEN {_score(":point", "e")} ELSE 0 END)],
        LAMBDA s : s >= {_ON_BORDER} OR s % 2 = 1
    )[1]
"""
"""Whether a point of the area lies inside of the shape."""

_QUESTION = f"""
    CASE WHEN :shape IS NULL THEN NULL ELSE COALESCE((
        SELECT :verdict FROM (SELECT UNNEST(CASE
            WHEN ST_INTERSECTS_EXTENT(ST_GEOMFROMWKB(:shape), :area) THEN {_EDGES}
        END) AS e) AS edges
    ), FALSE) END
"""  # noqa: S608 - a template of our own; what a query says takes the place of names in its tree


@functools.cache
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, read="duckdb")


def meets(node: Meets) -> exp.Expr:
    """Whether a shape meets an area, or lies within it.

    Where no borders touch, one lies in the other or they lie apart, so of each of the area's
    polygons (for ``within``, of its holes) one point tells the rest.
    """
    literal = node.args["area"]
    area = read_figure(literal.this)
    within = node.args["within"].this
    held = exp.or_(
        exp.false(),
        *(
            exp.replace_placeholders(_parsed(_HELD), point=_doubles(point))
            for point in (area.in_holes if within else (polygon[0][0] for polygon in area.polygons))
        ),
    )
    verdict = exp.replace_placeholders(
        _parsed(_WITHIN if within else _MEETS),
        area_edges=_arrays((*start, *end) for start, end in area.edges),
        area_points=_arrays(point for ring in area.rings for point in ring[1:]),
    )
    return exp.replace_placeholders(
        _parsed(_QUESTION),
        shape=node.this,
        area=exp.cast(literal, exp.DataType.build("geometry", dialect="duckdb")),
        verdict=exp.and_(verdict, exp.not_(held)) if within else exp.or_(verdict, held),
    )


def _arrays(rows: Iterable[tuple[float, ...]]) -> exp.Expr:
    """A list of lists of doubles."""
    listed = exp.Array(expressions=[_array(row) for row in rows])
    return exp.cast(listed, exp.DataType.build("DOUBLE[][]", dialect="duckdb"))


def _doubles(row: Point) -> exp.Expr:
    return exp.cast(_array(row), exp.DataType.build("DOUBLE[]", dialect="duckdb"))


def _array(row: tuple[float, ...]) -> exp.Expr:
    numbers = (exp.Literal.number(repr(abs(number))) for number in row)
    return exp.Array(
        expressions=[
            exp.Neg(this=number) if value < 0 else number
            for number, value in zip(numbers, row, strict=True)
        ]
    )


_NUMBERS = """
    LIST_TRANSFORM(
        REGEXP_EXTRACT_ALL(ST_ASTEXT(ST_GEOMFROMWKB(:shape)), '([-+.\\deE]+) ([-+.\\deE]+)', :part),
        LAMBDA number : CAST(number AS DOUBLE)
    )
"""
_BOUNDS = {
    "west": ("LIST_MIN", 1),
    "south": ("LIST_MIN", 2),
    "east": ("LIST_MAX", 1),
    "north": ("LIST_MAX", 2),
}


def bound(node: Bound) -> exp.Expr:
    """The least or greatest longitude or latitude of a shape."""
    function, part = _BOUNDS[node.args["side"].name]
    numbers = exp.replace_placeholders(
        _parsed(_NUMBERS), shape=node.this, part=exp.Literal.number(part)
    )
    return exp.func(function, numbers)
