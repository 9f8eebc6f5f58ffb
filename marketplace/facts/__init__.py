"""What happened to agreements and licences: facts, each kept once and never changed.

A fact has an id of its own, by which a second delivery is known, and ``at``, the time at which it
happened where it happened: facts are sorted by it, never by their arrival. It names its *subjects*:
the agreements and licences that it is about. All facts that hang together through their subjects
are one subscription with its renewals.

An agreement is named by its id (``agmt-…``). A licence is named by the last part of its ARN
(``l-0123abcd``), because the same licence is written as different ARNs in different places.
"""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from citylake.errors import FactInvalid
from marketplace.facts.base import is_arn, licence_id, on_the_hour
from marketplace.facts.made import (
    Activated,
    Adjusted,
    ApprovalAsked,
    Closed,
    PlaceClaimed,
    PlaceProven,
    PlaceRefused,
    PopulationSeen,
    Proof,
    Provisioned,
    ProvisionFailed,
    Registered,
    Reminded,
    TierDecided,
)
from marketplace.facts.told import (
    SUCCESSIONS,
    AgreementAmended,
    AgreementCreated,
    AgreementEnded,
    AgreementSeen,
    AgreementStatus,
    ContractSeen,
    EntitlementSeen,
    LicenceDeprovisioned,
    LicenceUpdated,
    Notice,
    Unknown,
)

__all__ = [
    "SUCCESSIONS",
    "Activated",
    "Adjusted",
    "AgreementAmended",
    "AgreementCreated",
    "AgreementEnded",
    "AgreementSeen",
    "AgreementStatus",
    "ApprovalAsked",
    "Closed",
    "ContractSeen",
    "EntitlementSeen",
    "Fact",
    "LicenceDeprovisioned",
    "LicenceUpdated",
    "Notice",
    "PlaceClaimed",
    "PlaceProven",
    "PlaceRefused",
    "PopulationSeen",
    "Proof",
    "ProvisionFailed",
    "Provisioned",
    "Registered",
    "Reminded",
    "TierDecided",
    "Unknown",
    "decode_fact",
    "encode_fact",
    "in_order",
    "is_arn",
    "licence_id",
    "on_the_hour",
]

Fact: TypeAlias = (
    AgreementCreated
    | AgreementAmended
    | AgreementEnded
    | LicenceUpdated
    | LicenceDeprovisioned
    | Notice
    | Unknown
    | AgreementSeen
    | EntitlementSeen
    | ContractSeen
    | Registered
    | PlaceClaimed
    | ApprovalAsked
    | PlaceProven
    | PlaceRefused
    | PopulationSeen
    | TierDecided
    | Provisioned
    | ProvisionFailed
    | Activated
    | Closed
    | Reminded
    | Adjusted
)

_DECODER: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)


def encode_fact(fact: Fact) -> bytes:
    """Write a fact as JSON."""
    return msgspec.json.encode(fact)


def decode_fact(body: bytes | str) -> Fact:
    """Read a fact back.

    Raises:
        FactInvalid: it is none, or of a kind that this version does not know.
    """
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError as error:
        raise FactInvalid(f"{str(body)[:200]!r} is no fact: {error}") from error


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Sort facts by when they happened, and drop repetitions.

    Of two at the same moment, what ends something comes last: nobody is charged for a doubt.
    """
    once = {fact.id: fact for fact in facts}
    return sorted(once.values(), key=lambda fact: (fact.at, _ends(fact), fact.id))


def _ends(fact: Fact) -> bool:
    return isinstance(fact, AgreementEnded | LicenceDeprovisioned | Closed)
