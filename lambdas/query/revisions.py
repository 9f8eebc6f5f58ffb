"""What differs between two releases of a dataset: fields by their names, records by their key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from citylake.catalog import Release
from citylake.datasets import RECORD_ID, Dataset, Field, FieldType, lat_column, lon_column
from citylake.lake.read import Lake
from lambdas.query.engines import Engine
from lambdas.query.kept import Kept
from lambdas.query.odsql.compile import to_sql
from lambdas.query.relation import relation_of
from lambdas.query.scope import Scope

_KEPT = 1_024

_OLDER = "older"
_NEWER = "newer"
_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChanges:
    """How the records of two releases differ.

    Attributes:
        added: records that only the newer release has.
        removed: records that only the older one has.
        changed: records that both have, in which a field of both differs.
        same: records that both have, in which none does.
        by_field: of the changed records, in how many a field differs; only those that do.
    """

    added: int
    removed: int
    changed: int
    same: int
    by_field: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_none(self) -> bool:
        """Whether the records are the same."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What differs between two releases.

    Attributes:
        older: the release that is compared with.
        newer: the release that is compared.
        fields_added: fields that only the newer one has.
        fields_removed: fields that only the older one has.
        fields_retyped: fields of both whose type differs; their values are not compared.
        records: how the records differ; ``None`` where no key tells which record is which.
    """

    older: Release
    newer: Release
    fields_added: tuple[Field, ...]
    fields_removed: tuple[Field, ...]
    fields_retyped: tuple[Field, ...]
    records: RecordChanges | None


class Revisions:
    """Compares releases; what it found it keeps, since releases never change.

    Args:
        lake: where the releases lie.
        engine: what compares.
    """

    def __init__(self, lake: Lake, engine: Engine) -> None:
        self._lake = lake
        self._engine = engine
        self._kept = Kept[tuple[str, str, str, str], RecordChanges](_KEPT)

    def between(self, scope: Scope, older: Release, newer: Release) -> Revision:
        """Compare two releases of a dataset, in what a scope sees of them.

        Raises:
            QueryTooCostly: there is too much to compare.
        """
        before, now = older.dataset, newer.dataset
        common = _common(before, now)
        is_keyed = bool(now.key) and before.key == now.key and set(now.key) <= {*common}
        place = scope.place.geoid if scope.place else ""
        found: RecordChanges | None = None
        if is_keyed:
            known = (now.id, older.id, newer.id, place)
            found = self._kept.get(known, lambda: self._compare(scope, older, newer, common))
        return Revision(
            older=older,
            newer=newer,
            fields_added=_only(now, before),
            fields_removed=_only(before, now),
            fields_retyped=tuple(
                member
                for member in now.fields
                if member.name not in common and member not in _only(now, before)
            ),
            records=found,
        )

    def _compare(
        self, scope: Scope, older: Release, newer: Release, common: Mapping[str, Field]
    ) -> RecordChanges:
        compared = [name for name in common if name not in newer.dataset.key]
        differs = {name: _differs(common[name]) for name in compared}
        in_older, in_newer = (_has(side) for side in (_OLDER, _NEWER))
        changed = exp.and_(in_older, in_newer, exp.or_(*differs.values(), exp.false()))
        counts = [
            exp.and_(in_newer, exp.not_(in_older)),
            exp.and_(in_older, exp.not_(in_newer)),
            changed,
            exp.and_(in_older, in_newer, exp.not_(exp.or_(*differs.values(), exp.false()))),
            *(exp.and_(in_older, in_newer, differing) for differing in differs.values()),
        ]
        tree = (
            exp.select(
                *(exp.alias_(_count(what), f"c{at}") for at, what in enumerate(counts)),
            )
            .from_(self._records(older, scope, common).subquery(_OLDER))
            .join(
                self._records(newer, scope, common).subquery(_NEWER),
                on=exp.EQ(this=_column(_OLDER, RECORD_ID), expression=_column(_NEWER, RECORD_ID)),
                join_type="full",
            )
        )
        added, removed, altered, same, *by_field = self._engine.run(tree).rows[0]
        return RecordChanges(
            added=added,
            removed=removed,
            changed=altered,
            same=same,
            by_field={name: count for name, count in zip(compared, by_field, strict=True) if count},
        )

    def _records(self, release: Release, scope: Scope, common: Mapping[str, Field]) -> exp.Select:
        relation = relation_of(self._lake, release, scope)
        columns = [RECORD_ID, *(column for held in common.values() for column in _columns(held))]
        return (
            exp.select(*(exp.column(name, quoted=True) for name in columns))
            .from_(relation.source)
            .where(to_sql(relation.restriction, _ZONE))
        )


def _common(before: Dataset, now: Dataset) -> Mapping[str, Field]:
    """The fields whose values can be held against each other, by name."""
    held = {member.name: member for member in before.fields}
    return {
        member.name: member
        for member in now.fields
        if member.name in held
        and held[member.name].type is member.type
        and held[member.name].multivalued == member.multivalued
    }


def _only(dataset: Dataset, other: Dataset) -> tuple[Field, ...]:
    names = {member.name for member in other.fields}
    return tuple(member for member in dataset.fields if member.name not in names)


def _columns(member: Field) -> Sequence[str]:
    if member.type is FieldType.GEO_POINT:
        return (lon_column(member.name), lat_column(member.name))
    return (member.name,)


def _differs(member: Field) -> exp.Expr:
    """The two values differ; two that are both absent do not."""
    return exp.or_(
        *(
            exp.NullSafeNEQ(this=_column(_OLDER, name), expression=_column(_NEWER, name))
            for name in _columns(member)
        )
    )


def _has(side: str) -> exp.Expr:
    return exp.not_(exp.Is(this=_column(side, RECORD_ID), expression=exp.null()))


def _column(side: str, name: str) -> exp.Column:
    return exp.column(name, table=side, quoted=True)


def _count(what: exp.Expr) -> exp.Expr:
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=what))
