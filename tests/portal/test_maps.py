"""Maps: of a city and of a dataset, live and as pictures, with and without too much on them."""

import json
import re
import struct
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from citylake.datasets import Dataset, Field, FieldType, Theme
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages import atlas
from citylake.pages.assets import Assets
from citylake.pages.atlas import Box
from lambdas.portal import spots
from lambdas.portal.handler import build
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import GEOID, HOSTILE, PLACE_ROWS, PLACES

BOUNDARIES = Dataset(
    id="boundaries",
    title="City boundaries",
    description="Where cities end.",
    theme=Theme.PLACES,
    publisher="U.S. Census Bureau",
    key=("geoid",),
    place_field="geoid",
    fields=(
        GEOID,
        Field(name="place_name", type=FieldType.TEXT, label="Name"),
        Field(name="boundary", type=FieldType.GEO_SHAPE, label="Boundary"),
    ),
)
SCHOOLS = Dataset(
    id="schools",
    title="Public schools",
    description="One by one.",
    theme=Theme.SCHOOLS,
    publisher="A state",
    key=("school_id",),
    place_field="geoid",
    fields=(
        Field(name="school_id", type=FieldType.TEXT, label="Number"),
        GEOID,
        Field(name="name", type=FieldType.TEXT, label="Name"),
        Field(name="level", type=FieldType.TEXT, label="Level", facet=True),
        Field(name="students", type=FieldType.INT, label="Students"),
        Field(name="location", type=FieldType.GEO_POINT, label="Position"),
    ),
)
STOPS = Dataset(
    id="stops",
    title="Bus stops",
    description="Very many.",
    theme=Theme.TRANSPORT,
    publisher="A city",
    key=("stop",),
    place_field="geoid",
    fields=(
        Field(name="stop", type=FieldType.TEXT, label="Stop"),
        GEOID,
        Field(name="location", type=FieldType.GEO_POINT, label="Position"),
    ),
)

SQUARE = ((-79.0, 35.9), (-78.8, 35.9), (-78.8, 36.1), (-79.0, 36.1), (-79.0, 35.9))


def polygon(ring: Sequence[tuple[float, float]]) -> bytes:
    """Well-known binary of a polygon without holes."""
    points = b"".join(struct.pack("<2d", *point) for point in ring)
    return struct.pack("<BIII", 1, 3, 1, len(ring)) + points


def school(number: str, name: str, level: str, students: int, **position: Any) -> dict[str, Any]:
    found = {"location__lon": -78.9, "location__lat": 36.0, **position}
    return {
        "school_id": number, "geoid": "3719000", "name": name, "level": level,
        "students": students, **found,
    }  # fmt: skip


SCHOOL_ROWS = (
    school("1", "Central High", "high", 900),
    school("2", HOSTILE, "middle", 400, location__lon=-78.95),
    school("3", "Nowhere Yet", "high", 10, location__lon=None, location__lat=None),
)
STOPS_COUNT = spots.MOST_SPOTS + 500


def stops() -> Sequence[Mapping[str, Any]]:
    """A grid of stops, fifty to a row."""
    return [
        {
            "stop": f"{number:05}",
            "geoid": "3755000",
            "location__lon": -78.8 + 0.002 * (number % 50),
            "location__lat": 35.7 + 0.002 * (number // 50),
        }
        for number in range(STOPS_COUNT)
    ]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory, assets: Assets) -> Visit:
    home = tmp_path_factory.mktemp("maps") / "lake"
    publish(home, PLACES, PLACE_ROWS)
    publish(home, SCHOOLS, SCHOOL_ROWS)
    publish(home, STOPS, stops())
    durham = {"geoid": "3719000", "place_name": "Durham", "boundary": polygon(SQUARE)}
    publish(home, BOUNDARIES, [durham])
    return visitor(build(Lake(FolderStore(home)), assets=assets))


def attribute(text: str, name: str) -> str:
    found = re.search(rf'data-{name}="([^"]*)"', text)
    assert found
    return unescape(found[1])


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_a_citys_map_knows_its_boundary_and_its_layers(visit: Visit) -> None:
    page = visit("/nc/durham/").text
    (record,) = json.loads(visit(attribute(page, "boundary")).text)["results"]
    assert record["boundary"]["geometry"]["coordinates"] == [[list(point) for point in SQUARE]]
    (layer,) = json.loads(attribute(page, "layers"))
    assert layer["title"] == "Public schools"
    assert len(json.loads(visit(layer["address"]).text)["features"]) == 2
    assert visit(layer["table"]).status == 200


def test_without_script_a_layer_is_a_link_to_its_map(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert "Public schools (3) Map and table" in page.words
    assert re.search(r'<input [^>]*data-layer="0" hidden checked>', page.text)
    assert 'href="/nc/durham/datasets/schools/?tab=map"' in page.text


def test_a_city_without_boundary_or_points_has_neither(visit: Visit) -> None:
    page = visit("/nc/greensboro/").text
    assert "data-boundary" not in page
    assert attribute(page, "layers") == "[]"
    assert 'class="layers"' not in page


def test_the_locator_shows_the_boundary_in_the_corner_far_from_the_point(visit: Visit) -> None:
    picture = visit("/nc/durham/locator.svg").text
    path = re.search(r'class="city"[^>]* d="([^"]+)"', picture)
    inset = re.search(r'class="inset" x="(\d+)" y="(\d+)" width="(\d+)"', picture)
    assert path
    assert inset
    left, top, side = map(int, inset.groups())
    xs, ys = numbers(path[1])[::2], numbers(path[1])[1::2]
    assert left < min(xs) < max(xs) < left + side
    assert top < min(ys) < max(ys) < top + side
    assert 'class="inset"' not in visit("/nc/greensboro/locator.svg").text


def test_a_point_tells_its_name_and_what_is_known_of_it(visit: Visit) -> None:
    found = json.loads(visit("/nc/durham/datasets/schools/map.json").text)
    assert found["in_cells"] is False
    assert [feature["properties"] for feature in found["features"]] == [
        {
            "count": 1,
            "title": "Central High",
            "lines": [["Level", "high"], ["Students", "900"]],
        },
        {"count": 1, "title": HOSTILE, "lines": [["Level", "middle"], ["Students", "400"]]},
    ]
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [-78.9, 36.0]}


