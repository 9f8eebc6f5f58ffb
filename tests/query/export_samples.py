"""A dataset with a field of every type, and tables over any of its records."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from citylake.datasets import RECORD_ID, Dataset, Field, FieldType, Precision, Theme
from citylake.lake.write import staged_schema
from lambdas.query.engines import Stream
from lambdas.query.engines.duckdb import DuckDBEngine
from lambdas.query.exports.table import About, Table
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import compile_statement
from lambdas.query.odsql.sql import Records
from lambdas.query.odsql.typed import Kind, Output, Statement
from lambdas.query.parameters import Endpoint, read
from lambdas.query.plan import Plan, column_of


def wkb_polygon(*points: tuple[float, float]) -> bytes:
    """A polygon of one ring, as the lake stores it."""
    numbers = [number for point in points for number in point]
    return struct.pack(f"<BIII{len(numbers)}d", 1, 3, 1, len(points), *numbers)


SIGHTINGS = Dataset(
    id="sightings",
    title="Sightings",
    description="A field of every type.",
    theme=Theme.PLACES,
    publisher="Citylake",
    key=("name",),
    fields=(
        Field(name="name", type=FieldType.TEXT, label="Name"),
        Field(name="many", type=FieldType.INT, label="How many"),
        Field(name="weight_kg", type=FieldType.DOUBLE, label="Weight"),
        Field(name="is_sure", type=FieldType.BOOLEAN, label="Sure"),
        Field(name="seen_date", type=FieldType.DATE, label="Seen on"),
        Field(name="since", type=FieldType.DATE, label="Since", precision=Precision.YEAR),
        Field(name="seen_at", type=FieldType.DATETIME, label="Seen at"),
        Field(name="location", type=FieldType.GEO_POINT, label="Where"),
        Field(name="extra", type=FieldType.JSON_BLOB, label="Extra"),
        Field(name="tags", type=FieldType.TEXT, label="Tags", multivalued=True),
        Field(name="photo", type=FieldType.FILE, label="Photo"),
        Field(name="area", type=FieldType.GEO_SHAPE, label="Area"),
    ),
)

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]

SEEN: list[dict[str, Any]] = [
    {
        "name": "fox",
        "many": 2**53 + 1,
        "weight_kg": 6.5,
        "is_sure": True,
        "seen_date": date(2024, 2, 29),
        "since": date(2019, 1, 1),
        "seen_at": datetime(2024, 7, 2, 3, 4, 5, 250_000, tzinfo=UTC),
        "location__lon": -78.9,
        "location__lat": 36.0,
        "extra": '{"a": 1}',
        "tags": ["red", "shy"],
        "photo": '{"filename": "fox.jpg"}',
        "area": wkb_polygon((0, 0), (1, 0), (1, 1), (0, 0)),
    },
    {"name": "owl", "many": 3, "weight_kg": float("nan"), "is_sure": False},
]


ABOUT = About(
    name=SIGHTINGS.id,
    title=SIGHTINGS.title,
    address="https://data.example.gov/api/explore/v2.1/catalog/datasets/sightings",
    published_at="2026-11-23T06:14:42+00:00",
)


class Unordered:
    """An engine whose rows may come in any order, so that writers do all of the writing."""

    def keeps_order(self, tree: exp.Query) -> bool:
        return False

    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine = engine
        self.is_spatial = engine.is_spatial

    def run(self, tree: exp.Query) -> Any:
        return self._engine.run(tree)

    @contextmanager
    def stream(self, tree: exp.Query) -> Iterator[Stream]:
        with self._engine.stream(tree) as found:
            yield found

    def parquet(self, tree: exp.Query, compression: str) -> AbstractContextManager[BinaryIO]:
        return self._engine.parquet(tree, compression)

    def flatgeobuf(
        self, tree: exp.Query, *, epsg: int, indexed: bool
    ) -> AbstractContextManager[BinaryIO]:
        return self._engine.flatgeobuf(tree, epsg=epsg, indexed=indexed)

    def knows_reference(self, epsg: int) -> bool:
        return self._engine.knows_reference(epsg)


class Tables:
    """Makes tables of records of ``SIGHTINGS``, without a lake around them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine = DuckDBEngine((str(folder),))
        self._held = 0

    def hold(self, rows: Sequence[Mapping[str, Any]]) -> None:
        schema = staged_schema(SIGHTINGS).append(pa.field(RECORD_ID, pa.string()))
        named = [{RECORD_ID: row.get("name"), **row} for row in rows]
        full = [{name: row.get(name) for name in schema.names} for row in named]
        self._held += 1  # files of a lake never change, which the engine relies on
        pq.write_table(pa.Table.from_pylist(full, schema=schema), self._file)

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._held}.parquet"

    @contextmanager
    def of(
        self,
        *names: str,
        parameters: Mapping[str, str] = {},
        by_python: bool = False,
        has_ids: bool = False,
    ) -> Iterator[Table]:
        """A table of some fields; text is made by the engine if it can, or else in Python.

        A record's id is its name.
        """
        request = read(Endpoint.EXPORT, {name: [value] for name, value in parameters.items()})
        outputs = tuple(
            Output(field.name, typed.Column(field.name, typed.kind_of(field)), field)
            for field in map(SIGHTINGS.field, names)
        )
        source = Records(
            files=[exp.Literal.string(str(self._file))],
            table=exp.to_table("sightings"),
            snapshot=exp.Literal.number(1),
            bytes=exp.Literal.number(1),
        )
        ids = (Output(RECORD_ID, typed.Column(RECORD_ID, Kind.TEXT)),) if has_ids else ()
        statement = Statement(outputs=(*outputs, *ids), condition=typed.TRUE)
        compiled = compile_statement(statement, source, request.timezone)
        plan = Plan(
            tree=compiled.tree,
            columns=tuple(map(column_of, outputs)),
            readers=compiled.readers,
            timezone=request.timezone,
            release="20261123T061442Z-3fa9c1",
            has_ids=has_ids,
        )
        engine = Unordered(self._engine) if by_python else self._engine
        with ExitStack() as opened:
            yield Table(engine, plan, request, opened, ABOUT)
