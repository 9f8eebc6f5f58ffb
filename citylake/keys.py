"""API keys: who may read what a city does not show to everyone, and how often a day.

One JSON object per city, ``keys/{geoid}.json``, replaced by conditional puts. It holds no key, only
the SHA-256 of each: a key is 256 random bits, which nobody finds by trying, so that a slow hash,
made for passwords that people think up, would only cost time on every request.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from citylake.catalog import Entry
from citylake.datasets import Visibility
from citylake.errors import CredentialsRefused, LakeUnusable
from citylake.lake.store import ABSENT, Store, StoredObject, Unchanged, replace_object

HOLD_SECONDS = 60.0
"""How long what was read is believed: a key that is revoked opens nothing a minute later."""

_PREFIX = "clk_"
_RANDOM_BYTES = 32
_SECRET = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")
_ASKED_ANEW_SECONDS = 5.0  # how soon a new key opens what it opens
_MOST_HELD = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What may be read beyond what is public.

    Attributes:
        owner: GEOID of the city whose datasets they are about; empty if about none.
        everything: whether all of its datasets may be read.
        datasets: ids of those that may, in order.
        party: GEOID of whom the key was made out to: reads what is shared with them.
    """

    owner: str = ""
    everything: bool = False
    datasets: tuple[str, ...] = ()
    party: str = ""

    def include(self, entry: Entry) -> bool:
        """Whether a dataset may be read."""
        if entry.visibility is Visibility.PUBLIC:
            return True
        if not self.owner or entry.dataset.owner != self.owner:
            return False
        is_shared = entry.visibility is Visibility.SHARED and self.party in entry.grants
        return self.everything or entry.dataset.id in self.datasets or is_shared


NO_RIGHTS = Rights()
"""Of whoever comes without a key: to read what is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, as it is kept.

    Attributes:
        id: names it for people; it opens nothing.
        name: what it is for, in its city's words.
        sha256: of the key itself, in hexadecimal.
        created_at: when it was made, in UTC.
        daily_calls: how often it may be used between two midnights, UTC.
        rights: what it opens.
        expires_at: from when on it opens nothing; ``None`` for never.
        revoked_at: since when it opens nothing; ``None`` if it was not taken back.
    """

    id: str
    name: str
    sha256: str
    created_at: datetime
    daily_calls: int
    rights: Rights
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Every key of a city by id, the oldest first, those that open nothing any more among them."""

    namespace: str
    keys: Mapping[str, Key] = field(default_factory=dict)


class VersionedKeys(NamedTuple):
    """Keys and the ETag that they had when they were read."""

    keys: Keys
    version: str


def new_secret() -> str:
    """Make the key itself: what its holder sends, and we never keep."""
    return _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def read_keys(store: Store, namespace: str, known: VersionedKeys | None = None) -> VersionedKeys:
    """Read a city's keys; none, of version ``ABSENT``, if it never made any.

    ``known``, as they were read before, is returned as it is if it still holds.

    Raises:
        LakeUnusable: they cannot be read: then nobody's key can be told from a wrong one.
    """
    at = _keys_key(namespace)
    if known is not None and known.version != ABSENT:
        changed = store.get_changed(at, known.version)
        if isinstance(changed, Unchanged):
            return known
    else:
        changed = store.get(at)
    return VersionedKeys(_decode(changed, namespace), changed.etag if changed else ABSENT)


def update_keys(store: Store, namespace: str, change: Callable[[Keys], Keys]) -> Keys:
    """Replace a city's keys by what ``change`` makes of them; it may raise to give up.

    Raises:
        PreconditionFailed: other writers came first too many times; nothing was written.
    """

    def changed(held: StoredObject | None) -> tuple[Keys, bytes]:
        after = change(_decode(held, namespace))
        return after, msgspec.json.format(msgspec.json.encode(after), indent=1)

    return replace_object(store, _keys_key(namespace), changed)[0]


class _HeldKeys(NamedTuple):
    """Keys, and when they were asked for."""

    keys: VersionedKeys
    read_at: float


class KeyRing:
    """Finds keys. Safe to share between threads.

    Args:
        store_of: where the objects of a namespace lie.
        hold_seconds: how long what was read is believed.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        store_of: Callable[[str], Store],
        *,
        hold_seconds: float = HOLD_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store_of = store_of
        self._hold_seconds = hold_seconds
        self._clock = clock
        self._held: dict[str, _HeldKeys] = {}

    def find(self, namespace: str, secret: str, now: datetime) -> Key:
        """Find the key of a city that a caller sent; what cannot be a key is not looked up at all.

        Raises:
            CredentialsRefused: it is none of the city's, or opens nothing any more. The message
                does not repeat it.
            LakeUnusable: the city's keys cannot be read.
        """
        found = None
        if namespace and _SECRET.fullmatch(secret):
            sha256 = hash_of(secret)
            found = _among(self._keys(namespace, self._hold_seconds), sha256)
            if found is None:  # it may have been made since
                anew = min(self._hold_seconds, _ASKED_ANEW_SECONDS)
                found = _among(self._keys(namespace, anew), sha256)
        if found is None:
            raise CredentialsRefused(
                "The API key is not known here: expected one that begins with "
                f"{_PREFIX} and was made by the city whose data this is."
            )
        if found.revoked_at is not None:
            raise CredentialsRefused(f"The API key {found.id} was revoked; ask the city for one.")
        if not found.is_valid(now):
            raise CredentialsRefused(f"The API key {found.id} has expired; ask the city for one.")
        return found

    def _keys(self, namespace: str, hold_seconds: float) -> Keys:
        held = self._held.get(namespace)
        asked_at = self._clock()
        if held and asked_at - held.read_at < hold_seconds:
            return held.keys.keys
        read = read_keys(self._store_of(namespace), namespace, held.keys if held else None)
        if len(self._held) >= _MOST_HELD:  # strangers may ask for a key of any place
            self._held.clear()
        self._held[namespace] = _HeldKeys(read, asked_at)
        return read.keys


def _among(keys: Keys, sha256: str) -> Key | None:
    """The key with this hash. All are looked at, each for the same time whatever was sent."""
    found = None
    for key in keys.keys.values():
        if hmac.compare_digest(key.sha256.encode(), sha256.encode()):
            found = key
    return found


def _keys_key(namespace: str) -> str:
    return f"keys/{namespace}.json"


def _decode(held: StoredObject | None, namespace: str) -> Keys:
    if held is None:
        return Keys(namespace=namespace)
    try:
        return msgspec.json.decode(held.body, type=Keys)
    except msgspec.MsgspecError as error:
        raise LakeUnusable(f"{_keys_key(namespace)} cannot be read: {error}") from error
