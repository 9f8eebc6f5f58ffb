"""The services over a world: metering, agreements, entitlements, each an operation by its name."""

import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from local.market.binding import Call, Operation, Refusal
from local.market.world import LAST_USAGE, Agreement, World, dimensions
from marketplace.hours import closing_time, floor_hour

_ENDPOINT = "https://metering.marketplace.us-east-1.amazonaws.com"
_SECOND = timedelta(seconds=1)


class Fault(StrEnum):
    """What goes wrong with one request."""

    THROTTLED = "throttled"
    INTERNAL = "internal"
    UNREACHED = "unreached"
    LOST = "lost"
    UNPROCESSED = "unprocessed"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Metered:
    """A record that was accepted, and is billed.

    Attributes:
        id: AWS's.
        quantity: tier-hours.
        at: when it was accepted.
    """

    id: str
    quantity: int
    at: datetime


Key = tuple[str, str, str, str, datetime]
"""Region, account, licence, dimension and hour: by what records are told apart."""


@dataclass(slots=True)
class MeteringApi:
    """The metering service.

    Attributes:
        world: what it knows.
        window: how late a record may be.
        calls_a_second: how many requests it takes in a region.
        latency: how long an answer takes.
        faults: what goes wrong with the next requests, one after the other.
        outage: whether nothing reaches it.
        poisoned: ARNs of licences that it refuses.
        suspended: accounts that it does not serve.
        records: what was accepted.
        by_product: what was accepted with a product code, which is billed a second time.
        sent: every request that reached it: when, and its records.
        chance: by which answers are shuffled.
    """

    world: World
    window: timedelta = timedelta(hours=24)
    calls_a_second: int = 10
    latency: timedelta = timedelta(0)
    faults: deque[Fault | None] = field(default_factory=deque)
    outage: bool = False
    poisoned: set[str] = field(default_factory=set)
    suspended: set[str] = field(default_factory=set)
    records: dict[Key, Metered] = field(default_factory=dict)
    by_product: dict[Key, Metered] = field(default_factory=dict)
    sent: list[tuple[datetime, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    throttled: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # no secret
    _recent: dict[str, deque[datetime]] = field(default_factory=dict)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it answers."""
        return {"BatchMeterUsage": self.batch_meter_usage, "ResolveCustomer": self.resolve_customer}

    def batch_meter_usage(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """Accept records: all are looked at before any is taken."""
        records = asked["UsageRecords"]
        fault = self._arrive(call.region)
        self.sent.append((self.world.clock.now(), records))
        if fault is Fault.DISABLED:
            raise Refusal("DisabledApiException", "The API is disabled in this Region.")
        self._check(records)
        left = set()
        if fault is Fault.UNPROCESSED and records:
            count = self.chance.randint(1, len(records))
            left = set(self.chance.sample(range(len(records)), count))
        taken = [record for index, record in enumerate(records) if index not in left]
        results = [self._take(record, call.region, asked.get("ProductCode")) for record in taken]
        if fault is Fault.LOST:
            raise ReadTimeoutError(endpoint_url=_ENDPOINT)
        self.chance.shuffle(results)
        return {
            "Results": results,
            "UnprocessedRecords": [records[index] for index in sorted(left)],
        }

    def resolve_customer(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """Say whose a token is, as often as it is asked while it lives."""
        if self.outage:
            raise ConnectTimeoutError(endpoint_url=_ENDPOINT)
        held = self.world.tokens.get(asked["RegistrationToken"])
        if held is None:
            raise Refusal("InvalidTokenException", "Registration token is invalid.")
        agreement, until = self.world.agreements[held[0]], held[1]
        if self.world.clock.now() >= until:
            raise Refusal("ExpiredTokenException", "The submitted registration token has expired.")
        said: dict[str, Any] = {
            "ProductCode": agreement.product.code,
            "CustomerAWSAccountId": agreement.account,
            "LicenseArn": agreement.licence,
        }
        if "Metadata" in call.output.members:
            said["Metadata"] = {"AgreementId": agreement.id}
        return said

    def _arrive(self, region: str) -> Fault | None:
        """Let a request reach the service, or not."""
        clock = self.world.clock
        clock.advance(self.latency)
        fault = self.faults.popleft() if self.faults else None
        if self.outage or fault is Fault.UNREACHED:
            raise ConnectTimeoutError(endpoint_url=_ENDPOINT)
        now = clock.now()
        recent = self._recent.setdefault(region, deque())
        while recent and recent[0] <= now - _SECOND:
            recent.popleft()
        recent.append(now)
        if len(recent) > self.calls_a_second:
            self.throttled += 1
        if len(recent) > self.calls_a_second or fault is Fault.THROTTLED:
            raise Refusal("ThrottlingException", "Rate exceeded")
        if fault is Fault.INTERNAL:
            raise Refusal("InternalServiceErrorException", "Internal error")
        return fault

    def _check(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Refuse all records for one that is wrong, without saying which."""
        products = set()
        for record in records:
            if record.get("CustomerIdentifier"):
                raise Refusal("InvalidCustomerIdentifierException", "Use CustomerAWSAccountId.")
            arn = record.get("LicenseArn", "")
            agreement = self.world.of_licence(arn)
            if agreement is None or arn in self.poisoned:
                raise Refusal("InvalidLicenseException", "A license is invalid.")
            products.add(agreement.product.code)
            if record["Dimension"] not in dimensions():
                raise Refusal("InvalidUsageDimensionException", "A dimension is invalid.")
            self._check_time(record["Timestamp"], arn)
        if len(products) > 1:
            raise Refusal("InvalidLicenseException", "Licenses of different products.")

    def _check_time(self, stamp: datetime, arn: str) -> None:
        now = self.world.clock.now()
        started = min(held.starts_at for held in self.world.all_of_licence(arn))
        if stamp > now or stamp < started or now >= closing_time(floor_hour(stamp), self.window):
            raise Refusal("TimestampOutOfBoundsException", "A timestamp is out of bounds.")

    def _take(
        self, record: Mapping[str, Any], region: str, product_code: str | None
    ) -> dict[str, Any]:
        result: dict[str, Any] = {"UsageRecord": dict(record)}
        account, arn = record.get("CustomerAWSAccountId", ""), record["LicenseArn"]
        if account in self.suspended or not self._is_subscribed(account, arn, record["Timestamp"]):
            return {**result, "Status": "CustomerNotSubscribed"}
        key = (region, account, arn, record["Dimension"], floor_hour(record["Timestamp"]))
        books = self.by_product if product_code else self.records
        number = len(self.records) + len(self.by_product)
        made = Metered(f"record-{number:08d}", record.get("Quantity", 0), self.world.clock.now())
        held = books.setdefault(key, made)
        if held.quantity != record.get("Quantity", 0):
            return {**result, "Status": "DuplicateRecord"}
        return {**result, "Status": "Success", "MeteringRecordId": held.id}

    def _is_subscribed(self, account: str, arn: str, stamp: datetime) -> bool:
        """Whether a licence is active, or was at the record's time and until an hour ago."""
        own = [
            held
            for held in self.world.all_of_licence(arn)
            if held.account == account and held.starts_at <= stamp
        ]
        latest = self.world.of_licence(arn)
        if latest is not None and latest.status == "ACTIVE":
            return bool(own)
        now = self.world.clock.now()
        return any(
            held.ended_at is None or (stamp <= held.ended_at and now <= held.ended_at + LAST_USAGE)
            for held in own
        )


@dataclass(slots=True)
class AgreementApi:
    """The agreement service.

    Attributes:
        world: what it knows.
    """

    world: World

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it answers."""
        return {
            "DescribeAgreement": self.describe_agreement,
            "GetAgreementEntitlements": self.get_agreement_entitlements,
            "GetAgreementTerms": self.get_agreement_terms,
            "SearchAgreements": self.search_agreements,
        }

    def search_agreements(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """Agreements by their status, page by page."""
        del call
        filters = {held["name"]: held["values"][0] for held in asked.get("filters", ())}
        if filters.get("AgreementType") != "PurchaseAgreement" or "PartyType" not in filters:
            raise Refusal("ValidationException", "AgreementType and PartyType are required.")
        found = [
            {
                **self._summary(held),
                "entitlements": [{"licenseArn": held.licence}],
            }
            for held in self.world.agreements.values()
            if held.status == filters.get("Status", held.status)
        ]
        return paged(found, asked, "agreementViewSummaries", "nextToken", "maxResults")

    def describe_agreement(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """One agreement."""
        held = self._find(asked)
        said = self._summary(held)
        if held.trial_until and "freeTrialSummary" in call.output.members:
            said["freeTrialSummary"] = {"trialEndTime": held.trial_until}
        return said

    def get_agreement_entitlements(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """The licence of an agreement, and how far it is."""
        del call
        held = self._find(asked)
        said = {
            "resource": {"id": held.product.id, "type": "SaaSProduct"},
            "type": "AWS::LicenseManager::License",
            "status": held.entitlement,
            "statusReasonCode": held.reason,
            "licenseArn": held.licence,
        }
        return paged([said], asked, "agreementEntitlements", "nextToken", "maxResults")

    def get_agreement_terms(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """What was agreed; a trial shows as a term of its own."""
        del call
        held = self._find(asked)
        terms: list[dict[str, Any]] = [{"supportTerm": {"type": "SupportTerm"}}]
        if held.trial_until is not None:
            days = (held.trial_until - held.starts_at).days
            terms.append(
                {"freeTrialPricingTerm": {"type": "FreeTrialPricingTerm", "duration": f"P{days}D"}}
            )
        return paged(terms, asked, "acceptedTerms", "nextToken", "maxResults")

    def _find(self, asked: Mapping[str, Any]) -> Agreement:
        held = self.world.agreements.get(asked["agreementId"])
        if held is None:
            raise Refusal("ResourceNotFoundException", "No such agreement.")
        return held

    def _summary(self, held: Agreement) -> dict[str, Any]:
        said: dict[str, Any] = {
            "agreementId": held.id,
            "acceptanceTime": held.starts_at,
            "startTime": held.starts_at,
            "agreementType": "PurchaseAgreement",
            "acceptor": {"accountId": held.account},
            "proposer": {"accountId": "111122223333"},
            "proposalSummary": {
                "resources": [{"id": held.product.id, "type": "SaaSProduct"}],
                "offerId": held.offer,
            },
            "status": held.status,
            "initialAgreementId": held.initial,
        }
        if held.ends_at is not None:
            said["endTime"] = held.ends_at
        return said


@dataclass(slots=True)
class EntitlementApi:
    """The entitlement service; its first page is empty, and has a next one.

    Attributes:
        world: what it knows.
    """

    world: World

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it answers."""
        return {"GetEntitlements": self.get_entitlements}

    def get_entitlements(self, asked: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        """What a product's buyers are entitled to; nothing of a contract that ended."""
        del call
        filters = asked.get("Filter", {})
        if {"CUSTOMER_IDENTIFIER", "CUSTOMER_AWS_ACCOUNT_ID"} <= set(filters):
            raise Refusal("InvalidParameterException", "Use one way to name the customer.")
        if "NextToken" not in asked:
            return {"Entitlements": [], "NextToken": "page-0"}
        found = [
            {
                "ProductCode": held.product.code,
                "Dimension": dimension,
                "CustomerAWSAccountId": held.account,
                "Value": {"IntegerValue": 1},
                "ExpirationDate": held.ends_at or held.starts_at + timedelta(days=365),
                "LicenseArn": held.licence,
            }
            for held in self.world.agreements.values()
            if held.product.code == asked["ProductCode"]
            and held.status == "ACTIVE"
            and held.licence in filters.get("LICENSE_ARN", [held.licence])
            and held.account in filters.get("CUSTOMER_AWS_ACCOUNT_ID", [held.account])
            for dimension in held.dimensions
            if dimension in filters.get("DIMENSION", [dimension])
        ]
        return paged(found, asked, "Entitlements", "NextToken", "MaxResults")


def paged(
    found: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Any],
    name: str,
    token: str,
    most: str,
) -> dict[str, Any]:
    """One page of what was found, with the mark of the next one if there is one."""
    start = int(str(asked.get(token, "page-0")).removeprefix("page-"))
    end = start + asked.get(most, 25)
    page: dict[str, Any] = {name: list(found[start:end])}
    if end < len(found):
        page[token] = f"page-{end}"
    return page
