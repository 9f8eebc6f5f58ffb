"""What pages ask the Explorer, and how its answers are gathered."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from citylake.datasets import Dataset
from citylake.places import Place
from lambdas.query.parameters import Parameters
from lambdas.query.scope import NATION, Scope
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
    explorer: Explorer, scope: Scope, dataset: Dataset, *, where: str = "", version: str = ""
) -> Sequence[Record]:
    """All records that a clause is true of, the oldest first, in one query.

    Args:
        explorer: what answers.
        scope: whose records count.
        dataset: which dataset.
        where: the clause; empty for all.
        version: id of the release that is read; the current one if empty.
    """
    order = [name(field) for field in (dataset.time_field, dataset.series_field) if field]
    return ask(
        explorer,
        scope,
        dataset.id,
        {
            "order_by": [", ".join(order or map(name, dataset.key))],
            "where": [where] if where else [],
            "version": [version],
        },
    )


def records_of(
    explorer: Explorer, dataset: Dataset, places: Sequence[Place]
) -> Mapping[str, Sequence[Record]]:
    """The records of several places, the oldest first, by GEOID of the place, in one query."""
    found: dict[str, list[Record]] = {}
    where = among(dataset.place_field, sorted({dataset.geoid_for(place) for place in places}))
    for record in all_records(explorer, NATION, dataset, where=where):
        found.setdefault(record[dataset.place_field], []).append(record)
    return {place.geoid: found.get(dataset.geoid_for(place), []) for place in places}


def ask(
    explorer: Explorer, scope: Scope, dataset_id: str, parameters: Parameters
) -> Sequence[Record]:
    """Every record of an answer, or every group: a page's own questions know no paging."""
    plan = explorer.export_plan(scope, dataset_id, parameters)
    return plan.records(explorer.engine.run(plan.tree).rows)


def many_records(
    explorer: Explorer, scope: Scope, dataset: Dataset, question: Parameters, most: int
) -> Iterator[Record]:
    """The first records of a question, beyond what a page of the API holds, as they are read."""
    plan = explorer.export_plan(scope, dataset.id, {**question, "limit": [str(most)]})
    with explorer.engine.stream(plan.tree) as found:
        for batch in found.batches:
            yield from plan.records(batch)
