"""How the fleet hears the marketplace: an event starts a state machine.

Only what a rule names gets through. No event can make a run delete a city's data, give it a domain
or choose a step: that stays with people, by ``citylake fleet``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from infra.grants import Grant, grant
from infra.queues import failures

SOURCE = "citylake.marketplace"
"""Source of the events, on the default bus of the fleet's region."""

_AGE_SECONDS = 3_600  # what is still missing by then has been asked for again


@dataclass(frozen=True, slots=True)
class _Request:
    """Which machine an event starts, and which of its fields the run is given."""

    machine: str
    fields: tuple[str, ...]


_REQUESTS: Mapping[str, _Request] = {
    "ProvisionRequested": _Request("Provision", ("geoid", "private_offer")),
    "SuspendRequested": _Request("Suspend", ("geoid", "reason")),
    "ResumeRequested": _Request("Resume", ("geoid",)),
    "TeardownRequested": _Request("Teardown", ("geoid",)),
}
"""By the event's detail-type."""


def listens(stack: Stack, machines: Mapping[str, str]) -> None:
    """Start the fleet's machines when the marketplace asks for it.

    Args:
        stack: the fleet's.
        machines: ARNs of the state machines, by their names.
    """
    failed = failures(
        stack,
        "Unheard",
        says="The marketplace asked for a run that did not start; the message is the request.",
    )
    asked = [machines[request.machine] for request in _REQUESTS.values()]
    role = iam.Role(
        stack,
        "HearingRole",
        assumed_by=iam.ServicePrincipal(
            "events.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        ),
        description="What the marketplace's requests may start",
    )
    grant(role, [Grant(actions=["states:StartExecution"], on=asked)])
    rules = [
        _rule(stack, kind, _target(request, machines, role, failed))
        for kind, request in _REQUESTS.items()
    ]
    failed.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[failed.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": [rule.attr_arn for rule in rules]}},
        )
    )


def _rule(stack: Stack, kind: str, target: events.CfnRule.TargetProperty) -> events.CfnRule:
    return events.CfnRule(
        stack,
        kind,
        description="The marketplace asks the fleet for a run",
        event_pattern={"source": [SOURCE], "detail-type": [kind]},
        targets=[target],
    )


def _target(
    request: _Request, machines: Mapping[str, str], role: iam.Role, failed: sqs.Queue
) -> events.CfnRule.TargetProperty:
    # Texts stand without quotes: EventBridge writes each with its own, and escapes what is in it.
    pairs = ", ".join(f'"{name}": <{name}>' for name in request.fields)
    return events.CfnRule.TargetProperty(
        id="machine",
        arn=machines[request.machine],
        role_arn=role.role_arn,
        input_transformer=events.CfnRule.InputTransformerProperty(
            input_paths_map={name: f"$.detail.{name}" for name in request.fields},
            input_template=f"{{{pairs}}}",
        ),
        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=failed.queue_arn),
        retry_policy=events.CfnRule.RetryPolicyProperty(
            maximum_event_age_in_seconds=_AGE_SECONDS, maximum_retry_attempts=20
        ),
    )
