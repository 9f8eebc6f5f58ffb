"""Codes, numbers, names and counties, as publishers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import SourceChanged
from lambdas.harvest.clean.codes import is_subdivision, place_geoid, zeros
from lambdas.harvest.clean.counties import county_key, county_name
from lambdas.harvest.clean.names import bare, split_name, title_case
from lambdas.harvest.clean.numbers import decimal, estimate, share_pct, whole
from lambdas.harvest.clean.states import STATES, state_by_name, state_by_postal, state_of


def test_zeros_come_back_and_nothing_else_changes() -> None:
    assert place_geoid("1", "124") == "0100124"
    assert place_geoid("37", "19000") == "3719000"


@given(st.integers(0, 99_999))
def test_a_code_survives_a_spreadsheet(code: int) -> None:
    assert zeros(str(code), 5) == f"{code:05d}"


@pytest.mark.parametrize("text", ["", "A", "1.0", "123456", "-1", "١٢"])
def test_what_is_no_code_is_an_error(text: str) -> None:
    with pytest.raises(SourceChanged, match="up to 5 digits"):
        zeros(text, 5)


def test_ten_digits_are_a_town_or_township() -> None:
    assert is_subdivision("3603921204")
    assert not is_subdivision("3719000")


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("0", 0), ("1,234,567", 1234567), (" 2608.0 ", 2608), ("-5", -5)],
)
def test_whole_numbers_are_read_as_people_write_them(text: str, number: int | None) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["1.5", "n/a", "nan", "inf", "(X)", "1e999"])
def test_what_is_no_whole_number_is_an_error(text: str) -> None:
    with pytest.raises(SourceChanged):
        whole(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_as_it_was_written(number: float) -> None:
    assert decimal(repr(number)) == number


@pytest.mark.parametrize("text", ["-666666666", "-222222222", "-999999999.0", ""])
def test_a_sentinel_is_no_estimate(text: str) -> None:
    assert estimate(text) is None


def test_an_estimate_is_itself() -> None:
    assert estimate("55269") == 55269


def test_a_share_of_nothing_is_no_share() -> None:
    assert share_pct(163, 365) == 44.6575
    assert share_pct(1, 0) is None
    assert share_pct(None, 5) is None


@pytest.mark.parametrize(
    ("census_name", "state", "expected"),
    [
        ("Durham city", "NC", ("Durham", "city")),
        ("Cary town", "NC", ("Cary", "town")),
        ("Towson CDP", "MD", ("Towson", "CDP")),
        ("Boise City city", "ID", ("Boise City", "city")),
        ("Carson City", "NV", ("Carson City", "municipality")),
        ("Princeton", "NJ", ("Princeton", "municipality")),
        ("Indianapolis city (balance)", "IN", ("Indianapolis", "city")),
        (
            "Nashville-Davidson metropolitan government (balance)",
            "TN",
            ("Nashville-Davidson", "metropolitan government"),
        ),
        (
            "Lynchburg, Moore County metropolitan government",
            "TN",
            ("Lynchburg, Moore County", "metropolitan government"),
        ),
        ("Lexington-Fayette urban county", "KY", ("Lexington-Fayette", "urban county")),
        ("Butte-Silver Bow (balance)", "MT", ("Butte-Silver Bow", "municipality")),
        ("Sitka city and borough", "AK", ("Sitka", "city and borough")),
        ("Kearns metro township", "UT", ("Kearns", "metro township")),
        ("Amherst Town city", "MA", ("Amherst", "city")),
        ("Charles Town city", "WV", ("Charles Town", "city")),
        ("Grandfather Village village", "NC", ("Grandfather Village", "village")),
        ("Adjuntas zona urbana", "PR", ("Adjuntas", "zona urbana")),
    ],
)
def test_a_name_parts_from_its_kind(
    census_name: str, state: str, expected: tuple[str, str]
) -> None:
    assert split_name(census_name, state) == expected


@given(st.text(min_size=1), st.sampled_from(["city", "town", "village", "borough", "CDP"]))
def test_a_name_never_loses_more_than_its_kind(name: str, kind: str) -> None:
    assert split_name(f"{name} {kind}", "NC") == (name.rstrip(","), kind)


@pytest.mark.parametrize(
    ("lower", "name"),
    [
        ("durham", "Durham"),
        ("o'hara", "O'Hara"),
        ("bois d'arc", "Bois D'Arc"),
        ("cheney's grove", "Cheney's Grove"),
        ("mcclellan", "McClellan"),
        ("croton-on-hudson", "Croton-On-Hudson"),
        ("city of orange", "City of Orange"),
        ("st. johnsbury", "St. Johnsbury"),
    ],
)
def test_names_without_capitals_are_given_some(lower: str, name: str) -> None:
    assert title_case(lower) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Saint Louis", "St. Louis"),
        ("Sainte Genevieve", "Ste. Genevieve"),
        ("St. Marys", "Saint Mary's"),
        ("Doña Ana", "Dona Ana"),
        ("La Salle", "LaSalle"),
        ("De Kalb", "DeKalb"),
        ("O'Brien", "OBrien"),
        ("Mount Vernon", "Mt. Vernon"),
        ("Fond du Lac", "FOND DU LAC "),
    ],
)
def test_different_writers_agree_on_a_bare_name(one: str, other: str) -> None:
    assert bare(one) == bare(other)


@given(st.text())
def test_a_bare_name_is_as_bare_as_it_gets(name: str) -> None:
    assert bare(bare(name)) == bare(name) or any(
        word in bare(name) for word in ("saint", "mount", "fort")
    )


@pytest.mark.parametrize(
    ("geocorr", "postal", "code", "name"),
    [
        ("Autauga AL", "AL", "01001", "Autauga County"),
        ("Baltimore city MD", "MD", "24510", "Baltimore city"),
        ("Charles City VA", "VA", "51036", "Charles City County"),
        ("Carson City NV", "NV", "32510", "Carson City"),
        ("District of Columbia DC", "DC", "11001", "District of Columbia"),
        ("La Salle Parish LA", "LA", "22059", "La Salle Parish"),
        ("Capitol Planning Region", "CT", "09110", "Capitol Planning Region"),
        ("Wrangell City and Borough", "AK", "02275", "Wrangell City and Borough"),
        ("Kusilvak Census Area (N)", "AK", "02158", "Kusilvak Census Area"),
        ("Oglala Lakota, SD (N)", "SD", "46102", "Oglala Lakota County"),
        ("2063", "AK", "02063", "Chugach Census Area"),
        ("Aguada Municipio PR", "PR", "72003", "Aguada Municipio"),
    ],
)
def test_a_county_is_named_as_people_do(geocorr: str, postal: str, code: str, name: str) -> None:
    assert county_name(geocorr, postal, code) == name


@pytest.mark.parametrize(
    ("epa", "ours"),
    [
        ("Baltimore (City)", "Baltimore city"),
        ("Baltimore", "Baltimore County"),
        ("St. Louis City", "St. Louis city"),
        ("Saint Louis", "St. Louis County"),
        ("Anchorage ", "Anchorage Borough"),
        ("Carson City", "Carson City"),
        ("St. Bernard", "St. Bernard Parish"),
        ("Bayamon", "Bayamón Municipio"),
    ],
)
def test_the_epa_and_the_census_bureau_mean_one_county(epa: str, ours: str) -> None:
    assert county_key(epa) == county_key(ours)


def test_a_city_is_not_the_county_around_it() -> None:
    assert county_key("Richmond City") != county_key("Richmond County")


def test_states_are_found_by_code_postal_and_name() -> None:
    assert len(STATES) == 52
    for state in STATES:
        assert state_of(f"{state.code}00000") == state
        assert state_by_postal(state.postal.lower()) == state
        assert state_by_name(state.name.upper()) == state
    assert state_by_name("Country Of Mexico") is None
    with pytest.raises(SourceChanged, match="begins with no state's code"):
        state_of("0300000")
