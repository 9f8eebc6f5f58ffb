"""Outlines of cities: simpler, whole, and true to their word."""

import json
import math
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import SourceChanged
from lambdas.harvest.clean.shapes import Outline, Where, as_wkb, read_shape, simplified
from tests.harvest.conftest import LeftOutOf, Rows
from tests.harvest.samples.boundaries import DURHAM_PARTS

METERS_PER_DEGREE = 111_195


def geojson(parts: Any) -> str:
    return json.dumps({"type": "MultiPolygon", "coordinates": parts})


def test_a_simpler_outline_keeps_its_hole_and_its_exclave(rows: Rows) -> None:
    (durham,) = rows("boundaries")
    shape = shapely.from_wkb(durham.pop("boundary"))
    assert isinstance(shape, shapely.MultiPolygon)
    assert [len(part.interiors) for part in shape.geoms] == [1, 0]
    assert shape.is_valid
    assert durham == {
        "geoid": "3719000",
        "place_name": "Durham",
        "state": "NC",
        "land_km2": 290.65,
        "water_km2": 2.164,
        "area_km2": 412.122,
        "area_km2_before": 412.122,
        "tolerance_m": 10.0,
        "deviation_m": 0.0,
        "points": 15,
        "points_before": 219,
    }


def test_a_city_that_is_not_in_the_register_is_left_out(left_out: LeftOutOf) -> None:
    assert left_out("boundaries")["place that is not in the register"].count == 14


@pytest.mark.parametrize(
    ("lon", "lat", "where"),
    [
        (-78.9, 36.0, Where.INSIDE),
        (-78.95, 36.05, Where.OUTSIDE),
        (-78.7, 36.0, Where.INSIDE),
        (-78.75, 36.0, Where.OUTSIDE),
        (-78.80003, 36.0, Where.AT_THE_EDGE),
        (-78.79997, 36.0, Where.AT_THE_EDGE),
        (-78.8003, 36.0, Where.INSIDE),
    ],
    ids=["city", "hole", "exclave", "between", "3 m inside", "3 m outside", "27 m inside"],
)
def test_a_point_lies_inside_outside_or_too_near_to_say(
    lon: float, lat: float, where: Where
) -> None:
    outline = Outline(as_wkb(read_shape(geojson(DURHAM_PARTS))), tolerance_m=10)
    assert outline.locate(lon, lat) is where


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}',
        "",
    ],
    ids=["nothing", "point", "crosses itself", "no text"],
)
def test_what_is_no_outline_is_refused(text: str) -> None:
    with pytest.raises(SourceChanged):
        read_shape(text)


@given(
    st.lists(st.floats(0.02, 0.1), min_size=8, max_size=60),
    st.floats(1, 2_000),
)
def test_no_point_of_the_original_is_farther_away_than_promised(
    radii: list[float], tolerance_m: float
) -> None:
    turns = [2 * math.pi * place / len(radii) for place in range(len(radii))]
    ring = [
        [-78.9 + radius * math.cos(turn), 36 + radius * math.sin(turn)]
        for radius, turn in zip(radii, turns, strict=True)
    ]
    shape = read_shape(geojson([[[*ring, ring[0]]]]))
    simple = simplified(shape, tolerance_m)
    assert simple.shape.is_valid
    assert simple.deviation_m <= tolerance_m + 0.01
    farthest = max(
        shapely.Point(corner).distance(simple.shape.boundary)
        for corner in shapely.get_coordinates(shape)
    )
    assert farthest * METERS_PER_DEGREE * 0.8 <= tolerance_m + 0.1
