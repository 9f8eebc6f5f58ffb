"""Every trap of the publishers' files, and what becomes of it."""

from typing import Any

import pytest

from citylake.errors import SourceChanged
from lambdas.harvest.connectors import CONNECTORS
from lambdas.harvest.connectors.offenses import _with_states
from tests.harvest.conftest import LeftOutOf, Rows


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The only record with these values."""
    (found,) = (row for row in rows if all(row[name] == wanted[name] for name in wanted))
    return found


def test_durham_is_whole_though_it_lies_in_three_counties(rows: Rows) -> None:
    assert one(rows("places"), geoid="3719000") == {
        "geoid": "3719000",
        "name": "Durham",
        "kind": "city",
        "state": "NC",
        "state_name": "North Carolina",
        "slug": "nc/durham",
        "has_government": True,
        "population": 296186,
        "population_year": 2023,
        "population_source": "Census estimate, vintage 2023",
        "location__lon": -78.905647,
        "location__lat": 35.980964,
        "land_km2": 278.088,
        "water_km2": 2.357,
        "tier": "pop_t11",
        "county_geoid": "37063",
        "county_name": "Durham County",
    }


def test_a_place_outside_of_the_top_1000_has_the_count_of_2020(rows: Rows) -> None:
    abbeville = one(rows("places"), name="Abbeville")
    assert (abbeville["geoid"], abbeville["population"], abbeville["population_year"]) == (
        "0100124",
        2358,
        2020,
    )


def test_leading_zeros_that_a_spreadsheet_took_come_back(rows: Rows) -> None:
    estimate = one(rows("population"), geoid="0100124", series="Estimate, vintage 2019", year=2019)
    assert estimate["population"] == 2560


def test_latin_1_is_read_as_such(rows: Rows) -> None:
    canon = one(rows("places"), geoid="0811810")
    assert (canon["name"], canon["slug"]) == ("Cañon City", "co/canon-city")


def test_places_without_a_government_have_no_tier(rows: Rows) -> None:
    found = {
        row["name"]: (row["kind"], row["tier"])
        for row in rows("places")
        if not row["has_government"]
    }
    assert found == {
        "Towson": ("CDP", None),
        "Durham": ("CDP", None),
        "Luyando": ("comunidad", None),
    }


def test_names_are_those_that_people_use(rows: Rows) -> None:
    named = {row["geoid"]: (row["name"], row["kind"]) for row in rows("places")}
    assert named["2501370"] == ("Amherst", "city")
    assert named["2148006"] == ("Louisville/Jefferson County", "metro government")
    assert named["3460900"] == ("Princeton", "municipality")
    assert named["4200356384"] == ("O'Hara", "township")


def test_the_former_city_of_louisville_counts_with_its_successor(rows: Rows) -> None:
    counted = one(rows("population"), geoid="2148006", series="Census count")
    assert counted["population"] == 246161 + 386884
    assert not [row for row in rows("places") if row["geoid"] == "2148000"]


def test_a_renumbered_place_keeps_its_point_and_its_past(rows: Rows) -> None:
    lake_worth_beach = one(rows("places"), geoid="1239081")
    assert lake_worth_beach["location__lat"] == 26.61972
    past = one(rows("population"), geoid="1239081", series="Census count", year=2010)
    assert past["population"] == 34910


def test_figures_of_2010_stand_apart_where_the_boundaries_changed(rows: Rows) -> None:
    princeton = one(rows("places"), geoid="3460900")
    assert (princeton["land_km2"], princeton["location__lat"]) == (None, 40.350461)
    counts = {
        (row["series"], row["year"]): row["population"]
        for row in rows("population")
        if row["geoid"] == "3460900" and row["series"].startswith("Census")
    }
    assert counts == {
        ("Census count, before boundaries changed", 2010): 12307,
        ("Census count", 2020): 30681,
    }


def test_what_is_no_place_of_today_is_left_out_and_said(left_out: LeftOutOf) -> None:
    told = {reason: group.examples for reason, group in left_out("places").items()}
    assert told == {
        "GEOID of another county than the name says": (
            "potter township, adams county pa 4200762160",
        ),
        "dissolved since 2020: the crosswalk has its code for a name": ("0505740",),
        "estimated until 2019, not counted in 2020: dissolved or merged": (
            "Edna Bay, Alaska 0220970",
        ),
        "former city, merged into a consolidated government": ("Louisville city 2148000",),
        "former town that is a city today, with a GEOID of its own": ("amherst ma 2501501325",),
        "no GEOID of a place or county subdivision": ("quarryville pa 42674104",),
        "subdivision without a government in its state": ("adel township ia 1904990018",),
        "GEOID of another state, or of no county": (
            "harmony township wi 4200732832",
            "princeton township ny 3402160915",
        ),
    }


def test_vintages_never_meet_in_a_series(rows: Rows, left_out: LeftOutOf) -> None:
    durham = [row for row in rows("population") if row["geoid"] == "3719000"]
    years: dict[str, list[int]] = {}
    for row in durham:
        years.setdefault(row["series"], []).append(row["year"])
    assert years == {
        "Census count": [2010, 2020],
        "Estimate, vintage 2019": list(range(2010, 2020)),
        "Estimate, vintage 2023": [2021, 2022, 2023],
    }
    told = left_out("population")
    assert told["estimate of an older vintage, one for each year from 2014 to 2018"].examples == (
        "Durham city 2018: 274,291",
    )
    assert told["the 2020 count, which the crosswalk has already"].count == 1


def test_a_place_incorporated_after_the_count_has_none(rows: Rows) -> None:
    assert not [row for row in rows("population") if row["population"] is None]


def test_shares_by_county_add_up_and_name_the_main_one(rows: Rows) -> None:
    durham = [row for row in rows("place-counties") if row["geoid"] == "3719000"]
    assert [(row["county_name"], row["share_pct"], row["is_main"]) for row in durham] == [
        ("Durham County", 99.8543, True),
        ("Orange County", 0.0508, False),
        ("Wake County", 0.0949, False),
    ]


def test_connecticut_has_regions_of_today_and_counties_of_before(rows: Rows) -> None:
    hartford = {
        row["geography"]: row["county_name"]
        for row in rows("place-counties")
        if row["geoid"] == "0937000"
    }
    assert hartford == {
        "county of today": "Capitol Planning Region",
        "county until 2022": "Hartford County",
    }
    newtown = one(rows("place-counties"), geoid="0900152980")
    assert (newtown["county_name"], newtown["geography"]) == (
        "Fairfield County",
        "county until 2022",
    )


def test_air_is_that_of_the_county_where_most_people_live(rows: Rows) -> None:
    durham = one(rows("air-quality"), geoid="3719000", year=2023)
    assert {
        name: durham[name]
        for name in ("county_name", "county_share_pct", "good_days", "median_aqi", "good_days_pct")
    } == {
        "county_name": "Durham County",
        "county_share_pct": 99.8543,
        "good_days": 163,
        "median_aqi": 52,
        "good_days_pct": 44.6575,
    }


def test_baltimore_city_is_not_baltimore_county(rows: Rows) -> None:
    air = rows("air-quality")
    assert one(air, geoid="2404000")["good_days"] == 180
    assert one(air, geoid="2478425")["good_days"] == 230


def test_connecticut_is_tied_to_air_by_its_former_county(rows: Rows) -> None:
    hartford = one(rows("air-quality"), geoid="0937000")
    assert (hartford["county_name"], hartford["good_days"]) == ("Hartford County", 226)


def test_counties_of_nowhere_are_left_out(left_out: LeftOutOf) -> None:
    assert {reason: group.examples for reason, group in left_out("air-quality").items()} == {
        "county whose name leads to no county of a US state": (
            "SONORA, Country Of Mexico 2023",
            "Vilas, Wisconsin 2023",
        )
    }


def test_survey_figures_are_taken_as_they_are(rows: Rows) -> None:
    durham = one(rows("demographics"), geoid="3719000", vintage="2019-2023")
    assert (durham["population"], durham["median_household_income_usd"]) == (288465, 79234)
    assert (durham["poverty_pct"], durham["median_gross_rent_usd_bound"]) == (12.2, None)


def test_a_figure_beyond_the_scale_is_a_bound_and_no_number(rows: Rows) -> None:
    towson = one(rows("demographics"), geoid="2478425")
    assert towson["median_household_income_usd"] is None
    assert towson["median_household_income_usd_bound"] == "250,000 or more"
    assert towson["median_gross_rent_usd"] is None
    assert towson["median_gross_rent_usd_bound"] == "3,500 or more"


def test_a_name_that_is_not_that_of_its_geoid_is_left_out(rows: Rows, left_out: LeftOutOf) -> None:
    assert {reason: group.examples for reason, group in left_out("demographics").items()} == {
        "GEOID that is not in the register": ("Greenville, Wisconsin 5531525",),
        "name that is not the one of its GEOID": ("Kingston, New Jersey 3460900",),
    }
    assert one(rows("demographics"), geoid="1608830")["place_name"] == "Boise City"


def test_a_withheld_total_stays_empty_and_says_why(rows: Rows) -> None:
    durham = one(rows("offenses"), geoid="3719000", year=2018)
    assert (durham["violent_crime"], durham["violent_crime_per_100k"]) == (None, None)
    assert (durham["property_crime"], durham["property_crime_per_100k"]) == (9755, 3563.4)
    assert durham["fbi_notes"].startswith("This agency/state submits rape data")


def test_footnote_digits_leave_the_name_and_become_words(rows: Rows) -> None:
    durham = one(rows("offenses"), geoid="3719000", year=2019)
    assert (durham["reported_as"], durham["violent_crime_per_100k"]) == ("Durham", 730.0)
    assert durham["fbi_notes"] == (
        "Because of changes in reporting practices, figures are not comparable. "
        "Arson offenses are reported by the fire department."
    )


def test_the_two_columns_of_rape_say_which_definition(rows: Rows) -> None:
    superior = one(rows("offenses"), geoid="5578650")
    assert (superior["rape"], superior["rape_definition"]) == (7, "legacy")
    abbeville = one(rows("offenses"), geoid="0100124")
    assert (abbeville["rape"], abbeville["rape_definition"]) == (1, "revised")


def test_population_tells_namesakes_apart(rows: Rows) -> None:
    reported = {
        (row["reported_as"], row["state"], row["year"]): row["geoid"] for row in rows("offenses")
    }
    assert reported == {
        ("Abbeville", "AL", 2016): "0100124",
        ("Newtown", "CT", 2016): "0900152980",  # the town, not the borough of 1,960 people
        ("Boise", "ID", 2016): "1608830",
        ("Superior", "WI", 2016): "5578650",  # the city, not the village of 655
        ("Lake Worth", "FL", 2018): "1239081",
        ("Durham", "NH", 2018): "3301719700",  # the town, not the CDP
        ("Durham Town", "NY", 2018): "3603921204",
        ("Durham", "NC", 2018): "3719000",
        ("Springfield Township, Delaware County", "PA", 2018): "4204573032",
        ("Durham", "NC", 2019): "3719000",
    }


def test_what_is_not_certainly_one_place_is_left_out(left_out: LeftOutOf) -> None:
    assert {reason: group.examples for reason, group in left_out("offenses").items()} == {
        "agency without a population: campus, resort or sheriff": (
            "Baltimore City Sheriff, MD 2018",
        ),
        "no place of this name in the register, or no second list that agrees": (
            "Louisville Metro, KY 2018",
            "Towson, MD 2018",
            "O'Hara Township, PA 2018",
        ),
        "several agencies lead to one place": ("Superior, WI 2018", "City of Superior, WI 2018"),
        "several towns or townships of this name in the state": ("Springfield Township, PA 2018",),
        "population more than 10 percent off: another area than the city's": (
            "Abbeville, AL 2018",
        ),
    }


def test_a_block_of_no_state_is_an_error() -> None:
    guam = {"state": "GUAM", "state_notes": "", "city": "Hagåtña", "city_notes": ""}
    with pytest.raises(SourceChanged, match="'GUAM' above 'Hagåtña': expected a state"):
        list(_with_states([guam]))


def test_every_dataset_tells_people_what_they_see() -> None:
    for connector in CONNECTORS:
        dataset = connector.dataset
        assert dataset.attribution, dataset.id
        assert dataset.notes, dataset.id
        assert dataset.source_url.startswith("https://"), dataset.id
        assert all(field.label and field.description for field in dataset.fields), dataset.id


def test_every_connector_comes_after_what_it_needs() -> None:
    seen: set[str] = set()
    for connector in CONNECTORS:
        assert set(connector.needs) <= seen
        seen.add(connector.dataset.id)
