"""The list of what publishers sent: which bytes came from where, and on which day they first came.

One object per source, ``raw/landings/{source}.json``, beside the bytes themselves, which are kept
under ``raw/{source}/{checksum}``. Bytes that came before are not listed again: a line is a landing,
not a request.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from citylake.errors import LakeUnusable, PreconditionFailed
from citylake.lake.store import ABSENT, Store

_FOLDER = "raw/landings/"
_ATTEMPTS = 12
_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """One answer of a publisher, as its bytes first came.

    Attributes:
        source: id of the source.
        address: what was asked, without secrets.
        key: where the lake keeps the bytes.
        sha256: their checksum.
        bytes: how many.
        content_type: media type as the publisher declared it; empty if it did not.
        last_modified: the publisher's date for them, as sent; empty likewise.
        retrieved_on: day on which they came, ISO, in UTC.
    """

    source: str
    address: str
    key: str
    sha256: str
    bytes: int
    content_type: str
    last_modified: str
    retrieved_on: str


def add_landings(
    store: Store,
    source: str,
    landings: Sequence[Landing],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """List what a source sent, unless the same bytes of the same address are listed already.

    Two datasets may be made from one source, at once: whoever comes second adds to the first's.

    Args:
        store: where the lake's objects lie.
        source: id of the source.
        landings: what it sent.
        pause: waits, in seconds.

    Raises:
        PreconditionFailed: others came first too many times; nothing was written.
        LakeUnusable: the list that is there is none.
    """
    key = f"{_FOLDER}{source}.json"
    for attempt in range(_ATTEMPTS):
        if attempt:
            longest = min(_LONGEST_PAUSE, 0.01 * 2**attempt)
            pause(random.uniform(0, longest))  # noqa: S311 - no secret: only to spread the writers
        held = store.get(key)
        listed = _decode(key, held.body) if held else ()
        known = {(each.address, each.sha256) for each in listed}
        fresh = {
            (each.address, each.sha256): each
            for each in landings
            if (each.address, each.sha256) not in known
        }
        if not fresh:
            return
        body = msgspec.json.format(msgspec.json.encode((*listed, *fresh.values())), indent=1)
        try:
            store.put(key, body, if_match=held.etag if held else ABSENT)
        except PreconditionFailed:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def read_landings(store: Store) -> Iterator[Landing]:
    """Read what all sources sent, source by source, the oldest first.

    Raises:
        LakeUnusable: a list is none.
    """
    for key in store.keys(_FOLDER):
        held = store.get(key)
        if held:
            yield from _decode(key, held.body)


def _decode(key: str, body: bytes) -> tuple[Landing, ...]:
    try:
        return msgspec.json.decode(body, type=tuple[Landing, ...])
    except msgspec.MsgspecError as error:
        raise LakeUnusable(f"{key} is no list of landings: {error}") from error
