"""``citylake fleet``: add, suspend, resume, upgrade and remove subscribed cities.

Each command that changes something starts a state machine in the account, shows a line for each
step that it takes, and ends when the run does. Ended here, with Ctrl-C, the run goes on.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from citylake.errors import CityBusy, FleetError

if TYPE_CHECKING:
    from lambdas.fleet.cities import City
    from local.fleet.desk import Desk, Ended, Step

_PIPED_WIDTH = 240

app = typer.Typer(
    name="fleet",
    help="Add, suspend, resume, upgrade and remove subscribed cities in an AWS account.",
    no_args_is_help=True,
)
out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _PIPED_WIDTH)

Geoid = Annotated[str, typer.Argument(metavar="GEOID", help="The city: 3719000 is Durham, NC.")]
Region = Annotated[
    str, typer.Option(help="Region of the platform; the environment's unless given.")
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Start the run and do not wait for its end.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command(
    epilog="Examples:  citylake fleet provision 3719000  ·  "
    "citylake fleet provision 0807850 --domain data.example.gov --feature own-data"
)
def provision(
    geoid: Geoid,
    *,
    domain: Annotated[str, typer.Option(help="Host of the city's own.")] = "",
    feature: Annotated[
        list[str] | None, typer.Option(help="What else the city has. May be repeated.")
    ] = None,
    private_offer: Annotated[
        str, typer.Option(help="Offer by which a city of a million people or more was sold.")
    ] = "",
    region: Region = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Make a city's portal: its stacks, its catalog, a smoke test, live.

    A city that is being made already is followed; one that is live is left as it is.
    """
    asked = {
        "geoid": geoid,
        "domain": domain,
        "features": feature or [],
        "private_offer": private_offer,
    }
    _run("provision", asked, region=region, wait=not no_wait, as_json=as_json)


