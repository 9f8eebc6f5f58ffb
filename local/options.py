"""What the commands have in common: their options, and where they print."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

_PIPED_WIDTH = 240  # what is piped is not cut to the width of a terminal that is not there

out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPED_WIDTH)

Home = Annotated[
    Path, typer.Option(help="Folder that holds the lake; it is made if it is not there.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
PlaceName = Annotated[
    str,
    typer.Option("--place", metavar="GEOID", help="The city whose data it is; slugs work too."),
]
OwnerName = Annotated[
    str,
    typer.Option(
        "--place", metavar="GEOID", help="The city that owns the dataset; the nation unless given."
    ),
]
DEFAULT_HOME = Path(".citylake")


def print_json(value: object) -> None:
    """Print a value as JSON, to be read by people, too."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
