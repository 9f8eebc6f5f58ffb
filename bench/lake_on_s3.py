"""What does a query cost whose records lie on S3 instead of in a folder?

Run: ``uv run --frozen --group dev python -m bench.lake_on_s3`` (starts moto's S3 on the loopback).

The bundled population of every place is published to a folder and to a bucket, and one place's
rows are asked for by an engine of its own each round. Requests to S3 are counted by the server,
which is Python and near: its milliseconds are not AWS's, the numbers of requests are.
"""

import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import boto3
from sqlglot import exp

from citylake.lake.read import Lake
from citylake.lake.s3 import open_bucket
from citylake.lake.store import FolderStore
from citylake.lake.write import open_folder_tables, open_glue_tables
from lambdas.harvest.run import fill
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.odsql.sql import Records
from tests.s3 import environment_of, serving

ROUNDS = 7
WARM = 50
DATASET = "population"


class Counter(logging.Handler):
    """Counts the requests that the server logs."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, _: logging.LogRecord) -> None:
        self.count += 1


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def statement(lake: Lake, geoid: str) -> exp.Query:
    release = lake.release(DATASET)
    files = [exp.Literal.string(address) for address in lake.addresses(release)]
    return (
        exp.select(exp.Star())
        .from_(Records(files=files, table="national.population", snapshot=release.snapshot_id))
        .where(exp.column("geoid").eq(exp.Literal.string(geoid)))
    )


def measure(lake: Lake, counter: Counter) -> None:
    opened: list[float] = []
    figures: dict[str, list[tuple[float, int]]] = {}
    one, other = statement(lake, "3719000"), statement(lake, "0804000")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        engine = DuckDBEngine(lake.roots)
        opened.append((time.perf_counter() - began) * 1000)
        for name, tree in (("first", one), ("again", one), ("another place", other)):
            before = counter.count
            wall = milliseconds(partial(engine.run, tree))
            figures.setdefault(name, []).append((wall, counter.count - before))
    print(f"  open the engine {statistics.median(opened):6.1f} ms")
    for name, found in figures.items():
        wall = statistics.median(wall for wall, _ in found)
        requests = statistics.median(requests for _, requests in found)
        print(f"  {name:15} {wall:6.1f} ms, {requests:.0f} requests to S3")


def main() -> None:
    counter = Counter()
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment_of(address))
        os.environ.pop("AWS_PROFILE", None)
        log = logging.getLogger("werkzeug")
        log.setLevel(logging.INFO)
        log.addHandler(counter)
        log.propagate = False
        boto3.client("s3").create_bucket(Bucket="lake")
        boto3.client("glue").create_database(DatabaseInput={"Name": "national"})
        home = Path(folder)
        for lake, tables in (
            (Lake(FolderStore(home)), open_folder_tables(home)),
            (Lake(open_bucket("lake")), open_glue_tables("lake")),
        ):
            wall = milliseconds(partial(fill, lake, tables, datasets=["places", DATASET]))
            (file,) = lake.release(DATASET).files
            print(
                f"{lake.roots[0]}: publish places and {DATASET} ({file.size:,} bytes) {wall:.0f} ms"
            )
            measure(lake, counter)
            asked = [milliseconds(lake.catalog) for _ in range(WARM)]
            print(f"  the catalog, asked again {statistics.median(asked):.1f} ms")


if __name__ == "__main__":
    main()
