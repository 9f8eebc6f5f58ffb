"""What formats in XML share: how elements are named and written."""

import re

from lambdas.query.exports.encodings import XML
from lambdas.query.exports.template import All, Part, Value

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

_ODD = re.compile(r"[^A-Za-z0-9_-]|^[0-9-]|_(?=x[0-9A-F]{4,6}_)")


def xml_name(text: str) -> str:
    """Make a text a name that XML, Turtle and JSON-LD all take: ``count(*)`` → ``count_x0028_…``.

    Other texts make other names, and a name that is one already stays as it is.

    Source:
        ISO/IEC 9075-14 (SQL/XML), section 9.1, for the escapes.
    """
    return _ODD.sub(lambda odd: f"_x{ord(odd[0]):04X}_", text) or "_"


def element(name: str, *parts: Part) -> Part:
    """An element of XML around parts; missing if one of them is."""
    return All((f"<{name}>", *parts, f"</{name}>"))


def text_of(number: int) -> Part:
    """A column's value as character data."""
    return Value(number, encoding=XML)
