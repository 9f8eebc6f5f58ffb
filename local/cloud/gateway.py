"""The emulator's process: ministack, with some differences to AWS mended.

It runs in the emulator's own environment, which holds neither this project nor what it imports:
``.tools/emulator/bin/python local/cloud/gateway.py``. Settings come from the environment, by
ministack's own names; the command line names a file that is locked for as long as this runs.

What is mended, and why:

* **TLS.** Our buckets refuse what does not come by TLS, and the emulator judges bucket policies as
  AWS does. It listens on plain loopback, so it is told that calls came by TLS. Calls to an HTTP API
  are left as they are: a page must link to the scheme that it was asked by.
* **Names of errors.** AWS reports the class of the exception that a function raised, and state
  machines retry by it. The emulator reports one name for all.
* **Answers without a body** (304) may say ``null`` for it, which the emulator cannot send.
* **Names of Glue's resources.** A policy that allows a database or table by its ARN is compared
  with that ARN; the emulator makes another one up.
* **Conditions of templates** may ask for the account and region (``AWS::AccountId``).
* **Disk.** Every process of a function has a temporary folder of its own. Layers are unpacked once
  for all of them: they are a quarter of a gigabyte.
"""

import asyncio
import fcntl
import io
import json
import os
import signal
import sys
import tempfile
import threading
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as emulator
from ministack.core import iam_actions, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc
from ministack.services.cloudformation import changesets, engine, handlers, stacks

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_API_HOST = b".execute-api."
_RAISED = '"error": str(e), "trace"'
_RAISED_BY_NAME = '"error": type(e).__name__ + chr(0) + str(e), "trace"'


async def over_tls(scope: Message, receive: Receive, send: Send) -> None:
    """Pass a request on; those to AWS itself as if they had come by TLS."""
    if scope["type"] == "http":
        host = dict(scope["headers"]).get(b"host", b"")
        if _API_HOST not in host:
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    await emulator.app(scope, receive, send)


def mend_answers() -> None:
    """Let a failed function's answer name the class of its exception, and a body be ``null``.

    Raises:
        RuntimeError: the emulator is not the one that this was written for.
    """
    script = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - the emulator has no setting
    if script.count(_RAISED) != 1:
        raise RuntimeError("ministack's worker is not as it was: see local/cloud/gateway.py")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(_RAISED, _RAISED_BY_NAME)  # noqa: SLF001
    execute = lambda_svc._execute_function_warm  # noqa: SLF001

    def executed(function: Message, event: object, request_id: str) -> Message:
        answer: Message = execute(function, event, request_id)
        body = answer.get("body")
        if not isinstance(body, dict):
            return answer
        if body.get("body", "") is None:
            body["body"] = ""
        if answer.get("error"):
            name, found, message = str(body.get("errorMessage", "")).partition("\0")
            if found:
                body.update(errorType=name, errorMessage=message)
        return answer

    lambda_svc._execute_function_warm = executed  # noqa: SLF001


def name_resources() -> None:
    """Let policies be compared with the ARNs that AWS gives to Glue's databases and tables."""
    extract = iam_actions.extract_resource_arn

    def extracted(  # noqa: PLR0917 - the emulator calls it so
        service: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query_params: Message,
        region: str,
        account_id: str,
    ) -> str:
        if service == "glue":
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            resource = glue_resource(action, json.loads(body or b"{}"))
            return f"arn:aws:glue:{region}:{account_id}:{resource}"
        return str(extract(service, method, path, headers, body, query_params, region, account_id))

    iam_actions.extract_resource_arn = extracted


def glue_resource(action: str, request: Message) -> str:
    """The narrowest of the resources that AWS asks a policy for: ``table/national/population``.

    Args:
        action: ``GetTable``.
        request: the call's body.
    """
    given = {**request, **request.get("DatabaseInput", {}), **request.get("TableInput", {})}
    database, name = given.get("DatabaseName"), given.get("TableName") or given.get("Name")
    if action.endswith("Database"):
        return f"database/{name}"
    if database and name:
        return f"table/{database}/{name}"
    return f"database/{database}" if database else "catalog"


def name_pseudo_parameters() -> None:
    """Let conditions of templates know the account and region that a stack is made in."""
    evaluate = engine._evaluate_conditions  # noqa: SLF001

    def evaluated(template: Message, params: Message) -> Message:
        known = {"AWS::AccountId": get_account_id(), "AWS::Region": get_region()}
        pseudo = {name: {"Value": value} for name, value in known.items()}
        conditions: Message = evaluate(template, {**params, **pseudo})
        return conditions

    for module in (changesets, engine, handlers, stacks):  # each holds the name for itself
        module._evaluate_conditions = evaluated  # noqa: SLF001


def lay_out_disks() -> None:
    """Give a process its own temporary folder, and layers that were unpacked once for all."""
    folders: dict[str, str] = {}
    one_at_a_time = threading.Lock()
    spawn = lambda_runtime.Worker._spawn  # noqa: SLF001

    def unpacked(layer: Any) -> str:  # noqa: ANN401 - an ARN, or an object that has it
        arn = layer if isinstance(layer, str) else layer["Arn"]
        with one_at_a_time:
            if arn not in folders:
                folder = tempfile.mkdtemp(prefix="layer-")
                packed = lambda_svc._resolve_layer_zip(layer)  # noqa: SLF001
                with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                    archive.extractall(folder)
                folders[arn] = folder
        return folders[arn]

    def spawned(worker: Any) -> None:  # noqa: ANN401 - lambda_runtime.Worker
        config = worker.config
        paths = os.pathsep.join(map(unpacked, config.get("Layers") or []))
        variables = {
            **(config.get("Environment") or {}).get("Variables", {}),
            "TMPDIR": tempfile.mkdtemp(prefix="scratch-"),
            "_LAMBDA_LAYERS_DIRS": paths,
        }
        worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = config

    lambda_runtime.Worker._spawn = spawned  # noqa: SLF001


def main() -> None:
    """Answer until told to end (SIGTERM or SIGINT)."""
    held = Path(sys.argv[1]).open("w")  # noqa: SIM115 - locked until the process is gone
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    mend_answers()
    name_resources()
    name_pseudo_parameters()
    lay_out_disks()
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"

    async def run() -> None:
        told = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, told.set)
        await serve(over_tls, config, shutdown_trigger=told.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
