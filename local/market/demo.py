"""A month of the marketplace in seconds: four cities buy, and much of what can go wrong does.

Nothing here is told that did not happen: the program is the one that runs in the cloud, its clients
are boto3's own, and what answers them is held to the installed service models.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from local.market.services import Fault
from local.market.show import short
from local.market.stage import Stage
from local.market.world import Agreement
from marketplace.alarms import Alarm
from marketplace.bill import Statement, statement
from marketplace.clock import tick
from marketplace.events import read_envelope, receive
from marketplace.facts import Proof, Reminded
from marketplace.hours import HOUR, HourState, floor_hour
from marketplace.ledger import EntryKind
from marketplace.life import Licence
from marketplace.memory import MemoryBooks
from marketplace.prices import shipped_prices
from marketplace.provision import Request
from marketplace.registration import claim_place, find_licence, prove_place, register
from marketplace.sweep import sweep

MONTH = "2026-11"
START = datetime(2026, 10, 31, 14, 23, 11, tzinfo=UTC)
END = datetime(2026, 12, 1, 6, 41, tzinfo=UTC)
"""When AWS takes no more hours of November."""

_MINUTE = timedelta(minutes=1)
_PAST = timedelta(minutes=11)  # when the clock's function starts, after an hour
_SWEEP_HOUR = 3


class Told(NamedTuple):
    """One line of the play.

    Attributes:
        at: when, by the play's clock.
        who: who acts: ``buyer``, ``AWS``, ``us``, ``fleet``, ``alarm`` or ``day``.
        words: what happened.
    """

    at: datetime
    who: str
    words: str


class Outcome(NamedTuple):
    """What the play came to.

    Attributes:
        statement: of the month.
        metered: records of the month that AWS accepted.
        agreed: whether those are the ones that our books call accepted, and no others.
        requests: to the metering service.
        alarms: how often what was rung about.
    """

    statement: Statement
    metered: int
    agreed: bool
    requests: int
    alarms: Counter[str]


class Play:
    """The play, on its own stage.

    Args:
        tell: gets every line.
        books: where all is kept; of nobody else.
    """

    def __init__(self, tell: Callable[[Told], None], books: MemoryBooks | None = None) -> None:
        self._tell = tell
        self._books = books or MemoryBooks()
        self._alarms: Counter[str] = Counter()
        self._day: Counter[str] = Counter()
        self.stage = Stage(START, self._books, ring=self._ring, asked=self._asked)
        self._swept = START.date()

    def run(self) -> Outcome:
        """Play it from the first purchase to the month's statement."""
        durham = self._arrives("444455556666", "3719000", "the clerk of Durham")
        self._first_hours(durham)
        self._until(_on(3, 9, 5))
        boulder = self._arrives("555566667777", "0807850", "Boulder's data team")
        self._until(_on(5, 16, 40))
        ithaca = self._arrives("666677778888", "3638077", "Ithaca's city clerk")
        self._lost_reply(_on(6, 10))
        self._throttled(_on(8, 13))
        self._outage(_on(10, 2), hours=7)
        self._poison(_on(12, 15), ithaca)
        self._contract(_on(13, 18, 30))
        self._replaced(_on(17, 11, 47), boulder)
        self._cancelled(_on(20, 19, 12), ithaca)
        self._until(END)
        return self._outcome()

    # What happens -------------------------------------------------------------------------------

    def _arrives(self, account: str, geoid: str, who: str) -> Agreement:
        """A city buys, comes with its token, says who it is, and waits for its portal."""
        stage = self.stage
        agreement = stage.world.subscribe(account)
        self._say("buyer", f"{who} clicks Subscribe: agreement {agreement.id}")
        stage.clock.advance(timedelta(seconds=25))
        self._register(agreement, geoid, who)
        stage.clock.advance(2 * _MINUTE)
        self._deliver()
        while stage.market.subscription(_id(agreement)).licences[0].active_from is None:
            self._round()
            stage.clock.advance(2 * _MINUTE)
        self._say_active(find_licence(stage.market, _id(agreement)))
        return agreement

    def _register(self, agreement: Agreement, geoid: str, who: str) -> None:
        stage = self.stage
        token = stage.world.token(agreement)
        customer = stage.service.resolve(token)
        licence = register(stage.market, customer)
        self._say(
            "us",
            f"the POST brings a token; ResolveCustomer says licence {short(licence.id)} of account "
            f"{customer.account}; it is {licence.state}",
        )
        stage.clock.advance(timedelta(seconds=20))
        place = claim_place(stage.market, licence, geoid, "clerk@example.gov")
        self._say("buyer", f"{who} chooses {place.title} and proves it by a mail to example.gov")
        prove_place(stage.market, licence, geoid, Proof.MAIL, "example.gov")

    def _say_active(self, licence: Licence) -> None:
        at = licence.active_from or self.stage.clock.now()
        tier = licence.tier_at(at)
        if tier is None:
            return
        if licence.is_metered:
            price = shipped_prices().at(tier.tier, at)
            cost = f"{price} USD an hour from {at:%d %b %H:00} UTC"
        else:
            cost = f"paid by contract from {at:%d %b %H:00} UTC, never metered"
        self._say(
            "us",
            f"tier decided: {tier.population:,} people ({tier.source}) is {tier.tier}; {cost}, "
            f"rule {tier.rule}",
        )

    def _first_hours(self, agreement: Agreement) -> None:
        """The first hours one by one, with what is sent for each."""
        licence = find_licence(self.stage.market, _id(agreement))
        hour = licence.active_from or START
        for _ in range(2):
            self._until(hour + HOUR + _PAST)
            row = self._books.hour(licence.id, hour)
            if row is not None:
                self._say(
                    "us",
                    f"hour {hour:%d %b %H:00} closed and sent as {row.record.dimension} x "
                    f"{row.record.quantity}, bytes {row.digest[:8]}: {row.state}, "
                    f"{row.metering_record}",
                )
            hour += HOUR

    def _lost_reply(self, at: datetime) -> None:
        self._until(at)
        self._say("AWS", "takes the next request, and its reply is lost")
        self.stage.metering.faults.append(Fault.LOST)
        before = len(self.stage.metering.sent)
        self._until(at + _PAST)
        sent = self.stage.metering.sent[before:]
        same = len(sent) > 1 and _bag(sent[0][1]) == _bag(sent[-1][1])
        words = "the very same records" if same else "other records"
        self._say("us", f"{len(sent)} requests for the hour, {words}; AWS has each once")

    def _throttled(self, at: datetime) -> None:
        self._until(at)
        self._say("AWS", "throttles the next three requests")
        self.stage.metering.faults.extend([Fault.THROTTLED] * 3)
        began = self.stage.clock.now()
        self._until(at + _PAST)
        took = self.stage.clock.now() - began - _PAST
        self._say("us", f"waited and asked again: accepted {took.total_seconds():.1f} s later")

    def _outage(self, at: datetime, hours: int) -> None:
        self._until(at)
        self._say("AWS", f"metering does not answer for {hours} hours")
        self.stage.metering.outage = True
        self._until(at + hours * HOUR)
        self.stage.metering.outage = False
        self._say("AWS", "metering is back")
        before = self._day.copy()
        self._round()
        count = self._day[HourState.ACCEPTED] - before[HourState.ACCEPTED]
        self._say("us", f"{count} hours that waited are accepted, each under its own time")

    def _poison(self, at: datetime, agreement: Agreement) -> None:
        self._until(at)
        name = short(_id(agreement))
        self._say(
            "AWS", f"takes the licence {name} for invalid, and so refuses every batch with it"
        )
        self.stage.metering.poisoned.add(agreement.licence)
        before = len(self.stage.metering.sent)
        self._until(at + _PAST)
        sizes = [len(records) for _, records in self.stage.metering.sent[before:]]
        self._say(
            "us", f"halved to the guilty record, in requests of {sizes}; the rest went through"
        )
        self.stage.metering.poisoned.clear()

    def _contract(self, at: datetime) -> None:
        """A city buys a year."""
        self._until(at)
        stage = self.stage
        agreement = stage.world.subscribe(
            "777788889999",
            stage.world.products[1],
            dimensions=("pop_t09",),
            length=timedelta(days=365),
        )
        self._say("buyer", f"Cambridge signs a yearly contract for pop_t09: {agreement.id}")
        stage.clock.advance(2 * _MINUTE)
        self._deliver()
        self._register(agreement, "2511000", "Cambridge's procurement")
        while find_licence(stage.market, _id(agreement)).active_from is None:
            self._round()
            stage.clock.advance(2 * _MINUTE)
        self._say_active(find_licence(stage.market, _id(agreement)))

    def _replaced(self, at: datetime, before: Agreement) -> None:
        """A private offer takes the place of an agreement."""
        self._until(at)
        after = self.stage.world.follow(before, intent="REPLACE")
        self._say("AWS", f"a private offer replaces {before.id} by {after.id}: another licence")
        self.stage.clock.advance(2 * _MINUTE)
        self._deliver()
        self._until(floor_hour(at) + 2 * HOUR + _PAST)
        old = find_licence(self.stage.market, _id(before))
        new = find_licence(self.stage.market, _id(after))
        last, first = old.spans[-1].end, new.active_from
        if last is not None and first is not None:
            self._say(
                "us",
                f"{short(old.id)} ended at {last:%H:%M} and is charged up to "
                f"{floor_hour(last):%H:00}, {short(new.id)} from {first:%H:00}: no hour twice, "
                "none that was not full, and the portal never closed",
            )

    def _cancelled(self, at: datetime, agreement: Agreement) -> None:
        self._until(at)
        self.stage.world.cancel(agreement)
        self._say("buyer", f"Ithaca cancels {agreement.id}")
        self.stage.clock.advance(_MINUTE)
        self._deliver()
        self._round()
        licence = find_licence(self.stage.market, _id(agreement))
        rows = list(self._books.hours(licence.id, at - 3 * HOUR, at + HOUR))
        self._say(
            "us",
            f"flushed first: its last hour is {rows[-1].hour:%H:00}, {rows[-1].state}; it is "
            f"{licence.state}, its data can be exported for 60 days",
        )

    # How time goes on ---------------------------------------------------------------------------

    def _until(self, moment: datetime) -> None:
        """Let time pass to a moment; the clock's function starts at 11 minutes past each hour."""
        clock = self.stage.clock
        while True:
            now = clock.now()
            following = floor_hour(now) + _PAST
            if following <= now:
                following += HOUR
            if following > moment:
                break
            clock.advance(following - now)
            self._deliver()
            self._round()
            if clock.now().hour == _SWEEP_HOUR and clock.now().date() != self._swept:
                self._sweep()
        if moment > clock.now():
            clock.advance(moment - clock.now())

    def _round(self) -> None:
        self._day.update(tick(self.stage.market))

    def _sweep(self) -> None:
        """What is done once a day; and a line for the day that is over."""
        self._swept = self.stage.clock.now().date()
        sweep(self.stage.market, self._remind)
        done, self._day = self._day, Counter()
        words = [
            f"{done[state]:,} hours {state}"
            for state in (
                HourState.ACCEPTED,
                HourState.REJECTED,
                HourState.CONFLICT,
                HourState.EXPIRED,
            )
            if done[state]
        ]
        self._say("day", f"{', '.join(words) or 'nothing to send'} in {done['calls']} requests")

    def _deliver(self) -> None:
        for body in self.stage.world.events():
            envelope = read_envelope(body)
            receive(self.stage.market, body)
            self._say("AWS", f"event {envelope.detail_type!r} is kept")

    # What is told -------------------------------------------------------------------------------

    def _say(self, who: str, words: str) -> None:
        self._tell(Told(self.stage.clock.now(), who, words))

    def _ring(self, alarm: Alarm) -> None:
        self._alarms[alarm.trouble] += 1
        if self._alarms[alarm.trouble] == 1:
            self._say("alarm", f"{alarm.trouble}: {alarm.words}")

    def _asked(self, request: Request) -> None:
        self._say("fleet", f"hears {request.wanted} for {request.geoid}")

    def _remind(self, licence: Licence, reminded: Reminded) -> None:
        self._say("us", f"writes to {short(licence.id)} about {reminded.what}")

    def _outcome(self) -> Outcome:
        licences = sorted(name for name in self._books.subjects() if name.startswith("l-"))
        entries = [line for name in licences for line in self._books.entries(name, MONTH)]
        ours = {
            (line.licence, line.hour)
            for line in entries
            if line.kind is EntryKind.ANSWER and line.state is HourState.ACCEPTED
        }
        theirs = {
            (arn.rpartition(":")[2], hour)
            for _, _, arn, _, hour in self.stage.metering.records
            if f"{hour:%Y-%m}" == MONTH
        }
        return Outcome(
            statement=statement(MONTH, entries, shipped_prices()),
            metered=len(theirs),
            agreed=ours == theirs,
            requests=len(self.stage.metering.sent),
            alarms=self._alarms,
        )


def _id(agreement: Agreement) -> str:
    return agreement.licence.rpartition(":")[2]


def _on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def _bag(records: Sequence[object]) -> list[str]:
    return sorted(map(str, records))
