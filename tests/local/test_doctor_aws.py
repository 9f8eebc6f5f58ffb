"""The doctor of an account, on moto; what moto lacks, or never does, is answered in its place."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from moto import mock_aws

from lambdas.fleet.cities import City, Status
from lambdas.fleet.registry import TableRegistry
from local.doctor.account import examine_account
from local.doctor.attempt import attempt
from local.doctor.clients import Clients, open_clients
from local.doctor.domains import examine_domains
from local.doctor.finding import Finding
from local.doctor.platform import examine_alarms, examine_bootstrap, examine_buckets
from local.doctor.quotas import PER_CITY, QUOTAS, examine_quotas
from local.doctor.runtimes import DEPLOYED, examine_runtimes

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import PublicAccessBlockConfigurationTypeDef

TODAY = date(2026, 11, 23)
SOON = datetime(2026, 12, 1, tzinfo=UTC)
CLOSED: "PublicAccessBlockConfigurationTypeDef" = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
HALF_OPEN: "PublicAccessBlockConfigurationTypeDef" = {**CLOSED, "BlockPublicPolicy": False}
DISTRIBUTIONS = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}


LAMBDA_SETTINGS = {
    "AccountLimit": {"UnreservedConcurrentExecutions": 1000, "TotalCodeSize": 80_530_636_800},
    "AccountUsage": {"TotalCodeSize": 500_000_000, "FunctionCount": 12},
}


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """Clients without an account; making them takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, "/dev/null")
        yield open_clients()


@pytest.fixture
def aws(clients: Clients) -> Iterator[Clients]:
    """An account with CDK's bootstrap and nothing else."""
    with mock_aws():
        answer(clients.cloudformation, "DescribeAccountLimits", stack_limit(2000))
        answer(clients.lambdas, "GetAccountSettings", LAMBDA_SETTINGS)
        answer(clients.cloudfront, "ListDistributionTenants", {})
        answer(clients.quotas, "GetServiceQuota", {"Quota": {"Value": 10_000.0}})
        answer(clients.edge_quotas, "GetServiceQuota", {"Quota": {"Value": 10_000.0}})
        clients.ssm.put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
        yield clients
    while ANSWERED:
        client, event = ANSWERED.pop()
        client.meta.events.unregister(event, unique_id=event)


ANSWERED: list[tuple[Any, str]] = []


def instead(client: Any, operation: str, act: Callable[..., object]) -> None:
    """Let something else happen where a client would send a request."""
    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.unregister(event, unique_id=event)
    client.meta.events.register(event, act, unique_id=event)
    ANSWERED.append((client, event))


def answer(client: Any, operation: str, body: dict[str, Any], status: int = 200) -> None:
    whole = {"ResponseMetadata": {"HTTPStatusCode": status}} | body
    response = SimpleNamespace(status_code=status, headers={})
    instead(client, operation, lambda **_: (response, whole))


def refuse(client: Any, operation: str, code: str, message: str = "no") -> None:
    answer(client, operation, {"Error": {"Code": code, "Message": message}}, status=400)


def fail(client: Any, operation: str, error: Exception) -> None:
    """Let a call fail as it does when there is no network."""

    def act(**_: object) -> None:
        raise error

    instead(client, operation, act)


def stack_limit(value: int) -> dict[str, Any]:
    return {"AccountLimits": [{"Name": "StackLimit", "Value": value}]}


