"""Metering, answer by answer: each test names one way in which money is lost or taken wrongly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from citylake.errors import MarketMisconfigured
from local.market.services import Fault
from local.market.world import PRODUCTS, Agreement
from marketplace.alarms import Trouble
from marketplace.clock import tick
from marketplace.events import receive
from marketplace.facts import TierDecided
from marketplace.hours import (
    HOUR,
    HourState,
    LicenceHour,
    Span,
    Windows,
    ceil_hour,
    closing_time,
    full_hours,
    next_month,
)
from marketplace.metering import Drain, batches
from tests.marketplace.rig import BOULDER, DURHAM, MINUTE, Register, Rig, licence_of

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
_FIELDS = ("year", "month", "day", "hour")


def rows(rig: Rig, agreement: Agreement) -> list[LicenceHour]:
    start = rig.start - 24 * HOUR
    return list(rig.books.hours(licence_of(agreement), start, rig.clock.now() + HOUR))


def states(rig: Rig, agreement: Agreement) -> list[str]:
    return [str(row.state) for row in rows(rig, agreement)]


def test_only_hours_that_were_active_from_start_to_end_are_charged() -> None:
    rig = Rig()  # bought at 9:23
    agreement = rig.buy()
    rig.run(3)  # to 12:25
    rig.world.cancel(agreement)
    rig.run(2)

    assert [row.hour.hour for row in rows(rig, agreement)] == [10, 11]
    assert states(rig, agreement) == ["accepted", "accepted"]


def test_a_row_keeps_its_hour_however_late_it_is_sent() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.run(3)
    rig.metering.outage = False
    rig.run(0.5)

    stamps = {record["Timestamp"] for _, sent in rig.metering.sent for record in sent}
    assert stamps == {NINE + n * HOUR for n in (1, 2, 3)}
    assert states(rig, agreement) == ["accepted"] * 3
    assert {metered.quantity for metered in rig.metering.records.values()} == {1}


def test_a_tier_that_is_decided_within_an_hour_holds_from_the_next() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    now = rig.clock.now()
    licence = rig.licence(agreement)
    rig.books.record(
        TierDecided(
            id="tier:later",
            at=now,
            licence=licence.id,
            geoid=licence.geoid,
            tier="pop_t12",
            population=600_000,
            vintage=2025,
            source="Census estimate",
            effective_at=ceil_hour(now),
            rule="2026-1",
        )
    )
    rig.run(3)

    tiers = {row.hour.hour: row.record.dimension for row in rows(rig, agreement)}
    assert tiers == {10: "pop_t11", 11: "pop_t11", 12: "pop_t12", 13: "pop_t12"}


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.THROTTLED, Fault.INTERNAL, Fault.UNREACHED])
def test_a_request_without_an_answer_is_sent_again_to_the_byte(fault: Fault) -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.faults.append(fault)
    rig.run(1)

    (row,) = rows(rig, agreement)
    assert row.state is HourState.ACCEPTED
    assert row.attempts == 2
    bodies = [sent for _, sent in rig.metering.sent]
    assert all(body == bodies[0] for body in bodies)
    assert len(rig.metering.records) == 1


def test_a_record_that_was_not_processed_is_sent_again_and_not_counted() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.faults.extend([Fault.UNPROCESSED, Fault.UNPROCESSED])
    rig.run(1)

    (row,) = rows(rig, agreement)
    assert (row.state, row.attempts) == (HourState.ACCEPTED, 3)
    assert len(rig.metering.records) == 1


def test_one_bad_licence_is_found_and_the_other_24_are_billed() -> None:
    rig = Rig(places=(DURHAM,))
    agreements = many(rig, 25)
    rig.metering.poisoned.add(agreements[13].licence)
    rig.clock.advance(2 * HOUR)
    before = len(rig.metering.sent)
    tick(rig.market)

    outcomes = [rows(rig, agreement)[0].state for agreement in agreements]
    assert outcomes.count(HourState.ACCEPTED) == 24
    assert outcomes[13] is HourState.REJECTED
    assert len(rig.metering.sent) - before <= 11
    assert [alarm.about for alarm in rig.heard(Trouble.REJECTED)] == [licence_of(agreements[13])]


def test_a_different_quantity_is_a_conflict_and_never_a_success() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.run(1)
    rig.metering.outage = False
    client_record = rows(rig, agreement)[0].record
    rig.service.send(
        [msgspec.structs.replace(client_record, quantity=3)]
    )  # someone else meters by hand
    rig.run(0.5)

    (row,) = rows(rig, agreement)
    assert row.state is HourState.CONFLICT
    assert "DuplicateRecord" in row.reason
    assert rig.heard(Trouble.CONFLICT)


def test_a_disabled_api_stops_everything_and_loses_nothing() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.faults.append(Fault.DISABLED)
    rig.clock.advance(HOUR)
    with pytest.raises(MarketMisconfigured, match="DisabledApi"):
        tick(rig.market)

    assert states(rig, agreement) == ["pending"]
    assert rig.heard(Trouble.MISCONFIGURED)
    rig.run(0.5)
    assert states(rig, agreement) == ["accepted"]


def test_a_buyer_who_is_none_says_aws_is_kept_while_its_agreement_is_active() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.suspended.add(agreement.account)
    rig.run(2)

    assert states(rig, agreement) == ["pending", "pending"]
    assert len(rig.heard(Trouble.UNSUBSCRIBED)) == 2
    rig.metering.suspended.clear()
    rig.run(0.5)
    assert states(rig, agreement) == ["accepted", "accepted"]


def test_an_end_whose_event_was_lost_is_found_by_metering_itself() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    rig.world.cancel(agreement)
    rig.world.events()
    rig.clock.advance(50 * MINUTE)
    rig.world.events()  # both are lost
    rig.run(1)

    assert states(rig, agreement) == ["accepted", "accepted", "rejected"]
    assert len(rig.metering.records) == 2
    assert rig.licence(agreement).ended_at is not None


def test_an_hour_that_was_accepted_and_then_proved_not_to_be_owed_is_told_once() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2.2)  # 11:37
    rig.world.cancel(agreement)
    held_back = rig.world.events()
    rig.clock.advance(35 * MINUTE)  # 12:12: the hour is closed, and the end is not heard of
    tick(rig.market)
    assert states(rig, agreement) == ["accepted", "accepted"]

    for body in held_back:
        receive(rig.market, body)
    rig.run(2)

    told = rig.heard(Trouble.NOT_OWED)
    assert len(told) == 1
    assert "11:00" in told[0].words


def test_a_month_that_ends_closes_its_hours_at_six() -> None:
    rig = Rig(start=datetime(2026, 11, 30, 18, 50, tzinfo=UTC))
    agreement = rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.run(10.5)  # to 06:22 on the first
    rig.metering.outage = False
    rig.run(0.5)

    by_month = {row.hour.day: row.state for row in rows(rig, agreement)}
    assert by_month == {30: HourState.EXPIRED, 1: HourState.ACCEPTED}
    november = [row for row in rows(rig, agreement) if row.hour.month == 11]
    assert len(rig.heard(Trouble.EXPIRED)) == len(november) == 4
    last = datetime(2026, 12, 1, 6, tzinfo=UTC)
    assert all(row.settled_at is not None and row.settled_at >= last for row in november)


def test_what_is_too_late_for_aws_though_not_for_us_costs_few_requests() -> None:
    """We try for 24 hours; this AWS takes 6."""
    rig = Rig(window=timedelta(hours=6))
    agreement = rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.run(16)
    rig.metering.outage = False
    before = len(rig.metering.sent)
    rig.clock.advance(15 * MINUTE)
    tick(rig.market)

    found = states(rig, agreement)
    assert found.count("accepted") == 5
    assert found.count("expired") == 1
    assert len(rig.metering.sent) - before <= 8
    rig.run(24)
    early = [row.state for row in rows(rig, agreement)[:10]]
    assert set(early) == {HourState.EXPIRED}


def test_an_hour_in_doubt_that_is_lost_is_told_apart() -> None:
    rig = Rig(windows=Windows(salvage=timedelta(hours=6)))
    agreement = rig.buy()
    rig.run(1)
    rig.metering.faults.append(Fault.LOST)
    rig.clock.advance(50 * MINUTE)
    rig.metering.faults.extend([Fault.UNREACHED] * 40)
    tick(rig.market)
    rig.metering.outage = True
    rig.run(7)

    row = rows(rig, agreement)[0]
    assert (row.state, row.in_doubt) == (HourState.EXPIRED, True)
    assert rig.heard(Trouble.IN_DOUBT)[0].about == row.licence


def test_two_products_are_never_in_one_request() -> None:
    def row(code: str, number: int) -> LicenceHour:
        rig_row = rows(RIG, BOUGHT)[0]
        return msgspec.structs.replace(rig_row, product_code=code, licence=f"l-{number:02x}")

    RIG = Rig()  # noqa: N806  # one for both
    BOUGHT = RIG.buy()  # noqa: N806
    RIG.run(2)
    mixed = [row("one" if number % 2 else "two", number) for number in range(60)]
    made = list(batches(mixed))

    assert sorted(len(batch) for batch in made) == [5, 5, 25, 25]
    assert all(len({held.product_code for held in batch}) == 1 for batch in made)


def test_a_contract_is_never_metered() -> None:
    rig = Rig()
    agreement = rig.buy(product=PRODUCTS[1], dimensions=("pop_t11",), length=timedelta(days=365))
    rig.run(5)

    assert rig.licence(agreement).state == "active"
    assert rows(rig, agreement) == []
    assert rig.metering.sent == []


def test_a_sender_that_died_is_followed_by_another_who_asks_again() -> None:
    class Killed(BaseException):
        pass

    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.clock.advance(HOUR)
    real = rig.books.change_hours

    def dies(changed: list[LicenceHour], at: datetime) -> object:
        if changed[0].state is not HourState.SENDING:
            raise Killed
        return real(changed, at)

    rig.books.change_hours = dies  # type: ignore[method-assign, assignment]  # the process dies here
    with pytest.raises(Killed):
        tick(rig.market)
    rig.books.change_hours = real  # type: ignore[method-assign]
    assert states(rig, agreement) == ["sending"]
    assert len(rig.metering.records) == 1

    rig.run(0.5)

    assert states(rig, agreement) == ["accepted"]
    assert len(rig.metering.records) == 1


def test_the_pace_is_kept_over_many_requests() -> None:
    rig = Rig(places=(DURHAM,))
    many(rig, 40)
    rig.metering.latency = timedelta(milliseconds=1)
    rig.clock.advance(20 * HOUR)
    tick(rig.market)

    times = [at for at, _ in rig.metering.sent]
    assert rig.metering.throttled == 0
    assert len(times) == 31
    for first, eleventh in zip(times, times[10:], strict=False):
        assert eleventh - first >= timedelta(seconds=1)


def test_nothing_is_sent_after_its_closing_time_though_its_run_began_before() -> None:
    six = timedelta(hours=6)
    rig = Rig(places=(DURHAM,), windows=Windows(salvage=six), window=six)
    agreements = many(rig, 300)
    rig.clock.advance(NINE + HOUR + six - timedelta(milliseconds=1300) - rig.clock.now())
    tick(rig.market)  # twelve requests; from the eleventh on, the hour from ten is closed

    first = [rows(rig, agreement)[0] for agreement in agreements]
    outcomes = [row.state for row in first]
    assert outcomes.count(HourState.ACCEPTED) == 250
    assert outcomes.count(HourState.EXPIRED) == 50
    closing = {(row.record.licence_arn, row.hour): row.closes_at for row in first}
    for at, sent in rig.metering.sent:
        for record in sent:
            assert at < closing.get((record["LicenseArn"], record["Timestamp"]), at + HOUR)


def test_the_pace_is_kept_from_one_run_to_the_next() -> None:
    rig = Rig(places=(DURHAM,))
    many(rig, 10)
    rig.clock.advance(20 * HOUR)
    rig.metering.faults.extend([Fault.DISABLED] * 12)
    for _ in range(12):
        with pytest.raises(MarketMisconfigured):
            tick(rig.market)
        for row in rig.books.unsettled():
            rig.books.change_hours([msgspec.structs.replace(row, retry_at=None)], rig.clock.now())

    assert rig.metering.throttled == 0


def test_a_drain_ends_when_aws_says_nothing_at_all() -> None:
    rig = Rig()
    rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.clock.advance(HOUR)
    tick(rig.market)

    assert len(rig.heard(Trouble.UNREACHABLE)) <= 1
    assert Drain(rig.market).run()["calls"] <= 8


def test_an_hour_that_nobody_billed_for_two_hours_is_told() -> None:
    rig = Rig()
    rig.buy()
    rig.run(1)
    rig.metering.outage = True
    rig.run(2.5)  # 12:55: the hour from ten to eleven waits for not quite two hours
    assert not rig.heard(Trouble.UNBILLED)
    rig.run(0.5)
    assert "1 hours of 1 licences" in rig.heard(Trouble.UNBILLED)[0].words


@pytest.mark.parametrize(
    ("hour", "window", "closes"),
    [
        ((2026, 11, 2, 10), 6, (2026, 11, 2, 16)),
        ((2026, 11, 30, 23), 6, (2026, 12, 1, 5)),
        ((2026, 11, 30, 23), 24, (2026, 12, 1, 6)),
        ((2026, 11, 30, 5), 24, (2026, 12, 1, 5)),
        ((2026, 11, 30, 7), 24, (2026, 12, 1, 6)),
        ((2026, 12, 31, 12), 24, (2027, 1, 1, 6)),
        ((2028, 2, 29, 23), 24, (2028, 3, 1, 6)),
    ],
)
def test_an_hour_closes_with_its_window_or_its_month(
    hour: tuple[int, ...], window: int, closes: tuple[int, ...]
) -> None:
    start = NINE.replace(**dict(zip(_FIELDS, hour, strict=True)))  # type: ignore[arg-type]  # whole numbers
    expected = NINE.replace(**dict(zip(_FIELDS, closes, strict=True)))  # type: ignore[arg-type]
    assert closing_time(start, timedelta(hours=window)) == expected
    assert next_month(start).day == 1


def test_full_hours_lie_wholly_in_one_span() -> None:
    spans = [Span(NINE + 23 * MINUTE, NINE + 3 * HOUR), Span(NINE + 3 * HOUR + MINUTE)]
    through = NINE + 6 * HOUR + 59 * MINUTE
    found = [hour.hour for hour in full_hours(spans, through)]
    assert found == [10, 11, 13, 14]
    assert [hour.hour for hour in full_hours(spans, through, after=NINE + 2 * HOUR)] == [13, 14]


def test_a_city_that_left_and_another_buyer_never_share_an_hour() -> None:
    rig = Rig(places=(DURHAM, BOULDER))
    first = rig.buy()
    rig.run(2.2)  # 11:37
    rig.world.cancel(first)
    rig.run(1.5)  # 13:07: the place is free again
    second = rig.buy(account="444455556699")
    rig.run(3.1)

    hours = [row.hour.hour for one in (first, second) for row in rows(rig, one)]
    assert hours == [10, 14, 15]


def many(rig: Rig, count: int) -> list[Agreement]:
    """Many cities that buy at once, of places that differ in nothing but their GEOID."""
    places = [
        replace(DURHAM, geoid=f"37{number:05d}", slug=f"nc/{number}") for number in range(count)
    ]
    register = rig.market.places
    assert isinstance(register, Register)
    register.places.update({place.geoid: place for place in places})
    made = [rig.world.subscribe(f"44445555{number:04d}") for number in range(count)]
    rig.clock.advance(2 * MINUTE)
    rig.deliver()
    for agreement, place in zip(made, places, strict=True):
        rig.register(agreement, place)
    tick(rig.market)
    tick(rig.market)
    return made


def test_no_request_names_a_product_or_the_older_kind_of_customer() -> None:
    rig = Rig()
    rig.buy()
    rig.run(2)

    (record,) = rig.metering.sent[0][1]
    assert set(record) == {
        "CustomerAWSAccountId",
        "Dimension",
        "LicenseArn",
        "Quantity",
        "Timestamp",
    }
    assert rig.metering.by_product == {}
    assert {key[0] for key in rig.metering.records} == {"us-east-1"}


def test_answers_are_matched_by_what_they_say_and_not_by_their_place() -> None:
    rig = Rig(places=(DURHAM,))
    agreements = many(rig, 20)
    rig.clock.advance(2 * HOUR)
    tick(rig.market)

    for agreement in agreements:
        (row,) = rows(rig, agreement)
        key = ("us-east-1", agreement.account, agreement.licence, "pop_t11", row.hour)
        assert rig.metering.records[key].id == row.metering_record
