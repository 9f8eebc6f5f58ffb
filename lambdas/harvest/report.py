"""What a run did, dataset by dataset: as it is kept in the lake and told to people."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from citylake.catalog import CheckResult, LeftOut, Receipt


class Outcome(StrEnum):
    """How a dataset fared in a run."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One step of a dataset's run and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReport:
    """What a run did for one dataset.

    Attributes:
        release: id of the release that readers see after the run; empty if there is none.
        records_in: records that the sources gave.
        records: records that are published.
        error: why it failed, in a line; empty otherwise.
        kind: what kind of failure that is, by ``failures.kind_of``; empty otherwise.
        details: where an error that nobody foresaw came from; empty otherwise.
    """

    dataset: str
    title: str
    outcome: Outcome
    release: str = ""
    records_in: int = 0
    records: int = 0
    left_out: tuple[LeftOut, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    steps: tuple[StepReport, ...] = ()
    error: str = ""
    kind: str = ""
    details: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run did.

    Attributes:
        id: the instant at which it began and what it was fed with, or the name that it was given;
            the lake keeps it as ``runs/{id}.json``.
        feed: ``bundle`` or ``live``.
    """

    id: str
    feed: str
    started_at: str
    finished_at: str
    datasets: tuple[DatasetReport, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no dataset failed."""
        return all(report.outcome is not Outcome.FAILED for report in self.datasets)

    def of(self, outcome: Outcome) -> tuple[DatasetReport, ...]:
        """The datasets that fared so."""
        return tuple(report for report in self.datasets if report.outcome is outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands.

    Attributes:
        dataset: id of the dataset that is being harvested.
        title: its title.
        step: what is being done to it.
        number: which dataset of the run it is, from 1.
        of: how many datasets the run has.
    """

    dataset: str
    title: str
    step: str
    number: int
    of: int


Tell = Callable[[Progress], None]
"""Told where a run stands as each step begins."""
