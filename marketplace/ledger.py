"""The ledger: what was decided, sent and answered, line by line, never changed.

The bill of a month follows from its lines alone: `marketplace.bill` reads nothing else. A line
belongs to the month of the hour that it is about, and is written in one transaction with what it
tells of.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from marketplace.facts import Activated, Adjusted, Closed, TierDecided
from marketplace.hours import HourState, LicenceHour, month_of


class EntryKind(StrEnum):
    """What a line tells of."""

    TIER = "tier"
    START = "start"
    END = "end"
    HOUR = "hour"
    ATTEMPT = "attempt"
    ANSWER = "answer"
    NOT_OWED = "not-owed"
    ADJUSTMENT = "adjustment"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line.

    Attributes:
        id: unique within the licence and month, in the order of the hours.
        licence: which licence.
        month: which month's bill it belongs to.
        at: when it was written.
        kind: what it tells of.
        hour: which hour.
        geoid: the place.
        dimension: the tier.
        quantity: tier-hours.
        population: people, from whom the tier follows.
        vintage: year of the population's estimate.
        rule: edition of the rule by which the tier was decided.
        in_trial: (hour) whether AWS prices it at nothing.
        digest: of the record that is sent for the hour.
        attempt: which attempt it was.
        state: what became of the hour.
        is_late: whether that was after the hour's deadline.
        in_doubt: whether AWS may have billed it without our knowing.
        metering_record: AWS's id of the accepted record.
        amount_usd: (adjustment) what is added.
        note: why, in words.
        by: who: a person, or the part of the program.
    """

    id: str
    licence: str
    month: str
    at: datetime
    kind: EntryKind
    hour: datetime | None = None
    geoid: str = ""
    dimension: str = ""
    quantity: int = 0
    population: int = 0
    vintage: int = 0
    rule: str = ""
    in_trial: bool = False
    digest: str = ""
    attempt: int = 0
    state: HourState | None = None
    is_late: bool = False
    in_doubt: bool = False
    metering_record: str = ""
    amount_usd: Decimal | None = None
    note: str = ""
    by: str = ""


def hour_entry(row: LicenceHour, at: datetime) -> Entry:
    """The line that says that an hour is owed, and what will be sent for it."""
    return Entry(
        id=f"{_stamp(row.hour)}.000.hour",
        licence=row.licence,
        month=month_of(row.hour),
        at=at,
        kind=EntryKind.HOUR,
        hour=row.hour,
        geoid=row.geoid,
        dimension=row.record.dimension,
        quantity=row.record.quantity,
        population=row.population,
        vintage=row.vintage,
        rule=row.rule,
        in_trial=row.in_trial,
        digest=row.digest,
    )


def change_entry(row: LicenceHour, at: datetime) -> Entry:
    """The line that says what became of an hour by its latest change.

    Args:
        row: as it is after the change.
        at: when it was changed.
    """
    is_sent = row.state is HourState.SENDING
    return Entry(
        id=f"{_stamp(row.hour)}.{row.revision:03d}.{'attempt' if is_sent else 'answer'}",
        licence=row.licence,
        month=month_of(row.hour),
        at=at,
        kind=EntryKind.ATTEMPT if is_sent else EntryKind.ANSWER,
        hour=row.hour,
        dimension=row.record.dimension,
        quantity=row.record.quantity,
        digest=row.record.digest,
        attempt=row.attempts,
        state=row.state,
        is_late=at >= row.late_at,
        in_doubt=row.in_doubt,
        metering_record=row.metering_record,
        note=row.reason,
        by=row.holder,
    )


def decision_entry(fact: TierDecided | Activated | Closed | Adjusted) -> Entry:
    """The line of a decision."""
    match fact:
        case TierDecided():
            moment, kind = fact.effective_at, EntryKind.TIER
        case Activated():
            moment, kind = fact.from_at, EntryKind.START
        case Closed():
            moment, kind = fact.ended_at, EntryKind.END
        case Adjusted():
            moment, kind = fact.at, EntryKind.ADJUSTMENT
    return Entry(
        id=f"{_stamp(moment)}.{kind}.{fact.id}",
        licence=fact.licence,
        month=fact.month if isinstance(fact, Adjusted) else month_of(moment),
        at=fact.at,
        kind=kind,
        hour=None if isinstance(fact, Adjusted) else moment,
        geoid=getattr(fact, "geoid", ""),
        dimension=getattr(fact, "tier", ""),
        population=getattr(fact, "population", 0),
        vintage=getattr(fact, "vintage", 0),
        rule=getattr(fact, "rule", ""),
        amount_usd=getattr(fact, "amount_usd", None),
        note=getattr(fact, "reason", ""),
        by=getattr(fact, "by", ""),
    )


def not_owed_entry(row: LicenceHour, at: datetime, note: str) -> Entry:
    """The line that says that an accepted hour was not owed after all, and is to be given back."""
    return Entry(
        id=f"{_stamp(row.hour)}.999.not-owed",
        licence=row.licence,
        month=month_of(row.hour),
        at=at,
        kind=EntryKind.NOT_OWED,
        hour=row.hour,
        dimension=row.record.dimension,
        quantity=row.record.quantity,
        note=note,
    )


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}"
