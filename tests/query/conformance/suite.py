"""The conformance suite: what is asked of which records, and what is answered, as data.

The TOML files beside this one are the specification; each is about one topic and reads from top to
bottom. This module reads them, and knows no engine: whoever has an ``Explorer`` over the lakes that
``publish_all`` makes can put every case to it.

A file is made of::

    dataset = "trees"                        what its cases ask, unless they say otherwise
    query = { select = "number" }

    [tables.people]                          records that no other file needs
    fields = { name = "text", tags = "list of texts", born = "date of year" }
    rows = [{ name = "Zoë", tags = ["a"] }]  in the order in which they are found; an absent value
                                             is missing, a point is [lon, lat], a shape is WKT
    [[case]]
    about = "A text is equal letter by letter."
    query = { where = "name = 'Oak'" }       a parameter that is sent several times is a list
    values = [1]

What is expected is one of

``values``       what the single field of each result holds, in the order of the results
``results``      the results whole, as JSON; of an export the records that it holds
``columns``      what the fields that are named hold, in the order of the results
``facets``       the facets that are counted, as JSON
``described``    what a dataset says of itself, part by part (``"metas.default.title" = "Trees"``)
``answer``       the whole answer, as JSON
``body``         an export as text, with plain line ends
``error``        code and a part of the message, and the status where that is not 400

and ``total_count`` beside any of them, or alone.
"""

import csv
import io
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
import shapely

from citylake.datasets import Dataset, Field, FieldType, Precision, Theme
from citylake.errors import PortalError
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from lambdas.query.engines import Engine
from lambdas.query.exports import Exporter, formats_of
from lambdas.query.handler import refusal
from lambdas.query.parameters import Parameters
from lambdas.query.scope import NATION
from lambdas.query.search import Explorer
from tests.lakes import publish
from tests.query.trees import ROWS, TREES

NOW = datetime(2024, 7, 3, 10, 20, 30, tzinfo=UTC)
"""The instant of every request: a Wednesday."""

LAKES = ("records", "catalog")
"""Folders of the lakes: one with all records, one with the few datasets that ``catalog`` lists."""

_FOLDER = Path(__file__).parent
_WITHOUT_EXPLORER = frozenset({"aggregates"})
_EXPECTATIONS = (
    "values", "results", "columns", "facets", "described", "answer", "body", "error",
    "total_count",
)  # fmt: skip
_AS_JSON = frozenset({"results", "facets", "answer"})


@dataclass(frozen=True, slots=True)
class Refused:
    """An error as the API words it."""

    code: str
    message: str
    status: int = 400


Answer = dict[str, Any] | list[Any] | bytes | Refused
"""What was answered: JSON, the bytes of an export, or an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question and what is answered.

    Attributes:
        about: what it shows, in a sentence.
        topic: name of the file that it stands in.
        dataset: id of the dataset that is asked; empty for the catalog.
        endpoint: what stands after the dataset in the address; ``dataset`` for nothing.
        query: parameters, as they are sent.
        expected: by the words of this module's description.
        approximate_on: why an engine cannot answer it exactly, by the engine's name.
        corpus: id of the real query that it restates; empty for none.
    """

    about: str
    topic: str
    endpoint: str
    dataset: str
    query: Mapping[str, Sequence[str]]
    expected: Mapping[str, Any]
    approximate_on: Mapping[str, str] = field(default_factory=dict)
    corpus: str = ""

    @property
    def id(self) -> str:
        """A name for reports: unique, and found by searching the files."""
        return f"{self.topic}: {self.corpus or self.about}"

    @property
    def lake(self) -> str:
        """Which of ``LAKES`` it is about."""
        return (
            "catalog"
            if self.topic == "catalog" or self.endpoint.startswith("catalog/")
            else ("records")
        )

    @property
    def path(self) -> str:
        """The address below the API's base, without the query."""
        if self.endpoint.startswith("catalog/"):
            return f"/{self.endpoint}"
        path = f"/catalog/datasets/{self.dataset}"
        return path if self.endpoint == "dataset" else f"{path}/{self.endpoint}"

    @property
    def export(self) -> str:
        """The format that it exports; empty for none."""
        return self.endpoint.rpartition("exports/")[2] if "exports/" in self.endpoint else ""

    @property
    def is_for_http_alone(self) -> bool:
        """Whether it is about an address that only the handlers know."""
        return self.endpoint in _WITHOUT_EXPLORER

    @property
    def is_offered(self) -> bool:
        """Whether it exports in a format that there is."""
        catalog = self.endpoint.startswith("catalog/")
        return not self.export or self.export in {form.name for form in formats_of(catalog=catalog)}


