"""A subscribed city as the fleet knows it, and what may become of it.

::

    requested → data → service → filling → checking → live ⇄ suspended
        └────────┴────────┴─────────┴─────────┘        └───┬───┘
                        failed ─────────────────────→  leaving → gone → requested

A run that fails while a city is provisioned leaves it ``failed``; one that fails later leaves the
status as it was, because it is still true: a city whose upgrade was rolled back is live.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from citylake.errors import CityStateInvalid

HISTORY_LENGTH = 100
"""Changes that a city's record keeps, the newest ones; it bounds the record, as its table must."""

REASON_LENGTH = 2_000
"""Characters of a reason that are kept: CloudFormation's are a sentence for each resource."""


class Status(StrEnum):
    """How far a city is."""

    REQUESTED = "requested"
    DATA = "data"
    SERVICE = "service"
    FILLING = "filling"
    CHECKING = "checking"
    LIVE = "live"
    FAILED = "failed"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    GONE = "gone"


PROVISIONING = frozenset(
    {Status.REQUESTED, Status.DATA, Status.SERVICE, Status.FILLING, Status.CHECKING}
)
"""The statuses of a city that is being provisioned."""

PROVISIONABLE = PROVISIONING | {Status.FAILED, Status.GONE}
"""Where a provision may begin, or begin again."""

_ORIGINS: Mapping[Status, frozenset[Status]] = {
    Status.REQUESTED: PROVISIONABLE,
    Status.DATA: frozenset({Status.REQUESTED, Status.DATA}),
    Status.SERVICE: frozenset({Status.DATA, Status.SERVICE}),
    Status.FILLING: frozenset({Status.SERVICE, Status.FILLING}),
    Status.CHECKING: frozenset({Status.FILLING, Status.CHECKING}),
    Status.LIVE: frozenset({Status.CHECKING, Status.SUSPENDED, Status.LIVE}),
    Status.FAILED: PROVISIONING | {Status.FAILED},
    Status.SUSPENDED: frozenset({Status.LIVE, Status.SUSPENDED}),
    Status.LEAVING: frozenset(Status),
    Status.GONE: frozenset({Status.LEAVING, Status.GONE}),
}


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a city's status.

    Attributes:
        at: when, ISO in UTC.
        status: what it became.
        reason: why, in words; empty where the status says it all.
        execution: the run that did it.
    """

    at: str
    status: Status
    reason: str = ""
    execution: str = ""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check of a deployed portal found.

    Attributes:
        name: what was asked.
        passed: whether the answer was as it must be.
        notes: what was found, and what was expected.
    """

    name: str
    passed: bool
    notes: str


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of a city that left.

    Attributes:
        bucket: where.
        prefix: below which key.
        objects: how many of the city's objects.
        size: their bytes.
        sealed_at: when it was compared with the city's bucket and found whole; empty until then.
    """

    bucket: str
    prefix: str
    objects: int = 0
    size: int = 0
    sealed_at: str = ""


class City(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subscribed city.

    Attributes:
        geoid: which place.
        name: its name, as the register of places has it; so are the next six.
        state: postal abbreviation.
        slug: address in the showcase.
        population: people.
        population_year: year that the population speaks of.
        population_source: count or estimate, with its vintage.
        tier: band of population by which it is priced.
        domain: host of its own; empty if it has none.
        features: what else it has.
        private_offer: the offer by which a place above the bands was sold.
        status: how far it is.
        reason: why, where the status does not say it all.
        trouble: why the last run could not do what it was to do, where the status is as it was
            before that run; empty once a run succeeds.
        execution: the run that owns the city now; empty if none does.
        upgraded_by: the run that last upgraded it.
        bucket: its bucket, once made.
        api_url: address of its API, once made.
        versions: digest of the templates that its stacks were made from, by stack.
        datasets: records that the city's view began with, by dataset.
        checks: what the last smoke test found.
        archive: where its data was kept when it left.
        left: what is left of it, in words, after it left.
        proof_since: when the fleet began to look for what is left of it; empty before.
        created_at: when it was first asked for, ISO in UTC.
        changed_at: when the record last changed, likewise.
        revision: counts the record's changes.
        history: its latest changes of status, oldest first.
    """

    geoid: str
    name: str
    state: str
    slug: str
    population: int
    population_year: int | None = None
    population_source: str = ""
    tier: str
    domain: str = ""
    features: tuple[str, ...] = ()
    private_offer: str = ""
    status: Status = Status.REQUESTED
    reason: str = ""
    trouble: str = ""
    execution: str = ""
    upgraded_by: str = ""
    bucket: str = ""
    api_url: str = ""
    versions: dict[str, str] = {}
    datasets: dict[str, int] = {}
    checks: tuple[Check, ...] = ()
    archive: Archive | None = None
    left: tuple[str, ...] = ()
    proof_since: str = ""
    created_at: str = ""
    changed_at: str = ""
    revision: int = 0
    history: tuple[Change, ...] = ()

    @property
    def title(self) -> str:
        """Name, state and GEOID: ``Durham, NC (3719000)``."""
        return f"{self.name}, {self.state} ({self.geoid})"

    def moved(self, status: Status, at: datetime, *, reason: str = "") -> "City":
        """The city in another status.

        Args:
            status: the new one; the same again notes a reason, or nothing if that is the same too.
            at: when.
            reason: why, in words, shortened if need be.

        Raises:
            CityStateInvalid: a city cannot come to this status from the one that it is in.
        """
        if self.status not in _ORIGINS[status]:
            raise CityStateInvalid(
                f"{self.title} is {self.status}; {status} follows only on "
                f"{', '.join(sorted(_ORIGINS[status]))}"
            )
        reason = shortened(reason)
        same = (status, reason, "") == (self.status, self.reason, self.trouble)
        if same and self.history:
            return self
        change = Change(at=instant(at), status=status, reason=reason, execution=self.execution)
        return msgspec.structs.replace(
            self,
            status=status,
            reason=reason,
            trouble="",
            history=(*self.history, change)[-HISTORY_LENGTH:],
        )


def instant(at: datetime) -> str:
    """An instant as the fleet writes it: ISO, UTC, seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def shortened(reason: str) -> str:
    """A reason as it is kept: cut after ``REASON_LENGTH``, and marked where it was."""
    return reason if len(reason) <= REASON_LENGTH else f"{reason[: REASON_LENGTH - 4]} […]"
