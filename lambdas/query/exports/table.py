"""What is exported: the rows of a plan, in whichever form a writer asks for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, BinaryIO

from sqlglot import exp

from citylake.datasets import RECORD_ID, FieldType
from lambdas.query.engines import Engine
from lambdas.query.odsql.reading import read_plain
from lambdas.query.parameters import Request
from lambdas.query.plan import Column, Plan

Values = tuple[Any, ...]
"""One record: its values as JSON knows them, in the order of the columns."""

_GEOMETRIES = (FieldType.GEO_SHAPE, FieldType.GEO_POINT)
_TIMES = (FieldType.DATETIME, FieldType.DATE)
_ID_COLUMN = Column(name=RECORD_ID, label=RECORD_ID, type=FieldType.TEXT, stored=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is exported, for formats that say so.

    Attributes:
        name: the dataset's id.
        title: what people call it.
        address: its whole address in the API, where its fields are described.
        published_at: when the release was, an instant (``2026-11-23T06:14:42+00:00``).
    """

    name: str = ""
    title: str = ""
    address: str = ""
    published_at: str = "1970-01-01T00:00:00+00:00"


class Table:
    """The rows of a plan, read as they are asked for: the same ones in the same order each time.

    Args:
        engine: what reads them.
        plan: which rows, and what they mean.
        request: how they are to be written.
        opened: closes what was opened for reading.
        about: what they are the rows of.

    Attributes:
        ID: number of the column that names a record, where the plan has it.
    """

    ID = -1

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        request: Request,
        opened: ExitStack,
        about: About = About(),
    ) -> None:
        self.columns: Sequence[Column] = plan.columns
        self.has_ids = plan.has_ids
        self.request = request
        self.about = about
        self._engine = engine
        self._plan = plan
        self._opened = opened

    @cached_property
    def headings(self) -> list[str]:
        """Names of the columns, or their labels; one that several bear is followed by the name."""
        if not self.request.use_labels:
            return [column.name for column in self.columns]
        bearers = Counter(column.label for column in self.columns)
        return [
            column.label if bearers[column.label] == 1 else f"{column.label} ({column.name})"
            for column in self.columns
        ]

    @property
    def geometry(self) -> int | None:
        """Which column says where a record lies: the first shape, or else the first point."""
        return self._first_of(_GEOMETRIES)

    @property
    def time(self) -> int | None:
        """Which column says when: the first instant, or else the first date."""
        return self._first_of(_TIMES)

    def _first_of(self, kinds: Sequence[FieldType]) -> int | None:
        types = [column.type for column in self.columns]
        return next((types.index(kind) for kind in kinds if kind in types), None)

    def column(self, number: int) -> Column:
        """What a column means; ``ID`` is one, too."""
        return _ID_COLUMN if number == self.ID else self.columns[number]

    def held_by(self, number: int) -> tuple[exp.Expr, ...]:
        """The SQL columns that hold a column's values."""
        return self.held[number]

    @cached_property
    def held(self) -> list[tuple[exp.Expr, ...]]:
        """For each column the SQL columns that hold its values: a point takes two, longitude first.

        An instant is what a clock in UTC shows.
        """
        held: list[tuple[exp.Expr, ...]] = []
        at = 0
        for width, _ in self._plan.readers:
            numbers = range(at, at + width)
            held.append(tuple(exp.column(f"c{number}", quoted=True) for number in numbers))
            at += width
        return held

    def holds_intervals(self, number: int) -> bool:
        """Whether a column holds intervals of ``range(…)``, whose text SQL does not write."""
        column = self.columns[number]
        is_text = column.type is FieldType.TEXT and not column.multivalued
        return is_text and self._plan.readers[number][1] is not read_plain

    @property
    def keeps_order(self) -> bool:
        """Whether what the engine makes of the rows comes in the order of the rows."""
        return self._engine.keeps_order(self._plan.tree)

    def holding(self, number: int, values: Sequence[exp.Expr]) -> "Table":
        """The same rows with other values in a column.

        Args:
            number: which column.
            values: as many as hold it, made of the columns of ``held``.
        """
        held = [values if at == number else held for at, held in enumerate(self.held)]
        columns = (value.copy() for parts in held for value in parts)
        tree = self._made_of(*(exp.alias_(value, f"c{at}") for at, value in enumerate(columns)))
        plan = replace(self._plan, tree=tree)
        return Table(self._engine, plan, self.request, self._opened, self.about)

    def batches(self) -> Iterator[list[Values]]:
        """The records, a few thousand at a time."""
        with self._engine.stream(self._plan.tree) as stream:
            for rows in stream.batches:
                yield list(self._plan.values(rows))

    def texts(self, row: exp.Expr) -> Iterator[list[Any]]:
        """A text per record, made by the engine, a few thousand at a time.

        Args:
            row: the text, made of the columns of ``held``; where it is null, so is the text.
        """
        with self._engine.stream(self._made_of(row)) as stream:
            for rows in stream.batches:
                yield [text for (text,) in rows]

    def parquet(self, columns: Sequence[exp.Expr], compression: str) -> BinaryIO:
        """The records as a Parquet file, made by the engine.

        Args:
            columns: its columns, made of those of ``held``, each with its name.
            compression: ``snappy`` or ``zstd``.
        """
        return self._opened.enter_context(
            self._engine.parquet(self._made_of(*columns), compression)
        )

    def flatgeobuf(self, columns: Sequence[exp.Expr], *, indexed: bool) -> BinaryIO:
        """The records as a FlatGeobuf file, made by the engine.

        Args:
            columns: its columns, made of those of ``held``, each with its name; one is a geometry.
            indexed: whether it has an index, for which every record must have a geometry.
        """
        return self._opened.enter_context(
            self._engine.flatgeobuf(
                self._made_of(*columns), epsg=self.request.epsg, indexed=indexed
            )
        )

    def counted(self, number: int) -> tuple[int, int]:
        """How many records there are, and how many of them have a value in a column."""
        present = exp.and_(
            *(
                exp.Not(this=exp.Is(this=held.copy(), expression=exp.null()))
                for held in self.held[number]
            )
        )
        known_ones = exp.Case().when(present, exp.Literal.number(1), copy=False)
        tree = self._made_of(exp.Count(this=exp.Star()), exp.Count(this=known_ones))
        records, known = self._engine.run(tree).rows[0]
        return records, known

    def _made_of(self, *columns: exp.Expr) -> exp.Select:
        return exp.select(*columns).from_(self._plan.tree.subquery("records"))
