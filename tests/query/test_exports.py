"""Exports: whole files, as the sheet of the Explore API describes them."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pytest

from citylake.errors import QueryTooCostly
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines import Stream
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports import Exporter
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.query.conftest import Ask
from tests.query.events import body, header, json_of

NOTES = "/api/explore/v2.1/catalog/datasets/notes/exports"
POPULATION = "/api/explore/v2.1/catalog/datasets/population/exports"


def test_csv_is_for_spreadsheets_unless_told_otherwise(ask: Ask) -> None:
    answer = ask(f"{NOTES}/csv")
    assert header(answer, "content-type") == "text/csv; charset=utf-8"
    assert header(answer, "content-disposition") == 'attachment; filename="notes.csv"'
    assert body(answer).decode() == (
        "\ufeffname;tags;is_open;share_pct;noted_date;location;extra\r\n"
        '"A ""quoted""; name";red,blue, or green;true;12.5;2024-02-29;36.0, -78.9;"{""a"": 1}"\r\n'
        "nothing known;;;;;;\r\n"
        '"Überall\nzwei Zeilen";;false;;;;\r\n'
    )


@pytest.mark.parametrize(
    ("options", "first_lines"),
    [
        ("with_bom=false", b"geoid;year\r\n0804000;2020\r\n"),
        ("with_bom=false&delimiter=%2C", b"geoid,year\r\n0804000,2020\r\n"),
        ("with_bom=false&delimiter=%09", b"geoid\tyear\r\n0804000\t2020\r\n"),
        ("with_bom=false&delimiter=%7C", b"geoid|year\r\n0804000|2020\r\n"),
        ("with_bom=false&quote_all=true", b'"geoid";"year"\r\n"0804000";"2020"\r\n'),
        ("with_bom=false&use_labels=true", b"GEOID;Year\r\n0804000;2020\r\n"),
        ("", b"\xef\xbb\xbfgeoid;year\r\n0804000;2020\r\n"),
    ],
)
def test_csv_options(ask: Ask, options: str, first_lines: bytes) -> None:
    answer = ask(f"{POPULATION}/csv?select=geoid,year&{options}")
    assert body(answer).startswith(first_lines)


def test_a_list_is_joined_by_the_separator_that_was_asked_for(ask: Ask) -> None:
    answer = ask(f"{NOTES}/csv?select=tags&where=tags+is+not+null&list_separator=%7C")
    assert body(answer).decode("utf-8-sig") == "tags\r\nred|blue, or green\r\n"


def test_json_is_an_array_of_flat_objects(ask: Ask) -> None:
    answer = ask(f"{NOTES}/json")
    assert header(answer, "content-type") == "application/json; charset=utf-8"
    assert header(answer, "content-disposition") == 'attachment; filename="notes.json"'
    records = json_of(answer)
    assert records[0] == {
        "name": 'A "quoted"; name',
        "tags": ["red", "blue, or green"],
        "is_open": True,
        "share_pct": 12.5,
        "noted_date": "2024-02-29",
        "location": {"lon": -78.9, "lat": 36.0},
        "extra": '{"a": 1}',
    }
    assert records[2]["share_pct"] is None
    assert len(records) == 3


def test_jsonl_is_an_object_per_line(ask: Ask) -> None:
    answer = ask(f"{POPULATION}/jsonl?select=geoid,population&where=year%3D2022")
    assert body(answer) == b'{"geoid":"3719000","population":291928}\n'
    assert header(answer, "content-disposition") == 'attachment; filename="population.jsonl"'


def test_labels_that_two_columns_bear_are_told_apart(ask: Ask) -> None:
    answer = ask(f"{NOTES}/json?use_labels=true&limit=1&select=share_pct,noted_date,name")
    assert list(json_of(answer)[0]) == ["Value (share_pct)", "Value (noted_date)", "Name"]


@pytest.mark.parametrize(
    ("form", "nothing"), [("csv", b"\xef\xbb\xbfgeoid\r\n"), ("json", b"[]"), ("jsonl", b"")]
)
def test_an_export_of_nothing_is_a_whole_file(ask: Ask, form: str, nothing: bytes) -> None:
    assert body(ask(f"{POPULATION}/{form}?select=geoid&where=year%3D1900")) == nothing


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_compressed_file_is_the_same_file(ask: Ask, form: str) -> None:
    packed = ask(f"{POPULATION}/{form}?compressed=true", headers={"accept-encoding": "gzip"})
    assert header(packed, "content-type") == "application/gzip"
    assert header(packed, "content-encoding") is None
    assert header(packed, "content-disposition") == (f'attachment; filename="population.{form}.gz"')
    assert gzip.decompress(body(packed)) == body(ask(f"{POPULATION}/{form}"))


def test_an_export_is_packed_for_the_way_where_gzip_is_taken(ask: Ask) -> None:
    answer = ask(f"{POPULATION}/json", headers={"accept-encoding": "gzip"})
    assert header(answer, "content-encoding") == "gzip"
    assert json_of(answer) == json_of(ask(f"{POPULATION}/json"))


def test_an_export_has_no_page_and_takes_order_limit_offset_and_groups(ask: Ask) -> None:
    everything = json_of(ask(f"{POPULATION}/json?limit=-1&offset=0"))
    newest = json_of(ask(f"{POPULATION}/json?select=year&order_by=-year&limit=1"))
    second = json_of(ask(f"{POPULATION}/json?select=year&order_by=year+desc&limit=1&offset=1"))
    groups = json_of(ask(f"{POPULATION}/json?select=count(*)+as+n&group_by=state&order_by=state"))
    assert len(everything) == 7
    assert (newest, second) == ([{"year": 2022}], [{"year": 2021}])
    assert groups == [{"state": "CO", "n": 3}, {"state": "NC", "n": 4}]


def test_a_place_exports_its_own_records(ask: Ask) -> None:
    text = body(ask(f"/nc/durham{POPULATION}/csv")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["geoid"] for row in rows} == {"3719000"}
    assert len(rows) == 3


def test_the_catalog_is_exported_too(ask: Ask) -> None:
    api = "/api/explore/v2.1/catalog/exports"
    text = body(ask(f"{api}/csv?with_bom=false")).decode()
    header_line = text.splitlines()[0].split(";")
    assert header_line[-1] == "datasetid"
    assert "default.title" in header_line
    assert header(ask(f"{api}/csv"), "content-disposition") == (
        'attachment; filename="datasets.csv"'
    )
    assert len(json_of(ask(f"{api}/json"))) == 3


class CountingEngine:
    """An engine that yields batches one by one and notes how far it was read."""

    def keeps_order(self, tree: Any) -> bool:
        return True

    def __init__(self, engine: DuckDBEngine, batches: int, fails_at: int | None = None) -> None:
        self.engine = engine
        self.is_spatial = engine.is_spatial
        self.batches = batches
        self.fails_at = fails_at
        self.read = 0
        self.is_open = False

    def run(self, tree: Any) -> Any:
        return self.engine.run(tree)

    @contextmanager
    def stream(self, tree: Any) -> Iterator[Stream]:
        self.is_open = True
        try:
            with self.engine.stream(tree) as found:
                rows = next(iter(found.batches))
                yield Stream(found.columns, found.types, self._repeated(rows))
        finally:
            self.is_open = False

    def parquet(self, tree: Any, compression: str) -> AbstractContextManager[BinaryIO]:
        return self.engine.parquet(tree, compression)

    def flatgeobuf(self, tree: Any, *, epsg: int, indexed: bool) -> Any:
        return self.engine.flatgeobuf(tree, epsg=epsg, indexed=indexed)

    def knows_reference(self, epsg: int) -> bool:
        return self.engine.knows_reference(epsg)

    def _repeated(self, rows: list[Any]) -> Iterator[list[Any]]:
        for number in range(self.batches):
            if number == self.fails_at:
                raise QueryTooCostly("The query took too long.")
            self.read += 1
            yield rows


def exporter(home: Path, batches: int, fails_at: int | None = None) -> Any:
    lake = Lake(FolderStore(home))
    engine = CountingEngine(DuckDBEngine(lake.roots), batches, fails_at)
    return Exporter(Explorer(lake, engine)), engine


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_long_export_is_read_as_it_is_sent(home: Path, form: str) -> None:
    exports, engine = exporter(home, batches=1_000)
    export = exports.export(NATION, "population", form, {})
    assert engine.read == 0
    export = export.begun()
    assert engine.read == 1
    for _ in range(3):
        next(export.chunks)
    assert engine.read <= 4
    assert engine.is_open
    export.chunks.close()
    assert not engine.is_open


def test_an_export_of_many_batches_is_one_file(home: Path) -> None:
    exports, _ = exporter(home, batches=3)
    for form, parse in (
        ("json", orjson.loads),
        ("jsonl", lambda raw: [orjson.loads(line) for line in raw.splitlines()]),
        ("csv", lambda raw: raw.decode("utf-8-sig").splitlines()[1:]),
    ):
        export = exports.export(NATION, "population", form, {})
        assert len(parse(b"".join(export.chunks))) == 21


def test_an_export_that_cannot_begin_is_refused_before_it_has_a_status(home: Path) -> None:
    exports, engine = exporter(home, batches=1, fails_at=0)
    with pytest.raises(QueryTooCostly):
        exports.export(NATION, "population", "csv", {}).begun()
    assert not engine.is_open


def test_an_export_that_fails_on_the_way_is_broken_off_not_cut_silently(home: Path) -> None:
    exports, engine = exporter(home, batches=3, fails_at=2)
    export = exports.export(NATION, "population", "csv", {})
    with pytest.raises(QueryTooCostly):
        list(export.chunks)
    assert not engine.is_open
