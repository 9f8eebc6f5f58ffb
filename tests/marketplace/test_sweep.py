"""The daily comparison with AWS, and what people are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from citylake.errors import OutcomeUnknown
from local.market.world import PRODUCTS
from marketplace.alarms import Trouble
from marketplace.events import receive
from marketplace.facts import AgreementSeen, Fact, PopulationSeen, Reminded, TierDecided
from marketplace.hours import HOUR
from marketplace.life import Licence, State
from marketplace.sweep import sweep
from marketplace.tiering import next_tier
from tests.marketplace.rig import DURHAM, MINUTE, Register, Rig, licence_of

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


class Told:
    """What buyers were told."""

    def __init__(self) -> None:
        self.reminders: list[Reminded] = []

    def __call__(self, licence: Licence, reminder: Reminded) -> None:
        self.reminders.append(reminder)


def test_a_purchase_whose_events_were_all_lost_is_found() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556666")
    rig.clock.advance(2 * HOUR)
    rig.world.events()  # lost
    rig.register(agreement)
    assert rig.licence(agreement).state is State.REGISTERED

    sweep(rig.market, Told())  # finds the agreement
    rig.clock.advance(2 * HOUR)
    sweep(rig.market, Told())  # and, as no licence event comes, asks for its licence
    rig.run(2)

    assert rig.licence(agreement).state is State.ACTIVE


def test_an_end_whose_events_were_lost_is_found() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.world.cancel(agreement)
    rig.clock.advance(MINUTE)
    rig.world.events()  # lost
    assert rig.licence(agreement).state is State.ACTIVE

    sweep(rig.market, Told())

    assert rig.licence(agreement).state is State.ENDING


def test_what_is_seen_again_unchanged_is_no_news() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    assert sweep(rig.market, Told())["news"] > 0
    count = len(rig.books.facts(agreement.id))
    for _ in range(5):
        rig.clock.advance(DAY)
        assert sweep(rig.market, Told())["news"] == 0
    assert len(rig.books.facts(agreement.id)) == count


def test_a_trials_end_is_the_agreements_own() -> None:
    rig = Rig()
    agreement = rig.buy(trial=timedelta(days=14))
    rig.run(2)
    sweep(rig.market, Told())

    assert rig.licence(agreement).trial_until == agreement.starts_at + timedelta(days=14)


def test_a_licence_that_aws_could_not_give_is_failed() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556666")
    agreement.entitlement, agreement.reason = "FAILED", "INVALID_PAYMENT_INSTRUMENT"
    for body in rig.world.events():
        receive(rig.market, body)
    rig.clock.advance(2 * HOUR)
    rig.world.events()
    sweep(rig.market, Told())

    licence = rig.licence(agreement)
    assert (licence.state, licence.trouble) == (State.FAILED, "INVALID_PAYMENT_INSTRUMENT")


def test_a_contract_that_is_over_is_found_by_its_entitlements() -> None:
    rig = Rig()
    agreement = rig.buy(product=PRODUCTS[1], dimensions=("pop_t11", "pop_t12"), length=YEAR)
    rig.run(2)
    sweep(rig.market, Told())
    assert rig.licence(agreement).entitled == ("pop_t11", "pop_t12")

    agreement.dimensions = ()
    rig.clock.advance(DAY)
    sweep(rig.market, Told())
    assert rig.licence(agreement).state is State.ENDING


def test_who_bought_and_never_came_is_reminded_on_three_days_once_each() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556666")
    rig.clock.advance(2 * MINUTE)
    rig.deliver()
    told = Told()
    for _ in range(40):
        rig.clock.advance(DAY)
        sweep(rig.market, told)

    assert [(held.what, held.day) for held in told.reminders] == [
        ("registration", 1),
        ("registration", 7),
        ("registration", 30),
    ]
    assert rig.licence(agreement).state is State.CONFIRMED
    assert rig.metering.sent == []


def test_who_registered_hears_that_aws_has_not_confirmed_it_for_a_day() -> None:
    rig = Rig()
    agreement = rig.world.subscribe("444455556666")
    agreement.entitlement, agreement.reason = "PENDING", "PROVISIONING_IN_PROGRESS"
    rig.register(agreement, None)
    told = Told()
    for _ in range(3):
        rig.clock.advance(DAY)
        rig.world.events()
        sweep(rig.market, told)

    assert [(held.what, held.day) for held in told.reminders] == [("licence", 1)]
    assert "licence" in rig.heard(Trouble.STUCK)[0].words
    assert rig.licence(agreement).state is State.REGISTERED


def test_a_city_that_does_not_come_for_two_days_is_told_to_a_person() -> None:
    rig = Rig()
    rig.fleet.is_down = True
    rig.buy()
    rig.run(47, step=HOUR)
    sweep(rig.market, Told())
    assert not rig.heard(Trouble.STUCK)
    rig.run(2, step=HOUR)
    sweep(rig.market, Told())
    assert "city" in rig.heard(Trouble.STUCK)[0].words


def test_an_update_after_a_final_end_is_told_to_a_person() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.world.cancel(agreement)
    rig.run(2)
    rig.world.send("License Updated - Manufacturer", agreement, licensed=True)
    rig.run(1)
    sweep(rig.market, Told())
    assert rig.heard(Trouble.REVIVED)[0].about == licence_of(agreement)


def test_a_sweep_that_aws_does_not_answer_says_so() -> None:
    rig = Rig()

    class Deaf:
        def active(self, now: datetime) -> object:
            raise OutcomeUnknown("AWS did not answer")

    with pytest.raises(OutcomeUnknown):
        sweep(replace(rig.market, agreements=Deaf()), Told())  # type: ignore[arg-type]  # answers nothing


def grown(rig: Rig, year: int, population: int) -> None:
    register = rig.market.places
    assert isinstance(register, Register)
    register.places[DURHAM.geoid] = replace(
        DURHAM, population=population, population_year=year, population_source=f"vintage {year}"
    )


def at(rig: Rig, year: int, month: int, day: int) -> None:
    rig.clock.advance(datetime(year, month, day, tzinfo=UTC) - rig.clock.now())


def tiers(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    found = [fact for fact in facts if isinstance(fact, TierDecided)]
    found.sort(key=lambda fact: fact.effective_at)
    return [(fact.tier, f"{fact.effective_at:%Y-%m-%d}") for fact in found]


def test_a_city_that_grows_is_moved_once_two_vintages_agree_after_notice() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    told = Told()
    at(rig, 2027, 8, 15)
    grown(rig, 2025, 510_000)
    sweep(rig.market, told)
    at(rig, 2028, 7, 1)
    grown(rig, 2026, 520_000)
    sweep(rig.market, told)
    assert tiers(rig.books.facts(agreement.id)) == [("pop_t11", "2026-11-02")]
    at(rig, 2028, 8, 10)
    sweep(rig.market, told)
    sweep(rig.market, told)

    assert tiers(rig.books.facts(agreement.id)) == [
        ("pop_t11", "2026-11-02"),
        ("pop_t12", "2028-10-01"),
    ]
    assert [held.what for held in told.reminders] == ["tier pop_t12 from 2028-10-01"]
    licence = rig.licence(agreement)
    assert licence.tier_at(datetime(2028, 9, 30, 23, tzinfo=UTC)).tier == "pop_t11"  # type: ignore[union-attr]
    assert licence.tier_at(datetime(2028, 10, 1, 0, tzinfo=UTC)).tier == "pop_t12"  # type: ignore[union-attr]


def seen(vintage: int, population: int) -> PopulationSeen:
    return PopulationSeen(
        id=f"p{vintage}",
        at=datetime(vintage + 2, 6, 1, tzinfo=UTC),
        licence="l-0a",
        geoid="3719000",
        population=population,
        vintage=vintage,
        source=f"vintage {vintage}",
    )


def held(tier: str, vintage: int) -> Licence:
    decided = TierDecided(
        id="t",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        licence="l-0a",
        geoid="3719000",
        tier=tier,
        population=1,
        vintage=vintage,
        source="",
        effective_at=datetime(2026, 1, 1, tzinfo=UTC),
        rule="r",
    )
    return Licence(id="l-0a", agreements=(), state=State.ACTIVE, geoid="3719000", tiers=(decided,))


@pytest.mark.parametrize(
    ("populations", "tier"),
    [
        ({2025: 55_000}, None),  # one vintage
        ({2025: 55_000, 2026: 45_000}, None),  # it flaps
        ({2025: 45_000, 2026: 55_000}, None),  # it may flap
        ({2025: 55_000, 2026: 55_500}, "pop_t03"),
        ({2025: 55_000, 2026: 75_000}, "pop_t03"),  # the nearer of two rises
        ({2025: 75_000, 2026: 55_000}, "pop_t03"),
        ({2025: 24_999, 2026: 24_000}, "pop_t01"),
        ({2025: 25_000, 2026: 24_999}, None),  # an edge belongs to the higher band
        ({2025: 55_000, 2027: 56_000}, None),  # not in a row
        ({2024: 55_000, 2025: 24_000, 2026: 23_000}, "pop_t01"),
    ],
)
def test_a_tier_follows_two_vintages_in_a_row(
    populations: dict[int, int], tier: str | None
) -> None:
    looks = [seen(vintage, population) for vintage, population in populations.items()]
    decided = next_tier(held("pop_t02", 2024), looks, datetime(2028, 8, 20, tzinfo=UTC))
    assert (decided.tier if decided else None) == tier
    if decided:
        assert decided.effective_at == datetime(2028, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "day", "decides"),
    [(7, 1, False), (8, 2, True), (9, 1, True), (9, 2, False), (10, 1, False), (12, 1, False)],
)
def test_a_tier_is_decided_between_60_and_30_days_before_it_holds(
    month: int, day: int, decides: bool
) -> None:
    looks = [seen(2025, 55_000), seen(2026, 55_500)]
    now = datetime(2028, month, day, tzinfo=UTC)
    assert (next_tier(held("pop_t02", 2024), looks, now) is not None) == decides


def test_a_correction_of_an_estimate_changes_only_what_is_decided_later() -> None:
    looks = [seen(2025, 55_000), seen(2026, 55_500), seen(2026, 45_000)]
    assert next_tier(held("pop_t02", 2024), looks, datetime(2028, 8, 20, tzinfo=UTC)) is None


def test_the_sweep_reads_all_pages() -> None:
    rig = Rig()
    for number in range(120):
        rig.world.subscribe(f"44445555{number:04d}")
    rig.world.events()
    sweep(rig.market, Told())

    found = {
        fact.agreement
        for subject in rig.books.subjects()
        for fact in rig.books.facts(subject)
        if isinstance(fact, AgreementSeen)
    }
    assert len(found) == 120
