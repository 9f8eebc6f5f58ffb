"""What changed: the releases of a scope's datasets, each against the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from citylake.catalog import Release
from lambdas.query.kept import Kept
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

_COUNTS_KEPT = 16_384


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


class Changes:
    """The releases of a scope's datasets, each against the one before. Safe between threads.

    Args:
        explorer: what answers questions.
    """

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._counts = Kept[tuple[str, str], int](_COUNTS_KEPT)

    def newest(self, scope: Scope, count: int) -> Sequence[Change]:
        """The newest releases, the newest first.

        Only their manifests are read, and those of the releases before them: an id begins with the
        instant at which it was written. Of one dataset's releases within a second, the one that
        the catalog lists first is the newest.
        """
        published = (
            (release_id.partition("-")[0], -position, dataset_id, release_id)
            for dataset_id, held in self._explorer.held(scope).items()
            for position, release_id in enumerate(held.entry.releases)
        )
        return [
            self._change(scope, dataset_id, release_id)
            for _, _, dataset_id, release_id in nlargest(count, published)
        ]

    def _change(self, scope: Scope, dataset_id: str, release_id: str) -> Change:
        shelf = self._explorer.shelf(scope)
        release = shelf.release(dataset_id, release_id)
        before = shelf.release(dataset_id, release.previous) if release.previous else None
        return Change(
            release=release,
            records=self._count(scope, release),
            before=before,
            records_before=self._count(scope, before) if before else 0,
        )

    def _count(self, scope: Scope, release: Release) -> int:
        """Count a release's records in scope; of one release it never changes."""
        if scope.place is None or not release.dataset.place_field:
            return release.records_count

        def count() -> int:
            # An export's plan reads the place's part of the files, and nothing of other places.
            question = {"select": ["count(*) as n"], "version": [release.id]}
            plan = self._explorer.export_plan(scope, release.dataset.id, question)
            counted: int = self._explorer.engine.run(plan.tree).rows[0][0]
            return counted

        return self._counts.get((release.id, scope.place.geoid), count)


def _without(these: Release, those: Release | None) -> tuple[str, ...]:
    known = {field.name for field in those.dataset.fields} if those else set()
    return tuple(field.name for field in these.dataset.fields if field.name not in known)
