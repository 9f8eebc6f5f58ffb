"""Upgrading the cities: one first, then the others in waves, and no further than the first failure.

Only service stacks are touched. CloudFormation alone knows whether a stack is as wanted (its layers
are parameters, looked up anew at each update), so every live city is asked for, and one for which
nothing has changed costs a call.
"""

from citylake.errors import (
    CityBusy,
    CityStateInvalid,
    FleetError,
    PortalError,
    RegistryConflict,
    Throttled,
)
from lambdas.fleet.cities import City, Status, shortened
from lambdas.fleet.fleet import Fleet, Order, Outcome
from lambdas.fleet.provision import check_portal, served_by, service_order
from lambdas.fleet.registry import read_city

WAVE = 20
"""Cities of a wave: as many stacks as one account updates at once without being throttled much."""

_CITY_SECONDS = 540.0
"""What a turn needs of its time for one more city: the smoke test of a portal that never answers,
some fifteen requests of 31 s and a minute of pauses."""

_SERVED = frozenset({Status.LIVE, Status.SUSPENDED})


def plan_waves(fleet: Fleet, order: Order) -> Outcome:
    """Order the cities: the least populous is the canary, then waves, the most populous last.

    Raises:
        CityNotFound: one that was asked for is not in the registry.
        CityStateInvalid: one that was asked for is not served.
    """
    if order.cities:
        cities = [
            _served(read_city(fleet.registry, geoid)) for geoid in dict.fromkeys(order.cities)
        ]
    else:
        cities = [city for city in fleet.registry.cities() if city.status in _SERVED]
    geoids = [city.geoid for city in sorted(cities, key=lambda city: (city.population, city.geoid))]
    rest = geoids[1:]
    waves = [geoids[:1], *(rest[at : at + WAVE] for at in range(0, len(rest), WAVE))]
    planned = tuple(tuple(wave) for wave in waves if wave)
    return Outcome(
        proceed=bool(planned),
        note=f"{len(geoids)} cities in {len(planned)} waves",
        waves=planned,
    )


def upgrade_wave(fleet: Fleet, order: Order) -> Outcome:
    """Bring the service stacks of a wave to the current template, and smoke-test each.

    A city that another run is working on, or that is served no longer, is left out. One that fails
    stays live, or suspended, which is true: CloudFormation has rolled it back. Its record says why.

    Raises:
        FleetError: some failed, as the message says; all others of the wave are upgraded.
        Throttled: CloudFormation asked for patience.
        RegistryConflict: a city's record changed meanwhile.
    """
    under_way: list[str] = []
    left_out: list[str] = []
    failed: list[str] = []
    for geoid in order.cities:
        if fleet.seconds_left() < _CITY_SECONDS:
            under_way.append(geoid)
            continue
        try:
            if not _upgrade(fleet, order, geoid):
                under_way.append(geoid)
        except (CityBusy, CityStateInvalid) as error:
            left_out.append(str(error))
        except (Throttled, RegistryConflict):
            raise  # these pass: the state machine asks again
        except PortalError as error:
            note_trouble(fleet, order, geoid, str(error))
            failed.append(str(error))
    if under_way:
        return Outcome(done=False, note=f"under way: {', '.join(under_way)}")
    if failed:
        raise FleetError(f"{len(failed)} of {len(order.cities)} failed: {'; '.join(failed)}")
    told = f"{len(order.cities) - len(left_out)} cities are up to date"
    return Outcome(note=f"{told}; left out: {'; '.join(left_out)}" if left_out else told)


def note_trouble(fleet: Fleet, order: Order, geoid: str, trouble: str) -> None:
    """Write down why a run could not do what it was to do; it owns the city no longer.

    The status stays as it was. If the run does not own the city, nothing is written.
    """
    city = read_city(fleet.registry, geoid)
    if city.execution == order.execution:
        fleet.save(city, trouble=shortened(trouble), execution="")


def _upgrade(fleet: Fleet, order: Order, geoid: str) -> bool:
    """Take a city's next step; say whether it was the last."""
    city = _served(read_city(fleet.registry, geoid))
    if city.upgraded_by == order.execution:
        return True
    city = fleet.claim(city, order)
    stack = fleet.stacks.ensure(service_order(fleet, city), order.execution)
    if stack is None:
        return False
    city = fleet.save(city, **served_by(fleet, city, stack))
    city = check_portal(fleet, city)
    fleet.save(city, upgraded_by=order.execution, execution="", trouble="")
    return True


def _served(city: City) -> City:
    if city.status not in _SERVED:
        raise CityStateInvalid(
            f"{city.title} is {city.status}; only cities that are served upgrade"
        )
    return city
