"""Trino as an engine: the printer and the reading of values are those of Athena."""

import base64
import http.client
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlglot import exp

from citylake.lake.write import open_folder_tables
from lambdas.query.engines import Reader, Result, Stream
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.engines.planner import Planner
from lambdas.query.engines.trino import decoder, refusal, to_trino
from lambdas.query.odsql.sql import Records
from tests.trino.server import CATALOG

_HEADERS = {
    "X-Trino-Catalog": CATALOG,
    "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    "X-Trino-Time-Zone": "UTC",
    "X-Trino-User": "test",
}


class Client:
    """Asks a server on this machine; a connection per thread.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._own = threading.local()
        self._connections: list[http.client.HTTPConnection] = []

    def ask(self, sql: str) -> tuple[list[Mapping[str, Any]], list[list[Any]]]:
        """Give the columns (``name``, ``type``) and rows that answer a statement.

        Raises:
            QueryTooCostly: a limit was reached.
            QueryInvalid: values were met that the statement cannot compute with.
        """
        columns: list[Mapping[str, Any]] = []
        rows: list[list[Any]] = []
        told = self._call("POST", "/v1/statement", sql.encode())
        while True:
            columns = told.get("columns", columns)
            rows += told.get("data", ())
            if error := told.get("error"):
                raise refusal(error["errorName"], error["message"]) or RuntimeError(
                    f"{error['errorName']}: {error['message']}\n{sql}"
                )
            if "nextUri" not in told:
                return columns, rows
            told = self._call("GET", urlsplit(told["nextUri"]).path)

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connections.append(self._own.connection)
        self._own.connection.request(method, path, body, _HEADERS)
        response = self._own.connection.getresponse()
        told = response.read()
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"Trino answers {response.status}: {told[:500]!r}")
        answer: dict[str, Any] = json.loads(told)
        return answer


class RecordsOnTrino(Planner):
    """Sends whatever reads records to Trino; the catalog, which no table holds, to DuckDB."""

    def __init__(self, client: Client, home: Path) -> None:
        super().__init__(
            DuckDBEngine((str(home),)), lambda: TrinoEngine(client, home), from_bytes=1
        )

    def _streaming(self, tree: exp.Query) -> Reader:
        return self._reading(tree)


class TrinoEngine:
    """Answers trees about the Iceberg tables of a lake in a folder. Safe to share between threads.

    Tables are registered when a tree first reads them: under a schema of the lake's own, since
    lakes of several tests share a server.

    Args:
        client: asks the server.
        home: the lake.
    """

    def __init__(self, client: Client, home: Path) -> None:
        self._client = client
        self._home = home
        self._lake = re.sub(r"\W", "_", str(home)).strip("_").lower()
        self._registered: dict[tuple[str, str], str] = {}
        self._registering = threading.Lock()

    def keeps_order(self, tree: exp.Query) -> bool:
        """Never."""
        return False

    def takes(self, tree: exp.Query) -> bool:
        """Whatever is read from a table of the lake."""
        return True

    def run(self, tree: exp.Query) -> Result:
        """Answer a tree.

        Raises:
            QueryTooCostly: a limit was reached.
            QueryInvalid: values were met that the tree cannot compute with.
        """
        columns, rows = self._client.ask(to_trino(tree.transform(self._named)))
        decoders = [decoder(column["type"]) for column in columns]
        return Result(
            tuple(column["name"] for column in columns),
            tuple(column["type"] for column in columns),
            [
                tuple(
                    None if value is None else decode(_text(value, column["type"]))
                    for value, decode, column in zip(row, decoders, columns, strict=True)
                )
                for row in rows
            ],
        )

    @contextmanager
    def stream(self, tree: exp.Query) -> Iterator[Stream]:
        """Answer a tree in one batch."""
        result = self.run(tree)
        yield Stream(result.columns, result.types, iter([result.rows] if result.rows else []))

    def _named(self, node: exp.Expr) -> exp.Expr:
        """Let a release be read from where this server has it."""
        if not isinstance(node, Records):
            return node
        table = node.args["table"]
        schema = self._register(table.db, table.name)
        named = node.copy()
        named.set("table", exp.table_(table.name, db=schema, quoted=True))
        return named

    def _register(self, database: str, table: str) -> str:
        schema = f"{self._lake}__{database}"
        with self._registering:
            loaded = open_folder_tables(self._home).load_table((database, table))
            if self._registered.get((database, table)) == loaded.metadata_location:
                return schema
            self._client.ask(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            if (database, table) in self._registered:
                self._client.ask(f"CALL system.unregister_table('{schema}', '{table}')")
            file = loaded.metadata_location.rsplit("/", 1)[-1]
            self._client.ask(
                f"CALL system.register_table('{schema}', '{table}', "
                f"'{loaded.location()}', '{file}')"
            )
            self._registered[database, table] = loaded.metadata_location
        return schema


def _text(value: object, type_name: str) -> str:
    """A value of Trino's JSON as the text that Athena gives."""
    match value:
        case bool():
            return str(value).lower()
        case str() if type_name == "varbinary":
            return base64.b64decode(value).hex(" ")
        case _:
            return str(value)
