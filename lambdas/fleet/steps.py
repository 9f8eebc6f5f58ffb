"""The steps of the state machines by their names, and what becomes of a city when one fails."""

import json
from collections.abc import Callable, Mapping

from citylake.errors import CityNotFound, ParameterInvalid
from lambdas.fleet import provision, suspend, teardown, upgrade
from lambdas.fleet.cities import PROVISIONING, Status
from lambdas.fleet.fleet import Fleet, Order, Outcome
from lambdas.fleet.registry import read_city

Step = Callable[[Fleet, Order], Outcome]


def failed(fleet: Fleet, order: Order) -> Outcome:
    """Write down why a run failed; it owns the city no longer.

    A run that never owned the city, because another did, changes nothing.
    """
    reason = _worded(order.error, order.cause)
    try:
        city = read_city(fleet.registry, order.geoid)
    except CityNotFound:
        return Outcome(note=reason)
    if city.execution == order.execution and city.status in PROVISIONING:
        fleet.move(city, Status.FAILED, reason=reason, execution="")
    else:
        upgrade.note_trouble(fleet, order, order.geoid, reason)
    return Outcome(note=reason)


STEPS: Mapping[str, Step] = {
    "register": provision.register,
    "data-stack": provision.data_stack_made,
    "service-stack": provision.service_stack_made,
    "first-release": provision.first_release,
    "smoke": provision.smoke_tested,
    "live": provision.live,
    "suspend": suspend.suspend,
    "resume": suspend.resume,
    "leave": teardown.leave,
    "archive": teardown.archive,
    "service-stack-deleted": teardown.service_stack_deleted,
    "data-deleted": teardown.data_deleted,
    "proof": teardown.proof,
    "gone": teardown.gone,
    "plan-waves": upgrade.plan_waves,
    "upgrade-wave": upgrade.upgrade_wave,
    "failed": failed,
}
"""Every step, by the name with which a state machine calls it."""

MACHINES: Mapping[str, tuple[str, ...]] = {
    "provision": ("register", "data-stack", "service-stack", "first-release", "smoke", "live"),
    "suspend": ("suspend",),
    "resume": ("resume",),
    "teardown": ("leave", "archive", "service-stack-deleted", "data-deleted", "proof", "gone"),
    "upgrade": ("plan-waves", "upgrade-wave"),
}
"""The steps of each state machine, in order; ``data-deleted`` only where the data is to go."""


def take(fleet: Fleet, order: Order) -> Outcome:
    """Take the step that an order names.

    Raises:
        ParameterInvalid: there is no such step.
        FleetError: the step failed, as its message says.
    """
    step = STEPS.get(order.step)
    if step is None:
        raise ParameterInvalid(f"step {order.step[:40]!r}: expected one of {', '.join(STEPS)}")
    return step(fleet, order)


def _worded(error: str, cause: str) -> str:
    """What failed, in words: Lambda's cause is JSON with the message in it."""
    try:
        told = json.loads(cause)
    except ValueError:
        told = None
    message = told.get("errorMessage") if isinstance(told, dict) else cause
    return ": ".join(part for part in (error, message) if part) or "the run ended without a reason"
