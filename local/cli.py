"""The ``citylake`` command.

Exit codes: 0 all went well; 1 it could not be done, and the last line says why and what to do;
2 the command line was not understood; 3 some datasets were not published, the others were.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from citylake import __version__
from citylake.datasets import NATIONAL, Visibility
from citylake.errors import ParameterInvalid, PortalError
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.settings import Site
from local.fleet.commands import app as fleet
from local.keys import app as keys
from local.market.commands import app as market
from local.market.commands import bill
from local.options import DEFAULT_HOME, AsJson, Home, OwnerName, PlaceName, err, out, print_json
from local.report import show_published, show_report, show_summary

if TYPE_CHECKING:
    from lambdas.harvest.report import RunReport

SOME_FAILED = 3

app = typer.Typer(
    name="citylake",
    help="An open-data portal for every US city, full on day one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class From(StrEnum):
    """Where a harvest takes its figures from."""

    BUNDLE = "bundle"
    LIVE = "live"


class Level(StrEnum):
    """How much a city's portal is used; docs/costs.md says how much that is."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


app.add_typer(fleet)
app.add_typer(keys)
app.add_typer(market)
app.command(
    epilog="Examples:  citylake bill --month 2026-11  ·  citylake bill --aws --city 3719000  ·  "
    "citylake bill --month 2026-11 --csv reconciliation"
)(bill)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """An open-data portal for every US city, full on day one."""
    if show:
        out.print(f"citylake {__version__}")
        raise typer.Exit


@app.command(
    epilog="Examples:  citylake up  ·  citylake up --port 8123  ·  citylake up --place 0807850"
)
def up(
    home: Home = DEFAULT_HOME,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    place: Annotated[
        str | None,
        typer.Option(
            metavar="GEOID", help="Serve this one city at /, as its own host does; slugs work too."
        ),
    ] = None,
) -> None:
    """Fill the lake with the bundled figures, then serve portal and API until told to end."""
    from lambdas.portal.handler import build
    from local.bridge import Bridge, Streams
    from local.server import bind, serve

    listener = bind(host, port)
    report = _fill(home, None, From.BUNDLE)
    show_summary(report, err)
    streams = Streams()
    lake = Lake(FolderStore(home))
    handler = build(lake, pinned=place, deliver=streams.deliver, site=Site.from_environment())
    serve(Bridge(handler, streams), listener, lambda address: print(f"ready {address}", flush=True))


