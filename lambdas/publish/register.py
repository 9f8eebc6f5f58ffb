"""Who publishes: the place as the lake's register knows it, and its time zone."""

import pyarrow.compute as pc
import tzfpy

from citylake.datasets import lat_column, lon_column
from citylake.errors import DatasetNotFound, PlaceInvalid, PlaceNotFound
from citylake.lake.read import Lake
from citylake.lake.records import read_records
from citylake.places import PLACES_DATASET, Place

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
    register = read_records(lake, release, *names)
    is_it = pc.or_(pc.equal(register["geoid"], named), pc.equal(register["slug"], named))
    found = register.filter(is_it).to_pylist()
    if not found:
        raise PlaceNotFound(f"no place has the GEOID or address {named[:80]!r}")
    place = found[0]
    if not place["has_government"]:
        raise PlaceInvalid(
            f"{place['name']}, {place['state']} ({place['geoid']}) has no government that "
            "could publish"
        )
    return Place(
        **{field: place[field] for field in _FIELDS},
        lon=place[lon_column(_POINT)],
        lat=place[lat_column(_POINT)],
    )


def zone_of(place: Place) -> str:
    """The IANA time zone in which a place lies; UTC where its point is unknown."""
    if place.lon is None or place.lat is None:
        return UTC
    return str(tzfpy.get_tz(place.lon, place.lat)) or UTC
