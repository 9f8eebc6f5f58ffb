"""People by age: what the file strings together, taken apart again."""

from tests.harvest.conftest import LeftOutOf, Rows


def test_counts_and_surveys_are_series_of_their_own(rows: Rows) -> None:
    durham = [row for row in rows("ages") if row["geoid"] == "3719000"]
    assert [(row["series"], row["year"], row["under_18_pct"]) for row in durham] == [
        ("American Community Survey, one year", 2017, 21.5),
        ("American Community Survey, one year", 2018, 20.9),
        ("Census count", 1990, 21.98),
        ("Census count", 2000, 22.93),
    ]


def test_the_shares_of_a_place_add_up(rows: Rows) -> None:
    newest = next(row for row in rows("ages") if (row["geoid"], row["year"]) == ("3719000", 2018))
    assert newest == {
        "geoid": "3719000",
        "place_name": "Durham",
        "state": "NC",
        "series": "American Community Survey, one year",
        "year": 2018,
        "population": 274497,
        "under_18_pct": 20.9,
        "from_18_to_64_pct": 66.9,
        "from_65_pct": 12.2,
        "male": 130523,
        "female": 143974,
        "female_pct": 52.4501,
    }


def test_what_is_withheld_merged_or_misnamed_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("ages").items()}
    assert told == {
        "year for which the survey gave no ages": ("Towson CDP, Maryland 2014",),
        "place that is not in the register: merged, or drawn otherwise": (
            "Macon city, Georgia 2010",
        ),
        "name that is not the one of its GEOID": ("Wilmington city, North Carolina 2018",),
    }
