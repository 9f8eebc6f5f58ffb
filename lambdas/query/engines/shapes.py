"""What is asked of stored shapes, in DuckDB's own words.

DuckDB's core reads WKB and writes well-known text, and no more; the extension that compares shapes
has 81 MB, which a function that also draws charts has no room for. So the text is taken apart into
points and straight edges, and these are compared with those of the area that a query gives. Boxes
are compared first, which leaves few shapes to take apart.

It is exact but for the rounding of doubles, and but for one odd case: a shape that leaves an area
and comes back through corners alone may be found ``within`` it, since of edges that touch only the
ends and the middle are looked at.
"""

import functools
from collections.abc import Iterable

from sqlglot import exp, parse_one

from lambdas.query.odsql.geometry import Area, Point, read_area
from lambdas.query.odsql.sql import Bound, Meets

_POINTS = """
    LIST_TRANSFORM(
        STRING_SPLIT(ring, ', '),
        LAMBDA point : [
            CAST(SPLIT_PART(point, ' ', 1) AS DOUBLE), CAST(SPLIT_PART(point, ' ', 2) AS DOUBLE)
        ]
    )
"""
"""The points of one list of them, in the text of a shape."""

_RINGS = f"""
    LIST_TRANSFORM(
        REGEXP_EXTRACT_ALL(ST_ASTEXT(ST_GEOMFROMWKB(:shape)), '\\(([^()]+)\\)', 1),
        LAMBDA ring : {_POINTS}
    )
"""

_EDGES = """
    FLATTEN(
        LIST_TRANSFORM(
            rings,
            LAMBDA ring : LIST_TRANSFORM(
                RANGE(1, LEN(ring)),
                LAMBDA i : [
                    ring[i][1], ring[i][2], ring[i + 1][1], ring[i + 1][2]
                ]
            )
        )
    )
"""
"""Pieces between neighbouring points: longitude and latitude of both ends."""

_ON_BORDER = 1_000_000
"""More than a shape has edges in practice; the score of a point on one."""

_SCORE = f"""
    COALESCE(LIST_SUM(LIST_TRANSFORM({{edges}}, LAMBDA e : CASE
        WHEN NOT {{point}}[2] BETWEEN LEAST(e[2], e[4]) AND GREATEST(e[2], e[4]) THEN 0
        WHEN e[2] = e[4] THEN CASE
            WHEN {{point}}[1] BETWEEN LEAST(e[1], e[3]) AND GREATEST(e[1], e[3]) THEN {_ON_BORDER}
            ELSE 0 END
        WHEN {{point}}[1] = {{at}} THEN {_ON_BORDER}
        WHEN {{point}}[2] < GREATEST(e[2], e[4]) AND {{point}}[1] < {{at}} THEN 1
        ELSE 0 END)), 0)
"""
"""How many edges lie east of a point: an odd number if it is inside of them."""

_AT = "(e[1] + ({point}[2] - e[2]) * ((e[3] - e[1]) / (e[4] - e[2])))"


def _score(point: str, edges: str) -> str:
    return _SCORE.format(point=point, edges=edges, at=_AT.format(point=point))


def _inside(point: str, edges: str) -> str:
    """Inside or on the border."""
    score = _score(point, edges)
    return f"LIST_TRANSFORM([{score}], LAMBDA s : s >= {_ON_BORDER} OR s % 2 = 1)[1]"


def _strictly_inside(point: str, edges: str) -> str:
    score = _score(point, edges)
    return f"LIST_TRANSFORM([{score}], LAMBDA s : s < {_ON_BORDER} AND s % 2 = 1)[1]"


def _side(a: str, b: str, c: str) -> str:
    """On which side of the line from ``a`` to ``b`` the point ``c`` lies."""
    (ax, ay), (bx, by), (cx, cy) = (point.split() for point in (a, b, c))
    return f"SIGN(({bx} - {ax}) * ({cy} - {ay}) - ({by} - {ay}) * ({cx} - {ax}))"


