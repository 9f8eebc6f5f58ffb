"""The forms in which a text may stand for a value: one row of a table each.

A form fits a column if all of its values are written so, and turning them into values loses nothing
but what the form declares (zeros behind a decimal point, commas between thousands, how a date is
written). Text is the form that everything fits.

In the trees ``:t`` stands for a text without blanks around it, never empty, and ``:zone`` for the
time zone in which times without one are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlglot import exp

from citylake.datasets import FieldType, Precision
from lambdas.publish.reading.model import Hint
from lambdas.publish.sql import texts, tree

_INT = "(?:0|-?[1-9][0-9]*)"
_GROUPED_INT = "(?:0|-?[1-9][0-9]*|-?[1-9][0-9]{0,2}(?:,[0-9]{3})+)"
_DOUBLE = r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
_AMOUNT = r"(?:(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?|\.[0-9]+)"

_HOUR = "(?:[01]?[0-9]|2[0-3])"
_TIME = rf"{_HOUR}:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?"
_TIME_12 = "(?:0?[1-9]|1[0-2]):[0-5][0-9](?::[0-5][0-9])? ?[AaPp][Mm]"
_MIDNIGHT = r"(?:[T ](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?[Aa][Mm]))?"
_ZONE = "(?: ?Z| UTC| ?[+-][0-9]{2}(?::?[0-9]{2})?)"

_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = "(?:0?[1-9]|1[0-2])"
_YEAR = "[0-9]{4}"
_TWO = "[0-9]{2}"
_CLOCK = f"(?:{_TIME}|{_TIME_12})"
_ISO = f"{_YEAR}-{_MONTH}-{_DAY}"
_ISO_SLASH = f"{_YEAR}/{_MONTH}/{_DAY}"
_MONTH_FIRST = f"(?:{_MONTH}/{_DAY}/|{_MONTH}-{_DAY}-)"
_DAY_FIRST = f"(?:{_DAY}/{_MONTH}/|{_DAY}-{_MONTH}-)"

# A double keeps every number of 15 digits. One of more it keeps if it prints as the text does.
_EXACT = """
    isfinite(try_cast(:t AS DOUBLE)) AND CASE
        WHEN length(:t) <= 15 THEN TRUE
        WHEN length(replace(ltrim(regexp_extract(:t, '^[^eE]*'), '-0.'), '.', '')) <= 15 THEN TRUE
        WHEN strpos(:t, '.') = 0 OR regexp_matches(:t, '[eE]') THEN FALSE
        ELSE format('{:.' || (length(:t) - strpos(:t, '.')) || 'f}', try_cast(:t AS DOUBLE)) = :t
    END
"""

_PLAIN = ":t"
_NO_COMMAS = "replace(:t, ',', '')"
_NO_DOLLARS = "replace(replace(replace(:t, ',', ''), '$', ''), ' ', '')"
_NO_PERCENT = "rtrim(replace(:t, ',', ''), ' %')"


class How(NamedTuple):
    """How a text is told to be of a form, and turned into a value.

    Attributes:
        fits: true or false for every text.
        values: one per column that stores the value: longitude and latitude for a point.
    """

    fits: exp.Expr
    values: tuple[exp.Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write values.

    Attributes:
        name: how people are told of it, in the plural (``whole numbers``).
        type: type of the values.
        how: how they are read.
        hints: of which columns it is tried.
        multivalued: whether a value is a list of texts; such a form is never refused.
        precision: how much of a date is known.
        unit: what the form says of the unit.
        note: what to know of it; ``{zone}`` is filled in. Empty for nothing.
        advice: what one who publishes may do instead; ``{field}`` is filled in.
        on_request: whether it is taken only where its type is asked for.
    """

    name: str
    type: FieldType
    how: How
    hints: frozenset[Hint] = frozenset()
    multivalued: bool = False
    precision: Precision = Precision.DAY
    unit: str = ""
    note: str = ""
    advice: str = ""
    on_request: bool = False

    @property
    def type_name(self) -> str:
        """The type as ``--field`` names it: ``int``, ``text[]``."""
        return f"{self.type}[]" if self.multivalued else str(self.type)


