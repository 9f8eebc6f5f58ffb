"""Facts of a city that is deployed by hand: from the register that comes with the project."""

from pathlib import Path

import duckdb

from citylake.errors import PlaceInvalid
from citylake.places import read_geoid
from citylake.tiers import PRIVATE_OFFER_FROM, tier_of
from infra.code import ROOT
from infra.facts import City

REGISTER = ROOT / "lambdas" / "harvest" / "bundle" / "places.parquet"
"""The bundled register of places, read as data."""


def city(geoid: str, *, domain: str = "", register: Path = REGISTER) -> City:
    """Look a city's facts up; nobody types them.

    Args:
        geoid: of the place.
        domain: the host of its portal, empty for none of its own.
        register: the register as Parquet.

    Raises:
        PlaceInvalid: no GEOID, no such place, one without a government or without a known
            population, or one whose price is agreed by a private offer.
    """
    found = duckdb.execute(
        "select name, state, slug, has_government, population from read_parquet(?) where geoid = ?",
        [str(register), read_geoid(geoid)],
    ).fetchone()
    if found is None:
        raise PlaceInvalid(f"no place has the GEOID {geoid}; expected one of the register's")
    name, state, slug, has_government, population = found
    title = f"{name}, {state} ({geoid})"
    if not has_government:
        raise PlaceInvalid(f"{title} has no government; nobody there can subscribe")
    if population is None:
        raise PlaceInvalid(f"the population of {title} is not known; its tier hangs on it")
    if population >= PRIVATE_OFFER_FROM:
        raise PlaceInvalid(
            f"{title} has {population:,} people; from {PRIVATE_OFFER_FROM:,} on a city comes by a "
            "private offer: citylake fleet provision --private-offer"
        )
    return City(geoid=geoid, slug=slug, tier=tier_of(population).code, domain=domain)
