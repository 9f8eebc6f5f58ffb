"""Releases of a dataset: what there was, and going back to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from citylake.catalog import Catalog, Entry, update_catalog
from citylake.errors import ReleaseNotFound
from citylake.lake.read import Lake


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine:
    """One release, as a list of them shows it."""

    release: str
    published_at: str
    rows: int
    current: bool


def list_releases(lake: Lake, namespace: str, dataset_id: str) -> Sequence[ReleaseLine]:
    """List a dataset's releases, the current one first.

    Raises:
        DatasetNotFound: the namespace has no such dataset.
    """
    entry = lake.entry(dataset_id, namespace)
    found = (lake.release(dataset_id, release_id, namespace) for release_id in entry.releases)
    return [
        ReleaseLine(
            release=release.id,
            published_at=release.published_at,
            rows=release.records_count,
            current=release.id == entry.release,
        )
        for release in found
    ]


def restore(lake: Lake, namespace: str, dataset_id: str, release_id: str) -> Entry:
    """Make an old release the current one again; nothing but the catalog changes.

    The description that readers see becomes the old one too. Every other release stays.

    Raises:
        DatasetNotFound: the namespace has no such dataset.
        ReleaseNotFound: the dataset never had this release.
    """
    release = lake.release(dataset_id, release_id, namespace)

    def change(catalog: Catalog) -> Catalog:
        held = catalog.entry(dataset_id)
        if release_id not in held.releases:
            raise ReleaseNotFound(f"dataset {dataset_id} has no release {release_id} any more")
        others = (other for other in held.releases if other != release_id)
        entry = replace(
            held,
            dataset=release.dataset,
            releases=(release_id, *others),
            records_count=release.records_count,
            published_at=release.published_at,
        )
        return replace(catalog, datasets={**catalog.datasets, dataset_id: entry})

    return update_catalog(lake.store_of(namespace), namespace, change).catalog.entry(dataset_id)
