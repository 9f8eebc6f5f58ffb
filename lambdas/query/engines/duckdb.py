"""DuckDB in this process, hardened against what strangers may ask.

Settings alone do not hold a stranger (a statement may still write to a folder that it may read),
so nothing but trees that were built here is ever printed, each on a cursor of its own. What
the settings add: no file outside of the lake but in a private folder, no network but the lake's
buckets, no extension but the one that reads these, bounded memory and threads. What a function's
role may read stands above all that.
"""

import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import duckdb
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator

from citylake.errors import LakeUnusable, QueryInvalid, QueryTooCostly, Throttled
from citylake.lake.duck import Reach, extension, has_extension, reading
from citylake.scratch import HeldFolder
from citylake.settings import QueryLimits
from lambdas.query.engines import Result, Row, Stream, shapes
from lambdas.query.engines.patterns import fits
from lambdas.query.engines.watch import SlowLane, Watch
from lambdas.query.odsql.sql import (
    AsStored,
    Bound,
    Fold,
    Listed,
    Meets,
    Percentile,
    Projected,
    Records,
    WholeSum,
)

_AMBIGUOUS = re.compile(r"[?*\[\]{}#]|(?<=/)\.{1,2}(?=/|$)")

_SPATIAL = "spatial"
_NO_ROOM = "No space left on device"
_REFUSED = "EPSG:"
"""What is in the words with which a statement of ours refuses a geometry."""

BATCH_ROWS = 16_384
"""Most rows of a batch."""

BATCH_BYTES = 1 << 23
"""What a batch is meant to take: rows of long texts or of shapes come fewer at a time."""

_FIRST_ROWS = 256
_DEPTH = "expression depth"


class LakeDuckDB(DuckDB):
    """DuckDB's dialect, and how it says what sqlglot has no words for."""

    class Generator(DuckDBGenerator):
        """Prints trees."""

        TRANSFORMS = {  # noqa: RUF012 - sqlglot's own form
            **DuckDBGenerator.TRANSFORMS,
            Records: lambda self, records: self.func(
                "read_parquet",
                exp.Array(expressions=[_plain(file) for file in records.args["files"]]),
            ),
            Fold: lambda self, fold: self.func("strip_accents", exp.Lower(this=fold.this)),
            Meets: lambda self, node: self.sql(shapes.meets(node)),
            Bound: lambda self, node: self.sql(shapes.bound(node)),
            AsStored: lambda *_: "",  # a scan and a subquery keep the order of what they read
            Listed: lambda self, listed: self.sql(listed, "this"),
            Percentile: lambda self, node: self.sql(_percentile(node)),
            WholeSum: lambda self, node: self.func("SUM", node.this),  # in 128 bits
            Projected: lambda self, node: self.func(
                "st_transform",
                node.this,
                exp.Literal.string("EPSG:4326"),
                exp.Literal.string(f"EPSG:{node.args['epsg']}"),
                exp.true(),  # longitude or easting first, whatever the system's own order
            ),
            exp.Like: lambda self, node: self.sql(fits(node)),
        }

        def literal_sql(self, expression: exp.Literal) -> str:
            """Print a constant; a text with a NUL, where DuckDB's parser would stop, in parts."""
            if not expression.is_string or "\0" not in expression.this:
                return super().literal_sql(expression)
            parts = (exp.Literal.string(part) for part in expression.this.split("\0"))
            return f"({' || chr(0) || '.join(map(super().literal_sql, parts))})"


def _percentile(node: Percentile) -> exp.Expr:
    return exp.WithinGroup(
        this=exp.PercentileCont(this=node.args["share"]),
        expression=exp.Order(expressions=[exp.Ordered(this=node.this)]),
    )


def _plain(file: exp.Literal) -> exp.Literal:
    """Return a file's address as it is, if it can mean nothing but that file.

    DuckDB compares an address of S3 with the allowed ones as text, and then resolves ``..`` into
    another bucket and reads settings after a question mark, the endpoint among them.

    Raises:
        LakeUnusable: it can mean another; a manifest was not written by us.
    """
    if file.this.startswith("s3://") and _AMBIGUOUS.search(file.this):
        raise LakeUnusable(f"a release names a file that is none: {file.this[:200]!r}")
    return file


def to_duckdb(tree: exp.Expr) -> str:
    """Print a tree as DuckDB's SQL."""
    return tree.sql(LakeDuckDB)


