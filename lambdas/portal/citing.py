"""How to cite a dataset: this very release, by an address that goes on answering as it did."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lambdas.query.dcat.model import Described

_SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_TO_ESCAPE = re.compile("[" + re.escape("".join(_SPECIAL)) + "]")


@dataclass(frozen=True, slots=True)
class Citation:
    """How to cite a release.

    Attributes:
        text: as a reference list has it: who (year): title. Version. Publisher. Address.
        bibtex: the same as an entry for BibTeX.
    """

    text: str
    bibtex: str


def cite(described: Described, publisher: str) -> Citation:
    """Word the citation of a release.

    The year is that of the release; the day of retrieval is the one on which the publisher's bytes
    were read, where the release keeps a receipt of it.

    Args:
        described: the dataset.
        publisher: who publishes the catalog.

    Source:
        DataCite, "Cite your data": creator (year): title. Version. Publisher. Identifier.
    """
    dataset, release = described.dataset, described.held.release
    year = str(datetime.fromisoformat(release.published_at).year)
    retrieved = max((receipt.retrieved_on for receipt in release.receipts), default="")
    notes = (
        f"Vintage: {dataset.vintage}." if dataset.vintage else "",
        f"Retrieved {retrieved}." if retrieved else "",
    )
    note = " ".join(part for part in notes if part)
    return Citation(
        text=(
            f"{dataset.publisher} ({year}): {described.title}.{f' {note}' if note else ''} "
            f"Release {release.id}. {publisher}. {described.version_page}"
        ),
        bibtex=_entry(
            f"citylake-{dataset.id}-{release.id}",
            {
                "author": f"{{{_escaped(dataset.publisher)}}}",
                "title": f"{{{_escaped(described.title)}}}",
                "year": year,
                "version": release.id,
                "publisher": _escaped(publisher),
                "note": _escaped(note),
                "url": described.version_page,
            },
        ),
    )


def _entry(key: str, fields: Mapping[str, str]) -> str:
    told = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{told}\n}}"


def _escaped(text: str) -> str:
    """Write a text for BibTeX, whose own signs mean something else."""
    return _TO_ESCAPE.sub(lambda sign: _SPECIAL[sign[0]], text)
