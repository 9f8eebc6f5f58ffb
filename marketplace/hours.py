"""Licence-hours: which are owed, until when one may be sent, and how far one is.

An hour is named by its start, a time in UTC on the full hour. It is owed if the licence was active
from its first to its last second; hours that are only partly covered are given away, so that no
record can predate an agreement and no running hour has to be sent in haste::

    (the hour is over) → PENDING ⇄ SENDING → ACCEPTED | CONFLICT | REJECTED | EXPIRED
                            └──────────────────────────→ REJECTED | EXPIRED

What will be sent is fixed when the row is made; only PENDING and SENDING leave their state.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

HOUR = timedelta(hours=1)

REGION = "us-east-1"
"""Where everything of the Marketplace is asked: a record sent to two regions is billed twice."""

MONTH_GRACE = timedelta(hours=6)
"""How long into a new month hours of the last one are taken."""


class HourState(StrEnum):
    """How far a licence-hour is."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    EXPIRED = "expired"


UNSETTLED = frozenset({HourState.PENDING, HourState.SENDING})
"""The states that an hour leaves; from the others nothing leads away."""


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """How late an hour may be sent.

    Attributes:
        deadline: until when we mean to have sent it; inside every rule that AWS ever published.
        salvage: until when it is still tried, as the newest rule allows.
        settling: how long after an hour's end it is closed, so that an end of the licence that was
            announced within the hour is known by then.
    """

    deadline: timedelta = timedelta(hours=6)
    salvage: timedelta = timedelta(hours=24)
    settling: timedelta = timedelta(minutes=10)

    def late_at(self, hour: datetime) -> datetime:
        """From when an hour is late."""
        return closing_time(hour, self.deadline)

    def closes_at(self, hour: datetime) -> datetime:
        """From when an hour is lost."""
        return closing_time(hour, self.salvage)


class UsageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to the metering service for one licence-hour.

    Attributes:
        hour: start of the hour.
        dimension: the tier.
        quantity: tier-hours.
        account: the buyer's AWS account.
        licence_arn: the licence.
    """

    hour: datetime
    dimension: str
    quantity: int
    account: str
    licence_arn: str

    @property
    def digest(self) -> str:
        """SHA-256 of the record, by which two attempts are known to be the same to the byte."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class LicenceHour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One closed hour of a licence; what will be sent never changes.

    Attributes:
        licence: id of the licence.
        hour: start of the hour.
        record: what is sent for it.
        digest: of the record, when the row was made.
        product_code: by which hours are grouped: one request speaks of one product.
        agreement: under which agreement it is owed.
        geoid: the place.
        population: people, from whom the tier follows.
        vintage: year of the population's estimate.
        rule: edition of the rule by which the tier was decided.
        in_trial: whether AWS prices it at nothing; it is metered like any other.
        region: where it is sent.
        made_at: when the row was made.
        late_at: from when it is late.
        closes_at: from when it is lost.
        state: how far it is.
        attempts: how often it was sent.
        in_doubt: whether an attempt ended without an answer, so that it may have been billed.
        retry_at: not to be sent before; ``None`` for at once.
        leased_until: while SENDING, when its sender counts as dead.
        holder: while SENDING, who sends it.
        reason: why it is in its state, where the state does not say it all.
        metering_record: AWS's id of the accepted record.
        settled_at: when it came to its end.
        revision: counts the changes.
    """

    licence: str
    hour: datetime
    record: UsageRecord
    digest: str
    product_code: str
    agreement: str
    geoid: str
    population: int
    vintage: int
    rule: str
    made_at: datetime
    late_at: datetime
    closes_at: datetime
    in_trial: bool = False
    region: str = REGION
    state: HourState = HourState.PENDING
    attempts: int = 0
    in_doubt: bool = False
    retry_at: datetime | None = None
    leased_until: datetime | None = None
    holder: str = ""
    reason: str = ""
    metering_record: str = ""
    settled_at: datetime | None = None
    revision: int = 0

    @property
    def words(self) -> str:
        """The hour in words."""
        return f"the hour {self.hour:%Y-%m-%d %H}:00 UTC of {self.licence}"

    @property
    def is_settled(self) -> bool:
        """Whether it came to its end."""
        return self.state not in UNSETTLED

    def is_due(self, now: datetime) -> bool:
        """Whether it may be sent: it waits for it, or its sender died."""
        if self.state is HourState.SENDING:
            return self.leased_until is None or self.leased_until <= now
        return self.state is HourState.PENDING and (self.retry_at is None or self.retry_at <= now)


class Span(msgspec.Struct, frozen=True):
    """A stretch of time.

    Attributes:
        start: its first moment.
        end: the first moment after it; ``None`` while it goes on.
    """

    start: datetime
    end: datetime | None = None

    def contains(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def cut(self, start: datetime | None, end: datetime | None) -> "Span | None":
        """The part of it that lies between two moments; ``None`` if there is none."""
        first = self.start if start is None else max(self.start, start)
        last = min((moment for moment in (self.end, end) if moment is not None), default=None)
        return Span(first, last) if last is None or first < last else None


def floor_hour(moment: datetime) -> datetime:
    """The start of the hour that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ceil_hour(moment: datetime) -> datetime:
    """The first full hour that begins at a moment or after it."""
    floor = floor_hour(moment)
    return floor if floor == moment else floor + HOUR


def month_of(moment: datetime) -> str:
    """The month that a moment lies in, in UTC: ``2026-11``."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def next_month(moment: datetime) -> datetime:
    """The first moment of the month after a moment's."""
    first = floor_hour(moment).replace(day=1, hour=0)
    return (first + timedelta(days=32)).replace(day=1)


def closing_time(hour: datetime, window: timedelta) -> datetime:
    """From when an hour is no longer taken: after its window, or the month's end and grace."""
    return min(hour + window, next_month(hour) + MONTH_GRACE)


def full_hours(
    spans: Iterable[Span], through: datetime, *, after: datetime | None = None
) -> Iterator[datetime]:
    """The hours that lie wholly in one of some spans, and were over at a moment.

    Args:
        spans: in order, not overlapping.
        through: hours that end later are not told.
        after: only hours that start later than this one.
    """
    for span in spans:
        hour = ceil_hour(span.start)
        if after is not None:
            hour = max(hour, after + HOUR)
        end = through if span.end is None else min(span.end, through)
        while hour + HOUR <= end:
            yield hour
            hour += HOUR
