"""EventBridge's events become facts: first kept as they came, then read as far as they are known.

An event of a kind that nobody knows is kept, and a person is told; unknown fields are passed over.
Agreement events come as the proposer's or as the manufacturer's copy, which say the same. An event
that comes before its buyer's registration needs no queue of its own: it is a fact of a licence that
nobody has registered yet.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from citylake.errors import FactInvalid
from marketplace.alarms import Alarm, Trouble
from marketplace.facts import (
    AgreementAmended,
    AgreementCreated,
    AgreementEnded,
    Fact,
    LicenceDeprovisioned,
    LicenceUpdated,
    Notice,
    Unknown,
    licence_id,
)
from marketplace.market import Market

SOURCE = "aws.agreement-marketplace"
"""Source of AWS's events; nobody else can send from it."""

COPIES = (" - Proposer", " - Manufacturer")
"""What a kind of event ends with: whose copy it is."""

NOTICES = (
    "Purchase Agreement Ending",
    "Purchase Agreement Renewal Upcoming",
    "Purchase Agreement Renewal Terms Finalized",
    "Purchase Agreement Advisory Issued",
    "Purchase Agreement Advisory Resolved",
)
"""Kinds that announce something and change nothing; some end with a number of days."""

_WITHOUT_END = 9999


class Envelope(msgspec.Struct, frozen=True, rename={"detail_type": "detail-type"}):
    """An event as EventBridge delivers it, as far as it is needed."""

    id: str
    source: str
    time: datetime
    detail_type: str
    detail: dict[str, Any]


def receive(market: Market, body: bytes, *, sources: tuple[str, ...] = (SOURCE,)) -> Fact:
    """Keep an event and the fact that it tells; a second delivery changes nothing.

    Args:
        market: what it works with.
        body: the event, as JSON.
        sources: from whom events are taken; in production from AWS only.

    Raises:
        FactInvalid: it is no event, or from someone else.
    """
    envelope = read_envelope(body)
    if envelope.source not in sources:
        raise FactInvalid(
            f"event {envelope.id[:100]!r} comes from {envelope.source[:100]!r}; "
            f"expected {' or '.join(sources)}"
        )
    market.books.keep_raw(envelope.id, body, market.now())
    try:
        fact = fact_of(envelope)
    except FactInvalid as error:
        market.ring(Alarm(Trouble.EVENT_DAMAGED, envelope.id, str(error)))
        raise
    is_new = market.books.record(fact)
    if is_new and isinstance(fact, Unknown):
        words = f"an event of the unknown kind {fact.subject!r} was kept; what does it mean?"
        market.ring(Alarm(Trouble.EVENT_UNKNOWN, fact.agreement or envelope.id, words))
    if is_new and isinstance(fact, Notice) and "Advisory" in fact.subject:
        market.ring(Alarm(Trouble.ADVISORY, fact.agreement, f"AWS says: {fact.subject}"))
    return fact


def read_envelope(body: bytes) -> Envelope:
    """Read an event's envelope.

    Raises:
        FactInvalid: it has none.
    """
    try:
        envelope = msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError as error:
        raise FactInvalid(f"{body[:200]!r} is no event of EventBridge: {error}") from error
    if not envelope.id or envelope.time.tzinfo is None:
        raise FactInvalid(f"event {envelope.id!r} at {envelope.time}: expected an id and a zone")
    return envelope


def fact_of(envelope: Envelope) -> Fact:
    """Say what an event tells.

    Raises:
        FactInvalid: it is of a known kind, but lacks what makes it one.
    """
    kind = envelope.detail_type
    for copy in COPIES:
        kind = kind.removesuffix(copy)
    read = _KINDS.get(kind)
    if read is not None:
        return read(envelope)
    if kind.startswith(NOTICES):
        return Notice(**_head(envelope), agreement=_agreement(envelope), subject=kind)
    licence = _text(envelope.detail, "license", "arn")
    return Unknown(
        **_head(envelope),
        subject=kind,
        agreement=_text(envelope.detail, "agreement", "id"),
        licence=_licence_or_nothing(licence),
    )


def _created(envelope: Envelope) -> Fact:
    detail = envelope.detail
    previous = _text(detail, "agreement", "previousAgreementId")
    return AgreementCreated(
        **_head(envelope),
        agreement=_agreement(envelope),
        account=_text(detail, "acceptor", "accountId"),
        intent=_text(detail, "agreement", "intent"),
        previous=previous if previous != _agreement(envelope) else "",
        starts_at=_moment(detail, "startTime"),
        ends_at=_moment(detail, "endTime"),
        offer=_text(detail, "offer", "id"),
        product=_text(detail, "product", "id"),
    )


def _amended(envelope: Envelope) -> Fact:
    renews = _held(envelope.detail, "agreement", "autoRenewalEnabled")
    return AgreementAmended(
        **_head(envelope),
        agreement=_agreement(envelope),
        ends_at=_moment(envelope.detail, "endTime"),
        auto_renews=renews if isinstance(renews, bool) else None,
    )


def _ended(envelope: Envelope) -> Fact:
    return AgreementEnded(
        **_head(envelope),
        agreement=_agreement(envelope),
        status=_text(envelope.detail, "agreement", "status"),
    )


def _updated(envelope: Envelope) -> Fact:
    detail = envelope.detail
    arn = _text(detail, "license", "arn")
    return LicenceUpdated(
        **_head(envelope),
        agreement=_agreement(envelope),
        licence=licence_id(arn),
        arn=arn,
        account=_text(detail, "acceptor", "accountId"),
        product=_text(detail, "product", "id"),
        product_code=_text(detail, "product", "code"),
    )


def _deprovisioned(envelope: Envelope) -> Fact:
    return LicenceDeprovisioned(
        **_head(envelope),
        agreement=_agreement(envelope),
        licence=licence_id(_text(envelope.detail, "license", "arn")),
    )


_KINDS: Mapping[str, Callable[[Envelope], Fact]] = {
    "Purchase Agreement Created": _created,
    "Purchase Agreement Amended": _amended,
    "Purchase Agreement Ended": _ended,
    "License Updated": _updated,
    "License Deprovisioned": _deprovisioned,
}


def _head(envelope: Envelope) -> dict[str, Any]:
    return {"id": envelope.id, "at": envelope.time.astimezone(UTC)}


def _agreement(envelope: Envelope) -> str:
    agreement = _text(envelope.detail, "agreement", "id")
    if not agreement:
        raise FactInvalid(
            f"event {envelope.id}, {envelope.detail_type}, names no agreement; "
            "expected detail.agreement.id, which is the only key of all of them"
        )
    return agreement


def _licence_or_nothing(arn: str) -> str:
    try:
        return licence_id(arn)
    except FactInvalid:
        return ""


def _moment(detail: Mapping[str, Any], name: str) -> datetime | None:
    """A time of the agreement; ``None`` where there is none, or by which AWS says never."""
    text = _text(detail, "agreement", name)
    if not text:
        return None
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise FactInvalid(
            f"agreement.{name} is {text[:100]!r}; expected a time: {error}"
        ) from error
    if moment.year >= _WITHOUT_END:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(detail: Mapping[str, Any], *path: str) -> str:
    held = _held(detail, *path)
    return held if isinstance(held, str) else ""


def _held(detail: Mapping[str, Any], *path: str) -> object:
    held: object = detail
    for name in path:
        held = held.get(name) if isinstance(held, Mapping) else None
    return held
