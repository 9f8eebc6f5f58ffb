"""A month's statement, recomputed from the ledger alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from citylake.errors import FactInvalid, InputInvalid
from citylake.tiers import TIERS
from local.market.services import Fault
from marketplace.bill import Statement, statement
from marketplace.facts import Adjusted
from marketplace.hours import HOUR
from marketplace.ledger import EntryKind, decision_entry
from marketplace.prices import read_prices, shipped_prices
from tests.marketplace.rig import Rig, licence_of

PRICES = shipped_prices()


def bill(rig: Rig, licence: str, month: str = "2026-11") -> Statement:
    return statement(month, rig.books.entries(licence, month), PRICES)


def test_a_month_is_its_accepted_hours_at_the_price_of_their_tier() -> None:
    rig = Rig(start=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    agreement = rig.buy()
    rig.run(24 * 30 + 12, step=HOUR)

    november = bill(rig, licence_of(agreement))

    (line,) = november.lines
    assert (line.dimension, line.hours) == ("pop_t11", 718)  # from two o'clock on
    assert line.amount_usd == november.total_usd == Decimal("983.66")
    (even,) = november.reconciliations
    assert even.is_even
    assert (even.expected, even.accepted, even.pending) == (718, 718, 0)
    december = bill(rig, licence_of(agreement), "2026-12")
    assert december.lines[0].first == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_trial_is_metered_and_costs_nothing() -> None:
    rig = Rig(start=datetime(2026, 11, 1, 0, 0, tzinfo=UTC))
    agreement = rig.buy(trial=timedelta(days=14))
    rig.run(24 * 20, step=HOUR)

    free, paid = bill(rig, licence_of(agreement)).lines
    assert free.price_usd == free.amount_usd == Decimal(0)
    assert free.last + HOUR == paid.first == datetime(2026, 11, 15, 0, tzinfo=UTC)
    assert paid.amount_usd == paid.hours * paid.price_usd > 0


def test_what_was_late_lost_and_refused_is_told_apart() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(2)
    rig.metering.outage = True
    rig.run(26, step=HOUR)  # the first hours are lost, the last ones late
    rig.metering.outage = False
    rig.run(1)
    rig.metering.poisoned.add(agreement.licence)
    rig.run(1)

    (found,) = bill(rig, licence_of(agreement)).reconciliations
    assert found.refused == 1
    assert found.expired > 0
    assert found.late > 0
    assert found.expected == found.accepted + found.refused + found.expired + found.pending
    assert not found.is_even


def test_each_step_of_an_hour_is_a_line() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(1)
    rig.metering.faults.append(Fault.LOST)
    rig.run(1)

    lines = [
        (line.kind, line.state, line.attempt)
        for line in rig.books.entries(licence_of(agreement), "2026-11")
        if line.hour == datetime(2026, 11, 2, 10, tzinfo=UTC) and line.digest
    ]
    assert lines == [
        (EntryKind.HOUR, None, 0),
        (EntryKind.ATTEMPT, "sending", 1),
        (EntryKind.ANSWER, "pending", 1),
        (EntryKind.ATTEMPT, "sending", 2),
        (EntryKind.ANSWER, "accepted", 2),
    ]
    decisions = {
        line.kind for line in rig.books.entries(licence_of(agreement), "2026-11") if not line.digest
    }
    assert decisions == {EntryKind.TIER, EntryKind.START}


def test_a_correction_is_a_line_with_a_reason_and_a_person() -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(3)
    adjusted = Adjusted(
        id="adjusted:1",
        at=rig.clock.now(),
        licence=licence_of(agreement),
        month="2026-11",
        amount_usd=Decimal("-1.37"),
        reason="an hour of maintenance",
        by="ops@example.gov",
    )
    rig.books.decide(adjusted, entries=[decision_entry(adjusted)])

    found = bill(rig, licence_of(agreement))
    assert found.total_usd == Decimal("1.37")
    assert found.to_csv().splitlines()[-1] == (
        f"2026-11,{licence_of(agreement)},,,,,-1.37,an hour of maintenance (ops@example.gov)"
    )
    with pytest.raises(FactInvalid, match="why"):
        Adjusted(
            id="adjusted:2",
            at=rig.clock.now(),
            licence="l-0a",
            month="2026-11",
            amount_usd=Decimal(1),
            reason="",
            by="ops",
        )


def test_a_price_holds_from_its_day() -> None:
    head = "\n".join(f'{tier.code} = "1.000"' for tier in TIERS)
    dearer = head.replace("1.000", "1.250")
    prices = read_prices(
        f"[[price]]\nfrom = 2027-03-01\n[price.per_hour]\n{dearer}\n"
        f"[[price]]\nfrom = 2026-01-01\n[price.per_hour]\n{head}\n"
    )
    day = datetime(2027, 3, 1, tzinfo=UTC)
    assert prices.at("pop_t01", day - timedelta(hours=1)) == Decimal("1.000")
    assert prices.at("pop_t01", day) == Decimal("1.250")
    with pytest.raises(InputInvalid, match="2025"):
        prices.at("pop_t01", datetime(2025, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("price = 3", "cannot be read"),
        ("[[price]]\nfrom = 3", "from, a date"),
        ("[[price]]\nfrom = 2026-01-01\n[price.per_hour]\npop_t01 = '1'", "pop_t02"),
        ("[[price", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_prices_that_cannot_be_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputInvalid, match=words):
        read_prices(text)


@pytest.mark.parametrize("price", ["0", "-1", "0.1234", "NaN", "x"])
def test_a_price_can_be_listed(price: str) -> None:
    lines = "\n".join(f'{tier.code} = "{price}"' for tier in TIERS)
    with pytest.raises(InputInvalid, match="the price of pop_t01"):
        read_prices(f"[[price]]\nfrom = 2026-01-01\n[price.per_hour]\n{lines}")


def test_every_tier_has_a_price_that_rises_with_it() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    prices = [PRICES.at(tier.code, now) for tier in TIERS]
    assert prices == sorted(prices)
    assert len(set(prices)) == len(TIERS)
