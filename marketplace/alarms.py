"""What a person must hear of."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Trouble(StrEnum):
    """Of what kind."""

    EVENT_UNKNOWN = "event-unknown"
    EVENT_DAMAGED = "event-damaged"
    ADVISORY = "advisory"
    PRODUCT_UNKNOWN = "product-unknown"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    EXPIRED = "expired"
    IN_DOUBT = "in-doubt"
    NOT_OWED = "not-owed"
    UNBILLED = "unbilled"
    UNSUBSCRIBED = "unsubscribed"
    MISCONFIGURED = "misconfigured"
    UNREACHABLE = "unreachable"
    STUCK = "stuck"
    REVIVED = "revived"
    TIER = "tier"
    SUCCESSOR = "successor"
    APPROVAL = "approval"


class Alarm(NamedTuple):
    """One thing that a person must hear of.

    Attributes:
        trouble: of what kind.
        about: the licence, agreement or event that it is about; empty if it is about all.
        words: what happened, and what is to be done.
    """

    trouble: Trouble
    about: str
    words: str


Ring: TypeAlias = Callable[[Alarm], None]
"""Tells a person."""
