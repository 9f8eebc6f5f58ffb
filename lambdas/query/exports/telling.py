"""Which columns name a record and which describe it, for formats that people look at."""

from collections.abc import Iterable

from citylake.datasets import FieldType
from citylake.errors import ParameterInvalid
from lambdas.query.exports.encodings import Encoding
from lambdas.query.exports.table import Table
from lambdas.query.exports.template import All, Encoded, Joined, Part, Value


def named_by(table: Table) -> int | None:
    """Which column names a record: as ``name_field`` says, or else the likeliest.

    That is ``name``, or else the first that ends in ``_name``, or else the first text.

    Raises:
        ParameterInvalid: no column is called so.
    """
    if table.request.name_field:
        return _find(table, "name_field", table.request.name_field)
    texts = [
        number
        for number, column in enumerate(table.columns)
        if column.type is FieldType.TEXT and not column.multivalued
    ]
    names = {number: table.columns[number].name for number in texts}
    named = [number for number in texts if names[number] == "name"]
    nearly = [number for number in texts if names[number].endswith("_name")]
    return next(iter((*named, *nearly, *texts)), None)


def described_by(table: Table) -> list[int] | None:
    """Which columns describe a record, as ``description_field_list`` says; ``None`` if it does not.

    Raises:
        ParameterInvalid: there is none of one of the names.
    """
    asked = [name.strip() for name in table.request.description_field_list.split(",")]
    found = [_find(table, "description_field_list", name) for name in asked if name]
    return found or None


def _find(table: Table, parameter: str, name: str) -> int:
    names = [column.name for column in table.columns]
    if name in names:
        return names.index(name)
    raise ParameterInvalid(
        f"Invalid value for {parameter} API parameter: {name[:80]} was found but one of the "
        f"columns is expected: {', '.join(names)[:500]}."
    )


def lines(table: Table, numbers: Iterable[int], encoding: Encoding) -> Part:
    """What columns say of a record, a line each: ``Inhabitants: 291928``."""
    said = (All((f"{table.columns[number].label}: ", Value(number), "\n")) for number in numbers)
    return Encoded(Joined(tuple(said)), encoding)
