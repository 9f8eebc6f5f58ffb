"""A process that is to a function's code what Lambda is: run by ``test_layers.py``, never imported.

It knows the function's zip, its layer, the packages of the runtime and the standard library, and
nothing else; whatever is not in the temporary folder cannot be written. It reads an ``Order`` as
JSON from its standard input and writes what the function answered to its standard output.
"""

import ctypes
import importlib
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

_DROP, _HAS = 24, 23  # PR_CAPBSET_DROP, PR_CAPBSET_READ of prctl(2)
_WRITES_ANYWHERE = 1  # CAP_DAC_OVERRIDE


def be_nobody_special() -> None:
    """Give up root's right to write what is read-only, which only a new program does without."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_HAS, _WRITES_ANYWHERE, 0, 0, 0) == 1:
        if libc.prctl(_DROP, _WRITES_ANYWHERE, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "cannot give up root's rights")
        os.execv(sys.executable, [sys.executable, "-I", "-S", __file__])


def require_read_only(folders: list[str]) -> None:
    """Make sure that the test means something: none of these folders can be written."""
    for folder in folders:
        try:
            Path(folder, "written").touch()
        except OSError:
            continue
        raise SystemExit(f"{folder} can be written; the test would prove nothing")


def foreign(roots: list[str]) -> list[str]:
    """Files of modules that came from elsewhere."""
    python = str(Path(os.__file__).parent)

    def ours(file: str) -> bool:
        return file.startswith(tuple(roots)) or (
            file.startswith(python) and "site-packages" not in file
        )

    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return sorted(file for file in files if file and file != __file__ and not ours(file))


def main() -> None:
    """Import the functions that are ordered, call them, and say what happened."""
    be_nobody_special()
    order = json.load(sys.stdin)
    require_read_only([*order["path"], str(Path.cwd())])
    sys.path[:0] = order["path"]
    told = os.dup(1)
    os.dup2(2, 1)  # logs go where errors go, so that the answer stands alone
    module = importlib.import_module(order["module"])
    context = SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=1024,
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:function",
        aws_request_id="1",
        get_remaining_time_in_millis=lambda: 60_000,
    )
    answers = []
    for name, event in order["calls"]:
        try:
            answers.append(getattr(module, name)(event, context))
        except Exception as error:  # noqa: BLE001 - the test judges it
            answers.append({"error": type(error).__name__, "message": str(error)})
    with os.fdopen(told, "w") as out:
        json.dump({"answers": answers, "foreign": foreign(order["path"])}, out)


main()