# Reading the files


def cases() -> list[Case]:
    """Every case, topic by topic, as the files tell them."""
    return [case for path in _files() for case in _cases_of(path)]


def _files() -> list[Path]:
    return sorted(_FOLDER.glob("*.toml"))


def _cases_of(path: Path) -> Iterator[Case]:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    for told in said.get("case", ()):
        expected = {name: told[name] for name in _EXPECTATIONS if name in told}
        unknown = told.keys() - expected.keys() - {
            "about", "dataset", "endpoint", "query", "approximate_on", "corpus",
        }  # fmt: skip
        if unknown or not expected:
            raise ValueError(
                f"{path.name}, {told.get('about')!r}: expected one of {_EXPECTATIONS}"
                f"{f', and not {unknown}' if unknown else ''}"
            )
        query = {**said.get("query", {}), **told.get("query", {})}
        yield Case(
            about=told["about"],
            topic=path.stem,
            endpoint=told.get("endpoint", said.get("endpoint", "records")),
            dataset=told.get("dataset", said.get("dataset", "")),
            query={
                name: [str(value)] if not isinstance(value, list) else value
                for name, value in query.items()
            },
            expected=expected,
            approximate_on=told.get("approximate_on", {}),
            corpus=told.get("corpus", ""),
        )


# Records


def tables() -> list[tuple[Dataset, list[dict[str, Any]]]]:
    """The datasets of the lake of records, each with its rows as they are staged."""
    return [(TREES, ROWS), *_tables("tables")]


def catalog_tables() -> list[tuple[Dataset, list[dict[str, Any]]]]:
    """The datasets of the lake that the catalog's cases are about."""
    return list(_tables("catalog"))


def publish_all(home: Path) -> None:
    """Publish every dataset of the suite to the lakes in ``home``, one folder each."""
    for lake, held in zip(LAKES, (tables(), catalog_tables()), strict=True):
        for dataset, rows in held:
            publish(home / lake, dataset, rows)


def explorer_over(home: Path, lake: str, engine: Engine | None = None) -> Explorer:
    """An explorer of one of the lakes in ``home``, for which it is always ``NOW``.

    Args:
        home: where ``publish_all`` published.
        lake: one of ``LAKES``.
        engine: what answers; DuckDB unless given.
    """
    from lambdas.query.engines.duckdb import DuckDBEngine  # noqa: PLC0415 - one engine of several

    held = Lake(FolderStore(home / lake))
    return Explorer(held, engine or DuckDBEngine(held.roots), now=lambda: NOW)


def _tables(kind: str) -> Iterator[tuple[Dataset, list[dict[str, Any]]]]:
    for path in _files():
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, table in said.get(kind, {}).items():
            fields = tuple(
                _field(column, written, table) for column, written in table["fields"].items()
            )
            dataset = Dataset(
                id=name,
                title=table.get("title", name),
                description=table.get("description", path.stem),
                theme=Theme(table.get("theme", "city")),
                publisher=table.get("publisher", "Citylake"),
                keywords=tuple(table.get("keywords", ())),
                key=tuple(table.get("key", ())),
                fields=fields,
            )
            yield dataset, [_staged(row, fields) for row in table.get("rows", ())]


def _field(name: str, written: str, table: Mapping[str, Any]) -> Field:
    """A field from its type as the files write it: ``int``, ``list of texts``, ``date of year``."""
    several = written == "list of texts"
    kind, _, precision = written.partition(" of ")
    return Field(
        name=name,
        type=FieldType.TEXT if several else FieldType(kind),
        label=table.get("labels", {}).get(name, name),
        facet=name in table.get("facets", ()),
        multivalued=several,
        precision=Precision(precision) if precision and not several else Precision.DAY,
    )


