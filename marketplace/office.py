"""The office: what is kept beside the books, and binds nobody.

People and which licences they may see, counts of what happened lately, alarms, and the last survey.
`marketplace.office_table` keeps the same promises in DynamoDB.
"""

import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from citylake.errors import BooksConflict
from marketplace.alarms import Alarm
from marketplace.survey import Survey


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who signs in with a mail address.

    Attributes:
        address: as `marketplace.mail.read_address` gives it.
        since: when it was verified first.
        licences: those for which this person came from AWS Marketplace, the oldest first.
        revision: counts the changes; 0 for a person who is not kept yet.
    """

    address: str
    since: datetime
    licences: tuple[str, ...] = ()
    revision: int = 0


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm, and when it was rung.

    Attributes:
        at: when.
        alarm: what for.
    """

    at: datetime
    alarm: Alarm


class Office(Protocol):
    """Where all of it is kept."""

    def person(self, address: str) -> Person | None:
        """Who signs in with an address; ``None`` if nobody ever did."""

    def people_of(self, licence: str) -> Sequence[Person]:
        """Who may see a licence."""

    def save_person(self, person: Person) -> Person:
        """Keep a person as it shall be, if it still is as it was read.

        Licences come one at a time, and the new one last.

        Raises:
            BooksConflict: it changed since it was read.
        """

    def count(self, name: str, until: datetime) -> int:
        """Count one more of what has this name, and say how many there were.

        Two that count at the same moment get two numbers.

        Args:
            name: of what; the same thing in another stretch of time has another name.
            until: when the count may be forgotten.
        """

    def note_alarm(self, alarm: Alarm, at: datetime) -> None:
        """Keep an alarm for ops to read."""

    def alarms(self, at: datetime, limit: int) -> Sequence[Rung]:
        """The latest alarms of this month and the one before, the latest first."""

    def keep_survey(self, survey: Survey) -> None:
        """Keep a survey in place of the last one."""

    def survey(self) -> Survey | None:
        """The last survey; ``None`` before the first."""


class MemoryOffice:
    """An office in memory, for tests and for one machine. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[str, Person] = {}
        self._counts: dict[str, int] = {}
        self._alarms: list[Rung] = []
        self._survey: Survey | None = None

    def person(self, address: str) -> Person | None:
        """Who signs in with an address."""
        return self._people.get(address)

    def people_of(self, licence: str) -> Sequence[Person]:
        """Who may see a licence."""
        with self._lock:
            return [person for person in self._people.values() if licence in person.licences]

    def save_person(self, person: Person) -> Person:
        """Keep a person that is still as it was read."""
        with self._lock:
            held = self._people.get(person.address)
            if (held.revision if held else 0) != person.revision:
                raise BooksConflict(f"{_named(person)} changed since it was read")
            saved = msgspec.structs.replace(person, revision=person.revision + 1)
            self._people[person.address] = saved
            return saved

    def count(self, name: str, until: datetime) -> int:
        """Count one more."""
        del until
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + 1
            return self._counts[name]

    def note_alarm(self, alarm: Alarm, at: datetime) -> None:
        """Keep an alarm."""
        with self._lock:
            self._alarms.append(Rung(at=at, alarm=alarm))

    def alarms(self, at: datetime, limit: int) -> Sequence[Rung]:
        """The latest alarms, the latest first."""
        del at
        with self._lock:
            return sorted(self._alarms, key=lambda rung: rung.at, reverse=True)[:limit]

    def keep_survey(self, survey: Survey) -> None:
        """Keep a survey."""
        self._survey = survey

    def survey(self) -> Survey | None:
        """The last survey."""
        return self._survey


def join(office: Office, address: str, licence: str, at: datetime) -> Person:
    """Let whoever verified an address see a licence for which it came from AWS Marketplace.

    Args:
        office: where people are kept.
        address: the verified one.
        licence: the licence; empty to keep the person alone.
        at: the time.

    Raises:
        BooksConflict: others kept changing the same person.
    """
    for _ in range(_TRIES):
        person = office.person(address) or Person(address=address, since=at)
        if person.revision and (not licence or licence in person.licences):
            return person
        licences = (*person.licences, licence) if licence else person.licences
        try:
            return office.save_person(msgspec.structs.replace(person, licences=licences))
        except BooksConflict:
            continue
    raise BooksConflict(f"others kept changing {digest_of(address)}")


def digest_of(text: str) -> str:
    """SHA-256 of a text: what stands for it where it itself should not be read."""
    return hashlib.sha256(text.encode()).hexdigest()


_TRIES = 5


def _named(person: Person) -> str:
    return f"the person {digest_of(person.address)[:12]}"
