"""Tickets: who is making which file, so that a file that many ask for is made once.

A ticket is an object beside the file, ``exports/{digest}.json``, replaced by conditional puts. The
maker says again and again how long it is to be believed; one that stopped saying so is dead, and
anybody may take its place.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec

from citylake.errors import PreconditionFailed
from citylake.lake.store import ABSENT, Store

EXPORTS = "exports/"


class State(StrEnum):
    """How far a file is."""

    MAKING = "making"
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What is known of a file.

    Attributes:
        state: how far it is.
        claim: who makes or made it.
        until: instant until which a maker is believed to live, in seconds of Unix time.
        attempts: makers that there were, this one included.
        key: where the file lies, once it is made.
        answer: what a client is told of a file that failed: what Lambda would return.
    """

    state: State
    claim: str
    until: float = 0.0
    attempts: int = 1
    key: str = ""
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket as it was read, and its tag."""

    ticket: Ticket
    etag: str

    def is_alive(self, now: float) -> bool:
        """Whether somebody is making the file."""
        return self.ticket.state is State.MAKING and now < self.ticket.until

    def is_dead(self, now: float) -> bool:
        """Whether somebody was making it and ended before it was done."""
        return self.ticket.state is State.MAKING and not self.is_alive(now)


class Claim:
    """The right to make a file, held by one maker."""

    def __init__(self, tickets: "Tickets", digest: str, held: HeldTicket) -> None:
        self._tickets = tickets
        self.digest = digest
        self._held = held

    @property
    def id(self) -> str:
        """Names the claim, for whoever goes on with it elsewhere."""
        return self._held.ticket.claim

    def renew(self, until: float) -> None:
        """Say how long the maker is to be believed.

        Raises:
            PreconditionFailed: somebody else took its place.
        """
        self._replace(replace(self._held.ticket, until=until))

    def made(self, key: str) -> None:
        """Say where the file lies.

        Raises:
            PreconditionFailed: somebody else took the maker's place.
        """
        self._replace(replace(self._held.ticket, state=State.MADE, key=key))

    def failed(self, answer: dict[str, Any]) -> None:
        """Say why there is no file.

        Raises:
            PreconditionFailed: somebody else took the maker's place.
        """
        self._replace(replace(self._held.ticket, state=State.FAILED, answer=answer))

    def _replace(self, ticket: Ticket) -> None:
        try:
            self._held = self._tickets.write(self.digest, ticket, self._held.etag)
        except PreconditionFailed:
            held = self._tickets.read(self.digest)
            if held is None or held.ticket.claim != ticket.claim:
                raise
            # It was our own put: S3's answer was lost, and the client asked once more.
            if held.ticket == ticket:
                self._held = held
                return
            if held.ticket.state is not State.MAKING:  # Lambda gave the order twice: it is done
                raise
            self._held = self._tickets.write(self.digest, ticket, held.etag)


class Tickets:
    """The tickets of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, digest: str) -> HeldTicket | None:
        """Read a file's ticket; one that cannot be understood counts as a dead maker's."""
        held = self._store.get(_key(digest))
        if held is None:
            return None
        try:
            return HeldTicket(msgspec.json.decode(held.body, type=Ticket), held.etag)
        except msgspec.MsgspecError:  # another version wrote it: whoever comes replaces it
            return HeldTicket(Ticket(state=State.MAKING, claim=""), held.etag)

    def claim(
        self, digest: str, held: HeldTicket | None, *, claim: str, until: float
    ) -> Claim | None:
        """Take the right to make a file; ``None`` if somebody was faster.

        Args:
            digest: the file.
            held: its ticket as it was read, which says that nobody is making it.
            claim: a name that nobody else has.
            until: how long the maker is to be believed.
        """
        attempts = 1
        if held is not None and held.ticket.state is State.MAKING:
            attempts += held.ticket.attempts
        ticket = Ticket(state=State.MAKING, claim=claim, until=until, attempts=attempts)
        try:
            written = self.write(digest, ticket, held.etag if held else ABSENT)
        except PreconditionFailed:
            return None
        return Claim(self, digest, written)

    def resume(self, digest: str, claim: str) -> Claim | None:
        """Go on with a claim that was handed over; ``None`` if it holds no longer."""
        held = self.read(digest)
        if held is None or held.ticket.state is not State.MAKING or held.ticket.claim != claim:
            return None
        return Claim(self, digest, held)

    def write(self, digest: str, ticket: Ticket, if_match: str) -> HeldTicket:
        """Replace a ticket that is as it was read.

        Raises:
            PreconditionFailed: it is not.
        """
        body = msgspec.json.encode(ticket)
        return HeldTicket(ticket, self._store.put(_key(digest), body, if_match=if_match))


def _key(digest: str) -> str:
    return f"{EXPORTS}{digest}.json"
