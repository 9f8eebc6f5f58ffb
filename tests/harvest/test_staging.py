"""Staged files: the same records give the same bytes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.errors import DatasetInvalid
from lambdas.harvest.model import Row
from lambdas.harvest.staging import read_staged, to_table, write_staged
from tests.harvest.test_checks import AIR, GOOD

RECORDS: list[Row] = [{**GOOD, "geoid": f"{3719000 + n}", "good": n % 7} for n in range(20)]


@given(st.permutations(RECORDS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_order_does_not_change_a_byte(tmp_path: Path, shuffled: list[Row]) -> None:
    checksums = {
        write_staged(to_table(AIR, rows), tmp_path / "air.parquet") for rows in (RECORDS, shuffled)
    }
    assert len(checksums) == 1


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_staged(to_table(AIR, [GOOD]), tmp_path / "air.parquet")
    assert read_staged(tmp_path / "air.parquet").to_pylist() == [GOOD]


def test_a_column_that_the_dataset_lacks_is_an_error() -> None:
    with pytest.raises(DatasetInvalid, match="air has no column ozone; its columns are geoid"):
        to_table(AIR, [{**GOOD, "ozone": 1}])


def test_a_value_of_another_type_is_an_error() -> None:
    with pytest.raises(DatasetInvalid, match="dataset air: "):
        to_table(AIR, [{**GOOD, "days": "many"}])


def test_what_is_no_staged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "air.parquet").write_bytes(b"figures")
    with pytest.raises(DatasetInvalid, match="no staged file"):
        read_staged(tmp_path / "air.parquet")
