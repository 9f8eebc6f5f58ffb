"""GeoJSON and Parquet, opened as those open them for whom they are."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from citylake.datasets import FieldType
from citylake.errors import QueryInvalid
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import Exporter, formats_of
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.conftest import Ask
from tests.query.events import body, header, json_of
from tests.query.export_samples import SEEN, SIGHTINGS, SQUARE

NOTES = "/api/explore/v2.1/catalog/datasets/notes/exports"
POPULATION = "/api/explore/v2.1/catalog/datasets/population/exports"

Written = Callable[..., bytes]
"""``written("geojson", select="name")`` gives the whole file."""


@pytest.fixture(scope="module")
def sighted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish(home, SIGHTINGS, SEEN)
    return home


@pytest.fixture(scope="module")
def written(sighted: Path) -> Written:
    lake = Lake(FolderStore(sighted))
    exporter = Exporter(Explorer(lake, DuckDBEngine(lake.roots)))

    def written(form: str, **parameters: str) -> bytes:
        asked = {name: [value] for name, value in parameters.items()}
        return b"".join(exporter.export(NATION, "sightings", form, asked).chunks)

    return written


def table_of(file: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(file))


# GeoJSON


def test_geojson_is_a_collection_of_features(ask: Ask) -> None:
    answer = ask(f"{NOTES}/geojson?where=is_open")
    assert header(answer, "content-type") == "application/geo+json; charset=utf-8"
    assert header(answer, "content-disposition") == 'attachment; filename="notes.geojson"'
    assert json_of(answer) == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [-78.9, 36.0]},
                "properties": {
                    "name": 'A "quoted"; name',
                    "tags": ["red", "blue, or green"],
                    "is_open": True,
                    "share_pct": 12.5,
                    "noted_date": "2024-02-29",
                    "extra": '{"a": 1}',
                },
            }
        ],
    }


def test_a_geometry_comes_though_it_was_not_selected(written: Written) -> None:
    features = orjson.loads(written("geojson", select="many"))["features"]
    assert features == [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
            "properties": {"many": 2**53 + 1},
        },
        {"type": "Feature", "geometry": None, "properties": {"many": 3}},
    ]


def test_a_point_that_was_selected_is_the_geometry_rather_than_a_shape(written: Written) -> None:
    features = orjson.loads(written("geojson", select="name, location as spot"))["features"]
    assert [feature["geometry"] for feature in features] == [
        {"type": "Point", "coordinates": [-78.9, 36.0]},
        None,
    ]
    assert features[0]["properties"] == {"name": "fox"}


def test_the_other_geo_fields_are_properties(written: Written) -> None:
    properties = orjson.loads(written("geojson", limit="1"))["features"][0]["properties"]
    assert properties["location"] == {"lon": -78.9, "lat": 36.0}
    assert properties["seen_at"] == "2024-07-02T03:04:05.250000+00:00"
    assert "area" not in properties


def test_what_lies_nowhere_is_a_feature_without_geometry(ask: Ask) -> None:
    for asked in ("select=geoid&where=year%3D2022", "select=geoid&group_by=geoid&limit=1"):
        feature = json_of(ask(f"{POPULATION}/geojson?{asked}"))["features"][0]
        assert (feature["geometry"], list(feature["properties"])) == (None, ["geoid"])


def test_geojson_of_nothing_is_a_whole_file(ask: Ask) -> None:
    assert body(ask(f"{POPULATION}/geojson?where=year%3D1900")) == (
        b'{"type":"FeatureCollection","features":[]}'
    )


def test_a_format_without_geometry_takes_no_reference_system(ask: Ask) -> None:
    assert ask(f"{NOTES}/csv?epsg=4326")["statusCode"] == 200
    refused = ask(f"{NOTES}/csv?epsg=3857")
    assert (refused["statusCode"], json_of(refused)["message"]) == (
        400,
        (
            "Invalid value for epsg API parameter: 3857 was found but 4326 is expected: "
            "csv takes no other; geojson, parquet, fgb do."
        ),
    )


def test_a_shape_in_csv_is_its_bare_geometry(written: Written) -> None:
    text = written("csv", select="area", limit="1", with_bom="false").decode()
    assert text == (
        'area\r\n"{""type"":""Polygon"",""coordinates"":'
        '[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}"\r\n'
    )


# Parquet


def test_parquet_keeps_every_type(written: Written) -> None:
    table = table_of(written("parquet", limit="1", order_by="name"))
    assert {field.name: str(field.type) for field in table.schema} == {
        "name": "string",
        "many": "int64",
        "weight_kg": "double",
        "is_sure": "bool",
        "seen_date": "date32[day]",
        "since": "string",
        "seen_at": "timestamp[us, tz=UTC]",
        "location": "struct<lon: double, lat: double>",
        "extra": "string",
        "tags": "list<element: string>",
        "photo": "string",
        "area": "binary",
    }
    record = table.to_pylist()[0]
    assert record["seen_at"] == datetime(2024, 7, 2, 3, 4, 5, 250_000, tzinfo=UTC)
    assert (record["many"], record["since"], record["seen_date"]) == (
        2**53 + 1,
        "2019",
        date(2024, 2, 29),
    )
    assert record["location"] == {"lon": -78.9, "lat": 36.0}
    assert (record["tags"], record["area"]) == (["red", "shy"], SEEN[0]["area"])


def test_what_is_missing_is_null_and_so_is_what_is_no_number(written: Written) -> None:
    owl = table_of(written("parquet", where='name = "owl"')).to_pylist()[0]
    known = {name: value for name, value in owl.items() if value is not None}
    assert known == {"name": "owl", "many": 3, "is_sure": False}


def geo_of(file: bytes) -> Any:
    return orjson.loads(pq.read_schema(io.BytesIO(file)).metadata[b"geo"])


def test_a_shape_makes_the_file_geoparquet(written: Written) -> None:
    geo = geo_of(written("parquet"))
    assert (geo["version"], geo["primary_column"]) == ("1.0.0", "area")
    assert geo["columns"]["area"]["encoding"] == "WKB"


def test_a_point_alone_does_so_by_a_column_of_its_own(written: Written) -> None:
    file = written("parquet", select="name, location")
    assert geo_of(file)["primary_column"] == "geometry"
    table = table_of(file)
    assert table.column_names == ["name", "location", "geometry"]
    point = bytes.fromhex("0101000000") + b"".join(
        [bytes.fromhex("9a99999999b953c0"), bytes.fromhex("0000000000004240")]
    )
    assert table["geometry"].to_pylist() == [point, None]


def test_without_a_geo_field_it_is_plain_parquet(written: Written) -> None:
    schema = pq.read_schema(io.BytesIO(written("parquet", select="name")))
    assert schema.names == ["name"]
    assert b"geo" not in (schema.metadata or {})


def test_parquet_is_compressed_as_asked_and_headed_by_labels(written: Written) -> None:
    for asked, codec in (("", "SNAPPY"), ("snappy", "SNAPPY"), ("zstd", "ZSTD")):
        file = written("parquet", parquet_compression=asked, use_labels="true", select="many")
        metadata = pq.read_metadata(io.BytesIO(file))
        assert metadata.row_group(0).column(0).compression == codec
        assert metadata.schema.to_arrow_schema().names == ["How many"]


def test_parquet_is_ordered_grouped_and_computed_as_asked(written: Written) -> None:
    assert table_of(written("parquet", select="name", order_by="name desc")).to_pylist() == [
        {"name": "owl"},
        {"name": "fox"},
    ]
    grouped = table_of(
        written("parquet", select="sum(many) as n, avg(many) as mean", group_by="year(seen_at)")
    )
    assert grouped.to_pylist() == [
        {"year(seen_at)": None, "n": 3, "mean": 3.0},
        {"year(seen_at)": 2024, "n": 2**53 + 1, "mean": float(2**53 + 1)},
    ]


def test_parquet_of_nothing_is_a_whole_file(written: Written) -> None:
    table = table_of(written("parquet", where='name = "elk"', select="name"))
    assert (table.num_rows, table.column_names) == (0, ["name"])


def test_any_heading_is_a_column(written: Written) -> None:
    file = written("parquet", select='"x\0y", name as `say "it"; DROP`')
    assert table_of(file).column_names == ['"x\N{REPLACEMENT CHARACTER}y"', 'say "it"; DROP']


def test_intervals_have_no_type_in_parquet(written: Written) -> None:
    with pytest.raises(QueryInvalid, match="holds intervals"):
        written("parquet", select="count(*) as n", group_by="range(many, 5) as few")


def test_parquet_leaves_nothing_behind(
    sighted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lake = Lake(FolderStore(sighted))
    engine = DuckDBEngine(lake.roots)
    (scratch,) = tmp_path.iterdir()
    exporter = Exporter(Explorer(lake, engine))
    export = exporter.export(NATION, "sightings", "parquet", {})
    assert list(scratch.iterdir()) == []
    assert next(export.chunks).startswith(b"PAR1")
    export.chunks.close()
    refused = {"select": ["length(name) * 9223372036854775807 as n"]}
    with pytest.raises(QueryInvalid):
        exporter.export(NATION, "sightings", "parquet", refused).begun()
    assert list(scratch.iterdir()) == []
    del exporter, engine
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_what_is_compressed_by_nature_is_not_packed_for_the_way(ask: Ask, form: str) -> None:
    answer = ask(f"{POPULATION}/{form}", headers={"accept-encoding": "gzip"})
    assert header(answer, "content-encoding") is None
    assert header(answer, "content-disposition") == f'attachment; filename="population.{form}"'


@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_the_catalog_has_no_form_for_maps_and_data_frames(ask: Ask, form: str) -> None:
    answer = ask(f"/api/explore/v2.1/catalog/exports/{form}")
    message = f"The requested export format {form} does not exist; there are csv, json, jsonl, xlsx"
    assert answer["statusCode"] == 404
    assert json_of(answer)["message"].startswith(message)


def test_every_type_of_field_can_be_written(written: Written) -> None:
    assert {field.type for field in SIGHTINGS.fields} == set(FieldType)
    for form in formats_of(catalog=False):
        assert written(form.name)
