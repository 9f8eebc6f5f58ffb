"""What the engine writes is, byte by byte, what the writers write themselves."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.query.exports.calendar import write_ical
from lambdas.query.exports.delimited import write_csv
from lambdas.query.exports.gpx import write_gpx
from lambdas.query.exports.kml import write_kml
from lambdas.query.exports.objects import write_geojson, write_json, write_jsonl
from lambdas.query.exports.rdf import write_jsonld, write_rdfxml, write_turtle
from lambdas.query.exports.table import Table
from lambdas.query.exports.texts import lower_escapes
from tests.query.export_samples import SEEN, Tables

WRITERS: list[Callable[[Table], Iterator[bytes]]] = [
    write_csv,
    write_json,
    write_jsonl,
    write_geojson,
]
FILLED: list[Callable[[Table], Iterator[bytes]]] = [
    write_kml,
    write_gpx,
    write_ical,
    write_turtle,
    write_jsonld,
    write_rdfxml,
]
"""Writers of templates, which SQL fills in with lists, too."""

WRITTEN_BY_THE_ENGINE = (
    "name", "many", "weight_kg", "is_sure", "seen_date", "since", "seen_at", "location", "extra",
)  # fmt: skip

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "",
        '"',
        "\\",
        "\\u001B",
        "\x1b\\\x1b",
        "a;b",
        "a,b",
        "\r",
        "\n",
        "\t|",
        "null",
        "é😀\u2028",
        "\0",
    ]
)
_DOUBLES = st.floats() | st.floats(min_value=1e-9, max_value=1e-3) | st.integers().map(float)
_DEGREES = st.none() | st.floats(allow_nan=False, allow_infinity=False)

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": _TEXTS,
            "many": st.none() | st.integers(-(2**63), 2**63 - 1),
            "weight_kg": st.none() | _DOUBLES,
            "is_sure": st.none() | st.booleans(),
            "seen_date": st.none() | st.dates(),
            "since": st.none() | st.dates(),
            "seen_at": st.none() | st.datetimes(timezones=st.just(UTC)),
            "location__lon": _DEGREES,
            "location__lat": _DEGREES,
            "extra": st.none() | _TEXTS,
            "tags": st.none() | st.lists(_TEXTS, max_size=3),
        }
    ),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(tmp_path_factory.mktemp("lake"))


def both(
    tables: Tables,
    write: Callable[[Table], Iterator[bytes]],
    *names: str,
    has_ids: bool = False,
    **parameters: str,
) -> tuple[bytes, bytes]:
    """What the engine makes of the records, and what Python does."""
    with tables.of(*names, parameters=parameters, has_ids=has_ids) as table:
        by_engine = b"".join(write(table))
    with tables.of(*names, parameters=parameters, has_ids=has_ids, by_python=True) as table:
        return by_engine, b"".join(write(table))


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_engine_and_python_write_the_same_bytes(tables: Tables, rows: list[dict[str, Any]]) -> None:
    tables.hold(rows)
    for write in WRITERS:
        by_engine, by_python = both(tables, write, *WRITTEN_BY_THE_ENGINE)
        assert by_engine == by_python


@settings(max_examples=15, deadline=None)
@given(
    rows=ROWS,
    name=st.sampled_from(WRITTEN_BY_THE_ENGINE),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    quote_all=st.sampled_from(["true", "false"]),
)
def test_so_they_do_with_every_option_of_csv(
    tables: Tables, rows: list[dict[str, Any]], name: str, delimiter: str, quote_all: str
) -> None:
    tables.hold(rows)
    for names in ((name,), ("name", name)):
        by_engine, by_python = both(
            tables, write_csv, *names, delimiter=delimiter, quote_all=quote_all, use_labels="true"
        )
        assert by_engine == by_python


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, has_ids=st.booleans(), use_extension=st.sampled_from(["true", "false"]))
def test_engine_and_python_fill_in_the_same_bytes(
    tables: Tables, rows: list[dict[str, Any]], has_ids: bool, use_extension: str
) -> None:
    tables.hold(rows)
    for write in FILLED:
        by_engine, by_python = both(
            tables,
            write,
            *WRITTEN_BY_THE_ENGINE,
            "tags",
            has_ids=has_ids,
            use_extension=use_extension,
            use_labels="true",
        )
        assert by_engine == by_python


@settings(max_examples=15, deadline=None)
@given(rows=ROWS)
def test_so_they_do_with_a_date_of_any_precision(
    tables: Tables, rows: list[dict[str, Any]]
) -> None:
    tables.hold(rows)
    for name in ("since", "seen_date"):
        by_engine, by_python = both(tables, write_ical, name, "many", "tags")
        assert by_engine == by_python


@pytest.mark.parametrize("write", [*WRITERS, *FILLED])
def test_python_has_no_part_in_what_the_engine_writes(
    tables: Tables, write: Callable[[Table], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.hold(SEEN)
    monkeypatch.setattr(Table, "batches", None)
    with tables.of(*WRITTEN_BY_THE_ENGINE, has_ids=write in FILLED) as table:
        assert b"fox" in b"".join(write(table))


@pytest.mark.parametrize("write", [*WRITERS, *FILLED])
@pytest.mark.parametrize("name", ["tags", "photo", "area"])
def test_what_takes_more_than_sql_is_written_all_the_same(
    tables: Tables, write: Callable[[Table], Iterator[bytes]], name: str
) -> None:
    tables.hold([{"name": "fox", "tags": ["red"], "photo": '{"filename":"a"}'}, {"name": "owl"}])
    by_engine, by_python = both(tables, write, "name", "seen_date", "location", name)
    assert by_engine == by_python


def test_instants_of_another_time_zone_are_written_in_it(tables: Tables) -> None:
    options = {"timezone": "America/New_York", "with_bom": "false"}
    tables.hold([{"name": "fox", "seen_at": datetime(2024, 7, 2, 3, tzinfo=UTC)}])
    with tables.of("seen_at", parameters=options) as table:
        assert b"".join(write_csv(table)) == b"seen_at\r\n2024-07-01T23:00:00-04:00\r\n"


def test_the_order_of_the_rows_survives(tables: Tables) -> None:
    """Also where many threads work on many groups of rows."""
    tables.hold([{"name": f"{number:06}", "since": date(2020, 1, 1)} for number in range(150_000)])
    with tables.of("name") as table:
        lines = b"".join(write_jsonl(table)).splitlines()
    assert lines == [b'{"name":"%06d"}' % number for number in range(150_000)]


@pytest.mark.parametrize(
    ("written", "lowered"),
    [
        (r'"\u001B\u000F"', r'"\u001b\u000f"'),
        (r'"\\u001B"', r'"\\u001B"'),
        (r'"\\\u001B"', r'"\\\u001b"'),
        (r'"A\n\"\\"', r'"A\n\"\\"'),
    ],
)
def test_only_true_escapes_are_lowered(written: str, lowered: str) -> None:
    assert lower_escapes(written) == lowered