def bad(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


def one(findings: list[Finding], subject: str) -> Finding:
    (found,) = (finding for finding in findings if finding.subject == subject)
    return found


def city(geoid: str, name: str, **facts: Any) -> City:
    return City(
        geoid=geoid, name=name, state="NC", slug=f"nc/{name.lower()}", population=9, tier="pop_t01",
        **facts,
    )  # fmt: skip


def test_an_account_before_the_first_deployment_is_well(aws: Clients) -> None:
    findings = examine_account(aws, cities=50, today=TODAY)

    assert bad(findings) == []
    assert one(findings, "credentials").found.endswith("in account 123456789012, region us-east-1")
    assert one(findings, "fleet").found == "not deployed in us-east-1 yet"
    assert one(findings, "alarm topic").found == "not deployed yet"


def test_every_finding_that_is_bad_has_a_remedy_and_no_other_has_one(aws: Clients) -> None:
    refuse(aws.iam, "GetAccountSummary", "AccessDenied")
    aws.s3.create_bucket(Bucket="citylake-lake-national")

    findings = examine_account(aws, cities=100_000, today=date(2030, 1, 1))

    assert len(bad(findings)) > 5
    assert all(bool(finding.remedy) is not finding.ok for finding in findings)


@pytest.mark.parametrize(
    ("error", "subject", "remedy"),
    [
        (NoCredentialsError(), "credentials", "sign in again"),
        (EndpointConnectionError(endpoint_url="https://sts"), "network", "reaches AWS"),
    ],
)
def test_without_credentials_or_network_there_is_one_finding(
    aws: Clients, error: Exception, subject: str, remedy: str
) -> None:
    fail(aws.sts, "GetCallerIdentity", error)
    (finding,) = examine_account(aws, cities=1, today=TODAY)
    assert (finding.subject, finding.ok) == (subject, False)
    assert remedy in finding.remedy


def test_expired_credentials_are_told_from_missing_ones(aws: Clients) -> None:
    refuse(aws.sts, "GetCallerIdentity", "ExpiredToken")
    (finding,) = examine_account(aws, cities=1, today=TODAY)
    assert finding.found == "ExpiredToken: refused by AWS"
    assert "aws sso login" in finding.remedy


def test_a_refused_call_names_its_permission_and_the_other_parts_go_on(aws: Clients) -> None:
    refuse(
        aws.iam, "GetAccountSummary", "AccessDenied",
        "User: arn:aws:iam::1:user/a is not authorized to perform: iam:GetAccountSummary on: *",
    )  # fmt: skip
    refuse(aws.s3, "ListBuckets", "AccessDenied", "Access Denied")

    findings = examine_account(aws, cities=10, today=TODAY)

    assert {(finding.subject, finding.found) for finding in bad(findings)} == {
        ("IAM roles", "not looked at: iam:GetAccountSummary is not allowed"),
        ("S3 buckets", "not looked at: ListBuckets is not allowed"),
        ("buckets", "not looked at: ListBuckets is not allowed"),
    }


def test_a_lost_connection_half_way_is_the_finding_of_that_part(aws: Clients) -> None:
    fail(aws.glue, "GetDatabases", EndpointConnectionError(endpoint_url="https://glue"))
    findings = list(examine_quotas(aws, 10))
    assert [finding.subject for finding in bad(findings)] == ["Glue databases"]
    assert len(findings) == len(QUOTAS)


def test_what_a_check_found_before_it_failed_is_kept() -> None:
    def check() -> Iterator[Finding]:
        yield Finding("first", ok=True, found="seen")
        raise NoCredentialsError

    assert [finding.subject for finding in attempt("second", check())] == ["first", "second"]


class TestQuotas:
    def test_room_is_what_the_limit_leaves_divided_by_what_a_city_takes(self, aws: Clients) -> None:
        answer(
            aws.iam, "GetAccountSummary", {"SummaryMap": {"Roles": 400, "RolesQuota": 1000}}
        )  # fmt: skip
        roles = PER_CITY["AWS::IAM::Role"]
        room = 600 // roles

        fits = one(list(examine_quotas(aws, room)), "IAM roles")
        full = one(list(examine_quotas(aws, room + 1)), "IAM roles")

        assert fits.ok
        assert fits.found == f"400 of 1,000 used; a city takes {roles}: room for {room} cities"
        assert not full.ok
        assert "--quota-code L-FE177D64" in full.remedy
        assert "--region us-east-1" in full.remedy

    def test_cities_that_are_there_need_nothing_more(self, aws: Clients) -> None:
        for name in ("3719000", "3719000-data", "0807850", "0807850-data", "2511000-data"):
            aws.cloudformation.create_stack(
                StackName=f"citylake-city-{name}",
                TemplateBody=json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}),
            )
        answer(aws.cloudformation, "DescribeAccountLimits", stack_limit(7))

        fits = one(list(examine_quotas(aws, 3)), "CloudFormation stacks")
        full = one(list(examine_quotas(aws, 4)), "CloudFormation stacks")

        # The third city left, and its data stayed: a stack in use, but no city.
        assert fits == Finding(
            "CloudFormation stacks", True, "5 of 7 used; a city takes 2: room for 3 cities"
        )
        assert not full.ok

    def test_the_quota_of_the_account_is_asked_for_before_the_documented_one(
        self, aws: Clients
    ) -> None:
        raised = {"Quota": {"Value": 25_000.0}}
        answer(aws.quotas, "GetServiceQuota", raised)
        assert " of 25,000 used;" in one(list(examine_quotas(aws, 1)), "Glue databases").found

    def test_a_quota_that_the_api_does_not_know_is_the_documented_one_and_says_so(
        self, aws: Clients
    ) -> None:
        refuse(aws.quotas, "GetServiceQuota", "NoSuchResourceException")
        refuse(aws.quotas, "GetAWSDefaultServiceQuota", "NoSuchResourceException")
        found = one(list(examine_quotas(aws, 1)), "Glue databases").found
        assert found.startswith("0 of 10,000 used (by AWS Glue quotas; the account's own is not ")

    def test_a_limit_that_may_not_be_asked_for_is_the_documented_one_and_says_so(
        self, aws: Clients
    ) -> None:
        refuse(aws.quotas, "GetServiceQuota", "AccessDeniedException")
        finding = one(list(examine_quotas(aws, 1)), "Glue databases")
        assert finding.ok
        assert "is not known: GetServiceQuota is not allowed)" in finding.found

    def test_a_service_that_does_not_tell_its_limit_is_asked_by_service_quotas(
        self, aws: Clients
    ) -> None:
        refuse(aws.cloudformation, "DescribeAccountLimits", "AccessDenied")
        answer(aws.quotas, "GetServiceQuota", {"Quota": {"Value": 2_500.0}})
        stacks = one(list(examine_quotas(aws, 1)), "CloudFormation stacks")
        assert stacks.found.startswith("0 of 2,500 used; ")

    def test_code_is_weighed_in_gigabytes(self, aws: Clients) -> None:
        finding = one(list(examine_quotas(aws, 1_000_000)), "Lambda code")
        assert finding.found.startswith("0.500 GB of 80.5 GB used; a city takes 0.003 GB")
        assert "--quota-code L-2ACBD22F --desired-value 33" in finding.remedy

    def test_a_new_account_runs_few_functions_at_once(self, aws: Clients) -> None:
        few = {"AccountLimit": {"UnreservedConcurrentExecutions": 10, "TotalCodeSize": 1}}
        answer(aws.lambdas, "GetAccountSettings", LAMBDA_SETTINGS | few)
        finding = one(list(examine_quotas(aws, 50)), "Lambda executions at once")
        assert finding.found == "0 of 10 used; a city takes 2: room for 5 cities"
        assert "--desired-value 111 " in finding.remedy


