"""Upgrading cities in waves."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from citylake.errors import CityRefused, CityStateInvalid, FleetError, Throttled
from citylake.places import Place
from lambdas.fleet.cities import Status
from lambdas.fleet.fleet import Fleet, Order, Outcome
from lambdas.fleet.portal import Answer
from lambdas.fleet.steps import take
from lambdas.fleet.upgrade import WAVE
from tests.fleet.account import BOULDER, DURHAM, Account, FakeNational, live, run

SERVICES = ("citylake-city-0807850", "citylake-city-3719000")


@pytest.fixture
def account() -> Account:
    """Two live cities, and templates that are newer than theirs."""
    account = Account()
    live(account, DURHAM.geoid, BOULDER.geoid)
    account.version = "0002"
    return account


def upgrade(fleet: Fleet, execution: str, *cities: str) -> None:
    """Go through the waves, as the state machine does."""
    planned = take(fleet, Order(step="plan-waves", execution=execution, cities=cities))
    for wave in planned.waves:
        order = Order(step="upgrade-wave", execution=execution, cities=wave)
        finish(fleet, order)


def finish(fleet: Fleet, order: Order) -> None:
    """Ask for a step until it is done."""
    while not take(fleet, order).done:
        pass


def templates(account: Account) -> dict[str, str]:
    return {
        name: held.template.rsplit("/", 1)[-1]
        for name, held in sorted(account.cloudformation.stacks.items())
    }


def test_every_live_city_gets_the_new_service_and_keeps_its_data_stack(account: Account) -> None:
    upgrade(account.fleet(), "run-2")

    assert templates(account) == {
        "citylake-city-0807850": "service0002.json",
        "citylake-city-0807850-data": "data0001.json",
        "citylake-city-3719000": "service0002.json",
        "citylake-city-3719000-data": "data0001.json",
    }
    for geoid in (DURHAM.geoid, BOULDER.geoid):
        city = account.city(geoid)
        assert (city.status, city.execution) == (Status.LIVE, "")
        assert city.versions == {"data": "data0001", "service": "service0002"}


def test_the_least_populous_city_goes_first_and_alone() -> None:
    account = Account()
    live(account)
    durham = account.city()
    for number in range(2 * WAVE + 1):
        geoid = f"{number:07}"
        account.registry.held[geoid] = msgspec.structs.replace(
            durham, geoid=geoid, population=1_000_000 - number
        )

    planned = take(account.fleet(), Order(step="plan-waves", execution="run-2"))

    assert planned.waves[0] == (DURHAM.geoid,)
    assert [len(wave) for wave in planned.waves] == [1, WAVE, WAVE, 1]
    assert planned.waves[-1] == ("0000000",)


def test_cities_that_are_not_served_are_not_planned(account: Account) -> None:
    run(account, "teardown", "run-2")
    run(account, "suspend", "run-3", geoid=BOULDER.geoid)

    planned = take(account.fleet(), Order(step="plan-waves", execution="run-4"))

    assert planned.waves == ((BOULDER.geoid,),)
    with pytest.raises(CityStateInvalid, match="is gone"):
        take(account.fleet(), Order(step="plan-waves", execution="run-4", cities=(DURHAM.geoid,)))


def test_with_no_city_there_is_nothing_to_do() -> None:
    planned = take(Account().fleet(), Order(step="plan-waves", execution="run-1"))

    assert planned == Outcome(proceed=False, note="0 cities in 0 waves")


def test_the_first_failure_stops_the_waves_and_the_city_stays_live_with_the_reason(
    account: Account,
) -> None:
    account.cloudformation.fails[f"update {SERVICES[0]}"] = ["no such layer"]

    with pytest.raises(FleetError, match="no such layer"):
        upgrade(account.fleet(), "run-2")

    canary = account.city(BOULDER.geoid)
    assert (canary.status, canary.execution) == (Status.LIVE, "")
    assert "no such layer" in canary.trouble
    assert account.city(DURHAM.geoid).versions["service"] == "service0001"


def test_all_of_a_wave_end_before_it_fails(account: Account) -> None:
    account.cloudformation.fails[f"update {SERVICES[0]}"] = ["no such layer"]
    order = Order(step="upgrade-wave", execution="run-2", cities=(BOULDER.geoid, DURHAM.geoid))

    with pytest.raises(FleetError, match="1 of 2 failed"):
        finish(account.fleet(), order)

    assert account.city(DURHAM.geoid).versions["service"] == "service0002"
    assert not any(status.endswith("_IN_PROGRESS") for status, _, _ in account.standing().values())


def test_a_failed_upgrade_succeeds_when_it_is_asked_for_again(account: Account) -> None:
    account.cloudformation.fails[f"update {SERVICES[0]}"] = ["no such layer"]
    with pytest.raises(FleetError):
        upgrade(account.fleet(), "run-2")

    upgrade(account.fleet(), "run-3")

    assert account.city(BOULDER.geoid).trouble == ""
    assert account.city(BOULDER.geoid).versions["service"] == "service0002"


def test_a_portal_that_is_not_sound_after_the_upgrade_stops_the_waves(account: Account) -> None:
    account.answers["GET /"] = Answer(200, {}, b"<title>oh</title>")

    with pytest.raises(FleetError, match="not sound"):
        upgrade(account.fleet(), "run-2")

    assert "not sound" in account.city(BOULDER.geoid).trouble


def test_whatever_else_is_wrong_with_a_city_is_its_own_trouble_and_the_wave_goes_on(
    account: Account,
) -> None:
    class Shrunk(FakeNational):
        """A register that lost a place with its newest vintage."""

        def place(self, geoid: str) -> Place:
            if geoid == BOULDER.geoid:
                raise CityRefused(f"no place of the register has the GEOID {geoid}")
            return super().place(geoid)

    fleet = replace(account.fleet(), national=Shrunk())
    order = Order(step="upgrade-wave", execution="run-2", cities=(BOULDER.geoid, DURHAM.geoid))

    with pytest.raises(FleetError, match="1 of 2 failed: no place of the register"):
        finish(fleet, order)

    assert "no place of the register" in account.city(BOULDER.geoid).trouble
    assert account.city(DURHAM.geoid).versions["service"] == "service0002"


def test_what_passes_is_nobodys_trouble(account: Account) -> None:
    class Busy(FakeNational):
        """A lake that has no time now."""

        def place(self, geoid: str) -> Place:
            raise Throttled(f"not now: {geoid}")

    fleet = replace(account.fleet(), national=Busy())

    with pytest.raises(Throttled):
        finish(fleet, Order(step="upgrade-wave", execution="run-2", cities=(BOULDER.geoid,)))

    assert account.city(BOULDER.geoid).trouble == ""


def test_a_city_that_another_run_works_on_is_left_out_and_named(account: Account) -> None:
    _own(account, BOULDER.geoid, "run-9")

    done = take(
        account.fleet(),
        Order(step="upgrade-wave", execution="run-2", cities=(BOULDER.geoid,)),
    )

    assert done.done
    assert "run-9" in done.note
    assert templates(account)[SERVICES[0]] == "service0001.json"


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(account: Account) -> None:
    upgrade(account.fleet(), "run-2")
    before = account.standing()

    upgrade(account.fleet(), "run-3")

    assert account.standing() == before


def test_a_suspended_city_stays_suspended_for_its_reason(account: Account) -> None:
    run(account, "suspend", "run-2", reason="unpaid")

    upgrade(account.fleet(), "run-3")

    city = account.city()
    assert (city.status, city.reason) == (Status.SUSPENDED, "unpaid")
    assert city.versions["service"] == "service0002"


def test_a_turn_without_time_leaves_the_rest_to_the_next(account: Account) -> None:
    left: Any = iter((600.0, 500.0))
    fleet = replace(account.fleet(), seconds_left=lambda: next(left))

    turn = take(
        fleet,
        Order(step="upgrade-wave", execution="run-2", cities=(BOULDER.geoid, DURHAM.geoid)),
    )

    assert not turn.done
    assert DURHAM.geoid in turn.note
    assert account.city(DURHAM.geoid).execution == ""


def _own(account: Account, geoid: str, execution: str) -> None:
    fleet = account.fleet()
    fleet.claim(account.city(geoid), Order(step="suspend", execution=execution, geoid=geoid))
    account.running.add(execution)
