"""Unemployment by month: series taken apart, months that are none, states named as such."""

import pytest

from citylake.datasets import Area
from citylake.errors import SourceChanged
from lambdas.harvest.clean.laus import Series, month, read_series
from lambdas.harvest.connectors import state_unemployment, unemployment
from lambdas.harvest.fetch import Answer, Get
from lambdas.harvest.model import Inputs, Record
from lambdas.harvest.protocols.bls import BlsSeriesFile
from tests.harvest.conftest import LeftOutOf, Rows
from tests.harvest.samples.unemployment import CITIES

RATES = BlsSeriesFile(address="https://files.example.gov/la.data", measures=("03",), from_year=1990)


def server(text: str) -> Get:
    return lambda address, parameters=None: Answer(text.encode(), address)


def read(text: str) -> list[Record]:
    return [record for page in RATES.pages(server(text)) for record in page]


def test_a_city_has_the_months_of_its_own_series(rows: Rows) -> None:
    assert [row for row in rows("unemployment") if row["geoid"] == "3719000"] == [
        {
            "geoid": "3719000",
            "place_name": "Durham",
            "state": "NC",
            "month": when,
            "unemployed_pct": rate,
            "is_preliminary": preliminary,
        }
        for when, rate, preliminary in (("2022-01", 3.4, False), ("2022-02", 3.3, True))
    ]


def test_a_town_has_a_series_by_its_ten_digits(rows: Rows) -> None:
    (town,) = (row for row in rows("unemployment") if len(row["geoid"]) == 10)
    assert (town["geoid"], town["unemployed_pct"]) == ("3301719700", 1.9)


def test_what_is_no_month_of_a_city_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("unemployment").items()}
    assert told == {
        "area that is no city: metropolitan or combined": ("LAUMT372050000000003 2022 M01",),
        "city that is not in the register": ("LAUCT370175000000003 2022 M01",),
        "mean of a year, which is no month": ("LAUCT371900000000003 2021 M13",),
        "month that was not surveyed": ("LAUCT371900000000003 2025 M10",),
    }


def test_a_states_rate_is_kept_once_and_known_to_be_the_states(rows: Rows) -> None:
    assert state_unemployment.CONNECTOR.dataset.area is Area.STATE
    months = [row for row in rows("state-unemployment") if row["geoid"] == "37"]
    assert [(row["month"], row["state_name"], row["state_unemployed_pct"]) for row in months] == [
        ("2025-09", "North Carolina", 3.8),
        ("2026-06", "North Carolina", 3.6),
    ]


def test_a_month_that_was_never_surveyed_is_left_out(left_out: LeftOutOf) -> None:
    (group,) = left_out("state-unemployment").values()
    assert (group.reason, group.examples) == (
        "month that was not surveyed",
        ("LASST370000000000003 2025 October",),
    )


def test_the_bureaus_own_file_of_states_gives_the_same_as_the_copy(rows: Rows) -> None:
    flat = (
        "series_id\tyear\tperiod\tvalue\tfootnote_codes\n"
        "LASST370000000000003          \t2025\tM09\t         3.8\t\n"
        "LASST370000000000003          \t2026\tM06\t         3.6\tP\n"
        "LASST370000000000006          \t2026\tM06\t   5300000\tP\n"
    )
    records = [
        record for page in state_unemployment.SOURCE.protocol.pages(server(flat)) for record in page
    ]
    draft = state_unemployment.conform(Inputs({state_unemployment.SOURCE.id: records}))
    assert draft.rows == [row for row in rows("state-unemployment") if row["geoid"] == "37"]


def test_lines_that_are_not_wanted_are_passed_over_and_padding_goes() -> None:
    records = read(CITIES)
    assert len(records) == 7
    assert records[1] == {
        "series_id": "LAUCT371900000000003",
        "year": "2022",
        "period": "M02",
        "value": "3.3",
        "footnote_codes": "P",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("series_id\tyear\n", "begins with 'series_id, year'; expected series_id, year, period"),
        ("<html>Access Denied</html>", "begins with '<html>Access Denied</html>'"),
        (CITIES + "LAUCT37\t2022\n", "record 10 has 2 values, expected 5"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LAUCT371900000000003", Series(geoid="3719000", is_adjusted=False, measure="03")),
        ("LASST370000000000003", Series(geoid="37", is_adjusted=True, measure="03")),
        ("LASCS330171970000004", Series(geoid="3301719700", is_adjusted=True, measure="04")),
        ("LAUMT372050000000006", Series(geoid="", is_adjusted=False, measure="06")),
    ],
)
def test_a_series_says_what_it_speaks_of(text: str, expected: Series) -> None:
    assert read_series(text) == expected


@pytest.mark.parametrize("text", ["", "CUUR0000SA0", "LAUCT37190000000003", "LAXCT371900000000003"])
def test_an_id_of_other_statistics_is_refused(text: str) -> None:
    with pytest.raises(SourceChanged, match="expected an id like LAUCT371900000000003"):
        read_series(text)


@pytest.mark.parametrize("period", ["M13", "M00", "Q01", "Juni", ""])
def test_what_is_no_month_is_refused(period: str) -> None:
    with pytest.raises(SourceChanged, match="expected M01 to M12"):
        month("2026", period)


def test_only_the_rate_is_asked_for() -> None:
    assert unemployment.SOURCE.protocol == BlsSeriesFile(
        address=unemployment.SOURCE.address, measures=("03",), from_year=1990
    )