class TestBootstrap:
    def test_is_looked_for_in_both_regions(self, aws: Clients) -> None:
        west = open_clients("us-west-2")
        findings = list(examine_bootstrap(west, "123456789012"))
        assert [(finding.subject, finding.ok) for finding in findings] == [
            ("CDK bootstrap in us-west-2", False),
            ("CDK bootstrap in us-east-1", True),
        ]
        assert "cdk bootstrap aws://123456789012/us-west-2" in findings[0].remedy

    def test_may_be_too_old(self, aws: Clients) -> None:
        aws.ssm.put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="5", Type="String", Overwrite=True
        )
        (finding,) = examine_bootstrap(aws, "123456789012")
        assert (finding.ok, finding.found) == (False, "version 5, needed 6")


class TestRuntimes:
    @pytest.mark.parametrize(
        ("today", "ok", "found"),
        [
            (date(2026, 11, 23), True, "0 functions; AWS keeps it until 2029-06-30"),
            (date(2028, 6, 29), True, "0 functions; AWS keeps it until 2029-06-30"),
            (date(2028, 6, 30), False, "0 functions; it ends on 2029-06-30, in 365 days"),
            (date(2029, 6, 30), False, "0 functions; it ends on 2029-06-30, in 0 days"),
            (date(2029, 7, 1), False, "0 functions; it ended on 2029-06-30"),
        ],
    )
    def test_are_warned_of_a_year_ahead(
        self, aws: Clients, today: date, ok: bool, found: str
    ) -> None:
        (finding,) = examine_runtimes(aws, today)
        assert finding == Finding(f"runtime {DEPLOYED}", ok, found, finding.remedy)

    def test_of_functions_that_are_there_are_looked_at_too(self, aws: Clients) -> None:
        answer(
            aws.lambdas,
            "ListFunctions",
            {
                "Functions": [
                    {"FunctionName": "Citylake-Showcase-Read1", "Runtime": "python3.11"},
                    {"FunctionName": "citylake-city-3719000-Read1", "Runtime": "python3.13"},
                    {"FunctionName": "somebody-elses", "Runtime": "nodejs12.x"},
                ]
            },
        )
        old, new = examine_runtimes(aws, TODAY)
        assert (old.subject, old.ok) == ("runtime python3.11", False)
        assert old.found == "1 functions; its end is not known here"
        assert new.ok


