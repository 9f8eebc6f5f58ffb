"""A world of buyers: agreements, licences, tokens, and the events that AWS sends about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from citylake.tiers import TIERS
from marketplace.products import Product, ProductKind

SELLER = "111122223333"
PRODUCTS = (
    Product(code="hourlycode1", kind=ProductKind.HOURLY, id="prod-hourly1"),
    Product(code="yearlycode1", kind=ProductKind.YEARLY, id="prod-yearly1"),
)
TOKEN_LIFE = timedelta(hours=4)
LAST_USAGE = timedelta(hours=1)
"""How long after its end a licence's last hours are taken."""


class Clock:
    """A clock that goes on only when it is told to.

    Args:
        start: what it shows first, in UTC.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """What it shows."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self._now += step

    def pause(self, seconds: float) -> None:
        """Wait, which takes no time."""
        self.advance(timedelta(seconds=seconds))


@dataclass(slots=True, kw_only=True)
class Agreement:
    """One agreement as AWS has it.

    Attributes:
        id: its id.
        account: the buyer's.
        product: what was bought.
        offer: by which offer.
        starts_at: from when it holds.
        ends_at: until when; ``None`` without an end.
        licence: ARN of its licence.
        previous: the agreement that it goes on from.
        initial: the first of its chain.
        status: how it stands.
        ended_at: when it ended.
        trial_until: until when its trial runs.
        dimensions: (contracts) what was bought.
        entitlement: status of its licence.
        reason: of that status.
    """

    id: str
    account: str
    product: Product
    offer: str
    starts_at: datetime
    ends_at: datetime | None
    licence: str
    previous: str = ""
    initial: str = ""
    status: str = "ACTIVE"
    ended_at: datetime | None = None
    trial_until: datetime | None = None
    dimensions: tuple[str, ...] = ()
    entitlement: str = "PROVISIONED"
    reason: str = "AGREEMENT_ACTIVE"


