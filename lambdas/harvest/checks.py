"""Questions asked of records before readers see them.

Each check is a function from evidence to a result; what it tolerates is declared where it is used.
A blocking check that fails keeps the last good release in place.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from citylake.catalog import CheckResult
from citylake.datasets import Area, FieldType
from citylake.places import STATE_DIGITS
from lambdas.harvest.model import Check, Connector, Evidence

_PERCENT = "%"
_CHANGE = "_change_pct"
_COUNTED_UNITS = frozenset({"people", "offenses", "days", "US dollars"})


def checks_of(connector: Connector) -> tuple[Check, ...]:
    """Every check of a connector: those that every dataset must pass, and its own."""
    return (
        key_present,
        key_unique,
        places_known,
        percent_in_range,
        counts_not_negative,
        RecordCountKept(connector.change_pct),
        *connector.checks,
    )


def key_present(evidence: Evidence) -> CheckResult:
    """Every record has a value in every field of its key."""
    missing = {
        name: evidence.table.column(name).null_count
        for name in evidence.dataset.key
        if evidence.table.column(name).null_count
    }
    return CheckResult(
        name="key present",
        passed=not missing and evidence.table.num_rows > 0,
        notes=f"{evidence.table.num_rows:,} records; without a value: {missing or 'none'}",
    )


def key_unique(evidence: Evidence) -> CheckResult:
    """No two records have the same key."""
    keys = list(evidence.dataset.key)
    distinct = evidence.table.group_by(keys).aggregate([]).num_rows if keys else 0
    repeated = evidence.table.num_rows - distinct if keys else 0
    return CheckResult(
        name="key unique",
        passed=repeated == 0,
        notes=f"{repeated:,} records repeat the key {', '.join(keys)} of another",
    )


def places_known(evidence: Evidence) -> CheckResult:
    """Every record that is about a place, or a state, is about one that the register has."""
    name, known = evidence.dataset.place_field, evidence.known_places
    if not name or known is None:
        return CheckResult(name="places known", passed=True, notes="this is the register itself")
    if evidence.dataset.area is Area.STATE:
        known = frozenset(geoid[:STATE_DIGITS] for geoid in known)
    column = evidence.table.column(name)
    named = pc.is_valid(column)
    listed = pc.is_in(column, value_set=pa.array(sorted(known), pa.string()))
    unknown = evidence.table.filter(pc.and_not(named, listed))
    examples = unknown.column(name).unique().to_pylist()[:5]
    return CheckResult(
        name="places known",
        passed=unknown.num_rows == 0,
        notes=f"{unknown.num_rows:,} records are about places that are not in the register"
        + (f": {', '.join(map(str, examples))} …" if examples else ""),
    )


def percent_in_range(evidence: Evidence) -> CheckResult:
    """Every share lies between 0 and 100; a change may not."""
    names = [
        field.name
        for field in evidence.dataset.fields
        if field.unit == _PERCENT and not field.name.endswith(_CHANGE)
    ]
    return _within(evidence, "percent in range", names, 0.0, 100.0)


def counts_not_negative(evidence: Evidence) -> CheckResult:
    """No count of people, days, offenses or dollars is negative: a sentinel would be.

    Fields that the connector declares to be signed are not asked about.
    """
    names = [
        field.name
        for field in evidence.dataset.fields
        if field.unit in _COUNTED_UNITS
        and field.type in (FieldType.INT, FieldType.DOUBLE)
        and field.name not in evidence.signed
    ]
    return _within(evidence, "counts not negative", names, 0.0, float("inf"))


@dataclass(frozen=True, slots=True)
class RecordCountKept:
    """The number of records differs little from that of the last release.

    A loss beyond what is tolerated blocks; growth beyond it is only said, since a publisher who
    covers more places is no danger to readers.

    Attributes:
        change_pct: by how many percent it may differ.
    """

    change_pct: float

    def __call__(self, evidence: Evidence) -> CheckResult:
        """Compare, if there is a last release."""
        now, last = evidence.table.num_rows, evidence.last_count
        if not last:
            return CheckResult(
                name="record count kept", passed=True, notes=f"{now:,} records; the first release"
            )
        change = 100 * (now - last) / last
        return CheckResult(
            name="record count kept",
            passed=abs(change) <= self.change_pct,
            notes=f"{now:,} records, {last:,} before: {change:+.1f} %, "
            f"tolerated {self.change_pct:g} %",
            blocking=change < 0,
        )


@dataclass(frozen=True, slots=True)
class PartsWithinTotal:
    """Parts never add up to more than their total.

    Attributes:
        parts: fields that hold the parts; a missing one counts as nothing.
        total: field that holds the total.
        rounding: by how much the sum may exceed it, in the unit of the fields.
    """

    parts: tuple[str, ...]
    total: str
    rounding: float = 0.0

    def __call__(self, evidence: Evidence) -> CheckResult:
        """Add up, in every record that has the total."""
        table = evidence.table
        summed = _summed(table, self.parts)
        limit = pc.add(table.column(self.total), self.rounding)
        over = pc.sum(pc.fill_null(pc.greater(summed, limit), fill_value=False)).as_py() or 0
        return CheckResult(
            name=f"parts within {self.total}",
            passed=over == 0,
            notes=f"{over:,} records in which {' + '.join(self.parts)} exceed {self.total}",
        )


def _summed(table: pa.Table, names: Iterable[str]) -> pa.ChunkedArray:
    columns = [pc.fill_null(table.column(name), 0) for name in names]
    total = columns[0]
    for column in columns[1:]:
        total = pc.add(total, column)
    return total


def _within(
    evidence: Evidence, check: str, names: Iterable[str], low: float, high: float
) -> CheckResult:
    outside = []
    for name in names:
        bounds = pc.min_max(evidence.table.column(name)).as_py()
        if bounds["min"] is not None and (bounds["min"] < low or bounds["max"] > high):
            outside.append(f"{name} from {bounds['min']:g} to {bounds['max']:g}")
    return CheckResult(
        name=check,
        passed=not outside,
        notes="; ".join(outside) or f"all within {low:g} and {high:g}",
    )