class TestAlarms:
    @pytest.fixture
    def topic(self, aws: Clients) -> str:
        arn = aws.sns.create_topic(Name="alarms")["TopicArn"]
        aws.ssm.put_parameter(Name="/citylake/alarm-topic", Value=arn, Type="String")
        return arn

    def test_must_tell_somebody(self, aws: Clients, topic: str) -> None:
        (finding,) = examine_alarms(aws)
        assert (finding.ok, finding.found) == (False, "tells nobody")
        assert f"--topic-arn {topic}" in finding.remedy

    def test_a_subscription_counts_when_it_is_confirmed(self, aws: Clients, topic: str) -> None:
        waiting = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "ops@example.gov"}
        answer(aws.sns, "ListSubscriptionsByTopic", {"Subscriptions": [waiting]})
        (finding,) = examine_alarms(aws)
        assert finding.found == "tells nobody; 1 have not confirmed"

    def test_one_subscriber_is_enough(self, aws: Clients, topic: str) -> None:
        aws.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.gov")
        (finding,) = examine_alarms(aws)
        assert finding == Finding("alarm topic", ok=True, found="tells 1 subscribers")


class TestBuckets:
    def test_one_that_may_be_opened_is_named_with_the_command_that_closes_it(
        self, aws: Clients
    ) -> None:
        for name in ("citylake-lake-national", "citylake-city-3719000", "citylake-half", "other"):
            aws.s3.create_bucket(Bucket=name)
        aws.s3.put_public_access_block(
            Bucket="citylake-lake-national", PublicAccessBlockConfiguration=CLOSED
        )
        aws.s3.put_public_access_block(
            Bucket="citylake-half", PublicAccessBlockConfiguration=HALF_OPEN
        )
        findings = list(examine_buckets(aws))
        assert {finding.subject for finding in findings} == {
            "bucket citylake-city-3719000",
            "bucket citylake-half",
        }
        assert all("--bucket citylake-" in finding.remedy for finding in findings)

    def test_closed_ones_are_counted(self, aws: Clients) -> None:
        aws.s3.create_bucket(Bucket="citylake-lake-national")
        aws.s3.put_public_access_block(
            Bucket="citylake-lake-national", PublicAccessBlockConfiguration=CLOSED
        )
        (finding,) = examine_buckets(aws)
        assert finding == Finding("buckets", ok=True, found="1 buckets, all closed to the public")


