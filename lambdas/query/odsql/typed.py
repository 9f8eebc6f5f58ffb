"""Checked nodes: every name is a column, every value has a type, every literal is a value.

Conditions are of kind boolean. Nothing here knows SQL.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from citylake.datasets import Field, FieldType
from lambdas.query.odsql.geometry import Area


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    TEXTS = "list of texts"
    INT = "int"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    POINT = "geo_point_2d"
    SHAPE = "geo_shape"
    INTERVAL = "interval"
    CLUSTER = "cluster"
    JSON = "json"
    NULL = "null"


NUMBERS = frozenset({Kind.INT, Kind.DOUBLE})
DATES = frozenset({Kind.DATE, Kind.DATETIME})
PLAIN = NUMBERS | DATES | {Kind.TEXT, Kind.BOOLEAN, Kind.NULL}
"""What can be compared, and counted without its duplicates."""

_KINDS = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.INT: Kind.INT,
    FieldType.DOUBLE: Kind.DOUBLE,
    FieldType.BOOLEAN: Kind.BOOLEAN,
    FieldType.DATE: Kind.DATE,
    FieldType.DATETIME: Kind.DATETIME,
    FieldType.GEO_POINT: Kind.POINT,
    FieldType.GEO_SHAPE: Kind.SHAPE,
    FieldType.FILE: Kind.TEXT,
    FieldType.JSON_BLOB: Kind.TEXT,
}


def kind_of(field: Field) -> Kind:
    """What the values of a field are."""
    return Kind.TEXTS if field.multivalued else _KINDS[field.type]


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the dataset, or the hidden id of a record."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Each:
    """One value of a field that holds lists: a record counts once for each."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Constant:
    """A value.

    An instant is an aware ``datetime``; a naive one is a moment of the request's time zone, which
    is what a date is compared with.

    Attributes:
        written: of a number how it was written: beside texts, ``007`` is no ``7``.
    """

    value: str | int | float | bool | date | datetime | None
    kind: Kind
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of ``functions.SCALARS``."""

    function: str
    arguments: tuple["Typed", ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function of ``functions.AGGREGATES``; no value means records."""

    function: str
    value: "Typed | None"
    kind: Kind
    distinct: bool = False
    parameter: float | None = None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+``, ``-``, ``*`` or ``/`` of two numbers; what is divided by zero is null."""

    operator: str
    left: "Typed"
    right: "Typed"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with its sign turned."""

    value: "Typed"
    kind: Kind


@dataclass(frozen=True, slots=True)
class DateText:
    """A date written by a pattern: numbers or names taken from it, and the text between them."""

    value: "Typed"
    parts: tuple["DatePart | str", ...]
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class DatePart:
    """A number taken from a date, padded with zeros, or the name that it has in a language."""

    unit: str
    digits: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The interval that a number or a date falls into.

    Attributes:
        value: a number or a date.
        step: width of equal intervals, a number; ``None`` where bounds or a unit part them.
        bounds: where given intervals meet, ascending; an outer ``None`` is open. For a date they
            are dates, for an instant instants.
        unit: of time, for a date; ``step`` counts it.
    """

    value: "Typed"
    step: float | None = None
    bounds: tuple[float | date | datetime | None, ...] = ()
    unit: str = ""
    kind: Kind = Kind.INTERVAL


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cell of a map that a point lies in; it is read as the mean of the group's points.

    Attributes:
        column: a point.
        zoom: of a web map: at 0 the world is 256 pixels wide, and each step doubles that.
        radius: half of a cell's width in pixels.
    """

    column: Column
    zoom: int
    radius: float
    kind: Kind = Kind.CLUSTER


@dataclass(frozen=True, slots=True)
class Extent:
    """The box around points or shapes of many records."""

    column: Column
    kind: Kind = Kind.SHAPE


@dataclass(frozen=True, slots=True)
class FromJson:
    """A text read as JSON; where it is none, the other value."""

    value: "Typed"
    instead: "Typed"
    kind: Kind = Kind.JSON


@dataclass(frozen=True, slots=True)
class InArea:
    """Whether a point lies in an area, its border included."""

    column: Column
    area: Area
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Meets:
    """Whether a shape has a point in common with an area, or lies wholly ``within`` it."""

    column: Column
    area: Area
    within: bool = False
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Distance:
    """Metres between a point of the dataset and a given one, on the sphere."""

    column: Column
    lon: float
    lat: float
    kind: Kind = Kind.DOUBLE


