"""Writing the lake: the one path by which records become a release.

1. DuckDB reads the staged Parquet, casts it to the dataset's types, names every record and sorts.
2. Its Arrow batches stream into one Iceberg ``overwrite``; the snapshot is tagged, so that nothing
   expires it.
3. The manifest is written, once and for good.
4. The catalog is replaced by a conditional put: from here on readers see the release.

A writer that dies before step 4 leaves nothing that readers see; the next run writes the table
anew. Two writers of one dataset are told apart twice: by Iceberg's commit, and by the catalog's
entry, which must still name the release that the writer started from. The loser starts again.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog as Tables
from pyiceberg.conversions import from_bytes
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
    ValidationException,
)
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import PrimitiveType
from sqlglot import exp

from citylake.attachments import Attached, Attachment, attachment_key
from citylake.catalog import (
    Catalog,
    CheckResult,
    DataFile,
    Entry,
    LeftOut,
    Receipt,
    Release,
    read_catalog,
    read_manifest,
    update_catalog,
    write_manifest,
)
from citylake.datasets import (
    RECORD_ID,
    Dataset,
    Field,
    FieldType,
    Visibility,
    lat_column,
    lon_column,
)
from citylake.errors import DatasetInvalid, LakeUnusable, PublishConflict
from citylake.lake.aws import S3Place
from citylake.lake.duck import connect
from citylake.lake.read import Lake
from citylake.lake.store import folder_lock

ATTEMPTS = 8
"""How often a writer starts again after losing to another."""

ROW_GROUP_RECORDS = 122_880
"""Records per Parquet row group: fewer would mean more requests to S3 for the same bytes."""

_ARROW: dict[FieldType, pa.DataType] = {
    FieldType.TEXT: pa.string(),
    FieldType.INT: pa.int64(),
    FieldType.DOUBLE: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.DATETIME: pa.timestamp("us", tz="UTC"),
    FieldType.GEO_SHAPE: pa.binary(),
    FieldType.FILE: pa.string(),
    FieldType.JSON_BLOB: pa.string(),
}

_DUCKDB: dict[FieldType, str] = {
    FieldType.TEXT: "VARCHAR",
    FieldType.INT: "BIGINT",
    FieldType.DOUBLE: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMPTZ",
    FieldType.GEO_SHAPE: "BLOB",
    FieldType.FILE: "VARCHAR",
    FieldType.JSON_BLOB: "VARCHAR",
}

_LOST_TO_ANOTHER = (
    CommitFailedException,
    ValidationException,
    NamespaceAlreadyExistsError,
    TableAlreadyExistsError,
)

Step = Callable[[str], None]
"""Told the name of each step as it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """Records that are ready to be published.

    Attributes:
        parquet: file whose columns are those of ``staged_schema``.
        receipts: where the bytes came from.
        checks: what the checks found.
        left_out: what is not in the file, and why.
        quarantine: file that holds the rows which are not, one JSON object a line; kept with the
            release, where no reader looks.
        attachments: documents beside the release; ``None`` to keep those of the one before.
    """

    parquet: Path
    receipts: tuple[Receipt, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    quarantine: Path | None = None
    attachments: tuple[Attached, ...] | None = None


def open_folder_tables(home: Path) -> Tables:
    """Open the Iceberg tables of a lake in a folder: a SQLite catalog beside the warehouse."""
    from citylake.lake.folder_tables import FolderTables  # noqa: PLC0415 - layers have no sqlalchemy

    with folder_lock(home):  # the first to open makes SQLite's tables, and pyiceberg does not wait
        return FolderTables(
            "lake",
            uri=f"sqlite:///{(home / 'iceberg.db').absolute()}",
            warehouse=f"file://{(home / 'warehouse').absolute()}",
        )


def open_glue_tables(bucket: str, environment: Mapping[str, str] = os.environ) -> Tables:
    """Open the Iceberg tables of a lake in a bucket: those of AWS Glue's catalog.

    Databases are not made here. Their names are ``national`` and ``city_{GEOID}``.

    Args:
        bucket: of the lake; tables lie below its ``warehouse/``.
        environment: where region and endpoint are read; credentials are the process's own.

    Raises:
        LakeUnusable: the environment names no region.
    """
    from citylake.lake.glue_tables import GlueTables  # noqa: PLC0415 - loads boto3, of no use to a folder

    place = S3Place.from_environment(environment)
    settings = {
        "warehouse": f"s3://{bucket}/warehouse",
        "client.region": place.region,
        # Without a region pyiceberg would ask AWS for that of the bucket.
        "s3.region": place.region,
        "s3.force-virtual-addressing": str(place.has_buckets_as_hosts).lower(),
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
    }
    if place.endpoint:
        settings["s3.endpoint"] = place.endpoint
    return GlueTables("lake", None, **settings)


def quarantine_key(namespace: str, dataset_id: str, release_id: str) -> str:
    """Where the lake keeps the rows that a release could not take."""
    return f"quarantine/{namespace}/{dataset_id}/{release_id}.jsonl"


def staged_schema(dataset: Dataset) -> pa.Schema:
    """The columns that a staged file must have: the dataset's fields as the lake stores them."""
    return pa.schema([column for field in dataset.fields for column in _columns(field)])


class Writer:
    """Publishes releases.

    Args:
        lake: the lake that is written.
        tables: its Iceberg tables.
        step: told the name of each step as it begins.
        now: the clock.
        pause: waits between attempts, in seconds.
    """

    def __init__(
        self,
        lake: Lake,
        tables: Tables,
        *,
        step: Step = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._lake = lake
        self._tables = tables
        self._step = step
        self._now = now
        self._pause = pause

    def publish(
        self, dataset: Dataset, staged: Staged, *, begins: Visibility = Visibility.PUBLIC
    ) -> Release:
        """Make the staged records the dataset's current release, replacing all of the last one.

        Args:
            dataset: its description.
            staged: its records.
            begins: who may read it if this is its first release; later ones change nothing of it.

        Raises:
            DatasetInvalid: the records contradict the description; nothing was published.
            PublishConflict: other writers won every attempt; nothing of this one is visible.
        """
        _check_staged(dataset, staged.parquet)
        self._lake.begin(dataset.owner)
        lost: Exception | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(0.05 * 2**attempt)
            try:
                return self._publish_once(dataset, staged, begins)
            except (*_LOST_TO_ANOTHER, _Overtaken) as error:
                lost = error
            except OSError as error:
                root = self._lake.store_of(dataset.owner).root
                raise LakeUnusable(f"the lake in {root} cannot be written: {error}") from error
        raise PublishConflict(
            f"dataset {dataset.id} was published by others {ATTEMPTS} times while this release "
            "was being written; run it again"
        ) from lost

    def _publish_once(self, dataset: Dataset, staged: Staged, begins: Visibility) -> Release:
        store = self._lake.store_of(dataset.owner)
        # As it is now: a catalog that the lake holds for a while would lose to others for as long.
        base = read_catalog(store, dataset.owner).catalog.datasets.get(dataset.id)
        self._step("write table")
        table = self._table(dataset)
        snapshot_id = self._overwrite(table, dataset, staged)
        written_at = self._now()
        release_id = f"{written_at:%Y%m%dT%H%M%SZ}-{snapshot_id % 16**6:06x}"
        self._step("tag snapshot")
        table.manage_snapshots().create_tag(snapshot_id, release_id).commit()
        self._step("write manifest")
        files = self._data_files(table, dataset, snapshot_id)
        release = Release(
            id=release_id,
            namespace=dataset.owner,
            dataset=dataset,
            snapshot_id=snapshot_id,
            published_at=written_at.isoformat(timespec="seconds"),
            records_count=sum(file.records for file in files),
            files=files,
            receipts=staged.receipts,
            checks=staged.checks,
            left_out=staged.left_out,
            previous=base.release if base else "",
            attachments=self._attachments(dataset, base, staged),
        )
        if staged.quarantine:
            key = quarantine_key(release.namespace, dataset.id, release.id)
            store.put_file(key, staged.quarantine)
        write_manifest(store, release)
        self._step("update catalog")
        self._make_current(release, begins)
        self._step("done")
        return release

    def _attachments(
        self, dataset: Dataset, base: Entry | None, staged: Staged
    ) -> tuple[Attachment, ...]:
        """Keep the documents beside a release; those of the one before lie in the lake already."""
        store = self._lake.store_of(dataset.owner)
        if staged.attachments is None:
            if base is None:
                return ()
            return read_manifest(store, dataset.owner, dataset.id, base.release).attachments
        for attached in staged.attachments:
            key = attachment_key(dataset.owner, dataset.id, attached.attachment.sha256)
            store.put_file(key, attached.path)
        return tuple(attached.attachment for attached in staged.attachments)

    def _table(self, dataset: Dataset) -> Table:
        schema = _table_schema(dataset)
        try:
            table = self._tables.load_table((dataset.database, dataset.table))
        except NoSuchTableError:
            return self._create_table(dataset, schema)
        except FileNotFoundError as error:
            root = self._lake.store_of(dataset.owner).root
            raise LakeUnusable(
                f"the lake in {root} was moved after it was written, and can only be read there; "
                "move it back, or fill another folder with --home"
            ) from error
        return _follow(table, schema)

    def _create_table(self, dataset: Dataset, schema: pa.Schema) -> Table:
        create = partial(
            self._tables.create_table,
            (dataset.database, dataset.table),
            schema=schema,
            properties={"write.parquet.row-group-limit": str(ROW_GROUP_RECORDS)},
        )
        try:
            return create()
        except NoSuchNamespaceError:  # the first of its owner, in a folder
            self._tables.create_namespace(dataset.database)
            return create()

    def _overwrite(self, table: Table, dataset: Dataset, staged: Staged) -> int:
        """Replace every row of the table, and return the snapshot that holds the new ones."""
        base = table.current_snapshot()
        attempt = {"citylake.attempt": uuid4().hex}
        # The first time there is nothing to delete, which pyiceberg would find worth a warning.
        write = partial(table.overwrite, overwrite_filter=AlwaysTrue()) if base else table.append
        with connect() as connection:
            try:
                records = connection.execute(_records(dataset, staged.parquet).sql("duckdb"))
                reader = records.to_arrow_reader(ROW_GROUP_RECORDS)
                write(reader.cast(_table_schema(dataset)), snapshot_properties=attempt)
            except (duckdb.Error, pa.ArrowInvalid) as error:
                raise DatasetInvalid(f"dataset {dataset.id} cannot be written: {error}") from error
        written = table.current_snapshot()
        if written is None or written.summary is None:
            raise LakeUnusable(f"table {table.name()} has no snapshot after it was written")
        # Onto a table without rows, Iceberg lets two writers append side by side: rows of both
        # would stand in one snapshot. Between the one we began from and ours only ours may lie.
        parent: Snapshot | None = written
        while parent and _attempt(parent) == attempt["citylake.attempt"]:
            parent = table.snapshot_by_id(parent.parent_snapshot_id or 0)
        if (parent and parent.snapshot_id) != (base and base.snapshot_id):
            raise _Overtaken
        return written.snapshot_id

    def _data_files(self, table: Table, dataset: Dataset, snapshot_id: int) -> tuple[DataFile, ...]:
        root = self._lake.store_of(dataset.owner).root
        first = table.schema().find_field(dataset.key[0]) if dataset.key else None
        kind = first.field_type if first else None
        found = []
        for task in table.scan(snapshot_id=snapshot_id).plan_files():
            file = task.file
            path = file.file_path.removeprefix("file://")
            if not path.startswith(f"{root}/"):
                raise LakeUnusable(f"data file {path} lies outside of the lake in {root}")
            bounds: list[str | None] = [None, None]
            if first is not None and isinstance(kind, PrimitiveType):
                for end, held in enumerate((file.lower_bounds, file.upper_bounds)):
                    if first.field_id in held:
                        bounds[end] = str(from_bytes(kind, held[first.field_id]))
            found.append(
                DataFile(
                    key=path.removeprefix(f"{root}/"),
                    records=file.record_count,
                    size=file.file_size_in_bytes,
                    lower=bounds[0],
                    upper=bounds[1],
                )
            )
        return tuple(sorted(found, key=lambda file: (file.lower or "", file.key)))

    def _make_current(self, release: Release, begins: Visibility) -> None:
        def change(catalog: Catalog) -> Catalog:
            held = catalog.datasets.get(release.dataset.id)
            if (held.release if held else "") != release.previous:
                raise _Overtaken
            entry = Entry(
                dataset=release.dataset,
                releases=(release.id, *(held.releases if held else ())),
                records_count=release.records_count,
                published_at=release.published_at,
                visibility=begins,
            )
            if held:
                entry = replace(entry, visibility=held.visibility, grants=held.grants)
            datasets = {**catalog.datasets, release.dataset.id: entry}
            return replace(catalog, datasets=dict(sorted(datasets.items())))

        update_catalog(self._lake.store_of(release.namespace), release.namespace, change)


def _attempt(snapshot: Snapshot) -> str | None:
    return (
        snapshot.summary.additional_properties.get("citylake.attempt") if snapshot.summary else None
    )


class _Overtaken(Exception):
    """Another writer published the dataset since this one began."""


def _columns(field: Field) -> list[pa.Field]:
    if field.type is FieldType.GEO_POINT:
        return [
            pa.field(lon_column(field.name), pa.float64()),
            pa.field(lat_column(field.name), pa.float64()),
        ]
    kind = pa.list_(pa.string()) if field.multivalued else _ARROW[field.type]
    return [pa.field(field.name, kind)]


def _table_schema(dataset: Dataset) -> pa.Schema:
    return pa.schema([pa.field(RECORD_ID, pa.string()), *staged_schema(dataset)])


def _follow(table: Table, schema: pa.Schema) -> Table:
    """Make an existing table's columns those of the description.

    Readers take a release's columns from its manifest, so columns of older releases may go; a
    column whose type changed is another column of the same name.
    """
    held = {column.name: column.type for column in table.schema().as_arrow()}
    wanted = {column.name: column.type for column in schema}
    gone = [name for name, kind in held.items() if not _same(kind, wanted.get(name))]
    if gone:
        with table.update_schema(allow_incompatible_changes=True) as update:
            for name in gone:
                update.delete_column(name)
    if any(name in gone or name not in held for name in wanted):
        with table.update_schema() as update:
            update.union_by_name(schema)
    return table


def _same(held: pa.DataType, wanted: pa.DataType | None) -> bool:
    """Whether a column is stored as it should be; Iceberg hands text back as ``large_string``."""
    plain = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
    if pa.types.is_large_list(held) or pa.types.is_list(held):
        return wanted is not None and bool(pa.types.is_list(wanted))
    return bool(plain.get(held, held) == wanted)


def _records(dataset: Dataset, parquet: Path) -> exp.Select:
    """The statement that reads a staged file as the lake stores it, named and sorted."""
    columns: list[exp.Expr] = [exp.alias_(_record_id(dataset), RECORD_ID, quoted=True)]
    for field in dataset.fields:
        for column in _columns(field):
            kind = "VARCHAR[]" if field.multivalued else _DUCKDB.get(field.type, "DOUBLE")
            value = exp.cast(exp.column(column.name, quoted=True), kind, dialect="duckdb")
            stored = _number(value) if kind == "DOUBLE" else value
            columns.append(exp.alias_(stored, column.name, quoted=True))
    select = exp.select(*columns).from_(_parquet(parquet))
    if dataset.key:
        select = select.order_by(*(exp.column(name, quoted=True) for name in dataset.key))
    return select


def _number(value: exp.Expr) -> exp.Expr:
    """A number, missing where it is none: engines do not agree on whether NaN equals itself."""
    return exp.Case().when(exp.IsNan(this=value.copy()), exp.null()).else_(value)


def _check_staged(dataset: Dataset, parquet: Path) -> None:
    """Refuse records of another shape, no records, and a key that does not tell them apart.

    Raises:
        DatasetInvalid: with the columns, or the key that names more than one record.
    """
    held = pq.read_schema(parquet)
    missing = [name for name in staged_schema(dataset).names if name not in held.names]
    if missing:
        raise DatasetInvalid(
            f"dataset {dataset.id}: the staged file lacks {', '.join(missing)}; "
            f"it has {', '.join(held.names)}"
        )
    if pq.read_metadata(parquet).num_rows == 0:
        raise DatasetInvalid(f"dataset {dataset.id} has no records; expected at least one")
    if not dataset.key:
        return
    count = exp.func("count", exp.Star())
    doubled = (
        exp.select(exp.alias_(_record_id(dataset), RECORD_ID, quoted=True), count)
        .from_(_parquet(parquet))
        .group_by(exp.Literal.number(1))
        .having(exp.GT(this=count.copy(), expression=exp.Literal.number(1)))
        .limit(1)
    )
    with connect() as connection:
        found = connection.execute(doubled.sql("duckdb")).fetchone()
    if found:
        raise DatasetInvalid(
            f"dataset {dataset.id}: key {', '.join(dataset.key)} names {found[1]} records: "
            f"{found[0]!r}; expected one"
        )


def _parquet(path: Path) -> exp.Expr:
    return exp.func("read_parquet", exp.Literal.string(str(path)), dialect="duckdb")


def _record_id(dataset: Dataset) -> exp.Expr:
    """Name a record by its key, readable and the same in every release; by its row without one."""
    if not dataset.key:
        row = exp.Window(this=exp.RowNumber())
        return exp.cast(row, "VARCHAR", dialect="duckdb")
    parts = [
        exp.cast(exp.column(name, quoted=True), "VARCHAR", dialect="duckdb") for name in dataset.key
    ]
    return exp.func("concat_ws", exp.Literal.string("-"), *parts, dialect="duckdb")
