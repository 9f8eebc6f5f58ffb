"""What a run harvests, and in which order: stage after stage, each at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from citylake.errors import DatasetNotFound
from citylake.places import PLACES_DATASET
from lambdas.harvest.model import Connector

BUNDLE = "bundle"
LIVE = "live"
FEEDS = (BUNDLE, LIVE)
"""Where a dataset's records come from: the figures of the project, or its publishers."""


@dataclass(frozen=True, slots=True)
class Order:
    """One dataset that is to be harvested, and what from."""

    dataset: str
    feed: str


def plan_run(
    feed: str,
    datasets: Sequence[str] | None = None,
    *,
    connectors: Sequence[Connector],
    live_connectors: Sequence[Connector] = (),
) -> tuple[tuple[Order, ...], ...]:
    """Say what a run harvests: stages, each of datasets that need nothing of one another.

    The register of places is the first stage, since every check asks it; then each dataset follows
    those that it is made from. What is not harvested in this run is taken as the lake has it.

    A live run asks every publisher that answers a program. Where one does not (a form for people,
    a file behind a sign-in), the bundled figures take its place, so that a lake filled by live runs
    alone lacks nothing; they cost nothing while they are unchanged. Datasets named by their id are
    taken from ``feed`` as it was said.

    Args:
        feed: ``bundle`` or ``live``.
        datasets: ids of those that are wanted; all of ``connectors`` unless told.
        connectors: what is harvested by default.
        live_connectors: what can be harvested by name only.

    Raises:
        DatasetNotFound: no connector makes a dataset that was named.
    """
    if datasets is None:
        wanted = {each.dataset.id: each for each in connectors}
        feeds = {name: feed if answers(each) else BUNDLE for name, each in wanted.items()}
    else:
        nameable = {each.dataset.id: each for each in (*connectors, *live_connectors)}
        unknown = [name for name in datasets if name not in nameable]
        if unknown:
            raise DatasetNotFound(
                f"no connector makes dataset {unknown[0][:80]}; there are {', '.join(nameable)}"
            )
        wanted = {name: each for name, each in nameable.items() if name in datasets}
        feeds = dict.fromkeys(wanted, feed)
    stages: dict[int, list[Order]] = {}
    for name in wanted:
        stages.setdefault(_stage(name, wanted), []).append(Order(name, feeds[name]))
    return tuple(tuple(stages[number]) for number in sorted(stages))


def answers(connector: Connector) -> bool:
    """Whether all of a connector's publishers answer a program."""
    return all(source.fetchable for source in connector.sources)


def _stage(dataset: str, wanted: dict[str, Connector]) -> int:
    """How many others must have been harvested one after the other before this one."""
    if dataset == PLACES_DATASET:
        return 0
    needs = {PLACES_DATASET, *wanted[dataset].needs} & wanted.keys()
    return 1 + max((_stage(need, wanted) for need in needs), default=-1)
