"""State machines as data: Amazon States Language, its expressions in JSONata.

What stands as ``${Name}`` in a machine is filled in by the stack that makes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

State: TypeAlias = dict[str, Any]
"""A state, or a whole machine, as the States Language writes it."""

TRANSIENT: Mapping[str, Any] = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "Throttled",
        "RegistryConflict",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "JitterStrategy": "FULL",
}
"""What passes by itself: Lambda's own troubles, AWS asking us to be slower, two at one entry."""

UNREACHABLE: Mapping[str, Any] = {
    "ErrorEquals": ["SourceUnreachable", "Sandbox.Timedout"],
    "IntervalSeconds": 60,
    "BackoffRate": 3,
    "MaxAttempts": 3,
    "JitterStrategy": "FULL",
}
"""What may pass: a publisher who does not answer, a run that was cut off."""

HARVESTS_AT_ONCE = 10
"""Datasets that are harvested at the same time."""

LOOP_SECONDS = 10
"""How long a step that is not done waits before it looks again."""

_HOUR = 3_600
_FAILED = "failed"


def harvest_machine() -> State:
    """Draw the harvest: what to do, stage after stage, then the landings.

    ``plan`` answers ``{"stages": [[{"dataset", "feed"}, …], …]}``: what a stage needs of another
    dataset is there when it begins. A dataset that fails for good goes to the queue and the others
    go on; at the end the run fails if any did, so that one alarm speaks for all.

    ``${Plan}``, ``${Harvest}`` and ``${Landings}`` stand for functions, ``${Queue}`` for the
    address of the queue.
    """
    one = {
        "Harvest": {
            **_task("${Harvest}", "{% $states.input %}"),
            "Retry": [dict(TRANSIENT), dict(UNREACHABLE)],
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $merge([$states.input, {'error': $states.errorOutput.Error, "
                    "'cause': $states.errorOutput.Cause}]) %}",
                    "Next": "Report",
                }
            ],
            "Output": {"dataset": "{% $states.input.dataset %}", "failed": False},
            "End": True,
        },
        "Report": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {
                "QueueUrl": "${Queue}",
                "MessageBody": "{% $string($states.input) %}",
            },
            "Output": {
                "dataset": "{% $states.input.dataset %}",
                "failed": True,
            },
            "End": True,
        },
    }
    stage = {
        "Stage": {
            "Type": "Map",
            "Items": "{% $states.input.stage %}",
            "MaxConcurrency": HARVESTS_AT_ONCE,
            "ItemSelector": {
                "dataset": "{% $states.context.Map.Item.Value.dataset %}",
                "feed": "{% $states.context.Map.Item.Value.feed %}",
                "run": "{% $states.context.Execution.Name %}",
            },
            "ItemProcessor": _inline("Harvest", one),
            "End": True,
        }
    }
    return {
        "Comment": "Sources into the national lake",
        "QueryLanguage": "JSONata",
        "StartAt": "Plan",
        "TimeoutSeconds": 6 * _HOUR,
        "States": {
            "Plan": {
                **_task("${Plan}", "{% $states.input %}"),
                "Retry": [dict(TRANSIENT)],
                "Output": "{% $states.result.Payload %}",
                "Next": "Stages",
            },
            "Stages": {
                "Type": "Map",
                "Items": "{% $states.input.stages %}",
                "MaxConcurrency": 1,
                "ItemSelector": {"stage": "{% $states.context.Map.Item.Value %}"},
                "ItemProcessor": _inline("Stage", stage),
                "Output": {_FAILED: "{% [$reduce($states.result, $append, [])[failed].dataset] %}"},
                "Next": "Landings",
            },
            "Landings": {
                **_task(
                    "${Landings}",
                    {
                        "feed": "{% $states.context.Execution.Input.feed %}",
                        "run": "{% $states.context.Execution.Name %}",
                    },
                ),
                "Retry": [dict(TRANSIENT)],
                "Output": "{% $states.input %}",
                "Next": "All well?",
            },
            "All well?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $count($states.input.failed) > 0 %}", "Next": "Some failed"}
                ],
                "Default": "Done",
            },
            "Some failed": {
                "Type": "Fail",
                "Error": "DatasetsFailed",
                "Cause": "{% $join($states.input.failed, ', ') %}",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def city_machine(steps: Sequence[str], *, says: str) -> State:
    """Draw a run over one city: steps of the fleet, one after the other.

    Every step answers ``done`` and ``proceed``: what is not done is asked again after some seconds,
    and where there is no reason to proceed (another run owns the city) the run ends well. A step
    that fails for good is put down in the registry, and the run fails with the same words.

    Args:
        steps: names of the steps, in order.
        says: what the run is.
    """
    states: State = {}
    for step, following in zip(steps, [*steps[1:], "Done"], strict=True):
        states |= _step(step, following)
    return _machine(says, steps[0], {**states, **_failing()})


def teardown_machine() -> State:
    """Draw a tear-down: the data goes only if the input names the city a second time."""
    states: State = {
        **_step("leave", "archive"),
        **_step("archive", "service-stack-deleted"),
        **_step("service-stack-deleted", "Data too?"),
        "Data too?": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $exists($states.context.Execution.Input.delete_data) %}",
                    "Next": "data-deleted",
                }
            ],
            "Default": "proof",
        },
        **_step("data-deleted", "proof"),
        **_step("proof", "gone"),
        **_step("gone", "Done"),
    }
    return _machine("Take a city down", "leave", {**states, **_failing()})


