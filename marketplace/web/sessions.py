"""Sessions: a random secret in the visitor's cookie; what it stands for is kept here alone.

Only the secret's digest is kept, so that whoever reads the books cannot take a session over. A
visitor that came without one gets a secret that nothing is kept for, which is enough for forms:
their token is made from it. Whoever signs in gets a new secret; the old one stands for nothing.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from marketplace.books import Books, Session

LIFE = timedelta(hours=12)
"""How long a session lasts, used or not."""

_SECRET_BYTES = 32
_LONGEST_COOKIE = 128


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session remembers.

    Attributes:
        licence: for which licence the visitor came from AWS Marketplace, until it signs in.
        account: the AWS account of that licence, to be shown.
        address: the visitor's mail address, once verified.
        code_to: the address that a code was sent to.
        code_for: what for: ``sign-in``, or ``proof:{licence}:{geoid}``.
        code_digest: of the code; empty if none is open.
        code_until: until when it is taken, as ISO 8601.
        ops: a person of ours, as the pool names it.
        challenge: what the pool wants back with the second factor of someone who signs in.
    """

    licence: str = ""
    account: str = ""
    address: str = ""
    code_to: str = ""
    code_for: str = ""
    code_digest: str = ""
    code_until: str = ""
    ops: str = ""
    challenge: str = ""


@dataclass(slots=True)
class Visitor:
    """Who asks, by its cookie; changed only through `Sessions`.

    Attributes:
        secret: what stands in the cookie.
        memory: what the session remembers.
        is_kept: whether anything is kept for the secret.
        is_new: whether the cookie must be set.
        expires_at: until when the session lasts.
    """

    secret: str = field(repr=False)
    memory: Memory = field(default_factory=Memory, repr=False)
    is_kept: bool = False
    is_new: bool = True
    expires_at: datetime | None = None

    @property
    def form_token(self) -> str:
        """What a form of this visitor must bring back; nobody else can know it."""
        return hashlib.sha256(f"form:{self.secret}".encode()).hexdigest()

    @property
    def session_id(self) -> str:
        """What is kept of the secret."""
        return hashlib.sha256(f"session:{self.secret}".encode()).hexdigest()

    def sent_form(self, token: str) -> bool:
        """Whether a form is one of this visitor's."""
        return hmac.compare_digest(self.form_token.encode(), token.encode())

    def sealed(self, *parts: str) -> str:
        """A digest that only the holder of the cookie can make again."""
        body = "\0".join(parts).encode()
        return hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()


class Sessions:
    """All sessions.

    Args:
        books: where they are kept.
        now: the time.
    """

    def __init__(self, books: Books, now: Callable[[], datetime]) -> None:
        self._books = books
        self._now = now

    def find(self, secret: str) -> Visitor:
        """Who a cookie stands for; one that is none of ours, or none, is a new visitor's."""
        if not secret or len(secret) > _LONGEST_COOKIE or not secret.isascii():
            return Visitor(secrets.token_urlsafe(_SECRET_BYTES))
        visitor = Visitor(secret, is_new=False)
        held = self._books.session(visitor.session_id, self._now())
        if held is not None:
            visitor.memory = msgspec.convert(dict(held.values), Memory)
            visitor.is_kept = True
            visitor.expires_at = held.expires_at
        return visitor

    def remember(self, visitor: Visitor, **changes: str) -> None:
        """Change what a visitor's session remembers."""
        visitor.memory = msgspec.structs.replace(visitor.memory, **changes)
        visitor.expires_at = visitor.expires_at or self._now() + LIFE
        self._keep(visitor, visitor.expires_at)

    def begin(self, visitor: Visitor, **values: str) -> None:
        """Begin a session anew, under a new secret; what the old one stood for is forgotten.

        Args:
            visitor: whose; it is changed.
            values: what the new session remembers.
        """
        self.end(visitor)
        visitor.memory = Memory(**values)
        visitor.expires_at = self._now() + LIFE
        self._keep(visitor, visitor.expires_at)

    def end(self, visitor: Visitor) -> None:
        """Forget a session; the visitor goes on as a new one."""
        if visitor.is_kept:
            self._books.end_session(visitor.session_id)
        visitor.secret = secrets.token_urlsafe(_SECRET_BYTES)
        visitor.memory = Memory()
        visitor.is_kept, visitor.is_new, visitor.expires_at = False, True, None

    def _keep(self, visitor: Visitor, expires_at: datetime) -> None:
        values: Mapping[str, str] = msgspec.to_builtins(visitor.memory)
        self._books.keep_session(
            Session(id=visitor.session_id, expires_at=expires_at, values=dict(values))
        )
        visitor.is_kept = True
