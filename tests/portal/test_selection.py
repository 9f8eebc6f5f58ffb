"""Which cities an address compares."""

from collections.abc import Sequence

import pytest

from citylake.places import Place, Places
from lambdas.portal import selection
from lambdas.portal.selection import Selection


def city(name: str, geoid: str, state: str = "NC") -> Place:
    slug = f"{state.lower()}/{name.lower()}"
    return Place(geoid=geoid, name=name, kind="city", state=state, slug=slug, has_government=True)


DURHAM, CARY, APEX = city("Durham", "3719000"), city("Cary", "3710740"), city("Apex", "3701520")
OTHERS = tuple(city(name, f"370000{at}") for at, name in enumerate(("Ada", "Bo", "Cy", "Di")))


class Register(Places):
    """Six cities, kept in a list."""

    cities = (DURHAM, CARY, APEX, *OTHERS)

    def by_geoid(self, geoid: str) -> Place | None:
        return next((each for each in self.cities if each.geoid == geoid), None)

    def by_slug(self, slug: str) -> Place | None:
        return next((each for each in self.cities if each.slug == slug), None)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        wanted = text.lower().removesuffix(", nc")
        return [each for each in self.cities if each.name.lower().startswith(wanted)][:limit]

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        return [each for each in self.cities if each.name[:3].lower() in text.lower()][:limit]

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        return [each for each in self.cities if each != place][:count]


REGISTER = Register()


@pytest.mark.parametrize(
    "named",
    [
        ["nc/durham,nc/cary"],
        ["nc/durham", "nc/cary"],
        ["3719000,3710740"],
        [" /NC/Durham/ , 3710740 ,, nc/durham"],
    ],
)
def test_cities_are_named_by_slug_or_geoid(named: list[str]) -> None:
    read = selection.read(REGISTER, {"places": named})
    assert read == Selection(places=(DURHAM, CARY))
    assert read.address == {"places": "nc/durham,nc/cary"}
    assert read.is_enough


def test_an_unknown_name_is_kept_to_be_told() -> None:
    read = selection.read(REGISTER, {"places": ["nc/durham,nc/durhm,nc/durhm"]})
    assert read == Selection(places=(DURHAM,), unknown=("nc/durhm",))
    assert selection.nearest(REGISTER, "nc/durhm") == [DURHAM]


def test_a_sixth_city_is_told_to_be_too_many() -> None:
    slugs = ",".join(each.slug for each in Register.cities)
    read = selection.read(REGISTER, {"places": [slugs]})
    assert (len(read.places), read.beyond) == (selection.MOST, OTHERS[2:])
    assert read.is_full


def test_without_names_a_city_of_its_own_comes_first() -> None:
    assert selection.read(REGISTER, {}) == Selection(places=())
    assert selection.read(REGISTER, {"places": [""]}, first=APEX) == Selection(places=(APEX,))


def test_cities_are_added_removed_and_put_first() -> None:
    both = Selection(places=(DURHAM,)).adding(CARY)
    assert both.adding(CARY) == both
    assert both.led_by(CARY).places == (CARY, DURHAM)
    assert both.without(DURHAM).places == (CARY,)
    assert not both.without(DURHAM).is_enough


@pytest.mark.parametrize(
    ("text", "found"),
    [(" durham ", (DURHAM,)), ("Cary, NC", (CARY,)), ("", ())],
)
def test_what_was_typed_is_found(text: str, found: tuple[Place, ...]) -> None:
    assert selection.search(REGISTER, text).found == found


def test_what_names_no_city_is_answered_with_the_nearest() -> None:
    search = selection.search(REGISTER, "Durhm")
    assert (search.found, search.near) == ((), (DURHAM,))
