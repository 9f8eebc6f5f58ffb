"""Books in memory, for tests and for one machine; they can be kept in a file."""

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from citylake.errors import BooksConflict
from marketplace.books import Claim, Session
from marketplace.facts import Fact
from marketplace.hours import LicenceHour
from marketplace.ledger import Entry, change_entry, hour_entry


class _Kept(msgspec.Struct, frozen=True):
    """Everything, as it lies in a file; sessions end with the process."""

    raw: dict[str, bytes]
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    rows: tuple[LicenceHour, ...]
    entries: tuple[Entry, ...]


class MemoryBooks:
    """Books in memory. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._raw: dict[str, bytes] = {}
        self._facts: dict[str, Fact] = {}
        self._by_subject: dict[str, set[str]] = defaultdict(set)
        self._claims: dict[str, Claim] = {}
        self._rows: dict[str, dict[datetime, LicenceHour]] = defaultdict(dict)
        self._open: dict[datetime, set[str]] = defaultdict(set)
        self._entries: dict[tuple[str, str], dict[str, Entry]] = defaultdict(dict)
        self._sessions: dict[str, Session] = {}

    def keep_raw(self, event: str, body: bytes, at: datetime) -> bool:
        """Keep an event as it came."""
        del at
        with self._lock:
            if event in self._raw:
                return False
            self._raw[event] = body
            return True

    def raw(self, event: str) -> bytes | None:
        """An event as it came."""
        return self._raw.get(event)

    def record(self, fact: Fact) -> bool:
        """Keep a fact, once."""
        with self._lock:
            if fact.id in self._facts:
                return False
            self._facts[fact.id] = fact
            for subject in fact.subjects:
                self._by_subject[subject].add(fact.id)
            return True

    def facts(self, subject: str) -> tuple[Fact, ...]:
        """All facts that hang together with a subject."""
        with self._lock:
            found: dict[str, Fact] = {}
            seen, open_ends = {subject}, [subject]
            while open_ends:
                for name in self._by_subject.get(open_ends.pop(), ()):
                    found[name] = self._facts[name]
                    fresh = set(self._facts[name].subjects) - seen
                    seen |= fresh
                    open_ends += fresh
            return tuple(found.values())

    def subjects(self) -> Iterator[str]:
        """All agreements and licences."""
        with self._lock:
            return iter(tuple(self._by_subject))

    def claim(self, geoid: str) -> Claim | None:
        """The claim on a place."""
        return self._claims.get(geoid)

    def decide(
        self, *facts: Fact, claim: Claim | None = None, entries: Sequence[Entry] = ()
    ) -> None:
        """Record what binds us, all or none."""
        with self._lock:
            known = [fact.id for fact in facts if fact.id in self._facts]
            if known:
                raise BooksConflict(f"{', '.join(known)} is recorded already")
            if claim is not None:
                self._replace(claim)
            for fact in facts:
                self.record(fact)
            for entry in entries:
                self.enter(entry)

    def make_hours(self, claim: Claim, rows: Sequence[LicenceHour], at: datetime) -> Claim:
        """Make hours of a place, all or none."""
        with self._lock:
            made = [row for row in rows if row.hour in self._rows[row.licence]]
            if made:
                raise BooksConflict(f"{made[0].licence} has the hour {made[0].hour} already")
            claim = self._replace(msgspec.structs.replace(claim, closed_through=rows[-1].hour))
            for row in rows:
                self._keep(row)
                self.enter(hour_entry(row, at))
            return claim

    def hour(self, licence: str, hour: datetime) -> LicenceHour | None:
        """One licence-hour."""
        return self._rows.get(licence, {}).get(hour)

    def hours(self, licence: str, start: datetime, end: datetime) -> Iterator[LicenceHour]:
        """The hours of a licence, in order."""
        with self._lock:
            rows = self._rows.get(licence, {})
            return iter([rows[hour] for hour in sorted(rows) if start <= hour < end])

    def due(
        self,
        now: datetime,
        limit: int,
        *,
        after: datetime | None = None,
        through: datetime | None = None,
        newest_first: bool = False,
    ) -> Sequence[LicenceHour]:
        """Hours that may be sent now."""
        found: list[LicenceHour] = []
        with self._lock:
            for hour in sorted(self._open, reverse=newest_first):
                if (after is None or hour > after) and (through is None or hour <= through):
                    for licence in sorted(self._open[hour]):
                        if len(found) == limit:
                            return found
                        row = self._rows[licence][hour]
                        if row.is_due(now):
                            found.append(row)
        return found

    def unsettled(self, through: datetime | None = None) -> Iterator[LicenceHour]:
        """Hours that did not come to their end."""
        with self._lock:
            hours = [hour for hour in sorted(self._open) if through is None or hour <= through]
            return iter([self._rows[name][hour] for hour in hours for name in self._open[hour]])

    def change_hours(self, rows: Sequence[LicenceHour], at: datetime) -> Sequence[LicenceHour]:
        """Replace hours that are still as they were read."""
        changed: list[LicenceHour] = []
        with self._lock:
            for row in rows:
                held = self.hour(row.licence, row.hour)
                if held is None or held.revision != row.revision or held.is_settled:
                    continue
                after = msgspec.structs.replace(row, revision=row.revision + 1)
                self._keep(after)
                self.enter(change_entry(after, at))
                changed.append(after)
        return changed

    def enter(self, entry: Entry) -> bool:
        """Add a line to the ledger, once."""
        with self._lock:
            lines = self._entries[entry.licence, entry.month]
            if entry.id in lines:
                return False
            lines[entry.id] = entry
            return True

    def entries(self, licence: str, month: str) -> Iterator[Entry]:
        """The lines of a licence and month."""
        with self._lock:
            lines = self._entries.get((licence, month), {})
            return iter([lines[name] for name in sorted(lines)])

    def keep_session(self, session: Session) -> None:
        """Keep a session."""
        self._sessions[session.id] = session

    def session(self, session_id: str, now: datetime) -> Session | None:
        """A session that has not expired."""
        session = self._sessions.get(session_id)
        return session if session is not None and now < session.expires_at else None

    def end_session(self, session_id: str) -> None:
        """Forget a session."""
        self._sessions.pop(session_id, None)

    def save(self, path: Path) -> None:
        """Write everything but sessions into a file, whole or not at all."""
        with self._lock:
            kept = _Kept(
                raw=self._raw,
                facts=tuple(self._facts.values()),
                claims=tuple(self._claims.values()),
                rows=tuple(row for rows in self._rows.values() for row in rows.values()),
                entries=tuple(line for lines in self._entries.values() for line in lines.values()),
            )
        draft = path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(kept))
        os.replace(draft, path)  # noqa: PTH105  # says that it replaces

    @classmethod
    def load(cls, path: Path) -> "MemoryBooks":
        """Read what was saved; empty books if nothing was."""
        books = cls()
        if not path.exists():
            return books
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        books._raw = dict(kept.raw)
        for fact in kept.facts:
            books.record(fact)
        books._claims = {claim.geoid: claim for claim in kept.claims}
        for row in kept.rows:
            books._keep(row)
        for entry in kept.entries:
            books.enter(entry)
        return books

    def _replace(self, claim: Claim) -> Claim:
        held = self._claims.get(claim.geoid)
        if (held.revision if held else 0) != claim.revision:
            raise BooksConflict(f"the claim on {claim.geoid} changed since it was read")
        replaced = msgspec.structs.replace(claim, revision=claim.revision + 1)
        self._claims[claim.geoid] = replaced
        return replaced

    def _keep(self, row: LicenceHour) -> None:
        self._rows[row.licence][row.hour] = row
        if row.is_settled:
            self._open[row.hour].discard(row.licence)
            if not self._open[row.hour]:
                del self._open[row.hour]
        else:
            self._open[row.hour].add(row.licence)
