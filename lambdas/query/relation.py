"""What a query reads: the records of one release that belong to a scope, or the catalog itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from citylake.catalog import Release
from citylake.datasets import RECORD_ID, Field
from citylake.lake.read import Lake
from lambdas.query.engines import Engine
from lambdas.query.kept import Kept
from lambdas.query.odsql import typed
from lambdas.query.odsql.compile import to_sql
from lambdas.query.odsql.sql import Records
from lambdas.query.odsql.typed import Kind, Typed
from lambdas.query.scope import Scope

MOST_COUNTED = 64
"""Releases whose counts are kept; of a national one they are some megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Records to be searched.

    Attributes:
        source: the ``FROM`` of a tree.
        fields: by every name under which a query may know them, in the order people see them.
        key: what names a record, and sorts the records as they are stored.
        restriction: what a record must fulfil to be in scope.
        version: changes when the records do.
    """

    source: exp.Expr
    fields: Mapping[str, Field]
    key: tuple[Typed, ...]
    restriction: Typed
    version: str


def relation_of(lake: Lake, release: Release, scope: Scope) -> Relation:
    """The records of a release that a scope sees.

    A dataset that is about no place is seen whole. Files whose bounds cannot hold the place's
    records are not read.
    """
    dataset = release.dataset
    geoid = dataset.geoid_for(scope.place) if scope.place and dataset.place_field else None
    files = [
        address
        for file, address in zip(release.files, lake.addresses(release), strict=True)
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
        source=_records(release, files or lake.addresses(release)[:1]),
        fields={field.name: field for field in dataset.fields},
        key=key or (typed.Column(RECORD_ID, Kind.TEXT),),
        restriction=restriction,
        version=release.id,
    )


def _records(release: Release, files: Sequence[str]) -> exp.Expr:
    return Records(
        files=[exp.Literal.string(file) for file in files],
        table=exp.table_(release.dataset.id.replace("-", "_"), db=release.namespace, quoted=True),
        snapshot=exp.Literal.number(release.snapshot_id),
    )


class Counts:
    """How many records of a release are about which place; counted once per release.

    Args:
        lake: where the releases lie.
        engine: what counts.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake = lake
        self._engine = engine
        self._by_release: Kept[str, Mapping[str, int]] = Kept(MOST_COUNTED)

    def of(self, release: Release, scope: Scope) -> int:
        """How many records of a release a scope sees."""
        if scope.place is None or not release.dataset.place_field:
            return release.records_count
        counted = self._by_release.get(release.id, lambda: self._count(release))
        return counted.get(release.dataset.geoid_for(scope.place), 0)

    def _count(self, release: Release) -> Mapping[str, int]:
        place = to_sql(typed.Column(release.dataset.place_field, Kind.TEXT), "UTC")
        tree = (
            exp.select(place, exp.Count(this=exp.Star()))
            .from_(_records(release, self._lake.addresses(release)))
            .group_by(place)
        )
        return dict(self._engine.run(tree).rows)
