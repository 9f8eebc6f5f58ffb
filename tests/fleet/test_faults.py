"""Runs that are killed at any call, and runs that meet: the result is that of one quiet run."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citylake.entitlements import ENTITLEMENT_KEY, read_entitlement
from citylake.errors import CityBusy
from lambdas.fleet.cities import Status
from lambdas.fleet.objects import INDEX
from tests.fleet.account import (
    BOULDER,
    DURHAM,
    Account,
    BucketStore,
    Killed,
    Life,
    Run,
    lasting,
    live,
    run,
)

PAIR = {"citylake-city-3719000", "citylake-city-3719000-data"}


def fresh() -> Account:
    return Account()


def failed() -> Account:
    """A city whose service stack could not be made."""
    account = Account()
    account.cloudformation.fails["create citylake-city-3719000"] = ["no"]
    run(account, "provision", "run-1")
    return account


def served() -> Account:
    """A live city with data of its own."""
    account = Account()
    live(account)
    account.s3.write("lake-3719000", "warehouse/3719000/trees/a.parquet", b"trees")
    account.s3.write("lake-3719000", "warehouse/3719000/trees/b.parquet", b"more trees")
    account.s3.mark_deleted("lake-3719000", "inbox/old.csv")
    return account


def suspended() -> Account:
    account = served()
    run(account, "suspend", "run-s")
    return account


def left() -> Account:
    """A city that is gone, and whose data stayed."""
    account = served()
    run(account, "teardown", "run-l")
    return account


Case = tuple[Callable[[], Account], str, dict[str, Any]]

CASES: dict[str, Case] = {
    "provision": (fresh, "provision", {}),
    "provision after a failure": (failed, "provision", {}),
    "provision of a city that comes back": (left, "provision", {}),
    "suspend": (served, "suspend", {"reason": "unpaid"}),
    "resume": (suspended, "resume", {}),
    "teardown": (served, "teardown", {}),
    "teardown with the data": (served, "teardown", {"delete_data": DURHAM.geoid}),
    "teardown of the data that stayed": (left, "teardown", {"delete_data": DURHAM.geoid}),
}


def outcome(account: Account) -> tuple[object, ...]:
    """What lasts of everything, without instants and without what is named after them."""
    city = account.city()
    stamped = ("lake.json", ENTITLEMENT_KEY)
    buckets = {
        name: {
            key.split("/files/")[-1]: body
            for key, body in account.s3.contents(name).items()
            if not key.endswith((*stamped, INDEX))
        }
        for name in account.s3.buckets
    }
    archive = city.archive and (city.archive.objects, bool(city.archive.sealed_at))
    standing = account.s3.buckets.get(city.bucket) and read_entitlement(
        BucketStore(account.s3, city.bucket)
    )
    return (
        msgspec.structs.replace(lasting(city), archive=None),
        account.standing(),
        account.databases,
        buckets,
        archive,
        standing and (standing.status, standing.reason),
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("survives", [False, True], ids=["the next run", "the same run"])
def test_a_process_that_is_killed_at_any_call_is_made_up_for_by(case: str, survives: bool) -> None:
    """The whole execution may end with it, or Step Functions may ask for the same step again."""
    make, machine, asked = CASES[case]
    quiet, life = make(), Life()
    run(quiet, machine, "run-quiet", life=life, **asked)

    for moment in range(life.moment + 1):
        account = make()
        killed = Life(ends_at=moment)
        if survives:
            finished = run(account, machine, "run-killed", life=killed, survives=True, **asked)
        else:
            with pytest.raises(Killed):
                run(account, machine, "run-killed", life=killed, **asked)
            finished = run(account, machine, "run-after", **asked)
        assert finished.error is None, (moment, finished.error)
        assert outcome(account) == outcome(quiet), moment


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_however_runs_meet_and_die_a_city_has_one_pair_of_stacks_and_a_true_status(
    data: st.DataObject,
) -> None:
    account = Account()
    account.cloudformation.fails = {
        f"create {name}": ["no"] * data.draw(st.integers(0, 1), label=f"failures of {name}")
        for name in sorted(PAIR)
    }
    machines = data.draw(
        st.lists(
            st.sampled_from(["provision", "provision", "suspend", "resume", "teardown"]),
            min_size=2,
            max_size=4,
        )
    )
    runs = {
        number: Run(
            account,
            machine,
            f"run-{number}",
            {"geoid": DURHAM.geoid},
            account.fleet(Life(data.draw(st.integers(-1, 120), label=f"end of run {number}"))),
        )
        for number, machine in enumerate(machines)
    }
    turns = {number: made.turns() for number, made in runs.items()}

    while turns:
        number = data.draw(st.sampled_from(sorted(turns)))
        try:
            next(turns[number])
        except (StopIteration, Killed):
            del turns[number]
        _check_truth(account)

    _bring_to_life(account)
    assert set(account.cloudformation.stacks) == PAIR


def _bring_to_life(account: Account) -> None:
    """Do what an operator would, until the city is live."""
    for attempt in range(len(PAIR) + 1):  # as often as a stack is to fail, and once more
        city = account.registry.held.get(DURHAM.geoid)
        if city is not None and city.status is Status.LEAVING:
            assert run(account, "teardown", f"teardown-{attempt}").error is None
        if city is not None and city.status is Status.SUSPENDED:
            assert run(account, "resume", f"resume-{attempt}").error is None
        if run(account, "provision", f"provision-{attempt}").error is None:
            break
    assert account.city().status is Status.LIVE


def _check_truth(account: Account) -> None:
    """What the registry says of a city is so, at any moment."""
    assert set(account.cloudformation.stacks) <= PAIR
    city = account.registry.held.get(DURHAM.geoid)
    if city is None:
        return
    complete = {
        name for name, (status, _, _) in account.standing().items() if status == "CREATE_COMPLETE"
    }
    match city.status:
        case Status.LIVE | Status.SUSPENDED:
            assert complete == PAIR
            assert all(check.passed for check in city.checks)
        case Status.FILLING | Status.CHECKING:
            assert complete == PAIR
        case Status.SERVICE:
            assert "citylake-city-3719000-data" in complete
        case Status.GONE:
            assert not city.execution
            assert "citylake-city-3719000" not in account.standing()
        case Status.FAILED:
            assert city.reason
            # The run that failed gave it up; one that takes it down may have it by now.
            assert city.execution != city.history[-1].execution
        case _:
            assert city.execution or city.trouble


def in_turn(runs: Sequence[Iterator[str]]) -> None:
    """Let runs take a step each, in turn, until all have ended."""
    going = list(runs)
    while going:
        going = [one for one in going if next(one, None) is not None]


def test_two_runs_that_begin_together_are_one() -> None:
    account = Account()
    runs = [
        Run(account, "provision", f"run-{number}", {"geoid": DURHAM.geoid}, account.fleet())
        for number in range(2)
    ]
    turns = [made.turns() for made in runs]

    in_turn(turns)

    assert sorted(len(made.answers) > 1 for made in runs) == [False, True]
    assert account.city().status is Status.LIVE
    created = [call for call in account.cloudformation.calls if call.startswith("create")]
    assert len(created) == len(PAIR)


def test_runs_over_different_cities_do_not_meet() -> None:
    account = Account()
    runs = [
        Run(account, "provision", f"run-{geoid}", {"geoid": geoid}, account.fleet())
        for geoid in (DURHAM.geoid, BOULDER.geoid)
    ]
    turns = [made.turns() for made in runs]

    in_turn(turns)

    assert account.city(DURHAM.geoid).status is Status.LIVE
    assert account.city(BOULDER.geoid).status is Status.LIVE


def test_a_run_that_lost_its_city_changes_nothing_any_more() -> None:
    """Its execution was stopped, but its function was still at work."""
    account = Account()
    stopped = Run(account, "provision", "run-1", {"geoid": DURHAM.geoid}, account.fleet())
    turns = stopped.turns()
    next(turns)
    account.running.discard("run-1")
    next(turns)
    assert run(account, "provision", "run-2").error is None
    before = account.city(), account.standing()

    list(turns)

    assert isinstance(stopped.error, CityBusy)
    assert (account.city(), account.standing()) == before


def test_a_run_that_loses_its_city_to_another_that_is_at_work_does_not_call_it_failed() -> None:
    account = Account()
    stopped = Run(account, "provision", "run-1", {"geoid": DURHAM.geoid}, account.fleet())
    turns = stopped.turns()
    next(turns)
    account.running.discard("run-1")
    other = Run(account, "provision", "run-2", {"geoid": DURHAM.geoid}, account.fleet()).turns()
    next(other)

    list(turns)

    assert (account.city().status, account.city().execution) == (Status.REQUESTED, "run-2")
    list(other)
    assert account.city().status is Status.LIVE


def test_a_stack_that_is_being_deleted_is_not_deleted_again() -> None:
    account = served()

    run(account, "teardown", "run-2")

    deletions = [call for call in account.cloudformation.calls if call.startswith("delete")]
    assert deletions == ["delete_stack citylake-city-3719000"]
