"""Queues of what failed for good: kept for two weeks, and an alarm on the first."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import PERIOD, alarm
from infra.given import Given, given
from infra.nag import excuse


def failures(scope: Construct, name: str, *, says: str) -> sqs.Queue:
    """Make a queue that should stay empty.

    Args:
        scope: where it stands.
        name: its name there.
        says: what a message in it means, for whoever gets the alarm.
    """
    queue = sqs.Queue(
        scope,
        name,
        enforce_ssl=True,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        retention_period=Duration.days(14),
    )
    excuse(queue, "SQS3", "it is where the failures of others end")
    alarm(
        queue,
        "Any",
        queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
        above=0,
        topic_arn=given(Stack.of(scope), Given.ALARM_TOPIC),
        says=says,
    )
    return queue
