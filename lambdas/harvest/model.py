"""The nouns of the harvest: a source, a connector, what it reads and what it makes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pyarrow as pa

from citylake.catalog import CheckResult, LeftOut
from citylake.datasets import PUBLIC_DOMAIN, Dataset, License
from lambdas.harvest.fetch import Get

Record = Mapping[str, str]
"""One record as a publisher has it: every value is text, empty where there is none."""

Value = str | int | float | bool | bytes | date | list[str] | None

Row = dict[str, Value]
"""One record as it is published; its keys are columns (``location__lon`` for a point, WKB for
a shape)."""

_EXAMPLES = 12


class SourceProtocol(Protocol):
    """How one kind of server or file is spoken to."""

    def pages(self, get: Get) -> Iterator[list[Record]]:
        """Read the records in the publisher's order, some at a time.

        Raises:
            SourceChanged: the answer lacks a declared field, or is of another shape.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A public copy of a publisher's file, from which bundled figures are made.

    Attributes:
        path: where it lies among the raw files that ``make bundle`` is given.
        copied_from: public repository, path and commit that it was taken from.
        protocol: how it is read, where it is shaped otherwise than the publisher's own.
        retrieved_on: day on which it was taken, ISO.
        note: what is odd about it.
    """

    path: str
    copied_from: str
    protocol: SourceProtocol | None = None
    retrieved_on: str = "2026-11-22"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One edition of one publisher's file or table.

    Attributes:
        id: slug; it names the raw bytes in the lake.
        publisher: who released it.
        address: where the publisher keeps it, for people and for receipts.
        vintage: edition, as the publisher names it; never the day it was fetched.
        protocol: how it is read.
        copy: the public copy that the bundle is made from; ``None`` where nothing is bundled.
        fetchable: whether ``address`` answers a program; a form for people does not.
    """

    id: str
    publisher: str
    address: str
    vintage: str
    protocol: SourceProtocol
    copy: Copy | None = None
    license: License = PUBLIC_DOMAIN
    fetchable: bool = True


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a connector makes its records from.

    Attributes:
        by_source: records as published, by the id of their source.
        by_dataset: records of the datasets that the connector needs, by dataset id.
    """

    by_source: Mapping[str, Sequence[Record]]
    by_dataset: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def records(self, source: Source) -> Sequence[Record]:
        """The records of a source that the connector declares."""
        return self.by_source[source.id]

    def rows(self, dataset_id: str) -> Sequence[Row]:
        """The records of a dataset that the connector declares to need."""
        return self.by_dataset[dataset_id]


class Draft:
    """Records on their way into a dataset, and those that stay behind, each with its reason."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def add(self, row: Row) -> None:
        """Take a record in."""
        self.rows.append(row)

    def leave_out(self, reason: str, example: str) -> None:
        """Leave a record out; it is counted, and the first of each reason are named."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(example)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was left out, the most frequent reason first."""
        by_count = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            LeftOut(reason=reason, count=count, examples=tuple(self._examples[reason]))
            for reason, count in by_count
        )


Conform = Callable[[Inputs], Draft]


class Check(Protocol):
    """A question asked of a dataset's records before they are published."""

    def __call__(self, evidence: "Evidence") -> CheckResult:
        """Answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a check may look at.

    Attributes:
        dataset: what the records are said to be.
        table: the records, in the columns of ``staged_schema``.
        known_places: GEOIDs of the register; ``None`` for the register itself.
        last_count: records of the release that readers see now; ``None`` if there is none.
        signed: fields whose amounts may be negative.
    """

    dataset: Dataset
    table: pa.Table
    known_places: frozenset[str] | None
    last_count: int | None
    signed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One dataset: what it is, where it comes from, and how one becomes the other.

    Attributes:
        conform: makes the published records from the sources' records.
        needs: ids of datasets that must be harvested before.
        checks: what is asked besides the questions that every dataset is asked.
        change_pct: by how many percent the number of records may differ from the last release.
        signed: fields whose amounts may be negative: corrections, balances.
    """

    dataset: Dataset
    sources: tuple[Source, ...]
    conform: Conform
    needs: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    change_pct: float = 10.0
    signed: tuple[str, ...] = ()
