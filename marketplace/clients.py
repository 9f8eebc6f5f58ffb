"""Clients of AWS Marketplace's services: what boto3 answers becomes our nouns, facts and errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unconnected

from citylake.errors import (
    FactInvalid,
    MarketMisconfigured,
    NotFound,
    OutcomeUnknown,
    RecordRefused,
    TokenRefused,
)
from marketplace.aws import Answer, Customer, RecordStatus, Verdict
from marketplace.facts import AgreementSeen, ContractSeen, EntitlementSeen, licence_id
from marketplace.hours import REGION, UsageRecord

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient
    from mypy_boto3_marketplace_entitlement import MarketplaceEntitlementServiceClient
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

_RECORD_FAULTS = frozenset(
    {
        "InvalidCustomerIdentifierException",
        "InvalidLicenseException",
        "InvalidTagException",
        "InvalidUsageAllocationsException",
        "InvalidUsageDimensionException",
        "TimestampOutOfBoundsException",
    }
)
_TOKEN_FAULTS = frozenset({"InvalidTokenException", "ExpiredTokenException"})
_TRANSIENT = frozenset(
    {
        "InternalFailure",
        "InternalServerException",
        "InternalServiceErrorException",
        "RequestTimeout",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_FAULT = 500
_WITHOUT_END = 9999
"""The year in which an agreement ends that has no end."""

_PAGE = 50
_ENTITLEMENTS_PAGE = 25

METERING_CONFIG = Config(
    region_name=REGION,
    connect_timeout=5,
    read_timeout=20,
    retries={"total_max_attempts": 1, "mode": "standard"},
)
"""Of the client that meters: whoever repeats a request counts it, so that the pace is kept."""

READING_CONFIG = Config(
    region_name=REGION,
    connect_timeout=5,
    read_timeout=20,
    retries={"total_max_attempts": 5, "mode": "standard"},
)


class Clients(NamedTuple):
    """The services, each with a client of its own."""

    metering: "MeteringService"
    agreements: "AgreementService"
    entitlements: "EntitlementService"


def open_clients(session: boto3.Session | None = None) -> Clients:
    """Make the clients, in the Marketplace's region whatever region this runs in."""
    made = session or boto3.Session()
    return Clients(
        MeteringService(
            made.client("meteringmarketplace", region_name=REGION, config=METERING_CONFIG)
        ),
        AgreementService(
            made.client("marketplace-agreement", region_name=REGION, config=READING_CONFIG)
        ),
        EntitlementService(
            made.client("marketplace-entitlement", region_name=REGION, config=READING_CONFIG)
        ),
    )


_SHOWN = 300
"""Characters of an answer that a message repeats."""


class MeteringService:
    """The metering service, which also knows the buyers.

    Args:
        client: made with `METERING_CONFIG`.
    """

    def __init__(self, client: "MarketplaceMeteringClient") -> None:
        self._client = client

    def send(self, records: Sequence[UsageRecord]) -> Answer:
        """Report hours in one request; never with a product code."""
        body: Any = [_written(record) for record in records]
        said = _ask(lambda: self._client.batch_meter_usage(UsageRecords=body))
        verdicts, unread = [], []
        for result in said.get("Results", ()):
            try:
                verdicts.append(_verdict(result))
            except (KeyError, ValueError, FactInvalid) as error:
                # AWS may have billed it: what we cannot read is as good as no answer to it.
                unread.append(f"{type(error).__name__}: {error}: {result}"[:_SHOWN])
        return Answer(verdicts=tuple(verdicts), unread=tuple(unread))

    def resolve(self, token: str) -> Customer:
        """Say for whom a registration token stands; no error repeats the token."""
        said = _ask(lambda: self._client.resolve_customer(RegistrationToken=token))
        arn, account = said.get("LicenseArn", ""), said.get("CustomerAWSAccountId", "")
        if not arn or not account:
            raise MarketMisconfigured(
                f"ResolveCustomer told the licence {arn!r} and the account {account!r} of product "
                f"{said.get('ProductCode', '')!r}; expected both, as of products since June 2026"
            )
        return Customer(
            licence=licence_id(arn),
            arn=arn,
            account=account,
            product_code=said.get("ProductCode", ""),
            agreement=said.get("Metadata", {}).get("AgreementId", ""),
        )


