"""How long every export of five million records takes, and how much memory, against CSV.

``python -m bench.exports [--records N] [FORMAT …]`` makes a table of ten fields, one of them a
point, in a lake that is gone afterwards; each format is written in a process of its own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECORDS = 5_000_000

TABLE = """
    COPY (
        SELECT
            'record ' || i AS name,
            i AS number,
            'street ' || (i * 7919) % 4000 || ', block ' || i % 97 AS address,
            CASE i % 4 WHEN 0 THEN 'open' WHEN 1 THEN 'closed' WHEN 2 THEN 'pending' END AS state,
            (i * 31 % 100000) / 7.0 AS amount_usd,
            i % 2 = 0 AS is_public,
            DATE '2015-01-01' + (i % 4000)::INTEGER AS opened_date,
            TIMESTAMP '2015-01-01' + INTERVAL (i) MINUTE AS changed_at,
            i % 1000 AS quantity,
            -124 + (i * 13 % 570000) / 10000.0 AS location__lon,
            25 + (i * 17 % 240000) / 10000.0 AS location__lat
        FROM range({records}) AS t(i)
    ) TO '{file}' (FORMAT parquet)
"""


def prepare(home: Path, records: int) -> None:
    import duckdb

    from citylake.datasets import Dataset, Field, FieldType, Theme
    from citylake.lake.read import Lake
    from citylake.lake.store import FolderStore
    from citylake.lake.write import Staged, Writer, open_folder_tables

    kinds = {
        "name": FieldType.TEXT, "number": FieldType.INT, "address": FieldType.TEXT,
        "state": FieldType.TEXT, "amount_usd": FieldType.DOUBLE, "is_public": FieldType.BOOLEAN,
        "opened_date": FieldType.DATE, "changed_at": FieldType.DATETIME, "quantity": FieldType.INT,
        "location": FieldType.GEO_POINT,
    }  # fmt: skip
    dataset = Dataset(
        id="permits", title="Permits", description="Made up.", theme=Theme.CITY,
        publisher="Nobody", key=("number",),
        fields=tuple(Field(name=name, type=kind, label=name) for name, kind in kinds.items()),
    )  # fmt: skip
    staged = home.parent / "staged.parquet"
    duckdb.execute(TABLE.format(records=records, file=staged))
    lake = Lake(FolderStore(home))
    Writer(lake, open_folder_tables(home)).publish(dataset, Staged(parquet=staged))
    staged.unlink()


def export(home: Path, form: str) -> None:
    """Write one export to nowhere and print seconds, bytes and the peak of memory in MB."""
    from resource import RUSAGE_SELF, getrusage

    from citylake.lake.read import Lake
    from citylake.lake.store import FolderStore
    from lambdas.query.engines.duckdb import DuckDBEngine
    from lambdas.query.exports import Exporter
    from lambdas.query.scope import Scope
    from lambdas.query.search import Explorer

    lake = Lake(FolderStore(home))
    exporter = Exporter(Explorer(lake, DuckDBEngine(lake.roots)))
    scope = Scope(place=None, prefix="", origin="https://data.example.gov")
    name, _, epsg = form.partition(":")
    asked = {"epsg": [epsg]} if epsg else {}
    began, size = time.monotonic(), 0
    with Path(os.devnull).open("wb") as nowhere:
        for chunk in exporter.export(scope, "permits", name, asked).chunks:
            size += nowhere.write(chunk)
    peak = getrusage(RUSAGE_SELF).ru_maxrss // 1024
    print(time.monotonic() - began, size, peak)


def main() -> None:
    from lambdas.query.exports import FORMATS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--in", dest="home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("formats", nargs="*", help="such as csv or geojson:3857; every one if none")
    arguments = parser.parse_args()
    if arguments.home and not arguments.formats:
        prepare(arguments.home, arguments.records)
        return
    if arguments.home:
        export(arguments.home, arguments.formats[0])
        return
    names = [form.name for form in FORMATS]
    wanted = arguments.formats or [*names, "geojson:3857"]
    with tempfile.TemporaryDirectory(prefix="citylake-bench-") as folder:
        home = Path(folder) / "lake"
        command = [sys.executable, "-m", "bench.exports", "--in", str(home)]
        # Every step in a process of its own: what one had at its peak would count for the next.
        subprocess.run([*command, "--records", str(arguments.records)], check=True)
        print(f"{arguments.records:,} records")
        print(f"{'format':<14}{'s':>8}{'x csv':>8}{'MB':>8}{'RSS MB':>8}")
        first = 0.0
        for form in dict.fromkeys(["csv", *wanted]):
            done = subprocess.run([*command, form], capture_output=True, text=True, check=False)
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1]
                print(f"{form:<14}{reason}", flush=True)
                continue
            seconds, size, peak = map(float, done.stdout.split())
            first = first or seconds
            print(
                f"{form:<14}{seconds:>8.1f}{seconds / first:>8.1f}{size / 1e6:>8.0f}{peak:>8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
