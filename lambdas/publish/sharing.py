"""Sharing: who may read a city's dataset."""

from collections.abc import Sequence
from dataclasses import replace

from citylake.catalog import Catalog, Entry, update_catalog
from citylake.datasets import Visibility
from citylake.errors import ParameterInvalid
from citylake.lake.read import Lake
from lambdas.publish.register import find_publisher


def share(
    lake: Lake,
    owner: str,
    dataset_id: str,
    visibility: Visibility,
    parties: Sequence[str] = (),
) -> Entry:
    """Say who may read a dataset from now on; nothing but the catalog changes.

    Args:
        lake: the lake as the city sees it.
        owner: GEOID of the city.
        dataset_id: its dataset.
        visibility: everyone (public), keys of the city's own (private), or these and the keys that
            the city made out to certain parties (shared).
        parties: GEOIDs or addresses of these parties; for a shared dataset, and no other.

    Raises:
        DatasetNotFound: the city has no such dataset.
        ParameterInvalid: parties without a need for them, or none where there must be some.
        PlaceNotFound: a party is no place.
        PlaceInvalid: a party has no government.
    """
    lake.entry(dataset_id, owner)
    grants = tuple(sorted({find_publisher(lake, party).geoid for party in parties}))
    if visibility is Visibility.SHARED and not grants:
        raise ParameterInvalid(f"{dataset_id} is to be shared: expected with whom, found nobody")
    if visibility is not Visibility.SHARED and grants:
        raise ParameterInvalid(
            f"{dataset_id} is to be {visibility}: expected nobody to share it with, "
            f"found {', '.join(grants)}"
        )
    if owner in grants:
        raise ParameterInvalid(f"{owner} owns {dataset_id}; expected others to share it with")

    def change(catalog: Catalog) -> Catalog:
        entry = replace(catalog.entry(dataset_id), visibility=visibility, grants=grants)
        return replace(catalog, datasets={**catalog.datasets, dataset_id: entry})

    updated = update_catalog(lake.store_of(owner), owner, change)
    return updated.catalog.entry(dataset_id)
