"""What a function stands on: each client in the region of what it asks."""

from typing import Any

import pytest

from marketplace.functions.deployment import open_deployment

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "CITYLAKE_MARKET_TABLE": "books",
    "CITYLAKE_REGISTRY": "cities",
    "CITYLAKE_PRODUCTS": "[]",
    "CITYLAKE_NATIONAL_BUCKET": "national",
    "CITYLAKE_MAIL_SENDER": "citylake@example.gov",
    "CITYLAKE_SUPPORT_EMAIL": "support@example.gov",
    "CITYLAKE_STAFF_CLIENT": "client",
}


def regions(environment: dict[str, str]) -> dict[str, str]:
    """Where each client asks, by what it asks."""
    made = open_deployment("market-web", environment)
    held: dict[str, Any] = {
        "books": made.market.books,
        "metering": made.market.metering,
        "bus": made.market.announcer,
        "pool": made.desk().identity,
        "mail": made.mailer,
    }
    found = {name: each._client.meta.region_name for name, each in held.items()}
    cities: Any = made.market.cities
    return found | {"registry": cities._table.meta.client.meta.region_name}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_a_platform_elsewhere_is_asked_there_and_aws_marketplace_here() -> None:
    asked = regions({**ENVIRONMENT, "CITYLAKE_PLATFORM_REGION": "us-west-2"})

    assert asked == {
        "books": "us-east-1",
        "metering": "us-east-1",
        "mail": "us-east-1",
        "bus": "us-west-2",
        "pool": "us-west-2",
        "registry": "us-west-2",
    }


def test_without_a_word_all_is_in_one_region() -> None:
    assert set(regions(ENVIRONMENT).values()) == {"us-east-1"}
