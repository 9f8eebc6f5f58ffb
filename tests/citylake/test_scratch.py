"""Temporary files of processes that were killed."""

import os
import subprocess
import sys
from pathlib import Path

from citylake.scratch import HeldFolder, claim_scratch


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


def test_a_held_folder_goes_with_its_holder(tmp_path: Path) -> None:
    one, other = HeldFolder(tmp_path), HeldFolder(tmp_path)
    (one.path / "file").touch()
    one.close()
    assert list(tmp_path.iterdir()) == [other.path]


def test_what_a_killed_holder_left_is_removed_by_the_next(tmp_path: Path) -> None:
    holding = (
        "import os, sys, pathlib, signal; from citylake.scratch import HeldFolder;"
        "(HeldFolder(pathlib.Path(sys.argv[1])).path / 'file').touch();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", holding, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "file").is_file()
    held = HeldFolder(tmp_path)
    assert list(tmp_path.iterdir()) == [held.path]
