"""What an engine is: something that answers one SQL tree with columns and rows.

A tree is built from sqlglot's nodes and the few of ``lambdas.query.odsql.sql``; it holds no text of
a dialect. Each engine prints it in its own.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from sqlglot import exp

Row = tuple[Any, ...]
"""One value per column: text, int, float, bool, ``None``, date, naive datetime, bytes or list."""


@dataclass(frozen=True, slots=True)
class Result:
    """The whole answer to a tree.

    Attributes:
        columns: names, in the tree's order.
        types: the engine's names of the columns' types.
        rows: every row, in the tree's order.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is read as it comes.

    Attributes:
        columns: names, in the tree's order.
        types: the engine's names of the columns' types.
        batches: lists of rows, none of them empty; memory holds one at a time.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    batches: Iterator[list[Row]]


class Reader(Protocol):
    """Answers trees with rows. Safe to share between threads."""

    def keeps_order(self, tree: exp.Query) -> bool:
        """Whether what is made of a tree's rows, as a subquery, comes in their order untold."""

    def run(self, tree: exp.Query) -> Result:
        """Answer a tree.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: values were met that the tree cannot compute with (an overflow).
        """

    def stream(self, tree: exp.Query) -> AbstractContextManager[Stream]:
        """Answer a tree in batches; leaving the context gives up what was not read.

        Raises:
            QueryTooCostly: a limit of time or memory was reached, also while batches are read.
            QueryInvalid: as for ``run``.
        """


class Engine(Reader, Protocol):
    """Answers trees with rows and with files. Safe to share between threads.

    Attributes:
        is_spatial: whether it can change the reference system of geometries, and write files for
            GIS. Where it cannot, another function's engine may.
    """

    is_spatial: bool

    def parquet(self, tree: exp.Query, compression: str) -> AbstractContextManager[BinaryIO]:
        """Answer a tree as a Parquet file, which is gone when the context is left.

        Args:
            tree: of which every column has a name.
            compression: ``snappy`` or ``zstd``.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
        """

    def flatgeobuf(
        self, tree: exp.Query, *, epsg: int, indexed: bool
    ) -> AbstractContextManager[BinaryIO]:
        """Answer a tree as a FlatGeobuf file, which is gone when the context is left.

        Args:
            tree: of which every column has a name and one is a geometry.
            epsg: the reference system that the geometries are in.
            indexed: whether the file gets an index, which no record without a geometry may be in.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
            LakeUnusable: the engine is not spatial.
        """

    def knows_reference(self, epsg: int) -> bool:
        """Whether an EPSG code is that of a reference system on which maps can be drawn.

        Raises:
            LakeUnusable: the engine is not spatial.
        """
