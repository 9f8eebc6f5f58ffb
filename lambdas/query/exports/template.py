"""A record's text as a tree of parts, which the engine fills in, or else Python: the same bytes.

A text format is such a tree: what stands between the values is written once, and where SQL writes
the values, as ``texts`` has it, a record costs Python nothing but joining. A part may be missing,
as its value is; what encloses it says what becomes of the rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

from sqlglot import exp

from lambdas.query.exports import texts
from lambdas.query.exports.encodings import Encoding
from lambdas.query.exports.forms import PLAIN, Form
from lambdas.query.exports.table import Table, Values

Part: TypeAlias = "str | Value | Each | All | Joined | Encoded | Unless"
"""What a text is made of; a ``str`` stands as it is."""

Maker = Callable[[Values], str | None]


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a column as text; missing where it is.

    Attributes:
        column: its number; ``Table.ID`` for the record's id.
        form: what the text is.
        encoding: how it stands among the marks of the format. Of numbers, dates and what a form
            writes by itself nothing needs that.
    """

    column: int
    form: Form = PLAIN
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """Every value of a list of texts, each between the same marks; missing where the list is.

    Attributes:
        column: its number.
        before: stands before each value.
        encoding: how a value stands among the marks of the format.
        after: stands after each value.
        between: stands between one and the next.
    """

    column: int
    before: str
    encoding: Encoding
    after: str
    between: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Parts one after the other; missing if one of them is."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts one after the other, those that are there; never missing."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A part as it stands among the marks of the format, whatever it is made of."""

    part: Part
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class Unless:
    """A part that is missing where a column has a value."""

    column: int
    part: Part


def fill(table: Table, part: Part) -> Iterator[list[str]]:
    """Fill in the records' texts, a few thousand at a time; a record without a text is left out."""
    row = _in_sql(table, part) if table.keeps_order else None
    if row is not None:
        for batch in table.texts(row):
            yield [text for text in batch if text is not None]
        return
    make = maker(table, part)
    for records in table.batches():
        yield [text for text in map(make, records) if text is not None]


def _in_sql(table: Table, part: Part) -> exp.Expr | None:
    """A part as an expression, null where it is missing; ``None`` for what SQL does not write."""
    match part:
        case str():
            return exp.Literal.string(part)
        case Value(number, form, encoding):
            text = form.in_sql(table, number)
            if text is None or encoding is None or not form.is_free(table.column(number)):
                return text
            return encoding.in_sql(text)
        case Each():
            return _each(table, part)
        case All(parts):
            return _of_parts(table, parts, texts.strictly)
        case Joined(parts):
            return _of_parts(table, parts, texts.joined)
        case Encoded(inner, encoding):
            text = _in_sql(table, inner)
            return None if text is None else encoding.in_sql(text)
        case Unless(number, inner):
            text = _in_sql(table, inner)
            if text is None:
                return None
            absent = exp.or_(
                *(exp.Is(this=held.copy(), expression=exp.null()) for held in table.held_by(number))
            )
            return exp.Case().when(absent, text)
        case _ as never:
            assert_never(never)


_ITEM = exp.to_identifier("item")


def _each(table: Table, part: Each) -> exp.Expr | None:
    if not table.column(part.column).stored:
        return None
    (held,) = table.held_by(part.column)
    text = texts.joined(part.before, part.encoding.in_sql(exp.column(_ITEM)), part.after)
    listed = exp.Anonymous(
        this="list_transform",
        expressions=[
            held.copy(),
            exp.Lambda(this=text, expressions=[_ITEM.copy()], colon=True),
        ],
    )
    between = exp.Literal.string(part.between)
    return exp.Anonymous(this="array_to_string", expressions=[listed, between])


def _of_parts(
    table: Table, parts: tuple[Part, ...], join: Callable[..., exp.Expr]
) -> exp.Expr | None:
    filled = []
    for part in parts:
        text = _in_sql(table, part)
        if text is None:
            return None
        filled.append(text)
    return join(*filled) if filled else exp.Literal.string("")


def maker(table: Table, part: Part) -> Maker:  # noqa: C901 - a case per kind of part
    """What makes a part's text of a record's values in Python; ``None`` where it is missing."""
    match part:
        case str():
            return lambda _: part
        case Value(number, form, encoding):
            convert: Callable[[Any], str | None] = form.in_python(table, number)
            if encoding is not None and form.is_free(table.column(number)):
                convert = _encoded(convert, encoding)

            def value(values: Values) -> str | None:
                held = values[number]
                return None if held is None else convert(held)

            return value
        case Each():
            return _each_maker(part)
        case All(parts):
            makers = [maker(table, each) for each in parts]

            def every(values: Values) -> str | None:
                made = [make(values) for make in makers]
                known = [text for text in made if text is not None]
                return "".join(known) if len(known) == len(made) else None

            return every
        case Joined(parts):
            makers = [maker(table, each) for each in parts]
            return lambda values: "".join(make(values) or "" for make in makers)
        case Encoded(inner, encoding):
            make = maker(table, inner)

            def encoded(values: Values) -> str | None:
                text = make(values)
                return None if text is None else encoding.in_python(text)

            return encoded
        case Unless(number, inner):
            make = maker(table, inner)
            return lambda values: make(values) if values[number] is None else None
        case _ as never:
            assert_never(never)


def _each_maker(part: Each) -> Maker:
    def each(values: Values) -> str | None:
        held = values[part.column]
        if held is None:
            return None
        encode = part.encoding.in_python
        return part.between.join(f"{part.before}{encode(item)}{part.after}" for item in held)

    return each


def _encoded(
    convert: Callable[[Any], str | None], encoding: Encoding
) -> Callable[[Any], str | None]:
    def encoded(value: Any) -> str | None:  # noqa: ANN401 - a value of any type
        text = convert(value)
        return None if text is None else encoding.in_python(text)

    return encoded
