"""What facts say of agreements, and how a licence's signals run through time."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from marketplace.facts import (
    SUCCESSIONS,
    AgreementAmended,
    AgreementCreated,
    AgreementEnded,
    AgreementSeen,
    AgreementStatus,
    ContractSeen,
    EntitlementSeen,
    Fact,
    LicenceDeprovisioned,
    LicenceUpdated,
)
from marketplace.hours import Span
from marketplace.life import REVIVAL


@dataclass(slots=True)
class Agreement:
    """What the facts say of one agreement."""

    id: str
    account: str = ""
    previous: str = ""
    initial: str = ""
    offer: str = ""
    product: str = ""
    created_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_until: datetime | None = None
    is_known: bool = False
    ends: list[tuple[datetime, str]] = field(default_factory=list)
    next: list[str] = field(default_factory=list)

    def goes_on_in(self, others: Sequence[str]) -> bool:
        """Whether one of some agreements goes on from this one."""
        return any(name in others for name in self.next)


def agreements_of(ordered: Sequence[Fact]) -> dict[str, Agreement]:
    """All agreements that facts name, each knowing what goes on from it."""
    found: dict[str, Agreement] = {}
    for fact in ordered:
        name = getattr(fact, "agreement", "")
        if name:
            _tell(found.setdefault(name, Agreement(name)), fact)
    chains: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in found.values():
        chains[agreement.initial or agreement.id].append(agreement)
    for chain in chains.values():
        started = [held for held in chain if held.starts_at is not None]
        started.sort(key=lambda held: (held.starts_at, held.id))
        for before, after in itertools.pairwise(started):
            after.previous = after.previous or before.id
    for agreement in found.values():
        if agreement.previous in found:
            found[agreement.previous].next.append(agreement.id)
    return found


def _tell(agreement: Agreement, fact: Fact) -> None:
    """Add to an agreement what a fact says of it."""
    match fact:
        case AgreementCreated():
            agreement.is_known = True
            agreement.account = fact.account or agreement.account
            agreement.previous = fact.previous or agreement.previous
            agreement.offer = fact.offer or agreement.offer
            agreement.product = fact.product or agreement.product
            agreement.created_at = agreement.created_at or fact.at
            agreement.starts_at = fact.starts_at or agreement.starts_at
            agreement.ends_at = fact.ends_at
        case AgreementAmended():
            agreement.ends_at = fact.ends_at or agreement.ends_at
        case AgreementEnded():
            agreement.ends.append((fact.at, fact.status))
        case AgreementSeen():
            agreement.is_known = True
            agreement.account = fact.account or agreement.account
            agreement.initial = fact.initial if fact.initial != fact.agreement else ""
            agreement.product = fact.product or agreement.product
            agreement.starts_at = fact.starts_at or agreement.starts_at
            agreement.ends_at = fact.ends_at
            agreement.trial_until = fact.trial_until or agreement.trial_until
            if fact.status != AgreementStatus.ACTIVE:
                # When exactly is not told; it is not charged beyond its own end, nor beyond now.
                agreement.ends.append((min(fact.at, fact.ends_at or fact.at), fact.status))
        case _:
            pass


def links_of(ordered: Sequence[Fact]) -> dict[str, list[str]]:
    """Agreements of every licence that facts name, each in the order in which they appear."""
    links: dict[str, list[str]] = {}
    for fact in ordered:
        licence, agreement = getattr(fact, "licence", ""), getattr(fact, "agreement", "")
        if licence:
            names = links.setdefault(licence, [])
            if agreement and agreement not in names:
                names.append(agreement)
    return links


def predecessor_of(
    licence: str, links: dict[str, list[str]], agreements: dict[str, Agreement]
) -> str:
    """The licence that a licence goes on from; empty if it is the first."""
    own = links[licence]
    for name in own:
        previous = agreements[name].previous
        if previous and previous not in own:
            for other, names in links.items():
                if other != licence and previous in names:
                    return other
    return ""


def facts_about(licence: str, agreements: Sequence[str], ordered: Sequence[Fact]) -> list[Fact]:
    """The facts about a licence or about its agreements."""
    return [
        fact
        for fact in ordered
        if getattr(fact, "licence", "") == licence
        or (not getattr(fact, "licence", "") and getattr(fact, "agreement", "") in agreements)
    ]


@dataclass(slots=True)
class Course:
    """When a licence was on, and how it stands after the last signal."""

    spans: list[Span] = field(default_factory=list)
    on_since: datetime | None = None
    ended_at: datetime | None = None
    failed_at: datetime | None = None
    confirmed_at: datetime | None = None
    trouble: str = ""

    def up(self, at: datetime) -> None:
        """AWS confirms the licence; too long after its end it stays dead."""
        self.confirmed_at = self.confirmed_at or at
        if self.on_since is None and (self.ended_at is None or at < self.ended_at + REVIVAL):
            self.on_since, self.ended_at, self.failed_at = at, None, None

    def down(self, at: datetime) -> None:
        """The licence ends; of several signs the first counts."""
        self._stop(at)
        self.ended_at = self.ended_at or at

    def fail(self, at: datetime, reason: str) -> None:
        """AWS cannot give the licence, or no longer; once it can, it goes on."""
        self._stop(at)
        self.failed_at, self.trouble = at, reason

    def _stop(self, at: datetime) -> None:
        if self.on_since is not None:
            self.spans.append(Span(self.on_since, at))
            self.on_since = None

    @property
    def times(self) -> list[Span]:
        """When it was on; the last stretch is open while it is."""
        return [*self.spans, Span(self.on_since)] if self.on_since is not None else self.spans


def course_of(own: Sequence[Fact], chain: Sequence[Agreement]) -> Course:
    """Follow the signals of AWS about a licence through time."""
    course = Course()
    for signal in sorted(_signals(own, chain), key=lambda signal: (signal.at, signal.ends)):
        match signal.fact:
            case LicenceUpdated():
                course.up(signal.at)
            case EntitlementSeen(status="PROVISIONED"):
                # What was asked may be older than the last event: it never undoes an end.
                if course.ended_at is None:
                    course.up(signal.at)
            case EntitlementSeen(status="FAILED") as seen:
                course.fail(signal.at, seen.reason or "AWS could not give the licence")
            case _:
                course.down(signal.at)
    return course


class _Signal(NamedTuple):
    """Something that turns a licence on or off: a fact, or, without one, an agreement's end."""

    at: datetime
    ends: bool
    fact: Fact | None = None


def _signals(own: Sequence[Fact], chain: Sequence[Agreement]) -> Iterator[_Signal]:
    names = [agreement.id for agreement in chain]
    for agreement in chain:
        for at, status in agreement.ends:
            if not (status in SUCCESSIONS and agreement.goes_on_in(names)):
                yield _Signal(at, ends=True)
    entitled = False
    for fact in own:
        match fact:
            case LicenceUpdated():
                yield _Signal(fact.at, ends=False, fact=fact)
            case (
                LicenceDeprovisioned()
                | EntitlementSeen(status="PROVISIONED" | "FAILED" | "DEPROVISIONED")
            ):
                yield _Signal(fact.at, ends=True, fact=fact)
            case ContractSeen():
                if entitled and not fact.dimensions:
                    yield _Signal(fact.at, ends=True)
                entitled = bool(fact.dimensions)
            case _:
                pass
