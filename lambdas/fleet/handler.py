"""The Lambda function of the fleet: the envelope around a step.

The event is an ``Order``, the answer an ``Outcome``. What fails is raised, so that the state
machine sees its name: it tries ``Throttled`` and ``RegistryConflict`` again, and takes everything
else to ``failed``.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from citylake.errors import ParameterInvalid
from lambdas.fleet.fleet import Fleet, Order
from lambdas.fleet.steps import take


def build(fleet: Fleet, log: Logger) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
    """Make the function's handler around resources and a log that are already there."""

    @log.inject_lambda_context
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        order = _read(event)
        outcome = take(
            replace(fleet, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000),
            order,
        )
        log.info(
            "step taken",
            step=order.step,
            geoid=order.geoid,
            execution=order.execution,
            done=outcome.done,
            note=outcome.note,
        )
        answer: dict[str, Any] = msgspec.to_builtins(outcome)
        return answer

    return handle


def _read(event: dict[str, Any]) -> Order:
    try:
        return msgspec.convert(event, Order)
    except msgspec.ValidationError as error:
        raise ParameterInvalid(f"fleet event: {error}") from error
