"""From sources to a table: read what a connector declares, and let it make its records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from citylake.catalog import CheckResult, LeftOut, Receipt
from citylake.datasets import Dataset
from citylake.errors import ChecksFailed, SourceUnreachable
from lambdas.harvest.checks import checks_of
from lambdas.harvest.fetch import Answer, Folder, Get
from lambdas.harvest.model import Connector, Evidence, Inputs, Record, Row, Source
from lambdas.harvest.staging import checksum, to_table


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source gave.

    Attributes:
        records: its records, as published.
        receipt: where the bytes came from.
    """

    records: Sequence[Record]
    receipt: Receipt


Read = Callable[[Source], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A dataset's records, ready to be checked.

    Attributes:
        table: the records, in the columns of ``staged_schema`` and the order of the key.
        receipts: where they came from, in the order in which the connector names its sources.
        left_out: what is not among them, and why.
        records_in: records that the sources gave.
    """

    table: pa.Table
    receipts: tuple[Receipt, ...]
    left_out: tuple[LeftOut, ...]
    records_in: int


def make(connector: Connector, read: Read, needs: Mapping[str, Sequence[Row]]) -> Made:
    """Read a connector's sources and make its records.

    Raises:
        SourceError: a source cannot be read, or is not what it was.
        DatasetInvalid: the records contradict the description.
    """
    readings = {source.id: read(source) for source in connector.sources}
    inputs = Inputs({name: reading.records for name, reading in readings.items()}, needs)
    draft = connector.conform(inputs)
    return Made(
        table=to_table(connector.dataset, draft.rows),
        receipts=tuple(reading.receipt for reading in readings.values()),
        left_out=draft.left_out,
        records_in=sum(len(reading.records) for reading in readings.values()),
    )


def check(
    connector: Connector,
    table: pa.Table,
    *,
    known_places: frozenset[str] | None,
    last_count: int | None,
) -> tuple[CheckResult, ...]:
    """Ask every question that the connector must answer."""
    evidence = Evidence(
        dataset=connector.dataset,
        table=table,
        known_places=known_places,
        last_count=last_count,
        signed=connector.signed,
    )
    return tuple(ask(evidence) for ask in checks_of(connector))


def require(dataset: Dataset, results: Sequence[CheckResult]) -> None:
    """Stop what must not be published.

    Raises:
        ChecksFailed: a blocking check failed.
    """
    failed = [result for result in results if result.blocking and not result.passed]
    if failed:
        found = "; ".join(f"{result.name}: {result.notes}" for result in failed)
        raise ChecksFailed(f"dataset {dataset.id} is not published: {found}")


class Keeping:
    """A ``Get`` that remembers the answers that passed through it.

    Args:
        get: asks.
        keep: told each answer before anybody reads it.
    """

    def __init__(self, get: Get, keep: Callable[[Answer], object] = lambda _: None) -> None:
        self._get = get
        self._keep = keep
        self.answers: list[Answer] = []

    def __call__(self, address: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Ask, and remember."""
        answer = self._get(address, parameters)
        self._keep(answer)
        self.answers.append(answer)
        return answer

    @property
    def sha256(self) -> str:
        """The checksum of the bytes; of the answers' checksums where there were several."""
        digests = [checksum(answer.body) for answer in self.answers]
        return digests[0] if len(digests) == 1 else checksum("".join(digests).encode())


def read_copy(source: Source, raw: Path) -> Reading:
    """Read a source from its public copy among the raw files.

    Raises:
        SourceError: the copy is not there, or is not what it was.
    """
    copy = source.copy
    if copy is None:
        raise SourceUnreachable(f"source {source.id} has no public copy; expected one to bundle")
    keeping = Keeping(Folder(raw, copy.path))
    protocol = copy.protocol or source.protocol
    records = [record for page in protocol.pages(keeping) for record in page]
    return Reading(
        records,
        Receipt(
            publisher=source.publisher,
            address=source.address,
            vintage=source.vintage,
            sha256=keeping.sha256,
            retrieved_on=copy.retrieved_on,
            license=source.license.name,
            copied_from=copy.copied_from,
            records=len(records),
            note=copy.note,
        ),
    )
