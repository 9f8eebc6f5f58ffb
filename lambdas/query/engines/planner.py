"""Two engines as one: what much must be read for goes to Athena, everything else to DuckDB."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import BinaryIO, Protocol

from sqlglot import exp

from citylake.settings import AthenaSettings, QueryLimits
from lambdas.query.engines import Engine, Reader, Result, Stream
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.odsql.sql import AsStored, Projected, Records


class Remote(Reader, Protocol):
    """An engine elsewhere, which makes no files and may be unable to take a tree."""

    def takes(self, tree: exp.Query) -> bool:
        """Whether it can be told a tree."""


class Planner:
    """Answers each tree by one of two engines. Safe to share between threads.

    The answer does not depend on which. Records that are merely read on, one after the other, stay
    with the engine here, which does it in bounded memory and begins at once; so do files.

    Args:
        here: the engine in this process.
        remote: opens the engine that reads a lot at once; called for the first tree that is large.
        from_bytes: what a tree must at least read to go there.
    """

    def __init__(self, here: Engine, remote: Callable[[], Remote], *, from_bytes: int) -> None:
        self._here = here
        self._remote = cache(remote)
        self._from_bytes = from_bytes
        self.is_spatial = here.is_spatial

    def keeps_order(self, tree: exp.Query) -> bool:
        """As the engine that would stream the tree."""
        return self._streaming(tree).keeps_order(tree)

    def run(self, tree: exp.Query) -> Result:
        """Answer a tree.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: values were met that the tree cannot compute with (an overflow).
        """
        return self._reading(tree).run(tree)

    def stream(self, tree: exp.Query) -> AbstractContextManager[Stream]:
        """Answer a tree in batches.

        Raises:
            QueryTooCostly: a limit of time or memory was reached, also while batches are read.
            QueryInvalid: as for ``run``.
        """
        return self._streaming(tree).stream(tree)

    def parquet(self, tree: exp.Query, compression: str) -> AbstractContextManager[BinaryIO]:
        """Answer a tree as a Parquet file, made here.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
        """
        return self._here.parquet(tree, compression)

    def flatgeobuf(
        self, tree: exp.Query, *, epsg: int, indexed: bool
    ) -> AbstractContextManager[BinaryIO]:
        """Answer a tree as a FlatGeobuf file, made here.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
            LakeUnusable: the engine here is not spatial.
        """
        return self._here.flatgeobuf(tree, epsg=epsg, indexed=indexed)

    def knows_reference(self, epsg: int) -> bool:
        """As the engine here, which alone changes reference systems.

        Raises:
            LakeUnusable: it is not spatial.
        """
        return self._here.knows_reference(epsg)

    def _streaming(self, tree: exp.Query) -> Reader:
        return self._reading(tree) if _gathers(tree) else self._here

    def _reading(self, tree: exp.Query) -> Reader:
        if tree.find(Projected):
            return self._here
        read = [int(records.args["bytes"].name) for records in tree.find_all(Records)]
        is_large = bool(read) and sum(read) >= self._from_bytes
        return self._remote() if is_large and self._remote().takes(tree) else self._here


def open_engine(roots: tuple[str, ...], limits: QueryLimits, athena: AthenaSettings) -> Engine:
    """Open what answers queries: DuckDB, and where there is a workgroup Athena beside it.

    Args:
        roots: addresses below which DuckDB may read files.
        limits: what one query may cost.
        athena: the workgroup, if there is one.
    """
    here = DuckDBEngine(roots, limits)
    if not athena.workgroup:
        return here

    def remote() -> Remote:
        # Loaded for the few queries that need it: cold start is latency.
        from lambdas.query.engines.athena import open_athena  # noqa: PLC0415

        return open_athena(athena.workgroup, limits)

    return Planner(here, remote, from_bytes=athena.from_bytes)


def _gathers(tree: exp.Query) -> bool:
    """Whether all records must be read before the first row is known: to group or to sort them."""
    return any(
        not isinstance(node, AsStored) for node in tree.find_all(exp.Group, exp.AggFunc, exp.Order)
    )
