"""iCalendar: an event per record that has a date, for calendars.

Source:
    RFC 5545, "Internet Calendaring and Scheduling Core Object Specification (iCalendar)".
"""

import re
from collections.abc import Callable, Iterator
from datetime import MAXYEAR, UTC, date, datetime

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from citylake.errors import QueryInvalid
from lambdas.query.exports import telling, texts
from lambdas.query.exports.encodings import DIGEST, FOLDED, ICAL_TEXT, URL
from lambdas.query.exports.forms import Form, point_form
from lambdas.query.exports.table import Table
from lambdas.query.exports.template import All, Encoded, Joined, Part, Unless, Value, fill

_END = "\r\n"
_MARKS = re.compile(r"[-:]|\.\d+")


def write_ical(table: Table) -> Iterator[bytes]:
    """Write an event per record; of a year or month that is known only as such, as long as it.

    A record without a date is no event: it is a journal entry, which needs none.

    Raises:
        QueryInvalid: no column is a date.
        ParameterInvalid: a column that is to name or describe a record does not exist.
    """
    when = table.time
    if when is None:
        raise QueryInvalid(
            "ODSQL query cannot be written as ical: nothing that was selected is a date or an "
            "instant. Clause(s) containing the error(s): select."
        )
    title = FOLDED.in_python(f"X-WR-CALNAME:{ICAL_TEXT.in_python(table.about.title)}")
    opening = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Citylake//Citylake//EN", title, "")
    yield _END.join(opening).encode()
    told = _told(table)
    event = All((f"BEGIN:VEVENT{_END}", *_starts(table, when), told, f"END:VEVENT{_END}"))
    undated = All((f"BEGIN:VJOURNAL{_END}", told, f"END:VJOURNAL{_END}"))
    for batch in fill(table, Joined((event, Unless(when, undated)))):
        yield "".join(batch).encode(errors="replace")
    yield f"END:VCALENDAR{_END}".encode()


def _told(table: Table) -> Part:
    """The lines of a component after its beginning and end."""
    stamp = _instant_in_python(table.about.published_at, Precision.DAY)
    name, described = telling.named_by(table), telling.described_by(table)
    others = [number for number in range(len(table.columns)) if number not in {name, table.time}]
    about = telling.lines(table, others if described is None else described, ICAL_TEXT)
    lines: list[Part] = [_line("UID:", _uid(table)), f"DTSTAMP:{stamp}{_END}"]
    if name is not None:
        lines.append(_line("SUMMARY:", Value(name, encoding=ICAL_TEXT)))
    lines.append(_line("DESCRIPTION:", about))
    at = table.geometry
    if at is not None and table.columns[at].type is FieldType.GEO_POINT:
        lines.append(Value(at, point_form("GEO:", "lat", ";", "lon", _END)))
    if table.has_ids:
        lines.append(_line(f"URL:{table.about.address}/records/", _ID))
    return Joined(tuple(lines))


_ID = Value(Table.ID, encoding=URL)


def _uid(table: Table) -> Part:
    """A record's id and dataset; of what has no id, a name made of what it says."""
    if table.has_ids:
        return All((_ID, f"@{table.about.name}"))
    said = telling.lines(table, range(len(table.columns)), DIGEST)
    return All((said, f"@{table.about.name}"))


def _line(name: str, part: Part) -> Part:
    return All((Encoded(All((name, part)), FOLDED), _END))


def _starts(table: Table, when: int) -> tuple[Part, ...]:
    column = table.columns[when]
    if column.type is FieldType.DATETIME:
        return ("DTSTART:", Value(when, _INSTANT), _END)
    begins: tuple[Part, ...] = ("DTSTART;VALUE=DATE:", Value(when, _FIRST_DAY), _END)
    if column.precision is Precision.DAY:
        return begins
    return (*begins, Joined((All(("DTEND;VALUE=DATE:", Value(when, _DAY_AFTER), _END)),)))


def _instant_in_sql(value: exp.Expr, precision: Precision) -> exp.Expr:
    del precision
    time = exp.TimeToStr(this=value.copy(), format=exp.Literal.string("%H%M%S"))
    return texts.strictly(_digits(exp.cast(value.copy(), "date")), "T", time, "Z")


def _instant_in_python(text: str, precision: Precision) -> str:
    del precision
    instant = datetime.fromisoformat(text).astimezone(UTC)
    return f"{_MARKS.sub('', instant.date().isoformat())}T{instant:%H%M%S}Z"


def _first_day_in_sql(value: exp.Expr, precision: Precision) -> exp.Expr:
    return _digits(_first_of(value, precision))


def _first_day_in_python(text: str, precision: Precision) -> str:
    del precision
    return _MARKS.sub("", _first_day(text).isoformat())


def _day_after_in_sql(value: exp.Expr, precision: Precision) -> exp.Expr:
    length = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(precision.value))
    after = exp.cast(exp.Add(this=_first_of(value, precision), expression=length), "date")
    year = exp.Anonymous(this="year", expressions=[after.copy()])
    has_digits = exp.LTE(this=year, expression=exp.Literal.number(MAXYEAR))
    return exp.Case().when(has_digits, _digits(after))


def _day_after_in_python(text: str, precision: Precision) -> str | None:
    """The day after the last of a year or month; ``None`` beyond what four digits can say."""
    first = _first_day(text)
    months = first.year * 12 + first.month - 1 + (12 if precision is Precision.YEAR else 1)
    year, month = divmod(months, 12)
    return _MARKS.sub("", date(year, month + 1, 1).isoformat()) if year <= MAXYEAR else None


def _first_day(text: str) -> date:
    return date.fromisoformat(f"{text}{'-01-01'[len(text) - len('2024') :]}")


def _first_of(value: exp.Expr, precision: Precision) -> exp.Expr:
    unit = exp.Literal.string(precision.value)
    return exp.cast(exp.func("date_trunc", unit, value.copy(), dialect="duckdb"), "date")


def _digits(value: exp.Expr) -> exp.Expr:
    """A day as ``20240229``."""
    parts = [exp.cast(value, "text"), *map(exp.Literal.string, ("-", ""))]
    return exp.Anonymous(this="replace", expressions=parts)


def _form(
    in_sql: Callable[[exp.Expr, Precision], exp.Expr],
    in_python: Callable[[str, Precision], str | None],
) -> Form:
    def stored(table: Table, number: int) -> exp.Expr | None:
        column = table.column(number)
        return in_sql(table.held_by(number)[0], column.precision) if column.stored else None

    def read(table: Table, number: int) -> Callable[[str], str | None]:
        precision = table.column(number).precision
        return lambda text: in_python(text, precision)

    return Form(stored, read)


_INSTANT = _form(_instant_in_sql, _instant_in_python)
_FIRST_DAY = _form(_first_day_in_sql, _first_day_in_python)
_DAY_AFTER = _form(_day_after_in_sql, _day_after_in_python)