_T = exp.Placeholder(this="t")
_ZONE_OF_PLACE = exp.Placeholder(this="zone")
_UNTYPED = frozenset({Hint.ANY})
_DATED = frozenset({Hint.ANY, Hint.TEXT})
_NUMERIC = frozenset({Hint.ANY, Hint.NUMBER})


def _written(pattern: str, value: exp.Expr, also: exp.Expr | None = None) -> How:
    """Texts that match a pattern, and of which there is a value."""
    matched = tree("regexp_full_match(:t, :pattern)", t=_T, pattern=pattern)
    valid = also or tree(":v IS NOT NULL", v=value)
    # CASE keeps the costlier part from being computed of texts that do not match.
    return How(tree("CASE WHEN :a THEN :b ELSE FALSE END", a=matched, b=valid), (value,))


def _whole(pattern: str, number: str = _PLAIN) -> How:
    return _written(pattern, tree("try_cast(:n AS BIGINT)", n=tree(number, t=_T)))


def _decimal(pattern: str, number: str = _PLAIN) -> How:
    bare = tree(number, t=_T)
    return _written(pattern, tree("try_cast(:n AS DOUBLE)", n=bare), tree(_EXACT, t=bare))


def _inexact(number: str) -> How:
    value = tree("try_cast(:n AS DOUBLE)", n=tree(number, t=_T))
    return How(tree("coalesce(isfinite(:v), FALSE)", v=value), (value,))


def _day(pattern: str, form: str = "") -> How:
    """Days, with or without a midnight behind them, as databases print dates."""
    head = tree("regexp_extract(:t, '^[^T ]*')", t=_T)
    if form:
        value = tree("CAST(try_strptime(replace(:h, '-', '/'), :form) AS DATE)", h=head, form=form)
    else:
        value = tree("try_cast(replace(:h, '/', '-') AS DATE)", h=head)
    return _written(f"{pattern}{_MIDNIGHT}", value)


def _spelled(pattern: str, *formats: str) -> How:
    value = tree("CAST(try_strptime(:t, :f) AS DATE)", t=_T, f=texts(formats))
    return _written(pattern, value)


def _moment(pattern: str, wall: exp.Expr) -> How:
    """Moments on the clocks of the place.

    A moment that the clocks skipped comes back as another one: it cannot be of this zone.
    """
    fits = tree(
        "list_extract(list_transform([:wall], "
        "w -> coalesce(timezone(:zone, timezone(:zone, w)) = w, FALSE)), 1)",
        zone=_ZONE_OF_PLACE,
        wall=wall,
    )
    return _written(pattern, tree("timezone(:zone, :wall)", zone=_ZONE_OF_PLACE, wall=wall), fits)


def _iso_wall() -> exp.Expr:
    return tree("try_cast(:t AS TIMESTAMP)", t=_T)


def _wall(day: str) -> exp.Expr:
    """The moment that a text names, its day in strptime's form, its time in 24 or 12 hours.

    The form of the time is told first: a form that fails costs more than all the others.
    """
    slashed = tree("replace(:t, '-', '/')", t=_T)
    return tree(
        """
        CASE
            WHEN :t NOT LIKE '%:%' THEN try_strptime(:slashed, :day)
            WHEN regexp_matches(:t, '[AaPp][Mm]$') THEN CASE
                WHEN :t LIKE '%:%:%' THEN try_strptime(:spaceless, :half_seconds)
                ELSE try_strptime(:spaceless, :half_minutes)
            END
            WHEN :t LIKE '%.%' THEN try_strptime(:slashed, :fraction)
            WHEN :t LIKE '%:%:%' THEN try_strptime(:slashed, :seconds)
            ELSE try_strptime(:slashed, :minutes)
        END
        """,
        t=_T,
        slashed=slashed,
        spaceless=tree("replace(replace(upper(:s), ' AM', 'AM'), ' PM', 'PM')", s=slashed),
        day=day,
        half_seconds=f"{day} %I:%M:%S%p",
        half_minutes=f"{day} %I:%M%p",
        fraction=f"{day} %H:%M:%S.%f",
        seconds=f"{day} %H:%M:%S",
        minutes=f"{day} %H:%M",
    )


