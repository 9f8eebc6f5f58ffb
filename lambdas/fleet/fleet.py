"""What every step of the fleet works with: its resources, what it is asked, and what it answers.

A *run* is one execution of a state machine, named by its ARN. While it works on a city the city's
record names it, and no other run touches the city. A run that ended, however it ended, owns
nothing: whether it still runs is asked of Step Functions, so that no lease has to expire before a
city whose run was killed can be mended.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from citylake.errors import CityBusy
from citylake.lake.store import Store
from lambdas.fleet.cities import City, Status
from lambdas.fleet.national import National
from lambdas.fleet.portal import Ask, Portal
from lambdas.fleet.registry import Registry, read_city
from lambdas.fleet.stacks import Stacks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from lambdas.fleet.remains import Remains

TAG = "citylake:city"
"""Tag that everything of a city bears; its value is the city's GEOID."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What one task of a state machine asks for.

    Attributes:
        step: which step.
        execution: the run that asks.
        geoid: the city; empty for steps that are about many.
        domain: (register) host of its own.
        features: (register) what else it has.
        private_offer: (register) the offer by which a place above the bands was sold.
        reason: (suspend) why, in words for the city's staff.
        delete_data: (leave) the city's GEOID once more, to delete its data too.
        error: (failed) name of the error.
        cause: (failed) what Lambda or Step Functions said of it.
        cities: (plan-waves) which cities, all live ones if empty; (upgrade-wave) those of the wave.
    """

    step: str
    execution: str
    geoid: str = ""
    domain: str = ""
    features: tuple[str, ...] = ()
    private_offer: str = ""
    reason: str = ""
    delete_data: str = ""
    error: str = ""
    cause: str = ""
    cities: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a step answers.

    Attributes:
        done: whether the step is; if not, it wants to be asked again in a while.
        proceed: whether the run goes on; if not, there is nothing for it to do, as ``note`` says.
        note: what happened, in words.
        waves: (plan-waves) GEOIDs of the cities of each wave.
    """

    done: bool = True
    proceed: bool = True
    note: str = ""
    waves: tuple[tuple[str, ...], ...] = ()


class Runs(Protocol):
    """The executions of the fleet's state machines."""

    def is_running(self, execution: str) -> bool:
        """Say whether an execution is still under way; one that is not known is not."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Addresses of the two templates of a city (``https``, in the bucket of assets)."""

    data: str
    service: str


def _ages() -> float:
    return float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What the steps work with.

    Attributes:
        registry: of cities.
        runs: executions of the state machines.
        stacks: of this account and region.
        templates: of a city.
        national: the nation's data.
        buckets: opens a city's bucket as a store, by its name.
        objects: client of S3, for what concerns whole buckets.
        archive_bucket: where what a city owned is kept.
        remains: looks for what is left of a city.
        ask: sends requests to deployed portals.
        pause: waits; called with seconds.
        now: the time.
        seconds_left: how long this invocation may go on.
    """

    registry: Registry
    runs: Runs
    stacks: Stacks
    templates: Templates
    national: National
    buckets: Callable[[str], Store]
    objects: "S3Client"
    archive_bucket: str
    remains: "Remains"
    ask: Ask
    pause: Callable[[float], None]
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    seconds_left: Callable[[], float] = _ages

    def save(self, city: City, **changes: object) -> City:
        """Keep a city with some of its attributes changed; nothing is written if none is.

        Raises:
            RegistryConflict: it changed since it was read.
        """
        return self._replace(city, msgspec.structs.replace(city, **changes))

    def move(self, city: City, status: Status, *, reason: str = "", **changes: object) -> City:
        """Keep a city in another status, with some of its attributes changed, in one write.

        Raises:
            CityStateInvalid: it cannot come to this status from the one that it is in.
            RegistryConflict: it changed since it was read.
        """
        moved = city.moved(status, self.now(), reason=reason)
        return self._replace(city, msgspec.structs.replace(moved, **changes))

    def _replace(self, was: City, city: City) -> City:
        return was if city == was else self.registry.save(city, self.now())

    def owned(self, order: Order) -> City:
        """Read the city that the order's run owns.

        Raises:
            CityNotFound: it was never asked for.
            CityBusy: the run does not own it, or no longer.
        """
        city = read_city(self.registry, order.geoid)
        if city.execution != order.execution:
            raise CityBusy(
                f"{city.title} belongs to {city.execution or 'no run'}, not to {order.execution}"
            )
        return city

    def is_taken(self, city: City, order: Order) -> bool:
        """Whether a run other than the order's is working on a city."""
        return city.execution not in ("", order.execution) and self.runs.is_running(city.execution)

    def claim(self, city: City, order: Order) -> City:
        """Make the order's run the owner of a city, unless another is still at work.

        Raises:
            CityBusy: another is.
            RegistryConflict: another came first.
        """
        if self.is_taken(city, order):
            raise CityBusy(f"{city.title} is being worked on by {city.execution}; wait for its end")
        return self.save(city, execution=order.execution)

    def portal(self, city: City) -> Portal:
        """The city's deployed portal."""
        return Portal(city.api_url, self.ask, self.pause)


def data_stack(geoid: str) -> str:
    """Name of the stack that holds what must survive of a city."""
    return f"citylake-city-{geoid}-data"


def service_stack(geoid: str) -> str:
    """Name of the stack that serves a city."""
    return f"citylake-city-{geoid}"


def bucket_export(geoid: str) -> str:
    """Name under which the data stack exports its bucket."""
    return f"citylake-city-{geoid}-bucket"


def tags_of(geoid: str) -> Mapping[str, str]:
    """Tags of a city's stacks, and so of all that is in them."""
    return {TAG: geoid}
