"""Room for temporary files that nobody leaves behind.

A function that is killed (it took too long, or too much memory) leaves its files in ``/tmp``, and
the next process on the same machine finds the room taken.
"""

import os
import shutil
from pathlib import Path

_PREFIX = "citylake-process-"


def claim_scratch(parent: Path) -> Path:
    """Make the folder of this process, and remove those of processes that are no more.

    Args:
        parent: the system's temporary folder.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        process = folder.name.removeprefix(_PREFIX)
        if process == str(os.getpid()) or not (process.isdecimal() and _lives(int(process))):
            shutil.rmtree(folder, ignore_errors=True)  # what stays is the next one's to remove
    own = parent / f"{_PREFIX}{os.getpid()}"
    own.mkdir(mode=0o700)
    return own


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, and alive
        return True
    return True
