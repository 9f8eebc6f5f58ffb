"""What a clause of ODSQL says, as written: no field is known here, and no type."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number without its sign, as it was written: ``007`` may be meant as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """``null``."""


@dataclass(frozen=True, slots=True)
class Date:
    """``date'…'``: a date, of which a day or a month may be missing, or an instant."""

    text: str


@dataclass(frozen=True, slots=True)
class Geometry:
    """``geom'…'``: a geometry as WKT or GeoJSON."""

    text: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: ``10km``, ``1 day``."""

    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class Name:
    """A field, or the alias of a selected expression."""

    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Fields by a part of their name: ``pop*``; ``*`` for all of them."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Distinct:
    """``distinct x``, inside of an aggregate."""

    value: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments; the name is in lower case."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """``-x``."""

    value: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+``, ``-``, ``*`` or ``/`` of two values."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Compare:
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=`` of two values."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Range:
    """``[low..high]``; a bracket turned outward leaves its bound out."""

    low: "Node"
    high: "Node"
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """``[10, 20, 30]``: bounds where intervals meet; a bracket turned outward opens an end."""

    bounds: tuple["Node", ...]
    below: bool
    above: bool


@dataclass(frozen=True, slots=True)
class InRange:
    """``x in [low..high]``."""

    value: "Node"
    range: Range


@dataclass(frozen=True, slots=True)
class Among:
    """``x in (a, b)``."""

    value: "Node"
    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Contained:
    """``"x" in field``, for a field that holds lists."""

    value: "Node"
    field: Name


@dataclass(frozen=True, slots=True)
class Like:
    """``x like "words"`` or ``x like "%part%"``."""

    value: "Node"
    pattern: "Node"


@dataclass(frozen=True, slots=True)
class Is:
    """``x is null``, ``x is true``, ``x is false``."""

    value: "Node"
    state: bool | None


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    value: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more conditions."""

    values: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more conditions."""

    values: tuple["Node", ...]


Node: TypeAlias = (
    Text
    | Number
    | Boolean
    | Null
    | Date
    | Geometry
    | Quantity
    | Name
    | Pattern
    | Distinct
    | Call
    | Negative
    | Arithmetic
    | Compare
    | Range
    | Steps
    | InRange
    | Among
    | Contained
    | Like
    | Is
    | Not
    | And
    | Or
)


@dataclass(frozen=True, slots=True)
class Selected:
    """One item of ``select`` or ``group_by``.

    Attributes:
        value: what is selected.
        text: the item as it was written, which names it where there is no alias.
        alias: the name it was given; empty for none.
    """

    value: Node
    text: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """One item of ``order_by``."""

    value: Node
    descending: bool = False