def test_the_page_counts_what_is_on_the_map_and_what_is_not(visit: Visit) -> None:
    words = visit("/nc/durham/datasets/schools/?tab=map").words
    assert "2 records of Durham on the map. 1 has no position." in words


def test_the_filters_of_the_table_apply_to_the_map(visit: Visit) -> None:
    query = "refine.level=high"
    page = visit(f"/nc/durham/datasets/schools/?tab=map&{query}")
    assert "1 record of Durham on the map. 1 has no position. Remove all filters" in page.words
    (layer,) = json.loads(attribute(page.text, "layers"))
    assert len(json.loads(visit(layer["address"]).text)["features"]) == 1
    picture = visit(f"/nc/durham/datasets/schools/map.svg?{query}")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.count('class="spot"') == 1
    assert 'class="city"' in picture.text


def test_a_filter_that_is_none_is_worded_and_draws_nothing(visit: Visit) -> None:
    page = visit("/datasets/schools/?tab=map&where=x+%3E%3E")
    assert "This filter cannot be used" in page.words
    assert "data-map" not in page.text


def test_a_map_of_nothing_says_so(visit: Visit) -> None:
    page = visit("/datasets/schools/?tab=map&refine.level=nursery")
    assert "0 records on the map." in page.words
    assert "data-map" not in page.text
    assert visit("/datasets/schools/map.svg?refine.level=nursery").status == 404


def test_many_points_are_counted_in_cells_that_a_closer_look_parts(visit: Visit) -> None:
    whole = json.loads(visit("/datasets/stops/map.json").text)
    counts = [feature["properties"]["count"] for feature in whole["features"]]
    assert whole["in_cells"] is True
    assert sum(counts) == STOPS_COUNT
    assert len(counts) < STOPS_COUNT
    closer = json.loads(visit("/datasets/stops/map.json?box=-78.8005,35.6995,-78.7,35.7095").text)
    assert closer["in_cells"] is False
    assert len(closer["features"]) == 250
    words = visit("/datasets/stops/?tab=map").words
    assert "2,500 records on the map. There are too many to draw each one" in words


def test_what_a_map_leaves_out_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spots, "MOST_POINTS", 2_100)
    words = visit("/datasets/stops/?tab=map").words
    assert "The map shows the first 2,100 of them; filter to see the others." in words


def test_shapes_are_drawn_as_they_are(visit: Visit) -> None:
    (feature,) = json.loads(visit("/datasets/boundaries/map.json").text)["features"]
    assert feature["geometry"]["coordinates"] == [[list(point) for point in SQUARE]]
    assert feature["properties"]["title"] == "Durham"
    assert 'class="shape"' in visit("/datasets/boundaries/map.svg").text


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "1,2,3,4,5", "1e9,2,3,4"])
def test_a_box_that_is_none_is_refused(visit: Visit, box: str) -> None:
    assert visit(f"/datasets/stops/map.json?box={box}").status == 400


def test_a_dataset_without_geometry_has_no_map(tmp_path: Path, assets: Assets) -> None:
    home = tmp_path / "lake"
    publish(home, PLACES, PLACE_ROWS)
    plain = Dataset(
        id="plain",
        title="Plain",
        description="No geometry.",
        theme=Theme.PEOPLE,
        publisher="A city",
        key=("geoid",),
        fields=(GEOID,),
    )
    publish(home, plain, [{"geoid": "3719000"}])
    visit = visitor(build(Lake(FolderStore(home)), assets=assets))
    assert "tab=map" not in visit("/datasets/plain/").text
    for path in ("?tab=map", "map.svg", "map.json"):
        assert visit(f"/datasets/plain/{path}").status == 404


def test_a_box_beyond_the_180th_meridian_finds_what_lies_on_its_other_side() -> None:
    field = SCHOOLS.field("location")
    clause = spots.within(field, Box(-190.0, 50.0, -170.0, 60.0))
    assert clause == (
        "in_bbox(`location`, 50.000000, -180.000000, 60.000000, -170.000000) or "
        "in_bbox(`location`, 50.000000, 170.000000, 60.000000, 180.000000)"
    )


def test_a_single_point_is_drawn_in_the_middle() -> None:
    frame = atlas.fit(Box(-78.9, 36.0, -78.9, 36.0))
    assert frame.project((-78.9, 36.0)) == (atlas.WIDTH / 2, atlas.HEIGHT / 2)


def test_every_kind_of_geometry_has_points() -> None:
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    several: Mapping[str, Any] = {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [2, 2]},
            line,
            {"type": "MultiPolygon", "coordinates": [[[[3, 3], [4, 4], [3, 4], [3, 3]]]]},
        ],
    }
    assert list(atlas.points_of(several)) == [
        [2, 2], [0, 0], [1, 1], [3, 3], [4, 4], [3, 4], [3, 3],
    ]  # fmt: skip
