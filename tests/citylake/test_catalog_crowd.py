"""Many writers of one catalog: a harvest publishes ten datasets at once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from citylake.catalog import Catalog, read_catalog, update_catalog
from citylake.datasets import NATIONAL
from citylake.errors import PreconditionFailed
from citylake.lake.store import FolderStore
from tests.citylake.lake_samples import population

WRITERS = 12


def test_all_of_a_crowd_get_their_turn_even_if_nobody_waits(tmp_path: Path) -> None:
    """Whoever loses lost to a writer who is done: so nobody loses more often than others win."""
    start = threading.Barrier(WRITERS)
    tries: Counter[str] = Counter()

    def add(name: str) -> None:
        awaited = replace(population(), id=name)

        def change(catalog: Catalog) -> Catalog:
            tries[name] += 1
            if tries[name] == 1:
                start.wait(timeout=30)  # all have read the same catalog before anybody writes
            return replace(catalog, awaited=(*catalog.awaited, awaited))

        update_catalog(FolderStore(tmp_path), NATIONAL, change, pause=lambda _: None)

    names = [f"dataset-{number}" for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(add, names))
    catalog = read_catalog(FolderStore(tmp_path), NATIONAL).catalog
    assert sorted(each.id for each in catalog.awaited) == sorted(names)
    assert max(tries.values()) <= WRITERS


class Contested(FolderStore):
    """A store in which another writer always comes first."""

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        raise PreconditionFailed(f"{key} is not as it was read")


def test_a_loser_waits_longer_and_longer_by_chance_and_gives_up_in_the_end(tmp_path: Path) -> None:
    waited: list[float] = []

    with pytest.raises(PreconditionFailed):
        update_catalog(Contested(tmp_path), NATIONAL, lambda held: held, pause=waited.append)
    assert len(waited) == 19
    for number, seconds in enumerate(waited, start=1):
        assert 0 <= seconds <= min(1.0, 0.01 * 2**number)
