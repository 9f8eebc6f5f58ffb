"""What changed in a city: figures that moved most, and releases that say something new of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from citylake.catalog import Release
from citylake.datasets import Dataset
from lambdas.portal.city import City, Part
from lambdas.portal.figures import KeyFigure
from lambdas.query.revisions import Revisions
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

MOVED = 3
"""Figures that are shown to have moved."""

UPDATES = 5
"""Releases that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A release that differs from the one before in what it says of the city.

    Attributes:
        dataset: of which dataset.
        release: the newer release.
        added: records of the city that are new.
        removed: records of the city that are gone.
        changed: records of the city that were restated: a publisher revised them.
        restated: labels of the fields that were restated.
    """

    dataset: Dataset
    release: Release
    added: int
    removed: int
    changed: int
    restated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed.

    Attributes:
        moved: the figures that moved furthest from the record before, the furthest first.
        updates: releases with something new, the newest first.
        older_updates: how many more there are.
        first: datasets that are still in their first release, which nothing can be held against.
    """

    moved: tuple[KeyFigure, ...]
    updates: tuple[Update, ...]
    older_updates: int
    first: tuple[Dataset, ...]


def read(explorer: Explorer, revisions: Revisions, scope: Scope, city: City) -> Changes:
    """Find out what changed in a city: a query per dataset that was released before."""
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
        first=tuple(part.dataset for part in parts if not part.release.previous),
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
        if not part.release.previous:
            continue
        older = explorer.lake.release(part.dataset.id, part.release.previous)
        found = revisions.between(scope, older, part.release).records
        if found is None or found.is_none:
            continue
        yield Update(
            dataset=part.dataset,
            release=part.release,
            added=found.added,
            removed=found.removed,
            changed=found.changed,
            restated=tuple(part.dataset.field(name).label for name in found.by_field),
        )
