"""Who asks: nobody in particular, or the holder of a key, whose calls are counted.

A key comes as ``Authorization: Apikey K``, in any case; ``Bearer K`` and the parameters ``apikey``
and ``access_token`` say the same. The header counts before the parameters, and of several keys in
one of them the first: a client of the vendor's doubles its header on each call. An empty one counts
as none. Whatever else a header says is refused: whoever takes themselves for known must not be
answered as a stranger.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from citylake.errors import CredentialsRefused
from citylake.keys import NO_RIGHTS, KeyRing, Rights
from citylake.lake.read import Lake
from lambdas.query.pairs import is_credential, read_pairs
from lambdas.query.quota import Allowance, CallCounter
from lambdas.query.scope import Scope

_SCHEMES = ("apikey", "bearer")

_NOT_TOLD = {"Referrer-Policy": "no-referrer"}

_HANDED: ContextVar[Rights | None] = ContextVar("handed", default=None)


@contextlib.contextmanager
def handed(rights: Rights) -> Iterator[None]:
    """Answer what happens inside with these rights, of somebody who was let in before."""
    token = _HANDED.set(rights)
    try:
        yield
    finally:
        _HANDED.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How somebody was let in.

    Attributes:
        rights: what they may read beyond what is public.
        is_keyed: whether it was by a key: then the answer is theirs alone.
        headers: what goes with the answer: what is left of their calls, and that no address with
            a key in it is told to where they go next.
    """

    rights: Rights = NO_RIGHTS
    is_keyed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


_EVERYONE = Admission()


class Doorman:
    """Lets requests in.

    Args:
        ring: finds keys.
        counter: counts their calls.
        now: the clock.
    """

    def __init__(
        self,
        ring: KeyRing,
        counter: CallCounter,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ring = ring
        self._counter = counter
        self._now = now

    @classmethod
    def of(cls, lake: Lake, counter: CallCounter | None = None) -> "Doorman":
        """The doorman of a lake, who counts each call by itself unless told otherwise."""
        return cls(KeyRing(lake.store_of), counter or CallCounter(lake.store_of))

    def admit(self, event: BaseProxyEvent, scope: Scope) -> Admission:
        """Let a request in, and count it if it comes with a key.

        Args:
            event: the request.
            scope: whom it is about: a key opens its own city's data and is asked of no other.

        Raises:
            CredentialsRefused: it comes with a key that opens nothing here.
            QuotaUsedUp: its key has no calls left today.
            LakeUnusable: the keys cannot be read.
        """
        if (rights := _HANDED.get()) is not None:
            return Admission(rights=rights, is_keyed=True, headers=_NOT_TOLD)
        secret = _credential(event)
        if not secret:
            return _EVERYONE
        namespace = scope.place.geoid if scope.place else ""
        key = self._ring.find(namespace, secret, self._now())
        allowance = self._counter.count(key)
        return Admission(rights=key.rights, is_keyed=True, headers=_NOT_TOLD | _told(allowance))


def _credential(event: BaseProxyEvent) -> str:
    """What a request says of who sent it; empty if nothing.

    Raises:
        CredentialsRefused: a header that is no key's.
    """
    said = event.headers.get("authorization", "").partition(",")[0].strip()
    scheme, _, secret = said.partition(" ")
    if said and scheme.lower() not in _SCHEMES:
        raise CredentialsRefused(
            "The Authorization header holds no key: expected Apikey and a key."
        )
    if secret := secret.strip():
        return secret
    pairs = read_pairs(event.get("rawQueryString") or "")
    return next((value for name, value in pairs if is_credential(name) and value), "")


def _told(allowance: Allowance | None) -> dict[str, str]:
    if allowance is None:
        return {}
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(allowance.resets_at),
    }
