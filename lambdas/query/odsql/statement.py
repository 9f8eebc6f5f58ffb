"""The clauses of a request → one checked statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from citylake.datasets import Field
from citylake.errors import QueryTooCostly
from citylake.settings import QueryLimits
from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.check import Checker
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.nodes import Node
from lambdas.query.odsql.parse import parse_group_by, parse_order_by, parse_select, parse_where
from lambdas.query.odsql.typed import Kind, Order, Output, Statement, Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """What a request says, as text; empty is absent."""

    select: str = ""
    where: Sequence[str] = ()
    group_by: str = ""
    order_by: str = ""
    limit: int | None = None
    offset: int = 0


def check_where(texts: Sequence[str], context: Context, limits: QueryLimits) -> Typed:
    """Check ``where`` clauses, which must all hold.

    Raises:
        QuerySyntaxInvalid: one is no ODSQL.
        QueryInvalid: one means nothing for this dataset, or holds an aggregate.
        QueryTooCostly: together they ask more of each record than the limits allow.
    """
    checker = Checker(context, "where")
    conditions = tuple(checker.condition(parse_where(text, limits)) for text in texts)
    if any(typed.has_aggregate(condition) for condition in conditions):
        raise checker.wrong("an aggregate speaks of many records, a condition of one")
    _check_work(conditions, limits)
    return typed.all_of(*conditions)


def _check_work(values: Iterable[Typed], limits: QueryLimits) -> None:
    work = sum(map(typed.work, values))
    if work > limits.work:
        raise QueryTooCostly(
            f"The query takes {work} steps for each record, where a searched word counts as "
            f"{typed.WORD}, a corner of an area or a bound of a range as {typed.EDGE}; "
            f"at most {limits.work} are taken."
        )


def check_statement(
    clauses: Clauses,
    context: Context,
    *,
    condition: Typed = typed.TRUE,
    tie_break: Sequence[Typed] = (),
    limits: QueryLimits = QueryLimits(),
) -> Statement:
    """Check all clauses of a request together.

    Args:
        clauses: what the request says.
        context: the dataset's fields, and the request's circumstances.
        condition: what else records must fulfil.
        tie_break: what sorts records that ``order_by`` leaves equal, so that pages neither repeat
            nor omit any; they are stored so sorted.
        limits: how long and deep a clause may be.

    Raises:
        QuerySyntaxInvalid: a clause is no ODSQL.
        QueryInvalid: a clause means nothing for this dataset.
        QueryTooCostly: the clauses ask more of each record than the limits allow.
    """
    where = check_where(clauses.where, context, limits)
    selected = parse_select(clauses.select, limits) if clauses.select else ()
    grouped = parse_group_by(clauses.group_by, limits) if clauses.group_by else ()
    ordered = parse_order_by(clauses.order_by, limits) if clauses.order_by else ()
    keys = _keys(grouped, selected, context)
    outputs = _outputs(selected, keys, context)
    groups = tuple(key.value for key in keys)
    statement = Statement(
        outputs=outputs,
        condition=typed.all_of(where, condition, *map(_known_interval, groups)),
        groups=groups,
        order=_order(ordered, outputs, groups, context),
        limit=clauses.limit,
        offset=clauses.offset,
    )
    shown = (output.value for output in outputs)
    sorted_by = (order.value for order in statement.order)
    _check_work((*shown, *sorted_by, statement.condition), limits)
    if statement.aggregated and not groups:
        return replace(statement, order=())
    rest = (
        tuple(Order(group, nulls_first=True) for group in groups)
        if groups
        else tuple(Order(value) for value in tie_break)
    )
    said = {order.value for order in statement.order}
    unsaid = (order for order in rest if order.value not in said)
    return replace(
        statement,
        order=(*statement.order, *unsaid),
        as_stored=not groups and not statement.order,
    )


def _known_interval(group: Typed) -> Typed:
    """Records that lie in none of the given intervals are in no group."""
    if isinstance(group, typed.Bucket) and group.bounds:
        return typed.Not(typed.IsNull(group))
    return typed.TRUE


def _keys(
    grouped: Sequence[nodes.Selected], selected: Sequence[nodes.Selected], context: Context
) -> tuple[Output, ...]:
    """The groups' outputs. A group may be named by the alias of a selected expression."""
    checker = Checker(context, "group_by")
    aliased = {item.alias: item.value for item in selected if item.alias}
    keys = []
    for item in grouped:
        node = item.value
        if isinstance(node, nodes.Name) and context.column(node.name) is None:
            node = aliased.get(node.name, node)
        value = _one_by_one(checker.value(node))
        if typed.has_aggregate(value):
            raise checker.wrong(f"{item.text} is made of many records; expected what parts them")
        if value.kind in {Kind.POINT, Kind.SHAPE}:
            raise checker.wrong(f"records cannot be grouped by a {value.kind} itself")
        if typed.is_constant(value):
            raise checker.wrong(
                f"{item.text} is the same for all records; expected what parts them"
            )
        keys.append(Output(_name(item), value, _field(item.value, value, context)))
    return tuple(keys)


