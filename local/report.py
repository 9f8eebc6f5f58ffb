"""What a harvest or a publication did, as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from lambdas.harvest.report import DatasetReport, RunReport
    from lambdas.publish.publish import Published

_COLOR = {"published": "green", "unchanged": "dim", "failed": "red"}


def show_summary(report: RunReport, console: Console) -> None:
    """Print what changed, a line per dataset; nothing at all if nothing did."""
    for made in report.datasets:
        if made.outcome != "unchanged":
            console.print(_line(made))


def show_report(report: RunReport, console: Console) -> None:
    """Print every dataset with its checks, and what was left out by reason."""
    table = Table("dataset", "outcome", box=None, pad_edge=False)
    for name in ("records in", "published", "left out", "seconds"):
        table.add_column(name, justify="right")
    for made in report.datasets:
        color = _COLOR[made.outcome]
        table.add_row(
            made.dataset,
            f"[{color}]{made.outcome}[/{color}]",
            f"{made.records_in:,}",
            f"{made.records:,}",
            f"{sum(left.count for left in made.left_out):,}",
            f"{made.seconds:.2f}",
        )
    console.print(table)
    for made in report.datasets:
        _show_details(made, console)


def show_published(published: Published, console: Console) -> None:
    """Print what became of a file: its fields and their types, and what to know."""
    table = Table("field", "type", "header", box=None, pad_edge=False)
    for field in published.fields:
        table.add_row(field.name, field.type, escape(field.label))
    console.print(table)
    for note in published.notes:
        console.print(f"  {note}", markup=False)
    tail = f", {published.quarantined:,} set aside" if published.quarantined else ""
    console.print(f"{published.dataset}: {published.rows:,} records{tail}")


def _show_details(made: DatasetReport, console: Console) -> None:
    if made.error:
        console.print(f"\n[red]{made.dataset}[/red]: {escape(made.error)}")
    failed = [check for check in made.checks if not check.passed]
    if not (made.left_out or failed):
        return
    console.print(f"\n[bold]{made.dataset}[/bold]")
    for check in failed:
        weight = "kept from publishing" if check.blocking else "worth a look"
        console.print(f"  check {check.name} ({weight}): {escape(check.notes)}")
    for left in made.left_out:
        examples = f": {', '.join(left.examples[:3])}" if left.examples else ""
        console.print(f"  left out {left.count:,}: {escape(left.reason + examples)}")


def _line(made: DatasetReport) -> str:
    if made.error:
        return f"[red]{made.dataset} was not published:[/red] {escape(made.error)}"
    left_out = sum(left.count for left in made.left_out)
    tail = f", {left_out:,} left out" if left_out else ""
    return f"{made.title}: {made.records:,} records{tail} ({made.seconds:.1f} s)"
