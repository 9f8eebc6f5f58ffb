"""Nodes → checked nodes: names become columns, literals take the type of what they stand beside."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NoReturn, TypeVar, assert_never
from zoneinfo import ZoneInfo

from citylake.datasets import RECORD_ID, Field
from citylake.errors import QueryInvalid
from citylake.places import fold
from lambdas.query.odsql import nodes, typed
from lambdas.query.odsql.dates import NOW_CHANGES, read_moment
from lambdas.query.odsql.functions import AGGREGATES, SCALARS
from lambdas.query.odsql.geometry import read_point
from lambdas.query.odsql.nodes import Node
from lambdas.query.odsql.patterns import read_date_pattern
from lambdas.query.odsql.typed import DATES, NUMBERS, Kind, Typed

_INT64 = 2**63
_WORD = re.compile(r"[^\W_]+")

_METRES = {
    "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144,
    "mi": 1609.344,
}  # fmt: skip

_TIME_UNITS: Mapping[str, str] = {
    written: unit
    for unit, forms in {
        "millisecond": "ms millisecond milliseconds",
        "second": "s second seconds",
        "minute": "m minute minutes",
        "hour": "h hour hours",
        "day": "d day days",
        "week": "w week weeks",
        "month": "M month months",
        "quarter": "q quarter quarters",
        "year": "y year years",
    }.items()
    for written in forms.split()
}
_CALENDAR_UNITS = frozenset({"week", "month", "quarter", "year"})

_BACKWARDS = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a clause may speak of.

    Attributes:
        fields: the dataset's fields, by every name under which they are known, in their order.
        timezone: in which dates are read, and instants are parted into days.
        language: of the names of months and days.
        now: the instant of the request.
    """

    fields: Mapping[str, Field]
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    language: str = "en"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def column(self, name: str) -> typed.Column | None:
        """The column of a field; ``None`` if there is no such field."""
        known = self.fields.get(name)
        return None if known is None else typed.Column(known.name, typed.kind_of(known))

    def columns(self) -> tuple[Field, ...]:
        """Every field once, in order."""
        return tuple(dict.fromkeys(self.fields.values()))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as search sees them: runs of letters and digits, folded."""
    return tuple(_WORD.findall(fold(text)))


class Checker:
    """Checks the nodes of one clause.

    Args:
        context: what may be spoken of.
        clause: the clause's name, for messages.
        aliases: expressions that were given a name elsewhere; a field of that name comes first.
    """

    def __init__(
        self, context: Context, clause: str, aliases: Mapping[str, Typed] | None = None
    ) -> None:
        self.context = context
        self._clause = clause
        self._aliases = aliases or {}

    def fail(self, problem: str) -> NoReturn:
        """Refuse the clause.

        Raises:
            QueryInvalid: always.
        """
        raise QueryInvalid(
            f"ODSQL query is malformed: {problem}. "
            f"Clause(s) containing the error(s): {self._clause}."
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
                return self._words(self._text_columns(), text)
        checked = self.value(node)
        if checked.kind is not Kind.BOOLEAN:
            self.fail(f"expected a condition, found {_describe(checked)}")
        return checked

    def value(self, node: Node) -> Typed:
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
                self.fail(f"{pattern} stands for several fields, where one value is expected")
            case nodes.Geometry() | nodes.Quantity() | nodes.Distinct() | nodes.Range():
                self.fail(f"a {type(node).__name__.lower()} has no value of its own here")
        assert_never(node)

    def bucket(self, call: nodes.Call) -> Typed:
        """Check ``range(…)``, which parts records into groups."""
        if len(call.arguments) < 2:
            self.fail("range expects a field and a width, or a field and bounds")
        value, *bounds = call.arguments
        checked = self.value(value)
        if len(bounds) == 1 and isinstance(bounds[0], nodes.Quantity):
            return self._time_bucket(checked, bounds[0])
        if checked.kind not in NUMBERS:
            self.fail(
                f"range expects a number, or a date and a width in time; {_describe(checked)}"
            )
        if len(bounds) == 1:
            step = self._plain_number(bounds[0], "the width of a range")
            if step <= 0:
                self.fail(f"the width of a range is {step:g}; expected more than 0")
            return typed.Bucket(checked, step=step)
        edges = tuple(
            None
            if isinstance(bound, nodes.Pattern) and at in {0, len(bounds) - 1}
            else self._plain_number(bound, "a bound of a range")
            for at, bound in enumerate(bounds)
        )
        known = [edge for edge in edges if edge is not None]
        if not known or known != sorted(set(known)):
            self.fail("the bounds of a range must ascend")
        return typed.Bucket(checked, bounds=edges)

    def fields_like(self, pattern: str) -> tuple[Field, ...]:
        """The fields whose names fit a pattern: ``pop*``, or ``*`` for all."""
        fitting = re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
        return tuple(known for known in self.context.columns() if fitting.fullmatch(known.name))

    def field_column(self, node: Node) -> typed.Column:
        """Check what must be a field.

        Raises:
            QueryInvalid: it is none.
        """
        checked = self.value(node)
        if not isinstance(checked, typed.Column):
            self.fail(f"expected a field, found {_describe(checked)}")
        return checked

    def coerce(self, value: Typed, beside: Typed) -> Typed:
        """Give a constant the type of what it is compared with; refuse values that never compare."""
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
        self.fail(f"{_describe(value)} cannot be compared with {_describe(beside)}")

    # Names and literals

    def _named(self, name: str) -> Typed:
        column = self.context.column(name)
        if column is not None:
            return column
        if name in self._aliases:
            return self._aliases[name]
        self.fail(f"Unknown field: {name}")

    def _number(self, text: str) -> typed.Constant:
        if text.isdigit():
            whole = int(text)
            if whole < _INT64:
                return typed.Constant(whole, Kind.INT)
        number = float(text)
        if number == float("inf"):
            self.fail(f"the number {text[:40]} is too large")
        return typed.Constant(number, Kind.DOUBLE)

    def _plain_number(self, node: Node, what: str) -> float:
        checked = self.value(node)
        if isinstance(checked, typed.Constant) and isinstance(checked.value, int | float):
            return checked.value
        self.fail(f"{what} must be a number, found {_describe(checked)}")

    def _plain_text(self, node: Node, what: str) -> str:
        if isinstance(node, nodes.Text):
            return node.value
        self.fail(f"{what} must be a text in quotes")

    def _moment(self, text: str) -> typed.Constant:
        try:
            moment = read_moment(text, self.context.timezone)
        except (ValueError, OverflowError) as error:
            self.fail(str(error))
        kind = Kind.DATETIME if isinstance(moment, datetime) else Kind.DATE
        return typed.Constant(moment, kind)

    def _convert(self, constant: typed.Constant, kind: Kind) -> typed.Constant | None:
        """A constant as another kind; ``None`` where it cannot be."""
        value = constant.value
        if kind in DATES and isinstance(value, str):
            constant = self._moment(value)
            value = constant.value
        if kind is Kind.DATETIME and isinstance(value, date) and not isinstance(value, datetime):
            midnight = datetime(value.year, value.month, value.day, tzinfo=self.context.timezone)
            return typed.Constant(midnight.astimezone(UTC), kind)
        if kind is Kind.DATE and isinstance(value, datetime):
            local = value.astimezone(self.context.timezone)
            return typed.Constant(local.replace(tzinfo=None), kind)
        if kind is Kind.TEXT and isinstance(value, bool | int | float):
            return typed.Constant(_written(value), kind)
        if kind in NUMBERS and isinstance(value, str):
            try:
                sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
                number = self._number(digits)
            except ValueError:
                return None
            return self._signed(number) if sign else number
        if kind is Kind.BOOLEAN and isinstance(value, str) and value.lower() in {"true", "false"}:
            return typed.Constant(value.lower() == "true", kind)
        return constant if constant.kind is kind else None

    def _signed(self, number: typed.Constant) -> typed.Constant:
        assert isinstance(number.value, int | float)  # made by _number
        return typed.Constant(-number.value, number.kind)

    # Calculations

    def _negative(self, value: Typed) -> Typed:
        self._expect_number(value)
        if isinstance(value, typed.Constant):
            return self._signed(value)
        return typed.Negative(value, value.kind)

    def _arithmetic(self, operator: str, left: Typed, right: Typed) -> Typed:
        self._expect_number(left)
        self._expect_number(right)
        whole = left.kind is Kind.INT and right.kind is Kind.INT and operator != "/"
        return typed.Arithmetic(operator, left, right, Kind.INT if whole else Kind.DOUBLE)

    def _expect_number(self, value: Typed) -> None:
        if value.kind not in NUMBERS:
            self.fail(f"only numbers can be calculated with, found {_describe(value)}")

    # Conditions

    def _compare(self, operator: str, left: Node, right: Node) -> Typed:
        first, second = self.value(left), self.value(right)
        if isinstance(first, typed.Constant) and not isinstance(second, typed.Constant):
            first, second = second, first
            operator = _BACKWARDS.get(operator, operator)
        second = self.coerce(second, first)
        if first.kind is Kind.TEXTS and operator in {"=", "!="}:
            among = typed.Among(first, (second,))
            if operator == "=":
                return among
            return typed.And((typed.Not(typed.IsNull(first)), typed.Not(among)))
        if first.kind in {Kind.TEXTS, Kind.POINT, Kind.SHAPE}:
            self.fail(f"{_describe(first)} cannot be compared by {operator}")
        if first.kind is Kind.BOOLEAN and operator not in {"=", "!="}:
            self.fail(f"{_describe(first)} cannot be compared by {operator}")
        return typed.Compare(operator, first, second)

    def _in_range(self, value: Node, within: nodes.Range) -> Typed:
        checked = self.value(value)
        if checked.kind not in NUMBERS | DATES | {Kind.TEXT}:
            self.fail(f"{_describe(checked)} cannot be in a range; expected a number or a date")
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
        if checked.kind in {Kind.POINT, Kind.SHAPE}:
            self.fail(f"{_describe(checked)} cannot be in a list")
        return typed.Among(
            checked, tuple(self.coerce(self.value(option), checked) for option in options)
        )

    def _contained(self, value: Node, name: nodes.Name) -> Typed:
        column = self.field_column(name)
        if column.kind not in {Kind.TEXT, Kind.TEXTS}:
            self.fail(f"{_describe(column)} holds no texts to look among")
        return typed.Among(column, (self.coerce(self.value(value), column),))

    def _like(self, value: Node, pattern: Node) -> Typed:
        checked = self.value(value)
        if checked.kind not in {Kind.TEXT, Kind.TEXTS}:
            self.fail(f"like expects a text, found {_describe(checked)}")
        text = self._plain_text(pattern, "what follows like")
        if "%" in text and checked.kind is Kind.TEXT:
            return typed.HasPart(checked, fold(text))
        return self._words((checked,), text.replace("%", " "), last_is_prefix=False)

    def _is(self, value: Typed, state: bool | None) -> Typed:
        if state is None:
            return typed.IsNull(value)
        if value.kind is not Kind.BOOLEAN:
            self.fail(f"is {str(state).lower()} expects a boolean, found {_describe(value)}")
        return typed.Compare("=", value, typed.Constant(state, Kind.BOOLEAN))

    # Calls

    def _call(self, call: nodes.Call) -> Typed:
        if call.function in SCALARS:
            return self._scalar(call)
        if call.function in AGGREGATES:
            return self._aggregate(call)
        special = _SPECIAL.get(call.function)
        if special is None:
            self.fail(f"Unknown function: {call.function}")
        return special(self, call)

    def _scalar(self, call: nodes.Call) -> Typed:
        function = SCALARS[call.function]
        self._expect_count(call, len(function.takes))
        values = tuple(self.value(argument) for argument in call.arguments)
        for value, kinds in zip(values, function.takes, strict=True):
            if value.kind not in kinds:
                self.fail(f"{call.function} expects {_either(kinds)}, found {_describe(value)}")
        return typed.Apply(call.function, values, function.gives)

    def _aggregate(self, call: nodes.Call) -> Typed:
        summary = AGGREGATES[call.function]
        self._expect_count(call, 1 + summary.parameters)
        node, *parameters = call.arguments
        if isinstance(node, nodes.Pattern) and node.pattern == "*" and call.function == "count":
            return typed.Aggregate("count", None, Kind.INT)
        distinct = isinstance(node, nodes.Distinct)
        if isinstance(node, nodes.Distinct):
            if not summary.takes_distinct:
                self.fail(f"{call.function} does not know distinct; count does")
            node = node.value
        value = self.value(node)
        if typed.has_aggregate(value):
            self.fail(f"{call.function} cannot hold another aggregate")
        if value.kind not in summary.takes:
            self.fail("StatAggregation only supports numeric or date expression")
        if distinct and value.kind in {Kind.POINT, Kind.SHAPE}:
            self.fail(f"count distinct expects plain values, found {_describe(value)}")
        parameter = None
        if parameters:
            parameter = self._plain_number(parameters[0], "the percentile")
            if not 0 <= parameter <= 100:
                self.fail(f"the percentile is {parameter:g}; expected 0 to 100")
        return typed.Aggregate(
            call.function, value, summary.gives or value.kind, distinct, parameter
        )

    def _expect_count(self, call: nodes.Call, count: int) -> None:
        if len(call.arguments) != count:
            plural = "" if count == 1 else "s"
            self.fail(
                f"{call.function} expects {count} argument{plural}, found {len(call.arguments)}"
            )

    def _ifnull(self, call: nodes.Call) -> Typed:
        self._expect_count(call, 2)
        value, instead = (self.value(argument) for argument in call.arguments)
        if value.kind in {Kind.TEXTS, Kind.POINT, Kind.SHAPE}:
            self.fail(f"ifnull expects a plain value, found {_describe(value)}")
        instead = self.coerce(instead, value)
        mixed = value.kind is not instead.kind and value.kind in NUMBERS
        return typed.Apply("ifnull", (value, instead), Kind.DOUBLE if mixed else value.kind)

    def _now(self, call: nodes.Call) -> Typed:
        changes: dict[str, int] = {}
        for argument in call.arguments:
            match argument:
                case nodes.Compare("=", nodes.Name(name), value) if name.lower() in NOW_CHANGES:
                    amount = self._plain_number(value, f"{name} of now")
                    changes.pop(name.lower(), None)
                    changes[name.lower()] = int(amount)
                case _:
                    self.fail(f"now expects arguments such as days=-7, of {', '.join(NOW_CHANGES)}")
        moment = self.context.now.astimezone(self.context.timezone)
        try:
            for name, amount in changes.items():
                moment = NOW_CHANGES[name](moment, amount)
            return typed.Constant(moment.astimezone(UTC), Kind.DATETIME)
        except (ValueError, OverflowError) as error:
            self.fail(f"now leaves the calendar: {error}")

    def _date_format(self, call: nodes.Call) -> Typed:
        self._expect_count(call, 2)
        value = self.value(call.arguments[0])
        if value.kind not in DATES:
            self.fail(f"date_format expects a date, found {_describe(value)}")
        pattern = self._plain_text(call.arguments[1], "the pattern of date_format")
        try:
            parts = read_date_pattern(pattern, self.context.language)
        except ValueError as error:
            self.fail(str(error))
        return typed.DateText(value, parts)

    def _random(self, call: nodes.Call) -> Typed:
        self._expect_count(call, 1)
        seed = self._plain_number(call.arguments[0], "the seed of random")
        return typed.Apply(
            "random",
            (typed.Column(RECORD_ID, Kind.TEXT), typed.Constant(f"{seed:g}", Kind.TEXT)),
            Kind.TEXT,
        )

    def _range(self, call: nodes.Call) -> Typed:
        if self._clause not in {"select", "group_by", "order_by"}:
            self.fail("range parts records into groups; a condition is written as in [low..high]")
        return self.bucket(call)

    def _time_bucket(self, value: Typed, width: nodes.Quantity) -> Typed:
        unit = _TIME_UNITS.get(width.unit)
        if value.kind not in DATES:
            self.fail(f"range of a width in time expects a date, found {_describe(value)}")
        if unit is None or not width.number.isdigit() or int(width.number) < 1:
            self.fail(
                f"{width.number} {width.unit} is no width in time; expected one such as 1 day"
            )
        step = int(width.number)
        if unit in _CALENDAR_UNITS and step != 1:
            self.fail(f"a range of {step} {unit}s is not known; expected 1 {unit}")
        return typed.Bucket(value, step=step, unit=unit)

    # Text search

    def _text_columns(self) -> tuple[Typed, ...]:
        kinds = {Kind.TEXT, Kind.TEXTS}
        return tuple(
            typed.Column(known.name, typed.kind_of(known))
            for known in self.context.columns()
            if typed.kind_of(known) in kinds
        )

    def _words(self, values: tuple[Typed, ...], text: str, *, last_is_prefix: bool = True) -> Typed:
        words = words_of(text)
        if not words:
            return typed.And(())
        if not values:
            return typed.Or(())
        last = frozenset({len(words) - 1}) if last_is_prefix else frozenset()
        return typed.HasWords(values, words, last)

    def _searched(self, call: nodes.Call) -> tuple[tuple[Typed, ...], str]:
        """The fields to look in, and the text: ``search(a, b, "text")``, all fields without any."""
        if not call.arguments:
            self.fail(f"{call.function} expects a text in quotes")
        *where, text = call.arguments
        if not where or any(isinstance(node, nodes.Pattern) for node in where):
            values = self._text_columns()
        else:
            values = tuple(self.field_column(node) for node in where)
        for value in values:
            if value.kind not in {Kind.TEXT, Kind.TEXTS}:
                self.fail(f"{call.function} expects texts, found {_describe(value)}")
        return values, self._plain_text(text, f"what {call.function} looks for")

    def _search(self, call: nodes.Call) -> Typed:
        return self._words(*self._searched(call))

    def _suggest(self, call: nodes.Call) -> Typed:
        values, text = self._searched(call)
        words = words_of(text)
        if not words or not values:
            return self._words(values, text)
        return typed.HasWords(values, words, frozenset(range(len(words))))

    def _startswith(self, call: nodes.Call) -> Typed:
        values, text = self._searched(call)
        return typed.StartsWith(values, text)

    # Places on the map

    def _point(self, call: nodes.Call) -> typed.Column:
        column = self.field_column(call.arguments[0])
        if column.kind is not Kind.POINT:
            self.fail(f"{call.function} expects a geo_point_2d field, found {_describe(column)}")
        return column

    def _distance_to(self, call: nodes.Call) -> typed.Distance:
        column, geometry = self._point(call), call.arguments[1]
        if not isinstance(geometry, nodes.Geometry):
            self.fail(f"{call.function} expects a point such as geom'POINT(-78.9 36.0)'")
        try:
            lon, lat = read_point(geometry.text)
        except ValueError as error:
            self.fail(str(error))
        return typed.Distance(column, lon, lat)

    def _distance(self, call: nodes.Call) -> Typed:
        """Metres; with a third argument the old name of ``within_distance``."""
        if len(call.arguments) == 3:
            return self._within_distance(call)
        self._expect_count(call, 2)
        return self._distance_to(call)

    def _within_distance(self, call: nodes.Call) -> Typed:
        self._expect_count(call, 3)
        width = call.arguments[2]
        if not isinstance(width, nodes.Quantity) or width.unit.lower() not in _METRES:
            self.fail(f"{call.function} expects a distance such as 10km, in {_either(_METRES)}")
        metres = float(width.number) * _METRES[width.unit.lower()]
        return typed.Compare("<=", self._distance_to(call), typed.Constant(metres, Kind.DOUBLE))

    def _in_bbox(self, call: nodes.Call) -> Typed:
        """Latitude comes first here, unlike in a geometry."""
        self._expect_count(call, 5)
        south, west, north, east = (
            self._plain_number(argument, "a corner of in_bbox") for argument in call.arguments[1:]
        )
        if south > north:
            south, north = north, south
        return typed.InBox(self._point(call), south, west, north, east)


_SPECIAL: Mapping[str, Callable[[Checker, nodes.Call], Typed]] = {
    "date_format": Checker._date_format,
    "distance": Checker._distance,
    "ifnull": Checker._ifnull,
    "in_bbox": Checker._in_bbox,
    "now": Checker._now,
    "random": Checker._random,
    "range": Checker._range,
    "search": Checker._search,
    "startswith": Checker._startswith,
    "suggest": Checker._suggest,
    "within_distance": Checker._within_distance,
}


def _written(value: bool | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _describe(value: Typed) -> str:
    match value:
        case typed.Column(name, kind):
            return f"field {name} of type {kind}"
        case typed.Constant(None):
            return "null"
        case typed.Constant(constant, Kind.TEXT):
            return f"the text {str(constant)[:60]!r}"
        case typed.Constant(constant):
            return f"the {value.kind} {constant}"
        case _:
            return f"an expression of type {value.kind}"


def _either(kinds: object) -> str:
    return ", ".join(sorted(str(kind) for kind in kinds))  # type: ignore[attr-defined]
