"""One-time codes by mail: who reads a mailbox proves it by what was sent there.

A code lives ten minutes, in one session, for one address and one purpose, and is tried five times
at most. It is kept as a digest that the session's cookie takes part in, so that neither the books
nor a guess of eight digits gives it away; a newer code makes the older one void.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.mail import Mail, Mailer
from marketplace.office import Office, digest_of
from marketplace.web.limits import (
    CODES_BY_NETWORK,
    CODES_BY_SESSION,
    CODES_TO_ADDRESS,
    TRIES_OF_ADDRESS,
    Limiter,
)
from marketplace.web.sessions import Sessions, Visitor
from marketplace.web.translations import _

LIFE = timedelta(minutes=10)
TRIES = 5

_DIGITS = 8
_BETWEEN = re.compile(r"[\s\u00a0-]+")

SIGN_IN = "sign-in"
"""What a code is for, if not for a place."""


class Outcome(StrEnum):
    """What came of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    """There is none, or it is too old, or was tried too often."""


class Codes:
    """Sends codes and takes them back.

    Args:
        sessions: where an open code is remembered.
        office: where tries are counted.
        limiter: says how many may be sent and tried.
        mailer: what sends them.
        now: the time.
    """

    def __init__(
        self,
        sessions: Sessions,
        office: Office,
        limiter: Limiter,
        mailer: Mailer,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._office = office
        self._limiter = limiter
        self._mailer = mailer
        self._now = now

    def send(
        self, visitor: Visitor, address: str, purpose: str, network: str, *, about: str
    ) -> None:
        """Send a code to a checked address.

        Args:
            visitor: who asks.
            address: where it is sent.
            purpose: what it is for.
            network: the network address that the visitor comes from.
            about: says to who gets the mail what the code will do.

        Raises:
            LimitReached: too many were sent.
            OutcomeUnknown: the mail was not taken.
        """
        self._limiter.check(CODES_BY_NETWORK, network)
        self._limiter.check(CODES_BY_SESSION, visitor.session_id)
        self._limiter.check(CODES_TO_ADDRESS, digest_of(address))
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        self._sessions.remember(
            visitor,
            code_to=address,
            code_for=purpose,
            code_digest=visitor.sealed(address, purpose, code),
            code_until=(self._now() + LIFE).isoformat(),
        )
        self._mailer.send(_written(address, code, about))

    def take(self, visitor: Visitor, typed: str, purpose: str) -> Outcome:
        """Say what came of a code that a visitor typed; a right one is used up.

        Raises:
            LimitReached: too many were typed for the address.
        """
        memory = visitor.memory
        if (
            not memory.code_digest
            or memory.code_for != purpose
            or self._now() >= datetime.fromisoformat(memory.code_until)
        ):
            return Outcome.OVER
        self._limiter.check(TRIES_OF_ADDRESS, digest_of(memory.code_to))
        until = datetime.fromisoformat(memory.code_until)
        if self._office.count(f"tries:{memory.code_digest}", until) > TRIES:
            return Outcome.OVER
        code = _BETWEEN.sub("", typed)
        sealed = visitor.sealed(memory.code_to, purpose, code)
        if not hmac.compare_digest(sealed, memory.code_digest):
            return Outcome.WRONG
        self._sessions.remember(visitor, code_to="", code_for="", code_digest="", code_until="")
        return Outcome.RIGHT


def _written(address: str, code: str, about: str) -> Mail:
    half = _DIGITS // 2
    spaced = f"{code[:half]} {code[half:]}"
    minutes = int(LIFE.total_seconds() // 60)
    text = "\n\n".join(
        (
            about,
            _("The code is %(code)s.", code=spaced),
            _(
                "It can be used for %(minutes)s minutes, on the page where it was asked for. Tell "
                "it to nobody: nobody of ours will ask for it. If you did not ask for a code, you "
                "need not do anything.",
                minutes=minutes,
            ),
        )
    )
    return Mail(to=address, subject=_("Your Citylake code"), text=f"{text}\n")
