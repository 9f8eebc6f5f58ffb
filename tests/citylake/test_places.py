import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import PlaceInvalid
from citylake.places import assign_slugs, fold, read_geoid, slugify


@pytest.mark.parametrize("geoid", ["0804000", "3719000", "3400728740"])
def test_a_geoid_keeps_its_leading_zero(geoid: str) -> None:
    assert read_geoid(geoid) == geoid


@pytest.mark.parametrize(
    "text", ["804000", "37190", "", "371900O", "٣٧١٩٠٠٠", "3719000 ", "37190001"]
)
def test_anything_but_seven_or_ten_digits_is_no_geoid(text: str) -> None:
    with pytest.raises(PlaceInvalid, match="expected 7 digits"):
        read_geoid(text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Durham", "durham"),
        ("Cañon City", "canon-city"),
        ("St. Paul", "st-paul"),
        ("Coeur d'Alene", "coeur-dalene"),
        ("Winston-Salem", "winston-salem"),
        ("Louisville/Jefferson County", "louisville-jefferson-county"),
    ],
)
def test_a_slug_is_what_people_type(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_a_name_borne_once_in_its_state_is_the_address() -> None:
    slugs = assign_slugs(
        [
            ("3719000", "Durham", "NC", True),
            ("4121250", "Durham", "OR", True),
            ("3301719700", "Durham", "NH", True),
        ]
    )
    assert slugs == {"3719000": "nc/durham", "4121250": "or/durham", "3301719700": "nh/durham"}


def test_the_only_incorporated_place_of_a_name_keeps_it() -> None:
    slugs = assign_slugs(
        [("2616102980", "Ann Arbor", "MI", True), ("2603000", "Ann Arbor", "MI", True)]
    )
    assert slugs == {"2603000": "mi/ann-arbor", "2616102980": "mi/ann-arbor-2616102980"}


def test_a_town_with_a_government_goes_before_the_settlement_within_it() -> None:
    slugs = assign_slugs([("3301719700", "Durham", "NH", True), ("3319620", "Durham", "NH", False)])
    assert slugs == {"3301719700": "nh/durham", "3319620": "nh/durham-3319620"}


def test_two_incorporated_places_of_a_name_both_show_their_geoid() -> None:
    slugs = assign_slugs([("4841032", "Lakeside", "TX", True), ("4841056", "Lakeside", "TX", True)])
    assert slugs == {"4841032": "tx/lakeside-4841032", "4841056": "tx/lakeside-4841056"}


_NAMED = st.lists(
    st.tuples(
        st.from_regex(r"\d{7}", fullmatch=True),
        st.sampled_from(["Durham", "durham", "Dürham", "Ann Arbor", "日本"]),
        st.sampled_from(["NC", "MI"]),
        st.booleans(),
    ),
    unique_by=lambda row: row[0],
)


@given(_NAMED, st.randoms())
def test_addresses_are_unique_and_do_not_depend_on_order(
    named: list[tuple[str, str, str, bool]], random: object
) -> None:
    slugs = assign_slugs(named)
    assert len(set(slugs.values())) == len(named)
    random.shuffle(named)  # type: ignore[attr-defined] # hypothesis types it as object
    assert assign_slugs(named) == slugs


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
