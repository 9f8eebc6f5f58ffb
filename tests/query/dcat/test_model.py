"""How times, frequencies and sources are told."""

import pytest

from citylake.catalog import Receipt
from citylake.datasets import Dataset, Field, FieldType, Theme
from lambdas.query.dcat.model import Period, frequency, instant, period, sources


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (2010, 2023, Period("2010-01-01", "2023-12-31")),
        ("2016-2020", "2019-2023", Period("2016-01-01", "2023-12-31")),
        ("2024-02-29", "2024-03-01", Period("2024-02-29", "2024-03-01")),
        (
            "2024-02-29T10:00:00+00:00",
            "2024-03-01T00:00:00+00:00",
            Period("2024-02-29", "2024-03-01"),
        ),
        ("ACS 2019-2023", "ACS 2019-2023", Period("2019-01-01", "2023-12-31")),
        ("2024-02-30", "2024-03-01", None),
        ("spring", "fall", None),
        (None, None, None),
    ],
)
def test_a_period_reaches_from_the_first_day_to_the_last(
    first: object, last: object, expected: Period | None
) -> None:
    assert period(first, last) == expected


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("yearly", "R/P1Y"),
        ("Quarterly", "R/P3M"),
        ("", ""),
        ("yearly; the tables ended with 2019", "irregular"),
        ("with each census, and as boundaries change", "irregular"),
    ],
)
def test_a_frequency_is_coded_or_irregular_and_never_guessed(words: str, code: str) -> None:
    assert frequency(words) == code


def test_instants_are_in_utc_to_the_second() -> None:
    assert instant("2026-11-23T09:31:19.5+02:00") == "2026-11-23T07:31:19Z"


def test_sources_are_addresses_each_once() -> None:
    def receipt(address: str) -> Receipt:
        return Receipt(
            publisher="EPA",
            address=address,
            vintage="2024",
            sha256="00",
            retrieved_on="2026-11-22",
            license="public domain",
        )

    dataset = Dataset(
        id="air",
        title="Air",
        description="Air.",
        theme=Theme.AIR,
        publisher="EPA",
        source_url="https://epa.example/",
        key=("geoid",),
        fields=(Field(name="geoid", type=FieldType.TEXT, label="GEOID"),),
    )
    receipts = [receipt("https://epa.example/a.csv"), receipt("on paper")] * 2
    assert sources(dataset, receipts) == ("https://epa.example/", "https://epa.example/a.csv")
