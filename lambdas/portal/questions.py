"""What pages ask the Explorer, and how its answers are gathered."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from citylake.datasets import Dataset
from lambdas.query.parameters import PAGE_LIMIT
from lambdas.query.scope import Scope
from lambdas.query.search import Explorer

Record: TypeAlias = Mapping[str, Any]


def name(field: str) -> str:
    """Write a field's name in ODSQL, so that none is taken for a keyword."""
    return f"`{field}`"


def literal(value: object) -> str:
    """Write a value in ODSQL; quotes and backslashes are escaped."""
    return json.dumps(value, ensure_ascii=False)


def equals(field: str, value: object) -> str:
    """The clause that a field has a value."""
    return f"{name(field)} = {literal(value)}"


def among(field: str, values: Iterable[str]) -> str:
    """The clause that a field has one of several texts."""
    return f"{name(field)} in ({', '.join(literal(value) for value in values)})"


def all_records(
    explorer: Explorer, scope: Scope, dataset: Dataset, *, where: str = ""
) -> Sequence[Record]:
    """All records that a clause is true of, the oldest first, page by page."""
    order = [name(field) for field in (dataset.time_field, dataset.series_field) if field]
    parameters = {
        "limit": [str(PAGE_LIMIT)],
        "order_by": [", ".join(order or map(name, dataset.key))],
        "where": [where] if where else [],
    }
    found: list[Record] = []
    while True:
        page = explorer.records(scope, dataset.id, {**parameters, "offset": [str(len(found))]})
        found += page["results"]
        if not page["results"] or len(found) >= page["total_count"]:
            return found
