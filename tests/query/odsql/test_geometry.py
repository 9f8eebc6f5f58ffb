import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.query.odsql.geometry import Area, box_area, read_area, read_point

SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0))
HOLE = ((0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 0.5))


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))", Area(((SQUARE,),))),
        ("polygon ((0 0,2 0,2 2,0 2))", Area(((SQUARE,),))),
        ("POLYGON((0 0,2 0,2 2,0 2,0 0),(.5 5e-1, 1.5 0.5, 1.5 1.5, 0.5 0.5))",
         Area(((SQUARE, HOLE),))),
        ("MULTIPOLYGON(((0 0,2 0,2 2,0 2)),((0.5 0.5,1.5 0.5,1.5 1.5)))",
         Area(((SQUARE,), (HOLE,)))),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}',
         Area(((SQUARE,),))),
        (('{"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon",'
         ' "coordinates": [[[[0, 0, 7], [2, 0], [2, 2], [0, 2]]]]}}'), Area(((SQUARE,),))),
    ],
)  # fmt: skip
def test_an_area_is_read_and_its_rings_are_closed(text: str, area: Area) -> None:
    assert read_area(text) == area


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("POINT(1 2)", "is no area; expected POLYGON"),
        ("POLYGON((0 0, 1 1))", "a ring of 2 corners; expected at least 3"),
        ("POLYGON EMPTY", "unexpected 'EMPTY'"),
        ("POLYGON()", "is empty"),
        ("POLYGON((0 0, 1 1, 1 0)", "are not in pairs"),
        ("POLYGON(((((((0 0)))))))", "are not in pairs"),
        ("POLYGON((0 0, 1 100, 1 0))", "the point 1 100 is not on the globe; longitude comes"),
        ("POLYGON((0 0, 1 nan, 1 0))", "unexpected 'nan, 1 0)'"),
        ("POLYGON(0 0, 1 1, 1 0)", "is no point; expected longitude and latitude"),
        ("", "is no WKT"),
        ("{}", "is no geometry of GeoJSON"),
        ("{", "is no GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[[true, false]]]}', "is no point"),
        ('{"type": "Polygon", "coordinates": 5}', "stands where a list of points"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1], [1, 1], [2, 1]]]}', "not on the globe"),
    ],
)
def test_what_is_no_area_is_refused_and_said_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_area(text)


def test_what_was_written_can_be_read_again() -> None:
    area = Area(((SQUARE, HOLE), (HOLE,)))
    assert read_area(area.wkt) == area


def test_a_point_in_the_midst_of_a_hole_is_known() -> None:
    assert Area(((SQUARE, HOLE),)).in_holes == ((1.25, 1.0),)


def test_a_box_goes_over_the_180th_meridian() -> None:
    assert [area.box for area in (box_area(1, 2, 3, 4), box_area(-1, 179, 1, -179))] == [
        (2, 1, 4, 3),
        (-180, -1, 180, 1),
    ]
    assert len(box_area(-1, 179, 1, -179).polygons) == 2


@given(st.text(alphabet="POINTLYG(),. 0123456789-e{}[]", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_area, read_point):
        try:
            read(text)
        except ValueError as refused:
            assert str(refused)  # noqa: PT017 - a refusal is one of two answers
