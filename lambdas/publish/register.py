"""Who publishes: the place as the lake's register knows it, and its time zone."""

import tzfpy
from sqlglot import exp

from citylake.datasets import lat_column, lon_column
from citylake.errors import DatasetNotFound, PlaceInvalid, PlaceNotFound
from citylake.lake.duck import connect, reading
from citylake.lake.read import Lake
from citylake.places import PLACES_DATASET, Place
from lambdas.publish.sql import column, texts, tree

_FIELDS = ("geoid", "name", "kind", "state", "slug", "has_government")
_POINT = "location"

UTC = "UTC"


def find_publisher(lake: Lake, named: str) -> Place:
    """Find the place that publishes, by its GEOID or its address (``nc/durham``).

    Raises:
        PlaceNotFound: there is none, or the lake has no register yet.
        PlaceInvalid: it has no government, and so no data of its own.
    """
    try:
        release = lake.release(PLACES_DATASET)
    except DatasetNotFound as error:
        raise PlaceNotFound(
            "the lake has no register of places yet: fill it with citylake harvest"
        ) from error
    names = (*_FIELDS, lon_column(_POINT), lat_column(_POINT))
    asked = (
        exp.select(*(column(name) for name in names))
        .from_(tree("read_parquet(:files)", files=texts(tuple(lake.addresses(release)))))
        .where(exp.or_(*(column(name).eq(exp.Literal.string(named)) for name in ("geoid", "slug"))))
    )
    with connect(lake.roots) as connection, reading():
        found = connection.execute(asked.sql("duckdb")).fetchone()
    if found is None:
        raise PlaceNotFound(f"no place has the GEOID or address {named[:80]!r}")
    geoid, name, kind, state, slug, has_government, lon, lat = found
    if not has_government:
        raise PlaceInvalid(f"{name}, {state} ({geoid}) has no government that could publish")
    return Place(
        geoid=geoid,
        name=name,
        kind=kind,
        state=state,
        slug=slug,
        has_government=True,
        lon=lon,
        lat=lat,
    )


def zone_of(place: Place) -> str:
    """The IANA time zone in which a place lies; UTC where its point is unknown."""
    if place.lon is None or place.lat is None:
        return UTC
    return str(tzfpy.get_tz(place.lon, place.lat)) or UTC
