"""Facets: how often each value of a field occurs."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from citylake.datasets import FacetSort, Field, Precision
from citylake.errors import ParameterInvalid, QueryInvalid
from citylake.settings import QueryLimits
from lambdas.query.engines import Engine, Row
from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.check import Checker
from lambdas.query.odsql.compile import compile_statement
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.dates import read_period
from lambdas.query.odsql.parse import parse_call
from lambdas.query.odsql.typed import DATES, Kind, Order, Output, Statement, Typed
from lambdas.query.refine import Refinement, below, condition_of, has_value, in_days
from lambdas.query.relation import Relation

VALUES = 100
"""Values of a facet unless the request says how many."""

MOST_VALUES = 20_000
"""Values of a facet at most."""

_CALL = re.compile(r"\s*facet\s*\(", re.IGNORECASE)
_SORTS = tuple(sort.value for sort in FacetSort)
_SEPARATOR = "/"
_COUNT = Output("count", typed.Aggregate("count", None, Kind.INT))

Values = list[dict[str, Any]]
"""What a facet holds: ``{"name", "count", "state", "value"}``, with ``facets`` where it unfolds."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What is counted, and how it is shown.

    Attributes:
        name: what the request calls the field.
        field: whose values.
        disjunctive: whether several refined values widen the answer; their own facet then counts
            as if none were refined.
        sort: what sorts the values.
        limit: most values.
        separator: what parts the levels of a value, where the facet unfolds level by level.
    """

    name: str
    field: Field
    disjunctive: bool = False
    sort: FacetSort = FacetSort.COUNT
    limit: int = VALUES
    separator: str = ""


def read_facets(
    texts: Sequence[str], context: Context, limits: QueryLimits = QueryLimits()
) -> tuple[Facet, ...]:
    """Read ``facet`` parameters: ``state``, or ``facet(name="state", disjunctive=true)``.

    What a call does not say is as the field declares it.

    Raises:
        ParameterInvalid: more facets than the limits allow.
        QuerySyntaxInvalid: a call that is no ODSQL.
        QueryInvalid: no such field, one that has no values to count, or an unknown setting.
    """
    if len(texts) > limits.facets:
        raise ParameterInvalid(
            f"Invalid number of values for facet API parameter: {len(texts)} were found "
            f"but <= {limits.facets} are expected."
        )
    return tuple(_read(text, context, limits) for text in texts)


def facet_of(name: str, field: Field) -> Facet:
    """A facet as its field declares it."""
    return Facet(
        name=name,
        field=field,
        disjunctive=field.disjunctive,
        sort=field.facet_sort,
        separator=field.separator,
    )


def _read(text: str, context: Context, limits: QueryLimits) -> Facet:
    checker = Checker(context, "facet")
    settings: dict[str, Any] = {"name": text.strip().strip("`")}
    if _CALL.match(text):
        settings = {"name": ""}
        for argument in parse_call(text, limits).arguments:
            settings.update(_setting(checker, argument))
    name = settings.pop("name")
    field = context.fields.get(name)
    if field is None:
        raise checker.wrong(f"Unknown field: {name[:60]}")
    kind = typed.kind_of(field)
    if kind in {Kind.POINT, Kind.SHAPE}:
        raise checker.wrong(f"field {name} is a {kind}, whose values are not counted")
    declared = facet_of(name, field)
    # A separator alone makes no levels: the field, or the call, says whether it has any.
    separator = settings.pop("separator", declared.separator or _SEPARATOR)
    if not settings.pop("hierarchical", bool(declared.separator)) or kind in DATES:
        separator = ""
    if separator and kind is not Kind.TEXT:
        raise checker.wrong(f"field {name} is a {kind}, whose values have no levels")
    return replace(declared, separator=separator, **settings)


def _setting(checker: Checker, argument: nodes.Node) -> dict[str, Any]:
    match argument:
        case nodes.Compare("=", nodes.Name("name"), nodes.Text(name) | nodes.Name(name)):
            return {"name": name}
        case nodes.Compare(
            "=", nodes.Name("disjunctive" | "hierarchical" as name), nodes.Boolean(value)
        ):
            return {name: value}
        case nodes.Compare("=", nodes.Name("sort"), nodes.Text(sort)) if sort in _SORTS:
            return {"sort": FacetSort(sort)}
        case nodes.Compare("=", nodes.Name("limit"), nodes.Number(digits)) if (
            digits.isdigit() and int(digits) <= MOST_VALUES
        ):
            return {"limit": int(digits)}
        case nodes.Compare("=", nodes.Name("separator"), nodes.Text(separator)) if separator:
            return {"separator": separator}
    raise checker.wrong(
        'facet expects name="…", disjunctive=true, hierarchical=true, separator="/", sort="…" '
        f"(one of {', '.join(_SORTS)}) or limit=20 (at most {MOST_VALUES})"
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

        A date is counted by year, and below a refined year by month, and so on; so is a value with
        levels. A refined value is named however rare it is, an excluded one without a count.
        """
        seen = [
            item
            for item in self._refined
            if not (facet.disjunctive and item.field == facet.field.name)
        ]
        condition = typed.all_of(
            self._condition, condition_of(seen, self._excluded, disjunctive, self._context)
        )
        column = typed.Column(facet.field.name, typed.kind_of(facet.field))
        own = [item for item in self._refined if item.field == facet.field.name]
        chosen = frozenset(item.value for item in own)
        if column.kind in DATES:
            values = self._dates(facet, column, condition, chosen, ())
        elif facet.separator:
            values = self._levels(facet, column, condition, chosen, ())
        else:
            values = self._plain(facet, column, condition, own)
        for item in self._excluded:
            if item.field == facet.field.name:
                _add_excluded(values, item)
        return {"name": facet.name, "facets": values}

    def _plain(
        self, facet: Facet, column: typed.Column, condition: Typed, own: Sequence[Refinement]
    ) -> Values:
        value: Typed = typed.Each(column.name) if column.kind is Kind.TEXTS else column
        # Numbers written as text are sorted here: no engine has them as numbers.
        by_number = facet.sort in _BY_NUMBER and value.kind is Kind.TEXT
        counted = [
            (_written(found), count)
            for found, count in self._groups(
                value,
                condition,
                () if by_number else _order(facet.sort, value),
                MOST_VALUES + 1 if by_number else facet.limit,
            )
        ]
        if len(counted) > MOST_VALUES:
            raise QueryInvalid(
                f"facet {facet.name} has more than {MOST_VALUES} values, which are too many to be "
                "sorted as numbers; expected another sort"
            )
        if by_number:
            counted.sort(key=_as_number, reverse=facet.sort is FacetSort.NUMBER_DOWN)
            counted = counted[: facet.limit]
        chosen = {item.value for item in own}
        listed = {text for text, _ in counted}
        counted += (
            (item.value, self._count(item, condition)) for item in own if item.value not in listed
        )
        return [_value(text, text, count, is_refined=text in chosen) for text, count in counted]

    def _dates(
        self,
        facet: Facet,
        column: typed.Column,
        condition: Typed,
        chosen: AbstractSet[str],
        above: tuple[str, ...],
    ) -> Values:
        """The values of one level: years, or the months of a year, or the days of a month."""
        unit = ("year", "month", "day")[len(above)]
        if above:
            first, end = read_period("/".join(above))
            condition = typed.all_of(condition, in_days(column, first, end, self._context))
        value = typed.Apply(unit, (column,), Kind.INT)
        levels = {Precision.YEAR: 1, Precision.MONTH: 2, Precision.DAY: 3}
        deepest = levels[facet.field.precision]
        found = []
        for number, count in self._groups(value, condition, _order(facet.sort, value), facet.limit):
            path = (*above, str(number).zfill(2 if above else 4))
            text = "/".join(path)
            entry = _value(path[-1], text, count, is_refined=text in chosen)
            if len(path) < deepest and _leads_to(text, chosen, "/"):
                entry["facets"] = self._dates(facet, column, condition, chosen, path)
            found.append(entry)
        return found

    def _levels(
        self,
        facet: Facet,
        column: typed.Column,
        condition: Typed,
        chosen: AbstractSet[str],
        above: tuple[str, ...],
    ) -> Values:
        """The values of one level of those that a separator parts."""
        if above:
            parent = Refinement(column, facet.separator.join(above), facet.separator)
            condition = typed.all_of(condition, below(parent))
        value = typed.Level(column, facet.separator, len(above) + 1)
        found = []
        for name, count in self._groups(value, condition, _order(facet.sort, value), facet.limit):
            path = (*above, name)
            text = facet.separator.join(path)
            entry = _value(name, text, count, is_refined=text in chosen)
            if _leads_to(text, chosen, facet.separator):
                nested = self._levels(facet, column, condition, chosen, path)
                entry |= {"facets": nested} if nested else {}
            found.append(entry)
        return found

    def _count(self, item: Refinement, condition: Typed) -> int:
        """How many records have a value."""
        statement = Statement(
            outputs=(_COUNT,),
            condition=typed.all_of(condition, has_value(item, "refine", self._context)),
        )
        count: int = self._rows(statement)[0][0]
        return count

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
        return [(found, count) for found, count in self._rows(statement)]

    def _rows(self, statement: Statement) -> Sequence[Row]:
        compiled = compile_statement(statement, self._relation.source, self._context.timezone)
        return self._engine.run(compiled.tree).rows


_BY_NUMBER = {FacetSort.NUMBER, FacetSort.NUMBER_DOWN}


def _order(sort: FacetSort, value: Typed) -> tuple[Order, ...]:
    by_value = Order(value, sort.startswith("-"))
    if sort.endswith("count"):
        return (Order(_COUNT.value, sort.startswith("-")), Order(value))
    return (by_value,)


def _value(name: str, value: str, count: int, *, is_refined: bool) -> dict[str, Any]:
    state = "refined" if is_refined else "displayed"
    return {"name": name, "count": count, "state": state, "value": value}


def _leads_to(path: str, chosen: AbstractSet[str], separator: str) -> bool:
    """Whether a path was chosen, or leads to one that was."""
    return any(f"{value}{separator}".startswith(f"{path}{separator}") for value in chosen)


def _add_excluded(values: Values, item: Refinement) -> None:
    """Name an excluded value: below what leads to it, as far as that is shown."""
    for value in item.above:
        parent = next((entry for entry in values if entry["value"] == value), None)
        if parent is None:
            break
        values = parent.setdefault("facets", [])
    values.append({"name": item.path[-1], "state": "excluded", "value": item.value})


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