class DuckDBEngine:
    """One in-memory DuckDB that may read the files below a lake's roots, and nothing else.

    Files are made in a folder of the engine's own, which ends with it, or is removed by the next
    engine if the process was killed. Where the extension for GIS is at hand, a second database has
    it, from the first question on that needs it; it keeps the same limits.

    Args:
        roots: addresses below which files may be read: folders or ``s3://bucket``.
        limits: what one query may cost.
    """

    def __init__(self, roots: tuple[str, ...], limits: QueryLimits = QueryLimits()) -> None:
        self._limits = limits
        lane = SlowLane(limits.slow_at_once, limits.slow_seconds)
        self._watch = Watch(limits.seconds, lane)
        self._file_watch = Watch(limits.file_seconds, lane)
        self._streams = threading.BoundedSemaphore(limits.streams)
        scratch = HeldFolder(Path(tempfile.gettempdir()))
        weakref.finalize(self, scratch.close)
        self._scratch = scratch.path
        self._roots = roots
        self._plain = _Database(roots, self._scratch, limits)
        self._spatial: _Database | None = None
        self._opening = threading.Lock()
        self.is_spatial = has_extension(_SPATIAL)

    def keeps_order(self, tree: exp.Query) -> bool:  # noqa: ARG002 - the same of any
        """Always: so DuckDB was set up."""
        return True

    def run(self, tree: exp.Query) -> Result:
        """Answer a tree.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: values were met that the tree cannot compute with (an overflow).
        """
        with self._database(tree).cursor() as cursor, self._limited(cursor):
            cursor.execute(to_duckdb(tree))
            columns, types = _description(cursor)
            return Result(columns, types, cursor.fetchall())

    @contextmanager
    def stream(self, tree: exp.Query) -> Iterator[Stream]:
        """Answer a tree in batches; leaving the context gives up what was not read.

        The limit of time is that of one batch: how long a client takes to read is its own affair.

        Raises:
            QueryTooCostly: a limit of time or memory was reached, also while batches are read.
            QueryInvalid: as for ``run``.
        """
        if not self._streams.acquire(blocking=False):
            raise Throttled(
                f"{self._limits.streams} exports are being read at the moment, as many as may be "
                "at once; ask again a little later."
            )
        try:
            with self._database(tree).cursor() as cursor:
                with self._limited(cursor):
                    cursor.execute(to_duckdb(tree))
                columns, types = _description(cursor)
                yield Stream(columns, types, self._batches(cursor))
        finally:
            self._streams.release()

    @contextmanager
    def parquet(self, tree: exp.Query, compression: str) -> Iterator[BinaryIO]:
        """Answer a tree as a Parquet file, which is gone when the context is left.

        A whole file has a limit of time of its own. Its name goes as soon as it is open, so that
        nothing is left even of a process that is killed.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
        """
        with self._file(
            "records.parquet",
            self._database(tree),
            tree,
            FORMAT=exp.var("parquet"),
            COMPRESSION=exp.var(compression),
        ) as file:
            yield file

    @contextmanager
    def flatgeobuf(self, tree: exp.Query, *, epsg: int, indexed: bool) -> Iterator[BinaryIO]:
        """Answer a tree as a FlatGeobuf file, which is gone when the context is left.

        GDAL, which writes it, holds the index in memory: some hundred bytes a record, which the
        engine's limit does not count.

        Raises:
            QueryTooCostly: a limit of time or memory was reached.
            QueryInvalid: as for ``run``.
            LakeUnusable: the extension for GIS is not at hand.
        """
        options = exp.Tuple(
            expressions=[exp.Literal.string(f"SPATIAL_INDEX={'YES' if indexed else 'NO'}")]
        )
        with self._file(
            "records.fgb",
            self._with_spatial(),
            tree,
            FORMAT=exp.var("gdal"),
            DRIVER=exp.Literal.string("FlatGeobuf"),
            SRS=exp.Literal.string(f"EPSG:{epsg}"),
            LAYER_NAME=exp.Literal.string("records"),
            LAYER_CREATION_OPTIONS=options,
        ) as file:
            yield file

    def knows_reference(self, epsg: int) -> bool:
        """Whether an EPSG code is that of a reference system that geometries can be put into.

        Raises:
            LakeUnusable: the extension for GIS is not at hand.
        """
        with self._with_spatial().cursor() as cursor:
            cursor.execute(_REFERENCE, [str(epsg)])
            if cursor.fetchone() is None:
                return False
            try:
                cursor.execute(_TRIAL, [f"EPSG:{epsg}"])
            except duckdb.InvalidInputException:  # it needs grids, which are not at hand
                return False
            return True

    @contextmanager
    def _file(
        self, name: str, database: "_Database", tree: exp.Query, **options: exp.Expr
    ) -> Iterator[BinaryIO]:
        """A file that a statement makes; its name goes as soon as it is open."""
        folder = self._scratch / uuid4().hex
        path = folder / name
        folder.mkdir()
        copy = exp.Copy(
            this=tree.subquery(),
            kind=False,
            files=[exp.Literal.string(str(path))],
            params=[
                exp.CopyParameter(this=exp.var(name), expression=value)
                for name, value in options.items()
            ],
        )
        try:
            with database.cursor() as cursor, self._limited(cursor, self._file_watch):
                cursor.execute(to_duckdb(copy))
            file = path.open("rb")
        finally:
            shutil.rmtree(folder)  # with what GDAL makes beside the file
        with file:
            yield file

    def _database(self, tree: exp.Query) -> "_Database":
        return self._with_spatial() if tree.find(Projected) else self._plain

    def _with_spatial(self) -> "_Database":
        with self._opening:
            if self._spatial is None:
                path = extension(_SPATIAL)
                self._spatial = _Database(self._roots, self._scratch, self._limits, path)
            return self._spatial

    def _batches(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[list[Row]]:
        rows = _FIRST_ROWS
        while True:
            with self._limited(cursor):
                batch: list[Row] = cursor.fetchmany(rows)
            if not batch:
                return
            yield batch
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES // _width(batch)))

    @contextmanager
    def _limited(
        self, cursor: duckdb.DuckDBPyConnection, watch: Watch | None = None
    ) -> Iterator[None]:
        """Interrupt the cursor when its time is up, and word what DuckDB refuses."""
        try:
            with (watch or self._watch).limited(cursor.interrupt) as wording, reading(), _room():
                try:
                    yield
                except duckdb.InterruptException as error:
                    raise wording() from error
        except duckdb.OutOfMemoryException as error:
            raise QueryTooCostly(
                f"The query needs more than {self._limits.memory_mb} MB; ask for less."
            ) from error
        except duckdb.InvalidInputException as error:
            if _REFUSED not in str(error):
                raise
            reason = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
            raise QueryInvalid(f"ODSQL query cannot be computed: {reason}") from error
        except duckdb.ParserException as error:
            if _DEPTH not in str(error):
                raise
            raise QueryTooCostly("The query is nested too deeply to be answered.") from error
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
            raise QueryInvalid(
                f"ODSQL query cannot be computed: {str(error).splitlines()[0]}"
            ) from error


_REFERENCE = """
    SELECT 1 FROM duckdb_coordinate_systems()
    WHERE auth_name = 'EPSG' AND auth_code = ?
    AND (projjson->>'type') IN ('GeographicCRS', 'ProjectedCRS')
"""

_TRIAL = "SELECT ST_TRANSFORM(ST_POINT(0, 0), 'EPSG:4326', ?, true)"


class _Database:
    """A database in memory, closed to everything but the lake's files and the engine's folder.

    Args:
        roots: addresses below which files may be read.
        scratch: the folder in which files may be made.
        limits: what one query may cost.
        loaded: an extension's file.
    """

    def __init__(
        self,
        roots: tuple[str, ...],
        scratch: Path,
        limits: QueryLimits,
        loaded: Path | None = None,
    ) -> None:
        self._connection = duckdb.connect(
            config={
                "allow_community_extensions": False,
                "allow_persistent_secrets": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "max_temp_directory_size": "0MB",
                "memory_limit": f"{limits.memory_mb}MB",
                "preserve_insertion_order": True,
                "temp_directory": "",
                "threads": limits.threads,
            }
        )
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._reach = Reach(roots)
        self._reach.open(self._connection)
        if loaded is not None:
            self._connection.load_extension(str(loaded))
        self._connection.execute(
            "SET GLOBAL allowed_directories = ?",
            [[f"{folder}/" for folder in (*roots, str(scratch))]],
        )
        self._connection.execute("SET GLOBAL enable_external_access = false")
        self._connection.execute("SET GLOBAL lock_configuration = true")

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor, which reads with the credentials of this moment."""
        self._reach.renew(self._connection)
        with self._connection.cursor() as cursor:
            yield cursor


@contextmanager
def _room() -> Iterator[None]:
    """Word that a file has no room as the query's cost.

    Raises:
        QueryTooCostly: the disk is full.
    """
    try:
        yield
    except duckdb.IOException as error:
        if _NO_ROOM not in str(error):
            raise
        raise QueryTooCostly("The file needs more room than there is; ask for less.") from error


def _width(batch: list[Row]) -> int:
    """Bytes of a row of a batch, as the longest of some rows has them."""
    some = batch[:: max(1, len(batch) // 64)]
    return max(64 + sum(map(_size, row)) for row in some)


def _size(value: object) -> int:
    match value:
        case str() | bytes():
            return 64 + len(value)
        case list():
            return 64 + sum(map(_size, value))
        case _:
            return 32


def _description(cursor: duckdb.DuckDBPyConnection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    described: list[tuple[Any, ...]] = cursor.description or []
    return tuple(str(name) for name, *_ in described), tuple(str(kind) for _, kind, *_ in described)
