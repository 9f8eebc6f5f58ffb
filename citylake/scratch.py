"""Room for temporary files that nobody leaves behind.

A function that is killed (it took too long, or too much memory) leaves its files in ``/tmp``, and
the next process on the same machine finds the room taken.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = "citylake-process-"
_HELD = "citylake-held-"


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


class HeldFolder:
    """A private folder that lives no longer than its holder, however that ends.

    The holder has a lock on it, which the system takes back when its process ends. Whoever makes
    such a folder removes those that nobody holds. One process may hold several.

    Args:
        parent: the system's temporary folder.
    """

    def __init__(self, parent: Path) -> None:
        for folder in parent.glob(f"{_HELD}*"):
            with suppress(OSError):  # somebody holds it, or was faster to remove it
                os.close(_locked(folder))
                shutil.rmtree(folder)
        # Under its name only once it is locked, so that nobody takes it for a dead one's.
        made = Path(mkdtemp(prefix="citylake-", dir=parent))
        self._lock = _locked(made)
        self.path = made.rename(made.with_name(f"{_HELD}{made.name}"))

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _locked(folder: Path) -> int:
    """Lock a folder for as long as the descriptor is open.

    Raises:
        OSError: somebody else has it locked.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, and alive
        return True
    return True
