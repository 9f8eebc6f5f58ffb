"""Facts that AWS told: by an event, or when it was asked."""

from datetime import datetime
from enum import StrEnum

from marketplace.facts.base import BaseFact


class AgreementStatus(StrEnum):
    """How an agreement stands, in the words of the Agreement API and of its events."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    RENEWED = "RENEWED"
    REPLACED = "REPLACED"
    ROLLED_BACK = "ROLLED_BACK"
    SUPERSEDED = "SUPERSEDED"
    TERMINATED = "TERMINATED"


SUCCESSIONS = frozenset(
    {AgreementStatus.RENEWED, AgreementStatus.REPLACED, AgreementStatus.SUPERSEDED}
)
"""Ends after which another agreement goes on: nobody left."""


class AgreementCreated(BaseFact, frozen=True, kw_only=True, tag="agreement-created"):
    """A buyer accepted an offer.

    Attributes:
        agreement: its id.
        account: the buyer's AWS account.
        intent: ``NEW``, ``RENEW`` or ``REPLACE``.
        previous: the agreement that it goes on from; empty for a new one.
        starts_at: from when it holds.
        ends_at: until when; ``None`` for one without an end.
        offer: which offer was accepted.
        product: which product, where the event says so.
    """

    agreement: str
    account: str = ""
    intent: str = ""
    previous: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    offer: str = ""
    product: str = ""


class AgreementAmended(BaseFact, frozen=True, kw_only=True, tag="agreement-amended"):
    """An agreement's terms changed; what they are now is asked of the Agreement API.

    Attributes:
        agreement: its id.
        ends_at: its new end, where the event says so.
        auto_renews: whether it renews itself, where the event says so.
    """

    agreement: str
    ends_at: datetime | None = None
    auto_renews: bool | None = None


class AgreementEnded(BaseFact, frozen=True, kw_only=True, tag="agreement-ended"):
    """An agreement is over.

    Attributes:
        agreement: its id.
        status: how it ended, in AWS's word; one that we do not know counts as an end.
    """

    agreement: str
    status: str

    @property
    def goes_on(self) -> bool:
        """Whether another agreement takes its place."""
        return self.status in SUCCESSIONS


class LicenceUpdated(BaseFact, frozen=True, kw_only=True, tag="licence-updated"):
    """AWS made or changed a licence: from here on it may be used and charged.

    Attributes:
        agreement: for which agreement.
        licence: the licence's id.
        arn: its ARN, as the event wrote it.
        account: the buyer's AWS account.
        product: id of the product.
        product_code: code of the product, by which the metering and entitlement services know it.
    """

    agreement: str
    licence: str
    arn: str = ""
    account: str = ""
    product: str = ""
    product_code: str = ""


class LicenceDeprovisioned(BaseFact, frozen=True, kw_only=True, tag="licence-deprovisioned"):
    """AWS took a licence back.

    Attributes:
        agreement: for which agreement.
        licence: the licence's id.
    """

    agreement: str
    licence: str


class Notice(BaseFact, frozen=True, kw_only=True, tag="notice"):
    """AWS announced something that changes nothing yet: an end that nears, a renewal, an advisory.

    Attributes:
        agreement: about which agreement.
        subject: of what kind, in AWS's words (``Purchase Agreement Ending``).
    """

    agreement: str
    subject: str


class Unknown(BaseFact, frozen=True, kw_only=True, tag="unknown"):
    """An event of a kind that we do not know; a person looks at it.

    Attributes:
        subject: its kind, in AWS's words.
        agreement: which agreement it names; empty if none.
        licence: which licence it names; empty if none.
    """

    subject: str
    agreement: str = ""
    licence: str = ""


class AgreementSeen(BaseFact, frozen=True, kw_only=True, tag="agreement-seen"):
    """The Agreement API was asked, and said this.

    Attributes:
        agreement: its id.
        status: how it stands.
        account: the buyer's AWS account.
        initial: the first agreement of its chain, if it is not the first itself.
        licence: the licence that it gave; empty if none was told.
        arn: that licence's ARN.
        starts_at: from when it holds.
        ends_at: until when; ``None`` for one without an end.
        trial_until: until when a trial runs; ``None`` without one.
        product: id of the product.
    """

    agreement: str
    status: str
    account: str = ""
    initial: str = ""
    licence: str = ""
    arn: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_until: datetime | None = None
    product: str = ""


class EntitlementSeen(BaseFact, frozen=True, kw_only=True, tag="entitlement-seen"):
    """The Agreement API was asked for an agreement's licence, and said this.

    Attributes:
        agreement: its id.
        licence: the licence; empty while there is none.
        arn: its ARN.
        status: ``PROVISIONED``, ``SCHEDULED``, ``PENDING``, ``FAILED`` or ``DEPROVISIONED``.
        reason: code of the reason, where there is one (``INVALID_PAYMENT_INSTRUMENT``).
    """

    agreement: str
    status: str
    licence: str = ""
    arn: str = ""
    reason: str = ""


class ContractSeen(BaseFact, frozen=True, kw_only=True, tag="contract-seen"):
    """The entitlement service was asked for a licence of a contract, and said this.

    Attributes:
        licence: the licence.
        dimensions: the tiers that the buyer paid for, sorted; empty once the contract is over.
        expires_at: until when at least; ``None`` if nothing is said.
    """

    licence: str
    dimensions: tuple[str, ...] = ()
    expires_at: datetime | None = None
