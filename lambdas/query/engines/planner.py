"""Two engines as one: what much must be read for goes to Athena, everything else to DuckDB."""

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from sqlglot import exp

from lambdas.query.engines import Engine, Reader, Result, Stream
from lambdas.query.odsql.sql import AsStored, Projected, Records


class Remote(Reader, Protocol):
    """An engine elsewhere, which makes no files and may be unable to take a tree."""

    def takes(self, tree: exp.Query) -> bool:
        """Whether it can answer a tree: an engine elsewhere has limits to what it is told."""


class Planner:
    """Answers each tree by one of two engines. Safe to share between threads.

    The answer does not depend on which. Records that are merely read on, one after the other, stay
    with the engine here, which does it in bounded memory and begins at once; so do files.

    Args:
        here: the engine in this process.
        remote: the engine that reads a lot at once.
        from_bytes: what a tree must at least read to go there.
    """

    def __init__(self, here: Engine, remote: Remote, *, from_bytes: int) -> None:
        self._here = here
        self._remote = remote
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
        held = sum(int(records.args["bytes"].name) for records in tree.find_all(Records))
        is_remote = held >= self._from_bytes and held > 0 and self._remote.takes(tree)
        return self._remote if is_remote else self._here


def _gathers(tree: exp.Query) -> bool:
    """Whether all records must be read before the first row is known: to group or to sort them."""
    return any(
        not isinstance(node, AsStored) for node in tree.find_all(exp.Group, exp.AggFunc, exp.Order)
    )
