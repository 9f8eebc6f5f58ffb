"""The marketplace: its books, its pages, and what listens to AWS Marketplace and to the clock.

It stands in us-east-1 wherever the platform stands: AWS Marketplace sends its events there and
nowhere else, and hours are metered from there alone, since AWS tells records apart by region.

What its functions find in their environment::

    CITYLAKE_MARKET_TABLE      name of the books' table
    CITYLAKE_MARKET_ORIGIN     address of the pages, without a slash at its end
    CITYLAKE_PRODUCTS          what is sold, as JSON
    CITYLAKE_MAIL_SENDER       address that mail comes from
    CITYLAKE_SUPPORT_EMAIL     address that helps
    CITYLAKE_SHOWCASE          address of the showcase, or nothing
    CITYLAKE_PLATFORM_REGION   region of the four that follow
    CITYLAKE_NATIONAL_BUCKET   the national lake, for the register of places
    CITYLAKE_REGISTRY          name of the fleet's table of cities
    CITYLAKE_STAFF_CLIENT      the pool's client by which our own people sign in
    CITYLAKE_EVENT_BUS         bus that the fleet listens to
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, Environment, RemovalPolicy
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access import invokes, lists, reads, sends
from infra.alarms import PERIOD, alarm
from infra.api import Api
from infra.code import Target
from infra.function import Function
from infra.given import Given, given
from infra.grants import Grant, grant
from infra.hearing import SOURCE
from infra.queues import failures
from infra.selling import Selling
from infra.stack import PlatformStack
from infra.troubles import SERVICE, watch

MARKET_REGION = "us-east-1"
"""Where AWS Marketplace sends its events, and where all hours are metered."""

DUE = "due"
"""The books' index of hours without an end."""

_EVENTS_OF_AWS = "aws.agreement-marketplace"
_BUS = "default"
_ASKS = ("GetEntitlements", "DescribeAgreement", "GetAgreementTerms")
"""What moving a subscription on may ask: whoever does it at once, and the clock."""

_REGISTER = ("lake.json", "catalog/", "releases/", "warehouse/")

# An hour is closed ten minutes after its end. The round at 11 minutes past closes and sends it; the
# other five catch up with what that one could not do, and move subscriptions on.
_EVERY_TEN_MINUTES = "cron(1/10 * * * ? *)"
# Before 06:00 UTC, when AWS takes no more hours of a month that is over.
_DAILY = "cron(40 3 * * ? *)"

