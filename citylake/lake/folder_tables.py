"""Iceberg tables of a lake in a folder: a SQLite catalog beside the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.typedef import Identifier
from sqlalchemy.exc import DBAPIError


class FolderTables(SqlCatalog):
    """Tables of a folder.

    That SQLite was locked for too long, or has a row that another writer has just made, is a race
    lost like any other, and said so.
    """

    def create_namespace(self, namespace: str | Identifier, *rest: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        """As pyiceberg says, and ``CommitFailedException``."""
        with _racing():
            super().create_namespace(namespace, *rest, **named)

    def create_table(self, identifier: str | Identifier, *rest: Any, **named: Any) -> Table:  # noqa: ANN401 - passed on
        """As pyiceberg says, and ``CommitFailedException``."""
        with _racing():
            return super().create_table(identifier, *rest, **named)

    def load_table(self, identifier: str | Identifier) -> Table:
        """As pyiceberg says, and ``CommitFailedException``."""
        with _racing():
            return super().load_table(identifier)

    def commit_table(self, table: Table, *rest: Any, **named: Any) -> CommitTableResponse:  # noqa: ANN401 - passed on
        """As pyiceberg says."""
        with _racing():
            return super().commit_table(table, *rest, **named)


@contextmanager
def _racing() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise CommitFailedException(f"SQLite is busy: {error}") from error
