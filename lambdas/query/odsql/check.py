"""Nodes → checked nodes: names become columns, literals take the type of what they stand beside."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import assert_never

from citylake.datasets import Field
from citylake.errors import QueryInvalid
from lambdas.query.odsql import calls, nodes, typed
from lambdas.query.odsql.context import Context
from lambdas.query.odsql.dates import midnight, on_clock, read_moment, read_period
from lambdas.query.odsql.functions import AGGREGATES, SCALARS
from lambdas.query.odsql.nodes import Node
from lambdas.query.odsql.typed import DATES, NUMBERS, PLAIN, Kind, Typed
from lambdas.query.odsql.words import Search, folded, has_words

_INT64 = 2**63
_PERCENT = 100

_BACKWARDS = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Checker:
    """Checks the nodes of one clause.

    Args:
        context: what may be spoken of.
        clause: the clause's name, for messages.
        aliases: expressions that were given a name elsewhere; a field of that name comes first.

    Attributes:
        misspelt: how many words of the clause so far may be misspelt.
    """

    def __init__(
        self, context: Context, clause: str, aliases: Mapping[str, Typed] | None = None
    ) -> None:
        self.context = context
        self.clause = clause
        self.misspelt = 0
        self._aliases = aliases or {}

    def wrong(self, problem: str) -> QueryInvalid:
        """Word what is wrong with the clause, to be raised."""
        return QueryInvalid(
            f"ODSQL query is malformed: {problem}. "
            f"Clause(s) containing the error(s): {self.clause}."
        )

    def condition(self, node: Node) -> Typed:
        """Check what must be true or false.

        Raises:
            QueryInvalid: it means nothing for this dataset.
        """
        match node:
            case nodes.And(values):
                return typed.And(tuple(self.condition(value) for value in values))
            case nodes.Or(values):
                return typed.Or(tuple(self.condition(value) for value in values))
            case nodes.Not(value):
                return typed.Not(self.condition(value))
            case nodes.Text(text):
                return has_words(self.context.text_columns(), text)
        checked = self.value(node)
        if checked.kind is not Kind.BOOLEAN:
            raise self.wrong(f"expected a condition, found {typed.describe(checked)}")
        return checked

    def value(self, node: Node) -> Typed:  # noqa: C901, PLR0912 - one case per kind of node
        """Check what has a value.

        Raises:
            QueryInvalid: it means nothing for this dataset.
        """
        match node:
            case nodes.Name(name):
                return self._named(name)
            case nodes.Text(text):
                return typed.Constant(text, Kind.TEXT)
            case nodes.Number(text):
                return self._number(text)
            case nodes.Boolean(value):
                return typed.Constant(value, Kind.BOOLEAN)
            case nodes.Null():
                return typed.Constant(None, Kind.NULL)
            case nodes.Date(text):
                return self._moment(text)
            case nodes.Negative(value):
                return self._negative(self.value(value))
            case nodes.Arithmetic(operator, left, right):
                return self._arithmetic(operator, self.value(left), self.value(right))
            case nodes.Call():
                return self._call(node)
            case nodes.Compare(operator, left, right):
                return self._compare(operator, left, right)
            case nodes.InRange(value, within):
                return self._in_range(value, within)
            case nodes.Among(value, options):
                return self._among(value, options)
            case nodes.Contained(value, name):
                return self._contained(value, name)
            case nodes.Like(value, pattern):
                return self._like(value, pattern)
            case nodes.Is(value, state):
                return self._is(self.value(value), state)
            case nodes.And() | nodes.Or() | nodes.Not():
                return self.condition(node)
            case nodes.Pattern(pattern):
                raise self.wrong(
                    f"{pattern} stands for several fields, where one value is expected"
                )
            case (
                nodes.Geometry()
                | nodes.Quantity()
                | nodes.Distinct()
                | nodes.Range()
                | nodes.Steps()
            ):
                raise self.wrong(f"a {type(node).__name__.lower()} has no value of its own here")
        assert_never(node)

    def fields_like(self, pattern: str) -> tuple[Field, ...]:
        """The fields whose names fit a pattern: ``pop*``, or ``*`` for all."""
        return tuple(known for known in self.context.columns() if fnmatchcase(known.name, pattern))

    def field_column(self, node: Node) -> typed.Column:
        """Check what must be a field.

        Raises:
            QueryInvalid: it is none.
        """
        checked = self.value(node)
        if not isinstance(checked, typed.Column):
            raise self.wrong(f"expected a field, found {typed.describe(checked)}")
        return checked

    def coerce(self, value: Typed, beside: Typed) -> Typed:
        """Give a constant the type of what it is compared with.

        Raises:
            QueryInvalid: the two can never be compared.
        """
        kind = Kind.TEXT if beside.kind is Kind.TEXTS else beside.kind
        if value.kind is kind or Kind.NULL in {value.kind, kind}:
            return value
        if value.kind in NUMBERS and kind in NUMBERS:
            return value
        if isinstance(value, typed.Constant):
            converted = self._convert(value, kind)
            if converted is not None:
                return converted
        if {value.kind, kind} == DATES:
            return value
        raise self.wrong(
            f"{typed.describe(value)} cannot be compared with {typed.describe(beside)}"
        )

    # Names and literals

    def _named(self, name: str) -> Typed:
        column = self.context.column(name)
        if column is not None:
            return column
        if name in self._aliases:
            return self._aliases[name]
        raise self.wrong(f"Unknown field: {name[:60]}")

    def _number(self, text: str) -> typed.Constant:
        number = _number_in(text)
        if number is None:
            raise self.wrong(f"the number {text[:40]} is too large")
        return replace(number, written=text)

    def plain_number(self, node: Node, what: str) -> float:
        """Check what must be a number as written.

        Raises:
            QueryInvalid: it is none; the message calls it ``what``.
        """
        checked = self.value(node)
        if (
            isinstance(checked, typed.Constant)
            and checked.kind in NUMBERS
            and isinstance(checked.value, int | float)
        ):
            return checked.value
        raise self.wrong(f"{what} must be a number, found {typed.describe(checked)}")

    def plain_text(self, node: Node, what: str) -> str:
        """Check what must be a text in quotes.

        Raises:
            QueryInvalid: it is none; the message calls it ``what``.
        """
        if isinstance(node, nodes.Text):
            return node.value
        raise self.wrong(f"{what} must be a text in quotes")

    def _moment(self, text: str) -> typed.Constant:
        try:
            moment = read_moment(text, self.context.timezone)
        except (ValueError, OverflowError) as error:
            raise self.wrong(str(error)) from error
        kind = Kind.DATETIME if isinstance(moment, datetime) else Kind.DATE
        return typed.Constant(moment, kind)

    def _convert(self, constant: typed.Constant, kind: Kind) -> typed.Constant | None:
        """A constant as another kind; ``None`` where it cannot be."""
        value = constant.value
        if kind in DATES and constant.kind is Kind.INT and isinstance(value, int):
            value = str(value)  # a year: 2024
        if kind in DATES and isinstance(value, str):
            constant = self._moment(value)
            value = constant.value
        if kind is Kind.DATETIME and isinstance(value, date) and not isinstance(value, datetime):
            return typed.Constant(midnight(value, self.context.timezone), kind)
        if kind is Kind.DATE and isinstance(value, datetime):
            return typed.Constant(on_clock(value, self.context.timezone), kind)
        if kind is Kind.TEXT and isinstance(value, bool | int | float | date):
            return typed.Constant(constant.written or _written(value), kind)
        if kind in NUMBERS and isinstance(value, str):
            return _number_in(value)
        if kind is Kind.BOOLEAN and isinstance(value, str) and value.lower() in {"true", "false"}:
            return typed.Constant(value.lower() == "true", kind)
        return constant if constant.kind is kind else None

    # Calculations

    def _negative(self, value: Typed) -> Typed:
        self._expect_number(value)
        if isinstance(value, typed.Constant) and isinstance(value.value, int | float):
            return typed.Constant(-value.value, value.kind)
        return typed.Negative(value, value.kind)

    def _arithmetic(self, operator: str, left: Typed, right: Typed) -> Typed:
        self._expect_number(left)
        self._expect_number(right)
        whole = left.kind is Kind.INT and right.kind is Kind.INT and operator != "/"
        return typed.Arithmetic(operator, left, right, Kind.INT if whole else Kind.DOUBLE)

    def _expect_number(self, value: Typed) -> None:
        if value.kind not in NUMBERS:
            raise self.wrong(f"only numbers can be calculated with, found {typed.describe(value)}")

    # Conditions

    def _compare(self, operator: str, left: Node, right: Node) -> Typed:
        first, second = self.value(left), self.value(right)
        if isinstance(first, typed.Constant) and not isinstance(second, typed.Constant):
            first, second, right = second, first, left
            operator = _BACKWARDS.get(operator, operator)
        if operator in {"=", "!="}:
            period = self._in_period(first, right)
            if period is not None and operator == "=":
                return period
            if period is not None:
                return typed.And((typed.Not(typed.IsNull(first)), typed.Not(period)))
        second = self.coerce(second, first)
        if first.kind is Kind.TEXTS and operator in {"=", "!="}:
            among = typed.Among(first, (second,))
            if operator == "=":
                return among
            return typed.And((typed.Not(typed.IsNull(first)), typed.Not(among)))
        if first.kind not in PLAIN:
            raise self.wrong(f"{typed.describe(first)} cannot be compared by {operator}")
        if first.kind is Kind.BOOLEAN and operator not in {"=", "!="}:
            raise self.wrong(f"{typed.describe(first)} cannot be compared by {operator}")
        return typed.Compare(operator, first, second)

    def _in_range(self, value: Node, within: nodes.Range) -> Typed:
        checked = self.value(value)
        if checked.kind not in NUMBERS | DATES | {Kind.TEXT}:
            raise self.wrong(
                f"{typed.describe(checked)} cannot be in a range; expected a number or a date"
            )
        low = self.coerce(self.value(within.low), checked)
        high = self.coerce(self.value(within.high), checked)
        return typed.And(
            (
                typed.Compare(">=" if within.low_included else ">", checked, low),
                typed.Compare("<=" if within.high_included else "<", checked, high),
            )
        )

    def _among(self, value: Node, options: Sequence[Node]) -> Typed:
        checked = self.value(value)
        if checked.kind not in PLAIN | {Kind.TEXTS}:
            raise self.wrong(f"{typed.describe(checked)} cannot be in a list")
        periods = {option: self._in_period(checked, option) for option in options}
        rest = tuple(
            self.coerce(self.value(option), checked)
            for option, period in periods.items()
            if period is None
        )
        found = tuple(period for period in periods.values() if period is not None)
        if not found:
            return typed.Among(checked, rest)
        return typed.Or((*found, typed.Among(checked, rest)) if rest else found)

    def _in_period(self, value: Typed, written: Node) -> Typed | None:
        """That a date lies in a year, a month or a day, where that is all that is written.

        ``None`` where equality is plain: of no date, or with what is written to the full.
        """
        match written:
            case nodes.Text(text) | nodes.Date(text) | nodes.Number(text) if value.kind in DATES:
                pass
            case _:
                return None
        try:
            first, after = read_period(text)
        except (ValueError, OverflowError):
            return None
        if value.kind is Kind.DATE and after - first == timedelta(days=1):
            return None
        low, high = (self.coerce(typed.Constant(day, Kind.DATE), value) for day in (first, after))
        return typed.And((typed.Compare(">=", value, low), typed.Compare("<", value, high)))

    def _contained(self, value: Node, name: nodes.Name) -> Typed:
        column = self.field_column(name)
        if column.kind not in {Kind.TEXT, Kind.TEXTS}:
            raise self.wrong(f"{typed.describe(column)} holds no texts to look among")
        return typed.Among(column, (self.coerce(self.value(value), column),))

    def _like(self, value: Node, pattern: Node) -> Typed:
        checked = self.value(value)
        if checked.kind not in {Kind.TEXT, Kind.TEXTS}:
            raise self.wrong(f"like expects a text, found {typed.describe(checked)}")
        written = nodes.Text(pattern.text) if isinstance(pattern, nodes.Number) else pattern
        text = self.plain_text(written, "what follows like")
        if "%" in text:
            return typed.HasPart(checked, folded(text))
        return has_words((checked,), text, Search.WHOLE)

    def _is(self, value: Typed, state: bool | None) -> Typed:
        if state is None:
            return typed.IsNull(value)
        if value.kind is not Kind.BOOLEAN:
            raise self.wrong(
                f"is {str(state).lower()} expects a boolean, found {typed.describe(value)}"
            )
        return typed.Compare("=", value, typed.Constant(state, Kind.BOOLEAN))

    # Calls

    def _call(self, call: nodes.Call) -> Typed:
        if call.function in SCALARS:
            return self._scalar(call)
        if call.function in AGGREGATES:
            return self._aggregate(call)
        special = calls.SPECIAL.get(call.function)
        if special is None:
            raise self.wrong(f"Unknown function: {call.function[:60]}")
        return special(self, call)

    def _scalar(self, call: nodes.Call) -> Typed:
        function = SCALARS[call.function]
        self.expect_count(call, len(function.takes))
        values = tuple(self.value(argument) for argument in call.arguments)
        for value, kinds in zip(values, function.takes, strict=True):
            if value.kind not in kinds:
                expected = " or ".join(sorted(kinds))
                raise self.wrong(
                    f"{call.function} expects {expected}, found {typed.describe(value)}"
                )
        return typed.Apply(call.function, values, function.gives)

    def _aggregate(self, call: nodes.Call) -> Typed:
        summary = AGGREGATES[call.function]
        self.expect_count(call, 1 + summary.parameters)
        node, *parameters = call.arguments
        if isinstance(node, nodes.Pattern) and node.pattern == "*" and call.function == "count":
            return typed.Aggregate("count", None, Kind.INT)
        distinct = isinstance(node, nodes.Distinct)
        if isinstance(node, nodes.Distinct):
            if not summary.takes_distinct:
                raise self.wrong(f"{call.function} does not know distinct; count does")
            node = node.value
        value = self.value(node)
        if typed.has_aggregate(value):
            raise self.wrong(f"{call.function} cannot hold another aggregate")
        if value.kind not in summary.takes:
            raise self.wrong("StatAggregation only supports numeric or date expression")
        if distinct and value.kind not in PLAIN | {Kind.TEXTS, Kind.INTERVAL}:
            raise self.wrong(f"count distinct expects plain values, found {typed.describe(value)}")
        percent = self._percent(parameters[0]) if parameters else None
        return typed.Aggregate(call.function, value, summary.gives or value.kind, distinct, percent)

    def _percent(self, node: Node) -> float:
        percent = self.plain_number(node, "the percentile")
        if not 0 <= percent <= _PERCENT:
            raise self.wrong(f"the percentile is {percent:g}; expected 0 to {_PERCENT}")
        return percent

    def expect_count(self, call: nodes.Call, count: int) -> None:
        """Check how many arguments a function is given.

        Raises:
            QueryInvalid: more or fewer.
        """
        if len(call.arguments) != count:
            plural = "" if count == 1 else "s"
            raise self.wrong(
                f"{call.function} expects {count} argument{plural}, found {len(call.arguments)}"
            )


def _number_in(text: str) -> typed.Constant | None:
    """The number that a text writes, an integer if it fits 64 bits; ``None`` if it writes none."""
    try:
        if text.removeprefix("-").isdecimal() and abs(int(text)) < _INT64:
            return typed.Constant(int(text), Kind.INT)
        number = float(text)
    except ValueError:
        return None
    return typed.Constant(number, Kind.DOUBLE) if math.isfinite(number) else None


def _written(value: bool | float | date) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