_OWN_SESSIONS = "a buyer comes from AWS Marketplace, unknown; the pages have sessions of their own"
_NO_RESOURCES = "actions of AWS Marketplace know no resources"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What all functions have in common."""

    target: Target
    environment: Mapping[str, str]
    may: Sequence[Grant]


class MarketplaceStack(PlatformStack):
    """Books, pages, events, clock and sweep.

    Args:
        scope: the app.
        env: account and ``us-east-1``.
        target: the machine that functions run on.
        platform_region: where lake and fleet are.
        selling: what is sold, and in whose name.
        is_scheduled: whether clock and sweep run by themselves.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        env: Environment,
        target: Target,
        platform_region: str,
        selling: Selling,
        is_scheduled: bool,
    ) -> None:
        super().__init__(
            scope,
            "Marketplace",
            env=env,
            says="Citylake: its sale on AWS Marketplace, from subscribing to the bill.",
            is_kept=True,
        )
        self._platform_region = platform_region
        books = _books(self)
        national = f"arn:{self.partition}:s3:::{given(self, Given.NATIONAL_BUCKET)}"
        ground = _Ground(
            target=target,
            environment={
                "POWERTOOLS_SERVICE_NAME": SERVICE,
                "CITYLAKE_MARKET_TABLE": books.table_name,
                "CITYLAKE_PRODUCTS": selling.products_json,
                "CITYLAKE_MAIL_SENDER": selling.sender,
                "CITYLAKE_SUPPORT_EMAIL": selling.support,
                "CITYLAKE_SHOWCASE": selling.showcase.rstrip("/"),
                "CITYLAKE_PLATFORM_REGION": platform_region,
                "CITYLAKE_NATIONAL_BUCKET": given(self, Given.NATIONAL_BUCKET),
                "CITYLAKE_REGISTRY": given(self, Given.REGISTRY),
                "CITYLAKE_EVENT_BUS": _BUS,
            },
            may=[
                *_keeps(books),
                lists(national),
                reads(national, *_REGISTER),
                Grant(
                    actions=["dynamodb:GetItem"],
                    on=[self._on_platform("dynamodb", "table", given(self, Given.REGISTRY))],
                ),
            ],
        )
        web = self._function(
            "Web",
            ground,
            megabytes=1_769,  # a whole processor: a buyer waits for the first answer
            seconds=29,  # an HTTP API waits no longer than 30
            slow_after=10.0,
            environment={"CITYLAKE_STAFF_CLIENT": given(self, Given.CLIENT)},
            may=[
                _market("ResolveCustomer", *_ASKS),
                _counts(books),
                _forgets_sessions(books),
                self._mails(selling),
                self._asks_fleet(),
            ],
        )
        api = Api(self, "Api", name="marketplace", answers=web, open_because=_OWN_SESSIONS)
        origin = self._domain(api, selling) or api.endpoint
        taking = self._function(
            "Events",
            ground,
            megabytes=1_024,
            seconds=120,
            may=[_market(*_ASKS), self._asks_fleet()],
        )
        failed = failures(
            self,
            "Failed",
            says="An event of AWS Marketplace, or a round of the clock, came to nothing; the "
            "message is what it was. It can be sent again: nothing is done twice.",
        )
        self._hear(taking, failed)
        clock = self._function(
            "Clock",
            ground,
            megabytes=1_024,
            seconds=900,
            may=[
                _market("BatchMeterUsage", *_ASKS),
                self._asks_fleet(),
            ],
        )
        sweep = self._function(
            "Sweep",
            ground,
            megabytes=1_024,
            seconds=900,
            environment={"CITYLAKE_MARKET_ORIGIN": origin},
            may=[
                _market("SearchAgreements", "GetAgreementEntitlements", *_ASKS),
                self._mails(selling),
            ],
        )
        self._schedule(
            {"Clock": (clock, _EVERY_TEN_MINUTES), "Sweep": (sweep, _DAILY)},
            failed,
            is_scheduled=is_scheduled,
        )
        watch(self, given(self, Given.ALARM_TOPIC))
        CfnOutput(self, "PagesUrl", value=origin)
        CfnOutput(
            self,
            "FulfilmentUrl",
            value=f"{origin}/",
            description="The listing's fulfilment URL: AWS Marketplace sends buyers there",
        )
        # An output's name must not be its resource's, within the CDK.
        CfnOutput(self, "BooksName", value=books.table_name).override_logical_id("BooksTable")
        CfnOutput(self, "FailedQueue", value=failed.queue_url)
        CfnOutput(self, "ClockFunction", value=clock.function_name)
        CfnOutput(self, "SweepFunction", value=sweep.function_name)

    def _function(
        self,
        name: str,
        ground: _Ground,
        *,
        megabytes: int,
        seconds: int,
        may: Sequence[Grant],
        environment: Mapping[str, str] | None = None,
        slow_after: float | None = None,
    ) -> Function:
        return Function(
            self,
            name,
            name=f"market-{name.lower()}",
            target=ground.target,
            megabytes=megabytes,
            seconds=seconds,
            environment={**ground.environment, **(environment or {})},
            may=[*ground.may, *may],
            slow_after=slow_after,
        )

    def _hear(self, taking: Function, failed: sqs.Queue) -> None:
        """Take all events of AWS Marketplace, whatever their kind: what is new is kept, too.

        They go by way of a queue: each fails alone, is tried five times, and is not lost while the
        function cannot run.
        """
        seconds = 6 * 120  # as AWS advises: six times what the function may take
        queue = sqs.Queue(
            self,
            "Heard",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=Duration.days(14),
            visibility_timeout=Duration.seconds(seconds),
            dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=5),
        )
        alarm(
            queue,
            "Waiting",
            queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Minimum"),
            above=0,
            periods=6,
            topic_arn=given(self, Given.ALARM_TOPIC),
            says="Events of AWS Marketplace have waited for half an hour; see the log of events.",
        )
        rule = events.CfnRule(
            self,
            "Rule",
            description="All events of AWS Marketplace about our agreements and licences",
            event_pattern={"source": [_EVENTS_OF_AWS]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="queue",
                    arn=queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=failed.queue_arn
                    ),
                )
            ],
        )
        for held in (queue, failed):
            held.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[held.queue_arn],
                    conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
                )
            )
        takes = Grant(
            actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            on=[queue.queue_arn],
        )
        grant(taking.own_role, [takes])
        lambda_.EventSourceMapping(
            self,
            "Taking",
            target=taking,
            event_source_arn=queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
        )
        CfnOutput(self, "HeardQueue", value=queue.queue_url)

    def _schedule(
        self,
        started: Mapping[str, tuple[Function, str]],
        failed: sqs.IQueue,
        *,
        is_scheduled: bool,
    ) -> None:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
            description="What the marketplace's schedules may do",
        )
        grant(role, [*(invokes(function) for function, _ in started.values()), sends(failed)])
        for name, (function, when) in started.items():
            scheduler.CfnSchedule(
                self,
                f"{name}Schedule",
                description=f"The marketplace's {name.lower()}",
                schedule_expression=when,
                schedule_expression_timezone="UTC",
                state="ENABLED" if is_scheduled else "DISABLED",
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=function.function_arn,
                    role_arn=role.role_arn,
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                        arn=failed.queue_arn
                    ),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=600, maximum_retry_attempts=5
                    ),
                ),
            )

    def _domain(self, api: Api, selling: Selling) -> str:
        """Let the pages answer at a host of their own; its address, or nothing if it has none."""
        if not selling.domain:
            return ""
        host = http.CfnDomainName(
            self,
            "Domain",
            domain_name=selling.domain,
            domain_name_configurations=[
                http.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=selling.certificate,
                    endpoint_type="REGIONAL",
                    security_policy="TLS_1_2",
                )
            ],
        )
        http.CfnApiMapping(
            self, "DomainMapping", api_id=api.api_id, domain_name=host.ref, stage=api.stage_name
        )
        CfnOutput(
            self,
            "DnsTarget",
            value=host.attr_regional_domain_name,
            description="Where the domain's CNAME record must point",
        )
        return f"https://{selling.domain}"

    def _mails(self, selling: Selling) -> Grant:
        """May send mail in our name, and in no other."""
        identities = (selling.sender, selling.sender.rpartition("@")[2])
        return Grant(
            actions=["ses:SendEmail"],
            on=[
                self.format_arn(service="ses", resource="identity", resource_name=identity)
                for identity in identities
            ],
            conditions={"StringEquals": {"ses:FromAddress": selling.sender}},
        )

    def _asks_fleet(self) -> Grant:
        """May ask the fleet for what it listens to."""
        return Grant(
            actions=["events:PutEvents"],
            on=[self._on_platform("events", "event-bus", _BUS)],
            conditions={"StringEquals": {"events:source": SOURCE}},
        )

    def _on_platform(self, service: str, kind: str, name: str) -> str:
        return self.format_arn(
            service=service, region=self._platform_region, resource=kind, resource_name=name
        )


