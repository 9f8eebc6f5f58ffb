"""Writers that die, and writers that meet.

Each writer is a process of its own, forked from a server that has the libraries loaded, so that a
kill is a real ``SIGKILL`` and still cheap. ``CITYLAKE_KILLS`` sets how many random kills are tried.
"""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from citylake.datasets import Dataset
from citylake.errors import PublishConflict
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import ATTEMPTS, Staged, Writer, open_folder_tables
from tests.citylake.lake_samples import durham, population
from tests.lakes import publish, stage

STEPS = ("write table", "tag snapshot", "write manifest", "update catalog", "done")
KILLS = int(os.environ.get("CITYLAKE_KILLS", "12"))


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.citylake.test_lake_writers"])
    return context


def write(home: Path, dataset: Dataset, parquet: Path, step: Callable[[str], None]) -> None:
    lake = Lake(FolderStore(home))
    Writer(lake, open_folder_tables(home), step=step).publish(dataset, Staged(parquet=parquet))


def die_at(home: Path, parquet: Path, fatal: str) -> None:
    def step(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    write(home, population(), parquet, step)


def write_on(home: Path, parquet: Path, started: threading.Event) -> None:
    """Publish for ever; a reader never sees anything but a whole state."""
    while True:
        write(home, population(), parquet, lambda _: started.set())


def write_once(home: Path, dataset: Dataset, parquet: Path) -> None:
    write(home, dataset, parquet, lambda _: None)


def states(home: Path) -> set[int]:
    """The figures that readers see; one alone, for every published state is all of one figure."""
    lake = Lake(FolderStore(home))
    release = lake.release("population")
    tables = [pq.read_table(file) for file in lake.addresses(release)]
    assert sum(table.num_rows for table in tables) == release.records_count == 4
    return {value for table in tables for value in table["population"].to_pylist()}


@pytest.mark.parametrize("fatal", STEPS)
def test_a_writer_killed_at_a_step_leaves_a_whole_release_and_the_next_run_heals(
    tmp_path: Path, processes: ForkServerContext, fatal: str
) -> None:
    home = tmp_path / "lake"
    first = publish(home, population(), durham(1))
    second = stage(tmp_path, population(), durham(2))
    writer = processes.Process(target=die_at, args=(home, second, fatal))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert states(home) == ({2} if fatal == "done" else {1})
    third = publish(home, population(), durham(3))
    assert states(home) == {3}
    entry = Lake(FolderStore(home)).entry("population")
    assert entry.releases[0] == third.id
    assert entry.releases[-1] == first.id


@pytest.mark.parametrize("fatal", STEPS)
def test_the_very_first_writer_may_die_too(
    tmp_path: Path, processes: ForkServerContext, fatal: str
) -> None:
    home = tmp_path / "lake"
    writer = processes.Process(
        target=die_at, args=(home, stage(tmp_path, population(), durham(1)), fatal)
    )
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert ("population" in Lake(FolderStore(home)).catalog().catalog.datasets) == (fatal == "done")
    publish(home, population(), durham(2))
    assert states(home) == {2}


def test_a_writer_killed_at_random_never_shows_half_a_release(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    home = tmp_path / "lake"
    publish(home, population(), durham(0))
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for kill in range(1, KILLS + 1):
        started = processes.Event()
        parquet = stage(tmp_path, population(), durham(kill))
        writer = processes.Process(target=write_on, args=(home, parquet, started))
        before = states(home)
        writer.start()
        assert started.wait(timeout=30)
        time.sleep(chance.uniform(0, 0.25))
        writer.kill()
        writer.join()
        assert states(home) in (before, {kill}), f"seed {seed}, kill {kill}"
    publish(home, population(), durham(-1))
    assert states(home) == {-1}


def test_two_writers_of_one_dataset_follow_each_other(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    home = tmp_path / "lake"
    writers = [
        processes.Process(
            target=write_once,
            args=(home, population(), stage(tmp_path / str(n), population(), durham(n))),
        )
        for n in (1, 2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    lake = Lake(FolderStore(home))
    newest, oldest = lake.entry("population").releases
    assert lake.release("population", newest).previous == oldest
    assert len(states(home)) == 1


def test_writers_of_different_datasets_both_stand_in_the_catalog(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    home = tmp_path / "lake"
    other = replace(population(), id="population-again")
    writers = [
        processes.Process(
            target=write_once, args=(home, dataset, stage(tmp_path, dataset, durham(1)))
        )
        for dataset in (population(), other)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert list(Lake(FolderStore(home)).catalog().catalog.datasets) == [
        "population",
        "population-again",
    ]


def test_a_writer_that_always_loses_says_so_and_shows_nothing(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    publish(home, population(), durham(0))
    rival = iter(range(1, ATTEMPTS + 1))
    waits: list[float] = []

    def step(name: str) -> None:
        if name == "update catalog":
            publish(home, population(), durham(next(rival)))

    lake = Lake(FolderStore(home))
    loser = Writer(lake, open_folder_tables(home), step=step, pause=waits.append)
    staged = Staged(parquet=stage(tmp_path, population(), durham(-1)))
    with pytest.raises(PublishConflict, match=f"by others {ATTEMPTS} times"):
        loser.publish(population(), staged)
    assert states(home) == {ATTEMPTS}
    assert waits == sorted(waits)


def test_a_rival_that_writes_the_table_while_we_do_makes_us_start_again(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    rivals = iter([1])

    def step(name: str) -> None:
        if name == "write table" and next(rivals, None):
            publish(home, population(), durham(1))

    lake = Lake(FolderStore(home))
    staged = Staged(parquet=stage(tmp_path, population(), durham(2)))
    writer = Writer(lake, open_folder_tables(home), step=step, pause=lambda _: None)
    writer.publish(population(), staged)
    assert states(home) == {2}
    assert len(lake.entry("population").releases) == 2
