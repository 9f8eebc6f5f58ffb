"""A run: take what sources give, check it, publish it, and keep a report of all that.

Records come from the bundle or from their publishers; the checks and the publishing are the same.
Each dataset stands alone: when one fails, readers keep its last good release, the report says why,
and the others go on. A run that was cut off is simply run again: what was published and has not
changed since is skipped.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
from pyiceberg.catalog import Catalog as Tables

from citylake.catalog import Catalog, CheckResult, Release, update_catalog
from citylake.datasets import NATIONAL, Dataset
from citylake.errors import DatasetNotFound, LakeTooNew, LakeUnusable, PortalError
from citylake.lake.read import Lake
from citylake.lake.records import read_records
from citylake.lake.write import Staged, Writer
from citylake.places import PLACES_DATASET
from lambdas.harvest.connectors import CONNECTORS, LIVE_CONNECTORS
from lambdas.harvest.failures import kind_of
from lambdas.harvest.feeds import BundleFeed, Feed, Taken, digest
from lambdas.harvest.gather import check, require
from lambdas.harvest.model import Connector
from lambdas.harvest.report import (
    DatasetReport,
    Outcome,
    Progress,
    RunReport,
    StepReport,
    Tell,
)
from lambdas.harvest.staging import read_staged

__all__ = ["BundleFeed", "DatasetReport", "Outcome", "Progress", "RunReport", "fill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What the lake remembers of the last time a dataset was harvested."""

    fingerprint: str
    release: str


@dataclass(slots=True)
class _Steps:
    """Times the steps of a dataset's run."""

    tell: Callable[[str], None]
    done: list[StepReport] = field(default_factory=list)
    _name: str = ""
    _began: float = 0.0

    def begin(self, name: str) -> None:
        """End the step before, if there was one, and begin the next."""
        self.end()
        self.tell(name)
        self._name, self._began = name, time.monotonic()

    def end(self) -> None:
        """End the step that was begun."""
        if self._name:
            seconds = round(time.monotonic() - self._began, 3)
            self.done.append(StepReport(name=self._name, seconds=seconds))
        self._name = ""


