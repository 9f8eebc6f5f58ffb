"""Temporary files of processes that were killed."""

import os
import subprocess
import sys
from pathlib import Path

from citylake.scratch import claim_scratch


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / f"citylake-process-{dead_process()}"
    left.mkdir()
    (left / "staged.parquet").write_bytes(b"x")
    own = claim_scratch(tmp_path)
    assert list(tmp_path.iterdir()) == [own]


def test_a_process_of_the_same_number_left_nothing_either(tmp_path: Path) -> None:
    left = tmp_path / f"citylake-process-{os.getpid()}"
    left.mkdir()
    (left / "staged.parquet").write_bytes(b"x")
    assert list(claim_scratch(tmp_path).iterdir()) == []


def test_a_neighbour_that_lives_keeps_its_files(tmp_path: Path) -> None:
    theirs = tmp_path / f"citylake-process-{os.getppid()}"
    theirs.mkdir()
    claim_scratch(tmp_path)
    assert theirs.is_dir()
