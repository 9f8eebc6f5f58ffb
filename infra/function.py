"""The one Lambda function of the product: our code, a layer, a role of its own, logs and alarms."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, IgnoreMode, RemovalPolicy, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import PERIOD, alarm
from infra.code import FUNCTIONS, ROOT, Target
from infra.given import LAYERS, Given, given
from infra.grants import Grant, grant
from infra.nag import excuse

RUNTIME = lambda_.Runtime.PYTHON_3_13

LOG_RETENTION = logs.RetentionDays.THREE_MONTHS

ARCHITECTURES = {
    Target.ARM64: lambda_.Architecture.ARM_64,
    Target.HOST: lambda_.Architecture.X86_64,
}


class Function(lambda_.Function):
    """A function from the table in ``infra/code.py``.

    It is not traced: an answer is one function and a few reads, which its log line times already,
    and a price per trace would grow with every visitor.

    Args:
        scope: where it stands.
        id: its name there.
        name: which function of the table.
        target: the machine that it runs on.
        megabytes: memory; a processor comes with 1,769.
        seconds: time limit.
        scratch_megabytes: size of ``/tmp``.
        environment: settings, beside those that every function has.
        may: what its role may do, beside writing its own log.
        slow_after: seconds that the slowest twentieth of runs may take; ``None`` where a run is as
            long as its work, and one that reaches its time limit is an error like any other.
        failed_to: where events go that failed for good; only for functions invoked by events.
        retries: how often such an event is tried again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's own name, by keyword in every construct
        *,
        name: str,
        target: Target,
        megabytes: int,
        seconds: int,
        scratch_megabytes: int = 512,
        environment: Mapping[str, str],
        may: Sequence[Grant],
        slow_after: float | None = None,
        failed_to: sqs.IQueue | None = None,
        retries: int | None = None,
    ) -> None:
        code = FUNCTIONS[name]
        stack = Stack.of(scope)
        group = logs.LogGroup(
            scope, f"{id}Log", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY
        )
        role = iam.Role(
            scope,
            f"{id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
        )
        logging = Grant(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], on=[group.log_group_arn]
        )
        grant(role, [logging, *may])
        super().__init__(
            scope,
            id,
            runtime=RUNTIME,
            architecture=ARCHITECTURES[target],
            handler=code.handler,
            code=lambda_.Code.from_asset(
                str(ROOT), exclude=code.exclude, ignore_mode=IgnoreMode.DOCKER
            ),
            layers=[
                lambda_.LayerVersion.from_layer_version_arn(
                    scope, f"{id}Layer", given(stack, LAYERS[code.layer])
                )
            ],
            memory_size=megabytes,
            timeout=Duration.seconds(seconds),
            ephemeral_storage_size=Size.mebibytes(scratch_megabytes),
            role=role,
            log_group=group,
            environment={
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                **environment,
            },
        )
        self.own_role = role
        excuse(self, "L1", "layers are built and measured for 3.13, which is served until 2029")
        if failed_to is not None:
            self.configure_async_invoke(
                retry_attempts=retries,
                on_failure=destinations.SqsDestination(failed_to),
                max_event_age=Duration.hours(1),
            )
        self._watch(name, given(stack, Given.ALARM_TOPIC), slow_after)

    def _watch(self, name: str, topic_arn: str, slow_after: float | None) -> None:
        alarm(
            self,
            "Errors",
            self.metric_errors(period=PERIOD),
            above=0,
            topic_arn=topic_arn,
            says=f"{name} failed; its log has the error.",
        )
        alarm(
            self,
            "Throttles",
            self.metric_throttles(period=PERIOD),
            above=0,
            topic_arn=topic_arn,
            says=f"{name} was refused for lack of concurrency; ask for a higher quota.",
        )
        if slow_after is not None:
            alarm(
                self,
                "Slow",
                self.metric_duration(period=PERIOD, statistic="p95"),
                above=slow_after * 1000,
                periods=3,
                topic_arn=topic_arn,
                says=f"One run in twenty of {name} takes over {slow_after:.0f} s.",
            )
