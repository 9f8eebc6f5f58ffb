"""The state machines: every way through them leads on, and no failure is lost."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.fleet import PROVISION
from infra.machines import (
    State,
    city_machine,
    harvest_machine,
    teardown_machine,
    upgrade_machine,
)

MACHINES = {
    "harvest": harvest_machine(),
    "provision": city_machine(PROVISION, says="Make a city"),
    "teardown": teardown_machine(),
    "upgrade": upgrade_machine(),
}
OF_ONE_CITY = ("provision", "teardown")


def scopes(machine: State) -> Iterator[State]:
    """A machine, and those inside of its maps."""
    yield machine
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            yield from scopes(state["ItemProcessor"])


def ways_on(state: State) -> list[str]:
    """Where a state may lead."""
    choices = [each["Next"] for each in (*state.get("Choices", ()), *state.get("Catch", ()))]
    return [*choices, *(state[key] for key in ("Next", "Default") if key in state)]


def tasks(machine: State) -> dict[str, State]:
    return {
        name: state
        for scope in scopes(machine)
        for name, state in scope["States"].items()
        if state["Type"] == "Task"
    }


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_is_reached_and_leads_somewhere(machine: State) -> None:
    for scope in scopes(machine):
        states = scope["States"]
        reached = {scope["StartAt"]} | {to for state in states.values() for to in ways_on(state)}
        ends = {name for name, state in states.items() if not ways_on(state)}

        assert reached == set(states)
        assert all(
            states[name].get("End") or states[name]["Type"] in {"Succeed", "Fail"} for name in ends
        )


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_lambdas_own_troubles_are_tried_again_and_a_failure_for_good_is_not(machine: State) -> None:
    for name, task in tasks(machine).items():
        if task["Resource"].endswith("lambda:invoke"):
            retried = {error for rule in task["Retry"] for error in rule["ErrorEquals"]}
            assert "Lambda.TooManyRequestsException" in retried, name
            assert "States.ALL" not in retried, name


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_machine_ends_in_a_day(machine: State) -> None:
    assert machine["TimeoutSeconds"] <= 24 * 3600


@pytest.mark.parametrize("name", OF_ONE_CITY)
def test_a_step_that_fails_is_put_down_before_the_run_fails(name: str) -> None:
    machine = MACHINES[name]

    caught = {
        step: [each["Next"] for each in task.get("Catch", ())]
        for step, task in tasks(machine).items()
    }
    assert caught.pop("failed") == []
    assert set(map(tuple, caught.values())) == {("failed",)}
    assert machine["States"]["failed"]["Next"] == "Failed"
    assert machine["States"]["Failed"]["Type"] == "Fail"


@pytest.mark.parametrize("name", OF_ONE_CITY)
def test_a_step_that_is_not_done_is_asked_again_after_some_seconds(name: str) -> None:
    states = MACHINES[name]["States"]

    waits = {state: each["Next"] for state, each in states.items() if each["Type"] == "Wait"}
    assert waits == {f"{step}: wait": step for step in tasks(MACHINES[name]) if step != "failed"}
    assert {each["Seconds"] for each in states.values() if each["Type"] == "Wait"} == {10}


def test_a_city_comes_to_be_in_the_fleets_order() -> None:
    assert list(tasks(MACHINES["provision"])) == [
        "register",
        "data-stack",
        "service-stack",
        "first-release",
        "smoke",
        "live",
        "failed",
    ]


def test_data_goes_only_if_the_input_says_so() -> None:
    states = MACHINES["teardown"]["States"]

    before = [name for name, state in states.items() if "data-deleted" in ways_on(state)]
    assert before == ["Data too?", "data-deleted: wait"]
    assert states["Data too?"]["Choices"][0]["Condition"] == (
        "{% $exists($states.context.Execution.Input.delete_data) %}"
    )
    assert states["Data too?"]["Default"] == "proof"


def test_what_the_caller_sends_cannot_take_the_place_of_a_steps_name() -> None:
    payload: Any = MACHINES["provision"]["States"]["smoke"]["Arguments"]["Payload"]

    assert payload == (
        "{% $merge([$states.context.Execution.Input, "
        "{'step': 'smoke', 'execution': $states.context.Execution.Id}]) %}"
    )


def test_cities_are_upgraded_wave_after_wave_and_no_further_than_a_failure() -> None:
    waves = MACHINES["upgrade"]["States"]["Waves"]

    assert waves["MaxConcurrency"] == 1
    assert "ToleratedFailurePercentage" not in waves
    assert all("Catch" not in task for task in tasks(MACHINES["upgrade"]).values())


def test_one_dataset_that_fails_does_not_keep_the_others() -> None:
    machine = MACHINES["harvest"]
    harvest = tasks(machine)["Harvest"]

    assert [(each["ErrorEquals"], each["Next"]) for each in harvest["Catch"]] == [
        (["States.ALL"], "Report")
    ]
    assert tasks(machine)["Report"]["Arguments"]["QueueUrl"] == "${Queue}"
    assert machine["States"]["All well?"]["Choices"][0]["Next"] == "Some failed"


def test_stages_wait_for_each_other_and_datasets_of_a_stage_do_not() -> None:
    stages = MACHINES["harvest"]["States"]["Stages"]

    assert stages["MaxConcurrency"] == 1
    assert stages["ItemProcessor"]["States"]["Stage"]["MaxConcurrency"] == 10