@app.command(
    epilog="Examples:  citylake harvest  ·  citylake harvest population  ·  "
    "citylake harvest air-quality --from live"
)
def harvest(
    datasets: Annotated[
        list[str] | None, typer.Argument(help="Ids of datasets; all of them without.")
    ] = None,
    home: Home = DEFAULT_HOME,
    source: Annotated[
        From,
        typer.Option(
            "--from", help="The figures bundled with the project, or the publishers themselves."
        ),
    ] = From.BUNDLE,
    anew: Annotated[
        bool, typer.Option("--anew", help="Publish once more even what has not changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Harvest datasets into the lake and report what was published and what was left out."""
    report = _fill(home, datasets, source, anew=anew)
    if as_json:
        print_json(report)
    else:
        show_report(report, out)
    if not report.ok:
        raise typer.Exit(SOME_FAILED)


@app.command(epilog="Examples:  citylake datasets  ·  citylake datasets --json")
def datasets(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the datasets of the lake with their current releases."""
    lake = Lake(FolderStore(home))
    if not lake.check_format():
        err.print(f"There is no lake in {home} yet: run [b]citylake harvest[/b] to fill one.")
    entries = [
        entry
        for namespace in lake.namespaces()
        for entry in lake.catalog(namespace).catalog.datasets.values()
    ]
    if as_json:
        print_json(
            [
                {
                    "dataset_id": entry.dataset.id,
                    "owner": entry.dataset.owner,
                    "visibility": entry.visibility,
                    "title": entry.dataset.title,
                    "records": entry.records_count,
                    "vintage": entry.dataset.vintage,
                    "release": entry.release,
                    "releases": len(entry.releases),
                    "published_at": entry.published_at,
                }
                for entry in entries
            ]
        )
        return
    table = Table("owner", "dataset", "title", "vintage", "release", box=None, pad_edge=False)
    table.add_column("records", justify="right")
    for entry in entries:
        table.add_row(
            entry.dataset.owner,
            entry.dataset.id,
            entry.dataset.title,
            entry.dataset.vintage,
            entry.release,
            f"{entry.records_count:,}",
        )
    out.print(table)


@app.command(
    epilog="Examples:  citylake publish requests.csv --id service-requests --place 3719000  ·  "
    "citylake publish trees.geojson --id trees --place nc/durham --field zip=text "
    '--attach "Data dictionary=dictionary.pdf"'
)
def publish(
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON lines, Parquet, GeoJSON or XLSX, gzipped or not.")
    ],
    *,
    dataset_id: Annotated[str, typer.Option("--id", help="Id that the dataset has or gets.")],
    place: PlaceName,
    title: Annotated[
        str, typer.Option(help="What people read; the file's name unless given.")
    ] = "",
    description: Annotated[str, typer.Option(help="What the data is, in a sentence.")] = "",
    license_name: Annotated[
        str, typer.Option("--license", help="Terms under which the data may be used.")
    ] = "",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="NAME=TYPE",
            help="Type of a field, by name or header, in place of the one that all of its values "
            "fit; rows that do not fit are set aside. May be repeated.",
        ),
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="A text that means no value. May be repeated."),
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Zone of times that name none; the place's own unless given.")
    ] = "",
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; the first unless given.")] = "",
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first row is data, not names of columns.")
    ] = False,
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="The dataset is the city's alone from the first: only its keys open it.",
        ),
    ] = False,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TITLE=]FILE",
            help="A document to put beside the data, such as a data dictionary: at most 20, of "
            "25 MB each, in place of those of the release before. May be repeated.",
        ),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Put no document of the release before beside it.")
    ] = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Publish a city's own file: types from all of it, bad rows set aside, seen at once.

    The last line printed is a JSON object: dataset, place, release, rows, quarantined, fields,
    attachments and notes.
    """
    if attach and detach:
        raise ParameterInvalid("--attach and --detach contradict each other")
    wanted = _read_types(types or ())
    from citylake.attachments import read_attachment
    from citylake.lake.write import open_folder_tables
    from lambdas.publish.publish import Submission, license_of
    from lambdas.publish.publish import publish as publish_file
    from lambdas.publish.reading import Options

    lake = Lake(FolderStore(home))
    lake.check_format()
    submission = Submission(
        path=file,
        dataset_id=dataset_id,
        place=place,
        title=title,
        description=description,
        license=license_of(license_name),
        types=wanted,
        missing=tuple(missing or ()),
        zone=timezone,
        options=Options(has_header=not no_header, sheet=sheet),
        private=private,
        attachments=(tuple(map(read_attachment, attach or ())) if attach or detach else None),
    )
    with err.status("publish") as status:
        published = publish_file(lake, open_folder_tables(home), submission, tell=status.update)
    show_published(published, err)
    print(msgspec.json.encode(published).decode())


@app.command(
    epilog="Examples:  citylake releases service-requests --place 3719000  ·  "
    "citylake releases population"
)
def releases(
    dataset_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the dataset.")],
    place: OwnerName = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List a dataset's releases, the current one first."""
    from lambdas.publish.releases import list_releases

    lake = Lake(FolderStore(home))
    lines = list_releases(lake, _namespace(lake, place), dataset_id)
    if as_json:
        print_json(lines)
        return
    table = Table("release", "published at", "", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    for line in lines:
        mark = "current" if line.current else ""
        table.add_row(line.release, line.published_at, mark, f"{line.rows:,}")
    out.print(table)


@app.command(
    epilog="Examples:  citylake restore service-requests 20261123T061442Z-3fa9c1 --place 3719000"
)
def restore(
    dataset_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the dataset.")],
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Id of one of its releases.")],
    place: OwnerName = "",
    home: Home = DEFAULT_HOME,
) -> None:
    """Make an old release of a dataset the current one again; no release is lost."""
    from lambdas.publish.releases import restore as restore_release

    lake = Lake(FolderStore(home))
    entry = restore_release(lake, _namespace(lake, place), dataset_id, release)
    out.print(f"{dataset_id} is at {entry.release} again: {entry.records_count:,} records")


@app.command(
    epilog="Examples:  citylake share wages --place 3719000 --visibility private  ·  "
    "citylake share wages --place nc/durham --visibility shared --with nc/raleigh"
)
def share(
    dataset_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the city's dataset.")],
    place: PlaceName,
    visibility: Annotated[
        Visibility,
        typer.Option(help="Who may read it: everyone, keys of the city's, or some others' too."),
    ],
    parties: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="GEOID",
            help="With whom it is shared: keys made out to them open it. May be repeated.",
        ),
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Say who may read a city's dataset; its releases stay as they are."""
    from lambdas.publish.sharing import share as share_dataset

    lake = Lake(FolderStore(home))
    entry = share_dataset(lake, _namespace(lake, place), dataset_id, visibility, parties or ())
    shared = f" with {', '.join(entry.grants)}" if entry.grants else ""
    out.print(f"{dataset_id} is {entry.visibility}{shared}")


@app.command(
    epilog="Examples:  citylake doctor  ·  citylake doctor --home /srv/lake --json  ·  "
    "citylake doctor --aws --cities 200"
)
def doctor(
    *,
    home: Home = DEFAULT_HOME,
    aws: Annotated[
        bool, typer.Option("--aws", help="Look at an AWS account in place of this machine.")
    ] = False,
    region: Annotated[
        str, typer.Option(help="Region of the platform; the environment's unless given.")
    ] = "",
    cities: Annotated[
        int, typer.Option(min=1, help="How many cities the account is to hold in all.")
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """Look for what would keep the portal from running, and say how to mend it."""
    if aws:
        from local.doctor.account import examine_account
        from local.doctor.clients import open_clients

        today = datetime.now(UTC).date()
        findings = examine_account(open_clients(region), cities=cities, today=today)
    else:
        from local.doctor.machine import examine_machine

        findings = examine_machine(home)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = "[green]ok  [/green]" if finding.ok else "[red]bad [/red]"
            out.print(f"{mark} {escape(finding.subject)}: {escape(finding.found)}", soft_wrap=True)
            if finding.remedy:
                out.print(f"     → {escape(finding.remedy)}", soft_wrap=True)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command(
    epilog="Examples:  citylake costs  ·  citylake costs --cities 500 --traffic large --json"
)
def costs(
    cities: Annotated[int, typer.Option(min=1, help="How many cities share the platform.")] = 50,
    traffic: Annotated[
        Level, typer.Option(help="How much a city's portal is used.")
    ] = Level.MEDIUM,
    as_json: AsJson = False,
) -> None:
    """Estimate what a city costs a month on AWS, by list prices; docs/costs.md says how."""
    from local.costs.assumptions import LEVELS
    from local.costs.model import city_month, total

    month = city_month(LEVELS[traffic], cities)
    if as_json:
        print_json(
            {
                "traffic": traffic,
                "cities": cities,
                "usd": round(month.usd, 2),
                "usd_of_platform": round(total(month.share), 2),
                "usd_by_part": {part: round(usd, 2) for part, usd in month.by_part().items()},
            }
        )
        return
    table = Table("part", box=None, pad_edge=False)
    table.add_column("US dollars", justify="right")
    for part, usd in month.by_part().items():
        table.add_row(part, f"{usd:,.2f}")
    table.add_row("[b]in all[/b]", f"[b]{month.usd:,.2f}[/b]")
    table.add_row("of it a share of the platform", f"{total(month.share):,.2f}")
    out.print(table)


def main() -> None:
    """Run the command; whatever was raised on purpose becomes one line."""
    try:
        app()
    except PortalError as error:
        err.print("[red]error:[/red]", end=" ")
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("stopped")
        sys.exit(130)


def _fill(
    home: Path, datasets: Sequence[str] | None, source: From, *, anew: bool = False
) -> "RunReport":
    """Harvest with a line of progress per dataset, on the terminal only."""
    # Imported when a lake is written: reading it must not wait for pyarrow and pyiceberg.
    from citylake.lake.write import open_folder_tables
    from lambdas.harvest.feeds import BundleFeed
    from lambdas.harvest.live import LiveFeed
    from lambdas.harvest.run import fill

    lake = Lake(FolderStore(home))
    lake.check_format()
    feed = BundleFeed() if source is From.BUNDLE else LiveFeed(lake)
    with err.status("harvest") as status:
        return fill(
            lake,
            open_folder_tables(home),
            datasets=datasets,
            feed=feed,
            anew=anew,
            progress=lambda stand: status.update(
                f"{stand.number}/{stand.of}  {stand.title}: {stand.step}"
            ),
        )


def _namespace(lake: Lake, place: str) -> str:
    """The namespace of a place, or the national one if none is named."""
    if not place:
        return NATIONAL
    from lambdas.publish.register import find_publisher

    return find_publisher(lake, place).geoid


def _read_types(texts: Sequence[str]) -> dict[str, str]:
    """Read ``NAME=TYPE``; a name may hold the sign itself.

    Raises:
        ParameterInvalid: a text without the sign.
    """
    types = {}
    for text in texts:
        name, sign, type_name = text.rpartition("=")
        if not sign:
            raise ParameterInvalid(f"--field {text!r}: expected NAME=TYPE, as in zip=text")
        types[name] = type_name
    return types
