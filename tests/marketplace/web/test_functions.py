"""The functions' envelopes, and the environment that they stand on."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import msgspec
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

from citylake.errors import InputInvalid, MarketMisconfigured
from marketplace.alarms import Alarm, Trouble
from marketplace.facts import Reminded
from marketplace.functions import handlers
from marketplace.functions.deployment import open_deployment
from marketplace.life import State
from marketplace.office import join
from marketplace.provision import CityState
from marketplace.reminders import Reminders
from tests.marketplace.conftest import make_table
from tests.marketplace.rig import ITHACA
from tests.marketplace.web.pages import Shop

LOG = Logger(service="test", level="CRITICAL")
CONTEXT = SimpleNamespace(aws_request_id="r1", get_remaining_time_in_millis=lambda: 900_000)


def queued(*bodies: bytes) -> dict[str, Any]:
    return {
        "Records": [{"messageId": f"m{n}", "body": body.decode()} for n, body in enumerate(bodies)]
    }


def test_events_are_kept_and_what_follows_is_done_at_once(shop: Shop) -> None:
    rig = shop.rig
    agreement = rig.world.subscribe("444455556666")
    rig.register(agreement, ITHACA)
    handle = handlers.events(rig.market, LOG)
    assert rig.fleet.asked == []
    rig.clock.advance(timedelta(minutes=2))
    assert handle(queued(*rig.world.events()), CONTEXT) == {"batchItemFailures": []}
    assert [request.geoid for request in rig.fleet.asked] == [ITHACA.geoid]


def test_a_damaged_event_fails_alone(shop: Shop) -> None:
    shop.rig.world.subscribe("444455556666")
    (good,) = shop.rig.world.events()
    answer = handlers.events(shop.rig.market, LOG)(queued(b"{", good, b"[]"), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}
    assert shop.rig.market.subscription("agmt-00000001").licences


def test_an_event_of_someone_else_fails(shop: Shop) -> None:
    shop.rig.world.subscribe("444455556666")
    (body,) = shop.rig.world.events()
    forged = json.dumps({**json.loads(body), "source": "mock.agreement-marketplace"}).encode()
    answer = handlers.events(shop.rig.market, LOG)(queued(forged), CONTEXT)
    assert answer["batchItemFailures"] == [{"itemIdentifier": "m0"}]


def test_the_clock_moves_on_and_leaves_a_survey(shop: Shop) -> None:
    shop.rig.buy(place=ITHACA)
    handle = handlers.clock(shop.rig.market, shop.office, shop.desk.prices, LOG)
    counts = handle({}, CONTEXT)
    assert counts["subscriptions"] == 1
    survey = shop.office.survey()
    assert survey is not None
    assert survey.counts == {State.PROVISIONING: 1}


def test_the_clock_leaves_a_survey_though_nothing_can_be_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(market: object) -> None:
        raise MarketMisconfigured("DisabledApi")

    monkeypatch.setattr(handlers, "tick", fails)
    handle = handlers.clock(shop.rig.market, shop.office, shop.desk.prices, LOG)
    with pytest.raises(MarketMisconfigured):
        handle({}, CONTEXT)
    assert shop.office.survey() is not None


def test_the_sweep_writes_to_who_may_see_the_licence(shop: Shop) -> None:
    _, licence = shop.buyer("clerk@example.com")
    shop.rig.clock.advance(timedelta(days=2))
    remind = Reminders(
        shop.office,
        shop.outbox,
        shop.rig.alarms.append,
        origin="https://market.example.org",
        help="help@example.org",
    )
    handlers.daily(shop.rig.market, remind, LOG)({}, CONTEXT)
    mail = shop.outbox.sent[-1]
    assert (mail.to, mail.subject) == ("clerk@example.com", "Choose the city of your subscription")
    assert f"https://market.example.org/subscriptions/{licence}/" in mail.text


def test_a_reminder_for_nobody_is_told_to_a_person(shop: Shop) -> None:
    agreement = shop.rig.buy(place=ITHACA)
    remind = Reminders(
        shop.office, shop.outbox, shop.rig.alarms.append, origin="https://m", help="h@example.org"
    )
    licence = shop.rig.licence(agreement)
    reminded = Reminded(
        id="r", at=shop.rig.clock.now(), licence=licence.id, what="registration", day=7
    )
    remind(licence, reminded)
    (alarm,) = shop.rig.heard(Trouble.STUCK)
    assert "4444" in alarm.words
    join(shop.office, "clerk@example.com", licence.id, shop.rig.clock.now())
    change = "tier pop_t03 from 2027-10-01"
    remind(licence, msgspec.structs.replace(reminded, id="r2", what=change))
    assert "tier pop_t03 from 2027-10-01" in shop.outbox.sent[-1].text


ENVIRONMENT = {
    "CITYLAKE_MARKET_TABLE": "market",
    "CITYLAKE_REGISTRY": "registry",
    "CITYLAKE_PRODUCTS": '[{"code": "abc", "kind": "hourly", "id": "prod-abc"}]',
    "CITYLAKE_NATIONAL_BUCKET": "lake",
    "CITYLAKE_MAIL_SENDER": "citylake@example.org",
    "CITYLAKE_STAFF_CLIENT": "client1",
    "CITYLAKE_SUPPORT_EMAIL": "help@example.org",
    "CITYLAKE_MARKET_ORIGIN": "https://market.example.org/",
    "CITYLAKE_SHOWCASE": "https://show.example.org/",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        make_table("market")
        boto3.client("dynamodb").create_table(
            TableName="registry",
            KeySchema=[{"AttributeName": "geoid", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "geoid", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield


@pytest.mark.usefixtures("cloud")
def test_a_function_stands_on_what_its_environment_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    deployment = open_deployment("market-web", ENVIRONMENT)
    desk = deployment.desk()
    assert desk.contact.showcase == "https://show.example.org"
    assert deployment.market.cities.find("3719000").state is CityState.ABSENT
    assert deployment.reminders()
    deployment.market.ring(Alarm(Trouble.STUCK, "l-0a", "it waits"))
    (rung,) = desk.office.alarms(deployment.market.now(), 5)
    assert rung.alarm.words == "it waits"
    printed = capsys.readouterr().out
    assert '"MarketAlarms"' in printed
    assert '"trouble":"stuck"' in printed.replace(" ", "")


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("name", ["MARKET_TABLE", "REGISTRY", "PRODUCTS", "MAIL_SENDER"])
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    environment = {key: text for key, text in ENVIRONMENT.items() if key != f"CITYLAKE_{name}"}
    with pytest.raises(InputInvalid, match=name):
        open_deployment("market-web", environment)
