"""The CDK's own command against the emulator: synth, bootstrap, deploy."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from citylake.errors import PortalError
from local.cloud.emulator import REGION, ROOT

ACCOUNT = "000000000000"
"""The emulator's account."""

COMMAND = ROOT / "infra" / "cli" / "node_modules" / ".bin" / "cdk"

SOLD = ROOT / "marketplace" / "listing" / "market.example.toml"
"""What is sold there: products of no listing."""

_SHOWN = ("✅", "❌")
_TAIL_LINES = 30


class DeployFailed(PortalError):
    """The CDK's command said no."""


class Cdk:
    """The CDK's command for one emulator."""

    def __init__(
        self, home: Path, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        """Make nothing yet.

        Args:
            home: gets the cloud assembly (``cdk.out``) and what the command says (``cdk.log``).
            environment: how the emulator is reached.
            say: gets a line for each stack, and for each step with its seconds.
        """
        self.assembly = home / "cdk.out"
        self.log = home / "cdk.log"
        self._environment = environment
        self._say = say

    def synth(self) -> float:
        """Make the templates of the platform; returns the seconds.

        Raises:
            DeployFailed: with the end of what the command said.
        """
        return self._run(
            "synth", "--quiet", "--output", str(self.assembly),
            "--context", "target=host", "--context", f"region={REGION}",
            "--context", "schedule=off",  # what is harvested here is the bundle, when asked for
            "--context", f"market={SOLD}",
        )  # fmt: skip

    def bootstrap(self) -> float:
        """Make the account ready for what ``synth`` made; harmless if it is.

        Raises:
            DeployFailed: with the end of what the command said.
        """
        return self._run("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(self.assembly))

    def deploy(self) -> float:
        """Bring all stacks of the platform to what ``synth`` made; returns the seconds.

        Raises:
            DeployFailed: with the end of what the command said.
        """
        return self._run(
            "deploy", "--all", "--app", str(self.assembly),
            "--require-approval", "never", "--progress", "events", "--concurrency", "1",
        )  # fmt: skip

    def _run(self, *arguments: str) -> float:
        if not COMMAND.exists():
            raise DeployFailed(f"no {COMMAND}: run `make cloud-up` or `make test-cloud`")
        began = time.monotonic()
        # The app is a Python program: the one that runs this is the one that has the CDK.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        with self.log.open("a+") as log:
            start = log.tell()
            process = subprocess.Popen(  # noqa: S603 - our own arguments
                [COMMAND, *arguments, "--no-notices", "--no-version-reporting"],
                cwd=ROOT,
                env={**os.environ, **self._environment, "PATH": path, "CI": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            with process:
                for line in process.stdout or ():
                    log.write(line)
                    if line.lstrip().startswith(_SHOWN):
                        self._say(line.strip())
            if process.returncode:
                log.seek(start)
                tail = "".join(log.readlines()[-_TAIL_LINES:])
                raise DeployFailed(f"`cdk {arguments[0]}` failed; the end of {self.log}:\n{tail}")
        return time.monotonic() - began