@dataclass(frozen=True, slots=True)
class InBox:
    """Whether a point lies between two latitudes and two longitudes, borders included."""

    column: Column
    south: float
    west: float
    north: float
    east: float
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Compare:
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=`` of two values of like kind."""

    operator: str
    left: "Typed"
    right: "Typed"
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a value, or any of a list, is one of the options."""

    value: "Typed"
    options: tuple["Typed", ...]
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for.

    Attributes:
        text: folded; letters and digits.
        begins: whether it may be the beginning of a longer word.
        edits: how many letters may be wrong, missing or too many.
    """

    text: str
    begins: bool = False
    edits: int = 0


@dataclass(frozen=True, slots=True)
class HasWords:
    """Whether all words occur in texts, or lists of texts, taken together."""

    values: tuple["Typed", ...]
    words: tuple[Word, ...]
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class HasPart:
    """Whether a folded text, or any of a list, fits a pattern; ``%`` is any run of characters."""

    value: "Typed"
    pattern: str
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class StartsWith:
    """Whether any of the texts, or of the lists, begins with this, letter by letter."""

    values: tuple["Typed", ...]
    prefix: str
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a text whose levels a separator parts; the first is 1."""

    column: Column
    separator: str
    number: int
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is missing."""

    value: "Typed"
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of what is unknown because a value is missing, true."""

    value: "Typed"
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class And:
    """All of the conditions; true of none."""

    values: tuple["Typed", ...]
    kind: Kind = Kind.BOOLEAN


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the conditions; false of none."""

    values: tuple["Typed", ...]
    kind: Kind = Kind.BOOLEAN


Typed: TypeAlias = (
    Column
    | Each
    | Constant
    | Apply
    | Aggregate
    | Arithmetic
    | Negative
    | DateText
    | Bucket
    | Cluster
    | Extent
    | FromJson
    | InArea
    | Meets
    | Distance
    | InBox
    | Compare
    | Among
    | HasWords
    | HasPart
    | StartsWith
    | Level
    | IsNull
    | Not
    | And
    | Or
)


def children(node: Typed) -> tuple[Typed, ...]:  # noqa: C901 - one case per kind of node
    """What a node is made of, from left to right."""
    match node:
        case Column() | Each() | Constant():
            return ()
        case Distance(column=column) | InBox(column=column):
            return (column,)
        case Cluster(column=column) | Extent(column=column) | InArea(column=column):
            return (column,)
        case Meets(column=column) | Level(column=column):
            return (column,)
        case FromJson(value=value, instead=instead):
            return (value, instead)
        case Apply(arguments=values) | And(values=values) | Or(values=values):
            return values
        case HasWords(values=values) | StartsWith(values=values):
            return values
        case Aggregate(value=value):
            return () if value is None else (value,)
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Among(value=value, options=options):
            return (value, *options)
        case Negative(value=value) | DateText(value=value) | Bucket(value=value):
            return (value,)
        case HasPart(value=value) | IsNull(value=value) | Not(value=value):
            return (value,)


WORD = 40
"""Steps of looking for a word."""

EDGE = 8
"""Steps of holding a point against an edge, or a value against a bound."""


def work(node: Typed) -> int:
    """How much a node asks of each record: one for each step, more for a word and for an edge."""
    own = 1
    match node:
        case HasWords(words=words):
            own = WORD * len(words)
        case InArea(area=area) | Meets(area=area):
            own = EDGE * len(area.edges)
        case Bucket(bounds=bounds):
            own = EDGE * max(len(bounds), 1)
        case DateText(parts=parts):
            own = sum(1 if isinstance(part, str) else 1 + len(part.names) for part in parts)
    return own + sum(map(work, children(node)))


def has_aggregate(node: Typed) -> bool:
    """Whether a value is made from many records."""
    return isinstance(node, Aggregate | Extent) or any(
        has_aggregate(child) for child in children(node)
    )


def is_constant(node: Typed) -> bool:
    """Whether a value is the same for all records: made of no field and no aggregate."""
    varies = isinstance(node, Column | Each | Aggregate)
    return not varies and all(is_constant(child) for child in children(node))


def describe(value: Typed) -> str:
    """Name a value as a message does."""
    match value:
        case Column(name, kind):
            return f"field {name} of type {kind}"
        case Constant(None):
            return "null"
        case Constant(constant, Kind.TEXT):
            return f"the text {str(constant)[:60]!r}"
        case Constant(constant, kind):
            return f"the {kind} {constant}"
        case _:
            return f"an expression of type {value.kind}"


TRUE = And(())


def all_of(*conditions: Typed) -> Typed:
    """Conditions as one: nested ones beside each other, those that always hold left out."""
    held = tuple(
        part
        for condition in conditions
        for part in ((all_of(*condition.values),) if isinstance(condition, And) else (condition,))
        if part != TRUE
    )
    flat = tuple(
        part
        for condition in held
        for part in (condition.values if isinstance(condition, And) else (condition,))
    )
    return flat[0] if len(flat) == 1 else And(flat)


@dataclass(frozen=True, slots=True)
class Output:
    """One column of an answer, by the name under which people get it."""

    name: str
    value: Typed
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One thing that rows are sorted by; missing values come last in both directions."""

    value: Typed
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A whole question, checked.

    Attributes:
        outputs: what a row of the answer holds.
        condition: what records must fulfil.
        groups: what parts them; a row of the answer is then a group.
        order: what sorts the rows.
        limit: most rows; ``None`` for all.
        offset: rows to leave out at the beginning.
        as_stored: whether ``order`` is the one in which the records are stored.
        aggregated: whether a row is made from many records, without groups from all of them.
    """

    outputs: tuple[Output, ...]
    condition: Typed
    groups: tuple[Typed, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    as_stored: bool = False

    @property
    def aggregated(self) -> bool:
        """Whether a row is made of many records: of a group, or of all."""
        return bool(self.groups) or any(has_aggregate(output.value) for output in self.outputs)
