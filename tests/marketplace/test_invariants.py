"""The fifteen invariants of metering, over random histories of purchases, faults and time.

A model of what AWS and buyers do drives the program through its own front doors; after each step
its books are compared with what the world really holds. The numbers are those of decision 17.
"""

import dataclasses
import itertools
import math
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from citylake.errors import MarketMisconfigured, PortalError
from local.market.services import Fault
from local.market.world import Agreement
from marketplace.alarms import Trouble
from marketplace.bill import statement
from marketplace.clock import tick
from marketplace.events import receive
from marketplace.facts import TierDecided
from marketplace.fold import derive
from marketplace.hours import (
    HOUR,
    HourState,
    LicenceHour,
    Windows,
    ceil_hour,
    closing_time,
    full_hours,
)
from marketplace.ledger import EntryKind, decision_entry
from marketplace.life import Access, Licence, State, covers
from marketplace.prices import shipped_prices
from tests.marketplace.rig import BOULDER, DURHAM, ITHACA, Rig, licence_of

EXAMPLES = int(os.environ.get("CITYLAKE_MARKET_EXAMPLES", "60"))
STEPS = int(os.environ.get("CITYLAKE_MARKET_STEPS", "40"))
PHASES = (
    (Phase.explicit, Phase.generate)  # mutants need no smallest example
    if os.environ.get("CITYLAKE_MARKET_FAST")
    else tuple(Phase)
)
PRICES = shipped_prices()
DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
PLACES = {place.name: place for place in (DURHAM, BOULDER, ITHACA)}
CITY = st.sampled_from(sorted(PLACES))
STARTS = (
    datetime(2026, 11, 2, 9, 23, 11, tzinfo=UTC),
    datetime(2026, 11, 30, 19, 50, tzinfo=UTC),  # hours before a month's end
    datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC),
)
TOTALS: Counter[str] = Counter()
"""Over all runs, for the long form's report."""


class Killed(BaseException):
    """The process died between sending and writing."""


class Mortal:
    """The books of a process that can die when it writes an answer."""

    def __init__(self, books: Any) -> None:
        self._books = books
        self.dies_in = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)

    def change_hours(self, rows: Any, at: datetime) -> Any:
        if self.dies_in and any(row.state is not HourState.SENDING for row in rows):
            self.dies_in -= 1
            if not self.dies_in:
                raise Killed
        return self._books.change_hours(rows, at)


