"""The one state machine construct: a definition with its blanks filled in, logged and watched."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.alarms import PERIOD, alarm
from infra.function import LOG_RETENTION
from infra.given import Given, given
from infra.grants import Grant, excuse_patterns
from infra.machines import State
from infra.nag import excuse


class Machine(sfn.StateMachine):
    """A Standard state machine.

    Args:
        scope: where it stands.
        id: its name there.
        definition: the machine, as ``infra/machines.py`` draws it.
        blanks: what stands for the ``${Name}`` in it.
        may: what its role may do, beside writing its log.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's own name, by keyword in every construct
        *,
        definition: State,
        blanks: Mapping[str, str],
        may: Sequence[Grant],
    ) -> None:
        super().__init__(
            scope,
            id,
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition, sort_keys=True)),
            definition_substitutions=blanks,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    scope,
                    f"{id}Log",
                    retention=LOG_RETENTION,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,  # the history of a run has it, for who may see that
            ),
        )
        excuse(self, "SF2", "a run's history shows each step and its time; traces cost extra")
        # The CDK grants this to whoever logs.
        excuse(self, "IAM5[Resource::*]", "deliveries of logs have no name that a policy could use")
        for each in may:
            self.add_to_role_policy(each.statement())
            excuse_patterns(self, each)
        alarm(
            self,
            "Failed",
            self.metric_failed(period=PERIOD),
            above=0,
            topic_arn=given(Stack.of(self), Given.ALARM_TOPIC),
            says=f"A run of {id} failed; its history names the step and the error.",
        )
        alarm(
            self,
            "TimedOut",
            self.metric_timed_out(period=PERIOD),
            above=0,
            topic_arn=given(Stack.of(self), Given.ALARM_TOPIC),
            says=f"A run of {id} was cut off; its history names the step.",
        )