class AgreementService:
    """The agreement service, asked as the seller.

    Args:
        client: of boto3.
    """

    def __init__(self, client: "AgreementServiceClient") -> None:
        self._client = client

    def active(self, now: datetime) -> Iterator[AgreementSeen]:
        """All active agreements, page by page."""
        filters = {
            "PartyType": "Proposer",
            "AgreementType": "PurchaseAgreement",
            "Status": "ACTIVE",
        }
        asked: Any = [{"name": name, "values": [value]} for name, value in filters.items()]
        for page in _pages(
            self._client.search_agreements,
            "nextToken",
            catalog="AWSMarketplace",
            filters=asked,
            maxResults=_PAGE,
        ):
            for summary in page.get("agreementViewSummaries", ()):
                licences = [held["licenseArn"] for held in summary.get("entitlements", ())]
                for arn in licences or [""]:
                    yield _agreement(summary, now, arn, None)

    def describe(self, agreement: str, now: datetime) -> AgreementSeen:
        """How one agreement stands; its trial's end as the agreement has it, where it does."""
        said = _ask(lambda: self._client.describe_agreement(agreementId=agreement))
        trial = said.get("freeTrialSummary", {}).get("trialEndTime")
        return _agreement(said, now, "", trial or self._trial_until(said))

    def entitlements(self, agreement: str, now: datetime) -> Sequence[EntitlementSeen]:
        """What licences an agreement gave, of all pages."""
        found: list[EntitlementSeen] = []
        for page in _pages(
            self._client.get_agreement_entitlements,
            "nextToken",
            agreementId=agreement,
            maxResults=_PAGE,
        ):
            for held in page.get("agreementEntitlements", ()):
                arn = held.get("licenseArn", "")
                found.append(
                    EntitlementSeen(
                        id=_named("entitlement", now, agreement, arn),
                        at=now,
                        agreement=agreement,
                        licence=licence_id(arn) if arn else "",
                        arn=arn,
                        status=held.get("status", ""),
                        reason=held.get("statusReasonCode", ""),
                    )
                )
        return found

    def _trial_until(self, said: Mapping[str, Any]) -> datetime | None:
        """The end of a trial from the terms, where the agreement itself does not tell it.

        A trial with an offer of its own ends with its agreement. A trial inside of an agreement
        that goes on is only told as a length.
        """
        terms = self._terms(said["agreementId"])
        trial = next((term for term in terms if "freeTrialPricingTerm" in term), None)
        if trial is None:
            return None
        ends = [
            term["validityTerm"]["agreementEndDate"]
            for term in terms
            if "agreementEndDate" in term.get("validityTerm", {})
        ]
        until = ends[0] if ends else _end(said.get("endTime"))
        if until is not None:
            return until
        duration = trial["freeTrialPricingTerm"].get("duration", "")
        if duration.startswith("P") and duration.endswith("D") and duration[1:-1].isdigit():
            return said["startTime"] + timedelta(days=int(duration[1:-1]))  # type: ignore[no-any-return]  # a datetime
        return None

    def _terms(self, agreement: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for page in _pages(
            self._client.get_agreement_terms,
            "nextToken",
            agreementId=agreement,
            maxResults=_PAGE,
        ):
            found += page.get("acceptedTerms", ())
        return found


class EntitlementService:
    """The entitlement service.

    Args:
        client: of boto3.
    """

    def __init__(self, client: "MarketplaceEntitlementServiceClient") -> None:
        self._client = client

    def of_licence(self, product_code: str, arn: str, now: datetime) -> ContractSeen:
        """What a licence entitles to: all entries of all pages, some of which may be empty."""
        dimensions: set[str] = set()
        expires: list[datetime] = []
        for page in _pages(
            self._client.get_entitlements,
            "NextToken",
            ProductCode=product_code,
            Filter={"LICENSE_ARN": [arn]},
            MaxResults=_ENTITLEMENTS_PAGE,
        ):
            for held in page.get("Entitlements", ()):
                if _counts(held.get("Value", {})):
                    dimensions.add(held["Dimension"])
                    expires += [held["ExpirationDate"]] if "ExpirationDate" in held else []
        until = min(expires, default=None)
        licence = licence_id(arn)
        found = tuple(sorted(dimensions))
        return ContractSeen(
            id=_named("contract", now, licence),
            at=now,
            licence=licence,
            dimensions=found,
            expires_at=until,
        )


def _ask(call: Callable[[], Any]) -> Mapping[str, Any]:
    """Ask AWS, and word what it refuses as one of our errors."""
    try:
        answer: Mapping[str, Any] = call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        said = f"{error.operation_name}: {code}: {error.response['Error'].get('Message', '')}"
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _RECORD_FAULTS:
            raise RecordRefused(said, code) from error
        if code in _TOKEN_FAULTS:
            raise TokenRefused(f"{error.operation_name}: {code}") from None
        if code in _TRANSIENT or status >= _SERVER_FAULT:
            raise OutcomeUnknown(said) from error
        if code == "ResourceNotFoundException":
            raise NotFound(said) from error
        raise MarketMisconfigured(said) from error
    except (Unconnected, HTTPClientError) as error:
        raise OutcomeUnknown(f"AWS did not answer: {error}") from error
    except BotoCoreError as error:
        raise MarketMisconfigured(f"AWS could not be asked: {error}") from error
    return answer


def _pages(call: Callable[..., Any], token: str, **asked: object) -> Iterator[Mapping[str, Any]]:
    """Ask for all pages; one without anything in it need not be the last.

    Args:
        call: of a client.
        token: what the service calls the mark of the next page.
        asked: what is asked for on every page.
    """
    mark: dict[str, str] = {}
    while True:
        page = _ask(partial(call, **asked, **mark))
        yield page
        if not page.get(token):
            return
        mark = {token: page[token]}


def _written(record: UsageRecord) -> dict[str, Any]:
    return {
        "Timestamp": record.hour,
        "Dimension": record.dimension,
        "Quantity": record.quantity,
        "CustomerAWSAccountId": record.account,
        "LicenseArn": record.licence_arn,
    }


def _verdict(said: Mapping[str, Any]) -> Verdict:
    record = _read(said["UsageRecord"])
    licence_id(record.licence_arn)
    return Verdict(
        record=record,
        status=RecordStatus(said["Status"]),
        metering_record=said.get("MeteringRecordId", ""),
    )


def _read(said: Mapping[str, Any]) -> UsageRecord:
    return UsageRecord(
        hour=said["Timestamp"].astimezone(UTC),
        dimension=said["Dimension"],
        quantity=said.get("Quantity", 0),
        account=said.get("CustomerAWSAccountId", ""),
        licence_arn=said.get("LicenseArn", ""),
    )


def _agreement(
    said: Mapping[str, Any], now: datetime, arn: str, trial_until: datetime | None
) -> AgreementSeen:
    agreement, status = said["agreementId"], said.get("status", "")
    ends_at = _end(said.get("endTime"))
    initial = said.get("initialAgreementId", "")
    resources = said.get("proposalSummary", {}).get("resources", ())
    return AgreementSeen(
        id=_named("agreement", now, agreement, arn),
        at=now,
        agreement=agreement,
        status=status,
        account=said.get("acceptor", {}).get("accountId", ""),
        initial="" if initial == agreement else initial,
        licence=licence_id(arn) if arn else "",
        arn=arn,
        starts_at=said["startTime"].astimezone(UTC) if "startTime" in said else None,
        ends_at=ends_at,
        trial_until=trial_until.astimezone(UTC) if trial_until else None,
        product=next((held["id"] for held in resources if "id" in held), ""),
    )


def _end(moment: datetime | None) -> datetime | None:
    """When an agreement ends; ``None`` for the far future by which AWS says never."""
    if moment is None or moment.year >= _WITHOUT_END:
        return None
    return moment.astimezone(UTC)


def _counts(value: Mapping[str, Any]) -> bool:
    """Whether an entitlement's value is more than nothing, of whichever type it is."""
    return any(held not in (0, 0.0, False, "", "0") for held in value.values())


def _named(kind: str, now: datetime, *about: str) -> str:
    """Name what was seen: one look at one thing at one moment."""
    return f"{kind}-seen:{':'.join(about)}:{now.astimezone(UTC).isoformat()}"
