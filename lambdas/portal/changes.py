"""What changed in a city: figures that moved most, and releases that say something new of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from citylake.catalog import Release
from citylake.datasets import Dataset
from lambdas.portal.city import City, Part
from lambdas.portal.figures import KeyFigure
from lambdas.query.revisions import RecordChanges, Revisions
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

MOVED = 3
"""Figures that are shown to have moved."""

UPDATES = 5
"""Releases that are shown."""

_LOOKED_BACK = 4
"""Releases of a dataset that are looked at for something new; older news is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A release that says something new of the city: a first one, or one that differs.

    Attributes:
        dataset: of which dataset.
        release: the release.
        changes: what differs from the release before; ``None`` for a first release.
        restated: labels of the fields that were restated: a publisher revised them.
    """

    dataset: Dataset
    release: Release
    changes: RecordChanges | None
    restated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed.

    Attributes:
        moved: the figures that moved furthest from the record before, the furthest first.
        updates: releases with something new, the newest first.
        older_updates: how many more there are.
        is_revised: whether any release differs from the one before.
    """

    moved: tuple[KeyFigure, ...]
    updates: tuple[Update, ...]
    older_updates: int
    is_revised: bool


def read(explorer: Explorer, revisions: Revisions, scope: Scope, city: City) -> Changes:
    """Find out what changed in a city: a query per release, whose answer is kept."""
    parts = [part for section in city.sections for part in section.parts]
    updates = sorted(
        _updates(explorer, revisions, scope, parts),
        key=lambda update: update.release.published_at,
        reverse=True,
    )
    return Changes(
        moved=_moved(parts),
        updates=tuple(updates[:UPDATES]),
        older_updates=max(0, len(updates) - UPDATES),
        is_revised=any(update.changes is not None for update in updates),
    )


def _moved(parts: Iterable[Part]) -> tuple[KeyFigure, ...]:
    moves = [
        (figure.move.share, figure)
        for part in parts
        for figure in part.figures
        if figure.move is not None
    ]
    moves.sort(key=lambda move: move[0], reverse=True)
    return tuple(figure for _, figure in moves[:MOVED])


def _updates(
    explorer: Explorer, revisions: Revisions, scope: Scope, parts: Iterable[Part]
) -> Iterable[Update]:
    for part in parts:
        newer = part.release
        for _ in range(_LOOKED_BACK):
            if not newer.previous:
                yield Update(dataset=part.dataset, release=newer, changes=None)
                break
            older = explorer.lake.release(part.dataset.id, newer.previous)
            found = revisions.between(scope, older, newer).records
            if found is not None and not found.is_none:
                yield Update(
                    dataset=part.dataset,
                    release=newer,
                    changes=found,
                    restated=tuple(newer.dataset.field(name).label for name in found.by_field),
                )
                break
            newer = older
