"""What a query reads: the records of one release that belong to a scope, or the catalog itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from citylake.catalog import DataFile, Release
from citylake.datasets import (
    RECORD_ID,
    Dataset,
    Field,
    FieldType,
    lat_column,
    lon_column,
)
from citylake.lake.read import Lake
from lambdas.query.engines import Engine
from lambdas.query.kept import Kept
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import to_sql
from lambdas.query.odsql.sql import Records
from lambdas.query.odsql.typed import Kind, Typed
from lambdas.query.scope import Scope

_ID = typed.Column(RECORD_ID, Kind.TEXT)
"""Of a dataset without a key the number of a row, as it was published."""

MOST_COUNTED = 64
"""Releases whose counts are kept; of a national one they are some megabytes."""

Box = tuple[float, float, float, float]
"""West, south, east and north, degrees WGS 84."""

_ALL = ""
"""Where the place stands, for the records of all places together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Records to be searched.

    Attributes:
        source: the ``FROM`` of a tree.
        fields: by every name under which a query may know them, in the order people see them.
        key: what names a record, and sorts the records as they are stored.
        restriction: what a record must fulfil to be in scope.
        version: changes when the records do.
        searched: names of the fields that text search looks into where it is not told which;
            every text's if none is named.
    """

    source: exp.Expr
    fields: Mapping[str, Field]
    key: tuple[Typed, ...]
    restriction: Typed
    version: str
    searched: frozenset[str] = frozenset()


def relation_of(lake: Lake, release: Release, scope: Scope) -> Relation:
    """The records of a release that a scope sees.

    A dataset that is about no place is seen whole. Files whose bounds cannot hold the place's
    records are not read.
    """
    dataset = release.dataset
    geoid = dataset.geoid_for(scope.place) if scope.place and dataset.place_field else None
    files = list(zip(release.files, lake.addresses(release), strict=True))
    in_scope = [
        (file, address)
        for file, address in files
        if geoid is None
        or dataset.key[:1] != (dataset.place_field,)
        or ((file.lower or "") <= geoid and (file.upper is None or geoid <= file.upper))
    ]
    restriction: Typed = typed.TRUE
    if geoid is not None:
        restriction = typed.Compare(
            "=",
            typed.Column(dataset.place_field, Kind.TEXT),
            typed.Constant(geoid, Kind.TEXT),
        )
    key = tuple(
        typed.Column(field.name, typed.kind_of(field))
        for field in (dataset.field(name) for name in dataset.key)
    )
    return Relation(
        # A scan needs a file, if only for its columns: the restriction leaves nothing of it.
        source=_records(release, in_scope or files[:1]),
        fields={field.name: field for field in dataset.fields},
        key=key or (typed.Apply("length", (_ID,), Kind.INT), _ID),
        restriction=restriction,
        version=release.id,
    )


def _records(release: Release, files: Sequence[tuple[DataFile, str]]) -> exp.Expr:
    dataset = release.dataset
    return Records(
        files=[exp.Literal.string(address) for _, address in files],
        table=exp.table_(dataset.table, db=dataset.database, quoted=True),
        snapshot=exp.Literal.number(release.snapshot_id),
        bytes=exp.Literal.number(sum(file.size for file, _ in files)),
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of the records of one place, or of all."""

    records: int
    box: Box | None


_NOTHING = Tally(0, None)


class Counts:
    """How many records of a release are about which place, and where; counted once per release.

    Args:
        lake: where the releases lie.
        engine: what counts.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake = lake
        self._engine = engine
        self._by_release: Kept[str, Mapping[str, Tally]] = Kept(MOST_COUNTED)

    def of(self, release: Release, scope: Scope) -> int:
        """How many records of a release a scope sees."""
        if scope.place is None or not release.dataset.place_field:
            return release.records_count
        return self._tally(release, release.dataset.geoid_for(scope.place)).records

    def box(self, release: Release, scope: Scope) -> Box | None:
        """The box around the points of the records that a scope sees.

        ``None`` where no record has a point, and for datasets of shapes, which would have to be
        read whole.
        """
        dataset = release.dataset
        if _point_of(dataset) is None:
            return None
        is_of_place = scope.place is not None and dataset.place_field
        return self._tally(
            release, dataset.geoid_for(scope.place) if scope.place and is_of_place else _ALL
        ).box

    def _tally(self, release: Release, geoid: str) -> Tally:
        counted = self._by_release.get(release.id, lambda: self._count(release))
        return counted.get(geoid, _NOTHING)

    def _count(self, release: Release) -> Mapping[str, Tally]:
        """Count by place; under ``_ALL`` what all places have together."""
        dataset = release.dataset
        place: exp.Expr = exp.Literal.string(_ALL)
        if dataset.place_field:
            place = to_sql(typed.Column(dataset.place_field, Kind.TEXT), "UTC")
        edges: list[exp.Expr] = []
        if point := _point_of(dataset):
            lon, lat = (exp.column(name, quoted=True) for name in point)
            edges = [exp.Min(this=lon), exp.Min(this=lat), exp.Max(this=lon), exp.Max(this=lat)]
        files = list(zip(release.files, self._lake.addresses(release), strict=True))
        tree = (
            exp.select(exp.alias_(place, "place"), exp.Count(this=exp.Star()), *edges)
            .from_(_records(release, files))
            .group_by(exp.Literal.number(1))
        )
        found = {
            geoid: Tally(records, _box(bounds))
            for geoid, records, *bounds in self._engine.run(tree).rows
        }
        boxes = [tally.box for tally in found.values() if tally.box]
        found[_ALL] = Tally(release.records_count, _around(boxes))
        return found


def _point_of(dataset: Dataset) -> tuple[str, str] | None:
    """The columns of a dataset's first point, longitude first."""
    for field in dataset.fields:
        if field.type is FieldType.GEO_POINT:
            return lon_column(field.name), lat_column(field.name)
    return None


def _box(bounds: Sequence[float | None]) -> Box | None:
    match bounds:
        case [float(west), float(south), float(east), float(north)]:
            return west, south, east, north
    return None


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
