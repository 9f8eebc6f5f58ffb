"""Purchases, renewals, ends and contracts, as the clock moves them on."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from citylake.errors import PlaceInvalid, PlaceTaken, TokenRefused
from local.market.world import PRODUCTS, Agreement
from marketplace.alarms import Trouble
from marketplace.clock import tick
from marketplace.events import receive
from marketplace.facts import EntitlementSeen, PlaceProven, Proof, Provisioned
from marketplace.hours import HOUR
from marketplace.life import Access, Awaited, State
from marketplace.provision import EXPORT_PERIOD, CityState, CityView, Wanted
from marketplace.registration import claim_place, prove_place, register
from marketplace.sweep import sweep
from tests.marketplace.rig import (
    BOULDER,
    CHICAGO,
    DURHAM,
    ITHACA,
    MINUTE,
    PARADISE,
    Rig,
    licence_of,
)

YEAR = timedelta(days=365)


def hours(rig: Rig, agreement: Agreement) -> list[int]:
    start = rig.start - 24 * HOUR
    found = rig.books.hours(licence_of(agreement), start, rig.clock.now() + HOUR)
    return [row.hour.hour for row in found]


def test_a_purchase_becomes_a_portal_without_a_person() -> None:
    rig = Rig()
    agreement = rig.buy()
    assert rig.licence(agreement).state is State.PROVISIONING
    rig.run(0.3)
    assert [request.wanted for request in rig.fleet.asked] == [Wanted.PROVISION]
    rig.run(0.5)  # 10:13

    licence = rig.licence(agreement)
    assert (licence.state, licence.geoid) == (State.ACTIVE, DURHAM.geoid)
    assert licence.active_from == datetime(2026, 11, 2, 10, tzinfo=UTC)
    (tier,) = licence.tiers
    assert (tier.tier, tier.population, tier.vintage) == ("pop_t11", 296_186, 2024)


def test_nothing_is_charged_before_a_city_is_there() -> None:
    rig = Rig()
    rig.fleet.is_down = True
    agreement = rig.buy()
    rig.run(30)
    assert hours(rig, agreement) == []
    assert rig.licence(agreement).waits.what is Awaited.CITY  # type: ignore[union-attr]  # it does

    rig.fleet.is_down = False
    rig.run(2)
    assert len(hours(rig, agreement)) == 1


def test_a_failed_city_is_asked_for_again_with_the_fleets_words_kept() -> None:
    rig = Rig()
    rig.fleet.is_down = True
    agreement = rig.buy()
    rig.fleet.cities[DURHAM.geoid] = CityView(state=CityState.FAILED, reason="no quota")
    rig.run(0.5)

    assert rig.licence(agreement).trouble == "no quota"
    assert {request.wanted for request in rig.fleet.asked} == {Wanted.PROVISION}
    rig.fleet.is_down = False
    rig.run(1.2)
    assert rig.licence(agreement).state is State.ACTIVE
    assert rig.licence(agreement).trouble == ""


def test_a_subscription_that_ends_while_the_form_is_open_is_never_provisioned() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556666")
    rig.clock.advance(2 * MINUTE)
    rig.deliver()
    token = rig.world.token(agreement)
    rig.world.cancel(agreement)
    rig.clock.advance(MINUTE)
    rig.deliver()
    licence = register(rig.market, rig.service.resolve(token))

    assert licence.state is State.ENDING
    rig.run(1.5)
    assert rig.licence(agreement).state is State.ENDED
    assert rig.fleet.asked == []


def test_a_city_that_left_is_read_only_then_kept_to_be_exported_then_gone() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.world.cancel(agreement)
    rig.run(0.2)
    assert rig.market.subscription(agreement.id).access is Access.READ_ONLY
    rig.run(2)

    assert rig.licence(agreement).state is State.ENDED
    assert [request.wanted for request in rig.fleet.asked] == [Wanted.PROVISION, Wanted.SUSPEND]
    rig.clock.advance(EXPORT_PERIOD - 4 * HOUR)
    rig.run()
    assert len(rig.fleet.asked) == 2
    rig.clock.advance(4 * HOUR)
    rig.run(1)
    assert [request.wanted for request in rig.fleet.asked[2:]] == [Wanted.TEARDOWN]


def test_who_comes_back_within_the_hour_keeps_its_city() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    rig.world.cancel(agreement)
    rig.run(0.5)  # 12:07
    agreement.status, agreement.ended_at = "ACTIVE", None
    rig.world.send("License Updated - Manufacturer", agreement, licensed=True)
    rig.run(3)

    assert rig.licence(agreement).state is State.ACTIVE
    assert hours(rig, agreement) == [10, 13]
    wanted = [request.wanted for request in rig.fleet.asked]
    assert wanted == [Wanted.PROVISION, Wanted.SUSPEND, Wanted.RESUME]


def test_after_its_end_is_final_nothing_brings_a_licence_back() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    ended_at = rig.clock.now()
    rig.world.cancel(agreement)
    rig.run(2)
    late = -100 * MINUTE  # sent when it could have come back, and heard of when it no longer can
    rig.world.send("License Updated - Manufacturer", agreement, licensed=True, after=late)
    rig.world.send("License Updated - Manufacturer", agreement, licensed=True)
    rig.run(2)

    licence = rig.licence(agreement)
    assert licence.state is State.ENDED
    assert licence.spans[-1].end == ended_at
    assert hours(rig, agreement) == [10]


def test_an_end_that_is_heard_of_within_ten_minutes_closes_no_hour_too_many() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    rig.clock.advance(datetime(2026, 11, 2, 11, 58, tzinfo=UTC) - rig.clock.now())
    rig.world.cancel(agreement)
    rig.clock.advance(7 * MINUTE)
    tick(rig.market)
    rig.deliver()
    rig.run(1)

    assert hours(rig, agreement) == [10]


@pytest.mark.parametrize("keeps_licence", [False, True])
@pytest.mark.parametrize("intent", ["RENEW", "REPLACE"])
def test_a_renewal_goes_on_with_each_hour_once_and_no_gap(intent: str, keeps_licence: bool) -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.7)  # 12:07
    rig.clock.advance(datetime(2026, 11, 2, 13, tzinfo=UTC) - rig.clock.now())
    after = rig.world.follow(agreement, intent=intent, keeps_licence=keeps_licence)
    accesses = []
    for _ in range(24):
        rig.run(1 / 6)
        accesses.append(rig.market.subscription(agreement.id).access)

    assert set(accesses) == {Access.FULL}
    billed = sorted(key[4].hour for key in rig.metering.records)
    made = hours(rig, agreement) + ([] if keeps_licence else hours(rig, after))
    assert sorted(made) == billed
    missing = {10, 11, 12, 13, 14, 15} - set(billed)
    assert missing <= ({13} if not keeps_licence else set())  # its first minute had no licence
    assert rig.alarms == []
    assert [request.wanted for request in rig.fleet.asked] == [Wanted.PROVISION]


def test_a_successor_begins_when_its_predecessors_last_hour_is_closed() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.6)
    rig.clock.advance(datetime(2026, 11, 2, 13, tzinfo=UTC) - rig.clock.now())
    after = rig.world.follow(agreement)
    rig.clock.advance(5 * MINUTE)
    rig.deliver()
    tick(rig.market)  # the hour from twelve to one is not closed before ten past
    assert rig.licence(after).active_from is None
    rig.run(3)

    assert (hours(rig, agreement), hours(rig, after)) == ([10, 11, 12], [14])


def test_a_successor_that_is_heard_of_late_leaves_no_hour_out_and_bills_none_twice() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.6)
    rig.clock.advance(datetime(2026, 11, 2, 13, tzinfo=UTC) - rig.clock.now())
    after = rig.world.follow(agreement)
    rig.clock.advance(MINUTE)
    held_back = rig.world.events()
    rig.run(3)  # for three hours nobody hears of it
    assert rig.market.subscription(agreement.id).access is Access.FULL
    for body in reversed(held_back):
        receive(rig.market, body)
    rig.run(2)

    billed = sorted(key[4].hour for key in rig.metering.records)
    assert billed == sorted(set(billed))
    assert {10, 11, 12, 14, 15, 16, 17} <= set(billed) | {17}
    assert rig.licence(after).state is State.ACTIVE


def test_a_replacement_by_nobody_is_told_and_not_suspended_for_two_days() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.world.cancel(agreement, "REPLACED")
    rig.run(47, step=HOUR)
    assert rig.market.subscription(agreement.id).access is Access.FULL
    assert Wanted.SUSPEND not in {request.wanted for request in rig.fleet.asked}
    rig.run(2, step=HOUR)
    assert rig.market.subscription(agreement.id).access is not Access.FULL
    assert rig.fleet.asked[-1].wanted is Wanted.SUSPEND


def test_a_contract_for_a_smaller_tier_is_asked_about_and_does_not_begin() -> None:
    rig = Rig()
    agreement = rig.buy(product=PRODUCTS[1], dimensions=("pop_t03",), length=YEAR)
    rig.run(2)
    assert rig.licence(agreement).state is State.PROVISIONING
    assert "pop_t11" in rig.heard(Trouble.TIER)[0].words

    agreement.dimensions = ("pop_t11",)  # upgraded
    rig.run(2)
    assert rig.licence(agreement).state is State.ACTIVE


def test_a_licence_that_fails_while_it_is_active_closes_the_city_until_it_is_mended() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    failed = EntitlementSeen(
        id="seen:failed",
        at=rig.clock.now(),
        agreement=agreement.id,
        licence=licence_of(agreement),
        status="FAILED",
        reason="ACCOUNT_SUSPENDED",
    )
    rig.books.record(failed)
    rig.run(1)
    assert rig.licence(agreement).state is State.FAILED
    assert rig.market.subscription(agreement.id).access is Access.NONE
    assert rig.fleet.cities[DURHAM.geoid].state is CityState.SUSPENDED

    rig.world.send("License Updated - Manufacturer", agreement, licensed=True)
    rig.run(2)
    assert rig.licence(agreement).state is State.ACTIVE
    assert rig.fleet.cities[DURHAM.geoid].state is CityState.LIVE
    assert hours(rig, agreement) == [10, 13]


def test_a_product_that_is_not_ours_is_never_charged() -> None:
    rig = Rig()
    other = msgspec.structs.replace(PRODUCTS[0], code="othercode", id="prod-other")
    agreement = rig.buy(product=other)
    rig.run(3)

    assert rig.licence(agreement).kind is None
    assert hours(rig, agreement) == []
    assert "othercode" in rig.heard(Trouble.STUCK)[0].words


def test_one_subscription_that_cannot_go_on_does_not_stop_the_others() -> None:
    rig = Rig()
    stuck = rig.buy(account="444455556660", place=BOULDER)
    well = rig.buy(account="444455556661", place=DURHAM)
    rig.market.places.places.pop(BOULDER.geoid)  # type: ignore[attr-defined]  # of the rig
    rig.run(2)

    assert rig.licence(stuck).state is State.PROVISIONING
    assert hours(rig, well) == [10]
    assert rig.heard(Trouble.STUCK)


def test_hours_are_sent_though_the_fleet_is_out_of_reach() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.fleet.is_out_of_reach = True
    before = len(hours(rig, agreement))
    rig.run(3)

    assert len(hours(rig, agreement)) == before + 3
    assert rig.heard(Trouble.UNREACHABLE)


def test_a_city_that_came_back_is_not_removed_by_what_it_had_before() -> None:
    rig = Rig()
    first = rig.buy()
    rig.run(2)
    rig.world.cancel(first)
    rig.run(24 * 9, step=HOUR)
    second = rig.buy()
    rig.run(24 * 64, step=HOUR)
    rig.world.cancel(second)
    rig.run(24 * 10, step=HOUR)  # the first one's time to export is long over

    assert rig.licence(second).state is State.ENDED
    assert Wanted.TEARDOWN not in {request.wanted for request in rig.fleet.asked}
    rig.run(24 * 55, step=HOUR)
    assert rig.fleet.asked[-1].wanted is Wanted.TEARDOWN


def test_who_could_not_pay_leaves_the_place_free() -> None:
    rig = Rig()
    failed = rig.world.subscribe("444455556666")
    failed.entitlement, failed.reason = "FAILED", "INVALID_PAYMENT_INSTRUMENT"
    rig.world.events()  # none of them arrives
    rig.register(failed)
    rig.clock.advance(25 * HOUR)
    sweep(rig.market, lambda *_: None)
    rig.run(1)
    assert rig.licence(failed).state is State.FAILED

    again = rig.buy(account="444455556667")
    rig.run(2)
    assert rig.licence(again).state is State.ACTIVE


def test_a_registration_may_be_repeated_and_changes_nothing() -> None:
    rig = Rig()
    agreement = rig.buy()
    before = rig.licence(agreement)
    again = rig.register(agreement)
    assert again == before


def test_a_place_is_one_buyers_alone() -> None:
    rig = Rig()
    rig.buy(account="444455556661", place=DURHAM)
    other = rig.world.subscribe("444455556662")
    licence = rig.register(other, None)
    with pytest.raises(PlaceTaken, match="3719000"):
        claim_place(rig.market, licence, DURHAM.geoid, "somebody")
    with pytest.raises(PlaceTaken, match="3719000"):
        prove_place(rig.market, licence, DURHAM.geoid, Proof.MANUAL, "somebody")


def test_a_proven_place_cannot_be_exchanged() -> None:
    rig = Rig()
    agreement = rig.buy()
    licence = rig.licence(agreement)
    with pytest.raises(PlaceTaken, match="cannot be exchanged"):
        prove_place(rig.market, licence, ITHACA.geoid, Proof.MAIL, "somebody")


@pytest.mark.parametrize(
    ("geoid", "words"),
    [
        (PARADISE.geoid, "never sold"),
        (CHICAGO.geoid, "private offer"),
        ("12", "GEOID"),
    ],
)
def test_what_cannot_be_sold_is_not_sold(geoid: str, words: str) -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556662")
    licence = rig.register(agreement, None)
    with pytest.raises(PlaceInvalid, match=words):
        claim_place(rig.market, licence, geoid, "somebody")


def test_a_token_is_refused_without_being_repeated() -> None:
    rig = Rig()
    with pytest.raises(TokenRefused) as refused:
        rig.service.resolve("token-secret-1")
    assert "secret" not in str(refused.value)
    token = rig.world.token(rig.world.subscribe("444455556662"))
    rig.clock.advance(5 * HOUR)
    with pytest.raises(TokenRefused, match="Expired"):
        rig.service.resolve(token)


def test_a_city_whose_place_was_proven_by_hand_begins_likewise() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556662")
    rig.clock.advance(2 * MINUTE)
    rig.deliver()
    licence = rig.register(agreement, None)
    claim_place(rig.market, licence, ITHACA.geoid, "clerk")
    assert rig.licence(agreement).waits.what is Awaited.PROOF  # type: ignore[union-attr]  # it does
    prove_place(rig.market, licence, ITHACA.geoid, Proof.MANUAL, "ops@example.gov")
    rig.run(2)

    facts = rig.books.facts(licence.id)
    assert [fact.by for fact in facts if isinstance(fact, PlaceProven)] == ["ops@example.gov"]
    assert [fact.geoid for fact in facts if isinstance(fact, Provisioned)] == [ITHACA.geoid]
    assert rig.licence(agreement).state is State.ACTIVE
