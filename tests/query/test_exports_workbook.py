"""Workbooks, opened by a reader of its own kind."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lambdas.query.exports import workbook, workbook_parts
from lambdas.query.exports.workbook import write_xlsx
from tests.query.conftest import Ask
from tests.query.events import body, header
from tests.query.export_samples import SEEN, Tables

NOTES = "/api/explore/v2.1/catalog/datasets/notes/exports"

FIELDS = (
    "name", "many", "weight_kg", "is_sure", "seen_date", "since", "seen_at", "location", "extra",
    "tags", "photo", "area",
)  # fmt: skip


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(tmp_path_factory.mktemp("lake"))


def file_of(tables: Tables, *names: str, **parameters: str) -> bytes:
    with tables.of(*names, parameters=parameters) as table:
        return b"".join(write_xlsx(table))


def sheets_of(file: bytes) -> dict[str, list[list[Any]]]:
    """Rows of cells by the names of the sheets; an empty cell is an empty text."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def part_of(file: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(file)).read(name).decode()


def test_a_workbook_holds_every_type(tables: Tables) -> None:
    tables.hold(SEEN)
    headings, fox, owl = sheets_of(file_of(tables, *FIELDS))["Records"]
    assert headings == list(FIELDS)
    assert fox == [
        "fox",
        "9007199254740993",
        6.5,
        True,
        date(2024, 2, 29),
        "2019",
        datetime.fromisoformat("2024-07-02T03:04:05.250"),
        "36.0, -78.9",
        '{"a": 1}',
        "red,shy",
        '{"filename":"fox.jpg"}',
        '{"type":"Polygon","coordinates":[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}',
    ]
    assert owl == ["owl", 3.0, "", False, "", "", "", "", "", "", "", ""]


def test_the_same_records_are_the_same_bytes_at_any_time(tables: Tables) -> None:
    tables.hold(SEEN)
    parts = zipfile.ZipFile(io.BytesIO(file_of(tables, "name"))).infolist()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}


def test_an_instant_is_what_a_clock_in_the_time_zone_shows(tables: Tables) -> None:
    tables.hold([{"name": "fox", "seen_at": datetime(2024, 7, 2, 3, tzinfo=UTC)}])
    file = file_of(tables, "seen_at", timezone="America/New_York")
    assert sheets_of(file)["Records"][1] == [datetime.fromisoformat("2024-07-01T23:00")]


def test_what_spreadsheets_date_differently_is_text(tables: Tables) -> None:
    days = [date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31), date(1066, 10, 14)]
    tables.hold([{"name": "a", "seen_date": day} for day in days])
    assert sheets_of(file_of(tables, "seen_date"))["Records"][1:] == [
        ["1900-02-28"],
        [date(1900, 3, 1)],
        [date(9999, 12, 31)],
        ["1066-10-14"],
    ]


def test_a_number_whose_digits_would_be_lost_is_text(tables: Tables) -> None:
    numbers = [999_999_999_999_999, 1_000_000_000_000_000, -(2**63)]
    tables.hold([{"name": "a", "many": number} for number in numbers])
    assert [row[0] for row in sheets_of(file_of(tables, "many"))["Records"][1:]] == [
        999_999_999_999_999,
        "1000000000000000",
        "-9223372036854775808",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://a")'])
def test_no_text_becomes_a_formula(tables: Tables, text: str) -> None:
    tables.hold([{"name": text}])
    file = file_of(tables, "name")
    assert sheets_of(file)["Records"][1] == [text]
    sheet = part_of(file, "xl/worksheets/sheet1.xml")
    assert "<f" not in sheet
    assert 't="inlineStr" s="4"' in sheet  # stays text when somebody edits it
    assert 'quotePrefix="1"' in part_of(file, "xl/styles.xml")


def test_leading_zeros_stay(tables: Tables) -> None:
    tables.hold([{"name": "0804000"}])
    assert sheets_of(file_of(tables, "name"))["Records"][1] == ["0804000"]


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=8))
def test_any_text_makes_a_well_formed_sheet_that_says_it(tables: Tables, texts: list[str]) -> None:
    tables.hold([{"name": text} for text in texts])
    sheet = ET.fromstring(part_of(file_of(tables, "name"), "xl/worksheets/sheet1.xml"))
    written = [cell.text or "" for cell in sheet.iter(f"{{{workbook_parts.MAIN}}}t")][1:]
    assert [unescaped(text) for text in written] == texts


def unescaped(text: str) -> str:
    """Undo SpreadsheetML's own escapes (ST_Xstring: ``_x000D_``)."""
    return re.sub("_x([0-9A-F]{4})_", lambda escape: chr(int(escape[1], 16)), text)


