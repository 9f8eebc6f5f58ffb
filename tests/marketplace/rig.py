"""The marketplace over a world of its own: boto3's real clients, bound to a fake that holds them to
the service model; books in memory; a fleet that does what it is asked."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from citylake.errors import OutcomeUnknown
from citylake.places import Place
from local.market.binding import bind
from local.market.services import AgreementApi, EntitlementApi, MeteringApi
from local.market.world import Agreement, Clock, World
from marketplace.alarms import Alarm, Trouble
from marketplace.books import Books
from marketplace.clients import (
    METERING_CONFIG,
    READING_CONFIG,
    AgreementService,
    EntitlementService,
    MeteringService,
)
from marketplace.clock import tick
from marketplace.events import receive
from marketplace.facts import Proof
from marketplace.hours import REGION, Windows
from marketplace.life import Licence
from marketplace.market import Market
from marketplace.memory import MemoryBooks
from marketplace.products import Products
from marketplace.provision import ABSENT, CityState, CityView, Request, Wanted
from marketplace.registration import claim_place, find_licence, prove_place, register

START = datetime(2026, 11, 2, 9, 23, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DURHAM = Place(
    geoid="3719000",
    name="Durham",
    kind="city",
    state="NC",
    slug="nc/durham",
    has_government=True,
    population=296_186,
    population_year=2024,
    population_source="Census estimate, vintage 2024",
)
BOULDER = Place(
    geoid="0807850",
    name="Boulder",
    kind="city",
    state="CO",
    slug="co/boulder",
    has_government=True,
    population=105_898,
    population_year=2024,
    population_source="Census estimate, vintage 2024",
)
ITHACA = Place(
    geoid="3638077",
    name="Ithaca",
    kind="city",
    state="NY",
    slug="ny/ithaca",
    has_government=True,
    population=32_108,
    population_year=2024,
    population_source="Census estimate, vintage 2024",
)
CHICAGO = Place(
    geoid="1714000",
    name="Chicago",
    kind="city",
    state="IL",
    slug="il/chicago",
    has_government=True,
    population=2_664_452,
    population_year=2024,
    population_source="Census estimate, vintage 2024",
)
PARADISE = Place(
    geoid="3254600",
    name="Paradise",
    kind="CDP",
    state="NV",
    slug="nv/paradise",
    has_government=False,
    population=191_238,
    population_year=2024,
    population_source="Decennial census 2020",
)


class Register:
    """A register of few places."""

    def __init__(self, *places: Place) -> None:
        self.places = {place.geoid: place for place in places}

    def by_geoid(self, geoid: str) -> Place | None:
        return self.places.get(geoid)

    def by_slug(self, slug: str) -> Place | None:
        return next((place for place in self.places.values() if place.slug == slug), None)

    def search(self, text: str, limit: int = 20) -> Sequence[Place]:
        return [place for place in self.places.values() if place.name.startswith(text)][:limit]

    def nearest_names(self, text: str, limit: int = 3) -> Sequence[Place]:
        return ()

    def peers(self, place: Place, count: int = 20) -> Sequence[Place]:
        return ()


class Fleet:
    """A fleet that does at once what it is asked, and remembers that it was."""

    def __init__(self) -> None:
        self.cities: dict[str, CityView] = {}
        self.asked: list[Request] = []
        self.is_down = False
        self.is_out_of_reach = False

    def find(self, geoid: str) -> CityView:
        if self.is_out_of_reach:
            raise OutcomeUnknown("the fleet's registry cannot be asked: no route")
        return self.cities.get(geoid, ABSENT)

    def announce(self, requests: Sequence[Request]) -> None:
        for request in requests:
            self.asked.append(request)
            if not self.is_down:
                self.cities[request.geoid] = self._done(request)

    def _done(self, request: Request) -> CityView:
        match request.wanted:
            case Wanted.PROVISION | Wanted.RESUME:
                url = f"https://{request.geoid}.example.gov"
                return CityView(state=CityState.LIVE, url=url)
            case Wanted.SUSPEND:
                return CityView(state=CityState.SUSPENDED)
            case Wanted.TEARDOWN:
                return ABSENT


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)


@functools.cache
def _clients() -> dict[str, Any]:
    """Made once: a client takes longer to make than a thousand of its answers."""
    made = {
        "metering": _session().client("meteringmarketplace", REGION, config=METERING_CONFIG),
        "agreements": _session().client("marketplace-agreement", REGION, config=READING_CONFIG),
        "entitlements": _session().client("marketplace-entitlement", REGION, config=READING_CONFIG),
    }
    for client in made.values():
        bind(client, _CURRENT)
    return made


_CURRENT: dict[str, Any] = {}


@dataclass
class Rig:
    """All of it. One at a time is bound to the clients: the one that was made last."""

    windows: Windows = field(default_factory=Windows)
    window: timedelta = timedelta(hours=24)
    places: tuple[Place, ...] = (DURHAM, BOULDER, ITHACA, CHICAGO, PARADISE)
    start: datetime = START
    books: Books = field(default_factory=MemoryBooks)
    fleet: Fleet = field(default_factory=Fleet)
    alarms: list[Alarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.start)
        self.world = World(self.clock)
        self.metering = MeteringApi(self.world, window=self.window)
        _CURRENT.clear()
        for api in (self.metering, AgreementApi(self.world), EntitlementApi(self.world)):
            _CURRENT.update(api.operations)
        clients = _clients()
        self.service = MeteringService(clients["metering"])
        self.market = Market(
            books=self.books,
            products=Products(self.world.products),
            metering=self.service,
            agreements=AgreementService(clients["agreements"]),
            entitlements=EntitlementService(clients["entitlements"]),
            cities=self.fleet,
            announcer=self.fleet,
            places=Register(*self.places),
            ring=self.alarms.append,
            windows=self.windows,
            now=self.clock.now,
            pause=self.clock.pause,
            chance=lambda: 0.5,
        )

    def deliver(self) -> None:
        """Let all events arrive that came about."""
        for body in self.world.events():
            receive(self.market, body)

    def register(self, agreement: Agreement, place: Place | None = DURHAM) -> Licence:
        """The buyer comes to the landing page, and speaks for a place."""
        customer = self.service.resolve(self.world.token(agreement))
        licence = register(self.market, customer)
        if place is not None:
            claim_place(self.market, licence, place.geoid, "clerk@example.gov")
            licence = prove_place(self.market, licence, place.geoid, Proof.MAIL, "example.gov")
        return licence

    def buy(self, account: str = "444455556666", place: Place = DURHAM, **terms: Any) -> Agreement:
        """A city buys, is confirmed and registers, within two minutes."""
        agreement = self.world.subscribe(account, **terms)
        self.clock.advance(2 * MINUTE)
        self.deliver()
        self.register(agreement, place)
        return agreement

    def run(self, hours: float = 0, step: timedelta = 10 * MINUTE) -> None:
        """Let time pass, events arrive, and the clock's function run every ten minutes."""
        until = self.clock.now() + timedelta(hours=hours)
        self.deliver()
        tick(self.market)
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            self.deliver()
            tick(self.market)

    def licence(self, agreement: Agreement) -> Licence:
        """An agreement's licence as it is now."""
        return find_licence(self.market, licence_of(agreement))

    def heard(self, *troubles: Trouble) -> list[Alarm]:
        """The alarms of some kinds."""
        return [alarm for alarm in self.alarms if alarm.trouble in troubles]


def licence_of(agreement: Agreement) -> str:
    """Id of an agreement's licence."""
    return agreement.licence.rsplit(":", 1)[1]