class TestDomains:
    DURHAM = city("3719000", "Durham", domain="data.durham.example")

    def test_of_two_cities_alike_name_both(self, aws: Clients) -> None:
        raleigh = city("3755000", "Raleigh", domain="DATA.durham.example")
        (finding,) = examine_domains(aws, [self.DURHAM, raleigh], TODAY)
        assert finding.found == "asked for by Durham, NC (3719000) and Raleigh, NC (3755000)"

    def test_of_a_city_that_is_gone_are_free(self, aws: Clients) -> None:
        gone = city("3755000", "Raleigh", domain="data.durham.example", status=Status.GONE)
        (finding,) = examine_domains(aws, [self.DURHAM, gone], TODAY)
        assert finding == Finding("domains", ok=True, found="1 of cities, none clashes")

    def test_that_a_distribution_already_serves_are_named_with_it(self, aws: Clients) -> None:
        other = {"Id": "E1", "Aliases": {"Quantity": 1, "Items": ["data.durham.example"]}}
        answer(
            aws.cloudfront,
            "ListDistributions",
            {"DistributionList": DISTRIBUTIONS | {"Quantity": 1, "Items": [other]}},
        )
        (finding,) = examine_domains(aws, [self.DURHAM], TODAY)
        assert finding.found == "already alias of distribution E1"

    def test_of_our_own_tenants_are_no_clash(self, aws: Clients) -> None:
        aws.ssm.put_parameter(Name="/citylake/distribution", Value="E2", Type="String")
        domains = [{"Domain": "data.durham.example", "Status": "active"}]
        tenants = [
            {"DistributionId": "E2", "Name": "citylake-3719000", "Domains": domains},
            {"DistributionId": "E3", "Name": "old-portal", "Domains": domains},
        ]
        answer(aws.cloudfront, "ListDistributionTenants", {"DistributionTenantList": tenants})
        (finding,) = examine_domains(aws, [self.DURHAM], TODAY)
        assert finding.found == "already domain of tenant old-portal"

    @pytest.mark.parametrize(
        ("certificate", "found"),
        [
            ({"Status": "PENDING_VALIDATION"}, "pending_validation"),
            ({"Status": "ISSUED", "NotAfter": SOON}, "ends on 2026-12-01"),
        ],
    )
    def test_need_a_valid_certificate(
        self, aws: Clients, certificate: dict[str, Any], found: str
    ) -> None:
        listed = [{"DomainName": "data.durham.example"} | certificate]
        answer(aws.edge_acm, "ListCertificates", {"CertificateSummaryList": listed})
        (finding,) = examine_domains(aws, [self.DURHAM], TODAY)
        assert (finding.subject, finding.found) == ("certificate of data.durham.example", found)


class TestFleet:
    TEMPLATE = "https://s3.us-east-1.amazonaws.com/assets/2222.json"

    @pytest.fixture
    def registry(self, aws: Clients) -> TableRegistry:
        """A fleet that is deployed: a stack with the function that knows the registry."""
        aws.tables.create_table(
            TableName="cities",
            KeySchema=[{"AttributeName": "geoid", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "geoid", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        listed = [
            {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": "queue"},
            {"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "of-the-cdk"},
            {"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "fleet"},
        ]
        answer(aws.cloudformation, "ListStackResources", {"StackResourceSummaries": listed})
        settings = {
            "of-the-cdk": {},
            "fleet": {
                "CITYLAKE_REGISTRY": "cities",
                "CITYLAKE_SERVICE_TEMPLATE": self.TEMPLATE,
            },
        }

        def configuration(params: dict[str, Any], **_: object) -> object:
            name = params["url_path"].split("/")[3]
            body = {"Environment": {"Variables": settings[name]}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=200, headers={}), body

        instead(aws.lambdas, "GetFunctionConfiguration", configuration)
        return TableRegistry(aws.tables.Table("cities"))

    def test_cities_behind_its_template_are_named(
        self, aws: Clients, registry: TableRegistry
    ) -> None:
        at = datetime(2026, 11, 23, tzinfo=UTC)
        for geoid, name, status, version in (
            ("3719000", "Durham", Status.LIVE, "1111"),
            ("3755000", "Raleigh", Status.LIVE, "2222"),
            ("3712000", "Charlotte", Status.GONE, "1111"),
        ):
            made = city(geoid, name, status=status, versions={"service": version})
            registry.save(made, at)

        findings = examine_account(aws, cities=3, today=TODAY)

        assert bad(findings) == [
            Finding(
                "templates",
                ok=False,
                found="1 of 2 cities are behind: Durham, NC (3719000)",
                remedy="run: citylake fleet upgrade",
            )
        ]
        assert one(findings, "domains").ok

    def test_an_empty_registry_is_well(self, aws: Clients, registry: TableRegistry) -> None:
        findings = examine_account(aws, cities=3, today=TODAY)
        assert one(findings, "templates").found == "0 cities, none behind"

    def test_a_registry_that_may_not_be_read_is_one_finding(
        self, aws: Clients, registry: TableRegistry
    ) -> None:
        refuse(aws.tables.meta.client, "Scan", "AccessDeniedException")
        (finding,) = bad(examine_account(aws, cities=3, today=TODAY))
        assert (finding.subject, finding.found) == ("fleet", "not looked at: Scan is not allowed")
