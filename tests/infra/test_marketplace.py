"""The marketplace as it is deployed: what it hears, what starts it, what it may do to whom."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from citylake.errors import InputInvalid
from infra.code import ROOT
from infra.hearing import SOURCE
from infra.marketplace import DUE
from infra.selling import Selling, read_selling
from infra.troubles import TROUBLES
from lambdas.fleet.fleet import Order
from marketplace import provision, table
from marketplace.alarms import Trouble
from marketplace.products import Products
from marketplace.provision import Request, Wanted
from tests.infra.assembly import SELLING, Assembly
from tests.infra.cloud import NATIONAL, REGISTRY, Cloud
from tests.infra.policies import ACCOUNT, REGION

STACK = "Citylake-Marketplace"
FUNCTIONS = ("Web", "Events", "Clock", "Sweep")
BOOKS = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STACK}-Books"
CITIES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{REGISTRY}"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
SENDER = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/citylake@example.gov"


@pytest.fixture(scope="session")
def cloud(assembly: Assembly) -> Cloud:
    return Cloud(assembly)


def of_kind(assembly: Assembly, kind: str, stack: str = STACK) -> list[dict[str, Any]]:
    return [dict(each["Properties"]) for at, _, each in assembly.kinds(kind) if at == stack]


def test_the_books_table_is_as_the_books_need_it(assembly: Assembly) -> None:
    (books,) = of_kind(assembly, "AWS::DynamoDB::Table")

    assert books["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert books["GlobalSecondaryIndexes"] == [
        {
            "IndexName": table.DUE,
            "KeySchema": [
                {"AttributeName": "due_pk", "KeyType": "HASH"},
                {"AttributeName": "due_sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ]
    assert table.DUE == DUE
    assert books["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert {each["AttributeType"] for each in books["AttributeDefinitions"]} == {"S"}


def test_every_event_of_aws_marketplace_is_heard_whatever_its_kind(assembly: Assembly) -> None:
    (rule,) = of_kind(assembly, "AWS::Events::Rule")

    # A list of kinds would miss those of the other suffix, and those that are not known yet.
    assert rule["EventPattern"] == {"source": ["aws.agreement-marketplace"]}


def test_an_event_fails_alone_is_tried_again_and_is_set_aside(assembly: Assembly) -> None:
    (mapping,) = of_kind(assembly, "AWS::Lambda::EventSourceMapping")
    (queue,) = (queue for queue in of_kind(assembly, "AWS::SQS::Queue") if "RedrivePolicy" in queue)
    (seconds,) = (
        function["Timeout"]
        for function in of_kind(assembly, "AWS::Lambda::Function")
        if function["Handler"] == "marketplace.functions.events.handler"
    )

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert queue["VisibilityTimeout"] >= 6 * seconds


def test_the_clock_goes_every_ten_minutes_and_the_sweep_before_a_month_closes(
    assembly: Assembly,
) -> None:
    schedules = {
        schedule["Description"]: (schedule["ScheduleExpression"], schedule["State"])
        for schedule in of_kind(assembly, "AWS::Scheduler::Schedule")
    }

    assert schedules == {
        "The marketplace's clock": ("cron(1/10 * * * ? *)", "ENABLED"),
        "The marketplace's sweep": ("cron(40 3 * * ? *)", "ENABLED"),
    }


def test_every_trouble_that_is_rung_about_has_an_alarm_of_its_own(assembly: Assembly) -> None:
    watched = {
        tuple((each["Name"], each["Value"]) for each in alarm["Dimensions"])
        for alarm in of_kind(assembly, "AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "MarketAlarms"
    }
    services = {
        function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for function in of_kind(assembly, "AWS::Lambda::Function")
    }

    # Powertools counts under the service's name, so that all must bear the one that is watched.
    (service,) = services
    assert watched == {(("service", service), ("trouble", str(each))) for each in Trouble}
    assert set(TROUBLES) == {str(trouble) for trouble in Trouble}


def test_what_is_sold_reaches_the_functions(assembly: Assembly) -> None:
    (web,) = (
        function["Environment"]["Variables"]
        for function in of_kind(assembly, "AWS::Lambda::Function")
        if function["Handler"] == "marketplace.functions.web.handler"
    )

    (product,) = Products.from_environment(web).listed
    assert (product.code, product.kind, product.id) == ("hourlycode1", "hourly", "prod-hourly1")
    assert web["CITYLAKE_MAIL_SENDER"] == "citylake@example.gov"
    assert web["CITYLAKE_PLATFORM_REGION"] == "us-east-1"


class TestWhatTheFleetHears:
    def rules(self, assembly: Assembly) -> dict[str, dict[str, Any]]:
        return {
            rule["EventPattern"]["detail-type"][0]: rule
            for rule in of_kind(assembly, "AWS::Events::Rule", "Citylake-Fleet")
        }

    def test_every_request_starts_its_own_machine(self, assembly: Assembly) -> None:
        machines = {
            kind: json.dumps(rule["Targets"][0]["Arn"])
            for kind, rule in self.rules(assembly).items()
        }

        assert set(machines) == {str(wanted) for wanted in Wanted}
        for kind, machine in machines.items():
            assert f"{kind.removesuffix('Requested')}Machine" in machine
        assert SOURCE == provision.SOURCE

    @pytest.mark.parametrize("wanted", Wanted)
    def test_a_run_is_given_what_its_steps_read(self, assembly: Assembly, wanted: Wanted) -> None:
        (target,) = self.rules(assembly)[wanted]["Targets"]
        told = transformed(target["InputTransformer"], request(wanted))

        assert told["geoid"] == "3719000"
        assert set(told) <= set(Order.__struct_fields__)
        if wanted is Wanted.PROVISION:
            assert told["private_offer"] == "offer-1"
        if wanted is Wanted.SUSPEND:
            assert told["reason"] == 'the "contract" ended'

    def test_no_request_can_have_a_citys_data_deleted(self, assembly: Assembly) -> None:
        passed = {
            name
            for rule in self.rules(assembly).values()
            for name in rule["Targets"][0]["InputTransformer"]["InputPathsMap"]
        }

        assert passed == {"geoid", "private_offer", "reason"}

    def test_events_start_these_machines_and_no_other(self, cloud: Cloud) -> None:
        role = cloud.role_named("Citylake-Fleet", "HearingRole")
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Citylake-Fleet-{{}}Machine"

        for name in ("Provision", "Suspend", "Resume", "Teardown"):
            assert role.may("states:StartExecution", machine.format(name)), name
        assert not role.may("states:StartExecution", machine.format("Upgrade"))


def request(wanted: Wanted) -> dict[str, str]:
    """A request's detail as the marketplace puts it on the bus."""
    held = Request(
        wanted=wanted,
        geoid="3719000",
        licence="l-0123abcd",
        reason='the "contract" ended',
        private_offer="offer-1",
    )
    detail: dict[str, str] = msgspec.json.decode(msgspec.json.encode(held))
    return detail


