"""What changed: the releases of a scope's datasets, each against the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from citylake.catalog import Release
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One release, and what it changed.

    Attributes:
        release: the release.
        records: its records in scope.
        before: the release that it replaced; ``None`` for a dataset's first.
        records_before: records in scope of the one before.
    """

    release: Release
    records: int
    before: Release | None
    records_before: int

    @property
    def fields_added(self) -> tuple[str, ...]:
        """Names of fields that the release before did not have."""
        return _without(self.release, self.before)

    @property
    def fields_removed(self) -> tuple[str, ...]:
        """Names of fields that are gone."""
        return _without(self.before, self.release) if self.before else ()


def newest_changes(explorer: Explorer, scope: Scope, count: int) -> Sequence[Change]:
    """The newest releases of a scope's datasets, the newest first.

    Only their manifests are read, and those of the releases before them: an id begins with the
    instant at which it was written.
    """
    published = (
        (release_id, dataset_id)
        for dataset_id, held in explorer.held(scope).items()
        for release_id in held.entry.releases
    )
    return [
        _change(explorer, scope, dataset_id, release_id)
        for release_id, dataset_id in nlargest(count, published)
    ]


def _change(explorer: Explorer, scope: Scope, dataset_id: str, release_id: str) -> Change:
    shelf = explorer.shelf(scope)
    release = shelf.release(dataset_id, release_id)
    before = shelf.release(dataset_id, release.previous) if release.previous else None
    return Change(
        release=release,
        records=_records(explorer, scope, release),
        before=before,
        records_before=_records(explorer, scope, before) if before else 0,
    )


def _records(explorer: Explorer, scope: Scope, release: Release) -> int:
    if scope.place is None or not release.dataset.place_field:
        return release.records_count
    question = {"select": ["count(*) as n"], "limit": ["1"], "version": [release.id]}
    counted: int = explorer.records(scope, release.dataset.id, question)["results"][0]["n"]
    return counted


def _without(these: Release, those: Release | None) -> tuple[str, ...]:
    known = {field.name for field in those.dataset.fields} if those else set()
    return tuple(field.name for field in these.dataset.fields if field.name not in known)
