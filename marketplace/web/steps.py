"""From Subscribe to a live portal: which steps are done, and which one is waited for."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from marketplace.life import Licence, State
from marketplace.provision import CityState, CityView


class Step(StrEnum):
    """What must happen, in this order."""

    CONFIRMED = "confirmed"
    PLACE = "place"
    PROOF = "proof"
    CITY = "city"
    START = "start"


class Progress(StrEnum):
    """How far a step is."""

    DONE = "done"
    NOW = "now"
    LATER = "later"
    TROUBLE = "trouble"


class Stage(NamedTuple):
    """A step of one licence.

    Attributes:
        step: which.
        progress: how far it is.
        at: when it was done, or will be.
    """

    step: Step
    progress: Progress
    at: datetime | None = None


def stages(licence: Licence, city: CityView, now: datetime) -> tuple[Stage, ...]:
    """All steps of a licence.

    AWS's confirmation and the buyer's own steps go on side by side; the city waits for both.
    """
    confirmed = licence.confirmed_at is not None
    done = {
        Step.CONFIRMED: confirmed,
        Step.PLACE: bool(licence.claimed_geoid),
        Step.PROOF: bool(licence.geoid),
        Step.CITY: city.state is CityState.LIVE or licence.active_from is not None,
        Step.START: licence.active_from is not None and licence.active_from <= now,
    }
    at = {
        Step.CONFIRMED: licence.confirmed_at,
        Step.CITY: licence.provisioned_at,
        Step.START: licence.active_from,
    }
    found: list[Stage] = []
    is_open = True
    for step in Step:
        if done[step]:
            progress = Progress.DONE
        elif step is Step.CITY and city.state is CityState.FAILED:
            progress = Progress.TROUBLE
        else:
            progress = Progress.NOW if is_open else Progress.LATER
        # What AWS has yet to confirm keeps nobody from naming a place.
        is_open = is_open and (done[step] or step is Step.CONFIRMED)
        if step is Step.PROOF:
            is_open = is_open and confirmed
        found.append(Stage(step, progress, at.get(step)))
    return tuple(found)


def is_under_way(licence: Licence) -> bool:
    """Whether a licence has yet to begin: its page shows steps, not a plan."""
    return licence.state in (
        State.PURCHASED,
        State.CONFIRMED,
        State.REGISTERED,
        State.PROVISIONING,
    )
