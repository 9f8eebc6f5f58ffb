"""The books: where facts, claims, licence-hours, ledger and sessions are kept.

Two keep the same promises: `marketplace.memory` for tests and one machine, `marketplace.table` for
DynamoDB. Facts and ledger are only added to. A claim or an hour is replaced only by who read it as
it is, and together with the ledger's line that tells of it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from marketplace.facts import Fact
from marketplace.hours import LicenceHour
from marketplace.ledger import Entry

HOURS_AT_ONCE = 24
"""Most hours that are made or changed in one transaction, each with its line in the ledger."""


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which licence has a place. At most one has; hours of a place are made one after the other.

    Attributes:
        geoid: the place.
        licence: its licence; empty if it is free again.
        last: while it is free, the licence that had it last.
        closed_through: the last hour of the place that was made, under whichever licence; hours are
            never made before it, so that no two licences charge one hour.
        revision: counts the changes; 0 for a claim that is not written yet.
    """

    geoid: str
    licence: str
    last: str = ""
    closed_through: datetime | None = None
    revision: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the server remembers of a visitor of the registration pages.

    Attributes:
        id: digest of the secret in the visitor's cookie.
        expires_at: until when it is kept.
        values: what is remembered.
    """

    id: str
    expires_at: datetime
    values: dict[str, str]


class Books(Protocol):
    """Where everything is kept."""

    def keep_raw(self, event: str, body: bytes, at: datetime) -> bool:
        """Keep an event as it came, by its id; false if it was kept before."""

    def raw(self, event: str) -> bytes | None:
        """An event as it came; ``None`` if it was never kept."""

    def record(self, fact: Fact) -> bool:
        """Keep a fact; false if one of its id was kept before, which stays as it is."""

    def facts(self, subject: str) -> tuple[Fact, ...]:
        """All facts that hang together with an agreement or a licence, in no order."""

    def subjects(self) -> Iterator[str]:
        """All agreements and licences that facts name."""

    def claim(self, geoid: str) -> Claim | None:
        """The claim on a place; ``None`` if it never had one."""

    def decide(
        self, *facts: Fact, claim: Claim | None = None, entries: Sequence[Entry] = ()
    ) -> None:
        """Record facts that bind us, with their lines and the claim that they change: all or none.

        Args:
            facts: none of which is recorded yet.
            claim: what the claim becomes; its revision is the one that was read, 0 for a new one.
            entries: their lines in the ledger.

        Raises:
            BooksConflict: a fact is recorded already, or the claim changed since it was read.
        """

    def make_hours(self, claim: Claim, rows: Sequence[LicenceHour], at: datetime) -> Claim:
        """Make hours of a place: the rows, their lines, and the claim, all or none.

        Args:
            claim: as it was read; all rows are of its licence and later than what it closed.
            rows: in order, at most `HOURS_AT_ONCE`.
            at: the time.

        Returns:
            The claim as it is now, closed through the last row's hour.

        Raises:
            BooksConflict: the claim changed since it was read, or a row exists.
        """

    def hour(self, licence: str, hour: datetime) -> LicenceHour | None:
        """One licence-hour; ``None`` if it was never made."""

    def hours(self, licence: str, start: datetime, end: datetime) -> Iterator[LicenceHour]:
        """The hours of a licence from one moment to before another, in order."""

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        after: datetime | None = None,
        through: datetime | None = None,
        newest_first: bool = False,
    ) -> Sequence[LicenceHour]:
        """Hours that may be sent now, the oldest first.

        Args:
            now: the time.
            limit: at most so many.
            after: only hours that start later than this one.
            through: only hours that start no later than this one.
            newest_first: the other way round.
        """

    def unsettled(self, through: datetime | None = None) -> Iterator[LicenceHour]:
        """Hours that did not come to their end, the oldest first.

        Args:
            through: only hours that start no later than this one.
        """

    def change_hours(self, rows: Sequence[LicenceHour], at: datetime) -> Sequence[LicenceHour]:
        """Replace hours, each with its line in the ledger, if they are still as they were read.

        Args:
            rows: as they shall be, with the revision that was read; at most `HOURS_AT_ONCE` + 1.
            at: the time.

        Returns:
            Those that were replaced, with their new revision. The others had changed.
        """

    def enter(self, entry: Entry) -> bool:
        """Add a line to the ledger; false if one of its id is there."""

    def entries(self, licence: str, month: str) -> Iterator[Entry]:
        """The lines of a licence and month, in the order of their ids."""

    def keep_session(self, session: Session) -> None:
        """Keep a session, or replace the one of its id."""

    def session(self, session_id: str, now: datetime) -> Session | None:
        """A session that has not expired; ``None`` if there is none."""

    def end_session(self, session_id: str) -> None:
        """Forget a session."""
