"""Books keep the same promises in memory and in a table."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from citylake.errors import BooksConflict
from marketplace.books import Books, Claim, Session
from marketplace.facts import (
    Activated,
    AgreementCreated,
    Closed,
    LicenceUpdated,
    Registered,
    TierDecided,
)
from marketplace.hours import HOUR, HourState, LicenceHour, UsageRecord
from marketplace.ledger import Entry, EntryKind, decision_entry
from marketplace.memory import MemoryBooks
from tests.marketplace.rig import Rig

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
ARN = "arn:aws:license-manager::111122223333:license:l-0a"
CREATED = AgreementCreated(id="e1", at=NOW, agreement="agmt-1", account="444455556666")
UPDATED = LicenceUpdated(id="e2", at=NOW, agreement="agmt-1", licence="l-0a", arn=ARN)
REGISTERED = Registered(
    id="r1", at=NOW, licence="l-0a", arn=ARN, account="444455556666", product_code="code"
)
RENEWED = AgreementCreated(id="e3", at=NOW, agreement="agmt-2", previous="agmt-1")
CLAIM = Claim(geoid="3719000", licence="l-0a")


def row(hour: datetime, licence: str = "l-0a") -> LicenceHour:
    record = UsageRecord(
        hour=hour, dimension="pop_t11", quantity=1, account="444455556666", licence_arn=ARN
    )
    return LicenceHour(
        licence=licence,
        hour=hour,
        record=record,
        digest=record.digest,
        product_code="code",
        agreement="agmt-1",
        geoid="3719000",
        population=296_186,
        vintage=2024,
        rule="2026-1",
        made_at=hour + HOUR,
        late_at=hour + 6 * HOUR,
        closes_at=hour + 24 * HOUR,
    )


def test_a_fact_is_kept_once_and_never_changed(books: Books) -> None:
    assert books.record(CREATED)
    assert not books.record(msgspec.structs.replace(CREATED, account="999999999999"))
    assert books.facts("agmt-1") == (CREATED,)


def test_what_hangs_together_is_found_from_anywhere_in_whatever_order_it_came(books: Books) -> None:
    for fact in (REGISTERED, RENEWED, UPDATED, CREATED):
        books.record(fact)

    for subject in ("agmt-1", "agmt-2", "l-0a"):
        assert {fact.id for fact in books.facts(subject)} == {"e1", "e2", "e3", "r1"}
    assert set(books.subjects()) == {"agmt-1", "agmt-2", "l-0a"}
    assert books.facts("l-0b") == ()


def test_an_event_is_kept_as_it_came_once(books: Books) -> None:
    assert books.keep_raw("e1", b'{"id": "e1"}', NOW)
    assert not books.keep_raw("e1", b'{"id": "e1", "more": 1}', NOW)
    assert books.raw("e1") == b'{"id": "e1"}'
    assert books.raw("e2") is None


def test_a_decision_its_lines_and_its_claim_are_all_there_or_none(books: Books) -> None:
    active = Activated(id="a1", at=NOW, licence="l-0a", geoid="3719000", from_at=NOW)
    tier = TierDecided(
        id="t1",
        at=NOW,
        licence="l-0a",
        geoid="3719000",
        tier="pop_t11",
        population=296_186,
        vintage=2024,
        source="Census estimate",
        effective_at=NOW,
        rule="2026-1",
    )
    books.decide(tier, active, claim=CLAIM, entries=[decision_entry(active)])

    held = books.claim("3719000")
    assert held == Claim(geoid="3719000", licence="l-0a", revision=1)
    assert [line.kind for line in books.entries("l-0a", "2026-11")] == [EntryKind.START]

    closed = Closed(id="c1", at=NOW, licence="l-0a", ended_at=NOW, reason="over")
    with pytest.raises(BooksConflict):  # the claim was read before it was made
        books.decide(closed, claim=CLAIM, entries=[decision_entry(closed)])
    with pytest.raises(BooksConflict):  # recorded already
        books.decide(closed, active, claim=held)
    assert {fact.id for fact in books.facts("l-0a")} == {"t1", "a1"}
    assert books.claim("3719000") == held
    assert len(list(books.entries("l-0a", "2026-11"))) == 1


def test_hours_of_a_place_are_made_once_and_in_order(books: Books) -> None:
    books.decide(claim=CLAIM)
    claim = books.claim("3719000")
    assert claim is not None
    rows = [row(NOW + n * HOUR) for n in range(24)]

    after = books.make_hours(claim, rows, NOW)

    assert after == books.claim("3719000")
    assert after.closed_through == NOW + 23 * HOUR
    with pytest.raises(BooksConflict):
        books.make_hours(claim, [row(NOW + 24 * HOUR)], NOW)
    with pytest.raises(BooksConflict):
        books.make_hours(after, [row(NOW + 5 * HOUR)], NOW)
    assert list(books.hours("l-0a", NOW + HOUR, NOW + 3 * HOUR)) == rows[1:3]
    assert books.hour("l-0a", NOW) == rows[0]
    lines = list(books.entries("l-0a", "2026-11"))
    assert [line.hour for line in lines] == [held.hour for held in rows]
    assert {line.kind for line in lines} == {EntryKind.HOUR}


def test_of_two_who_read_an_hour_only_one_changes_it(books: Books) -> None:
    books.decide(claim=CLAIM)
    claim = books.claim("3719000")
    assert claim is not None
    made = [row(NOW), row(NOW + HOUR)]
    books.make_hours(claim, made, NOW)
    sending = [msgspec.structs.replace(held, state=HourState.SENDING, attempts=1) for held in made]

    mine = books.change_hours(sending[:1], NOW)
    theirs = books.change_hours(sending, NOW)

    assert [held.revision for held in mine] == [1]
    assert [held.hour for held in theirs] == [NOW + HOUR]
    kinds = [line.kind for line in books.entries("l-0a", "2026-11")]
    assert kinds == [EntryKind.HOUR, EntryKind.ATTEMPT] * 2


def test_what_is_due_is_what_has_no_end_and_no_living_sender(books: Books) -> None:
    books.decide(claim=CLAIM)
    claim = books.claim("3719000")
    assert claim is not None
    books.make_hours(claim, [row(NOW + n * HOUR) for n in range(5)], NOW)
    accepted, sent, lapsed, waiting, _ = [row(NOW + n * HOUR) for n in range(5)]
    replace = msgspec.structs.replace
    books.change_hours(
        [
            replace(accepted, state=HourState.ACCEPTED),
            replace(sent, state=HourState.SENDING, leased_until=NOW + timedelta(seconds=1)),
            replace(lapsed, state=HourState.SENDING, leased_until=NOW),
            replace(waiting, retry_at=NOW + timedelta(seconds=1)),
        ],
        NOW,
    )

    def due(**asked: datetime | bool) -> list[int]:
        found = books.due(NOW, 10, **asked)  # type: ignore[arg-type]  # both kinds by name
        return [int((held.hour - NOW) / HOUR) for held in found]

    assert due() == [2, 4]
    assert due(newest_first=True) == [4, 2]
    assert due(after=NOW + 2 * HOUR) == [4]
    assert due(through=NOW + 2 * HOUR) == [2]
    assert due(after=NOW + 2 * HOUR, through=NOW + HOUR) == []
    assert [int((held.hour - NOW) / HOUR) for held in books.unsettled()] == [1, 2, 3, 4]
    assert [held.hour for held in books.unsettled(NOW + HOUR)] == [NOW + HOUR]


def test_what_has_an_end_does_not_change_again(books: Books) -> None:
    books.decide(claim=CLAIM)
    claim = books.claim("3719000")
    assert claim is not None
    books.make_hours(claim, [row(NOW)], NOW)
    (accepted,) = books.change_hours(
        [msgspec.structs.replace(row(NOW), state=HourState.ACCEPTED)], NOW
    )

    again = msgspec.structs.replace(accepted, state=HourState.PENDING)

    assert list(books.change_hours([again], NOW)) == []
    assert books.hour("l-0a", NOW) == accepted


def test_a_line_is_written_once(books: Books) -> None:
    line = Entry(id="x", licence="l-0a", month="2026-11", at=NOW, kind=EntryKind.NOT_OWED)

    assert books.enter(line)
    assert not books.enter(msgspec.structs.replace(line, note="another"))
    assert list(books.entries("l-0a", "2026-11")) == [line]
    assert list(books.entries("l-0a", "2026-12")) == []


def test_a_session_is_kept_until_it_expires_or_ends(books: Books) -> None:
    session = Session(id="s1", expires_at=NOW, values={"licence": "l-0a"})
    books.keep_session(session)

    assert books.session("s1", NOW - timedelta(seconds=1)) == session
    assert books.session("s1", NOW) is None
    books.end_session("s1")
    assert books.session("s1", NOW - timedelta(seconds=1)) is None


def test_a_month_runs_on_either_kind_to_the_same_books(books: Books) -> None:
    rig = Rig(books=books)
    agreement = rig.buy()
    rig.run(3)
    rig.world.cancel(agreement)
    rig.run(2)

    rows = list(books.hours(rig.licence(agreement).id, rig.start, rig.clock.now()))
    assert [held.state for held in rows] == [HourState.ACCEPTED] * 2
    assert [held.hour.hour for held in rows] == [10, 11]
    assert rig.alarms == []
    assert books.claim("3719000").licence == ""  # type: ignore[union-attr]  # there was one


def test_books_in_memory_come_back_from_a_file_whole(tmp_path: Path) -> None:
    rig = Rig()
    agreement = rig.buy()
    rig.run(3)
    assert isinstance(rig.books, MemoryBooks)
    rig.books.save(tmp_path / "books.json")

    read = MemoryBooks.load(tmp_path / "books.json")

    licence = rig.licence(agreement).id
    assert set(read.facts(licence)) == set(rig.books.facts(licence))
    assert list(read.entries(licence, "2026-11")) == list(rig.books.entries(licence, "2026-11"))
    assert read.claim("3719000") == rig.books.claim("3719000")
    assert list(read.hours(licence, rig.start, rig.clock.now())) == list(
        rig.books.hours(licence, rig.start, rig.clock.now())
    )
    assert MemoryBooks.load(tmp_path / "none.json").facts(licence) == ()
