"""AWS Marketplace's services as this project uses them; `marketplace.clients` speaks to them.

Everything is asked in one region. A licence is metered by its ARN and its buyer's account, never
with a product code and never with the older customer identifier: both would bill a second time.
What AWS tells of agreements, licences and contracts comes back as facts.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from marketplace.facts import AgreementSeen, ContractSeen, EntitlementSeen
from marketplace.hours import UsageRecord

MOST_RECORDS = 25
"""Records that one request may carry."""

MOST_BYTES = 1_000_000
"""Bytes that one request's body stays below."""

MOST_QUANTITY = 2**31 - 1
"""The largest quantity that a record may have; AWS's own client does not check it."""


class RecordStatus(StrEnum):
    """What became of one record of a request."""

    SUCCESS = "Success"
    DUPLICATE = "DuplicateRecord"
    NOT_SUBSCRIBED = "CustomerNotSubscribed"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """AWS's answer to one record.

    Attributes:
        record: as AWS repeats it.
        status: what became of it.
        metering_record: AWS's id of it, if it was accepted.
    """

    record: UsageRecord
    status: RecordStatus
    metering_record: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """AWS's answer to a request, in no order; what is not in it was not processed.

    Attributes:
        verdicts: of the records that were looked at.
        unread: what was said beside that and is not understood, in words.
    """

    verdicts: tuple[Verdict, ...] = ()
    unread: tuple[str, ...] = ()


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Who a registration token stands for.

    Attributes:
        licence: id of the licence.
        arn: its ARN.
        account: the buyer's AWS account.
        product_code: code of the product.
        agreement: the agreement, where AWS says so.
    """

    licence: str
    arn: str
    account: str
    product_code: str
    agreement: str = ""


class Metering(Protocol):
    """The metering service."""

    def send(self, records: Sequence[UsageRecord]) -> Answer:
        """Report hours of one product, at most `MOST_RECORDS`.

        Raises:
            RecordRefused: nothing was taken, since one of the records is at fault.
            OutcomeUnknown: there was no answer; some or all may have been taken.
            MarketMisconfigured: nothing was taken, and nothing will be.
        """


class Resolver(Protocol):
    """What tells who a buyer is that comes to the landing page."""

    def resolve(self, token: str) -> Customer:
        """Say for whom a registration token stands.

        Raises:
            TokenRefused: it is none, or too old.
            OutcomeUnknown: AWS did not answer.
            MarketMisconfigured: AWS does not let us ask.
        """


class Agreements(Protocol):
    """The agreement service."""

    def active(self, now: datetime) -> Iterator[AgreementSeen]:
        """All agreements of our products that are active, without their trials.

        Raises:
            OutcomeUnknown: AWS did not answer.
            MarketMisconfigured: AWS does not let us ask.
        """

    def describe(self, agreement: str, now: datetime) -> AgreementSeen:
        """How one agreement stands, with its trial, but without its licence.

        Raises:
            NotFound: AWS does not know it.
            OutcomeUnknown: AWS did not answer.
            MarketMisconfigured: AWS does not let us ask.
        """

    def entitlements(self, agreement: str, now: datetime) -> Sequence[EntitlementSeen]:
        """What licences an agreement gave.

        Raises:
            NotFound: AWS does not know it.
            OutcomeUnknown: AWS did not answer.
            MarketMisconfigured: AWS does not let us ask.
        """


class Entitlements(Protocol):
    """The entitlement service, for contracts."""

    def of_licence(self, product_code: str, arn: str, now: datetime) -> ContractSeen:
        """What a contract's licence entitles to; nothing once it is over.

        Raises:
            OutcomeUnknown: AWS did not answer.
            MarketMisconfigured: AWS does not let us ask.
        """
