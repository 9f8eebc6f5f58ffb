"""Suspending and resuming."""

import pytest

from citylake.entitlements import Entitlement, read_entitlement
from citylake.entitlements import Status as Standing
from citylake.errors import CityBusy, CityNotFound, CityStateInvalid
from lambdas.fleet.cities import Status
from lambdas.fleet.fleet import Order
from tests.fleet.account import DURHAM, Account, BucketStore, live, run


def entitlement(account: Account) -> Entitlement:
    return read_entitlement(BucketStore(account.s3, account.city().bucket))


def test_a_suspended_city_s_functions_are_told_and_its_record_says_why() -> None:
    account = Account()
    live(account)

    run(account, "suspend", "run-2", reason="the invoice of October is open")

    told = entitlement(account)
    assert (told.status, told.reason) == (Standing.SUSPENDED, "the invoice of October is open")
    city = account.city()
    assert (city.status, city.reason) == (Status.SUSPENDED, "the invoice of October is open")
    assert city.execution == ""


def test_a_resumed_city_may_write_again() -> None:
    account = Account()
    live(account)
    run(account, "suspend", "run-2")

    run(account, "resume", "run-3")

    assert entitlement(account).status is Standing.ACTIVE
    assert (account.city().status, account.city().reason) == (Status.LIVE, "")


@pytest.mark.parametrize("machine", ["suspend", "resume"])
def test_asking_twice_is_asking_once(machine: str) -> None:
    account = Account()
    live(account)
    run(account, machine, "run-2")
    once = (account.city().status, account.city().history, entitlement(account).status)

    again = run(account, machine, "run-3")

    assert again.error is None
    assert (account.city().status, account.city().history, entitlement(account).status) == once


def test_a_city_that_is_not_served_cannot_be_suspended() -> None:
    account = Account()
    account.cloudformation.fails["create citylake-city-3719000"] = ["no"]
    run(account, "provision", "run-1")

    refused = run(account, "suspend", "run-2")

    assert isinstance(refused.error, CityStateInvalid)
    assert account.city().status is Status.FAILED


def test_a_city_that_another_run_works_on_is_left_alone() -> None:
    account = Account()
    live(account)
    order = Order(step="suspend", execution="run-2", geoid=DURHAM.geoid)
    account.fleet().claim(account.city(), order)
    account.running.add("run-2")

    refused = run(account, "suspend", "run-3")

    assert isinstance(refused.error, CityBusy)
    assert account.city().execution == "run-2"
    assert entitlement(account).status is Standing.ACTIVE


def test_a_city_that_nobody_asked_for_cannot_be_suspended() -> None:
    assert isinstance(run(Account(), "suspend", "run-1").error, CityNotFound)
