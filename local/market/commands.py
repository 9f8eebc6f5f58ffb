"""``citylake market`` and ``citylake bill``: how the marketplace is tried, and what is billed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from citylake.errors import InputInvalid, NotFound
from local.options import DEFAULT_HOME, Home, err, out

if TYPE_CHECKING:
    import boto3

    from local.market.demo import Told
    from marketplace.bill import Statement
    from marketplace.books import Books
    from marketplace.ledger import Entry

app = typer.Typer(
    name="market",
    help="Try the sale on AWS Marketplace on this machine, and make what a listing needs.",
    no_args_is_help=True,
)

BOOKS_FILE = Path("market") / "books.json"
"""Where the marketplace's books lie below the lake's folder, on one machine."""

_STACK = "Citylake-Marketplace"
_BOOKS_OUTPUT = "BooksTable"
_REGION = "us-east-1"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_COLOURS = {
    "buyer": "cyan",
    "AWS": "yellow",
    "us": "green",
    "fleet": "magenta",
    "alarm": "red",
    "day": "dim",
}


class Which(StrEnum):
    """Which of a bill's two tables."""

    STATEMENT = "statement"
    RECONCILIATION = "reconciliation"


@app.command(epilog="Examples:  citylake market demo  ·  citylake market demo --keep books.json")
def demo(
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the books there, to be read by citylake bill."),
    ] = None,
) -> None:
    """Play a month: four cities buy, much goes wrong, and the bill is right to the hour.

    AWS is a fake that holds boto3's own clients to the installed service models; the clock is the
    play's. All else is the program that runs in the cloud.
    """
    from local.market.demo import Play
    from local.market.show import show_statement
    from marketplace.memory import MemoryBooks

    books = MemoryBooks()
    outcome = Play(_tell, books).run()
    out.print()
    show_statement(outcome.statement, out)
    agreed = "the very same" if outcome.agreed else "[red]not the same[/red]"
    out.print(
        f"\nAWS has {outcome.metered:,} records of {outcome.statement.month}; our books have "
        f"{agreed}. {outcome.requests:,} requests were sent."
    )
    if keep is not None:
        keep.parent.mkdir(parents=True, exist_ok=True)
        books.save(keep)
        out.print(f"The books: citylake bill --month {outcome.statement.month} --books {keep}")


@app.command(epilog="Examples:  citylake market serve  ·  citylake market serve --port 8123")
def serve(
    home: Home = DEFAULT_HOME,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8100,
) -> None:
    """Buy in the browser: AWS Marketplace is played, the pages are the real ones.

    The books begin empty and are kept in HOME/market/books.json, for citylake bill.
    """
    from local.bridge import Bridge, Streams
    from local.market.street import WINDOW, Street
    from local.server import bind
    from local.server import serve as answer
    from marketplace.memory import MemoryBooks

    listener = bind(host, port)
    books, path = MemoryBooks(), home / BOOKS_FILE
    path.parent.mkdir(parents=True, exist_ok=True)

    def show(line: str) -> None:
        out.print(escape(line), soft_wrap=True)

    street = Street(show, books, lambda: books.save(path))
    bridge = Bridge(street, Streams())
    ready = f"ready {{}}{WINDOW.removeprefix('/')}"
    answer(bridge, listener, lambda address: print(ready.format(address), flush=True))


@app.command(epilog="Examples:  citylake market dimensions  ·  citylake market dimensions --write")
def dimensions(
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the files of marketplace/listing/ anew.")
    ] = False,
) -> None:
    """Print the listing's dimensions and prices, made from the tier table."""
    from local.market.listing import FILES, FOLDER

    for name, make in FILES.items():
        if write:
            (FOLDER / name).write_text(make(), encoding="utf-8")
            err.print(f"wrote {FOLDER / name}")
        else:
            print(make(), end="")


def bill(
    month: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="Which month; the current one unless given.")
    ] = "",
    *,
    city: Annotated[str, typer.Option(metavar="GEOID", help="One city alone.")] = "",
    csv: Annotated[
        Which | None, typer.Option(help="Print one of the two tables as CSV instead.")
    ] = None,
    aws: Annotated[
        bool, typer.Option("--aws", help="The books of the platform in your AWS account.")
    ] = False,
    books: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Books in a file; those of the local lake unless given."),
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Print a month's statement and what became of its hours, computed from the ledger alone."""
    from citylake.places import read_geoid
    from local.market.show import show_statement

    wanted = month or f"{datetime.now(UTC):%Y-%m}"
    if not _MONTH.fullmatch(wanted):
        raise InputInvalid(f"the month is {month!r}; expected one like 2026-11")
    geoid = read_geoid(city) if city else ""
    held = _statement(_books(books or home / BOOKS_FILE, aws=aws), wanted, geoid)
    match csv:
        case Which.STATEMENT:
            print(held.to_csv(), end="")
        case Which.RECONCILIATION:
            print(held.reconciliation_csv(), end="")
        case None:
            show_statement(held, out)


def _statement(books: "Books", month: str, geoid: str) -> "Statement":
    from marketplace.bill import statement
    from marketplace.prices import shipped_prices

    return statement(month, _entries(books, month, geoid), shipped_prices())


def _entries(books: "Books", month: str, geoid: str) -> "Iterator[Entry]":
    """The ledger's lines of a month; those of one city's licences if one is asked for."""
    for licence in sorted(name for name in books.subjects() if name.startswith("l-")):
        own = list(books.entries(licence, month))
        if not geoid or any(entry.geoid == geoid for entry in own):
            yield from own


def _books(path: Path, *, aws: bool) -> "Books":
    if aws:
        import boto3

        from marketplace.table import TableBooks

        session = boto3.Session(region_name=_REGION)
        return TableBooks(session.client("dynamodb"), _table(session))
    from marketplace.memory import MemoryBooks

    if not path.exists():
        raise NotFound(
            f"there are no books in {path}; expected those of a marketplace on this machine, "
            "of citylake market demo --keep, or --aws"
        )
    return MemoryBooks.load(path)


def _table(session: "boto3.Session") -> str:
    """Name of the books' table in the account."""
    from botocore.exceptions import ClientError

    try:
        stacks = session.client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
    except ClientError as error:
        raise NotFound(
            f"no stack {_STACK} in {_REGION} of this account: {error}; deploy it with "
            "make deploy ARGS='-c market=FILE'"
        ) from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks[0].get("Outputs", [])}
    return outputs[_BOOKS_OUTPUT]


def _tell(told: "Told") -> None:
    colour = _COLOURS[told.who]
    who = f"[{colour}]{told.who:6}[/{colour}]"
    out.print(f"[dim]{told.at:%d %b %H:%M:%S}[/dim]  {who} {escape(told.words)}", soft_wrap=True)