def upgrade_machine() -> State:
    """Draw an upgrade: waves of cities, one after the other, the first of them a single city."""
    wave = _step("upgrade-wave", "Done", cities="$states.input.cities")
    for state in wave.values():
        state.pop("Catch", None)
    return _machine(
        "Bring all cities to the templates of today",
        "plan-waves",
        {
            "plan-waves": {
                **_task("${Fleet}", _payload("plan-waves")),
                "Retry": [dict(TRANSIENT)],
                "Output": "{% $states.result.Payload %}",
                "Next": "Waves",
            },
            "Waves": {
                "Type": "Map",
                "Items": "{% $states.input.waves %}",
                "MaxConcurrency": 1,
                "ItemSelector": {"cities": "{% $states.context.Map.Item.Value %}"},
                "ItemProcessor": _inline("upgrade-wave", {**wave, "Done": {"Type": "Succeed"}}),
                "Next": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    )


def _machine(says: str, start: str, states: State) -> State:
    return {
        "Comment": says,
        "QueryLanguage": "JSONata",
        "StartAt": start,
        "TimeoutSeconds": 24 * _HOUR,
        "States": states,
    }


def _step(step: str, following: str, **more: str) -> State:
    """A step of the fleet: the task, the look at its answer, the wait before it is asked again."""
    look, wait = f"{step}: done?", f"{step}: wait"
    return {
        step: {
            **_task("${Fleet}", _payload(step, **more)),
            "Retry": [dict(TRANSIENT)],
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $states.errorOutput %}",
                    "Next": "failed",
                }
            ],
            "Output": "{% $merge([$states.input, $states.result.Payload]) %}",
            "Next": look,
        },
        look: {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.proceed = false %}", "Next": "Done"},
                {"Condition": "{% $states.input.done = false %}", "Next": wait},
            ],
            "Default": following,
        },
        wait: {"Type": "Wait", "Seconds": LOOP_SECONDS, "Next": step},
    }


def _failing() -> State:
    """What a run over one city ends with, well or not."""
    return {
        "failed": {
            **_task(
                "${Fleet}",
                _payload("failed", error="$states.input.Error", cause="$states.input.Cause"),
            ),
            "Retry": [dict(TRANSIENT)],
            "Output": "{% $states.input %}",
            "Next": "Failed",
        },
        "Failed": {
            "Type": "Fail",
            "Error": "{% $states.input.Error %}",
            "Cause": "{% $states.input.Cause %}",
        },
        "Done": {"Type": "Succeed"},
    }


def _payload(step: str, **more: str) -> str:
    """The run's own input, with the step's name and the run's id, which the input cannot name.

    Args:
        step: the step's name.
        more: JSONata expressions, by the name under which the step gets them.
    """
    told = {"step": f"'{step}'", "execution": "$states.context.Execution.Id", **more}
    pairs = ", ".join(f"'{name}': {expression}" for name, expression in told.items())
    return f"{{% $merge([$states.context.Execution.Input, {{{pairs}}}]) %}}"


def _task(function: str, payload: str | Mapping[str, Any]) -> State:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": payload},
    }


def _inline(start: str, states: State) -> State:
    return {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": start,
        "States": states,
    }