def test_more_records_than_a_sheet_holds_go_on_to_the_next(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 1_501)
    tables.hold([{"name": f"{number}"} for number in range(4_000)])
    sheets = sheets_of(file_of(tables, "name"))
    assert {name: len(rows) for name, rows in sheets.items()} == {
        "Records": 1_501,
        "Records 2": 1_501,
        "Records 3": 1_001,
    }
    assert all(rows[0] == ["name"] for rows in sheets.values())
    assert [row[0] for rows in sheets.values() for row in rows[1:]] == [
        f"{number}" for number in range(4_000)
    ]


def test_a_sheet_that_would_be_too_large_to_open_goes_on_to_the_next(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "PART_BYTES", 1_000)
    tables.hold([{"name": f"{number}"} for number in range(2_000)])
    sheets = sheets_of(file_of(tables, "name")).values()
    assert len(sheets) > 1
    assert all(list(rows[0]) == ["name"] for rows in sheets)
    assert sum(len(rows) - 1 for rows in sheets) == 2_000


def test_a_full_last_sheet_is_not_followed_by_an_empty_one(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 3)
    tables.hold([{"name": "a"}, {"name": "b"}])
    assert list(sheets_of(file_of(tables, "name"))) == ["Records"]


def test_a_text_longer_than_a_cell_is_cut_and_said_to_be(tables: Tables) -> None:
    tables.hold([{"name": "a" * 32_767}, {"name": "b" * 40_000}, {"name": "😀" * 16_384}])
    sheets = sheets_of(file_of(tables, "name"))
    whole, cut, faces = (row[0] for row in sheets["Records"][1:])
    assert whole == "a" * 32_767
    assert cut.endswith("bbb … [cut: 40,000 characters, of which a cell holds 32,767]")
    assert len(cut) == 32_767
    assert faces.endswith("😀 … [cut: 32,768 characters, of which a cell holds 32,767]")
    assert len(faces.encode("utf-16-le")) // 2 in {32_766, 32_767}
    assert sheets["Cut texts"] == [
        ["Sheet", "Cell", "Length"],
        ["Texts that are longer than a cell: 2", "", ""],
        ["The other formats hold them whole.", "", ""],
        ["Records", "A3", "40,000 characters"],
        ["Records", "A4", "32,768 characters"],
    ]


def test_a_workbook_of_nothing_has_its_headings(ask: Ask) -> None:
    answer = ask(f"{NOTES}/xlsx?where=share_pct+%3C+0&use_labels=true&select=name,share_pct")
    assert header(answer, "content-type") == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    assert sheets_of(body(answer)) == {"Records": [["Name", "Value"]]}


def test_lists_are_joined_as_asked(ask: Ask) -> None:
    file = body(ask(f"{NOTES}/xlsx?select=tags&where=tags+is+not+null&list_separator=%7C"))
    assert sheets_of(file)["Records"][1] == ["red|blue, or green"]


def test_the_catalog_is_a_workbook_too(ask: Ask) -> None:
    file = body(ask("/api/explore/v2.1/catalog/exports/xlsx?select=dataset_id,records_count"))
    rows = sheets_of(file)["Records"]
    assert rows[0] == ["dataset_id", "records_count"]
    assert ["notes", 3.0] in rows


def test_every_part_is_well_formed_and_named(tables: Tables) -> None:
    tables.hold(SEEN)
    archive = zipfile.ZipFile(io.BytesIO(file_of(tables, *FIELDS)))
    assert archive.testzip() is None
    for name in archive.namelist():
        ET.fromstring(archive.read(name))
    types = ET.fromstring(archive.read("[Content_Types].xml"))
    overridden = {part.get("PartName", "")[1:] for part in types if part.get("PartName")}
    assert overridden == {"xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"}


def test_no_part_needs_zip64(tables: Tables) -> None:
    tables.hold(SEEN)
    archive = zipfile.ZipFile(io.BytesIO(file_of(tables, "name")))
    assert {part.extract_version for part in archive.infolist()} == {20}


def test_more_columns_than_a_sheet_has_are_refused(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_COLUMNS", 2)
    answer = ask(f"{NOTES}/xlsx?select=name,tags,is_open")
    assert answer["statusCode"] == 400
    assert b"it has 3 columns, a sheet 2" in body(answer)


@pytest.mark.parametrize(("number", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (16_383, "XFD")])
def test_columns_are_named_as_spreadsheets_name_them(number: int, letters: str) -> None:
    assert workbook_parts.letters_of(number) == letters


def test_a_workbook_that_is_not_read_to_its_end_is_left(tables: Tables) -> None:
    tables.hold([{"name": f"{number}"} for number in range(50_000)])
    with tables.of("name") as table:
        chunks = write_xlsx(table)
        next(chunks)
        next(chunks)
        chunks.close()  # type: ignore[attr-defined] # it is a generator


def test_files_are_left_nowhere(tables: Tables, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tables.hold(SEEN)
    assert file_of(tables, *FIELDS)
    assert list(tmp_path.iterdir()) == []