def _staged(row: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """A row as it is staged: a point in two columns, a shape as WKB."""
    staged: dict[str, Any] = {}
    for known in fields:
        value = row.get(known.name)
        if known.type is FieldType.GEO_POINT:
            staged[f"{known.name}__lon"], staged[f"{known.name}__lat"] = value or (None, None)
        elif known.type is FieldType.GEO_SHAPE and value:
            staged[known.name] = shapely.to_wkb(shapely.from_wkt(value))
        else:
            staged[known.name] = value
    unknown = row.keys() - {known.name for known in fields}
    if unknown:
        raise ValueError(f"a row has {sorted(unknown)}, which are no fields")
    return staged


# Asking


def answer(explorer: Explorer, case: Case) -> Answer:
    """Put a case to an explorer of its lake."""
    parameters: Parameters = case.query
    catalog = case.endpoint.startswith("catalog/")
    try:
        if case.export:
            exporter = Exporter(explorer)
            export = (
                exporter.export_catalog(NATION, case.export, parameters)
                if catalog
                else exporter.export(NATION, case.dataset, case.export, parameters)
            )
            return b"".join(export.chunks)
        match case.endpoint.split("/"):
            case ["catalog", "datasets"]:
                return explorer.datasets(NATION, parameters)
            case ["catalog", "facets"]:
                return explorer.catalog_facets(NATION, parameters)
            case ["dataset"]:
                return explorer.dataset(NATION, case.dataset, parameters)
            case ["records"]:
                return explorer.records(NATION, case.dataset, parameters)
            case ["records", record]:
                return explorer.record(NATION, case.dataset, record, parameters)
            case ["facets"]:
                return explorer.facets(NATION, case.dataset, parameters)
    except PortalError as error:
        return refused(refusal(error).status_code, refusal(error).body)
    raise ValueError(f"{case.id}: no explorer knows the endpoint {case.endpoint}")


def refused(status: int, body: Any) -> Refused:
    """Read an error's body."""
    told = orjson.loads(body)
    return Refused(told["error_code"], told["message"], status)


# Checking


def check(case: Case, answered: Answer) -> None:
    """Hold an answer against what a case expects.

    Numbers with a fraction may differ in the last digits: engines add in different orders.

    Raises:
        AssertionError: the answer is another.
    """
    if "error" in case.expected:
        expected = case.expected["error"]
        assert isinstance(answered, Refused), f"expected {expected}, answered {answered!r}"
        assert answered.code == expected["code"]
        assert expected["message"] in answered.message
        assert answered.status == expected.get("status", 400)
        return
    assert not isinstance(answered, Refused), answered
    for name, expected in case.expected.items():
        found = _found(case, name, answered)
        wanted = orjson.loads(expected) if name in _AS_JSON else expected
        assert _alike(found, wanted), f"{name}: expected {wanted!r}, found {found!r}"


def _found(case: Case, name: str, answered: Any) -> Any:
    """What an answer has to say to one of the expectations."""
    if name == "answer":
        return orjson.loads(answered) if isinstance(answered, bytes) else answered
    if name == "body":
        return answered.decode("utf-8-sig").replace("\r\n", "\n")
    if name in {"total_count", "facets"}:
        return answered[name]
    if name == "described":
        return {part: _member(answered, part) for part in case.expected[name]}
    results = records_in(case.export, answered) if case.export else answered["results"]
    if name == "results":
        return results
    if name == "columns":
        return {
            field: [_member(result, field) for result in results]
            for field in case.expected["columns"]
        }
    return [value for result in results for value in _only(result)]


def _only(result: Mapping[str, Any]) -> list[Any]:
    assert len(result) == 1, f"values are those of one field; a result is {result!r}"
    return list(result.values())


def _member(result: Mapping[str, Any], field: str) -> Any:
    """A field of a result; of a feature a property, of a dataset a part such as ``metas.x``."""
    value: Any = result.get("properties", result)
    if field in value:
        return value[field]
    for part in field.split("."):
        value = value[part]
    return value


def records_in(form: str, body: bytes) -> list[Any]:
    """The records that an export holds, as its format has them."""
    match form:
        case "json":
            return list(orjson.loads(body))
        case "jsonl":
            return [orjson.loads(line) for line in body.splitlines()]
        case "geojson":
            return list(orjson.loads(body)["features"])
        case "csv":
            return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
        case "fgb" | "shp":
            return _features(form, body)
        case "parquet":
            rows: list[Any] = pq.read_table(io.BytesIO(body)).to_pylist()
            return [{name: _as_json(value) for name, value in row.items()} for row in rows]
    raise ValueError(f"no records are read from {form}")


def _features(form: str, body: bytes) -> list[Any]:
    """The records of a file of shapes, read by GDAL as other programs do, and sorted.

    A FlatGeobuf lies in the order of its spatial index.
    """
    pyogrio = pytest.importorskip("pyogrio", reason="the readers of such files are not installed")
    with NamedTemporaryFile(suffix=".shp.zip" if form == "shp" else f".{form}") as file:
        file.write(body)
        file.flush()
        frame = pyogrio.read_dataframe(file.name)
    rows: list[Any] = frame.to_dict("records")
    return sorted(
        ({**row, "geometry": row["geometry"] and row["geometry"].wkt} for row in rows), key=str
    )


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _alike(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, dict) and isinstance(expected, dict):
        return list(found) == list(expected) and all(
            _alike(found[name], expected[name]) for name in found
        )
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_alike, found, expected))
    return type(found) is type(expected) and bool(found == expected)
