"""Suspending and resuming a city: reads stay, writes are refused and told why."""

from citylake.entitlements import Entitlement, write_entitlement
from citylake.entitlements import Status as Standing
from citylake.errors import CityStateInvalid
from lambdas.fleet.cities import City, Status, instant
from lambdas.fleet.fleet import Fleet, Order, Outcome
from lambdas.fleet.registry import read_city

UNTOLD = "its subscription is not active"
"""Reason of a suspension that was asked for without one."""


def suspend(fleet: Fleet, order: Order) -> Outcome:
    """Let a live city's staff write no more.

    Raises:
        CityNotFound: it was never asked for.
        CityBusy: another run is working on it.
        CityStateInvalid: it is neither live nor suspended.
    """
    city = _claimed(fleet, order, Status.SUSPENDED)
    reason = order.reason or UNTOLD
    forbid(fleet, city, reason)
    fleet.move(city, Status.SUSPENDED, reason=reason, execution="")
    return Outcome(note=f"{city.title} is suspended: {reason}")


def resume(fleet: Fleet, order: Order) -> Outcome:
    """Let a suspended city's staff write again.

    Raises:
        CityNotFound: it was never asked for.
        CityBusy: another run is working on it.
        CityStateInvalid: it is neither suspended nor live.
    """
    city = _claimed(fleet, order, Status.LIVE)
    entitlement = Entitlement(status=Standing.ACTIVE, since=instant(fleet.now()))
    write_entitlement(fleet.buckets(city.bucket), entitlement)
    fleet.move(city, Status.LIVE, execution="")
    return Outcome(note=f"{city.title} may write again")


def forbid(fleet: Fleet, city: City, reason: str) -> None:
    """Tell the functions of a city that its staff may not write."""
    write_entitlement(
        fleet.buckets(city.bucket),
        Entitlement(status=Standing.SUSPENDED, reason=reason, since=instant(fleet.now())),
    )


def _claimed(fleet: Fleet, order: Order, wanted: Status) -> City:
    city = read_city(fleet.registry, order.geoid)
    if city.status not in (Status.LIVE, Status.SUSPENDED):
        raise CityStateInvalid(
            f"{city.title} is {city.status}; only a live or suspended city can become {wanted}"
        )
    return fleet.claim(city, order)
