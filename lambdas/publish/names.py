"""Names of fields, made of a file's headers."""

import re
from collections.abc import Sequence

from citylake.places import fold

_NOT_NAME = re.compile(r"[^a-z0-9]+")
_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z]+$)")
_BLANKS = re.compile(r"\s+")
_LONGEST = 63

RESERVED = frozenset(
    {
        "and", "as", "asc", "desc", "distinct", "false", "in", "is", "like", "not", "null", "or",
        "to", "true",
    }
)  # fmt: skip
"""Words of the query language, which a field could only be asked for in quotes."""


def name_fields(headers: Sequence[str]) -> list[str]:
    """Give every column a field name of its own, in the order of the headers.

    ``Assigned To:`` becomes ``assigned_to``, ``CrashID`` ``crash_id``; a header that begins with a
    digit gets ``field_`` before it, an empty one is ``column_3``, a second ``amount`` ``amount_2``.
    """
    taken: set[str] = set()
    names = []
    for number, header in enumerate(headers, start=1):
        stem = _stem(header) or f"column_{number}"
        name, again = stem, 1
        while name in taken:
            again += 1
            name = f"{stem[: _LONGEST - len(str(again)) - 1]}_{again}"
        taken.add(name)
        names.append(name)
    return names


def label_of(header: str, number: int) -> str:
    """What a person reads above a column: the header as it stands, its blanks evened out."""
    return _BLANKS.sub(" ", header).strip() or f"Column {number}"


def _stem(header: str) -> str:
    stem = _NOT_NAME.sub("_", fold(_NEXT_WORD.sub(" ", header))).strip("_")[:_LONGEST].strip("_")
    if not stem:
        return ""
    if stem[0].isdigit():
        stem = f"field_{stem}"[:_LONGEST].strip("_")
    return f"{stem}_value" if stem in RESERVED else stem
