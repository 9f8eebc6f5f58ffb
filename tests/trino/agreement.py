"""What it means that two engines agree."""

import math
from collections.abc import Callable

from citylake.errors import PortalError

NEAR = 1e-12
"""Numbers may differ by so much of themselves: engines add in different orders."""


def outcome(ask: Callable[[], object]) -> object:
    """An answer, or the kind of error that was raised instead."""
    try:
        return ask()
    except PortalError as error:
        return type(error)


def agree(one: object, other: object) -> bool:
    """Whether two answers are the same, but for the last digits of what was calculated."""
    match one, other:
        case dict(), dict():
            return list(one) == list(other) and all(agree(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(agree, one, other))
        case float(), float():
            return math.isclose(one, other, rel_tol=NEAR, abs_tol=NEAR)
    return type(one) is type(other) and one == other
