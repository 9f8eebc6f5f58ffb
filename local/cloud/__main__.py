"""``python -m local.cloud up`` and ``down``: what ``make cloud-up`` and ``make cloud-down`` run."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError
from rich.console import Console
from rich.markup import escape

from citylake.errors import PortalError
from local.cloud.cdk import Cdk
from local.cloud.emulator import Emulator, EmulatorFailed
from local.cloud.platform import CITIES, MARKETPLACE, SHOWCASE, Platform

HOME = Path(".cloud")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
out = Console(highlight=False, soft_wrap=True)

Home = Annotated[Path, typer.Option(help="Folder for logs and what the functions write.")]


@app.command()
def up(
    home: Home = HOME,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 4566,
) -> None:
    """Start the emulator, deploy the platform, fill its lake, and provision three cities.

    What is there already is left as it is, so a second run goes on where the first one ended.
    """
    began = time.monotonic()

    def say(line: str) -> None:
        out.print(f"[dim]{time.monotonic() - began:5.0f} s[/dim]  {line}")

    emulator = Emulator(home.resolve())
    running = emulator.start(port)
    say(f"an emulator of AWS listens on 127.0.0.1:{running.port}; its log is {emulator.log}")
    environment = emulator.environment()
    os.environ.update(environment)
    cdk = Cdk(home.resolve(), environment, say)
    try:
        say(f"cdk synth ({cdk.synth():.0f} s)")
        say(f"cdk bootstrap ({cdk.bootstrap():.0f} s)")
        say(f"cdk deploy ({cdk.deploy():.0f} s)")
        platform = Platform(boto3.Session())
        if platform.harvested():
            say("the national lake is filled")
        else:
            platform.harvest(say)
        for city in CITIES:
            platform.provision(city, say)
    except (PortalError, BotoCoreError) as error:
        if emulator.running() is None:
            raise EmulatorFailed(f"the emulator died: {error}\n{emulator.tail()}") from error
        raise
    out.print("\nOpen in a browser (it knows that names ending with .localhost are this machine):")
    out.print(f"  {'every city':12}{platform.outputs(SHOWCASE)['ApiUrl']}/")
    for city, name in CITIES.items():
        out.print(f"  {name:12}{platform.city_address(city)}/")
    out.print(f"  {'buyers':12}{platform.outputs(MARKETPLACE)['FulfilmentUrl']}")
    out.print("\nOn the command line:")
    settings = " ".join(f"{name}={value}" for name, value in environment.items())
    out.print(f"  export {settings}")
    out.print("  citylake fleet list")
    out.print("  make cloud-down        ends it; nothing is kept")


@app.command()
def down(home: Home = HOME) -> None:
    """End the emulator and everything in it."""
    ended = Emulator(home.resolve()).end()
    out.print("ended" if ended else "nothing was running")


def main() -> None:
    """Run the command; an error that was raised on purpose is one line."""
    try:
        app()
    except PortalError as error:
        out.print(f"[red]error[/red] {escape(str(error))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
