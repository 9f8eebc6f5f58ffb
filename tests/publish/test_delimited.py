"""Text files as cities have them: every row is published or set aside, none is lost."""

import csv
import gzip
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.errors import DatasetInvalid
from lambdas.publish.quarantine import Quarantine
from lambdas.publish.reading import Options
from lambdas.publish.reading.delimited import read_delimited
from tests.publish.files import Made, make, read_parquet


def bad_lines(made: Made) -> list[tuple[int, str]]:
    return [(bad["line"], bad["reason"]) for bad in made.bad]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    body = "name,amount,note\nElm,12,a\nOak,7,b\n".replace(",", delimiter)
    assert make(tmp_path, body).rows == [
        {"name": "Elm", "amount": 12, "note": "a"},
        {"name": "Oak", "amount": 7, "note": "b"},
    ]


def test_commas_within_cells_divide_nothing(tmp_path: Path) -> None:
    body = "name;share\nElm, old;1,5\nOak, new;2,75\n"
    assert make(tmp_path, body).rows == [
        {"name": "Elm, old", "share": "1,5"},
        {"name": "Oak, new", "share": "2,75"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        "name,n\nCañon,1\n".encode(),
        "name,n\nCañon,1\n".encode("utf-8-sig"),
        "name,n\nCañon,1\n".encode("latin-1"),
        "name,n\nCañon,1\n".encode("utf-16"),
        gzip.compress("name,n\nCañon,1\n".encode()),
        "name,n\r\nCañon,1\r\n".encode(),
        "name,n\rCañon,1\r".encode(),
        "\nname,n\n\nCañon,1".encode(),
    ],
    ids=["utf-8", "bom", "latin-1", "utf-16", "gzip", "crlf", "cr", "blank lines"],
)
def test_letters_and_lines_are_read_however_they_are_written(tmp_path: Path, body: bytes) -> None:
    assert make(tmp_path, body).rows == [{"name": "Cañon", "n": 1}]


def test_windows_letters_are_read_as_browsers_do(tmp_path: Path) -> None:
    assert make(tmp_path, b"name\n\x93quoted\x94\n\x81\n").column("name") == ["“quoted”", "\x81"]


def test_a_line_that_is_not_utf8_fails_alone(tmp_path: Path) -> None:
    made = make(tmp_path, "name,n\nCañon,1\n".encode() + b"Ca\xf1on,2\n" + "Peña,3\n".encode())
    assert made.column("n") == [1, 3]
    assert made.bad == [
        {
            "line": 3,
            "column": None,
            "value": None,
            "reason": "holds bytes that are not UTF-8, as the rest of the file is; "
            "kept here as Latin-1",
            "row": "Cañon,2",
        }
    ]


def test_rows_of_another_width_are_set_aside_with_their_lines(tmp_path: Path) -> None:
    made = make(tmp_path, "a,b,c\n1,2,3\n1,2\n4,5,6\n7,8,9,10\n")
    assert made.column("a") == [1, 4]
    assert bad_lines(made) == [(3, "has 2 cells; expected 3"), (5, "has 4 cells; expected 3")]
    assert [bad["row"] for bad in made.bad] == ["1,2", "7,8,9,10"]


def test_blank_cells_that_are_too_many_are_dropped(tmp_path: Path) -> None:
    made = make(tmp_path, "a,b\n1,2,\n3,4, ,\n")
    assert made.rows == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_lines_are_counted_through_cells_of_several(tmp_path: Path) -> None:
    made = make(tmp_path, 'a,b\n1,"two\nlines"\n3\n5,six\n')
    assert made.rows == [{"a": 1, "b": "two\nlines"}, {"a": 5, "b": "six"}]
    assert bad_lines(made) == [(4, "has 1 cells; expected 2")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('2,"open', "a quote is never closed"),
        ('2,"Elm" Street', "text follows a closing quote"),
        ("2,a\rb,c", "a line break of another kind stands within the line"),
    ],
)
def test_a_broken_quote_costs_one_line(tmp_path: Path, broken: str, reason: str) -> None:
    made = make(tmp_path, f"a,b\n1,x\n{broken}\n3,y\n4,z\n")
    assert made.column("a") == [1, 3, 4]
    assert bad_lines(made) == [(3, reason)]


