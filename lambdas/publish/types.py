"""The type of every column, decided from the whole file: text when in doubt."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from citylake.datasets import Field, FieldType
from citylake.errors import DatasetInvalid
from citylake.places import fold
from lambdas.publish.forms import FORMS, OTHER_ORDER, TEXT, Form
from lambdas.publish.names import label_of, name_fields
from lambdas.publish.reading.model import LINE, Heading, Hint, Texts, cell_column
from lambdas.publish.sql import column, parquet, texts, tree

TYPES: tuple[str, ...] = tuple(dict.fromkeys(form.type_name for form in FORMS))
"""Types that a field may be asked to have."""

_BLANKS = " \t\r\n\v\f\u00a0\ufeff"
_SAMPLE_ROWS = 20_000
_SAMPLE_CELLS = 1_000_000
_COLUMNS_AT_ONCE = 24
_MOST_VALUES_OF_A_FACET = 50
_NEARLY_PCT = 80
_EXAMPLES = 3

_DIGIT = re.compile(r"[0-9]")
_CODE = re.compile(
    r"(?:\bapn|\bfax|fips|geoid|\bnaics|phone|zip(?:[ _-]?codes?)?|zip(?:[ _-]?4)|zcta)s?\b"
)
"""Headers whose numbers are names: nobody adds up ZIP codes."""

_COLUMN = "column"
_TALL = "t"

_NATIVE = {Hint.TEXTS, Hint.JSON, Hint.POINT, Hint.SHAPE}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know of a column, in a sentence.

    Attributes:
        text: the sentence.
        is_public: whether readers of the dataset need it, not only who publishes it.
    """

    text: str
    is_public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column whose type is decided.

    Attributes:
        index: where it stands in the table of texts.
        header: as the file has it, or what stands for it.
        form: how its values are written.
        is_requested: whether its type was asked for, so that values may be refused.
    """

    field: Field
    index: int
    header: str
    form: Form
    is_requested: bool = False

    @property
    def can_fail(self) -> bool:
        """Whether there may be values that are not of the form."""
        return self.is_requested and not self.form.multivalued


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a table of texts: columns in the file's order, and what to know of them."""

    columns: tuple[Column, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Candidate:
    """A column that may still be of several forms."""

    index: int
    name: str
    heading: Heading
    forms: list[Form]
    requested: str = ""
    present: int = 0
    distinct: int = 0
    fits: dict[int, int] = field(default_factory=dict)  # by identity: trees are slow to hash

    @property
    def label(self) -> str:
        """What a person reads above the column."""
        return label_of(self.heading.header, self.index + 1)

    def count(self, form: Form) -> int:
        """How many values are of a form; none of one that was given up."""
        return self.fits.get(id(form), 0)


class Base:
    """The table of texts, with what is said to mean no value taken out.

    Args:
        made: the table.
        missing: texts that mean that there is no value.
        zone: time zone in which times without one are read.
    """

    def __init__(self, made: Texts, missing: Sequence[str], zone: str) -> None:
        self._made = made
        self._nothing = texts(("", *missing))
        self._zone = exp.Literal.string(zone)

    def rows(self, indexes: Sequence[int]) -> exp.Select:
        """Select ``line``, and for each column its texts (``c0``) and what they mean (``t0``)."""
        columns: list[exp.Expr] = [column(LINE)]
        for index in indexes:
            cell = column(cell_column(index))
            columns += [cell, exp.alias_(self._meant(cell), meant_column(index), quoted=True)]
        return exp.select(*columns).from_(parquet(str(self._made.parquet)))

    def cells(self, width: int, limit: int) -> exp.Select:
        """Select the cells of the first rows below one another: which column, and the meaning."""
        first = exp.select("*").from_(parquet(str(self._made.parquet))).limit(limit)
        cells = exp.Array(expressions=[column(cell_column(index)) for index in range(width)])
        tall = exp.select(
            exp.alias_(tree("unnest(range(:n))", n=width), _COLUMN, quoted=True),
            exp.alias_(tree("unnest(:cells)", cells=cells), "cell"),
        ).from_(first.subquery("read"))
        return exp.select(
            column(_COLUMN), exp.alias_(self._meant(column("cell")), _TALL, quoted=True)
        ).from_(tall.subquery("tall"))

    def _meant(self, cell: exp.Expr) -> exp.Expr:
        trimmed = tree("trim(:c, :blanks)", c=cell, blanks=_BLANKS)
        return tree(
            "CASE WHEN list_contains(:nothing, :t) THEN NULL ELSE :t END",
            nothing=self._nothing,
            t=trimmed,
        )

    def of(self, template: exp.Expr, index: int) -> exp.Expr:
        """A tree of a form, about a column."""
        return self.bind(template, column(meant_column(index)))

    def bind(self, template: exp.Expr, meant: exp.Expr) -> exp.Expr:
        """A tree of a form, about any text."""
        return exp.replace_placeholders(template.copy(), t=meant, zone=self._zone)


def meant_column(index: int) -> str:
    """Name what a column's texts mean: without blanks, null where there is no value."""
    return f"t{index}"


def decide(
    connection: duckdb.DuckDBPyConnection,
    made: Texts,
    base: Base,
    *,
    requested: Mapping[str, str],
    zone: str,
) -> Decision:
    """Decide the type of every column from all of its values.

    The first rows only rule forms out; a form is taken if every value of the file fits it.

    Args:
        connection: the engine that counts.
        made: the table of texts.
        base: the same, ready to be asked.
        requested: types by field name or header.
        zone: time zone in which times without one are read.

    Raises:
        DatasetInvalid: a type is asked for that is none, of a column that is none, or that the
            column cannot have.
    """
    candidates = _candidates(made.headings, requested)
    sample_rows = min(_SAMPLE_ROWS, 1 + _SAMPLE_CELLS // len(candidates))
    _sample(connection, base, candidates, sample_rows)
    is_whole = made.rows <= sample_rows
    _count(connection, base, [each for each in candidates if each.requested or not is_whole])
    notes: list[Note] = []
    columns = []
    for candidate in candidates:
        form = _choose(candidate)
        columns.append(_column(candidate, form))
        notes += _notes(candidate, form, zone)
        notes += _nearly(connection, base, candidate, form)
    return Decision(columns=tuple(columns), notes=tuple(notes))


def _candidates(headings: Sequence[Heading], requested: Mapping[str, str]) -> list[_Candidate]:
    names = name_fields([heading.header for heading in headings])
    wanted = _wanted(headings, names, requested)
    return [
        _Candidate(
            index=index,
            name=name,
            heading=heading,
            forms=_forms(heading, name, wanted.get(name, "")),
            requested=wanted.get(name, ""),
        )
        for index, (heading, name) in enumerate(zip(headings, names, strict=True))
    ]


def _wanted(
    headings: Sequence[Heading], names: Sequence[str], requested: Mapping[str, str]
) -> Mapping[str, str]:
    """The types that were asked for, by field name."""
    by_header = {heading.header: name for heading, name in zip(headings, names, strict=True)}
    wanted = {}
    for named, type_name in requested.items():
        name = named if named in names else by_header.get(named)
        if name is None:
            raise DatasetInvalid(
                f"--field names {named!r}, which is no column; the fields are {', '.join(names)}"
            )
        if type_name not in TYPES:
            raise DatasetInvalid(
                f"--field {named} asks for type {type_name!r}; expected one of {', '.join(TYPES)}"
            )
        wanted[name] = type_name
    return wanted


def _forms(heading: Heading, name: str, requested: str) -> list[Form]:
    hint = heading.hint
    if not requested:
        return [form for form in FORMS if hint in form.hints or form is TEXT]
    native = hint in _NATIVE
    forms = [
        form
        for form in FORMS
        if form.type_name == requested
        and (hint in form.hints or form is TEXT if native else not form.hints & _NATIVE)
    ]
    if not forms:
        raise DatasetInvalid(f"--field {name} asks for type {requested!r}; the column holds {hint}")
    return forms


def _sample(
    connection: duckdb.DuckDBPyConnection,
    base: Base,
    candidates: Sequence[_Candidate],
    limit: int,
) -> None:
    """Rule out the forms that not even half of the first values are of.

    The values of all columns stand below one another, so that a form is asked about once, however
    many columns there are.
    """
    guessed = [form for form in FORMS if form.hints]
    meant = column(_TALL)
    counts = [
        tree("count_if(:t IS NOT NULL AND :fits)", t=meant, fits=base.bind(form.how.fits, meant))
        for form in guessed
    ]
    asked = (
        exp.select(
            column(_COLUMN),
            tree("count(:t)", t=meant),
            tree("approx_count_distinct(:t)", t=meant),
            *counts,
        )
        .from_(base.cells(len(candidates), limit).subquery("meant"))
        .group_by(exp.Literal.number(1))
    )
    for index, present, distinct, *fits in connection.execute(asked.sql("duckdb")).fetchall():
        candidate = candidates[index]
        candidate.present, candidate.distinct = present, distinct
        candidate.fits = dict(zip(map(id, (*guessed, TEXT)), (*fits, present), strict=True))
        if not candidate.requested:
            candidate.forms = [
                form for form in candidate.forms if candidate.count(form) * 2 >= present
            ]


def _count(
    connection: duckdb.DuckDBPyConnection, base: Base, candidates: Sequence[_Candidate]
) -> None:
    """Count how many values of the whole file are of each form, a few columns at a time."""
    for group in _groups(candidates):
        counts: list[exp.Expr] = []
        for candidate in group:
            meant = column(meant_column(candidate.index))
            counts += [
                tree("count(:t)", t=meant),
                tree("approx_count_distinct(:t)", t=meant),
            ]
            counts += [_count_if(base, form.how.fits, candidate.index) for form in candidate.forms]
        rows = base.rows([candidate.index for candidate in group])
        asked = exp.select(*counts).from_(rows.subquery("meant"))
        answer: tuple[int, ...] = connection.execute(asked.sql("duckdb")).fetchone() or ()
        numbers = iter(answer)
        for candidate in group:
            candidate.present = next(numbers)
            candidate.distinct = next(numbers)
            candidate.fits = {id(form): next(numbers) for form in candidate.forms}


def _groups(candidates: Sequence[_Candidate]) -> Iterator[Sequence[_Candidate]]:
    for start in range(0, len(candidates), _COLUMNS_AT_ONCE):
        yield candidates[start : start + _COLUMNS_AT_ONCE]


def _count_if(base: Base, template: exp.Expr, index: int) -> exp.Expr:
    return tree(
        "count_if(:t IS NOT NULL AND :fits)",
        t=column(meant_column(index)),
        fits=base.of(template, index),
    )


def _choose(candidate: _Candidate) -> Form:
    if candidate.requested:
        if candidate.forms[0].multivalued:
            found = (form for form in candidate.forms if candidate.count(form))
            return next(found, candidate.forms[-1])
        return max(candidate.forms, key=candidate.count)
    if not candidate.present:
        return _native(candidate.forms) or TEXT
    fitting = _fitting(candidate)
    return TEXT if _is_code(candidate) and fitting.type in _NUMBERS else fitting


_NUMBERS = {FieldType.INT, FieldType.DOUBLE}


def _fitting(candidate: _Candidate) -> Form:
    """The narrowest form that every value fits."""
    return next(form for form in candidate.forms if candidate.count(form) == candidate.present)


def _native(forms: Sequence[Form]) -> Form | None:
    return next((form for form in forms if form.hints & _NATIVE), None)


def _is_code(candidate: _Candidate) -> bool:
    return bool(_CODE.search(fold(candidate.heading.header).replace("_", " ")))


def _column(candidate: _Candidate, form: Form) -> Column:
    sortable = form.type in {FieldType.TEXT, FieldType.BOOLEAN}
    return Column(
        field=Field(
            name=candidate.name,
            type=form.type,
            label=candidate.label,
            unit=form.unit,
            facet=sortable
            and 1 < candidate.distinct <= _MOST_VALUES_OF_A_FACET
            and candidate.distinct * 2 <= candidate.present,
            multivalued=form.multivalued,
            precision=form.precision,
        ),
        index=candidate.index,
        header=candidate.label,
        form=form,
        is_requested=bool(candidate.requested),
    )


def _notes(candidate: _Candidate, form: Form, zone: str) -> Iterator[Note]:
    if not candidate.present:
        yield Note(f"{candidate.label}: no record has a value.")
    if form.note:
        yield Note(f"{candidate.label}: {form.note.format(zone=zone)}.")
    if form.advice:
        yield _advice(candidate, form)
    for first, other in OTHER_ORDER:
        if form is first and candidate.count(other) == candidate.present:
            yield Note(
                f"{candidate.label}: no day is above 12, so that day and month cannot be told "
                "apart; they are taken to be American."
            )
    is_decided = bool(candidate.present) and not candidate.requested
    if is_decided and form is TEXT and _fitting(candidate).type in _NUMBERS:
        yield Note(f"{candidate.label}: numbers that are names are kept as text.")
    if candidate.heading.hint is Hint.ANY and _looks_like_value(candidate, form):
        yield Note(
            f"The header {candidate.heading.header!r} looks like a value: "
            "if the file has no header, say --no-header.",
            is_public=False,
        )


def _advice(candidate: _Candidate, form: Form) -> Note:
    return Note(
        f"{candidate.label}: {candidate.count(form):,} of {candidate.present:,} are {form.name}; "
        f"{form.advice.format(field=candidate.name)} and sets other rows aside.",
        is_public=False,
    )


_VALUE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_YEAR = re.compile(r"(?:1[89]|2[01])[0-9]{2}")


def _looks_like_value(candidate: _Candidate, form: Form) -> bool:
    header = candidate.heading.header.strip()
    is_number = bool(_VALUE.fullmatch(header)) and not _YEAR.fullmatch(header)
    return is_number and form.type in {*_NUMBERS, FieldType.TEXT}


def _nearly(
    connection: duckdb.DuckDBPyConnection, base: Base, candidate: _Candidate, form: Form
) -> Iterator[Note]:
    """Say which few values kept a column from a narrower type."""
    narrower = [
        other for other in candidate.forms if other.type is not FieldType.TEXT or other.advice
    ]
    if form is not TEXT or candidate.requested or not narrower:
        return
    near = max(narrower, key=candidate.count)
    fits = candidate.count(near)
    if fits == candidate.present or fits * 100 < candidate.present * _NEARLY_PCT:
        return
    if near.advice:
        yield _advice(candidate, near)
        return
    meant = column(meant_column(candidate.index))
    misfits = (
        exp.select(meant, tree("count(*)"))
        .from_(base.rows([candidate.index]).subquery("meant"))
        .where(
            tree("NOT :fits", fits=base.of(near.how.fits, candidate.index)),
            meant.is_(exp.null()).not_(),
        )
        .group_by(exp.Literal.number(1))
        .order_by(exp.Literal.number(2).desc(), exp.Literal.number(1))
        .limit(_EXAMPLES + 1)
    )
    found = connection.execute(misfits.sql("duckdb")).fetchall()
    shown = ", ".join(f"{value[:40]!r} ({count:,})" for value, count in found[:_EXAMPLES])
    others = " and others" if len(found) > _EXAMPLES else ""
    hint = ""
    if not others and not any(_DIGIT.search(value) for value, _ in found):
        said = " ".join(f"--missing {value!r}" for value, _ in found)
        hint = f" If that means no value, say {said}."
    yield Note(
        f"{candidate.label}: {fits:,} of {candidate.present:,} values are {near.name}, but not "
        f"{shown}{others}; kept as text.{hint}",
        is_public=False,
    )
