"""What the marketplace's pages say, in the language of the request."""

from pathlib import Path

from citylake.pages.messages import Catalog

CATALOG = Catalog(Path(__file__).parent / "locale")
"""What these pages say."""


def _(message: str, /, **values: object) -> str:
    """Say a message of ours, its placeholders filled in."""
    return CATALOG.say(message, **values)


def ngettext(one: str, many: str, count: float, /, **values: object) -> str:
    """Say a message of ours that depends on a number."""
    return CATALOG.say_count(one, many, count, **values)


def noted(message: str) -> str:
    """Mark a message of ours that stands in a table; it is said where it is used."""
    return message
