"""The marketplace on one machine: real clients over a world of its own, a fleet of minutes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import duckdb

from citylake.places import Place, Places
from local.market.binding import bind
from local.market.services import AgreementApi, EntitlementApi, MeteringApi
from local.market.world import Clock, World
from marketplace.alarms import Alarm
from marketplace.clients import (
    METERING_CONFIG,
    READING_CONFIG,
    AgreementService,
    EntitlementService,
    MeteringService,
)
from marketplace.hours import REGION
from marketplace.market import Market
from marketplace.memory import MemoryBooks
from marketplace.products import Products
from marketplace.provision import ABSENT, CityState, CityView, Request, Wanted

BUNDLED = Path(__file__).parents[2] / "lambdas" / "harvest" / "bundle" / "places.parquet"
"""The register of places that comes with the project."""

_PROVISIONING = timedelta(minutes=4)
_FIELDS = (
    "geoid",
    "name",
    "kind",
    "state",
    "slug",
    "has_government",
    "population",
    "population_source",
    "population_year",
)


class BundledPlaces:
    """The bundled register, as far as it is asked here: by GEOID and by slug."""

    def __init__(self, path: Path = BUNDLED) -> None:
        self._connection = duckdb.connect()
        self._path = str(path)

    def by_geoid(self, geoid: str) -> Place | None:
        """Find the place with this GEOID."""
        return self._find("geoid", geoid)

    def by_slug(self, slug: str) -> Place | None:
        """Find the place with this slug."""
        return self._find("slug", slug)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        """Nothing: nobody types here."""
        del text, limit
        return ()

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        """Nothing: nobody types here."""
        del text, limit
        return ()

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        """Nothing: nobody compares here."""
        del place, count
        return ()

    def _find(self, key: str, value: str) -> Place | None:
        fields = ", ".join(_FIELDS)
        row = self._connection.execute(
            f"select {fields} from read_parquet(?) where {key} = ?",  # noqa: S608  # names of ours
            [self._path, value],
        ).fetchone()
        return Place(**dict(zip(_FIELDS, row, strict=True))) if row else None


class SlowFleet:
    """A fleet that makes a city in four minutes, by the clock, and does all else at once.

    Args:
        clock: by which it works.
        tell: told of what it was asked.
    """

    def __init__(self, clock: Clock, tell: Callable[[Request], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._cities: dict[str, CityView] = {}
        self._ready: dict[str, datetime] = {}

    def find(self, geoid: str) -> CityView:
        """Say how far a city is."""
        ready = self._ready.get(geoid)
        if ready is not None and ready > self._clock.now():
            return CityView(state=CityState.UNDER_WAY)
        return self._cities.get(geoid, ABSENT)

    def announce(self, requests: Sequence[Request]) -> None:
        """Do what is asked."""
        for request in requests:
            self._tell(request)
            match request.wanted:
                case Wanted.PROVISION:
                    self._ready[request.geoid] = self._clock.now() + _PROVISIONING
                    url = f"https://{request.geoid}.example.gov"
                    self._cities[request.geoid] = CityView(state=CityState.LIVE, url=url)
                case Wanted.RESUME:
                    held = self._cities[request.geoid]
                    self._cities[request.geoid] = CityView(state=CityState.LIVE, url=held.url)
                case Wanted.SUSPEND:
                    held = self._cities[request.geoid]
                    self._cities[request.geoid] = CityView(
                        state=CityState.SUSPENDED, url=held.url, reason=request.reason
                    )
                case Wanted.TEARDOWN:
                    self._cities.pop(request.geoid)


class Stage:
    """AWS Marketplace and the marketplace, on one clock.

    Attributes:
        clock: by which all happens; it stands still unless it is moved.
        world: the buyers, their agreements, and AWS's events.
        metering: AWS's metering service: what it was sent, and what it does wrong.
        service: our client of it.
        market: ours.

    Args:
        start: when it begins.
        books: where all is kept.
        ring: told of what a person must hear of.
        asked: told of what the fleet is asked.
        chance: by which those who wait do not come back at once.
        places: the register of places; the bundled one, for who types nothing, unless given.
    """

    def __init__(
        self,
        start: datetime,
        books: MemoryBooks,
        *,
        ring: Callable[[Alarm], None],
        asked: Callable[[Request], None],
        chance: Callable[[], float] = lambda: 0.5,
        places: Places | None = None,
    ) -> None:
        self.clock = Clock(start)
        self.world = World(self.clock)
        self.metering = MeteringApi(self.world)
        operations = {
            **self.metering.operations,
            **AgreementApi(self.world).operations,
            **EntitlementApi(self.world).operations,
        }
        session = boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  # nothing leaves this machine
            region_name=REGION,
        )
        self.service = MeteringService(
            bind(session.client("meteringmarketplace", config=METERING_CONFIG), operations)
        )
        fleet = SlowFleet(self.clock, asked)
        self.market = Market(
            books=books,
            products=Products(self.world.products),
            metering=self.service,
            agreements=AgreementService(
                bind(session.client("marketplace-agreement", config=READING_CONFIG), operations)
            ),
            entitlements=EntitlementService(
                bind(session.client("marketplace-entitlement", config=READING_CONFIG), operations)
            ),
            cities=fleet,
            announcer=fleet,
            places=places or BundledPlaces(),
            ring=ring,
            now=self.clock.now,
            pause=self.clock.pause,
            chance=chance,
        )
