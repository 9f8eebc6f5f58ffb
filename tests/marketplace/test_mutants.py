"""The mistakes that cost sellers money most often are each noticed by a test."""

import subprocess
import sys
from pathlib import Path

from tests.marketplace.mutants import LISTED, MORE

ROOT = Path(__file__).parents[2]


def test_each_of_the_listed_mistakes_is_noticed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.marketplace.mutants", "listed"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(LISTED)} of {len(LISTED)} mutants killed" in done.stdout


def test_every_mistake_can_still_be_made() -> None:
    """Words that the source no longer has would make a mutant that proves nothing."""
    for mutant in (*LISTED, *MORE):
        text = (ROOT / "marketplace" / mutant.file).read_text("utf-8")
        assert text.count(mutant.old) == 1, mutant.name
    names = [mutant.name for mutant in (*LISTED, *MORE)]
    assert len(set(names)) == len(names)
