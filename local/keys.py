"""``citylake keys``: make, list and revoke the API keys of a city."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from citylake.keys import Key
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from local.options import DEFAULT_HOME, AsJson, Home, PlaceName, err, out, print_json

app = typer.Typer(
    name="keys",
    help="Make, list and revoke a city's API keys, which open what it does not show to everyone.",
    no_args_is_help=True,
)


@app.command(
    epilog="Examples:  citylake keys create 'Budget office' --place nc/durham --everything  ·  "
    "citylake keys create 'Raleigh planning' --place 3719000 --for 3755000 --expires 2027-01-01"
)
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    place: PlaceName,
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="It opens all datasets of the city.")
    ] = False,
    datasets: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="ID", help="It opens this one. May be repeated."),
    ] = None,
    party: Annotated[
        str,
        typer.Option("--for", metavar="GEOID", help="It opens what the city shares with them."),
    ] = "",
    calls: Annotated[
        int | None, typer.Option(help="Calls that it has a day; 10,000 unless given.")
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
            help="From when on it opens nothing, in UTC; never unless given.",
        ),
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it: it is kept nowhere, and cannot be had again."""
    from lambdas.publish.keys import DAILY_CALLS, Wanted, create_key

    lake, owner = _open(home, place)
    key, secret = create_key(
        lake,
        owner,
        Wanted(
            name=name,
            everything=everything,
            datasets=datasets or (),
            party=party,
            daily_calls=DAILY_CALLS if calls is None else calls,
            expires_at=expires.replace(tzinfo=UTC) if expires else None,
        ),
    )
    if as_json:
        print_json({"key": secret, **_told(key)})
        return
    err.print(f"Key {key.id} of {owner}; this is the only time that it is shown:")
    print(secret)


@app.command("list", epilog="Example:  citylake keys list --place nc/durham")
def list_all(place: PlaceName, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List a city's keys, the oldest first; what they are is not kept."""
    from lambdas.publish.keys import list_keys

    found = list_keys(*_open(home, place))
    if as_json:
        print_json([_told(key) for key in found])
        return
    table = Table("id", "name", "opens", "made", "until", "state", box=None, pad_edge=False)
    table.add_column("calls a day", justify="right")
    now = datetime.now(UTC)
    for key in found:
        state = "valid" if key.is_valid(now) else "revoked" if key.revoked_at else "expired"
        until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        table.add_row(
            key.id,
            key.name,
            _opens(key),
            f"{key.created_at:%Y-%m-%d}",
            until,
            state,
            f"{key.daily_calls:,}",
        )
    out.print(table)


@app.command(epilog="Example:  citylake keys revoke 5f3a9c1e --place nc/durham")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as listed.")],
    place: PlaceName,
    home: Home = DEFAULT_HOME,
) -> None:
    """Take a key back: a minute later at most it opens nothing."""
    from lambdas.publish.keys import revoke_key

    key = revoke_key(*_open(home, place), key_id)
    out.print(f"{key.id} ({key.name}) was revoked at {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC")


def _open(home: Home, place: str) -> tuple[Lake, str]:
    from lambdas.publish.register import find_publisher

    lake = Lake(FolderStore(home))
    lake.check_format()
    return lake, find_publisher(lake, place).geoid


def _opens(key: Key) -> str:
    if key.rights.everything:
        return "everything"
    shared = [f"what is shared with {key.rights.party}"] if key.rights.party else []
    return ", ".join((*key.rights.datasets, *shared))


def _told(key: Key) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(key)
    del told["sha256"]
    return told
