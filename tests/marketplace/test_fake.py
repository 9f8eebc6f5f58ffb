"""The fake is held to the installed service models, and does what AWS is documented to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    ParamValidationError,
    ReadTimeoutError,
)

from local.market.binding import Refusal, bind
from local.market.services import AgreementApi, EntitlementApi, Fault, MeteringApi
from local.market.shapes import ShapeViolated, check
from local.market.world import PRODUCTS, Agreement, Clock, World

NOW = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY, YEARLY = PRODUCTS
_TAG = {"Key": "a[", "Value": "b"}


def _client(service: str, region: str = "us-east-1") -> Any:
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
    return session.client(service, region)


class Bound:
    """A world, its services, and boto3's clients bound to them."""

    def __init__(self, region: str = "us-east-1", window: timedelta = timedelta(hours=24)) -> None:
        self.clock = Clock(NOW)
        self.world = World(self.clock)
        self.api = MeteringApi(self.world, window=window)
        self.metering = self.client("meteringmarketplace", self.api, region)
        self.agreements = self.client("marketplace-agreement", AgreementApi(self.world))
        self.entitlements = self.client("marketplace-entitlement", EntitlementApi(self.world))

    def client(self, service: str, api: Any, region: str = "us-east-1") -> Any:
        return bind(_client(service, region), api.operations)

    def record(self, agreement: Agreement, at: datetime, **changes: Any) -> dict[str, Any]:
        return {
            "Timestamp": at,
            "Dimension": "pop_t03",
            "Quantity": 1,
            "CustomerAWSAccountId": agreement.account,
            "LicenseArn": agreement.licence,
            **changes,
        }

    def send(self, *records: dict[str, Any]) -> Any:
        return self.metering.batch_meter_usage(UsageRecords=list(records))

    def statuses(self, *records: dict[str, Any]) -> list[str]:
        return sorted(result["Status"] for result in self.send(*records)["Results"])

    def code(self, *records: dict[str, Any]) -> str:
        with pytest.raises(ClientError) as refused:
            self.send(*records)
        code: str = refused.value.response["Error"]["Code"]
        assert type(refused.value).__name__ == code
        return code


@pytest.fixture
def bound() -> Bound:
    return Bound()


@pytest.mark.parametrize(
    ("service", "operation", "errors"),
    [
        (
            "meteringmarketplace",
            "BatchMeterUsage",
            {
                "DisabledApiException",
                "InternalServiceErrorException",
                "InvalidCustomerIdentifierException",
                "InvalidLicenseException",
                "InvalidUsageDimensionException",
                "ThrottlingException",
                "TimestampOutOfBoundsException",
            },
        ),
        (
            "meteringmarketplace",
            "ResolveCustomer",
            {"ExpiredTokenException", "InvalidTokenException"},
        ),
        ("marketplace-agreement", "SearchAgreements", {"ValidationException"}),
        ("marketplace-agreement", "DescribeAgreement", {"ResourceNotFoundException"}),
        ("marketplace-agreement", "GetAgreementEntitlements", {"ResourceNotFoundException"}),
        ("marketplace-agreement", "GetAgreementTerms", {"ResourceNotFoundException"}),
        ("marketplace-entitlement", "GetEntitlements", {"InvalidParameterException"}),
    ],
)
def test_what_is_built_upon_is_in_the_installed_model(
    service: str, operation: str, errors: set[str]
) -> None:
    model = botocore.session.get_session().get_service_model(service)
    shapes = model.operation_model(operation)
    assert errors <= {shape.name for shape in shapes.error_shapes}
    if operation == "BatchMeterUsage":
        record = shapes.input_shape.members["UsageRecords"].member  # type: ignore[union-attr]  # there
        assert {"CustomerAWSAccountId", "LicenseArn"} <= set(record.members)
        assert "LicenseArn" not in record.required_members


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Quantity": 2**31}, "2147483647"),
        ({"CustomerAWSAccountId": "account"}, "expected"),
        ({"LicenseArn": "aws:license-manager:us-east-1:1:l-1"}, "arn"),
        ({"Timestamp": datetime(2026, 11, 30, 20, 0)}, "no zone"),  # noqa: DTZ001  # the mistake
        ({"Dimension": "x" * 256}, "255"),
        ({"UsageAllocations": [{"AllocatedUsageQuantity": 1, "Tags": [_TAG]}]}, "Key"),
    ],
)
def test_what_botocore_lets_through_is_held_to_the_model(
    bound: Bound, changes: dict[str, Any], words: str
) -> None:
    agreement = bound.world.subscribe("444455556666")
    with pytest.raises(ShapeViolated, match=words):
        bound.send(bound.record(agreement, NOW, **changes))