@dataclass(slots=True)
class World:
    """Everything that AWS knows.

    Attributes:
        clock: by which all happens.
        products: that are sold.
        agreements: by their ids, in the order in which they were made.
        tokens: agreement and last moment, by registration token.
    """

    clock: Clock
    products: tuple[Product, ...] = PRODUCTS
    agreements: dict[str, Agreement] = field(default_factory=dict)
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _outbox: list[tuple[datetime, bytes]] = field(default_factory=list)
    _by_licence: dict[str, list[Agreement]] = field(default_factory=dict)
    _count: int = 0

    def subscribe(
        self,
        account: str,
        product: Product | None = None,
        *,
        offer: str = "offer-public1",
        trial: timedelta | None = None,
        dimensions: tuple[str, ...] = (),
        length: timedelta | None = None,
    ) -> Agreement:
        """A buyer accepts an offer: the agreement exists at once, its licence a minute later."""
        now, number = self.clock.now(), self._next()
        bought = product or self.products[0]
        agreement = Agreement(
            id=f"agmt-{number:08d}",
            account=account,
            product=bought,
            offer=offer,
            starts_at=now,
            ends_at=now + length if length else None,
            licence=_arn(number),
            initial=f"agmt-{number:08d}",
            trial_until=now + trial if trial else None,
            dimensions=dimensions,
        )
        self._enter(agreement, "NEW")
        return agreement

    def follow(
        self, before: Agreement, *, intent: str = "RENEW", keeps_licence: bool = False
    ) -> Agreement:
        """An agreement is renewed or replaced: the old one ends as the new one begins."""
        now, number = self.clock.now(), self._next()
        agreement = Agreement(
            id=f"agmt-{number:08d}",
            account=before.account,
            product=before.product,
            offer=before.offer,
            starts_at=now,
            ends_at=now + (before.ends_at - before.starts_at) if before.ends_at else None,
            licence=before.licence if keeps_licence else _arn(number),
            previous=before.id,
            initial=before.initial,
            dimensions=before.dimensions,
        )
        self._end(before, "RENEWED" if intent == "RENEW" else "REPLACED", takes_back=False)
        self._enter(agreement, intent)
        if not keeps_licence:
            self.send("License Deprovisioned - Manufacturer", before, licensed=True)
        return agreement

    def cancel(self, agreement: Agreement, status: str = "CANCELLED") -> None:
        """An agreement ends, and its licence is taken back half a minute later."""
        self._end(agreement, status, takes_back=True)

    def token(self, agreement: Agreement) -> str:
        """A registration token, as the buyer's browser brings it."""
        token = f"token-{self._next():08d}"
        self.tokens[token] = (agreement.id, self.clock.now() + TOKEN_LIFE)
        return token

    def of_licence(self, arn: str) -> Agreement | None:
        """The latest agreement that gave a licence."""
        found = self.all_of_licence(arn)
        return found[-1] if found else None

    def all_of_licence(self, arn: str) -> Sequence[Agreement]:
        """All agreements that gave a licence, the earliest first."""
        return self._by_licence.get(arn, ())

    def send(
        self,
        kind: str,
        agreement: Agreement,
        *,
        licensed: bool = False,
        after: timedelta = timedelta(0),
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Let an event about an agreement come, now or in a while."""
        number, at = self._next(), (self.clock.now() + after).replace(microsecond=0)
        detail: dict[str, object] = {
            "requestId": f"00000000-0000-4000-8000-{number:012d}",
            "catalog": "AWSMarketplace",
            "agreement": {"id": agreement.id, **(details or {})},
            "acceptor": {"accountId": agreement.account},
            "proposer": {"accountId": SELLER},
            "offer": {"id": agreement.offer},
        }
        if licensed:
            detail["product"] = {"id": agreement.product.id, "code": agreement.product.code}
            detail["license"] = {"arn": agreement.licence}
        event = {
            "version": "0",
            "id": f"00000000-0000-4000-9000-{number:012d}",
            "detail-type": kind,
            "source": "aws.agreement-marketplace",
            "account": SELLER,
            "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "region": "us-east-1",
            "resources": [f"arn:aws:aws-marketplace::aws:agreement:{agreement.id}"],
            "detail": detail,
        }
        self._outbox.append((at, msgspec.json.encode(event)))

    def events(self) -> list[bytes]:
        """The events that came about since they were last asked for, as JSON."""
        now = self.clock.now()
        come = [body for at, body in self._outbox if at <= now]
        self._outbox = [(at, body) for at, body in self._outbox if at > now]
        return come

    def _enter(self, agreement: Agreement, intent: str) -> None:
        self.agreements[agreement.id] = agreement
        self._by_licence.setdefault(agreement.licence, []).append(agreement)
        ends = agreement.ends_at or datetime(9999, 1, 1, tzinfo=UTC)
        details: dict[str, object] = {
            "intent": intent,
            "status": "ACTIVE",
            "acceptanceTime": f"{agreement.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "startTime": f"{agreement.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "endTime": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        }
        if agreement.previous:
            details["previousAgreementId"] = agreement.previous
        self.send("Purchase Agreement Created - Proposer", agreement, details=details)
        self.send(
            "License Updated - Manufacturer",
            agreement,
            licensed=True,
            after=timedelta(seconds=60),
        )

    def _end(self, agreement: Agreement, status: str, *, takes_back: bool) -> None:
        if agreement.status != "ACTIVE":
            return
        agreement.status, agreement.ended_at = status, self.clock.now()
        agreement.entitlement, agreement.reason = "DEPROVISIONED", "AGREEMENT_INACTIVE"
        self.send("Purchase Agreement Ended - Proposer", agreement, details={"status": status})
        if takes_back:
            self.send(
                "License Deprovisioned - Manufacturer",
                agreement,
                licensed=True,
                after=timedelta(seconds=31),
            )

    def _next(self) -> int:
        self._count += 1
        return self._count


def dimensions() -> frozenset[str]:
    """The dimensions of the listing: the tiers."""
    return frozenset(tier.code for tier in TIERS)


def _arn(number: int) -> str:
    return f"arn:aws:license-manager::{SELLER}:license:l-{number:032x}"