def transformed(transformer: dict[str, Any], detail: dict[str, str]) -> dict[str, str]:
    """What EventBridge makes of an event: texts come with their quotes."""
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        text = text.replace(f"<{name}>", json.dumps(detail[path.removeprefix("$.detail.")]))
    made: dict[str, str] = json.loads(text)
    return made


class TestWhatItMayDo:
    @pytest.mark.parametrize(
        ("action", "who"),
        [
            ("aws-marketplace:ResolveCustomer", {"Web"}),
            ("aws-marketplace:BatchMeterUsage", {"Clock"}),
            ("aws-marketplace:SearchAgreements", {"Sweep"}),
            ("aws-marketplace:GetAgreementEntitlements", {"Sweep"}),
            ("aws-marketplace:DescribeAgreement", {"Web", "Events", "Clock", "Sweep"}),
            ("aws-marketplace:GetAgreementTerms", {"Web", "Events", "Clock", "Sweep"}),
            ("aws-marketplace:GetEntitlements", {"Web", "Events", "Clock", "Sweep"}),
            ("aws-marketplace:MeterUsage", set()),
            ("aws-marketplace:CancelAgreement", set()),
            ("aws-marketplace:BatchCreateBillingAdjustmentRequest", set()),
        ],
    )
    def test_each_asks_aws_marketplace_for_its_own_part(
        self, cloud: Cloud, action: str, who: set[str]
    ) -> None:
        assert {name for name in FUNCTIONS if cloud.role(STACK, name).may(action, "*")} == who

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_it_reads_what_the_fleet_keeps_and_changes_none_of_it(
        self, cloud: Cloud, name: str
    ) -> None:
        role = cloud.role(STACK, name)

        assert role.may("dynamodb:GetItem", CITIES)
        for action in ("PutItem", "UpdateItem", "DeleteItem", "Scan"):
            assert not role.may(f"dynamodb:{action}", CITIES), action
        assert not role.may("states:StartExecution", "*")

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_it_adds_to_the_books_and_deletes_nothing_that_is_billed_by(
        self, cloud: Cloud, name: str
    ) -> None:
        role = cloud.role(STACK, name)

        for action in ("GetItem", "PutItem", "Query"):
            assert role.may(f"dynamodb:{action}", BOOKS), action
        assert role.may("dynamodb:Query", f"{BOOKS}/index/{DUE}")
        for action in ("DeleteTable", "UpdateTable", "Scan", "BatchWriteItem"):
            assert not role.may(f"dynamodb:{action}", BOOKS), action
        for key in ("J#l-1#2026-11", "L#l-1", "S#l-1", "P#3719000", "RAW#1"):
            for action in ("DeleteItem", "UpdateItem"):
                assert not role.may(f"dynamodb:{action}", BOOKS, dynamodb__LeadingKeys=key), key

    def test_only_the_pages_end_sessions_and_count(self, cloud: Cloud) -> None:
        for action, key in (("DeleteItem", "V#abc"), ("UpdateItem", "N#abc")):
            who = {
                name
                for name in FUNCTIONS
                if cloud.role(STACK, name).may(
                    f"dynamodb:{action}", BOOKS, dynamodb__LeadingKeys=key
                )
            }
            assert who == {"Web"}, action

    def test_it_asks_the_fleet_in_its_own_name_alone(self, cloud: Cloud) -> None:
        for name in ("Web", "Events", "Clock"):
            role = cloud.role(STACK, name)
            assert role.may("events:PutEvents", BUS, events__source=SOURCE), name
            assert not role.may("events:PutEvents", BUS, events__source="aws.s3"), name
        assert not cloud.role(STACK, "Sweep").may("events:PutEvents", BUS, events__source=SOURCE)

    def test_mail_goes_from_one_address(self, cloud: Cloud) -> None:
        for name, mails in (("Web", True), ("Sweep", True), ("Events", False), ("Clock", False)):
            role = cloud.role(STACK, name)
            held = role.may("ses:SendEmail", SENDER, ses__FromAddress="citylake@example.gov")
            assert held is mails, name
            assert not role.may("ses:SendEmail", SENDER, ses__FromAddress="mayor@example.gov")

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_it_reads_the_register_of_places_and_writes_no_lake(
        self, cloud: Cloud, name: str
    ) -> None:
        role = cloud.role(STACK, name)

        assert role.may("s3:GetObject", f"{NATIONAL}/catalog/national.json")
        assert role.may("s3:GetObject", f"{NATIONAL}/warehouse/places/1.parquet")
        assert not role.may("s3:GetObject", f"{NATIONAL}/raw/x")
        assert not role.may("s3:PutObject", f"{NATIONAL}/catalog/national.json")

    def test_schedules_start_clock_and_sweep_alone(self, cloud: Cloud) -> None:
        role = cloud.role_named(STACK, "ScheduleRole")

        started = {
            name
            for name in FUNCTIONS
            if role.may(
                "lambda:InvokeFunction",
                f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-{name}",
            )
        }
        assert started == {"Clock", "Sweep"}


