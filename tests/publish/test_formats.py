"""Files that type their values: JSON, GeoJSON, Parquet, workbooks."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import wkb

from citylake.errors import DatasetInvalid
from lambdas.publish.reading import Options
from tests.publish.files import Day, make, workbook


def lines(*objects: Any) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in objects)


def collection(*geometries: Any) -> str:
    features = [
        {"type": "Feature", "id": number, "properties": {"name": f"n{number}"}, "geometry": each}
        for number, each in enumerate(geometries, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1)


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


NOON = datetime(2019, 1, 31, 12, tzinfo=UTC)
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}


def test_json_lines_keep_the_types_that_they_have(tmp_path: Path) -> None:
    made = make(
        tmp_path,
        lines(
            {"code": "12", "n": 1, "share": 1.5, "is_open": True, "tags": ["a", "b"]},
            {"code": None, "n": 2, "day": "2019-01-31", "extra": {"a": [1]}},
        ),
    )
    assert made.types == {
        "code": "text",
        "n": "int",
        "share": "double",
        "is_open": "boolean",
        "tags": "text[]",
        "day": "date",
        "extra": "json_blob",
    }
    assert made.rows == [
        {
            "code": "12",
            "n": 1,
            "share": 1.5,
            "is_open": True,
            "tags": ["a", "b"],
            "day": None,
            "extra": None,
        },
        {
            "code": None,
            "n": 2,
            "share": None,
            "is_open": None,
            "tags": None,
            "day": date(2019, 1, 31),
            "extra": '{"a": [1]}',
        },
    ]


def test_mixed_members_are_text_and_keep_every_digit(tmp_path: Path) -> None:
    body = '{"a": 1.10, "b": 12345678901234567890, "c": [1]}\n{"a": "x", "b": 1, "c": "y"}\n'
    made = make(tmp_path, body)
    assert made.types == {"a": "text", "b": "text", "c": "json_blob"}
    assert made.rows == [
        {"a": "1.10", "b": "12345678901234567890", "c": "[1]"},
        {"a": "x", "b": "1", "c": '"y"'},
    ]


def test_a_list_of_objects_is_read_as_lines_are(tmp_path: Path) -> None:
    assert make(tmp_path, '[{"n": 1},\n {"n": 2.5}, 3]').column("n") == [1.0, 2.5]


def test_lines_that_are_no_objects_are_set_aside(tmp_path: Path) -> None:
    made = make(tmp_path, '{"n": 1}\n\n{"n": \n[2]\n{"n": NaN}\n{"n": 3}\n')
    assert made.column("n") == [1, 3]
    assert [(bad["line"], bad["reason"]) for bad in made.bad] == [
        (3, "is not JSON: Expecting value at character 8"),
        (4, "is no JSON object"),
        (5, "is not JSON that can be kept: NaN is no JSON number"),
    ]


def test_a_list_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="is no whole JSON"):
        make(tmp_path, '[{"n": 1}, {"n": ')


def test_points_of_geojson_are_points(tmp_path: Path) -> None:
    made = make(tmp_path, collection(point(-78.9, 36.0), None))
    assert made.types == {"name": "text", "id": "int", "location": "geo_point_2d"}
    assert made.rows == [
        {"name": "n1", "id": 1, "location__lon": -78.9, "location__lat": 36.0},
        {"name": "n2", "id": 2, "location__lon": None, "location__lat": None},
    ]


def test_other_geometries_are_shapes(tmp_path: Path) -> None:
    made = make(tmp_path, collection(SQUARE, point(2, 3)))
    assert made.types["shape"] == "geo_shape"
    square, other = (wkb.loads(value) for value in made.column("shape"))
    assert square.area == 1
    assert other.wkt == "POINT (2 3)"


def test_geometries_that_cannot_be_are_set_aside(tmp_path: Path) -> None:
    made = make(
        tmp_path,
        collection(point(-78.9, 36.0), {"type": "Point"}, point(2_036_000, 815_000), "here"),
    )
    assert made.column("name") == ["n1"]
    assert [(bad["line"], bad["column"], bad["reason"]) for bad in made.bad] == [
        (2, "geometry", "the geometry cannot be read"),
        (3, "geometry", "the geometry has coordinates that are not degrees of longitude, latitude"),
        (4, "geometry", "the geometry is no JSON object"),
    ]


def test_features_may_stand_on_lines(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"name": "Elm"}, "geometry": point(1, 2)}
    assert make(tmp_path, lines(feature)).rows == [
        {"name": "Elm", "location__lon": 1.0, "location__lat": 2.0}
    ]


def test_points_as_the_vendor_exports_them_are_points(tmp_path: Path) -> None:
    made = make(tmp_path, lines({"geo_point_2d": {"lon": -78.9, "lat": 36.1}}))
    assert made.rows == [{"geo_point_2d__lon": -78.9, "geo_point_2d__lat": 36.1}]


def test_a_sheet_keeps_the_types_of_its_cells(tmp_path: Path) -> None:
    body = workbook(
        Requests=[
            ["Requests of 2019"],
            ["Code", "Amount", "Opened", "Seen", "Is open", "Mixed"],
            ["007", 12.5, Day(43496), Day(43496.5), True, 1],
            ["8", 3, Day(43497), None, False, "x"],
        ]
    )
    made = make(tmp_path, body)
    assert made.types == {
        "code": "text",
        "amount": "double",
        "opened": "date",
        "seen": "datetime",
        "is_open": "boolean",
        "mixed": "text",
    }
    assert made.rows == [
        {
            "code": "007",
            "amount": 12.5,
            "opened": date(2019, 1, 31),
            "seen": "2019-01-31 17:00:00+00",
            "is_open": True,
            "mixed": "1",
        },
        {
            "code": "8",
            "amount": 3.0,
            "opened": date(2019, 2, 1),
            "seen": None,
            "is_open": False,
            "mixed": "x",
        },
    ]
    assert [(bad["line"], bad["row"]) for bad in made.bad] == [
        (1, ["Requests of 2019"] + [None] * 5)
    ]


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    body = workbook(First=[["a", "b"], [1, 2]], Second=[["c", "d"], [3, 4], [5, 6, 7]])
    made = make(tmp_path, body, options=Options(sheet="Second"))
    assert made.rows == [{"c": 3, "d": 4}]
    assert [(bad["line"], bad["reason"]) for bad in made.bad] == [
        (3, "has a cell beyond the last column that has a header")
    ]
    with pytest.raises(DatasetInvalid, match="no sheet 'Third'; its sheets are First, Second"):
        make(tmp_path, body, options=Options(sheet="Third"))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="is no workbook that can be read"):
        make(tmp_path, b"PK\x03\x04nothing")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "Code": pa.array(["01", None]),
            "n": pa.array([1, 2], pa.int32()),
            "share": pa.array([0.1, float("nan")]),
            "cost": pa.array([Decimal("12.50"), Decimal("1.25")]),
            "opened": pa.array([NOON, None], pa.timestamp("us")),
            "seen": pa.array([NOON, None], pa.timestamp("us", tz="UTC")),
            "day": pa.array([date(2019, 1, 31), None]),
            "is_open": pa.array([True, None]),
            "tags": pa.array([["a", 'b"'], None]),
            "extra": pa.array([{"a": 1}, None]),
        }
    )
    path = tmp_path / "table.parquet"
    pq.write_table(table, path)
    made = make(tmp_path, path.read_bytes())
    assert made.rows[0] == {
        "code": "01",
        "n": 1,
        "share": 0.1,
        "cost": 12.5,
        "opened": "2019-01-31 17:00:00+00",
        "seen": "2019-01-31 12:00:00+00",
        "day": date(2019, 1, 31),
        "is_open": True,
        "tags": ["a", 'b"'],
        "extra": '{"a":1}',
    }
    assert made.rows[1] == {**dict.fromkeys(made.rows[0]), "n": 2, "cost": 1.25}


def test_bytes_in_parquet_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"geometry": pa.array([b"\1"])}), path)
    with pytest.raises(DatasetInvalid, match="column 'geometry' holds BLOB"):
        make(tmp_path, path.read_bytes())


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="is no Parquet file"):
        make(tmp_path, b"PAR1nothing")