def _books(scope: Construct) -> dynamodb.Table:
    """The one table: facts, claims, hours, ledger, people, sessions."""
    text = dynamodb.AttributeType.STRING
    table = dynamodb.Table(
        scope,
        "Books",
        partition_key=dynamodb.Attribute(name="pk", type=text),
        sort_key=dynamodb.Attribute(name="sk", type=text),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute="expires_at",
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    table.add_global_secondary_index(
        index_name=DUE,
        partition_key=dynamodb.Attribute(name="due_pk", type=text),
        sort_key=dynamodb.Attribute(name="due_sk", type=text),
    )
    return table


def _keeps(books: dynamodb.ITable) -> Sequence[Grant]:
    """May read the books and add to them; what is in them can be deleted by none but time."""
    return (
        Grant(
            actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            on=[books.table_arn],
        ),
        Grant(actions=["dynamodb:Query"], on=[f"{books.table_arn}/index/{DUE}"]),
    )


def _counts(books: dynamodb.ITable) -> Grant:
    """May count how often something happened."""
    return _of_partitions(books, "dynamodb:UpdateItem", "N#*")


def _forgets_sessions(books: dynamodb.ITable) -> Grant:
    """May end a visitor's session."""
    return _of_partitions(books, "dynamodb:DeleteItem", "V#*")


def _of_partitions(books: dynamodb.ITable, action: str, keys: str) -> Grant:
    return Grant(
        actions=[action],
        on=[books.table_arn],
        conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}},
    )


def _market(*actions: str) -> Grant:
    return Grant(
        actions=[f"aws-marketplace:{action}" for action in actions], on=["*"], because=_NO_RESOURCES
    )