@app.command(epilog='Example:  citylake fleet suspend 3719000 --reason "the invoice is open"')
def suspend(
    geoid: Geoid,
    *,
    reason: Annotated[str, typer.Option(help="Why, in words for the city's staff.")] = "",
    region: Region = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Let a city's staff write no more; everything stays readable."""
    asked = {"geoid": geoid, "reason": reason}
    _run("suspend", asked, region=region, wait=not no_wait, as_json=as_json)


@app.command(epilog="Example:  citylake fleet resume 3719000")
def resume(
    geoid: Geoid, *, region: Region = "", no_wait: NoWait = False, as_json: AsJson = False
) -> None:
    """Let a suspended city's staff write again."""
    _run("resume", {"geoid": geoid}, region=region, wait=not no_wait, as_json=as_json)


@app.command(
    epilog="Examples:  citylake fleet teardown 3719000  ·  "
    "citylake fleet teardown 3719000 --delete-data 3719000"
)
def teardown(
    geoid: Geoid,
    *,
    delete_data: Annotated[
        str,
        typer.Option(
            metavar="GEOID", help="The city once more: delete its data too, but the archive."
        ),
    ] = "",
    region: Region = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Remove a city: archive what it owns, delete its service, prove what is left."""
    asked = {"geoid": geoid} | ({"delete_data": delete_data} if delete_data else {})
    _run("teardown", asked, region=region, wait=not no_wait, as_json=as_json)


@app.command(epilog="Examples:  citylake fleet upgrade  ·  citylake fleet upgrade 3719000")
def upgrade(
    geoids: Annotated[
        list[str] | None, typer.Argument(metavar="GEOID", help="Which; all of them without.")
    ] = None,
    *,
    region: Region = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Bring the service of cities to the current template: one first, then wave by wave."""
    asked = {"cities": geoids} if geoids else {}
    _run("upgrade", asked, region=region, wait=not no_wait, as_json=as_json)


@app.command(
    epilog="Examples:  citylake fleet status 3719000  ·  citylake fleet status 3719000 --json"
)
def status(geoid: Geoid, *, region: Region = "", as_json: AsJson = False) -> None:
    """Show what the registry knows of a city, and what became of it so far."""
    from lambdas.fleet.registry import read_city

    with _desk(region) as desk:
        city = read_city(desk.registry, geoid)
    if as_json:
        _print_json(city)
        return
    facts = {
        "status": f"{city.status}: {city.reason}" if city.reason else city.status,
        "trouble": city.trouble,
        "run": city.execution,
        "population": f"{city.population:,} ({city.population_source}), {city.tier}",
        "domain": city.domain,
        "features": ", ".join(city.features),
        "portal": city.api_url,
        "bucket": city.bucket,
        "templates": ", ".join(f"{stack} {digest}" for stack, digest in city.versions.items()),
        "began with": f"{len(city.datasets)} datasets, {sum(city.datasets.values()):,} records",
        "archive": f"s3://{city.archive.bucket}/{city.archive.prefix}" if city.archive else "",
        "left": ", ".join(city.left),
    }
    out.print(f"[b]{escape(city.title)}[/b]")
    _print_pairs({name: fact for name, fact in facts.items() if fact})
    _print_pairs(
        {check.name: f"{'ok' if check.passed else 'bad'}: {check.notes}" for check in city.checks}
    )
    table = Table("at", "status", "reason", box=None, pad_edge=False)
    for change in city.history:
        table.add_row(change.at, change.status, escape(change.reason))
    out.print(table)


@app.command("list", epilog="Examples:  citylake fleet list  ·  citylake fleet list --json")
def list_cities(*, region: Region = "", as_json: AsJson = False) -> None:
    """List the cities of the registry."""
    with _desk(region) as desk:
        cities = sorted(desk.registry.cities(), key=lambda city: (city.state, city.name))
    if as_json:
        _print_json(cities)
        return
    table = Table("city", "status", "tier", "portal", "service", "", box=None, pad_edge=False)
    for city in cities:
        told = city.trouble or city.reason
        table.add_row(
            escape(city.title),
            city.status,
            city.tier,
            f"https://{city.domain}" if city.domain else city.api_url,
            city.versions.get("service", "")[:8],
            escape(told),
        )
    out.print(table)


def _run(machine: str, asked: Mapping[str, Any], *, region: str, wait: bool, as_json: bool) -> None:
    """Start a run and follow it.

    Raises:
        FleetError: it failed; its message is the run's own.
    """
    geoid = str(asked.get("geoid", ""))
    with _desk(region) as desk:
        execution = desk.start(machine, asked)
        if not wait:
            _tell_started(execution, as_json=as_json)
            return
        ended = _follow(desk, execution)
        city = desk.registry.find(geoid) if geoid else None
        while ended.ok and city is not None and city.execution not in ("", ended.execution):
            err.print(f"already under way: following {city.execution}", soft_wrap=True)
            ended = _follow(desk, city.execution)
            city = desk.registry.find(geoid)
    if as_json:
        _print_json({"execution": ended.execution, "status": ended.status, "city": city})
    if not ended.ok:
        raise _failure(ended)
    if city is not None and not as_json:
        address = f"https://{city.domain}" if city.domain else city.api_url
        out.print(f"{escape(city.title)}: {city.status} {address}".rstrip(), soft_wrap=True)


@contextmanager
def _desk(region: str) -> Iterator["Desk"]:
    from local.fleet.desk import open_desk, wording

    with wording():
        yield open_desk(region, time.sleep)


def _follow(desk: "Desk", execution: str) -> "Ended":
    def tell(step: "Step") -> None:
        err.print(f"{step.at:%H:%M:%S}  {step.name:22} {escape(step.note)}", soft_wrap=True)

    return desk.follow(execution, tell)


def _failure(ended: "Ended") -> FleetError:
    """A run's failure, in its own words."""
    try:
        told = msgspec.json.decode(ended.cause)
    except msgspec.DecodeError:
        told = None
    message = told.get("errorMessage", "") if isinstance(told, dict) else ended.cause
    kind = CityBusy if ended.error == CityBusy.__name__ else FleetError
    return kind(message or f"{ended.execution} {ended.status.lower().replace('_', ' ')}")


def _tell_started(execution: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"execution": execution, "status": "RUNNING", "city": None})
    else:
        out.print(f"started {execution}", soft_wrap=True)


def _print_pairs(pairs: Mapping[str, str]) -> None:
    for name, value in pairs.items():
        out.print(f"  {name:22} {escape(value)}", soft_wrap=True)


def _print_json(value: "City | Sequence[City] | Mapping[str, Any]") -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
