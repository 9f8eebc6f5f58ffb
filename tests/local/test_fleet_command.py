"""``citylake fleet`` over a fake Step Functions: what is started, what is told, how it ends."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from citylake.errors import CityBusy, CityNotFound, FleetError
from lambdas.fleet.cities import Status
from local.fleet import commands
from local.fleet.desk import Desk, open_desk, wording
from tests.fleet.account import BOULDER, DURHAM, Account, live, run
from tests.fleet.clouds import Pages, refused

NOW = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)
MACHINES = {
    name: f"arn:machine:{name}"
    for name in ("provision", "suspend", "resume", "teardown", "upgrade")
}


class StepFunctions:
    """Runs each execution to its end as soon as it is started, and tells of it in two looks."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.executions: dict[str, dict[str, Any]] = {}
        self.fails: tuple[str, str] | None = None

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Mapping[str, str]:  # noqa: A002, N803
        machine, asked = stateMachineArn.rpartition(":")[2], json.loads(input)
        self.started.append((machine, asked))
        arn = f"arn:execution:{name}"
        self.executions[arn] = {"status": "SUCCEEDED", "events": [], "looks": 0}
        if self.fails:
            error, cause = self.fails
            self.executions[arn] |= {"status": "FAILED", "error": error, "cause": cause}
        elif machine != "upgrade":
            done = run(self.account, machine, arn, **asked)
            self.executions[arn]["events"] = [
                _event(number, step, outcome.note)
                for number, (step, outcome) in enumerate(done.answers, start=1)
            ]
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> Mapping[str, Any]:  # noqa: N803
        execution = self.executions[executionArn]
        execution["looks"] += 1
        return execution if execution["looks"] > 1 else {"status": "RUNNING"}

    def get_paginator(self, name: str) -> Pages:
        assert name == "get_execution_history"
        return Pages(self._history)

    def _history(self, *, executionArn: str, reverseOrder: bool) -> Mapping[str, Any]:  # noqa: N803
        assert reverseOrder
        execution = self.executions[executionArn]
        shown = execution["events"][: 3 if execution["looks"] == 1 else None]
        return {"events": list(reversed(shown))}


def _event(number: int, step: str, note: str) -> dict[str, Any]:
    exited = {"name": step, "output": json.dumps({"note": note})}
    return {
        "id": number,
        "type": "TaskStateExited",
        "timestamp": NOW,
        "stateExitedEventDetails": exited,
    }


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def machines(account: Account, monkeypatch: pytest.MonkeyPatch) -> StepFunctions:
    """The state machines, and the commands pointed at them."""
    fake = StepFunctions(account)

    @contextmanager
    def desk(_region: str) -> Iterator[Desk]:
        with wording():
            client = cast("Any", fake)
            yield Desk(account.registry, MACHINES, client, lambda _: None, lambda: NOW)

    monkeypatch.setattr(commands, "_desk", desk)
    return fake


def call(*words: str) -> tuple[str, str, BaseException | None]:
    result = CliRunner().invoke(commands.app, words)
    return result.stdout, result.stderr, result.exception


def test_a_provision_tells_each_step_and_where_the_city_is(
    account: Account, machines: StepFunctions
) -> None:
    out, told, error = call("provision", DURHAM.geoid, "--domain", "data.example.gov")

    assert error is None
    assert machines.started[0][1]["domain"] == "data.example.gov"
    assert told.splitlines()[0].split()[1] == "register"
    assert told.splitlines()[-1].split()[1] == "live"
    assert len([line for line in told.splitlines() if " register " in line]) == 1
    assert out == "Durham, NC (3719000): live https://data.example.gov\n"


def test_a_program_gets_json(account: Account, machines: StepFunctions) -> None:
    out, _, _ = call("provision", DURHAM.geoid, "--json")

    answer = json.loads(out)
    assert answer["status"] == "SUCCEEDED"
    assert answer["city"]["status"] == "live"


def test_a_run_can_be_left_to_itself(account: Account, machines: StepFunctions) -> None:
    out, told, _ = call("provision", DURHAM.geoid, "--no-wait")

    assert out == "started arn:execution:provision-3719000-20261123T060000000000\n"
    assert not told


def test_a_run_that_is_under_way_already_is_followed(
    account: Account, machines: StepFunctions
) -> None:
    live(account)
    account.registry.save(
        msgspec.structs.replace(account.city(), execution="arn:execution:other"), NOW
    )
    other = {"status": "SUCCEEDED", "looks": 0, "events": [_event(1, "smoke", "5 checks passed")]}
    machines.executions["arn:execution:other"] = other
    account.running.add("arn:execution:other")

    _, told, error = call("provision", DURHAM.geoid)

    assert error is None
    assert "following arn:execution:other" in told
    assert "5 checks passed" in told


def test_a_failure_is_said_in_the_run_s_own_words(
    account: Account, machines: StepFunctions
) -> None:
    machines.fails = ("CityBusy", json.dumps({"errorMessage": "Durham is being worked on"}))
    _, _, busy = call("suspend", DURHAM.geoid)
    machines.fails = ("States.Timeout", "")
    _, _, late = call("resume", DURHAM.geoid)

    assert isinstance(busy, CityBusy)
    assert str(busy) == "Durham is being worked on"
    assert isinstance(late, FleetError)
    assert "failed" in str(late)


@pytest.mark.parametrize(
    ("words", "started"),
    [
        (["suspend", "3719000", "--reason", "unpaid"], {"geoid": "3719000", "reason": "unpaid"}),
        (["resume", "3719000"], {"geoid": "3719000"}),
        (["teardown", "3719000"], {"geoid": "3719000"}),
        (
            ["teardown", "3719000", "--delete-data", "3719000"],
            {"geoid": "3719000", "delete_data": "3719000"},
        ),
        (["upgrade"], {}),
        (["upgrade", "3719000", "0807850"], {"cities": ["3719000", "0807850"]}),
    ],
)
def test_each_command_starts_its_machine(
    account: Account, machines: StepFunctions, words: list[str], started: dict[str, Any]
) -> None:
    live(account)

    call(*words)

    assert machines.started == [(words[0], started)]


def test_the_registry_is_listed_and_a_city_is_told_with_its_history(
    account: Account, machines: StepFunctions
) -> None:
    live(account, DURHAM.geoid, BOULDER.geoid)
    run(account, "suspend", "run-2", reason="unpaid")

    listed, _, _ = call("list")
    told, _, _ = call("status", DURHAM.geoid)
    as_json, _, _ = call("list", "--json")

    assert [line.split()[0] for line in listed.splitlines()] == ["city", "Boulder,", "Durham,"]
    assert "suspended: unpaid" in told
    assert "2 datasets, 4 records" in told
    history = [line.split()[1] for line in told.splitlines() if line.startswith("2026-")]
    assert history[-2:] == [Status.LIVE, Status.SUSPENDED]
    assert [city["geoid"] for city in json.loads(as_json)] == [BOULDER.geoid, DURHAM.geoid]


def test_a_city_that_nobody_asked_for_is_not_found(
    account: Account, machines: StepFunctions
) -> None:
    assert isinstance(call("status", DURHAM.geoid)[2], CityNotFound)


def test_what_aws_refuses_is_said_in_one_line() -> None:
    with pytest.raises(FleetError, match="AccessDenied"), wording():
        raise refused("AccessDenied", "you may not", "StartExecution")


@pytest.mark.usefixtures("cloudformation")
def test_an_account_without_a_fleet_says_so() -> None:
    with pytest.raises(FleetError, match="no stack Citylake-Fleet in us-east-1"):
        open_desk("us-east-1", lambda _: None)


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield
