"""The datasets that a scope may read: the nation's, and before them those that a place owns."""

from collections.abc import Mapping
from dataclasses import dataclass

from citylake.catalog import Entry, Release
from citylake.datasets import Visibility
from citylake.errors import DatasetNotFound
from citylake.lake.read import Lake
from citylake.lake.store import ABSENT
from lambdas.query.scope import Scope


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands in one scope's catalogs.

    A place's own datasets are in no other scope: not in the nation's, not in another place's.
    """

    lake: Lake
    scope: Scope

    @property
    def version(self) -> str:
        """Changes when any of the catalogs does."""
        own = self.lake.catalog(self.scope.place.geoid).version if self.scope.place else ABSENT
        national = self.lake.catalog().version
        return national if own == ABSENT else f"{national}-{own}"

    def entries(self) -> Mapping[str, Entry]:
        """Every public dataset by id, in order of id; a place's own hides the nation's."""
        found = dict(self.lake.catalog().catalog.datasets)
        if self.scope.place:
            found.update(self.lake.catalog(self.scope.place.geoid).catalog.datasets)
        return {
            dataset_id: entry
            for dataset_id, entry in sorted(found.items())
            if entry.visibility is Visibility.PUBLIC
        }

    def entry(self, dataset_id: str) -> Entry:
        """Find a dataset.

        Raises:
            DatasetNotFound: no dataset of the scope has this id, or it is not public.
        """
        try:
            return self.entries()[dataset_id]
        except KeyError:
            raise DatasetNotFound(f"The requested dataset {dataset_id} does not exist.") from None

    def release(self, dataset_id: str, release_id: str = "") -> Release:
        """Read the manifest of a release, the current one unless named.

        Raises:
            DatasetNotFound: no dataset of the scope has this id, or it is not public.
            ReleaseNotFound: it never had this release.
        """
        owner = self.entry(dataset_id).dataset.owner
        return self.lake.release(dataset_id, release_id or None, owner)
