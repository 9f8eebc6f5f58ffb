"""Checks: what each holds to be wrong, and what it says."""

from dataclasses import replace

import pytest

from citylake.datasets import Area, Dataset, Field, FieldType, Theme
from citylake.errors import ChecksFailed
from lambdas.harvest.checks import (
    PartsWithinTotal,
    RecordCountKept,
    counts_not_negative,
    key_present,
    key_unique,
    percent_in_range,
    places_known,
)
from lambdas.harvest.gather import require
from lambdas.harvest.model import Evidence, Row
from lambdas.harvest.staging import to_table

AIR = Dataset(
    id="air",
    title="Air",
    description="Days by category",
    theme=Theme.AIR,
    publisher="EPA",
    key=("geoid", "year"),
    place_field="geoid",
    fields=(
        Field(name="geoid", type=FieldType.TEXT, label="GEOID"),
        Field(name="year", type=FieldType.INT, label="Year"),
        Field(name="days", type=FieldType.INT, label="Days", unit="days"),
        Field(name="good", type=FieldType.INT, label="Good", unit="days"),
        Field(name="good_pct", type=FieldType.DOUBLE, label="Good", unit="%"),
    ),
)


def evidence(*rows: Row, last_count: int | None = None) -> Evidence:
    return Evidence(
        dataset=AIR,
        table=to_table(AIR, rows),
        known_places=frozenset({"3719000"}),
        last_count=last_count,
    )


GOOD: Row = {"geoid": "3719000", "year": 2024, "days": 366, "good": 170, "good_pct": 46.4}


@pytest.mark.parametrize(
    ("ask", "wrong", "said"),
    [
        (key_present, {"year": None}, "without a value: {'year': 1}"),
        (places_known, {"geoid": "0000001"}, "1 records are about places.*: 0000001"),
        (percent_in_range, {"good_pct": 100.1}, "good_pct from 46.4 to 100.1"),
        (counts_not_negative, {"good": -666666666}, r"good from -6\.66667e\+08"),
        (PartsWithinTotal(("good",), "days"), {"good": 367}, "1 records in which good exceed"),
    ],
)
def test_a_check_finds_what_it_is_there_for(ask, wrong: Row, said: str) -> None:  # type: ignore[no-untyped-def] # any check
    passes, fails = ask(evidence(GOOD)), ask(evidence(GOOD, {**GOOD, "year": 2023, **wrong}))
    assert passes.passed
    assert not fails.passed
    assert fails.blocking
    with pytest.raises(ChecksFailed, match=f"dataset air is not published: .*{said}"):
        require(AIR, [passes, fails])


def test_a_repeated_key_is_found() -> None:
    result = key_unique(evidence(GOOD, GOOD))
    assert (result.passed, result.notes) == (
        False,
        "1 records repeat the key geoid, year of another",
    )


def test_no_records_at_all_are_no_dataset() -> None:
    assert not key_present(evidence()).passed


def test_the_register_need_not_know_itself() -> None:
    unknown = replace(evidence({**GOOD, "geoid": "0000001"}), known_places=None)
    assert places_known(unknown).passed


@pytest.mark.parametrize(("code", "passed"), [("37", True), ("99", False), ("3719000", False)])
def test_a_record_about_a_state_names_a_state_of_the_register(code: str, passed: bool) -> None:
    found = evidence({**GOOD, "geoid": code})
    assert places_known(replace(found, dataset=replace(AIR, area=Area.STATE))).passed is passed


def test_a_missing_part_counts_as_nothing_and_a_missing_total_is_not_asked() -> None:
    ask = PartsWithinTotal(("good",), "days")
    assert ask(evidence({**GOOD, "good": None}, {**GOOD, "year": 2023, "days": None})).passed


@pytest.mark.parametrize(
    ("last", "passed", "blocking"),
    [(None, True, True), (1, True, False), (2, False, True)],
    ids=["first release", "as many", "half are gone"],
)
def test_a_loss_of_records_blocks(last: int | None, passed: bool, blocking: bool) -> None:
    result = RecordCountKept(10.0)(evidence(GOOD, last_count=last))
    assert (result.passed, result.blocking) == (passed, blocking)


def test_growth_is_said_and_does_not_block() -> None:
    twice = evidence(GOOD, {**GOOD, "year": 2023}, last_count=1)
    result = RecordCountKept(10.0)(twice)
    assert (result.passed, result.blocking) == (False, False)
    assert result.notes == "2 records, 1 before: +100.0 %, tolerated 10 %"
    require(AIR, [result])
