"""Writers that die, and writers that meet, on S3 and Glue: the proofs of the folder's lake again.

The emulator enforces what these stand on: conditional puts, and the version of Glue's table that a
commit must name. Each writer is a process of its own, so that a kill is a real ``SIGKILL``. Every
test has a city of its own, since the emulator's databases are shared.
"""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import boto3
import pytest

from citylake.datasets import Dataset
from citylake.errors import PublishConflict
from citylake.lake.read import Lake
from citylake.lake.write import ATTEMPTS, Staged, Writer
from tests.citylake.lake_samples import durham, population
from tests.citylake.places import Bucket, Place, publish, read
from tests.citylake.test_lake_writers import STEPS
from tests.lakes import stage

pytestmark = pytest.mark.cloud

_CITIES = itertools.count(9_900_000)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cloud.test_lake_on_aws"])
    return context


@pytest.fixture
def dataset() -> Dataset:
    """A dataset of a city that no other test has."""
    return replace(population(), owner=str(next(_CITIES)))


@pytest.fixture
def place(aws: str, dataset: Dataset, tmp_path: Path) -> Place:
    """The city's bucket and database, as a deployment makes them."""
    bucket = Bucket(f"lake-of-{dataset.owner}", tmp_path)
    bucket.make(f"city_{dataset.owner}")
    return bucket


def environment() -> Mapping[str, str]:
    """What a writer's process must know of AWS."""
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def write(
    place: Place, dataset: Dataset, parquet: Path, *, step: Callable[[str], None] = lambda _: None
) -> None:
    writer = Writer(Lake(place.store()), place.tables(), step=step)
    writer.publish(dataset, Staged(parquet=parquet))


def write_there(
    aws: Mapping[str, str], place: Place, dataset: Dataset, parquet: Path, fatal: str
) -> None:
    """Publish in a process of its own, which dies when a step begins."""
    os.environ.update(aws)

    def step(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    write(place, dataset, parquet, step=step)


def figures(place: Place, dataset: Dataset) -> set[int]:
    """The figures that readers see; one alone, for every published state is all of one figure."""
    rows = read(place, namespace=dataset.owner)
    assert len(rows) == 4
    return {row[3] for row in rows}


def releases(place: Place, dataset: Dataset) -> tuple[str, ...]:
    return Lake(place.store()).entry(dataset.id, dataset.owner).releases


@pytest.mark.parametrize("fatal", STEPS)
def test_a_writer_killed_at_a_step_leaves_a_whole_release_and_the_next_run_heals(
    place: Place, dataset: Dataset, processes: ForkServerContext, fatal: str
) -> None:
    first = publish(place, dataset, durham(1))
    second = stage(place.work / "second", dataset, durham(2))
    writer = processes.Process(
        target=write_there, args=(environment(), place, dataset, second, fatal)
    )
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert figures(place, dataset) == ({2} if fatal == "done" else {1})
    third = publish(place, dataset, durham(3))
    assert figures(place, dataset) == {3}
    newest, *_, oldest = releases(place, dataset)
    assert (newest, oldest) == (third.id, first.id)


@pytest.mark.parametrize("fatal", STEPS)
def test_the_very_first_writer_may_die_too(
    place: Place, dataset: Dataset, processes: ForkServerContext, fatal: str
) -> None:
    first = stage(place.work / "first", dataset, durham(1))
    writer = processes.Process(
        target=write_there, args=(environment(), place, dataset, first, fatal)
    )
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    held = Lake(place.store()).catalog(dataset.owner).catalog.datasets
    assert (dataset.id in held) == (fatal == "done")
    publish(place, dataset, durham(2))
    assert figures(place, dataset) == {2}


def test_four_writers_of_one_dataset_follow_each_other(
    place: Place, dataset: Dataset, processes: ForkServerContext
) -> None:
    writers = [
        processes.Process(
            target=write_there,
            args=(
                environment(),
                place,
                dataset,
                stage(place.work / str(number), dataset, durham(number)),
                "never",
            ),
        )
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    lake = Lake(place.store())
    seen = [lake.release(dataset.id, name, dataset.owner) for name in releases(place, dataset)]
    assert [release.previous for release in seen] == [*(release.id for release in seen[1:]), ""]
    assert len(figures(place, dataset)) == 1


def test_writers_of_different_datasets_both_stand_in_the_catalog(
    place: Place, dataset: Dataset, processes: ForkServerContext
) -> None:
    both = (dataset, replace(dataset, id="population-again"))
    writers = [
        processes.Process(
            target=write_there,
            args=(environment(), place, each, stage(place.work, each, durham(1)), "never"),
        )
        for each in both
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    held = Lake(place.store()).catalog(dataset.owner).catalog.datasets
    assert list(held) == ["population", "population-again"]


def test_a_writer_that_always_loses_says_so_and_shows_nothing(
    place: Place, dataset: Dataset
) -> None:
    publish(place, dataset, durham(0))
    rival = iter(range(1, ATTEMPTS + 1))

    def step(name: str) -> None:
        if name == "update catalog":
            publish(place, dataset, durham(next(rival)))

    loser = Writer(Lake(place.store()), place.tables(), step=step, pause=lambda _: None)
    staged = Staged(parquet=stage(place.work / "loser", dataset, durham(-1)))
    with pytest.raises(PublishConflict, match=f"by others {ATTEMPTS} times"):
        loser.publish(dataset, staged)
    assert figures(place, dataset) == {ATTEMPTS}


def test_the_engine_of_the_cloud_reads_the_same_moment(place: Place, dataset: Dataset) -> None:
    """Glue names the metadata whose tagged snapshot the manifest names."""
    first = publish(place, dataset, durham(1))
    second = publish(place, dataset, durham(2))
    found = boto3.client("glue").get_table(DatabaseName=f"city_{dataset.owner}", Name="population")[
        "Table"
    ]
    assert found["Parameters"]["metadata_location"].startswith(f"{place.store().root}/warehouse/")
    table = place.tables().load_table((f"city_{dataset.owner}", "population"))
    assert {name: ref.snapshot_id for name, ref in table.refs().items()} == {
        "main": second.snapshot_id,
        first.id: first.snapshot_id,
        second.id: second.snapshot_id,
    }
    assert table.scan(snapshot_id=first.snapshot_id).to_arrow()["population"].to_pylist() == [1] * 4