def _one_of(true: Sequence[str], false: Sequence[str]) -> How:
    return How(
        tree("list_contains(:words, lower(:t))", t=_T, words=texts((*true, *false))),
        (tree("list_contains(:words, lower(:t))", t=_T, words=texts(tuple(true))),),
    )


def _list(separator: str) -> How:
    value = tree(
        "list_filter(list_transform(string_split(:t, :s), x -> trim(x)), x -> x <> '')",
        t=_T,
        s=separator,
    )
    return How(tree("strpos(:t, :s) > 0", t=_T, s=separator), (value,))


def _pair(pattern: str) -> How:
    """Latitude and longitude in one text."""
    lat, lon = (
        tree("try_cast(regexp_extract(:t, :p, :n) AS DOUBLE)", t=_T, p=pattern, n=number)
        for number in (1, 2)
    )
    fits = tree(
        "coalesce(regexp_matches(:t, :p) AND abs(:lat) <= 90 AND abs(:lon) <= 180, FALSE)",
        t=_T,
        p=pattern,
        lat=lat,
        lon=lon,
    )
    return How(fits, (lon, lat))


_AMERICAN = "read as month/day/year"
_LOCAL = "times are read as those of {zone} and kept in UTC"
_OTHER = "read as day/month/year, as some of the days are above 12"
_SHORT_YEAR = "years of two digits are read as 1969 to 2068"

TEXT = Form(
    name="texts",
    type=FieldType.TEXT,
    how=How(exp.true(), (_T,)),
)
"""What everything is; the value is the text as it stands, with its blanks."""

MONTH_FIRST = Form(
    name="dates",
    type=FieldType.DATE,
    hints=_DATED,
    how=_day(f"{_MONTH_FIRST}{_YEAR}", "%m/%d/%Y"),
    note=_AMERICAN,
)
DAY_FIRST = Form(
    name="dates",
    type=FieldType.DATE,
    hints=_DATED,
    how=_day(f"{_DAY_FIRST}{_YEAR}", "%d/%m/%Y"),
    note=_OTHER,
)
MONTH_FIRST_SHORT = Form(
    name="dates",
    type=FieldType.DATE,
    hints=_DATED,
    how=_day(f"{_MONTH_FIRST}{_TWO}", "%m/%d/%y"),
    note=f"{_AMERICAN}; {_SHORT_YEAR}",
)
DAY_FIRST_SHORT = Form(
    name="dates",
    type=FieldType.DATE,
    hints=_DATED,
    how=_day(f"{_DAY_FIRST}{_TWO}", "%d/%m/%y"),
    note=f"{_OTHER}; {_SHORT_YEAR}",
)
MONTH_FIRST_TIME = Form(
    name="dates with times",
    type=FieldType.DATETIME,
    hints=_DATED,
    how=_moment(f"{_MONTH_FIRST}{_YEAR} {_CLOCK}", _wall("%m/%d/%Y")),
    note=f"{_AMERICAN}; {_LOCAL}",
)
DAY_FIRST_TIME = Form(
    name="dates with times",
    type=FieldType.DATETIME,
    hints=_DATED,
    how=_moment(f"{_DAY_FIRST}{_YEAR} {_CLOCK}", _wall("%d/%m/%Y")),
    note=f"{_OTHER}; {_LOCAL}",
)
MONTH_FIRST_SHORT_TIME = Form(
    name="dates with times",
    type=FieldType.DATETIME,
    hints=_DATED,
    how=_moment(f"{_MONTH_FIRST}{_TWO} {_CLOCK}", _wall("%m/%d/%y")),
    note=f"{_AMERICAN}; {_SHORT_YEAR}; {_LOCAL}",
)
DAY_FIRST_SHORT_TIME = Form(
    name="dates with times",
    type=FieldType.DATETIME,
    hints=_DATED,
    how=_moment(f"{_DAY_FIRST}{_TWO} {_CLOCK}", _wall("%d/%m/%y")),
    note=f"{_OTHER}; {_SHORT_YEAR}; {_LOCAL}",
)