class TestWhatIsSold:
    def test_the_example_is_one(self) -> None:
        held = read_selling(ROOT / "marketplace" / "listing" / "market.example.toml")

        assert [product["kind"] for product in held.products] == ["hourly", "yearly"]
        environment = {"CITYLAKE_PRODUCTS": held.products_json}
        assert len(Products.from_environment(environment).listed) == 2

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ('sender = "nobody"', "sender is 'nobody'"),
            ('domain = "buy.example.gov"', "expected both or neither"),
            ("colour = 3", "colour"),
            ('[[products]]\ncode = "a"\nkind = "weekly"', "weekly"),
            ('[[products]]\nkind = "hourly"', "expected a code"),
            ('[[products]]\ncode = "a"\nkind = "hourly"\nprice = "3"', "price"),
            ('[[products]]\ncode = "a"\nkind = "hourly"\n' * 2, "twice"),
            ("=", "shows the form"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, change: str, named: str) -> None:
        path = tmp_path / "market.toml"
        base = {"sender": '"a@example.gov"', "support": '"b@example.gov"', "products": "[]"}
        key = change.partition(" ")[0]
        base.pop(key, None)
        if change.startswith("[["):
            base.pop("products")
        lines = [f"{name} = {value}" for name, value in base.items()]
        path.write_text("\n".join([*lines, change]) + "\n")

        with pytest.raises(InputInvalid, match=named):
            read_selling(path)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputInvalid, match="shows the form"):
            read_selling(tmp_path / "none.toml")

    def test_nothing_is_sold_unless_told(self) -> None:
        assert Selling(sender="a@b.gov", support="a@b.gov", products=()).products_json == "[]"
        assert "hourlycode1" in SELLING.products_json
