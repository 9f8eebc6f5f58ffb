"""Asking the fleet by events, reading its registry, and what a deployment sells."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from citylake.errors import InputInvalid, OutcomeUnknown
from lambdas.fleet.cities import City, Status
from lambdas.fleet.registry import TableRegistry
from marketplace.products import Product, ProductKind, Products
from marketplace.provision import (
    ABSENT,
    BusAnnouncer,
    CityState,
    Request,
    TableCities,
    Wanted,
)

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.REQUESTED, CityState.UNDER_WAY),
        (Status.DATA, CityState.UNDER_WAY),
        (Status.CHECKING, CityState.UNDER_WAY),
        (Status.LIVE, CityState.LIVE),
        (Status.SUSPENDED, CityState.SUSPENDED),
        (Status.FAILED, CityState.FAILED),
        (Status.LEAVING, CityState.LEAVING),
        (Status.GONE, CityState.ABSENT),
    ],
)
def test_what_the_fleet_writes_into_its_registry_is_read_here(
    aws: None, status: Status, state: CityState
) -> None:
    table = boto3.resource("dynamodb", "us-east-1").create_table(
        TableName="cities",
        KeySchema=[{"AttributeName": "geoid", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "geoid", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    city = City(
        geoid="3719000",
        name="Durham",
        state="NC",
        slug="nc/durham",
        population=296_186,
        population_year=2024,
        tier="pop_t11",
        status=status,
        reason="a reason",
        api_url="https://example.gov",
    )
    TableRegistry(table).save(city, NOW)

    found = TableCities(table).find("3719000")

    assert (found.state, found.url, found.reason) == (state, "https://example.gov", "a reason")
    assert TableCities(table).find("0807850") == ABSENT


def test_requests_reach_the_fleet_as_events(aws: None) -> None:
    events, queues = boto3.client("events", "us-east-1"), boto3.client("sqs", "us-east-1")
    url = queues.create_queue(QueueName="heard")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["citylake.marketplace"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn["QueueArn"]}])
    asked = [
        Request(wanted=Wanted.PROVISION, geoid=f"37{number:05d}", licence=f"l-{number:02x}")
        for number in range(12)
    ]

    BusAnnouncer(events).announce(asked)

    heard: list[dict[str, Any]] = []
    while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            heard.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert {event["detail-type"] for event in heard} == {"ProvisionRequested"}
    assert sorted(event["detail"]["geoid"] for event in heard) == [held.geoid for held in asked]
    assert heard[0]["detail"]["wanted"] == "ProvisionRequested"


def test_requests_that_the_bus_did_not_take_are_not_forgotten() -> None:
    class Busy:
        def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803  # boto3's word
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    asked = [Request(wanted=Wanted.SUSPEND, geoid="3719000", licence="l-0a")]
    with pytest.raises(OutcomeUnknown, match="0 of 1 requests: ThrottlingException"):
        BusAnnouncer(Busy()).announce(asked)  # type: ignore[arg-type]  # that of boto3 has more


def test_products_are_read_from_the_environment() -> None:
    text = '[{"code": "abc", "kind": "hourly", "id": "prod-1", "public_offers": ["offer-1"]}]'
    products = Products.from_environment({"CITYLAKE_PRODUCTS": text})

    hourly = Product(code="abc", kind=ProductKind.HOURLY, id="prod-1", public_offers=("offer-1",))
    assert products == Products((hourly,))
    assert products.find(code="abc") == products.find(product_id="prod-1") == hourly
    assert products.find(code="xyz") is None
    assert (hourly.private_offer("offer-1"), hourly.private_offer("offer-2")) == ("", "offer-2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '[{"code": "abc"}]',
        '[{"code": "abc", "kind": "weekly"}]',
        '[{"code": "a", "kind": "hourly"}, {"code": "a", "kind": "yearly"}]',
    ],
)
def test_products_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InputInvalid, match="CITYLAKE_PRODUCTS"):
        Products.from_environment({"CITYLAKE_PRODUCTS": text})