def fill(
    lake: Lake,
    tables: Tables,
    *,
    datasets: Sequence[str] | None = None,
    progress: Tell = lambda _: None,
    feed: Feed | None = None,
    connectors: Sequence[Connector] = CONNECTORS,
    live_connectors: Sequence[Connector] = LIVE_CONNECTORS,
    anew: bool = False,
    run_id: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RunReport:
    """Harvest datasets into a lake, in order, skipping what has not changed.

    The report is kept in the lake under ``runs/`` unless nothing happened. The catalog is told what
    the lake still awaits: datasets of ``live_connectors`` that it does not hold.

    Args:
        lake: the lake that is filled.
        tables: its Iceberg tables.
        datasets: ids of the datasets to harvest; unless told, all those that are bundled.
        progress: told each step as it begins.
        feed: where the records come from; the bundle unless told.
        connectors: what can be harvested, and is unless datasets are named.
        live_connectors: what can be harvested by name only.
        anew: publish even what has not changed, for a lake that was damaged.
        run_id: what the report is called; the instant at which the run began, unless told.
        now: the clock.

    Raises:
        DatasetNotFound: no connector makes a dataset that was named.
        LakeUnusable: the lake cannot be written; nothing more can be harvested.
        LakeTooNew: a newer version of Citylake wrote it.
    """
    chosen = _choose(connectors, live_connectors, datasets)
    lake.begin()
    feed = feed or BundleFeed()
    started_at = now()
    reports = []
    for number, connector in enumerate(chosen, start=1):
        stand = Progress(
            dataset=connector.dataset.id,
            title=connector.dataset.title,
            step="",
            number=number,
            of=len(chosen),
        )

        def tell(step: str, stand: Progress = stand) -> None:
            progress(replace(stand, step=step))

        reports.append(
            _DatasetRun(lake, tables, feed=feed, connector=connector, anew=anew, tell=tell).report()
        )
    _await(lake, live_connectors)
    report = RunReport(
        id=run_id or f"{started_at:%Y%m%dT%H%M%S%fZ}-{feed.name}",
        feed=feed.name,
        started_at=started_at.isoformat(timespec="seconds"),
        finished_at=now().isoformat(timespec="seconds"),
        datasets=tuple(reports),
    )
    if any(made.outcome is not Outcome.UNCHANGED for made in reports):
        body = msgspec.json.format(msgspec.json.encode(report), indent=1)
        lake.store.put(f"runs/{report.id}.json", body)
    return report


def _choose(
    connectors: Sequence[Connector],
    live_connectors: Sequence[Connector],
    datasets: Sequence[str] | None,
) -> list[Connector]:
    if datasets is None:
        return list(connectors)
    nameable = {each.dataset.id: each for each in (*connectors, *live_connectors)}
    for name in datasets:
        if name not in nameable:
            raise DatasetNotFound(
                f"no connector makes dataset {name}; there are {', '.join(nameable)}"
            )
    return [each for name, each in nameable.items() if name in datasets]


def _await(lake: Lake, live_connectors: Sequence[Connector]) -> None:
    """Tell the catalog which datasets the lake could hold and does not."""

    def awaited(catalog: Catalog) -> tuple[Dataset, ...]:
        described = (connector.dataset for connector in live_connectors)
        return tuple(each for each in described if each.id not in catalog.datasets)

    held = lake.catalog().catalog
    if held.awaited != awaited(held):
        update_catalog(lake.store, NATIONAL, lambda now: replace(now, awaited=awaited(now)))


class _DatasetRun:
    """One dataset's part of a run."""

    def __init__(
        self,
        lake: Lake,
        tables: Tables,
        *,
        feed: Feed,
        connector: Connector,
        anew: bool,
        tell: Callable[[str], None],
    ) -> None:
        self._anew = anew
        self._lake = lake
        self._tables = tables
        self._feed = feed
        self._connector = connector
        self._dataset = connector.dataset
        self._checks: tuple[CheckResult, ...] = ()
        self._steps = _Steps(tell)

    def report(self) -> DatasetReport:
        """Harvest the dataset; say how it went, whatever happens to it."""
        try:
            return self._harvest()
        except (LakeUnusable, LakeTooNew):
            raise
        except PortalError as error:
            return self._failed(error, str(error))
        except Exception as error:  # noqa: BLE001 - a connector's mistake must not stop the others
            said = f"{type(error).__name__}: {error}"
            return self._failed(error, said, traceback.format_exc())

    def _harvest(self) -> DatasetReport:
        entry = self._lake.catalog().catalog.datasets.get(self._dataset.id)
        self._steps.begin("take")
        with self._feed.take(self._connector) as taken:
            fingerprint = digest(taken.fingerprint, self._dataset)
            current = entry and _Published(fingerprint=fingerprint, release=entry.release)
            unchanged = not self._anew and current is not None and current == self._remembered()
            if unchanged:
                release = self._lake.release(self._dataset.id)
            else:
                release = self._publish(taken, entry.records_count if entry else None)
                self._steps.begin("remember")
                self._remember(_Published(fingerprint=fingerprint, release=release.id))
        self._steps.end()
        return DatasetReport(
            dataset=self._dataset.id,
            title=self._dataset.title,
            outcome=Outcome.UNCHANGED if unchanged else Outcome.PUBLISHED,
            release=release.id,
            records_in=taken.records_in,
            records=release.records_count,
            left_out=release.left_out,
            checks=release.checks,
            receipts=release.receipts,
            steps=tuple(self._steps.done),
        )

    def _publish(self, taken: Taken, last_count: int | None) -> Release:
        self._steps.begin("check")
        self._checks = check(
            self._connector,
            read_staged(taken.parquet),
            known_places=self._known_places(),
            last_count=last_count,
        )
        require(self._dataset, self._checks)
        staged = Staged(
            parquet=taken.parquet,
            receipts=taken.receipts,
            checks=self._checks,
            left_out=taken.left_out,
        )
        writer = Writer(self._lake, self._tables, step=self._publishing)
        return writer.publish(self._dataset, staged)

    def _failed(self, error: Exception, said: str, details: str = "") -> DatasetReport:
        self._steps.end()
        entry = self._lake.catalog().catalog.datasets.get(self._dataset.id)
        return DatasetReport(
            dataset=self._dataset.id,
            title=self._dataset.title,
            outcome=Outcome.FAILED,
            release=entry.release if entry else "",
            records=entry.records_count if entry else 0,
            checks=self._checks,
            steps=tuple(self._steps.done),
            error=said,
            kind=kind_of(error),
            details=details,
        )

    def _publishing(self, step: str) -> None:
        if step != "done":
            self._steps.begin(step)

    def _known_places(self) -> frozenset[str] | None:
        if self._dataset.id == PLACES_DATASET:
            return None
        return frozenset(read_column(self._lake, PLACES_DATASET, "geoid"))

    def _remembered(self) -> _Published | None:
        held = self._lake.store.get(self._memory_key)
        if held is None:
            return None
        try:
            return msgspec.json.decode(held.body, type=_Published)
        except msgspec.MsgspecError:
            return None  # written by another version: harvest once more, which is always safe

    def _remember(self, published: _Published) -> None:
        self._lake.store.put(self._memory_key, msgspec.json.encode(published))

    @property
    def _memory_key(self) -> str:
        return f"runs/published/{self._dataset.owner}/{self._dataset.id}.json"


def read_column(lake: Lake, dataset_id: str, name: str) -> Sequence[str]:
    """Read one text column of a dataset's current release.

    Raises:
        DatasetNotFound: the lake has no such dataset yet.
    """
    column = read_records(lake, lake.release(dataset_id), name).column(name)
    return [str(value) for value in column.to_pylist()]
