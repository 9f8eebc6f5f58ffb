"""Alarms: all go to one topic, and each says in its description what to look at."""

import jsii
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

PERIOD = Duration.minutes(5)
"""Over how long a figure is gathered before it is judged."""


def alarm(
    scope: Construct,
    name: str,
    metric: cloudwatch.IMetric,
    *,
    above: float,
    topic_arn: str,
    says: str,
    periods: int = 1,
) -> cloudwatch.Alarm:
    """Raise an alarm when a figure is above a bound, and say when it is over.

    Args:
        scope: where it stands.
        name: its name within the scope.
        metric: the figure, with its statistic and period.
        above: the highest value that is still well, in the figure's own unit.
        topic_arn: whom to tell.
        says: one sentence for whoever gets it.
        periods: for how many periods running it must be above.
    """
    made = cloudwatch.Alarm(
        scope,
        name,
        metric=metric,
        threshold=above,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=periods,
        alarm_description=says,
        # No requests is no trouble: a quiet town's portal must not wake anyone.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    made.add_alarm_action(_Tell(topic_arn))
    made.add_ok_action(_Tell(topic_arn))
    return made


@jsii.implements(cloudwatch.IAlarmAction)
class _Tell:
    """Tells a topic. The CDK's own module for it loads six services more at every synthesis."""

    def __init__(self, topic_arn: str) -> None:
        self._topic_arn = topic_arn

    def bind(self, _scope: Construct, _alarm: cloudwatch.IAlarm) -> cloudwatch.AlarmActionConfig:
        return cloudwatch.AlarmActionConfig(alarm_action_arn=self._topic_arn)
