"""A month's statement and its reconciliation, recomputed from the ledger alone."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from marketplace.hours import HourState
from marketplace.ledger import Entry, EntryKind
from marketplace.prices import Prices

_CENT = Decimal("0.01")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of one licence in one tier at one price.

    Attributes:
        licence: which licence.
        geoid: the place.
        dimension: the tier.
        hours: tier-hours that AWS accepted.
        price_usd: of an hour; 0 in a trial.
        amount_usd: their product, in whole cents.
        first: the first of the hours.
        last: the last of them.
    """

    licence: str
    geoid: str
    dimension: str
    hours: int
    price_usd: Decimal
    amount_usd: Decimal
    first: datetime
    last: datetime


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A correction by a person.

    Attributes:
        licence: which licence.
        at: when.
        amount_usd: what it adds.
        reason: why.
        by: who.
    """

    licence: str
    at: datetime
    amount_usd: Decimal
    reason: str
    by: str


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the hours that a licence owes for a month.

    Attributes:
        licence: which licence.
        geoid: the place.
        expected: hours that were closed.
        accepted: hours that AWS accepted.
        late: those of them that came after their deadline.
        pending: hours without an end so far.
        conflicts: hours that another had metered.
        refused: hours that AWS, or we, refused.
        expired: hours that came too late.
        in_doubt: refused or expired hours that AWS may have billed nevertheless.
        not_owed: accepted hours that are to be given back.
    """

    licence: str
    geoid: str = ""
    expected: int = 0
    accepted: int = 0
    late: int = 0
    pending: int = 0
    conflicts: int = 0
    refused: int = 0
    expired: int = 0
    in_doubt: int = 0
    not_owed: int = 0

    @property
    def is_even(self) -> bool:
        """Whether what was expected was accepted, and nothing else."""
        return self.expected == self.accepted and not self.not_owed


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The bill of a month.

    Attributes:
        month: which, ``2026-11``.
        lines: by licence and tier.
        adjustments: in the order of their time.
        reconciliations: by licence.
    """

    month: str
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]
    reconciliations: tuple[Reconciliation, ...]

    @property
    def total_usd(self) -> Decimal:
        """What the buyers are billed, with the adjustments."""
        amounts = [line.amount_usd for line in self.lines]
        return sum(amounts + [held.amount_usd for held in self.adjustments], Decimal(0))

    def to_csv(self) -> str:
        """The lines and adjustments as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(
            ("month", "licence", "geoid", "dimension", "hours", "price_usd", "amount_usd", "note")
        )
        for line in self.lines:
            writer.writerow(
                (
                    self.month,
                    line.licence,
                    line.geoid,
                    line.dimension,
                    line.hours,
                    line.price_usd,
                    line.amount_usd,
                    "",
                )
            )
        for held in self.adjustments:
            note = f"{held.reason} ({held.by})"
            writer.writerow((self.month, held.licence, "", "", "", "", held.amount_usd, note))
        return out.getvalue()

    def reconciliation_csv(self) -> str:
        """What became of the hours, as CSV."""
        out = io.StringIO()
        fields = Reconciliation.__struct_fields__
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("month", *fields))
        for held in self.reconciliations:
            writer.writerow((self.month, *(getattr(held, field) for field in fields)))
        return out.getvalue()


def statement(month: str, entries: Iterable[Entry], prices: Prices) -> Statement:
    """Compute a month's bill.

    Args:
        month: which, ``2026-11``.
        entries: the ledger's lines of the month, of one licence or of many; others are passed over.
        prices: of the tiers.
    """
    by_licence: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.licence, entry.id)):
        if entry.month == month:
            by_licence[entry.licence].append(entry)
    lines: list[Line] = []
    adjustments: list[Adjustment] = []
    reconciliations: list[Reconciliation] = []
    for licence, own in by_licence.items():
        made = {entry.hour: entry for entry in own if entry.kind is EntryKind.HOUR}
        last = {entry.hour: entry for entry in own if entry.kind is EntryKind.ANSWER}
        lines += _lines(licence, made, last, prices)
        if made or last:
            reconciliations.append(_reconciled(licence, own, made, last))
        adjustments += [
            Adjustment(
                licence=licence,
                at=entry.at,
                amount_usd=entry.amount_usd,
                reason=entry.note,
                by=entry.by,
            )
            for entry in own
            if entry.kind is EntryKind.ADJUSTMENT and entry.amount_usd is not None
        ]
    return Statement(
        month=month,
        lines=tuple(lines),
        adjustments=tuple(sorted(adjustments, key=lambda held: (held.at, held.licence))),
        reconciliations=tuple(reconciliations),
    )


def _lines(
    licence: str,
    made: Mapping[datetime | None, Entry],
    last: Mapping[datetime | None, Entry],
    prices: Prices,
) -> list[Line]:
    accepted: dict[tuple[str, Decimal], list[Entry]] = defaultdict(list)
    for hour, entry in sorted(last.items(), key=lambda pair: pair[1].id):
        if entry.state is HourState.ACCEPTED and hour is not None:
            is_free = hour in made and made[hour].in_trial
            price = Decimal(0) if is_free else prices.at(entry.dimension, hour)
            accepted[entry.dimension, price].append(entry)
    found: list[Line] = []
    for (dimension, price), entries in accepted.items():
        hours = [entry.hour for entry in entries if entry.hour is not None]
        quantity = sum(entry.quantity for entry in entries)
        found.append(
            Line(
                licence=licence,
                geoid=made[hours[0]].geoid if hours[0] in made else "",
                dimension=dimension,
                hours=quantity,
                price_usd=price,
                amount_usd=(quantity * price).quantize(_CENT, ROUND_HALF_UP),
                first=hours[0],
                last=hours[-1],
            )
        )
    return found


def _reconciled(
    licence: str,
    own: Iterable[Entry],
    made: Mapping[datetime | None, Entry],
    last: Mapping[datetime | None, Entry],
) -> Reconciliation:
    def count(*states: HourState) -> int:
        return sum(entry.state in states for entry in last.values())

    settled = sum(
        entry.state not in (HourState.PENDING, HourState.SENDING) for entry in last.values()
    )
    return Reconciliation(
        licence=licence,
        geoid=next((entry.geoid for entry in made.values()), ""),
        expected=len(made),
        accepted=count(HourState.ACCEPTED),
        late=sum(entry.state is HourState.ACCEPTED and entry.is_late for entry in last.values()),
        pending=len(made) - settled,
        conflicts=count(HourState.CONFLICT),
        refused=count(HourState.REJECTED),
        expired=count(HourState.EXPIRED),
        in_doubt=sum(
            entry.in_doubt and entry.state in (HourState.EXPIRED, HourState.REJECTED)
            for entry in last.values()
        ),
        not_owed=sum(entry.kind is EntryKind.NOT_OWED for entry in own),
    )
