"""Exports as those open them for whom they are: GDAL and GeoPandas, rdflib, icalendar."""

import errno
import io
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZipFile

import icalendar
import orjson
import pytest
import rdflib
import sqlglot
from geopandas import GeoDataFrame, read_parquet
from pyogrio import read_dataframe, read_info
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, RDFS, XSD

from citylake.errors import ParameterInvalid, QueryInvalid, QueryTooCostly
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import Exporter, flatgeobuf, shapefile
from lambdas.query.scope import NATION, Scope
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.conftest import Ask
from tests.query.events import header
from tests.query.export_samples import SEEN, SIGHTINGS

HOSTILE = 'a\0b\x1b[31m <b>&amp;</b> "q" \'s\' ]]> \\ \ufffe é😀 "@en ; . } \r\nEND:VEVENT'
SHOWN = "\N{REPLACEMENT CHARACTER}"

RECORDS: list[dict[str, Any]] = [
    *SEEN,
    {
        "name": HOSTILE,
        "since": date(2020, 1, 1),
        "seen_date": date(2024, 12, 31),
        "location__lon": 179.5,
        "location__lat": -89.5,
        "tags": ["", HOSTILE],
    },
]

BASE = "https://data.example.gov/api/explore/v2.1/catalog/datasets/sightings"

pytestmark = pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"  # rdflib's own parser of JSON-LD
)

Written = Callable[..., bytes]
"""``written("kml", select="name")`` gives the whole file."""


@pytest.fixture(scope="module")
def sighted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish(home, SIGHTINGS, RECORDS)
    return home


@pytest.fixture(scope="module")
def written(sighted: Path) -> Written:
    lake = Lake(FolderStore(sighted))
    exporter = Exporter(Explorer(lake, DuckDBEngine(lake.roots)))
    scope = Scope(place=None, prefix="", origin="https://data.example.gov")

    def written(form: str, **parameters: str) -> bytes:
        asked = {name: [value] for name, value in parameters.items()}
        return b"".join(exporter.export(scope, "sightings", form, asked).chunks)

    return written


@pytest.fixture
def opened(written: Written, tmp_path: Path) -> Callable[..., GeoDataFrame]:
    """The file as GDAL reads it, by the records' names."""

    def opened(form: str, layer: str | None = None, **parameters: str) -> GeoDataFrame:
        path = tmp_path / f"sightings.{form}"
        path.write_bytes(written(form, **parameters))
        return read_dataframe(path, layer=layer)

    return opened


# KML