class Subscriptions(RuleBasedStateMachine):
    """Three cities, AWS, and the program between them."""

    @initialize(
        start=st.sampled_from(STARTS),
        windows=st.sampled_from(((6, 6), (24, 24), (6, 24))),
        seed=st.integers(0, 2**16),
    )
    def begin(self, start: datetime, windows: tuple[int, int], seed: int) -> None:
        taken, tried = (timedelta(hours=hours) for hours in windows)
        self.rig = Rig(start=start, window=taken, windows=Windows(salvage=tried))
        self.is_agreed = taken == tried
        self.mortal = Mortal(self.rig.books)
        self.rig.market = _with(self.rig.market, books=self.mortal)
        self.chance = random.Random(seed)
        self.rig.metering.chance = random.Random(seed)
        self.accounts = itertools.count(444455550000)
        self.living: dict[str, Agreement] = {}
        self.held_back: list[bytes] = []
        self.was_ended: set[str] = set()
        self.was_open: set[str] = set()
        self.bytes_of: dict[tuple[str, datetime], bytes] = {}
        self.seen = 0
        self.is_fair = True
        self.last_unfair = start

    # What buyers and AWS do -----------------------------------------------------------------

    @rule(city=CITY, minutes=st.integers(0, 90))
    def buy(self, city: str, minutes: int) -> None:
        """A city without a subscription buys, and registers a while later, or before any event."""
        place = PLACES[city]
        held = self.rig.books.claim(place.geoid)
        if held is not None and held.licence:
            return
        agreement = self.rig.world.subscribe(str(next(self.accounts)))
        self._pass(minutes)
        if agreement.status == "ACTIVE" and self._register(agreement, place):
            self.living[place.geoid] = agreement

    @rule(city=CITY, status=st.sampled_from(("CANCELLED", "TERMINATED")))
    def end(self, city: str, status: str) -> None:
        if agreement := self.living.pop(PLACES[city].geoid, None):
            self.rig.world.cancel(agreement, status)

    @rule(
        city=CITY,
        intent=st.sampled_from(("RENEW", "REPLACE")),
        keeps=st.booleans(),
    )
    def renew(self, city: str, intent: str, keeps: bool) -> None:
        if (agreement := self.living.get(PLACES[city].geoid)) and not self._is_poisoned(agreement):
            self.living[PLACES[city].geoid] = self.rig.world.follow(
                agreement, intent=intent, keeps_licence=keeps
            )

    @rule(city=CITY, tier=st.integers(1, 12), hours=st.integers(0, 3))
    def change_tier(self, city: str, tier: int, hours: int) -> None:
        """A person decides on another tier, from some hour on that has not begun."""
        agreement = self.living.get(PLACES[city].geoid)
        if agreement is None or not self._knows(agreement):
            return
        licence = self.rig.licence(agreement)
        now = self.rig.clock.now()
        if licence.active_from is None:
            return
        decided = TierDecided(
            id=f"tier:{licence.id}:{now.isoformat()}:{tier}:{hours}",
            at=now,
            licence=licence.id,
            geoid=licence.geoid,
            tier=f"pop_t{tier:02d}",
            population=1,
            vintage=2025,
            source="a test",
            effective_at=max(ceil_hour(now), licence.active_from) + hours * HOUR,
            rule="test",
        )
        self.ticked_at = NEVER
        if self.rig.books.record(decided):
            self.rig.books.enter(decision_entry(decided))

    @rule(city=CITY)
    def poison(self, city: str) -> None:
        """AWS refuses a licence from now on, and with it whatever stands beside it."""
        if agreement := self.living.get(PLACES[city].geoid):
            self.rig.metering.poisoned.add(agreement.licence)

    @rule(city=CITY)
    def suspend_account(self, city: str) -> None:
        if agreement := self.living.get(PLACES[city].geoid):
            self.rig.metering.suspended.add(agreement.account)

    @rule()
    def relent(self) -> None:
        self.rig.metering.poisoned.clear()
        self.rig.metering.suspended.clear()

    # What goes wrong -------------------------------------------------------------------------

    @rule(faults=st.lists(st.sampled_from(list(Fault)), min_size=1, max_size=4))
    def go_wrong(self, faults: list[Fault]) -> None:
        self.rig.metering.faults.extend(faults)
        self._unfair()

    @rule(hours=st.integers(1, 26))
    def outage(self, hours: int) -> None:
        """Nothing reaches AWS for hours, and nothing runs here for some of them."""
        self._unfair()
        self.rig.metering.outage = True
        self._pass(10)
        self._pass(60 * hours - 20, ticks=False)
        self._pass(10)
        self.rig.metering.outage = False
        self._unfair()

    @rule(after=st.integers(1, 3))
    def die(self, after: int) -> None:
        """The process dies after AWS took what was sent, and before it is written down."""
        self._unfair()
        self.mortal.dies_in = after
        try:
            self._tick()
        except Killed:
            TOTALS["killed"] += 1
        self.mortal.dies_in = 0

    @rule()
    def hold_events_back(self) -> None:
        """Events are late: they come together, in any order, some of them twice."""
        self.held_back += self.rig.world.events()
        self._unfair()

    @precondition(lambda self: self.held_back)
    @rule()
    def let_events_come(self) -> None:
        self._deliver()

    # What time does --------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self._pass(minutes)

    @rule(minutes=st.integers(1, 90))
    def sleep(self, minutes: int) -> None:
        """Time passes at once: nothing runs in between."""
        self._pass(minutes, ticks=False)
        self._tick()

    @rule()
    def go_to_the_months_end(self) -> None:
        """To the last hours of the month, at the pace of an hour."""
        now = self.rig.clock.now()
        end = (now.replace(day=1) + timedelta(days=32)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        if end - now <= timedelta(hours=30):
            while self.rig.clock.now() < end + HOUR:
                self._pass(60)

    # What must be true -----------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "rig"):
            return
        TOTALS["steps"] += 1
        licences = self._licences()
        rows = {(row.licence, row.hour): row for held in licences for row in self._rows(held)}
        self._requests_are_bounded_and_frozen(rows)  # 4, 13, 14
        self._nothing_is_billed_twice_or_without_right(rows, licences)  # 2, 3, 6
        self._rows_are_what_is_owed(rows, licences)  # 1, 7
        self._ends_have_a_reason(rows)  # 5, 8, 9
        self._life_goes_one_way(licences)  # 10
        self._renewals_have_no_seam(licences)  # 11
        self._the_bill_follows_from_the_ledger(rows, licences)  # 12

    def _requests_are_bounded_and_frozen(self, rows: dict[Any, LicenceHour]) -> None:
        sent = self.rig.metering.sent
        for at, records in sent[self.seen :]:
            assert 1 <= len(records) <= 25
            assert len({self.rig.world.of_licence(r["LicenseArn"]).product for r in records}) == 1  # type: ignore[union-attr]  # all exist
            for record in records:
                assert set(record) == {
                    "Timestamp",
                    "Dimension",
                    "Quantity",
                    "CustomerAWSAccountId",
                    "LicenseArn",
                }
                assert record["Quantity"] == 1
                key = (record["LicenseArn"].rsplit(":", 1)[1], record["Timestamp"])
                body = msgspec.json.encode(record, order="sorted")
                assert self.bytes_of.setdefault(key, body) == body
                assert at < rows[key].closes_at
                if self.is_agreed:
                    assert at < closing_time(record["Timestamp"], self.rig.window)
        self.seen = len(sent)
        times = [at for at, _ in sent[-40:]]
        for first, eleventh in zip(times, times[10:], strict=False):
            assert eleventh - first >= timedelta(seconds=1)
        assert self.rig.metering.throttled == 0
        assert not self.rig.metering.by_product

    def _nothing_is_billed_twice_or_without_right(
        self, rows: dict[Any, LicenceHour], licences: list[Licence]
    ) -> None:
        billed = Counter()  # type: ignore[var-annotated]  # of licence and hour
        by_place = Counter()  # type: ignore[var-annotated]  # of place and hour
        states = {held.id: held for held in licences}
        for (region, _, arn, dimension, hour), metered in self.rig.metering.records.items():
            licence = arn.rsplit(":", 1)[1]
            row = rows[licence, hour]
            billed[licence, hour] += 1
            by_place[row.geoid, hour] += 1
            assert region == "us-east-1"
            assert metered.quantity == 1
            assert dimension == row.record.dimension
            assert row.state is HourState.ACCEPTED or (not row.is_settled or row.in_doubt), row
            agreements = [
                held for held in self.rig.world.agreements.values() if held.licence == arn
            ]
            assert any(
                held.starts_at <= hour and (held.ended_at is None or hour <= held.ended_at)
                for held in agreements
            )
            active_from = states[licence].active_from
            assert active_from is not None
            assert hour >= active_from
        assert set(billed.values()) <= {1}
        assert set(by_place.values()) <= {1}
        for row in rows.values():
            if row.state is HourState.ACCEPTED:
                key = ("us-east-1", row.record.account, row.record.licence_arn)
                held = self.rig.metering.records[*key, row.record.dimension, row.hour]
                assert held.id == row.metering_record
            if row.is_settled and row.in_doubt:
                about = [alarm.words for alarm in self.rig.heard(Trouble.IN_DOUBT)]
                assert any(words.startswith(row.words) for words in about)

    def _rows_are_what_is_owed(self, rows: dict[Any, LicenceHour], licences: list[Licence]) -> None:
        now = self.rig.clock.now()
        tiers = {
            held.id: sorted(
                (fact for fact in self.rig.books.facts(held.id) if isinstance(fact, TierDecided)),
                key=lambda fact: (fact.effective_at, fact.at, fact.id),
            )
            for held in licences
        }
        for held in licences:
            made = {hour for licence, hour in rows if licence == held.id}
            owed = set(full_hours(held.spans, now))
            for hour in made - owed:
                # Closed before its end was heard of: refused here or by AWS, or to be given back.
                row = rows[held.id, hour]
                assert held.ended_at is not None
                assert hour + HOUR > held.ended_at
                noted = {
                    line.hour
                    for month in _months(hour, hour)
                    for line in self.rig.books.entries(held.id, month)
                    if line.kind is EntryKind.NOT_OWED
                }
                if row.state is HourState.ACCEPTED and self.ticked_at == now:
                    assert hour in noted
            if self.ticked_at == now and not self.rig.heard(Trouble.STUCK):
                settled = set(full_hours(held.spans, self.began_at - self.rig.windows.settling))
                assert settled <= made, sorted(settled - made)
            for hour in made:
                in_force = [fact for fact in tiers[held.id] if fact.effective_at <= hour]
                assert rows[held.id, hour].record.dimension == in_force[-1].tier

    def _ends_have_a_reason(self, rows: dict[Any, LicenceHour]) -> None:
        now = self.rig.clock.now()
        assert not [row for row in rows.values() if row.state is HourState.CONFLICT]
        alone = {
            (records[0]["LicenseArn"], records[0]["Timestamp"])
            for _, records in self.rig.metering.sent
            if len(records) == 1
        }
        expired = [alarm.words for alarm in self.rig.heard(Trouble.EXPIRED)]
        for row in rows.values():
            if row.state is HourState.REJECTED:
                named = row.reason == "CustomerNotSubscribed" or row.reason.startswith("not owed")
                assert named or (row.record.licence_arn, row.hour) in alone, row
                if "InvalidLicense" in row.reason:
                    assert row.record.licence_arn in self.ever_poisoned()
            if row.state is HourState.EXPIRED:
                assert any(words.startswith(row.words) for words in expired)
            if not row.is_settled and self.ticked_at == now:
                assert now < row.closes_at or row.state is HourState.SENDING

    def _life_goes_one_way(self, licences: list[Licence]) -> None:
        for held in licences:
            if held.id in self.was_ended:
                assert held.state is State.ENDED
            if held.state is State.ENDED:
                self.was_ended.add(held.id)
            facts = list(self.rig.books.facts(held.id))
            self.chance.shuffle(facts)
            facts += facts[: len(facts) // 2]
            again = derive(facts, self.rig.clock.now(), self.rig.market.products)
            assert again.find(held.id) == held

    def _renewals_have_no_seam(self, licences: list[Licence]) -> None:
        by_place: dict[str, list[Licence]] = {}
        for held in licences:
            by_place.setdefault(held.geoid, []).append(held)
        for place, own in by_place.items():
            for hour in _hours_around(self.rig.clock.now()):
                assert len(covers(own, hour)) <= 1, (place, hour, own)
        if self.ticked_at != self.rig.clock.now() or self.held_back:
            return
        for geoid, agreement in self.living.items():
            if agreement.previous and geoid in self.was_open and self._knows(agreement):
                access = self.rig.market.subscription(licence_of(agreement)).access
                assert access is Access.FULL
        for geoid, agreement in self.living.items():
            if self._knows(agreement):
                subscription = self.rig.market.subscription(licence_of(agreement))
                if subscription.access is Access.FULL:
                    self.was_open.add(geoid)
        self.was_open &= set(self.living)

    def _the_bill_follows_from_the_ledger(
        self, rows: dict[Any, LicenceHour], licences: list[Licence]
    ) -> None:
        months = {row.hour.strftime("%Y-%m") for row in rows.values()}
        for month in months:
            lines = [line for held in licences for line in self.rig.books.entries(held.id, month)]
            bill = statement(month, lines, PRICES)
            accepted = [
                row
                for row in rows.values()
                if row.state is HourState.ACCEPTED and row.hour.strftime("%Y-%m") == month
            ]
            assert sum(line.hours for line in bill.lines) == len(accepted)
            assert bill.total_usd == sum((line.amount_usd for line in bill.lines), Decimal(0))
            exact = sum((PRICES.at(row.record.dimension, row.hour) for row in accepted), Decimal(0))
            assert abs(bill.total_usd - exact) <= Decimal("0.005") * len(bill.lines)
            expected = sum(held.expected for held in bill.reconciliations)
            assert expected == sum(row.hour.strftime("%Y-%m") == month for row in rows.values())

    def teardown(self) -> None:
        """15: once nothing goes wrong any more, every hour comes to its end, in few requests."""
        if not hasattr(self, "rig"):
            return
        TOTALS["runs"] += 1
        metering = self.rig.metering
        metering.faults.clear()
        metering.outage = False
        self._deliver()
        self.rig.clock.advance(timedelta(minutes=20))
        self._deliver()
        calls = len(metering.sent)
        done = {
            row.words for held in self._licences() for row in self._rows(held) if row.is_settled
        }
        self._tick()
        all_rows = [row for held in self._licences() for row in self._rows(held)]
        open_rows = [row for row in all_rows if row.words not in done]
        if self.is_agreed:
            # One more: hours may become late while the last request is under way.
            poisoned = sum(row.record.licence_arn in metering.poisoned for row in open_rows)
            most = math.ceil(len(open_rows) / 25) + 11 * poisoned + 1
            assert len(metering.sent) - calls <= most
            for row in open_rows:
                assert row.is_settled or row.record.account in metering.suspended, row
        self.rig.clock.advance(self.rig.windows.salvage)
        self._tick()
        late = [row for row in self.rig.books.unsettled() if row.hour < self.rig.clock.now() - DAY]
        assert late == []
        TOTALS["rows"] += len(all_rows)
        TOTALS.update(str(row.state) for row in all_rows)
        if self.is_fair:
            for row in all_rows:
                if row.state is HourState.ACCEPTED and row.settled_at is not None:
                    assert row.settled_at <= row.hour + HOUR + timedelta(hours=2)

    # How it is done --------------------------------------------------------------------------

    began_at = NEVER
    ticked_at = NEVER

    def ever_poisoned(self) -> set[str]:
        return self._poison_memory | self.rig.metering.poisoned

    @property
    def _poison_memory(self) -> set[str]:
        memory: set[str] = self.__dict__.setdefault("_poisons", set())
        memory |= self.rig.metering.poisoned
        return memory

    def _is_poisoned(self, agreement: Agreement) -> bool:
        return agreement.licence in self.rig.metering.poisoned

    def _unfair(self) -> None:
        self.is_fair = False

    def _knows(self, agreement: Agreement) -> bool:
        return bool(self.rig.books.facts(licence_of(agreement)))

    def _register(self, agreement: Agreement, place: Any) -> bool:
        try:
            self.rig.register(agreement, place)
        except PortalError:
            return False
        return True

    def _pass(self, minutes: int, *, ticks: bool = True) -> None:
        """Let time pass; if it ticks, every ten minutes with all events on time."""
        until = self.rig.clock.now() + timedelta(minutes=minutes)
        while (now := self.rig.clock.now()) < until:
            step = min(timedelta(minutes=10), until - now) if ticks else until - now
            self.rig.clock.advance(step)
            if ticks:
                if not self.held_back:
                    self._deliver()
                self._tick()
        if not ticks and minutes > 30:
            self._unfair()

    def _deliver(self) -> None:
        come = self.held_back + self.rig.world.events()
        self.held_back = []
        if come:
            self.ticked_at = NEVER
        self.chance.shuffle(come)
        for body in [*come, *come[: len(come) // 2]]:
            receive(self.rig.market, body)

    def _tick(self) -> None:
        _ = self._poison_memory
        self.began_at = self.rig.clock.now()
        try:
            tick(self.rig.market)
        except MarketMisconfigured:
            TOTALS["stopped"] += 1
            return
        self.ticked_at = self.rig.clock.now()

    def _licences(self) -> list[Licence]:
        found: dict[str, Licence] = {}
        for subject in self.rig.books.subjects():
            if subject.startswith("l-") and subject not in found:
                for held in self.rig.market.subscription(subject).licences:
                    if held.id:
                        found[held.id] = held
        return list(found.values())

    def _rows(self, licence: Licence) -> Iterator[LicenceHour]:
        return self.rig.books.hours(licence.id, self.rig.start, self.rig.clock.now() + 2 * HOUR)


def _with(market: Any, **changes: Any) -> Any:
    return dataclasses.replace(market, **changes)


def _months(first: datetime, last: datetime) -> set[str]:
    return {first.strftime("%Y-%m"), last.strftime("%Y-%m")}


def _hours_around(now: datetime) -> list[datetime]:
    return [now - step * timedelta(minutes=17) for step in range(40)]


def test_the_invariants_of_metering_hold_over_any_history() -> None:
    run_state_machine_as_test(
        Subscriptions,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )
    print(f"\n{dict(TOTALS)}")  # the long form is run by a person
