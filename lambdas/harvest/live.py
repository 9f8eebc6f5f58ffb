"""The other feed of a run: publishers' own servers, their bytes kept unchanged in the lake.

What a publisher sent is kept under ``raw/{source}/{checksum}``, with what it takes to ask next time
whether it changed. A publisher who says that it did not costs one small request and no new release.
What came when is listed beside it: see ``landed``.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from citylake.catalog import Receipt
from citylake.errors import SourceUnreachable
from citylake.lake.read import Lake
from citylake.lake.records import read_records
from lambdas.harvest.feeds import Taken, digest
from lambdas.harvest.fetch import Answer, Get, HttpGet, Known, Limits, Secret
from lambdas.harvest.gather import Keeping, Reading, make
from lambdas.harvest.landed import Landing, add_landings
from lambdas.harvest.model import Connector, Row, Source
from lambdas.harvest.staging import checksum, write_staged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What is remembered of an answer, beside its bytes."""

    address: str
    sha256: str
    etag: str
    last_modified: str
    content_type: str
    retrieved_on: str


def keys_from(environment: Mapping[str, str]) -> tuple[Secret, ...]:
    """Read the API keys that publishers ask for: ``CENSUS_API_KEY``, if it is set."""
    key = environment.get("CENSUS_API_KEY", "")
    return (Secret("api.census.gov", "key", key),) if key else ()


_LARGEST_ANSWER = 2 * 1024**3
"""Bytes that a publisher may send at once: Redfin's file of city sales has 930 MB."""


def get_from_publishers(known: Known, *, total_seconds: float = 3_600) -> Get:
    """Ask publishers over HTTP, with the keys of this process's environment.

    Args:
        known: answers that were kept.
        total_seconds: longest time for one whole answer.
    """
    limits = Limits(bytes=_LARGEST_ANSWER, total_seconds=total_seconds)
    return HttpGet(secrets=keys_from(os.environ), known=known, limits=limits)


class RawStore:
    """Publishers' answers, unchanged, in a lake's store.

    Args:
        lake: the lake that keeps them.
        now: the clock.
    """

    def __init__(self, lake: Lake, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = lake.store
        self._now = now

    def keep(self, source: Source, answer: Answer) -> str:
        """Keep an answer's bytes, whatever they turn out to be, and return their key."""
        key = self._body_key(source, checksum(answer.body))
        if self._store.get(key) is None:
            self._store.put(key, answer.body)
        return key

    def remember(self, source: Source, answer: Answer) -> None:
        """Remember an answer that could be read, so that it need not be sent again."""
        memory = _Memory(
            address=answer.address,
            sha256=checksum(answer.body),
            etag=answer.etag,
            last_modified=answer.last_modified,
            content_type=answer.content_type,
            retrieved_on=self._now().date().isoformat(),
        )
        self._store.put(self._memory_key(source, answer.address), msgspec.json.encode(memory))

    def known(self, source: Source) -> Known:
        """Give the answers that were kept for a source, by address."""

        def find(address: str) -> Answer | None:
            held = self._store.get(self._memory_key(source, address))
            if held is None:
                return None
            memory = msgspec.json.decode(held.body, type=_Memory)
            body = self._store.get(self._body_key(source, memory.sha256))
            if body is None:
                return None
            return Answer(
                body.body, address, memory.content_type, memory.etag, memory.last_modified
            )

        return find

    def note(self, source: Source, answers: Sequence[Answer]) -> None:
        """List answers that were kept, so that whoever operates can ask what came when."""
        add_landings(self._store, source.id, [self._landing(source, answer) for answer in answers])

    def _landing(self, source: Source, answer: Answer) -> Landing:
        sha256 = checksum(answer.body)
        return Landing(
            source=source.id,
            address=answer.address,
            key=self._body_key(source, sha256),
            sha256=sha256,
            bytes=len(answer.body),
            content_type=answer.content_type,
            last_modified=answer.last_modified,
            retrieved_on=self._now().date().isoformat(),
        )

    @staticmethod
    def _body_key(source: Source, sha256: str) -> str:
        return f"raw/{source.id}/{sha256}"

    @staticmethod
    def _memory_key(source: Source, address: str) -> str:
        return f"raw/{source.id}/{checksum(address.encode())[:16]}.json"


class LiveFeed:
    """Publishers' servers.

    Args:
        lake: keeps what they send, and has the datasets that others are made from.
        get_with: makes what asks them, given what was kept; the seam for tests.
        now: the clock.
    """

    name = "live"

    def __init__(
        self,
        lake: Lake,
        *,
        get_with: Callable[[Known], Get] = get_from_publishers,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._lake = lake
        self._raw = RawStore(lake, now)
        self._get_with = get_with
        self._now = now

    @contextmanager
    def take(self, connector: Connector) -> Iterator[Taken]:
        """Ask the connector's publishers and make its records.

        Raises:
            SourceUnreachable: a source has no address that answers a program, or did not answer.
            SourceChanged: an answer is not of the declared shape.
            DatasetNotFound: a dataset that the connector needs is not in the lake yet.
        """
        for source in connector.sources:
            if not source.fetchable:
                raise SourceUnreachable(
                    f"dataset {connector.dataset.id} cannot be harvested live: {source.address} "
                    f"does not answer a program with {source.id}; use the bundled figures"
                )
        needs = {name: self._rows(name) for name in connector.needs}
        made = make(connector, self._read, needs)
        joined = [self._lake.release(name).id for name in connector.needs]
        with tempfile.TemporaryDirectory(prefix="citylake-") as folder:
            path = Path(folder) / f"{connector.dataset.id}.parquet"
            write_staged(made.table, path)
            yield Taken(
                parquet=path,
                fingerprint=digest(
                    [receipt.sha256 for receipt in made.receipts], made.left_out, joined
                ),
                receipts=made.receipts,
                left_out=made.left_out,
                records_in=made.records_in,
            )

    def _read(self, source: Source) -> Reading:
        keys: list[str] = []
        keeping = Keeping(
            self._get_with(self._raw.known(source)),
            keep=lambda answer: keys.append(self._raw.keep(source, answer)),
        )
        try:
            records = [record for page in source.protocol.pages(keeping) for record in page]
        finally:  # what could not be read was sent all the same
            self._raw.note(source, keeping.answers)
        for answer in keeping.answers:
            self._raw.remember(source, answer)
        return Reading(
            records,
            Receipt(
                publisher=source.publisher,
                address=source.address,
                vintage=source.vintage,
                sha256=keeping.sha256,
                retrieved_on=self._now().date().isoformat(),
                license=source.license.name,
                raw_key=" ".join(keys),
                records=len(records),
            ),
        )

    def _rows(self, dataset_id: str) -> Sequence[Row]:
        rows: list[Row] = read_records(self._lake, self._lake.release(dataset_id)).to_pylist()
        return rows
