"""Books of both kinds, and a table to keep the second in."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from marketplace.books import Books
from marketplace.memory import MemoryBooks
from marketplace.table import DUE, TableBooks


def make_table(name: str = "market") -> TableBooks:
    """A table as the stack makes it."""
    client = boto3.client("dynamodb", "us-east-1")
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "due_pk", "due_sk")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": DUE,
                "KeySchema": [
                    {"AttributeName": "due_pk", "KeyType": "HASH"},
                    {"AttributeName": "due_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return TableBooks(client, name, pause=lambda seconds: None)


@pytest.fixture(params=["memory", "table"])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    if request.param == "memory":
        yield MemoryBooks()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield make_table()
