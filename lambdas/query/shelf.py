"""The datasets that a scope may read: the nation's, and before them those that a place owns."""

from collections.abc import Mapping
from dataclasses import dataclass

from citylake.catalog import Entry, Release
from citylake.datasets import NATIONAL
from citylake.errors import DatasetNotFound
from citylake.keys import NO_RIGHTS
from citylake.lake.read import Lake
from citylake.lake.store import ABSENT
from lambdas.query.scope import Scope


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands in one scope's catalogs, as far as the scope's rights go.

    A place's own datasets are in no other scope: not in the nation's, not in another place's. One
    that may not be read is as if it were not there.
    """

    lake: Lake
    scope: Scope

    @property
    def version(self) -> str:
        """Changes when any of the catalogs does, and with what of them may be read."""
        own = self.lake.catalog(self.scope.place.geoid).version if self.scope.place else ABSENT
        national = self.lake.catalog().version
        version = national if own == ABSENT else f"{national}-{own}"
        return version if self.scope.rights == NO_RIGHTS else f"{version} {self.scope.rights}"

    def entries(self) -> Mapping[str, Entry]:
        """Every dataset that may be read, in order of id; a place's own hides the nation's."""
        found = self._readable(NATIONAL)
        if self.scope.place:
            found.update(self._readable(self.scope.place.geoid))
        return dict(sorted(found.items()))

    def _readable(self, namespace: str) -> dict[str, Entry]:
        return {
            dataset_id: entry
            for dataset_id, entry in self.lake.catalog(namespace).catalog.datasets.items()
            if self.scope.rights.include(entry)
        }

    def entry(self, dataset_id: str) -> Entry:
        """Find a dataset.

        Raises:
            DatasetNotFound: no dataset of the scope has this id, or it may not be read.
        """
        try:
            return self.entries()[dataset_id]
        except KeyError:
            raise DatasetNotFound(f"The requested dataset {dataset_id} does not exist.") from None

    def release(self, dataset_id: str, release_id: str = "") -> Release:
        """Read the manifest of a release, the current one unless named.

        Raises:
            DatasetNotFound: no dataset of the scope has this id, or it may not be read.
            ReleaseNotFound: it never had this release.
        """
        owner = self.entry(dataset_id).dataset.owner
        return self.lake.release(dataset_id, release_id or None, owner)