def test_a_request_has_at_most_25_records(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    with pytest.raises(ShapeViolated, match="26 entries"):
        bound.send(*[bound.record(agreement, NOW)] * 26)


def test_a_request_stays_below_a_megabyte(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    tags = [{"Key": f"k{n}", "Value": "v" * 250} for n in range(5)]
    rows = [{"AllocatedUsageQuantity": 1, "Tags": tags}] * 800
    with pytest.raises(ShapeViolated, match="1 MB"):
        bound.send(bound.record(agreement, NOW, UsageAllocations=rows))


def test_what_boto3_refuses_itself_never_arrives(bound: Bound) -> None:
    with pytest.raises(ParamValidationError):
        bound.metering.batch_meter_usage(UsageRecords=[{"Dimension": "pop_t03"}])
    assert bound.api.sent == []


def test_an_answer_that_the_model_does_not_know_is_a_mistake_of_the_fake() -> None:
    def bogus(*_: object) -> dict[str, Any]:
        record = {"Timestamp": NOW, "Dimension": "pop_t03"}
        return {"Results": [{"UsageRecord": record, "Status": "Bogus"}]}

    def refused(*_: object) -> dict[str, Any]:
        raise Refusal("NoSuchException", "never")

    for answer, words in ((bogus, "Bogus"), (refused, "NoSuchException")):
        client = bind(_client("meteringmarketplace"), {"BatchMeterUsage": answer})
        with pytest.raises(ShapeViolated, match=words):
            client.batch_meter_usage(UsageRecords=[])
    with pytest.raises(ShapeViolated, match="MeterUsage"):
        client.meter_usage(ProductCode="x", Timestamp=NOW, UsageDimension="pop_t03")


def test_a_union_has_exactly_one_member() -> None:
    model = botocore.session.get_session().get_service_model("marketplace-agreement")
    shape = model.operation_model("GetAgreementTerms").output_shape
    assert shape is not None
    check({"acceptedTerms": [{"supportTerm": {}}]}, shape, "answer")
    with pytest.raises(ShapeViolated, match="exactly one"):
        check({"acceptedTerms": [{"supportTerm": {}, "legalTerm": {}}]}, shape, "answer")


def test_an_hour_is_billed_once_and_a_repetition_is_told_from_a_contradiction(
    bound: Bound,
) -> None:
    agreement = bound.world.subscribe("444455556666")
    bound.clock.advance(HOUR)
    record = bound.record(agreement, NOW)

    first, again = bound.send(record)["Results"][0], bound.send(record)["Results"][0]

    assert first["Status"] == again["Status"] == "Success"
    assert first["MeteringRecordId"] == again["MeteringRecordId"]
    assert bound.statuses({**record, "Quantity": 2}) == ["DuplicateRecord"]
    later = {**record, "Timestamp": NOW + timedelta(minutes=20)}
    assert bound.send(later)["Results"][0]["MeteringRecordId"] == first["MeteringRecordId"]
    assert len(bound.api.records) == 1


def test_another_tier_another_region_and_a_product_code_bill_the_hour_again(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    bound.clock.advance(HOUR)
    record = bound.record(agreement, NOW)
    bound.send(record)
    bound.send({**record, "Dimension": "pop_t04"})
    bound.client("meteringmarketplace", bound.api, "eu-west-1").batch_meter_usage(
        UsageRecords=[record]
    )
    bound.metering.batch_meter_usage(UsageRecords=[record], ProductCode=HOURLY.code)

    assert len(bound.api.records) == 3
    assert len(bound.api.by_product) == 1


def test_one_bad_record_refuses_all(bound: Bound) -> None:
    good = bound.world.subscribe("444455556666")
    contract = bound.world.subscribe("444455556667", YEARLY)
    bound.clock.advance(HOUR)
    record = bound.record(good, NOW)

    bad = {**record, "LicenseArn": record["LicenseArn"].replace("l-0", "l-f")}
    assert bound.code(record, bad) == "InvalidLicenseException"
    assert bound.code(record, bound.record(contract, NOW)) == "InvalidLicenseException"
    assert bound.code(record, {**record, "Dimension": "x"}) == "InvalidUsageDimensionException"
    assert (
        bound.code(record, {**record, "CustomerIdentifier": "x"})
        == "InvalidCustomerIdentifierException"
    )
    assert bound.api.records == {}


@pytest.mark.parametrize(
    ("window", "last_of_november", "first_of_december"),
    [(6, timedelta(hours=6), timedelta(hours=6)), (24, timedelta(hours=7), timedelta(hours=24))],
)
def test_an_hour_is_taken_until_its_window_or_the_months_end_and_six_hours(
    window: int, last_of_november: timedelta, first_of_december: timedelta
) -> None:
    for hour, length in (
        (datetime(2026, 11, 30, 23, tzinfo=UTC), last_of_november),
        (datetime(2026, 12, 1, 0, tzinfo=UTC), first_of_december),
    ):
        bound = Bound(window=timedelta(hours=window))
        agreement = bound.world.subscribe("444455556666")
        bound.clock.advance(hour + length - timedelta(seconds=1) - NOW)
        assert bound.statuses(bound.record(agreement, hour)) == ["Success"]
        bound.clock.advance(timedelta(seconds=1))
        assert bound.code(bound.record(agreement, hour)) == "TimestampOutOfBoundsException"


def test_no_record_predates_its_agreement_or_comes_from_the_future(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    bound.clock.advance(HOUR)
    for moment in (NOW.replace(minute=0), NOW + 2 * HOUR):
        assert bound.code(bound.record(agreement, moment)) == "TimestampOutOfBoundsException"


def test_the_last_hours_are_taken_for_an_hour_after_the_end(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    bound.clock.advance(2 * HOUR)
    bound.world.cancel(agreement)
    bound.clock.advance(HOUR)
    assert bound.statuses(bound.record(agreement, NOW)) == ["Success"]
    assert bound.statuses(bound.record(agreement, NOW + HOUR + HOUR)) == ["Success"]
    after = bound.record(agreement, NOW + 2 * HOUR + timedelta(minutes=1))
    assert bound.statuses(after) == ["CustomerNotSubscribed"]
    bound.clock.advance(timedelta(seconds=1))
    late = bound.record(agreement, NOW + HOUR)
    assert bound.statuses(late) == ["CustomerNotSubscribed"]


def test_ten_requests_a_second_are_taken_in_a_region(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    record = bound.record(agreement, NOW)
    for _ in range(10):
        bound.send(record)
    assert bound.code(record) == "ThrottlingException"
    bound.clock.advance(timedelta(seconds=1))
    assert bound.statuses(record) == ["Success"]


def test_faults_come_before_or_after_the_record_is_taken(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    bound.clock.advance(HOUR)
    records = [bound.record(agreement, NOW), bound.record(agreement, NOW + HOUR)]
    bound.api.faults.extend((Fault.THROTTLED, Fault.INTERNAL, Fault.DISABLED))
    codes = [bound.code(*records) for _ in range(3)]
    assert codes == [
        "ThrottlingException",
        "InternalServiceErrorException",
        "DisabledApiException",
    ]
    bound.api.faults.append(Fault.UNREACHED)
    with pytest.raises(ConnectTimeoutError):
        bound.send(*records)
    assert bound.api.records == {}
    bound.api.faults.append(Fault.LOST)
    with pytest.raises(ReadTimeoutError):
        bound.send(*records)
    assert len(bound.api.records) == 2
    bound.clock.advance(HOUR)
    bound.api.faults.append(Fault.UNPROCESSED)
    said = bound.send(*records)
    assert 1 <= len(said["UnprocessedRecords"]) <= 2
    assert len(said["Results"]) + len(said["UnprocessedRecords"]) == 2


def test_answers_come_in_no_order(bound: Bound) -> None:
    agreements = [bound.world.subscribe(f"44445555{n:04d}") for n in range(20)]
    bound.clock.advance(HOUR)
    records = [bound.record(agreement, NOW) for agreement in agreements]
    answered = [result["UsageRecord"]["LicenseArn"] for result in bound.send(*records)["Results"]]
    asked = [record["LicenseArn"] for record in records]
    assert answered != asked
    assert sorted(answered) == sorted(asked)


def test_a_token_answers_the_same_until_it_expires(bound: Bound) -> None:
    agreement = bound.world.subscribe("444455556666")
    token = bound.world.token(agreement)
    first = bound.metering.resolve_customer(RegistrationToken=token)
    assert first["LicenseArn"] == agreement.licence
    assert first["CustomerAWSAccountId"] == "444455556666"
    assert "CustomerIdentifier" not in first
    bound.clock.advance(4 * HOUR - timedelta(seconds=1))
    again = bound.metering.resolve_customer(RegistrationToken=token)
    assert again["LicenseArn"] == first["LicenseArn"]
    bound.clock.advance(timedelta(seconds=1))
    with pytest.raises(bound.metering.exceptions.ExpiredTokenException):
        bound.metering.resolve_customer(RegistrationToken=token)
    with pytest.raises(bound.metering.exceptions.InvalidTokenException):
        bound.metering.resolve_customer(RegistrationToken="none")


def test_agreements_are_found_page_by_page(bound: Bound) -> None:
    made = [bound.world.subscribe(f"44445555{n:04d}") for n in range(7)]
    bound.world.cancel(made[3])
    filters = [
        {"name": "AgreementType", "values": ["PurchaseAgreement"]},
        {"name": "PartyType", "values": ["Proposer"]},
        {"name": "Status", "values": ["ACTIVE"]},
    ]
    page = bound.agreements.search_agreements(filters=filters, maxResults=5)
    rest = bound.agreements.search_agreements(
        filters=filters, maxResults=5, nextToken=page["nextToken"]
    )
    found = page["agreementViewSummaries"] + rest["agreementViewSummaries"]
    assert [held["agreementId"] for held in found] == [
        agreement.id for agreement in made if agreement is not made[3]
    ]
    assert "nextToken" not in rest
    with pytest.raises(bound.agreements.exceptions.ValidationException):
        bound.agreements.search_agreements(filters=filters[1:])
    with pytest.raises(bound.agreements.exceptions.ResourceNotFoundException):
        bound.agreements.describe_agreement(agreementId="agmt-none")


def test_a_page_of_entitlements_may_be_empty_and_have_a_next_one(bound: Bound) -> None:
    contract = bound.world.subscribe(
        "444455556666", YEARLY, dimensions=("pop_t03",), length=timedelta(days=365)
    )
    asked = {"ProductCode": YEARLY.code, "Filter": {"LICENSE_ARN": [contract.licence]}}
    first = bound.entitlements.get_entitlements(**asked)
    assert (first["Entitlements"], bool(first["NextToken"])) == ([], True)
    second = bound.entitlements.get_entitlements(**asked, NextToken=first["NextToken"])
    assert [held["Dimension"] for held in second["Entitlements"]] == ["pop_t03"]
    both = {"CUSTOMER_IDENTIFIER": ["x"], "CUSTOMER_AWS_ACCOUNT_ID": ["444455556666"]}
    with pytest.raises(bound.entitlements.exceptions.InvalidParameterException):
        bound.entitlements.get_entitlements(ProductCode=YEARLY.code, Filter=both)
    bound.world.cancel(contract)
    ended = bound.entitlements.get_entitlements(**asked, NextToken=first["NextToken"])
    assert ended["Entitlements"] == []
