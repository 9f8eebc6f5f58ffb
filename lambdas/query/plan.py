"""A question made ready for an engine, and how the engine's rows are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from citylake.datasets import Field, FieldType, Precision
from lambdas.query.engines import Row
from lambdas.query.odsql.reading import Reader, read_plain
from lambdas.query.odsql.typed import Column as Stored
from lambdas.query.odsql.typed import Kind, Output, Statement, kind_of

_TYPES = {
    Kind.TEXT: FieldType.TEXT,
    Kind.TEXTS: FieldType.TEXT,
    Kind.NULL: FieldType.TEXT,
    Kind.INTERVAL: FieldType.TEXT,
    Kind.INT: FieldType.INT,
    Kind.DOUBLE: FieldType.DOUBLE,
    Kind.BOOLEAN: FieldType.BOOLEAN,
    Kind.DATE: FieldType.DATE,
    Kind.DATETIME: FieldType.DATETIME,
    Kind.POINT: FieldType.GEO_POINT,
    Kind.SHAPE: FieldType.GEO_SHAPE,
    Kind.CLUSTER: FieldType.JSON_BLOB,
    Kind.JSON: FieldType.JSON_BLOB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an answer.

    Attributes:
        name: key of its values in a record; the field's name, an alias, or the text as written.
        label: what a person reads above it; the name where nothing better is known.
        type: type of one value.
        multivalued: whether a value is a list of texts.
        precision: how much of a date is known.
        stored: whether its values are those of a field, as the lake stores them.
    """

    name: str
    label: str
    type: FieldType
    multivalued: bool = False
    precision: Precision = Precision.DAY
    stored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request made ready for an engine.

    Attributes:
        tree: what the engine answers.
        columns: what the rows mean.
        readers: for each column how many values of a row it takes, and how they are read.
        timezone: in which instants are written.
        release: id of the release that is read; for the catalog its version.
        has_ids: whether a row ends with the id of its record, which is none of its columns.
    """

    tree: exp.Select
    columns: tuple[Column, ...]
    readers: tuple[tuple[int, Reader], ...]
    timezone: ZoneInfo
    release: str
    has_ids: bool = False

    def values(self, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        """The values of rows as JSON knows them, one per column; a record's id as it is."""
        if not rows:
            return iter(())
        held = list(zip(*rows, strict=True))
        read, at = [], 0
        for width, reader in self.readers:
            values = held[at : at + width]
            # Column by column, since most are as they should be.
            read.append(values[0] if reader is read_plain else map(reader, *values))
            at += width
        return zip(*read, strict=True)

    def records(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Rows as records: the values by their columns' names."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, values, strict=True)) for values in self.values(rows)]


def column_of(output: Output) -> Column:
    """What people are told of an output; the field's label unless it was given another name."""
    field = output.field
    kind = output.value.kind
    if field is None:
        return Column(
            name=output.name,
            label=output.name,
            type=_TYPES[kind],
            multivalued=kind is Kind.TEXTS,
        )
    aliased = output.name.rpartition(".")[2] not in {field.name, "datasetid"}
    return Column(
        name=output.name,
        label=output.name if aliased else field.label,
        type=field.type,
        multivalued=kind is Kind.TEXTS,
        precision=field.precision,
        stored=isinstance(output.value, Stored),
    )


GEOMETRIES = (Kind.SHAPE, Kind.POINT)
"""What says where a record lies, the best first."""

TIMES = (Kind.DATETIME, Kind.DATE)
"""What says when something is the case, the best first."""


def with_one_of(statement: Statement, kinds: Sequence[Kind], fields: Sequence[Field]) -> Statement:
    """Let records say where they lie, or when: in a last column, unless one says so already.

    That is the first field of the first kind, or else of the next. What is made of many records
    has neither place nor time but those that it was given.
    """
    held = {output.value.kind for output in statement.outputs}
    if statement.aggregated or held & set(kinds):
        return statement
    for wanted in kinds:
        for field in fields:
            if kind_of(field) is wanted:
                added = Output(field.name, Stored(field.name, wanted), field)
                return replace(statement, outputs=(*statement.outputs, added))
    return statement
