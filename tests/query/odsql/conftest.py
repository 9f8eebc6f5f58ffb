"""Queries over the trees, from their text to their answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlglot import exp

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines import Engine
from lambdas.query.engines.duckdb import DuckDBEngine, to_duckdb
from lambdas.query.odsql.compile import compile_statement
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.statement import Clauses, check_statement
from lambdas.query.relation import relation_of
from tests.query.trees import NATION, TREES, publish_trees

NOW = datetime(2024, 7, 3, 10, 20, 30, tzinfo=UTC)

Sql = Callable[..., str]
"""``sql(where=["a = 1"])`` gives DuckDB's text over a table called ``trees``."""

Answer = Callable[..., list[dict[str, Any]]]
"""``answer(select="name")`` gives the records that the engine finds."""


def context(timezone: str = "UTC", language: str = "en") -> Context:
    return Context(
        fields={field.name: field for field in TREES.fields},
        timezone=ZoneInfo(timezone),
        language=language,
        now=NOW,
    )


@pytest.fixture(scope="session")
def sql() -> Sql:
    def sql(timezone: str = "UTC", **clauses: Any) -> str:
        statement = check_statement(Clauses(**clauses), context(timezone))
        compiled = compile_statement(statement, exp.to_table("trees"), context(timezone).timezone)
        return to_duckdb(compiled.tree)

    return sql


def answering(engine: Engine, home: Path) -> Answer:
    """What an engine answers about the trees that were published to ``home``."""
    lake = Lake(FolderStore(home))
    relation = relation_of(lake, lake.release(TREES.id), NATION)

    def answer(timezone: str = "UTC", language: str = "en", **clauses: Any) -> list[dict[str, Any]]:
        where = context(timezone, language)
        statement = check_statement(Clauses(**clauses), where, tie_break=relation.key)
        compiled = compile_statement(statement, relation.source, where.timezone)
        records = []
        for row in engine.run(compiled.tree).rows:
            values, at = [], 0
            for width, read in compiled.readers:
                values.append(read(*row[at : at + width]))
                at += width
            names = [output.name for output in statement.outputs]
            records.append(dict(zip(names, values, strict=True)))
        return records

    return answer


@pytest.fixture(scope="session")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    home = tmp_path_factory.mktemp("home") / "lake"
    publish_trees(home)
    return answering(DuckDBEngine((str(home),)), home)