_CROSSING = f"""
    LEN(LIST_FILTER(edges, LAMBDA f : LEN(LIST_FILTER(:area_edges, LAMBDA g :
        {_side("f[1] f[2]", "f[3] f[4]", "g[1] g[2]")}
        * {_side("f[1] f[2]", "f[3] f[4]", "g[3] g[4]")} < 0
        AND {_side("g[1] g[2]", "g[3] g[4]", "f[1] f[2]")}
        * {_side("g[1] g[2]", "g[3] g[4]", "f[3] f[4]")} < 0
    )) > 0)) > 0
"""
"""Whether any edge goes through one of the area's, ends aside."""


def _any(points: str, condition: str) -> str:
    return f"LEN(LIST_FILTER({points}, LAMBDA p : {condition})) > 0"


_FIRST = "rings[1][1]"
_IS_LINE = "rings[1][1] <> rings[1][-1]"
"""Whether the shape has no inside; a line that ends where it began counts as a ring."""

_ALL = "FLATTEN(rings)"
_MIDDLES = "LIST_TRANSFORM(edges, LAMBDA e : [(e[1] + e[3]) / 2, (e[2] + e[4]) / 2])"

_MEETS = f"""
    CASE
        WHEN {_inside(_FIRST, ":area_edges")} THEN TRUE
        WHEN {_any(_ALL, _inside("p", ":area_edges"))} THEN TRUE
        WHEN {_IS_LINE} THEN {_any(":area_points", f"{_score('p', 'edges')} >= {_ON_BORDER}")}
            OR {_CROSSING}
        WHEN {_any(":area_points", _inside("p", "edges"))} THEN TRUE
        ELSE {_CROSSING}
    END
"""
"""From what is found out soonest to what takes longest: only what is still open goes on."""

_WITHIN = f"""
    CASE
        WHEN NOT {_inside(_FIRST, ":area_edges")} THEN FALSE
        WHEN {_any(_ALL, f"NOT {_inside('p', ':area_edges')}")} THEN FALSE
        WHEN {_any(_MIDDLES, f"NOT {_inside('p', ':area_edges')}")} THEN FALSE
        WHEN {_CROSSING} THEN FALSE
        WHEN {_IS_LINE} THEN TRUE
        ELSE NOT {_any(":on_border", _strictly_inside("p", "edges"))}
            AND NOT {_any(":in_holes", _inside("p", "edges"))}
    END
"""


def _template(condition: str) -> str:
    """Names what is used often, by functions of lists of one; ``CASE`` keeps it to few shapes."""
    return f"""
        CASE
            WHEN :shape IS NULL THEN NULL
            WHEN ST_INTERSECTS_EXTENT(ST_GEOMFROMWKB(:shape), :area) THEN
                LIST_TRANSFORM([{_RINGS}], LAMBDA rings :
                    LIST_TRANSFORM([{_EDGES}], LAMBDA edges : {condition})[1]
                )[1]
            ELSE FALSE
        END
    """


@functools.cache
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, read="duckdb")


def meets(node: Meets) -> exp.Expr:
    """Whether a shape meets an area, or lies within it."""
    literal = node.args["area"]
    area = read_area(literal.this)
    template = _template(_WITHIN if node.args["within"].this else _MEETS)
    return exp.replace_placeholders(
        _parsed(template),
        shape=node.this,
        area=exp.cast(literal, exp.DataType.build("geometry", dialect="duckdb")),
        area_edges=_edges(area),
        on_border=_arrays(
            point
            for start, end in area.edges
            for point in (start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        ),
        in_holes=_arrays(area.in_holes),
        area_points=_arrays(point for ring in area.rings for point in ring[1:]),
    )


def _edges(area: Area) -> exp.Expr:
    return _arrays((*start, *end) for start, end in area.edges)


def _arrays(rows: Iterable[Point | tuple[float, ...]]) -> exp.Expr:
    """A list of lists of doubles."""
    listed = exp.Array(
        expressions=[
            exp.Array(
                expressions=[
                    exp.Neg(this=exp.Literal.number(repr(-number)))
                    if number < 0
                    else exp.Literal.number(repr(abs(number)))
                    for number in row
                ]
            )
            for row in rows
        ]
    )
    return exp.cast(listed, exp.DataType.build("DOUBLE[][]", dialect="duckdb"))


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
