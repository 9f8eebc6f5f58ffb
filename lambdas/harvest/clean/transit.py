"""Feeds of schedules, put together: which routes call at which stop, and how often they run."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from citylake.errors import SourceChanged
from lambdas.harvest.model import Record
from lambdas.harvest.protocols.gtfs import TABLE

TABLES: Mapping[str, Mapping[str, str]] = {
    "agency": {"agency": "agency_name"},
    "stops": {
        "stop": "stop_id",
        "name": "stop_name",
        "lat": "stop_lat",
        "lon": "stop_lon",
        "location_type": "location_type",
    },
    "routes": {
        "route": "route_id",
        "short_name": "route_short_name",
        "long_name": "route_long_name",
        "kind": "route_type",
    },
    "trips": {"trip": "trip_id", "route": "route_id"},
    "stop_times": {
        "trip": "trip_id",
        "stop": "stop_id",
        "departure": "departure_time",
        "arrival": "arrival_time",
    },
}
"""What is wanted of a feed."""

OPTIONAL = frozenset({"location_type", "route_short_name", "route_long_name"})
"""Columns of these that the specification lets a feed do without."""

_STOP_TYPES = frozenset({"", "0"})
"""Kinds of location where people board; stations, entrances and the like are others."""

_KINDS: Mapping[str, str] = {
    "0": "tram or light rail",
    "1": "subway",
    "2": "rail",
    "3": "bus",
    "4": "ferry",
    "5": "cable tram",
    "6": "aerial lift",
    "7": "funicular",
    "11": "trolleybus",
    "12": "monorail",
}
_TIME = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where people board."""

    id: str
    name: str
    lon: float
    lat: float
    routes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Route:
    """A route, with what its trips come to.

    Attributes:
        stops: ids of the stops that any trip calls at.
        trips: trips of all days of service together.
        first: earliest time of any trip, in seconds after midnight of the day of service.
        last: latest time; a trip that ends after midnight has more than 86,400.
    """

    id: str
    short_name: str
    long_name: str
    kind: str
    stops: set[str] = field(default_factory=set)
    trips: int = 0
    first: int | None = None
    last: int | None = None

    @property
    def name(self) -> str:
        """What people call it: its short name, else its long one."""
        return self.short_name or self.long_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of schedules."""

    agency: str
    stops: tuple[Stop, ...]
    routes: tuple[Route, ...]


def read_feed(records: Iterable[Record]) -> Feed:
    """Put a feed's tables together.

    Raises:
        SourceChanged: a trip of a route, or a time of a trip, that the feed does not have.
    """
    tables: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        tables[record[TABLE]].append(record)
    routes = {
        record["route"]: Route(
            id=record["route"],
            short_name=record["short_name"],
            long_name=record["long_name"],
            kind=_KINDS.get(record["kind"], "other"),
        )
        for record in tables["routes"]
    }
    route_of: dict[str, Route] = {}
    for record in tables["trips"]:
        route = _known(routes, record["route"], "route", record["trip"])
        route.trips += 1
        route_of[record["trip"]] = route
    calling: dict[str, set[str]] = defaultdict(set)
    for record in tables["stop_times"]:
        route = _known(route_of, record["trip"], "trip", record["stop"])
        route.stops.add(record["stop"])
        calling[record["stop"]].add(route.name)
        for text in (record["arrival"], record["departure"]):
            if text:  # between the points where a schedule is kept, no time is stated
                _widen(route, seconds(text))
    return Feed(
        agency=" and ".join(record["agency"] for record in tables["agency"]),
        stops=tuple(
            Stop(
                id=record["stop"],
                name=record["name"],
                lon=float(record["lon"]),
                lat=float(record["lat"]),
                routes=tuple(sorted(calling[record["stop"]])),
            )
            for record in tables["stops"]
            if record["location_type"] in _STOP_TYPES
        ),
        routes=tuple(routes.values()),
    )


def _widen(route: Route, time: int) -> None:
    route.first = time if route.first is None else min(route.first, time)
    route.last = time if route.last is None else max(route.last, time)


def _known(held: Mapping[str, Route], name: str, what: str, of: str) -> Route:
    try:
        return held[name]
    except KeyError:
        raise SourceChanged(f"{of!r} refers to {what} {name!r}, which the feed lacks") from None


def seconds(text: str) -> int:
    """Read a time of a day of service, which may go on after midnight: ``25:05:00``.

    Raises:
        SourceChanged: no such time.
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise SourceChanged(f"time {text!r}: expected hours, minutes and seconds, as 25:05:00")
    hours, minutes, rest = map(int, found.groups())
    return 3600 * hours + 60 * minutes + rest


def clock(time: int | None) -> str | None:
    """Write such a time as people read it: ``07:30``, and ``01:05 the next day``."""
    if time is None:
        return None
    days, rest = divmod(time, 86_400)
    written = f"{rest // 3600:02}:{rest % 3600 // 60:02}"
    return written if not days else f"{written} the next day"


def stops_by_route(stops: Sequence[Stop], route: Route) -> int:
    """Count the stops of a list that a route calls at."""
    return sum(stop.id in route.stops for stop in stops)
