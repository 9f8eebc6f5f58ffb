"""Metering: licence-hours are drained into the metering service.

A row is sent until it is accepted, refused or too late; every attempt sends the same bytes, so that
an answer that was lost can be asked for again. A request that is refused for a record in it is
halved until the guilty one stands alone.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from citylake.errors import MarketMisconfigured, NotFound, OutcomeUnknown, RecordRefused
from marketplace.alarms import Alarm, Trouble
from marketplace.aws import MOST_BYTES, MOST_RECORDS, Answer, RecordStatus, Verdict
from marketplace.facts import AgreementStatus, licence_id
from marketplace.hours import HOUR, HourState, LicenceHour, UsageRecord, floor_hour
from marketplace.market import Market
from marketplace.moves import LONGEST_RETRY, ended, leased, postponed

CALLS_A_SECOND = 10
"""What AWS allows an account in a region."""

PATIENCE = timedelta(seconds=90)
"""How long a drain waits for rows that may soon be tried again."""

SILENCES = 8
"""After so many requests in a row without an answer, the drain ends; the next one goes on."""

_SPARE_SECONDS = 30.0
"""How much time is left at the end, for the longest request and for writing its answer."""

_IDLE = 5
"""How often a drain looks in vain before it ends."""

_PAGE = MOST_RECORDS * 40
_HORIZON = timedelta(hours=48)
"""How far back hours can matter to the drain; what is older is lost by any rule."""


class Drain:
    """One run that sends what is due.

    Args:
        market: what it works with.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._books = market.books
        # As if the run before had sent all that it may until now: it is not known when it ended.
        began = [market.now()] * CALLS_A_SECOND
        self._calls: deque[datetime] = deque(began, maxlen=CALLS_A_SECOND)
        self._silences = 0
        self._refused_through: datetime | None = None
        self._agreements: dict[str, bool | None] = {}
        self.counts: Counter[str] = Counter()
        """Calls made, and rows by what became of them."""

    def run(self) -> Counter[str]:
        """Send all that is due, as long as there is time and AWS answers.

        Raises:
            MarketMisconfigured: AWS refuses everything: the rows wait, and a person must look.
        """
        self._expire()
        try:
            self._drain()
        finally:
            self._expire()
        return self.counts

    def _drain(self) -> None:
        idle = 0
        while idle < _IDLE and self._market.seconds_left() > _SPARE_SECONDS:
            rows, calls = self._next(), self.counts["calls"]
            if not rows and not self._await():
                return
            for batch in batches(rows):
                if self._silences >= SILENCES:
                    self._ring(Trouble.UNREACHABLE, "", f"{SILENCES} requests had no answer")
                    return
                self._send(batch)
            if rows and self.counts["calls"] == calls:
                # Another sends the same, or the index of what is due is behind.
                idle += 1
                self._market.pause(1.0)

    def _next(self) -> Sequence[LicenceHour]:
        """What to send next: hours in time first, the oldest foremost; late ones backwards.

        AWS takes hours back to some moment. Beginning with the newest of the late ones, the first
        that is too old for it speaks for all before it.
        """
        now = self._market.now()
        late = self._past(now, self._market.windows.late_at)
        rows = self._books.due(now, _PAGE, after=late)
        if not rows and late is not None:
            rows = self._books.due(
                now, _PAGE, after=self._refused_through, through=late, newest_first=True
            )
        return rows

    def _past(self, now: datetime, limit: Callable[[datetime], datetime]) -> datetime | None:
        """The last hour whose limit has passed; all before it have passed theirs."""
        hour = floor_hour(now)
        while hour > now - _HORIZON:
            if limit(hour) <= now:
                return hour
            hour -= HOUR
        return hour

    def _await(self) -> bool:
        """Wait for a row that may soon be tried again; false if there is none."""
        now = self._market.now()
        late = self._refused_through
        times = [
            row.retry_at
            for row in self._books.unsettled()
            if row.state is HourState.PENDING
            and row.retry_at is not None
            and (late is None or row.hour > late)
        ]
        first = min(times, default=None)
        if first is None or first > now + PATIENCE:
            return False
        wait = max((first - now).total_seconds(), 0.0) + 0.01
        if wait > self._market.seconds_left():
            return False
        self._market.pause(wait)
        return True

    def _send(self, rows: Sequence[LicenceHour]) -> None:
        """Send rows of one product in one request, or in more if one of them is refused."""
        self._keep_pace()
        now = self._market.now()
        closed = [row for row in rows if row.closes_at <= now]
        for row in closed:
            self._expired(row)
        sent = self._books.change_hours(
            [leased(row, self._market.holder, now) for row in rows if row.closes_at > now], now
        )
        if not sent:
            return
        self.counts["calls"] += 1
        try:
            answer = self._market.metering.send([row.record for row in sent])
        except RecordRefused as refused:
            self._silences = 0
            self._halve(sent, refused)
        except OutcomeUnknown as unknown:
            self._silences += 1
            self._again(sent, str(unknown), in_doubt=True)
        except MarketMisconfigured as wrong:
            self._again(sent, str(wrong), in_doubt=False)
            self._ring(Trouble.MISCONFIGURED, "", str(wrong))
            raise
        else:
            self._silences = 0
            self._answered(sent, answer)

    def _halve(self, rows: Sequence[LicenceHour], refused: RecordRefused) -> None:
        if len(rows) > 1:
            half = (len(rows) + 1) // 2
            self._send_half(rows[:half], then=rows[half:])
            self._send_half(rows[half:])
            return
        row = rows[0]
        if refused.code == "TimestampOutOfBoundsException" and row.late_at <= self._market.now():
            self._refused_through = max(self._refused_through or row.hour, row.hour)
            self._finish(row, HourState.EXPIRED, str(refused))
            self._ring(Trouble.EXPIRED, row.licence, f"{row.words} was too late: {refused}")
        else:
            self._finish(row, HourState.REJECTED, str(refused))
            self._ring(Trouble.REJECTED, row.licence, f"{row.words} was refused: {refused}")

    def _send_half(self, rows: Sequence[LicenceHour], then: Sequence[LicenceHour] = ()) -> None:
        too_old = [row for row in rows if self._is_too_old(row)]
        if too_old:
            self._again(too_old, "AWS takes no hour as old as this one", in_doubt=False)
        rest = [row for row in rows if not self._is_too_old(row)]
        try:
            if rest:
                self._send(rest)
        except MarketMisconfigured as wrong:
            self._again(then, str(wrong), in_doubt=False)
            raise

    def _is_too_old(self, row: LicenceHour) -> bool:
        return self._refused_through is not None and row.hour <= self._refused_through

    def _answered(self, rows: Sequence[LicenceHour], answer: Answer) -> None:
        """Match an answer to the rows by content, and write what became of each."""
        waiting = {_key(row.record): row for row in rows}
        changed: list[LicenceHour] = []
        for verdict in answer.verdicts:
            row = waiting.pop(_key(verdict.record), None)
            if row is not None:
                changed.append(self._judged(row, verdict))
            else:
                self._ring(Trouble.CONFLICT, "", f"AWS answers to what was not sent: {verdict}")
        for words in answer.unread:
            self._ring(Trouble.UNREACHABLE, "", f"an answer of AWS is not understood: {words}")
        now = self._market.now()
        chance = self._market.chance()
        # What is unprocessed, or not even mentioned, must be sent again as it was.
        unanswered = [
            postponed(row, now, "not processed", in_doubt=True, chance=chance)
            for row in waiting.values()
        ]
        self._write([*changed, *unanswered])

    def _judged(self, row: LicenceHour, verdict: Verdict) -> LicenceHour:
        now = self._market.now()
        match verdict.status:
            case RecordStatus.SUCCESS if verdict.record.quantity == row.record.quantity:
                return ended(row, HourState.ACCEPTED, "", now, verdict.metering_record)
            case RecordStatus.SUCCESS | RecordStatus.DUPLICATE:
                words = f"{verdict.status} with the quantity {verdict.record.quantity}"
                self._ring(Trouble.CONFLICT, row.licence, f"{row.words}: another metered it")
                return ended(row, HourState.CONFLICT, words, now)
            case RecordStatus.NOT_SUBSCRIBED:
                return self._unsubscribed(row, now)

    def _unsubscribed(self, row: LicenceHour, now: datetime) -> LicenceHour:
        """AWS says that the buyer is none: ask how the agreement stands."""
        is_active = self._is_active(row.agreement)
        if is_active is False:
            self._ring(Trouble.UNSUBSCRIBED, row.licence, f"{row.words}: the agreement is over")
            return ended(row, HourState.REJECTED, str(RecordStatus.NOT_SUBSCRIBED), now)
        if not row.reason:
            self._ring(
                Trouble.UNSUBSCRIBED,
                row.licence,
                f"{row.words}: not subscribed, says metering; the agreement "
                f"{row.agreement} is {'active' if is_active else 'not to be asked'}",
            )
        return postponed(
            row, now, str(RecordStatus.NOT_SUBSCRIBED), in_doubt=False, wait=LONGEST_RETRY
        )

    def _is_active(self, agreement: str) -> bool | None:
        """Whether an agreement is active, asked once a run; ``None`` if AWS did not answer."""
        if agreement not in self._agreements:
            try:
                seen = self._market.agreements.describe(agreement, self._market.now())
            except NotFound:
                self._agreements[agreement] = False
            except (OutcomeUnknown, MarketMisconfigured):  # of this agreement nothing is known
                self._agreements[agreement] = None
            else:
                active = seen.status == AgreementStatus.ACTIVE
                self._agreements[agreement] = active
                if not active:
                    self._books.record(seen)
        return self._agreements[agreement]

    def _again(self, rows: Sequence[LicenceHour], reason: str, *, in_doubt: bool) -> None:
        now = self._market.now()
        chance = self._market.chance()
        self._write([postponed(row, now, reason, in_doubt=in_doubt, chance=chance) for row in rows])

    def _expire(self) -> None:
        """Give up what is past its closing time, and tell of it."""
        now = self._market.now()
        closed = self._past(now, self._market.windows.closes_at)
        for row in list(self._books.unsettled(closed)):
            if row.closes_at <= now and (row.state is HourState.PENDING or row.is_due(now)):
                self._expired(row)

    def _expired(self, row: LicenceHour) -> None:
        doubt = row.in_doubt or row.state is HourState.SENDING
        self._finish(msgspec.structs.replace(row, in_doubt=doubt), HourState.EXPIRED, row.reason)
        self._ring(Trouble.EXPIRED, row.licence, f"{row.words} was not accepted in time")

    def _finish(self, row: LicenceHour, state: HourState, reason: str) -> None:
        self._write([ended(row, state, reason, self._market.now())])

    def _write(self, rows: Sequence[LicenceHour]) -> None:
        for row in self._books.change_hours(rows, self._market.now()):
            self.counts[row.state] += 1
            if row.is_settled and row.in_doubt:
                self._ring(Trouble.IN_DOUBT, row.licence, f"{row.words} may be billed nevertheless")

    def _keep_pace(self) -> None:
        """Wait until a request may be sent: at most `CALLS_A_SECOND` in any second."""
        wait = (self._calls[0] + timedelta(seconds=1) - self._market.now()).total_seconds()
        if 0 < wait <= 1:
            self._market.pause(wait + 0.001)
        self._calls.append(self._market.now())

    def _ring(self, trouble: Trouble, about: str, words: str) -> None:
        self._market.ring(Alarm(trouble, about, words))


def batches(rows: Iterable[LicenceHour]) -> Iterator[Sequence[LicenceHour]]:
    """Group rows into requests: of one product, at most 25, and well below 1 MB."""
    open_ones: dict[str, list[LicenceHour]] = {}
    sizes: Counter[str] = Counter()
    for row in rows:
        code = row.product_code
        size = len(msgspec.json.encode(row.record)) + 200  # names and braces differ from ours
        batch = open_ones.setdefault(code, [])
        if len(batch) == MOST_RECORDS or sizes[code] + size >= MOST_BYTES:
            yield batch
            batch = open_ones[code] = []
            sizes[code] = 0
        batch.append(row)
        sizes[code] += size
    yield from (batch for batch in open_ones.values() if batch)


def _key(record: UsageRecord) -> tuple[str, str, str, datetime]:
    """By what AWS itself tells records apart."""
    return (
        record.account,
        licence_id(record.licence_arn),
        record.dimension,
        floor_hour(record.hour),
    )
