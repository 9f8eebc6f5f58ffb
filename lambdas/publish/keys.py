"""A city's API keys: making one, and taking it back."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from citylake.errors import KeyNotFound, LimitReached, ParameterInvalid
from citylake.keys import Key, Keys, Rights, hash_of, new_secret, read_keys, update_keys
from citylake.lake.read import Lake
from lambdas.publish.register import find_publisher

DAILY_CALLS = 10_000
"""Calls a day that a key has unless its city says otherwise."""

MOST_DAILY_CALLS = 10_000_000
"""Calls a day that a key may have at most."""

MOST_KEYS = 500
"""Keys that a city may have, those that open nothing any more aside."""

_ID_BYTES = 4
_LONGEST_NAME = 100
_MOST_DATASETS = 200

Clock = Callable[[], datetime]


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new key is to be.

    Attributes:
        name: what it is for.
        everything: whether it opens all datasets of the city.
        datasets: ids of those that it opens.
        party: GEOID or address of whom it is made out to: it opens what is shared with them.
        daily_calls: calls that it has a day.
        expires_at: from when on it opens nothing; ``None`` for never.
    """

    name: str
    everything: bool = False
    datasets: Sequence[str] = ()
    party: str = ""
    daily_calls: int = DAILY_CALLS
    expires_at: datetime | None = None


def create_key(lake: Lake, owner: str, wanted: Wanted, *, now: Clock = _utc) -> tuple[Key, str]:
    """Make a key of a city.

    Args:
        lake: the lake as the city sees it.
        owner: GEOID of the city.
        wanted: what it is to be.
        now: the clock.

    Returns:
        The key as it is kept, and the key itself, which can never be had again.

    Raises:
        ParameterInvalid: no name, nothing to open, or an instant or a number that cannot be.
        DatasetNotFound: the city has no such dataset.
        PlaceNotFound: there is no such party.
        PlaceInvalid: the party has no government.
        LimitReached: the city has too many keys.
    """
    made_at = now().astimezone(UTC).replace(microsecond=0)
    _check(wanted, made_at)
    for dataset_id in wanted.datasets:
        lake.entry(dataset_id, owner)
    secret = new_secret()
    key = Key(
        id=secrets.token_hex(_ID_BYTES),
        name=wanted.name.strip(),
        sha256=hash_of(secret),
        created_at=made_at,
        daily_calls=wanted.daily_calls,
        rights=Rights(
            owner=owner,
            everything=wanted.everything,
            datasets=tuple(sorted(set(wanted.datasets))),
            party=find_publisher(lake, wanted.party).geoid if wanted.party else "",
        ),
        expires_at=wanted.expires_at and wanted.expires_at.astimezone(UTC),
    )

    def change(held: Keys) -> Keys:
        # Those that open nothing stay for a while, so that whoever sends one is told why.
        valid = [each for each in held.keys.values() if each.is_valid(made_at)]
        if len(valid) >= MOST_KEYS:
            raise LimitReached(
                f"{owner} has {len(valid)} keys; at most {MOST_KEYS} may be. Revoke one first."
            )
        ended = [each for each in held.keys.values() if not each.is_valid(made_at)]
        kept = sorted((*valid, *ended[-MOST_KEYS:]), key=lambda each: each.created_at)
        return replace(held, keys={each.id: each for each in (*kept, key)})

    update_keys(lake.store_of(owner), owner, change)
    return key, secret


def list_keys(lake: Lake, owner: str) -> Sequence[Key]:
    """List a city's keys, the oldest first, those that open nothing any more among them."""
    return tuple(read_keys(lake.store_of(owner), owner).keys.keys.values())


def revoke_key(lake: Lake, owner: str, key_id: str, *, now: Clock = _utc) -> Key:
    """Take a key back: within a minute it opens nothing. Done twice, the first time counts.

    Raises:
        KeyNotFound: the city has no such key.
    """
    revoked_at = now().astimezone(UTC).replace(microsecond=0)

    def change(held: Keys) -> Keys:
        try:
            key = held.keys[key_id]
        except KeyError:
            raise KeyNotFound(f"{owner} has no key {key_id[:40]!r}") from None
        revoked = replace(key, revoked_at=key.revoked_at or revoked_at)
        return replace(held, keys={**held.keys, key_id: revoked})

    return update_keys(lake.store_of(owner), owner, change).keys[key_id]


def _check(wanted: Wanted, now: datetime) -> None:
    if not 0 < len(wanted.name.strip()) <= _LONGEST_NAME or not wanted.name.isprintable():
        raise ParameterInvalid(
            f"a key's name is {wanted.name[:120]!r}; expected what it is for, "
            f"in 1 to {_LONGEST_NAME} characters"
        )
    if wanted.everything == bool(wanted.datasets or wanted.party):
        raise ParameterInvalid(
            "what a key opens: expected either everything, or some datasets, a party that "
            "the city shares with, or both"
        )
    if len(wanted.datasets) > _MOST_DATASETS:
        raise ParameterInvalid(
            f"a key is to open {len(wanted.datasets)} datasets; at most {_MOST_DATASETS} can be "
            "named, or everything"
        )
    if not 1 <= wanted.daily_calls <= MOST_DAILY_CALLS:
        raise ParameterInvalid(
            f"a key's calls a day are {wanted.daily_calls}; expected 1 to {MOST_DAILY_CALLS}"
        )
    if wanted.expires_at is not None and (
        wanted.expires_at.tzinfo is None or wanted.expires_at <= now
    ):
        raise ParameterInvalid(
            f"a key's end is {wanted.expires_at.isoformat()}; "
            "expected a later instant, with its offset from UTC"
        )