def test_kml_is_placemarks_with_data(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("kml", select="name, many, is_sure, since, tags, location", order_by="many")
    assert list(frame["Name"]) == [
        "owl",
        "fox",
        f"a{SHOWN}b{SHOWN}{HOSTILE[4:]}".replace("\ufffe", SHOWN),
    ]
    owl, fox, hostile = (frame.iloc[number] for number in range(3))
    assert (fox["many"], fox["since"], fox["tags"]) == (2.0**53, "2019", "red,shy")
    assert (fox.geometry.x, fox.geometry.y) == (-78.9, 36.0)
    assert owl.geometry is None
    assert hostile.geometry.x == 179.5


def test_a_shape_is_a_shape_in_kml(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("kml", select="name", where='name = "fox"')
    assert frame.geometry[0].wkt == "POLYGON ((0 0, 1 0, 1 1, 0 0))"


KML = "{http://www.opengis.net/kml/2.2}"


def test_a_placemark_is_named_and_described_as_asked(written: Written) -> None:
    root = ET.fromstring(
        written(
            "kml",
            where='name = "fox"',
            name_field="photo",
            description_field_list="many, seen_date",
            use_extension="false",
        )
    )
    (placemark,) = root.iter(f"{KML}Placemark")
    assert [child.tag.removeprefix(KML) for child in placemark] == [
        "name",
        "description",
        "Polygon",
    ]
    assert placemark.findtext(f"{KML}description") == (
        "How many: 9007199254740993\nSeen on: 2024-02-29\n"
    )


@pytest.mark.parametrize("option", ["name_field", "description_field_list"])
@pytest.mark.parametrize("form", ["kml", "gpx", "ical"])
def test_a_column_that_does_not_exist_names_nothing(
    written: Written, form: str, option: str
) -> None:
    with pytest.raises(ParameterInvalid, match=f"{option} API parameter: nme was found"):
        written(form, **{option: "nme"})


# GPX

GPX = "{http://www.topografix.com/GPX/1/1}"
OGR = "{http://osgeo.org/gdal}"


def test_gpx_is_waypoints_and_what_lies_nowhere_stands_at_the_end(written: Written) -> None:
    root = ET.fromstring(written("gpx", select="name, many, location", order_by="many"))
    assert (root.tag, root.attrib) == (f"{GPX}gpx", {"version": "1.1", "creator": "Citylake"})
    assert [child.tag.removeprefix(GPX) for child in root] == [
        "metadata", "wpt", "wpt", "extensions",
    ]  # fmt: skip
    fox = root[1]
    assert fox.attrib == {"lat": "36.0", "lon": "-78.9"}
    assert [child.tag.removeprefix(GPX) for child in fox] == ["name", "extensions"]
    assert [(field.tag, field.text) for field in fox[1]] == [
        (f"{OGR}name", "fox"),
        (f"{OGR}many", "9007199254740993"),
    ]
    assert [record.findtext(f"{OGR}name") for record in root[3]] == ["owl"]


def test_gdal_reads_waypoints_with_their_fields(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("gpx", "waypoints", select="name, weight_kg, location", order_by="many")
    assert (frame["name"][0], frame["ogr_weight_kg"][0]) == ("fox", 6.5)
    assert frame.geometry[0].wkt == "POINT (-78.9 36)"


def test_an_area_is_a_track_along_its_border(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("gpx", "tracks", select="name")
    assert frame.geometry[0].wkt == "MULTILINESTRING ((0 0, 1 0, 1 1, 0 0))"


def test_gpx_without_extensions_says_everything_in_words(written: Written) -> None:
    root = ET.fromstring(
        written("gpx", select="many, location", where='name = "fox"', use_extension="false")
    )
    assert [child.tag.removeprefix(GPX) for child in root[1]] == ["desc"]
    assert root[1][0].text == "How many: 9007199254740993\n"


def test_any_heading_is_an_element(written: Written) -> None:
    root = ET.fromstring(
        written("gpx", select="length(name), name as `a <b> 1:2\0`, location", where='name = "fox"')
    )
    assert [field.tag for field in root[1].find(f"{GPX}extensions") or ()] == [
        f"{OGR}length_x0028_name_x0029_",
        f"{OGR}a_x0020__x003C_b_x003E__x0020_1_x003A_2_x0000_",
    ]


def test_gpx_needs_a_place(written: Written) -> None:
    with pytest.raises(QueryInvalid, match="is a point or a shape"):
        written("gpx", select="count(*)", group_by="name")


# RDF

FORMS = {"turtle": "turtle", "jsonld": "json-ld", "rdfxml": "xml"}


def graph_of(written: Written, form: str, **parameters: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=written(form, **parameters), format=FORMS[form])


@pytest.mark.parametrize("form", FORMS)
def test_a_record_is_a_resource_with_typed_properties(written: Written, form: str) -> None:
    graph = graph_of(written, form)
    fox = rdflib.URIRef(f"{BASE}/records/fox")
    assert (fox, DCTERMS.isPartOf, rdflib.URIRef(BASE)) in graph
    values = {
        str(name).partition("#")[2]: value
        for _, name, value in graph.triples((fox, None, None))
        if str(name).startswith(f"{BASE}#") and "tags" not in str(name)
    }
    wkt = rdflib.URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
    assert values == {
        "name": rdflib.Literal("fox"),
        "many": rdflib.Literal("9007199254740993", datatype=XSD.integer),
        "weight_kg": rdflib.Literal("6.5", datatype=XSD.double),
        "is_sure": rdflib.Literal("true", datatype=XSD.boolean),
        "seen_date": rdflib.Literal("2024-02-29", datatype=XSD.date),
        "since": rdflib.Literal("2019", datatype=XSD.gYear),
        "seen_at": rdflib.Literal("2024-07-02T03:04:05.250000+00:00", datatype=XSD.dateTime),
        "location": rdflib.Literal("POINT (-78.9 36.0)", datatype=wkt),
        "extra": rdflib.Literal('{"a": 1}'),
        "photo": rdflib.Literal('{"filename":"fox.jpg"}'),
        "area": rdflib.Literal("POLYGON ((0.0 0.0, 1.0 0.0, 1.0 1.0, 0.0 0.0))", datatype=wkt),
    }
    tags = set(graph.objects(fox, rdflib.URIRef(f"{BASE}#tags")))
    assert tags == {rdflib.Literal("red"), rdflib.Literal("shy")}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_missing_is_not_stated(written: Written, form: str) -> None:
    graph = graph_of(written, form)
    owl = rdflib.URIRef(f"{BASE}/records/owl")
    known = {str(name).partition("#")[2] for name in graph.predicates(owl)} - {""}
    assert known == {"name", "many", "is_sure"}


@pytest.mark.parametrize("form", ["turtle", "jsonld"])
def test_any_text_is_the_same_text(written: Written, form: str) -> None:
    graph = graph_of(written, form)
    names = {str(name) for name in graph.objects(None, rdflib.URIRef(f"{BASE}#name"))}
    assert HOSTILE in names


def test_rdfxml_shows_what_xml_cannot_hold(written: Written) -> None:
    graph = graph_of(written, "rdfxml")
    names = {str(name) for name in graph.objects(None, rdflib.URIRef(f"{BASE}#name"))}
    shown = HOSTILE.replace("\0", SHOWN).replace("\x1b", SHOWN).replace("\ufffe", SHOWN)
    assert shown in names


@pytest.mark.parametrize(
    "asked",
    [
        {"where": 'name in ("fox", "owl")'},
        {"select": "count(*) as n, avg(weight_kg)", "group_by": "is_sure, year(seen_at) as `y z`"},
        {"select": "name as `isPartOf`, many as dcterms, tags as rdf", "where": "many > 0"},
        {"select": "name", "where": 'name = "elk"'},
    ],
)
def test_the_three_forms_state_the_same(written: Written, asked: dict[str, str]) -> None:
    turtle, jsonld, rdfxml = (graph_of(written, form, **asked) for form in FORMS)
    assert len(turtle) > 3
    assert isomorphic(turtle, jsonld)
    assert isomorphic(turtle, rdfxml)


@pytest.mark.parametrize("form", FORMS)
def test_a_group_is_nameless_and_comes_from_the_dataset(written: Written, form: str) -> None:
    graph = graph_of(written, form, select="count(*) as n", group_by="is_sure")
    groups = set(graph.subjects(DCTERMS.source, rdflib.URIRef(BASE)))
    assert len(groups) == 3
    assert all(isinstance(group, rdflib.BNode) for group in groups)


def test_fields_say_what_people_call_them(written: Written) -> None:
    graph = graph_of(written, "turtle", select="weight_kg")
    assert list(graph.objects(rdflib.URIRef(f"{BASE}#weight_kg"), RDFS.label)) == [
        rdflib.Literal("Weight")
    ]


# iCalendar


def events(file: bytes, kind: str = "VEVENT") -> list[Any]:
    return list(icalendar.Calendar.from_ical(file).walk(kind))


def test_an_event_has_a_time_a_name_and_an_address(written: Written) -> None:
    (fox,) = events(
        written("ical", select="name, many, seen_at, location", where="seen_at is not null")
    )
    assert fox["DTSTART"].dt == datetime(2024, 7, 2, 3, 4, 5, tzinfo=UTC)
    assert (str(fox["SUMMARY"]), str(fox["UID"])) == ("fox", "fox@sightings")
    assert str(fox["DESCRIPTION"]) == "How many: 9007199254740993\nWhere: 36.0, -78.9\n"
    assert str(fox["URL"]) == f"{BASE}/records/fox"
    assert fox["GEO"].to_ical() == "36.0;-78.9"


def test_a_date_is_a_day_and_a_year_lasts_a_year(written: Written) -> None:
    day, *_ = events(written("ical", select="name, seen_date", order_by="seen_date"))
    year, *_ = events(written("ical", select="name, since", order_by="since"))
    assert (day["DTSTART"].dt, "DTEND" in day) == (date(2024, 2, 29), False)
    assert (year["DTSTART"].dt, year["DTEND"].dt) == (date(2019, 1, 1), date(2020, 1, 1))


def test_what_has_no_date_is_a_journal_entry(written: Written) -> None:
    file = written("ical", select="name, since")
    assert [str(entry["SUMMARY"]) for entry in events(file, "VJOURNAL")] == ["owl"]
    assert len(events(file)) == 2


def test_a_hostile_text_ends_no_event_and_no_line_is_too_long(written: Written) -> None:
    file = written("ical", select="name, since, tags", where="since >= date'2020'")
    (event,) = events(file)
    said = HOSTILE.replace("\0", SHOWN).replace("\x1b", SHOWN).replace("\r\n", "\n")
    assert str(event["SUMMARY"]) == said
    assert max(map(len, file.split(b"\r\n"))) <= 75


def test_groups_are_events_if_they_have_a_date(written: Written) -> None:
    grouped = events(written("ical", select="count(*) as n", group_by="seen_date"))
    assert len({str(event["UID"]) for event in grouped}) == len(grouped) == 2
    with pytest.raises(QueryInvalid, match="is a date or an instant"):
        written("ical", select="count(*) as n", group_by="name")


# What is common to them


@pytest.mark.parametrize(
    ("form", "content_type", "filename"),
    [
        ("kml", "application/vnd.google-earth.kml+xml; charset=utf-8", "notes.kml"),
        ("gpx", "application/gpx+xml; charset=utf-8", "notes.gpx"),
        ("ical", "text/calendar; charset=utf-8", "notes.ics"),
        ("jsonld", "application/ld+json; charset=utf-8", "notes.jsonld"),
        ("turtle", "text/turtle; charset=utf-8", "notes.ttl"),
        ("rdfxml", "application/rdf+xml; charset=utf-8", "notes.rdf"),
    ],
)
def test_a_file_says_what_it_is(ask: Ask, form: str, content_type: str, filename: str) -> None:
    answer = ask(f"/api/explore/v2.1/catalog/datasets/notes/exports/{form}")
    assert answer["statusCode"] == 200
    assert header(answer, "content-type") == content_type
    assert header(answer, "content-disposition") == f'attachment; filename="{filename}"'


@pytest.mark.parametrize("form", ["kml", "gpx", "ical", "turtle", "jsonld", "rdfxml"])
def test_nothing_is_a_whole_file(written: Written, form: str) -> None:
    file = written(form, where='name = "elk"')
    if form in FORMS:
        assert len(rdflib.Graph().parse(data=file, format=FORMS[form])) > 0
    elif form == "ical":
        assert events(file) == []
    else:
        assert ET.parse(io.BytesIO(file)).getroot() is not None


# FlatGeobuf, and other reference systems


def test_fgb_keeps_types_and_texts(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("fgb").set_index("name")
    fox = frame.loc["fox"]
    assert (frame.crs.to_epsg(), len(frame)) == (4326, 3)
    assert fox.geometry.wkt == "POLYGON ((0 0, 1 0, 1 1, 0 0))"
    assert (fox["many"], fox["weight_kg"], fox["is_sure"], fox["since"], fox["tags"]) == (
        2**53 + 1,
        6.5,
        True,
        "2019",
        "red,shy",
    )
    assert fox["seen_at"] == datetime(2024, 7, 2, 3, 4, 5, 250_000, tzinfo=UTC)
    assert fox["seen_date"].date() == date(2024, 2, 29)
    assert fox["location"] == "36.0, -78.9"
    assert frame.loc["owl"].geometry is None
    assert HOSTILE.replace("\0", SHOWN) in frame.index


def test_fgb_has_an_index_where_every_record_has_a_place(written: Written, tmp_path: Path) -> None:
    for asked, is_indexed in (("location is not null", True), ("many > 0", False)):
        path = tmp_path / "x.fgb"
        path.write_bytes(written("fgb", select="name, location", where=asked))
        assert read_info(path)["capabilities"]["fast_spatial_filter"] is is_indexed
        assert len(read_dataframe(path)) == 2


def test_fgb_of_very_many_has_no_index(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatgeobuf, "MOST_INDEXED", 1)
    path = tmp_path / "x.fgb"
    path.write_bytes(written("fgb", select="name, location", where="location is not null"))
    assert not read_info(path)["capabilities"]["fast_spatial_filter"]
    assert len(read_dataframe(path)) == 2


def test_fgb_of_nothing_is_a_whole_file(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("fgb", where='name = "elk"', select="name, many")
    assert (len(frame), list(frame.columns)) == (0, ["name", "many", "geometry"])


def test_any_heading_is_a_column_of_fgb(opened: Callable[..., GeoDataFrame]) -> None:
    frame = opened("fgb", select='name as `say "it"; DROP`, length(name), location')
    assert list(frame.columns) == ['say "it"; DROP', "length(name)", "geometry"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"select": "count(*)", "group_by": "name"}, "is a point or a shape"),
        ({"select": "envelope(location) as box"}, "is a box"),
    ],
)
def test_fgb_says_what_it_cannot_hold(written: Written, asked: dict[str, str], why: str) -> None:
    with pytest.raises(QueryInvalid, match=why):
        written("fgb", **asked)


def test_fgb_leaves_nothing_behind(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = DuckDBEngine((str(tmp_path),))
    (scratch,) = tmp_path.iterdir()
    tree = sqlglot.parse_one("SELECT 1 AS a, CAST('POINT(1 2)' AS GEOMETRY) AS g", read="duckdb")
    assert isinstance(tree, sqlglot.exp.Query)
    with engine.flatgeobuf(tree, epsg=4326, indexed=True) as file:
        assert file.read(3) == b"fgb"
        assert list(scratch.iterdir()) == []
    del engine
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["geojson", "fgb", "parquet"])
def test_geometries_come_in_the_system_that_was_asked_for(
    opened: Callable[..., GeoDataFrame], written: Written, form: str
) -> None:
    asked = {"select": "name, location", "where": 'name = "fox"'}
    for epsg in (3857, 2264, 32617):
        if form == "parquet":
            frame = read_parquet(io.BytesIO(written(form, **asked, epsg=str(epsg))))
        else:
            frame = opened(form, **asked, epsg=str(epsg))
        assert frame.crs.to_epsg() == epsg
        back = frame.to_crs(4326).geometry.iloc[0]
        assert (round(back.x, 7), round(back.y, 7)) == (-78.9, 36.0)


def test_a_shape_is_moved_with_its_holes_and_is_found_by_where_it_was(
    opened: Callable[..., GeoDataFrame],
) -> None:
    area = "intersects(area, geom'POLYGON((0 0, 2 0, 2 2, 0 0))')"
    for form in ("geojson", "fgb"):
        frame = opened(form, select="name", where=area, epsg="3857")
        assert [round(edge) for edge in frame.total_bounds] == [0, 0, 111_319, 111_325]


def test_other_points_stay_longitude_and_latitude(written: Written) -> None:
    file = orjson.loads(written("geojson", where='name = "fox"', epsg="3857"))
    assert file["crs"]["properties"] == {"name": "urn:ogc:def:crs:EPSG::3857"}
    (feature,) = file["features"]
    assert feature["properties"]["location"] == {"lon": -78.9, "lat": 36.0}


@pytest.mark.parametrize("epsg", ["9999", "5773", "4978", "32767", "2306"])
def test_a_code_of_no_map_is_refused(written: Written, epsg: str) -> None:
    with pytest.raises(ParameterInvalid, match=f"{epsg} was found but the code of a geographic"):
        written("geojson", epsg=epsg)


def test_a_format_that_prescribes_its_system_takes_no_other(written: Written) -> None:
    with pytest.raises(ParameterInvalid, match="3857 was found but 4326 is expected: kml takes"):
        written("kml", epsg="3857")


@pytest.mark.parametrize("form", ["geojson", "fgb", "parquet"])
def test_a_place_beyond_a_system_is_an_error_and_not_infinity(written: Written, form: str) -> None:
    with pytest.raises(QueryInvalid, match="a record lies beyond what EPSG:2296 covers"):
        written(form, select="name, location", where="location is not null", epsg="2296")


def test_without_the_extension_another_function_is_asked(
    sighted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(FolderStore(sighted))
    engine = DuckDBEngine(lake.roots)
    monkeypatch.setattr(engine, "is_spatial", False)
    exporter = Exporter(Explorer(lake, engine))

    def is_elsewhere(form: str, **asked: str) -> bool:
        parameters = {name: [value] for name, value in asked.items()}
        return exporter.export(NATION, "sightings", form, parameters).is_elsewhere

    assert is_elsewhere("fgb")
    assert is_elsewhere("fgb", compressed="true")
    assert is_elsewhere("geojson", epsg="3857")
    assert not is_elsewhere("geojson")
    assert not is_elsewhere("parquet", epsg="4326")


# Shapefiles


@pytest.fixture
def unzipped(written: Written, tmp_path: Path) -> Callable[..., Path]:
    def unzipped(**parameters: str) -> Path:
        with ZipFile(io.BytesIO(written("shp", **parameters))) as archive:
            assert archive.testzip() is None
            assert {part.compress_type for part in archive.infolist()} == {ZIP_DEFLATED}
            archive.extractall(tmp_path)
        return tmp_path

    return unzipped


PLAIN_FIELDS = "name, many, weight_kg, is_sure, seen_date, since, seen_at, tags, location"


def test_a_shapefile_keeps_what_it_has_types_for(unzipped: Callable[..., Path]) -> None:
    frame = read_dataframe(unzipped(select=PLAIN_FIELDS) / "sightings.shp").set_index("name")
    assert (frame.crs.to_epsg(), len(frame)) == (4326, 3)
    fox, owl = frame.loc["fox"], frame.loc["owl"]
    assert fox.geometry.wkt == "POINT (-78.9 36)"
    assert (fox["weight_kg"], fox["since"], fox["tags"]) == (6.5, "2019", "red,shy")
    assert (bool(fox["is_sure"]), fox["seen_date"].date()) == (True, date(2024, 2, 29))
    assert fox["seen_at"] == "2024-07-02T03:04:05.250000+00:00"
    assert owl.geometry is None
    assert frame[["weight_kg", "tags"]].isna().loc["owl"].all()
    assert HOSTILE.replace("\0", SHOWN) in frame.index


def test_a_shape_and_its_ring_are_as_they_were(unzipped: Callable[..., Path]) -> None:
    frame = read_dataframe(unzipped(select="name, area", where='name = "fox"') / "sightings.shp")
    assert frame.geometry[0].normalize().wkt == "POLYGON ((0 0, 1 1, 1 0, 0 0))"


def test_names_are_shortened_and_a_list_says_which_is_which(
    unzipped: Callable[..., Path],
) -> None:
    asked = "name as first_long_name, name as first_long_other, length(name) as `größe`, location"
    folder = unzipped(select=asked)
    assert list(read_dataframe(folder / "sightings.shp").columns) == [
        "first_long", "first_lo_1", "gr__e", "geometry",
    ]  # fmt: skip
    assert (folder / "fields.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "first_long,first_long_name,first_long_name",
        "first_lo_1,first_long_other,first_long_other",
        "gr__e,größe,größe",
    ]


def test_a_shapefile_of_nothing_is_a_whole_file(unzipped: Callable[..., Path]) -> None:
    folder = unzipped(select="name, location", where='name = "elk"')
    assert len(read_dataframe(folder / "sightings.shp")) == 0


def test_whole_numbers_stay_whole(unzipped: Callable[..., Path]) -> None:
    folder = unzipped(select="many, location", where="many > 0", order_by="many")
    assert list(read_dataframe(folder / "sightings.shp")["many"]) == [3, 2**53 + 1]


def test_a_text_that_is_too_long_is_refused_by_name(written: Written) -> None:
    with pytest.raises(QueryInvalid, match=r"tags has a text of 306 bytes, a shapefile holds 254"):
        written("shp", select="tags, location", where='name = "fox"', list_separator="-" * 300)


def wkb_point(lon: float, lat: float) -> bytes:
    return struct.pack("<BI2d", 1, 1, lon, lat)


def wkb_line(*points: tuple[float, float]) -> bytes:
    numbers = [number for point in points for number in point]
    return struct.pack(f"<BII{len(numbers)}d", 1, 2, len(points), *numbers)


def wkb_rings(*rings: list[tuple[float, float]]) -> bytes:
    packed = [struct.pack("<BII", 1, 3, len(rings))]
    for ring in rings:
        numbers = [number for point in ring for number in point]
        packed.append(struct.pack(f"<I{len(numbers)}d", len(ring), *numbers))
    return b"".join(packed)


SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
HOLE = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0)]
MIXED: list[dict[str, Any]] = [
    {"name": "line", "area": wkb_line((0, 0), (1, 2))},
    {"name": "nowhere"},
    {"name": "point", "area": wkb_point(3, 4)},
    {"name": "second point", "area": wkb_point(5, 6)},
    {"name": "square", "area": wkb_rings(SQUARE, HOLE)},
]


def test_a_shapefile_without_room_is_refused(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shapefile._Layer, "add", full)
    with pytest.raises(QueryTooCostly, match="no room for a shapefile"):
        written("shp", select="name, location")


def test_each_kind_of_geometry_has_a_file_of_its_own(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    publish(home, SIGHTINGS, MIXED)
    lake = Lake(FolderStore(home))
    exporter = Exporter(Explorer(lake, DuckDBEngine(lake.roots)))
    export = exporter.export(NATION, "sightings", "shp", {"select": ["name"]})
    with ZipFile(io.BytesIO(b"".join(export.chunks))) as archive:
        archive.extractall(tmp_path)

    def held(kind: str) -> dict[str, str | None]:
        frame = read_dataframe(tmp_path / f"sightings_{kind}.shp")
        return {
            name: None if place is None else place.wkt
            for name, place in zip(frame["name"], frame.geometry, strict=True)
        }

    assert held("lines") == {"line": "LINESTRING (0 0, 1 2)"}
    assert held("points") == {
        "nowhere": None,
        "point": "POINT (3 4)",
        "second point": "POINT (5 6)",
    }
    (square,) = read_dataframe(tmp_path / "sightings_polygons.shp").geometry
    assert (square.area, len(square.interiors)) == (15.5, 1)
