"""Facets: how often each value of a field occurs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from citylake.datasets import Precision
from citylake.errors import QueryInvalid
from citylake.settings import QueryLimits
from lambdas.query.engines import Engine
from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.check import Checker
from lambdas.query.odsql.compile import compile_statement
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.dates import read_period
from lambdas.query.odsql.parse import parse_call
from lambdas.query.odsql.typed import DATES, Kind, Order, Output, Statement, Typed
from lambdas.query.refine import Refinement, condition_of, in_days
from lambdas.query.relation import Relation

VALUES = 100
"""Values of a facet unless the request says how many."""

_MOST_VALUES = 20_000
_CALL = re.compile(r"\s*facet\s*\(", re.IGNORECASE)
_SORTS = ("count", "-count", "alphanum", "-alphanum", "num", "-num")
_COUNT = Output("count", typed.Aggregate("count", None, Kind.INT))


@dataclass(frozen=True, slots=True)
class Facet:
    """What is counted, and how it is shown.

    Attributes:
        field: whose values.
        disjunctive: whether several refined values widen the answer; their own facet then counts
            as if none were refined.
        sort: ``count``, ``alphanum`` or ``num``, with ``-`` from the largest down.
        limit: most values.
    """

    field: str
    disjunctive: bool = False
    sort: str = "-count"
    limit: int = VALUES


def read_facets(
    texts: Sequence[str], context: Context, limits: QueryLimits = QueryLimits()
) -> tuple[Facet, ...]:
    """Read ``facet`` parameters: ``state``, or ``facet(name="state", disjunctive=true)``.

    Raises:
        QuerySyntaxInvalid: a call that is no ODSQL.
        QueryInvalid: no such field, one that has no values to count, or an unknown setting.
    """
    return tuple(_read(text, context, limits) for text in texts)


def _read(text: str, context: Context, limits: QueryLimits) -> Facet:
    checker = Checker(context, "facet")
    facet = Facet(text.strip().strip("`"))
    if _CALL.match(text):
        facet = Facet("")
        for argument in parse_call(text, limits).arguments:
            facet = _with_setting(checker, facet, argument)
    column = context.column(facet.field)
    if column is None:
        raise checker.wrong(f"Unknown field: {facet.field[:60]}")
    if column.kind in {Kind.POINT, Kind.SHAPE}:
        raise checker.wrong(f"field {facet.field} is a {column.kind}, whose values are not counted")
    return replace(facet, field=column.name)


def _with_setting(checker: Checker, facet: Facet, argument: nodes.Node) -> Facet:
    match argument:
        case nodes.Compare("=", nodes.Name("name"), nodes.Text(name) | nodes.Name(name)):
            return replace(facet, field=name)
        case nodes.Compare("=", nodes.Name("disjunctive"), nodes.Boolean(value)):
            return replace(facet, disjunctive=value)
        case nodes.Compare("=", nodes.Name("sort"), nodes.Text(sort)) if sort in _SORTS:
            return replace(facet, sort=sort)
        case nodes.Compare("=", nodes.Name("limit"), nodes.Number(digits)) if digits.isdigit():
            return replace(facet, limit=min(int(digits), _MOST_VALUES))
        case nodes.Compare("=", nodes.Name("hierarchical"), nodes.Boolean(False)):
            return facet
        case nodes.Compare("=", nodes.Name("separator"), nodes.Text()):
            return facet
    raise checker.wrong(
        'facet expects name="…", disjunctive=true, sort="…" (one of '
        f"{', '.join(_SORTS)}) or limit=20"
    )


class Counter:
    """Counts the values of a relation's facets.

    Args:
        engine: what counts.
        relation: whose records.
        context: the relation's fields and the request's circumstances.
        refined: refinements of the request.
        excluded: exclusions of the request.
        condition: what else records must fulfil.
    """

    def __init__(
        self,
        engine: Engine,
        relation: Relation,
        context: Context,
        *,
        refined: Sequence[Refinement],
        excluded: Sequence[Refinement],
        condition: Typed,
    ) -> None:
        self._engine = engine
        self._relation = relation
        self._context = context
        self._refined = refined
        self._excluded = excluded
        self._condition = condition

    def count(self, facet: Facet, disjunctive: frozenset[str]) -> dict[str, Any]:
        """Count one facet: ``{"name", "facets": [{"name", "count", "state", "value"}]}``.

        A date is counted by year, and below a refined year by month, and so on. A value that was
        excluded is named without a count.
        """
        seen = [
            item for item in self._refined if not (facet.disjunctive and item.field == facet.field)
        ]
        condition = typed.all_of(
            self._condition, condition_of(seen, self._excluded, disjunctive, self._context)
        )
        column = self._context.column(facet.field)
        if column is None:
            raise QueryInvalid(f"facet {facet.field} is no field of {self._relation.version}")
        own = tuple(item.value for item in self._refined if item.field == facet.field)
        if column.kind in DATES:
            values = self._dates(facet, column, condition, own, ())
        else:
            values = self._plain(facet, column, condition, own)
        for item in self._excluded:
            if item.field == facet.field:
                leaf = item.value.rsplit("/", 1)[-1] if column.kind in DATES else item.value
                values.append({"name": leaf, "state": "excluded", "value": item.value})
        return {"name": facet.field, "facets": values}

    def _plain(
        self, facet: Facet, column: typed.Column, condition: Typed, own: Sequence[str]
    ) -> list[dict[str, Any]]:
        value: Typed = typed.Each(column.name) if column.kind is Kind.TEXTS else column
        # Numbers written as text are sorted here: no engine has them as numbers.
        by_number = facet.sort in {"num", "-num"} and value.kind is Kind.TEXT
        counted = [
            (_written(found), count)
            for found, count in self._groups(
                value,
                condition,
                () if by_number else _order(facet.sort, value),
                _MOST_VALUES if by_number else facet.limit,
            )
        ]
        if by_number:
            counted.sort(key=_as_number, reverse=facet.sort.startswith("-"))
            counted = counted[: facet.limit]
        return [
            {
                "name": text,
                "count": count,
                "state": "refined" if text in own else "displayed",
                "value": text,
            }
            for text, count in counted
        ]

    def _dates(
        self,
        facet: Facet,
        column: typed.Column,
        condition: Typed,
        own: Sequence[str],
        above: tuple[str, ...],
    ) -> list[dict[str, Any]]:
        """The values of one level: years, or the months of a year, or the days of a month."""
        unit = ("year", "month", "day")[len(above)]
        if above:
            first, end = read_period("/".join(above))
            condition = typed.all_of(condition, in_days(column, first, end, self._context))
        value = typed.Apply(unit, (column,), Kind.INT)
        levels = {Precision.YEAR: 1, Precision.MONTH: 2, Precision.DAY: 3}
        deepest = levels[self._context.fields[column.name].precision]
        found = []
        for number, count in self._groups(value, condition, _order(facet.sort, value), facet.limit):
            path = (*above, str(number).zfill(2 if above else 4))
            text = "/".join(path)
            entry: dict[str, Any] = {
                "name": path[-1],
                "count": count,
                "state": "refined" if text in own else "displayed",
                "value": text,
            }
            if len(path) < deepest and any(f"{item}/".startswith(f"{text}/") for item in own):
                entry["facets"] = self._dates(facet, column, condition, own, path)
            found.append(entry)
        return found

    def _groups(
        self, value: Typed, condition: Typed, order: Sequence[Order], limit: int
    ) -> list[tuple[Any, int]]:
        statement = Statement(
            outputs=(Output("value", value), _COUNT),
            condition=typed.all_of(condition, typed.Not(typed.IsNull(value))),
            groups=(value,),
            order=tuple(order),
            limit=limit,
        )
        compiled = compile_statement(statement, self._relation.source, self._context.timezone)
        return [(found, count) for found, count in self._engine.run(compiled.tree).rows]


def _order(sort: str, value: Typed) -> tuple[Order, ...]:
    by_value = Order(value, sort.startswith("-"))
    if sort.endswith("count"):
        return (Order(_COUNT.value, sort.startswith("-")), Order(value))
    return (by_value,)


def _as_number(counted: tuple[str, int]) -> tuple[float, str]:
    try:
        return float(counted[0]), counted[0]
    except ValueError:
        return float("inf"), counted[0]


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case _:
            return str(value)