def test_a_quote_that_swallows_the_next_rows_gives_them_back(tmp_path: Path) -> None:
    made = make(tmp_path, 'a,b\n1,"open\n2,x\n3,"Elm, Oak"\n4,"two\nlines"\n')
    assert made.column("a") == [2, 3, 4]
    assert bad_lines(made) == [(2, "text follows a closing quote")]


def test_a_quote_that_is_open_to_the_end_of_a_large_file_costs_one_line(tmp_path: Path) -> None:
    body = 'a,b\n0,"open\n' + "".join(f"{number},x\n" for number in range(1, 5_000))
    made = make(tmp_path, body)
    assert made.column("a") == list(range(1, 5_000))
    assert bad_lines(made) == [(2, "a quote is never closed")]


def test_titles_above_the_header_are_set_aside(tmp_path: Path) -> None:
    made = make(tmp_path, "Requests of 2019,,\n\nid,kind,note\n1,a,x\n2,b,y\n")
    assert made.types == {"id": "int", "kind": "text", "note": "text"}
    assert bad_lines(made) == [(1, "stands above the header")]
    assert made.notes == ["1 lines above the header were set aside."]


def test_row_names_without_a_header_get_one(tmp_path: Path) -> None:
    made = make(tmp_path, "city,n\n1,Durham,5\n2,Cary,6\n")
    assert made.types == {"column_1": "int", "city": "text", "n": "int"}


def test_a_file_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    made = make(tmp_path, "Ann Arbor,11460\nDurham,20500\n", options=Options(has_header=False))
    assert made.rows == [
        {"column_1": "Ann Arbor", "column_2": 11460},
        {"column_1": "Durham", "column_2": 20500},
    ]
    assert [field.label for field in made.fields] == ["Column 1", "Column 2"]


def test_headers_become_names(tmp_path: Path) -> None:
    headers = 'Assigned To:,amount,Amount,,2019,CrashID,"% of, all",like,Año,_id,†'
    made = make(tmp_path, f"{headers}\n1,2,3,4,5,6,7,8,9,10,11\n")
    assert {field.name: field.label for field in made.fields} == {
        "assigned_to": "Assigned To:",
        "amount": "amount",
        "amount_2": "Amount",
        "column_4": "Column 4",
        "field_2019": "2019",
        "crash_id": "CrashID",
        "of_all": "% of, all",
        "like_value": "like",
        "ano": "Año",
        "id": "_id",
        "column_11": "†",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"a,b\n", "has a header and no rows"),
        (b"a,b\n1\n2\n", "none of 2 rows can be published; 2 of them: has 1 cells; expected 2"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"\x00\x01\x02", "is no text"),
        (b"\x1f\x8bnothing", "cannot be decompressed"),
    ],
)
def test_what_cannot_be_published_is_refused(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(DatasetInvalid, match=message):
        make(tmp_path, body)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    row = st.lists(cells, min_size=width, max_size=width)
    return draw(st.lists(row, min_size=1, max_size=6))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=tables(), terminator=st.sampled_from(["\n", "\r\n"]))
def test_any_table_comes_back_row_for_row(
    tmp_path: Path, table: list[list[str]], terminator: str
) -> None:
    header = [f"column {number}" for number in range(len(table[0]))]
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator=terminator, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *table])
    path = tmp_path / "table.csv"
    path.write_bytes(text.getvalue().encode())
    with Quarantine(tmp_path / "quarantine.jsonl") as quarantine:
        made = read_delimited(path, tmp_path / "texts.parquet", quarantine)
    assert [heading.header for heading in made.headings] == header
    assert [list(row.values())[1:] for row in read_parquet(made.parquet)] == table
    assert quarantine.count == 0


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    broken=st.lists(
        st.sampled_from(["1,2", "", "1", "1,2,3", '1,"2', '"1"x,2', '"1,\n2', '"a\nb",2', '"']),
        max_size=8,
    )
)
def test_no_line_is_lost_whatever_is_broken(tmp_path: Path, broken: list[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "".join(f"{line}\n" for line in broken))
    with Quarantine(tmp_path / "quarantine.jsonl") as quarantine:
        made = read_delimited(path, tmp_path / "texts.parquet", quarantine)
    good = "".join(
        "".join(str(cell) for cell in list(row.values())[1:]) for row in read_parquet(made.parquet)
    )
    kept = good + quarantine.path.read_text()
    assert sum(kept.count(digit) for digit in "12") >= sum(
        "".join(broken).count(digit) for digit in "12"
    )
