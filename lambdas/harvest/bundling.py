"""Making the figures that come with the project: ``python -m lambdas.harvest.bundle RAW OUT``.

Runs every connector over real raw files and writes one compact Parquet file a dataset, and a
manifest with the receipts. The same files give the same bytes. The project ships these; the
raw files stay where they are, their addresses, dates and checksums stand in the manifest.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from citylake.datasets import Dataset
from citylake.errors import DatasetInvalid, PortalError
from citylake.places import PLACES_DATASET
from lambdas.harvest.bundle import MANIFEST, Bundled, Manifest, read_manifest
from lambdas.harvest.connectors import CONNECTORS
from lambdas.harvest.gather import Made, Reading, check, make, read_copy, require
from lambdas.harvest.model import Connector, Source
from lambdas.harvest.staging import write_staged

LARGEST_FILE = 1_500_000
"""Bytes that one bundled file may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a bundled dataset differs from the one that was there.

    Attributes:
        dataset: its id.
        records: records now.
        records_before: records before; ``None`` where there was none.
        bytes: size of its file.
        same: whether the file is byte for byte the one that was there.
        left_out: records that were left out.
    """

    dataset: str
    records: int
    records_before: int | None
    bytes: int
    same: bool
    left_out: int

    def __str__(self) -> str:
        """Say it in a line."""
        if self.same:
            told = "unchanged"
        elif self.records_before is None:
            told = "new"
        else:
            told = f"changed ({self.records - self.records_before:+,} records)"
        return (
            f"{self.dataset:16} {self.records:>9,} records {self.bytes:>10,} bytes "
            f"{self.left_out:>7,} left out  {told}"
        )


def build(raw: Path, out: Path, connectors: Sequence[Connector] = CONNECTORS) -> tuple[Change, ...]:
    """Make the bundle in ``out`` from the raw files in ``raw``.

    Raises:
        SourceError: a raw file is missing or not what it was, or a check failed; the bundle that
            was there is left as it is.
        DatasetInvalid: a connector's records contradict its description.
    """
    before = {entry.id: entry for entry in read_manifest(out).datasets}
    out.mkdir(parents=True, exist_ok=True)
    readings: dict[str, Reading] = {}

    def read(source: Source) -> Reading:
        if source.id not in readings:
            readings[source.id] = read_copy(source, raw)
        return readings[source.id]

    tables: dict[str, pa.Table] = {}
    entries: list[Bundled] = []
    with tempfile.TemporaryDirectory(dir=out, prefix=".making-") as making:
        for connector in connectors:
            made = make(
                connector,
                read,
                {name: tables[name].to_pylist() for name in connector.needs},
            )
            tables[connector.dataset.id] = made.table
            _require(connector, tables)
            entries.append(_write(connector.dataset, made, Path(making)))
        return tuple(_put_in_place(Path(making), out, entries, before))


def _require(connector: Connector, tables: Mapping[str, pa.Table]) -> None:
    dataset = connector.dataset
    register = (
        None
        if dataset.id == PLACES_DATASET
        else frozenset(tables[PLACES_DATASET].column("geoid").to_pylist())
    )
    results = check(connector, tables[dataset.id], known_places=register, last_count=None)
    require(dataset, results)


def _write(dataset: Dataset, made: Made, folder: Path) -> Bundled:
    path = folder / f"{dataset.id}.parquet"
    digest = write_staged(made.table, path)
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise DatasetInvalid(
            f"dataset {dataset.id} takes {size:,} bytes as a file of the bundle; "
            f"expected {LARGEST_FILE:,} at most"
        )
    return Bundled(
        id=dataset.id,
        file=path.name,
        sha256=digest,
        records=made.table.num_rows,
        records_in=made.records_in,
        receipts=made.receipts,
        left_out=made.left_out,
    )


def _put_in_place(
    making: Path, out: Path, entries: Sequence[Bundled], before: Mapping[str, Bundled]
) -> Iterator[Change]:
    for entry in entries:
        path = (making / entry.file).replace(out / entry.file)
        held = before.get(entry.id)
        yield Change(
            dataset=entry.id,
            records=entry.records,
            records_before=held.records if held else None,
            bytes=path.stat().st_size,
            same=held is not None and held.sha256 == entry.sha256,
            left_out=sum(group.count for group in entry.left_out),
        )
    for gone in before.keys() - {entry.id for entry in entries}:
        (out / before[gone].file).unlink(missing_ok=True)
    manifest = Manifest(datasets=tuple(entries))
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (out / MANIFEST).write_bytes(body + b"\n")


def main(arguments: Sequence[str]) -> int:
    """Make the bundle and say what changed.

    Returns:
        0 when it was made, 1 when it was not, 2 when the arguments are not two folders.
    """
    match arguments:
        case [raw, out]:
            return _build(Path(raw), Path(out))
        case _:
            print("usage: python -m lambdas.harvest.bundle RAW OUT", file=sys.stderr)
            return 2


def _build(raw: Path, out: Path) -> int:
    try:
        changes = build(raw, out)
    except PortalError as error:
        print(f"the bundle was not made: {error}", file=sys.stderr)
        return 1
    for change in changes:
        print(change)
    return 0
