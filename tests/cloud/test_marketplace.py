"""The marketplace on the emulator: an event is kept, the pages answer, the fleet hears.

No emulator has AWS Marketplace's own services. What needs their answers is tested against a fake
that holds boto3's clients to the service models, and in the end by a real purchase
(docs/marketplace.md).
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import pytest

from local.cloud.platform import DURHAM, FLEET, MARKETPLACE, Platform
from tests.cloud.calls import call, get

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

pytestmark = pytest.mark.cloud

_SECONDS = 60.0
LICENCE = "l-0123abcd0123abcd0123abcd0123abcd"


@pytest.fixture(scope="module")
def outputs(deployed: Platform) -> Mapping[str, str]:
    return deployed.outputs(MARKETPLACE)


@pytest.fixture(scope="module")
def pages(outputs: Mapping[str, str]) -> str:
    return outputs["FulfilmentUrl"]


def test_an_event_of_aws_marketplace_is_kept_under_all_that_it_names(
    outputs: Mapping[str, str],
) -> None:
    table = boto3.resource("dynamodb").Table(outputs["BooksTable"])

    # The bus takes no event in AWS's own name from anyone else, here as there. So it begins where
    # the rule would have put it.
    queue = outputs["HeardQueue"]
    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(licence_updated()))
    facts = wait_for(lambda: table.query(**partition(f"S#{LICENCE}"))["Items"])

    (fact,) = facts
    assert json.loads(fact["body"])["arn"].endswith(LICENCE)
    agreements = table.query(**partition("S#agmt-cloud1"))["Items"]
    assert [each["sk"] for each in agreements] == [fact["sk"]]


def test_an_event_that_fails_is_tried_again_by_itself_alone(outputs: Mapping[str, str]) -> None:
    functions = boto3.client("lambda")
    (mapping,) = (
        each
        for each in functions.list_event_source_mappings()["EventSourceMappings"]
        if MARKETPLACE in each["FunctionArn"]
    )

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["State"] == "Enabled"
    assert outputs["FailedQueue"]


def test_the_landing_page_says_who_helps(pages: str) -> None:
    reply = get(pages)

    assert reply.status == 200
    assert "support@example.gov" in reply.text
    assert reply.headers["content-type"].startswith("text/html")


def test_its_styles_are_there(pages: str) -> None:
    text = get(pages).text
    address = text.split('rel="stylesheet" href="')[1].split('"')[0]

    reply = get(pages.rstrip("/") + address)

    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/css")


def test_a_token_that_aws_does_not_answer_for_is_refused_in_words(pages: str) -> None:
    body = urlencode({"x-amzn-marketplace-token": "token-1"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = call("POST", pages, headers=headers, body=body)

    assert reply.status in {400, 503}
    assert "support@example.gov" in reply.text
    assert "token-1" not in reply.text


@pytest.mark.parametrize("name", ["ClockFunction", "SweepFunction"])
def test_clock_and_sweep_start(outputs: Mapping[str, str], name: str) -> None:
    said = boto3.client("lambda").invoke(FunctionName=outputs[name], Payload=b"{}")
    text = said["Payload"].read().decode()

    if name == "ClockFunction":
        assert "FunctionError" not in said, text
        assert json.loads(text)["subscriptions"] >= 0
    else:  # it asks AWS which agreements are active, which nobody answers here
        assert "Runtime.ImportModuleError" not in text


def test_a_request_of_the_marketplace_starts_the_fleets_run(deployed: Platform) -> None:
    machine = deployed.outputs(FLEET)["ResumeMachine"]
    put(
        {
            "Source": "citylake.marketplace",
            "DetailType": "ResumeRequested",
            "Detail": json.dumps(
                {"wanted": "ResumeRequested", "geoid": DURHAM, "delete_data": DURHAM}
            ),
        }
    )
    client = boto3.client("stepfunctions")

    runs = wait_for(lambda: client.list_executions(stateMachineArn=machine)["executions"])

    given = client.describe_execution(executionArn=runs[0]["executionArn"])["input"]
    assert json.loads(given) == {"geoid": DURHAM}


def licence_updated() -> dict[str, Any]:
    """An event as AWS Marketplace sends it."""
    return {
        "version": "0",
        "id": "00000000-0000-4000-9000-000000000001",
        "detail-type": "License Updated - Manufacturer",
        "source": "aws.agreement-marketplace",
        "account": "111122223333",
        "time": "2026-11-02T14:24:23Z",
        "region": "us-east-1",
        "resources": ["arn:aws:aws-marketplace::aws:agreement:agmt-cloud1"],
        "detail": {
            "requestId": "00000000-0000-4000-8000-000000000001",
            "catalog": "AWSMarketplace",
            "agreement": {"id": "agmt-cloud1"},
            "product": {"id": "prod-hourly1", "code": "hourlycode1"},
            "license": {"arn": f"arn:aws:license-manager::111122223333:license:{LICENCE}"},
            "acceptor": {"accountId": "444455556666"},
            "proposer": {"accountId": "111122223333"},
            "offer": {"id": "offer-public1"},
        },
    }


def put(event: "PutEventsRequestEntryTypeDef") -> None:
    said = boto3.client("events").put_events(Entries=[event])
    assert said["FailedEntryCount"] == 0, said


def partition(key: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": key},
        "ConsistentRead": True,
    }


def wait_for(look: Callable[[], list[Any]]) -> list[Any]:
    """What is found, as soon as there is any."""
    limit = time.monotonic() + _SECONDS
    while not (found := look()):
        assert time.monotonic() < limit, "nothing came"
        time.sleep(0.5)
    return found
