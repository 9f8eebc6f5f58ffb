"""Which place a path is about."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import PlaceNotFound
from citylake.places import Place
from lambdas.query.scope import NATION, RESERVED, Scope, resolve

DURHAM = Place(
    geoid="3719000",
    name="Durham",
    kind="city",
    state="NC",
    slug="nc/durham",
    has_government=True,
    population=296_186,
)
CANON = Place(
    geoid="0811810",
    name="Cañon City",
    kind="city",
    state="CO",
    slug="co/canon-city",
    has_government=True,
)


class TwoPlaces:
    """A register of two places, the first of which is the nearest name to anything."""

    def by_geoid(self, geoid: str) -> Place | None:
        return {DURHAM.geoid: DURHAM, CANON.geoid: CANON}.get(geoid)

    def by_slug(self, slug: str) -> Place | None:
        return {DURHAM.slug: DURHAM, CANON.slug: CANON}.get(slug)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        return []

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        return [DURHAM]

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        return []


DURHAM_SCOPE = Scope(place=DURHAM, prefix="/nc/durham")


@pytest.mark.parametrize(
    ("path", "scope", "rest"),
    [
        ("/", NATION, "/"),
        ("", NATION, "/"),
        ("/api/explore/v2.1/catalog/datasets", NATION, "/api/explore/v2.1/catalog/datasets"),
        ("//api/explore/v2.1/", NATION, "/api/explore/v2.1/"),
        ("/datasets/air-quality/", NATION, "/datasets/air-quality/"),
        ("/es/durham/", NATION, "/es/durham/"),
        ("/nc", NATION, "/nc"),
        ("/nc/", NATION, "/nc/"),
        ("/nc/durham", DURHAM_SCOPE, "/"),
        ("/nc/durham/", DURHAM_SCOPE, "/"),
        ("/nc//durham//datasets/x/", DURHAM_SCOPE, "/datasets/x/"),
        ("/NC/Durham/api/explore/v2.1/", DURHAM_SCOPE, "/api/explore/v2.1/"),
        ("/co/Ca%C3%B1on%20City/", Scope(place=CANON, prefix="/co/canon-city"), "/"),
        ("/co/cañon-city/catalog/", Scope(place=CANON, prefix="/co/canon-city"), "/catalog/"),
        ("/nc/durham/../../etc/passwd", DURHAM_SCOPE, "/../../etc/passwd"),
    ],
)
def test_a_path_is_split_into_scope_and_rest(path: str, scope: Scope, rest: str) -> None:
    assert resolve(path, TwoPlaces(), None) == (scope, rest)


def test_a_pinned_place_owns_every_path() -> None:
    assert resolve("/nc/durham/", TwoPlaces(), CANON) == (Scope(CANON, ""), "/nc/durham/")
    assert resolve("/", TwoPlaces(), CANON) == (Scope(CANON, ""), "/")


def test_an_unknown_place_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(PlaceNotFound) as refused:
        resolve("/nc/durhan/datasets/", TwoPlaces(), None)
    assert str(refused.value) == (
        "No place has the address /nc/durhan/. The nearest names: Durham, NC (/nc/durham/)."
    )


@pytest.mark.parametrize("segment", sorted(RESERVED))
def test_the_showcases_own_addresses_are_never_a_place(segment: str) -> None:
    assert resolve(f"/{segment}/durham/", TwoPlaces(), None) == (NATION, f"/{segment}/durham/")


@given(path=st.text())
def test_any_path_has_a_scope_or_names_no_place(path: str) -> None:
    try:
        _, rest = resolve(path, TwoPlaces(), None)
    except PlaceNotFound:
        return
    assert rest.startswith("/")
    assert "//" not in rest
