"""How a statement and its reconciliation look in a terminal."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from marketplace.bill import Statement

_BOX = {"box": None, "pad_edge": False}


def show_statement(held: Statement, console: Console) -> None:
    """Print what the buyers are billed for a month, and what became of the hours."""
    console.print(f"[b]Statement of {held.month}[/b]")
    lines = Table("licence", "city", "tier", "from", "to", **_BOX)  # type: ignore[arg-type]  # a dict
    for name in ("hours", "USD/hour", "USD"):
        lines.add_column(name, justify="right")
    for line in held.lines:
        lines.add_row(
            short(line.licence),
            line.geoid,
            line.dimension,
            f"{line.first:%m-%d %H:00}",
            f"{line.last:%m-%d %H:00}",
            f"{line.hours:,}",
            f"{line.price_usd:.3f}",
            f"{line.amount_usd:,.2f}",
        )
    for made in held.adjustments:
        words = f"{made.reason} ({made.by})"
        lines.add_row(
            short(made.licence),
            "",
            "",
            f"{made.at:%m-%d}",
            words,
            "",
            "",
            f"{made.amount_usd:,.2f}",
        )
    hours = sum(line.hours for line in held.lines)
    total = _money(held.total_usd)
    lines.add_row("[b]all[/b]", "", "", "", "", f"[b]{hours:,}[/b]", "", f"[b]{total}[/b]")
    console.print(lines)
    show_reconciliation(held, console)


def show_reconciliation(held: Statement, console: Console) -> None:
    """Print what became of the hours that were owed."""
    columns = ("expected", "accepted", "late", "pending", "conflicts", "refused", "expired")
    doubts = ("in_doubt", "not_owed")
    console.print("\n[b]What became of the hours[/b]")
    table = Table("licence", "city", **_BOX)  # type: ignore[arg-type]  # a dict
    for name in (*columns, *doubts):
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("")
    for each in held.reconciliations:
        counts = [f"{getattr(each, name):,}" for name in (*columns, *doubts)]
        mark = "[green]even[/green]" if each.is_even else "[yellow]look[/yellow]"
        table.add_row(short(each.licence), each.geoid, *counts, mark)
    console.print(table)


def short(licence: str) -> str:
    """A licence's id as it fits into a line: its end tells it from the others."""
    return f"…{licence[-6:]}" if len(licence) > 12 else licence  # noqa: PLR2004  # short as it is


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