OTHER_ORDER = (
    (MONTH_FIRST, DAY_FIRST),
    (MONTH_FIRST_SHORT, DAY_FIRST_SHORT),
    (MONTH_FIRST_TIME, DAY_FIRST_TIME),
    (MONTH_FIRST_SHORT_TIME, DAY_FIRST_SHORT_TIME),
)
"""Forms that are two ways to read the same texts, the American first."""

FORMS: tuple[Form, ...] = (
    Form(
        name="true or false",
        type=FieldType.BOOLEAN,
        hints=frozenset({Hint.ANY, Hint.BOOLEAN}),
        how=_one_of(("true",), ("false",)),
    ),
    Form(
        name="yes or no",
        type=FieldType.BOOLEAN,
        hints=_UNTYPED,
        how=_one_of(("yes",), ("no",)),
        note="yes and no are read as true and false",
    ),
    Form(name="whole numbers", type=FieldType.INT, hints=_NUMERIC, how=_whole(_INT)),
    Form(
        name="whole numbers with commas",
        type=FieldType.INT,
        hints=_UNTYPED,
        how=_whole(_GROUPED_INT, _NO_COMMAS),
        note="commas are read as dividing thousands",
    ),
    Form(name="numbers", type=FieldType.DOUBLE, hints=_NUMERIC, how=_decimal(_DOUBLE)),
    Form(
        name="numbers with commas",
        type=FieldType.DOUBLE,
        hints=_UNTYPED,
        how=_decimal(f"-?{_AMOUNT}", _NO_COMMAS),
        note="commas are read as dividing thousands",
    ),
    Form(
        name="dollars",
        type=FieldType.DOUBLE,
        hints=_UNTYPED,
        how=_decimal(rf"(?:-?\$ ?|\$ ?-){_AMOUNT}", _NO_DOLLARS),
        unit="US dollars",
    ),
    Form(
        name="percentages",
        type=FieldType.DOUBLE,
        hints=_UNTYPED,
        how=_decimal(f"-?{_AMOUNT} ?%", _NO_PERCENT),
        unit="%",
    ),
    Form(
        name="school years",
        type=FieldType.TEXT,
        hints=_DATED,
        how=How(
            tree(
                "CASE WHEN regexp_full_match(:t, '[0-9]{4}-[0-9]{2}') THEN "
                "(CAST(substr(:t, 1, 4) AS INT) + 1) % 100 = CAST(substr(:t, 6) AS INT) "
                "ELSE FALSE END",
                t=_T,
            ),
            (_T,),
        ),
        note="2011-12 is read as a year that spans two, not as a December",
    ),
    Form(
        name="dates",
        type=FieldType.DATE,
        hints=_DATED,
        how=_day(f"(?:{_ISO}|{_ISO_SLASH})"),
    ),
    MONTH_FIRST,
    DAY_FIRST,
    MONTH_FIRST_SHORT,
    DAY_FIRST_SHORT,
    Form(
        name="dates with names of months",
        type=FieldType.DATE,
        hints=_DATED,
        how=_spelled(
            "[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}|[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}",
            "%b %d, %Y",
            "%B %d, %Y",
            "%d-%b-%Y",
        ),
    ),
    Form(
        name="months",
        type=FieldType.DATE,
        hints=_DATED,
        how=_spelled(
            "[0-9]{4}-[0-9]{2}|[0-9]{1,2}/[0-9]{4}|[A-Za-z]{3,9} [0-9]{4}",
            "%Y-%m",
            "%m/%Y",
            "%b %Y",
            "%B %Y",
        ),
        precision=Precision.MONTH,
    ),
    Form(
        name="dates with times",
        type=FieldType.DATETIME,
        hints=_DATED,
        how=_moment(f"{_ISO}[T ]{_TIME}", _iso_wall()),
        note=_LOCAL,
    ),
    MONTH_FIRST_TIME,
    DAY_FIRST_TIME,
    MONTH_FIRST_SHORT_TIME,
    DAY_FIRST_SHORT_TIME,
    Form(
        name="instants",
        type=FieldType.DATETIME,
        hints=_DATED,
        how=_written(
            rf"{_ISO}[T ]{_HOUR}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,6}})?{_ZONE}",
            tree("try_cast(replace(replace(:t, ' Z', 'Z'), ' +', '+') AS TIMESTAMPTZ)", t=_T),
        ),
    ),
    # What the file itself says of its columns
    Form(
        name="lists",
        type=FieldType.TEXT,
        multivalued=True,
        hints=frozenset({Hint.TEXTS}),
        how=How(exp.true(), (tree("from_json(:t, '[\"VARCHAR\"]')", t=_T),)),
    ),
    Form(
        name="JSON",
        type=FieldType.JSON_BLOB,
        hints=frozenset({Hint.JSON}),
        how=How(tree("json_valid(:t)", t=_T), (_T,)),
    ),
    Form(
        name="points",
        type=FieldType.GEO_POINT,
        hints=frozenset({Hint.POINT}),
        how=How(
            exp.true(),
            (
                tree("CAST(split_part(:t, ' ', 1) AS DOUBLE)", t=_T),
                tree("CAST(split_part(:t, ' ', 2) AS DOUBLE)", t=_T),
            ),
        ),
    ),
    Form(
        name="shapes",
        type=FieldType.GEO_SHAPE,
        hints=frozenset({Hint.SHAPE}),
        how=How(exp.true(), (tree("unhex(:t)", t=_T),)),
    ),
    # What is read so only where its type is asked for
    Form(
        name="whole numbers with zeros before them",
        type=FieldType.INT,
        on_request=True,
        how=_whole("[+-]?[0-9]+"),
    ),
    Form(
        name="numbers of any length",
        type=FieldType.DOUBLE,
        on_request=True,
        how=_inexact(_NO_COMMAS),
    ),
    Form(
        name="yes or no, in short or as 1 and 0",
        type=FieldType.BOOLEAN,
        on_request=True,
        how=_one_of(("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")),
    ),
    Form(
        name="years",
        type=FieldType.DATE,
        on_request=True,
        how=_spelled("[0-9]{4}", "%Y"),
        precision=Precision.YEAR,
    ),
    Form(
        name="dates of eight digits",
        type=FieldType.DATE,
        on_request=True,
        how=_spelled("[0-9]{8}", "%Y%m%d"),
    ),
    Form(
        name="dates, some with times",
        type=FieldType.DATETIME,
        on_request=True,
        how=_moment(
            f"(?:{_ISO}(?:[T ]{_TIME})?|{_MONTH_FIRST}{_YEAR}(?: {_CLOCK})?)",
            tree(
                "CASE WHEN regexp_matches(:t, '^[0-9]{4}-') THEN :iso ELSE :american END",
                t=_T,
                iso=_iso_wall(),
                american=_wall("%m/%d/%Y"),
            ),
        ),
        note=f"{_AMERICAN}; {_LOCAL}",
    ),
    Form(
        name="latitude and longitude",
        type=FieldType.GEO_POINT,
        on_request=True,
        how=_pair(r"\(?\s*(-?[0-9]+(?:\.[0-9]+)?)\s*,\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\)?$"),
        note="latitude and longitude are taken from the end of the text",
    ),
    *(
        Form(
            name=f"lists divided by {name}",
            type=FieldType.TEXT,
            multivalued=True,
            on_request=True,
            how=_list(separator),
            note=f"values are divided at {name}",
        )
        for separator, name in ((";", "semicolons"), ("|", "bars"), (",", "commas"))
    ),
    Form(
        name="JSON",
        type=FieldType.JSON_BLOB,
        on_request=True,
        how=How(tree("json_valid(:t)", t=_T), (_T,)),
    ),
    Form(name="addresses of files", type=FieldType.FILE, on_request=True, how=TEXT.how),
    Form(
        name="texts that end with latitude and longitude",
        type=FieldType.TEXT,
        hints=_DATED,
        how=How(_pair(r"\(\s*(-?[0-9]+\.[0-9]+)\s*,\s*(-?[0-9]+\.[0-9]+)\s*\)$").fits, (_T,)),
        advice="--field {field}=geo_point_2d makes points of them",
    ),
    TEXT,
)
"""Every form, the narrowest first: a column takes the first that all of its values fit."""
