"""What a column is, decided from all of its values."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.datasets import Precision
from citylake.errors import DatasetInvalid
from tests.publish.files import csv_of, make

DECIDED: list[tuple[str, list[str], list[Any]]] = [
    ("int", ["1", "-20", "", " 300 "], [1, -20, None, 300]),
    ("int", ["0", "1", "1"], [0, 1, 1]),
    ("int", ["1,234", "56"], [1234, 56]),
    ("int", ["9223372036854775807"], [9223372036854775807]),
    ("text", ["9223372036854775808"], ["9223372036854775808"]),
    ("text", ["007", "12"], ["007", "12"]),
    ("text", ["1", "two"], ["1", "two"]),
    ("text", ["12,34"], ["12,34"]),
    ("double", ["1.5", "2", ".25", "334.00000"], [1.5, 2.0, 0.25, 334.0]),
    ("double", ["4.64E+05", "1.2"], [464000.0, 1.2]),
    ("double", ["1,234.50", "0.5"], [1234.5, 0.5]),
    ("double", ["$1,200.00", "-$5.25", "$ 3"], [1200.0, -5.25, 3.0]),
    ("double", ["45%", "12.5 %"], [45.0, 12.5]),
    ("double", ["-78.876109814700001"], [-78.876109814700001]),
    ("text", ["0.1234567890123456789"], ["0.1234567890123456789"]),
    ("text", ["1.5", "02.5"], ["1.5", "02.5"]),
    ("text", ["1e400"], ["1e400"]),
    ("text", ["NaN", "1"], ["NaN", "1"]),
    ("text", ["45%", "12"], ["45%", "12"]),
    ("text", ["( 0.87)", "( 1.00)"], ["( 0.87)", "( 1.00)"]),
    ("boolean", ["TRUE", "False", ""], [True, False, None]),
    ("boolean", ["Yes", "no"], [True, False]),
    ("text", ["Y", "N"], ["Y", "N"]),
    ("text", ["yes", "true"], ["yes", "true"]),
    ("date", ["2019-01-31", "2020-02-29"], [date(2019, 1, 31), date(2020, 2, 29)]),
    ("date", ["2019/1/31"], [date(2019, 1, 31)]),
    ("date", ["1/31/2019", "12/1/2019"], [date(2019, 1, 31), date(2019, 12, 1)]),
    ("date", ["31/1/2019", "12/1/2019"], [date(2019, 1, 31), date(2019, 1, 12)]),
    ("date", ["1-31-2019"], [date(2019, 1, 31)]),
    ("date", ["1/31/19", "1/31/70"], [date(2019, 1, 31), date(1970, 1, 31)]),
    ("date", ["07/23/2017 12:00:00 AM", "07/24/2017"], [date(2017, 7, 23), date(2017, 7, 24)]),
    ("date", ["2017-07-23T00:00:00"], [date(2017, 7, 23)]),
    ("date", ["Jan 5, 2019", "October 31, 2019"], [date(2019, 1, 5), date(2019, 10, 31)]),
    ("date", ["05-Jan-2019"], [date(2019, 1, 5)]),
    ("text", ["2/30/2019"], ["2/30/2019"]),
    ("text", ["31/1/2019", "1/31/2019"], ["31/1/2019", "1/31/2019"]),
    ("text", ["2011-12", "2012-13"], ["2011-12", "2012-13"]),
    ("text", ["06:00", "18:30"], ["06:00", "18:30"]),
    ("datetime", ["7/28/2015 10:40"], ["2015-07-28 14:40:00+00"]),
    ("datetime", ["1/28/2015 1:40:05 PM"], ["2015-01-28 18:40:05+00"]),
    ("datetime", ["1/28/15 1:40PM"], ["2015-01-28 18:40:00+00"]),
    ("datetime", ["28/1/2015 13:40"], ["2015-01-28 18:40:00+00"]),
    ("datetime", ["2015-07-28T10:40:01.5"], ["2015-07-28 14:40:01.5+00"]),
    ("datetime", ["2015-07-28T10:40:01Z"], ["2015-07-28 10:40:01+00"]),
    ("datetime", ["2015-07-28 10:40:01.25-0500"], ["2015-07-28 15:40:01.25+00"]),
    ("datetime", ["2019-11-03 01:30"], ["2019-11-03 06:30:00+00"]),
    ("text", ["2019-03-10 02:30"], ["2019-03-10 02:30"]),
    ("text", ["1/28/2015 25:00"], ["1/28/2015 25:00"]),
    ("text", ["1/28/2015 13:40 PM"], ["1/28/2015 13:40 PM"]),
    ("text", [" padded ", "\t", "x"], [" padded ", None, "x"]),
    ("text", ["", ""], [None, None]),
]


@pytest.mark.parametrize(("type_name", "values", "expected"), DECIDED)
def test_a_column_is_what_all_of_its_values_are(
    tmp_path: Path, type_name: str, values: list[str], expected: list[Any]
) -> None:
    made = make(tmp_path, csv_of("value", *values))
    assert made.types == {"value": type_name}
    assert made.column("value") == expected
    assert made.bad == []


def test_months_are_dates_of_which_the_day_is_not_known(tmp_path: Path) -> None:
    made = make(tmp_path, csv_of("month", "2013-09", "2014-01"))
    assert made.column("month") == [date(2013, 9, 1), date(2014, 1, 1)]
    assert made.fields[0].precision is Precision.MONTH


def test_one_odd_value_at_the_very_end_keeps_a_column_text_and_is_told(tmp_path: Path) -> None:
    made = make(tmp_path, csv_of("speed", *map(str, range(1, 30_001)), "Not coded"))
    assert made.types == {"speed": "text"}
    (note,) = made.notes
    assert note == (
        "speed: 30,000 of 30,001 values are whole numbers, but not 'Not coded' (1); kept as text. "
        "If that means no value, say --missing 'Not coded'."
    )


def test_what_is_said_to_mean_no_value_is_none(tmp_path: Path) -> None:
    made = make(tmp_path, csv_of("students", "334.00000", "†", "NA"), missing=["†", "NA"])
    assert made.column("students") == [334.0, None, None]


@pytest.mark.parametrize("header", ["ZIP", "zip_code", "LZIP4", "State FIPS", "Phone numbers"])
def test_numbers_that_are_names_are_text(tmp_path: Path, header: str) -> None:
    assert list(make(tmp_path, csv_of(header, "27701")).types.values()) == ["text"]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (["1/2/2019", "3/4/2019"], "no day is above 12"),
        (["1/2/2019 10:00"], "no day is above 12"),
        (["13/2/2019"], "read as day/month/year, as some of the days are above 12"),
        (["1/31/19"], "years of two digits are read as 1969 to 2068"),
        (["1/31/2019 9:00"], "times are read as those of America/New_York and kept in UTC"),
        (["2011-12"], "2011-12 is read as a year that spans two"),
        (["1,234"], "commas are read as dividing thousands"),
        (["Main St\n(36.1, -78.9)"], "--field value=geo_point_2d makes points of them"),
    ],
)
def test_what_could_be_read_otherwise_is_told(tmp_path: Path, values: list[str], note: str) -> None:
    assert note in " ".join(make(tmp_path, csv_of("value", *values)).notes)


def test_a_header_that_looks_like_a_value_is_told(tmp_path: Path) -> None:
    made = make(tmp_path, "Ann Arbor,11460\nDurham,20500\n")
    assert any("'11460' looks like a value" in note for note in made.notes)
    assert make(tmp_path, "city,2015\nDurham,20500\n").notes == []


def test_latitude_and_longitude_make_a_point_beside_them(tmp_path: Path) -> None:
    made = make(tmp_path, "Latitude,Longitude,start_lat,start_lng\n36,-78.9,36.5,-78\n,-78.9,,\n")
    assert made.types == {
        "latitude": "int",
        "longitude": "double",
        "start_lat": "double",
        "start_lng": "int",
        "location": "geo_point_2d",
        "start_location": "geo_point_2d",
    }
    assert made.column("location__lat") == [36.0, None]
    assert made.column("location__lon") == [-78.9, None]


def test_numbers_outside_of_the_globe_make_no_point(tmp_path: Path) -> None:
    made = make(tmp_path, "lat,lon\n36,-78.9\n2036000,-78.9\n")
    assert "location" not in made.types
    assert made.notes == ["lat and lon: 1 records lie outside of the globe; no point is made."]


REQUESTED: list[tuple[str, list[str], list[Any]]] = [
    ("text", ["1", "2"], ["1", "2"]),
    ("int", ["007", "+5"], [7, 5]),
    ("double", ["1", "1234567890.12345678901"], [1.0, 1234567890.1234567]),
    ("boolean", ["1", "N", "t"], [True, False, True]),
    ("date", ["2019", "2020"], [date(2019, 1, 1), date(2020, 1, 1)]),
    ("date", ["20190131"], [date(2019, 1, 31)]),
    ("datetime", ["1/31/2019", "1/31/2019 10:00"], ["2019-01-31 05:00:00+00"] * 1
     + ["2019-01-31 15:00:00+00"]),
    ("text[]", ["a; b", "c", ";"], [["a", "b"], ["c"], []]),
    ("text[]", ["a, b", "c"], [["a", "b"], ["c"]]),
    ("json_blob", ['{}', "[1]"], ["{}", "[1]"]),
    ("file", ["https://example.gov/a.pdf"], ["https://example.gov/a.pdf"]),
]  # fmt: skip


@pytest.mark.parametrize(("type_name", "values", "expected"), REQUESTED)
def test_a_type_can_be_asked_for(
    tmp_path: Path, type_name: str, values: list[str], expected: list[Any]
) -> None:
    made = make(tmp_path, csv_of("Value:", *values), types={"Value:": type_name})
    assert made.types == {"value": type_name}
    assert made.column("value") == expected
    assert made.bad == []


def test_a_point_can_be_asked_of_a_text(tmp_path: Path) -> None:
    body = csv_of("place", "Main St (36.1, -78.9)", "36.2, -78.8", "nowhere")
    made = make(tmp_path, body, types={"place": "geo_point_2d"})
    assert made.rows == [
        {"place__lon": -78.9, "place__lat": 36.1},
        {"place__lon": -78.8, "place__lat": 36.2},
    ]
    assert [bad["value"] for bad in made.bad] == ["nowhere"]


def test_rows_that_do_not_have_the_type_that_is_asked_for_are_set_aside(tmp_path: Path) -> None:
    body = "id,speed\na,30\nb,fast\nc,\nd,12.5\n"
    made = make(tmp_path, body, types={"speed": "int"})
    assert made.rows == [{"id": "a", "speed": 30}, {"id": "c", "speed": None}]
    assert made.bad == [
        {
            "line": 3,
            "column": "speed",
            "value": "fast",
            "reason": "is not of type int (whole numbers)",
            "row": ["b", "fast"],
        },
        {
            "line": 5,
            "column": "speed",
            "value": "12.5",
            "reason": "is not of type int (whole numbers)",
            "row": ["d", "12.5"],
        },
    ]


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ({"nothing": "int"}, "'nothing', which is no column; the fields are value"),
        ({"value": "number"}, "type 'number'; expected one of"),
        ({"value": "geo_shape"}, "type 'geo_shape'; the column holds any"),
        ({"value": "int"}, "none of 1 rows can be published"),
    ],
)
def test_a_type_that_cannot_be_is_refused(
    tmp_path: Path, types: dict[str, str], message: str
) -> None:
    with pytest.raises(DatasetInvalid, match=message):
        make(tmp_path, csv_of("value", "x"), types=types)


def test_few_values_that_come_again_are_facets(tmp_path: Path) -> None:
    body = "id,status\n" + "".join(f"{n},{('open', 'closed')[n % 2]}\n" for n in range(10))
    assert [field.facet for field in make(tmp_path, body).fields] == [False, True]


numbers = st.one_of(
    st.integers(-(10**21), 10**21).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=17).map(lambda number: f"{number:f}"),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,20})?", fullmatch=True),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(columns=st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=12))
def test_no_digit_is_lost(tmp_path: Path, columns: list[list[str]]) -> None:
    header = ",".join(f"n{number}" for number in range(len(columns)))
    made = make(tmp_path, "\n".join((header, *map(",".join, zip(*columns, strict=True)))))
    for (name, type_name), texts in zip(made.types.items(), columns, strict=True):
        for text, value in zip(texts, made.column(name), strict=True):
            assert printed(value, type_name, like=text) == text


def printed(value: Any, type_name: str, *, like: str) -> str:
    """A value as its source would print it; decimals by their number, the rest as it is."""
    if type_name != "double":
        return str(value)
    if "e" in like:
        return like if Decimal(repr(value)) == Decimal(like) else repr(value)
    decimals = len(like.partition(".")[2])
    shown = f"{value:.{decimals}f}"
    return f"{shown}." if like.endswith(".") else shown