def _one_by_one(value: Typed) -> Typed:
    """A record with a list of values belongs to the group of each."""
    if isinstance(value, typed.Column) and value.kind is Kind.TEXTS:
        return typed.Each(value.name)
    return value


def _outputs(
    selected: Sequence[nodes.Selected], keys: tuple[Output, ...], context: Context
) -> tuple[Output, ...]:
    checker = Checker(context, "select", {key.name: key.value for key in keys})
    everything = _of_fields(context.columns())
    outputs: list[Output] = list(keys)
    if not selected and not keys:
        return everything
    for item in selected:
        match item.value:
            case nodes.Pattern("*"):
                outputs.extend(() if keys else everything)
            case nodes.Call("include" | "exclude" as function, arguments):
                outputs.extend(_matching(checker, function, arguments, context))
            case node:
                value = _named_or(checker, node, keys)
                if keys:
                    value = _one_by_one(value)
                outputs.append(Output(_name(item), value, _field(node, value, context)))
    outputs = list({output.name: output for output in outputs}.values())
    _check_groups(checker, outputs, keys)
    if not outputs:
        raise checker.wrong("it selects nothing")
    return tuple(outputs)


def _check_groups(checker: Checker, outputs: Sequence[Output], keys: Sequence[Output]) -> None:
    """Check that every output is the same for all records of a group, where there are groups."""
    groups = {key.value for key in keys}
    aggregated = bool(keys) or any(typed.has_aggregate(output.value) for output in outputs)
    for output in outputs:
        if isinstance(output.value, typed.Cluster) and output.value not in groups:
            raise checker.wrong("geo_cluster parts records into groups; expected it in group_by")
        if aggregated and not _covered(output.value, groups):
            raise checker.wrong(
                f"{output.name} differs between the records of a group; "
                "expected an aggregate, or what group_by names"
            )


def _named_or(checker: Checker, node: Node, outputs: Sequence[Output]) -> Typed:
    """The output of this name, though a field may have the same; else what the node says."""
    if isinstance(node, nodes.Name):
        for output in outputs:
            if output.name == node.name:
                return output.value
    return checker.value(node)


def _matching(
    checker: Checker, function: str, arguments: Sequence[Node], context: Context
) -> tuple[Output, ...]:
    """The fields that ``include(pop*)`` names, or all but those that ``exclude(pop*)`` names."""
    named: set[Field] = set()
    for argument in arguments:
        match argument:
            case nodes.Pattern(pattern) | nodes.Name(pattern):
                named.update(checker.fields_like(pattern))
            case _:
                raise checker.wrong(f"{function} expects names of fields, such as pop*")
    return _of_fields(
        [known for known in context.columns() if (known in named) == (function == "include")]
    )


def _of_fields(fields: Sequence[Field]) -> tuple[Output, ...]:
    return tuple(
        Output(known.name, typed.Column(known.name, typed.kind_of(known)), known)
        for known in fields
    )


def _name(item: nodes.Selected) -> str:
    """An alias, a field's name, or the expression as it was written."""
    if item.alias:
        return item.alias
    return item.value.name if isinstance(item.value, nodes.Name) else item.text


def _field(node: Node, value: Typed, context: Context) -> Field | None:
    """The field that a value is of, or the smallest or largest of."""
    match node, value:
        case nodes.Name(name), typed.Column() | typed.Each():
            return context.fields.get(name)
        case nodes.Call(arguments=(nodes.Name(name),)), typed.Aggregate("min" | "max"):
            return context.fields.get(name)
    return None


def _covered(value: Typed, groups: set[Typed]) -> bool:
    """Whether a value is the same for all records of a group."""
    if value in groups or isinstance(value, typed.Aggregate | typed.Extent):
        return True
    if isinstance(value, typed.Column | typed.Each):
        return False
    return all(_covered(child, groups) for child in typed.children(value))


def _order(
    ordered: Sequence[nodes.Ordered],
    outputs: Sequence[Output],
    groups: tuple[Typed, ...],
    context: Context,
) -> tuple[Order, ...]:
    checker = Checker(context, "order_by", {output.name: output.value for output in outputs})
    aggregated = bool(groups) or any(typed.has_aggregate(output.value) for output in outputs)
    order = []
    for item in ordered:
        value = _named_or(checker, item.value, outputs)
        if groups:
            value = _one_by_one(value)
        if typed.is_constant(value):
            # SQL would take a bare number for the place of a column; an alias may well be of one.
            if isinstance(item.value, nodes.Name):
                continue
            raise checker.wrong(
                f"{typed.describe(value)} is the same for all records; expected what sorts them"
            )
        if value.kind in {Kind.POINT, Kind.SHAPE, Kind.TEXTS}:
            raise checker.wrong(f"rows cannot be sorted by a {value.kind}")
        if aggregated and not _covered(value, set(groups)):
            raise checker.wrong("groups are sorted by what is the same for all of their records")
        if not aggregated and typed.has_aggregate(value):
            raise checker.wrong("records cannot be sorted by an aggregate; expected group_by")
        order.append(Order(value, item.descending))
    return tuple(order)
