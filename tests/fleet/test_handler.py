"""The envelope of the fleet's function, and the names that the state machines call."""

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from citylake.errors import CityRefused, ParameterInvalid
from infra.fleet import PROVISION
from infra.machines import teardown_machine, upgrade_machine
from lambdas.fleet.handler import build
from lambdas.fleet.steps import MACHINES, STEPS
from tests.fleet.account import BETHESDA, DURHAM, Account

CONTEXT = SimpleNamespace(
    function_name="fleet",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 900_000,
)


def handle(account: Account, event: dict[str, Any]) -> dict[str, Any]:
    handler: Any = build(account.fleet(), Logger(service="fleet", level=logging.CRITICAL))
    answer: dict[str, Any] = handler(event, CONTEXT)
    return answer


def test_an_answer_is_what_a_state_machine_reads() -> None:
    event = {"step": "register", "geoid": DURHAM.geoid, "execution": "run-1", "unknown": 1}

    answer = handle(Account(), event)

    assert json.loads(json.dumps(answer)) == {
        "done": True,
        "proceed": True,
        "note": "Durham, NC (3719000): 296,186 people, pop_t11",
        "waves": [],
    }


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"step": "register"},
        {"step": "destroy", "execution": "run-1"},
        {"step": "register", "execution": "run-1", "geoid": 3719000},
    ],
)
def test_an_event_that_is_no_order_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ParameterInvalid):
        handle(Account(), event)


def test_a_failure_is_raised_by_its_own_name() -> None:
    with pytest.raises(CityRefused):
        handle(Account(), {"step": "register", "geoid": BETHESDA.geoid, "execution": "run-1"})


def test_why_a_run_failed_is_put_down_in_words() -> None:
    account = Account()
    told = {"geoid": DURHAM.geoid, "execution": "run-1"}
    handle(account, {"step": "register", **told})
    cause = json.dumps({"errorMessage": "no such bucket", "stackTrace": ["line 1"]})

    handle(account, {"step": "failed", "error": "StackFailed", "cause": cause, **told})

    city = account.city()
    assert (city.status, city.reason) == ("failed", "StackFailed: no such bucket")


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        ("States.Timeout", "", "States.Timeout"),
        ("Lambda.Unknown", "not JSON", "Lambda.Unknown: not JSON"),
        ("", "", "the run ended without a reason"),
        ("E", "[1]", "E: [1]"),
    ],
)
def test_whatever_a_run_failed_of_has_words(error: str, cause: str, reason: str) -> None:
    account = Account()
    told = {"geoid": DURHAM.geoid, "execution": "run-1"}
    handle(account, {"step": "register", **told})

    handle(account, {"step": "failed", "error": error, "cause": cause, **told})

    assert account.city().reason == reason


def test_the_failure_of_a_city_that_was_never_entered_changes_nothing() -> None:
    account = Account()

    handle(account, {"step": "failed", "geoid": "3719000", "execution": "run-1", "error": "E"})

    assert not account.registry.held


def test_the_state_machines_call_the_steps_that_there_are() -> None:
    def tasks(machine: dict[str, Any]) -> set[str]:
        text = json.dumps(machine)
        return {name for name in STEPS if f"'step': '{name}'" in text}

    assert MACHINES["provision"] == PROVISION
    assert tasks(teardown_machine()) == {*MACHINES["teardown"], "failed"}
    assert tasks(upgrade_machine()) == set(MACHINES["upgrade"])
    assert {name for steps in MACHINES.values() for name in steps} | {"failed"} == set(STEPS)
