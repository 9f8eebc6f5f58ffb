"""The harvest: by a schedule, sources into the national lake, one run for all cities."""

import json

from aws_cdk import CfnOutput, Environment
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access import (
    HARVEST_PREFIXES,
    deletes,
    invokes,
    lists,
    partitions_of,
    reads,
    sends,
    tables_of,
    writes,
)
from infra.code import Target
from infra.function import Function
from infra.given import Given, given
from infra.grants import Grant, grant
from infra.lake import NATIONAL, RAW
from infra.machine import Machine
from infra.machines import harvest_machine
from infra.queues import failures
from infra.stack import PlatformStack

_WEEKLY = "cron(0 7 ? * SUN *)"  # in the night of the United States, before the week
_WINDOW_MINUTES = 60
_HARVEST_MEGABYTES = 3_008
_HARVEST_SECONDS = 900
_HARVEST_SCRATCH_MEGABYTES = 8_192  # the largest file of a publisher has 930 MB, unpacked more
_PLAN_MEGABYTES = 1_024
_PLAN_SECONDS = 120
_LANDINGS_MEGABYTES = 2_048
_RAW_LANDINGS = "raw/landings/"
_LANDINGS_PREFIX = "landings/"


class HarvestStack(PlatformStack):
    """Schedule, state machine and functions of the harvest.

    Args:
        scope: the app.
        env: account and region.
        target: the machine that functions run on.
        is_scheduled: whether it runs by itself; not where there is no network to ask.
    """

    def __init__(
        self, scope: Construct, *, env: Environment, target: Target, is_scheduled: bool
    ) -> None:
        super().__init__(
            scope,
            "Harvest",
            env=env,
            says="Citylake: sources into the national lake, by a schedule.",
        )
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", given(self, Given.NATIONAL_BUCKET))
        environment = {"CITYLAKE_NATIONAL_BUCKET": bucket.bucket_name}
        failed = failures(
            self, "Failed", says="A dataset was not harvested; the message names it and says why."
        )
        harvest = Function(
            self,
            "Harvest",
            name="harvest",
            target=target,
            megabytes=_HARVEST_MEGABYTES,
            seconds=_HARVEST_SECONDS,
            scratch_megabytes=_HARVEST_SCRATCH_MEGABYTES,
            environment=environment,
            may=[
                lists(bucket.bucket_arn),
                reads(bucket.bucket_arn, *HARVEST_PREFIXES),
                writes(bucket.bucket_arn, *HARVEST_PREFIXES),
                deletes(bucket.bucket_arn, "warehouse/"),
                tables_of(self, NATIONAL),
            ],
        )
        plan = Function(
            self,
            "Plan",
            name="plan",
            target=target,
            megabytes=_PLAN_MEGABYTES,
            seconds=_PLAN_SECONDS,
            environment=environment,
            may=[lists(bucket.bucket_arn), reads(bucket.bucket_arn, "lake.json", "catalog/")],
        )
        landings = Function(
            self,
            "Landings",
            name="landings",
            target=target,
            megabytes=_LANDINGS_MEGABYTES,
            seconds=_HARVEST_SECONDS,
            environment=environment,
            may=[
                lists(bucket.bucket_arn),
                reads(bucket.bucket_arn, _RAW_LANDINGS, _LANDINGS_PREFIX),
                writes(bucket.bucket_arn, _LANDINGS_PREFIX),
                deletes(bucket.bucket_arn, _LANDINGS_PREFIX),
                tables_of(self, RAW),
                partitions_of(self, RAW),
            ],
        )
        machine = Machine(
            self,
            "Machine",
            definition=harvest_machine(),
            blanks={
                "Plan": plan.function_arn,
                "Harvest": harvest.function_arn,
                "Landings": landings.function_arn,
                "Queue": failed.queue_url,
            },
            may=[
                *(invokes(function) for function in (plan, harvest, landings)),
                sends(failed),
            ],
        )
        self._schedule(machine, failed, is_scheduled=is_scheduled)
        CfnOutput(self, "HarvestMachine", value=machine.state_machine_arn)
        CfnOutput(self, "FailedQueue", value=failed.queue_url)

    def _schedule(self, machine: Machine, failed: sqs.IQueue, *, is_scheduled: bool) -> None:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
            description="What the harvest's schedule may do",
        )
        starts = Grant(actions=["states:StartExecution"], on=[machine.state_machine_arn])
        grant(role, [starts, sends(failed)])
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description="The harvest of all sources",
            schedule_expression=_WEEKLY,
            schedule_expression_timezone="UTC",
            state="ENABLED" if is_scheduled else "DISABLED",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                mode="FLEXIBLE", maximum_window_in_minutes=_WINDOW_MINUTES
            ),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=machine.state_machine_arn,
                role_arn=role.role_arn,
                input=json.dumps({"feed": "live"}),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=failed.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=3_600, maximum_retry_attempts=5
                ),
            ),
        )
