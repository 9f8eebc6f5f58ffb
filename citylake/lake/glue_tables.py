"""Iceberg tables of a lake in a bucket: AWS Glue's catalog names each table's newest metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.typedef import Identifier

from citylake.errors import LakeUnusable

_LOST = frozenset({"ConcurrentModificationException", "OperationTimeoutException"})


class GlueTables(GlueCatalog):
    """Tables of a bucket, in databases that the deployment made: none is made here."""

    def create_namespace(self, namespace: str | Identifier, *_: Any, **__: Any) -> None:  # noqa: ANN401 - as the catalog has it
        """Refuse.

        Raises:
            LakeUnusable: always.
        """
        raise LakeUnusable(
            f"Glue has no database {'.'.join(self.identifier_to_tuple(namespace))}; deploy the "
            "stack that makes it"
        )

    def create_table(self, identifier: str | Identifier, *rest: Any, **named: Any) -> Table:  # noqa: ANN401 - passed on
        """As pyiceberg says, and ``LakeUnusable``."""
        with _wording():
            return super().create_table(identifier, *rest, **named)

    def load_table(self, identifier: str | Identifier) -> Table:
        """As pyiceberg says, and ``LakeUnusable``."""
        with _wording():
            return super().load_table(identifier)

    def commit_table(self, table: Table, *rest: Any, **named: Any) -> CommitTableResponse:  # noqa: ANN401 - passed on
        """As pyiceberg says, and ``LakeUnusable``."""
        with _wording():
            return super().commit_table(table, *rest, **named)


@contextmanager
def _wording() -> Iterator[None]:
    """Tell a race that was lost from a Glue that cannot be used."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _LOST:
            raise CommitFailedException(str(error)) from error
        raise LakeUnusable(f"Glue refuses: {error}") from error
    except BotoCoreError as error:
        raise LakeUnusable(f"Glue cannot be asked: {error}") from error
