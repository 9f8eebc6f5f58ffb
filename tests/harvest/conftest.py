"""A small bundle, made once from the raw samples, and lakes to fill from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog import Catalog as Tables

from citylake.catalog import LeftOut
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import open_folder_tables
from lambdas.harvest.bundle import read_manifest
from lambdas.harvest.bundling import build
from tests.harvest.raw_samples import write_raw

Rows = Callable[[str], list[dict[str, Any]]]
LeftOutOf = Callable[[str], dict[str, LeftOut]]


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raw(tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="session")
def bundle(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle")
    build(raw, out)
    return out


@pytest.fixture(scope="session")
def rows(bundle: Path) -> Rows:
    """The records of a dataset."""
    return lambda dataset: pq.read_table(bundle / f"{dataset}.parquet").to_pylist()


@pytest.fixture(scope="session")
def left_out(bundle: Path) -> LeftOutOf:
    """What was left out of a dataset, by reason."""
    entries = {entry.id: entry for entry in read_manifest(bundle).datasets}
    return lambda dataset: {group.reason: group for group in entries[dataset].left_out}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(FolderStore(tmp_path / "home"))


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return open_folder_tables(tmp_path / "home")
