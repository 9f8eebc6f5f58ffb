"""What is exported: the rows of a plan, in whichever form a writer asks for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Any, BinaryIO

from sqlglot import exp

from citylake.datasets import FieldType
from lambdas.query.engines import Engine
from lambdas.query.odsql.reading import read_plain
from lambdas.query.parameters import Request
from lambdas.query.plan import Column, Plan

Values = tuple[Any, ...]
"""One record: its values as JSON knows them, in the order of the columns."""

_GEOMETRIES = (FieldType.GEO_SHAPE, FieldType.GEO_POINT)


class Table:
    """The rows of a plan, read as they are asked for.

    Args:
        engine: what reads them.
        plan: which rows, and what they mean.
        request: how they are to be written.
        opened: closes what was opened for reading.
    """

    def __init__(self, engine: Engine, plan: Plan, request: Request, opened: ExitStack) -> None:
        self.columns: Sequence[Column] = plan.columns
        self.request = request
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
        types = [column.type for column in self.columns]
        return next((types.index(kind) for kind in _GEOMETRIES if kind in types), None)

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
        return self._engine.keeps_order

    def batches(self) -> Iterator[list[Values]]:
        """The records, a few thousand at a time."""
        stream = self._opened.enter_context(self._engine.stream(self._plan.tree))
        for rows in stream.batches:
            yield list(self._plan.values(rows))

    def texts(self, row: exp.Expr) -> Iterator[list[str]]:
        """A text per record, made by the engine, a few thousand at a time.

        Args:
            row: the text, made of the columns of ``held``; never null.
        """
        stream = self._opened.enter_context(self._engine.stream(self._made_of(row)))
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

    def _made_of(self, *columns: exp.Expr) -> exp.Select:
        return exp.select(*columns).from_(self._plan.tree.subquery("records"))
