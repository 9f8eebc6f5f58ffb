"""ODSQL as its own grammar makes it, with the names of real fields and functions."""

from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from lambdas.query.odsql.calls import SPECIAL
from lambdas.query.odsql.functions import AGGREGATES, SCALARS
from lambdas.query.odsql.parse import _parser
from tests.query.trees import TREES

FIELDS = [field.name for field in TREES.fields]
FUNCTIONS = sorted({*SPECIAL, *SCALARS, *AGGREGATES})

_TEXTS = [
    "Oak", "oa", "%a%a%_", "2020", "2020-03-01", "2024-01-01T12:30:15.25Z", "true", "1", "-1.5",
    "old", "", "'", '"', "\\", "\0", "*", "é", "🌳", "yyyy-MM-dd", "EEEE", "; DROP TABLE trees --",
    "../canary.csv", "read_csv('canary.csv')", "9999-12-31", "0001-01-01", "00:00", "a b c d e",
]  # fmt: skip
_AREA = "-79 35, -78 35, -78 37, -79 37, -79 35"
_WORDS = ["canary", "read_csv", "duckdb_settings", "trees", "c0", "_each_tags", "no_such", "days"]


def _spaced(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f" {text} " for text in texts])


def _quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    return f" {mark}{escaped}{mark} "


_TERMINALS = {
    "NAME": _spaced(*FIELDS * 3, *FUNCTIONS * 2, *_WORDS),
    "BACK_QUOTED": st.sampled_from(FIELDS).map(lambda name: f" `{name}` "),
    "STRING": st.tuples(st.sampled_from(_TEXTS), st.sampled_from("'\"")).map(
        lambda drawn: _quoted(*drawn)
    ),
    "NUMBER": _spaced("0", "1", "10", "2020", "1.5", "1e308", "9223372036854775807", "007", ".5"),
    "DATE": _spaced("date'2020'", "date'2020-03'", "date'2024-01-01T00:00:00Z'", "date'9999'"),
    "GEOMETRY": _spaced(
        "geom'POINT(-78.9 36)'", f"geom'POLYGON(({_AREA}))'", "geom'nothing'",
        'geom\'{"type":"Point","coordinates":[-78.9,36]}\'',
    ),
    "PATTERN": _spaced("n*", "*t*"),
    **{
        name: _spaced(text)
        for name, text in {
            "_OR": "or", "_AND": "and", "_NOT": "not", "_IN": "in", "_LIKE": "like", "_IS": "is",
            "_AS": "as", "_TO": "to", "_DISTINCT": "distinct", "ASC": "asc", "DESC": "desc",
            "NULL": "null", "TRUE": "true", "FALSE": "false", "ALIAS_KEYWORD": "desc",
        }.items()
    },
}  # fmt: skip


def clause(name: str) -> st.SearchStrategy[str]:
    """Texts that the grammar makes of a clause: mostly understood, seldom meaningful."""
    known = {terminal.name for terminal in _parser().grammar.compile([name], ())[0]}
    explicit = {each: texts for each, texts in _TERMINALS.items() if each in known}
    return from_lark(_parser(), start=name, explicit=explicit)


# What means something: each of these is a condition, and so is whatever they make together.
CONDITIONS = (
    "number > 20", "number in [5..30[", "number in (1, 7, 12, 39)", "number * 2 < 30",
    "height_m >= 0", "height_m is null", "height_m / number < 1", "is_alive", "is_alive is false",
    "name = 'Oak'", "name != 'Oak'", "name like 'oak'", "name like '%a%'", "'oak'", '"élan"',
    "search(name, 'oak')", "suggest('wh')", "startswith(name, 'O')", "name > 'M'", "name is null",
    "planted_date > '2020'", "planted_date = 2021", "planted_date in [date'2019'..date'2021']",
    "year(planted_date) = 2020", "surveyed = '2019'", "seen_at < '2023-12-31T12:00:00Z'",
    "hour(seen_at) > 6", "tags = 'old'", "'big' in tags", "tags in ('old', 'a:b')", "tags is null",
    "within_distance(location, geom'POINT(-78.8 35.9)', 10km)", "location is null",
    "in_bbox(location, 35.8, -79, 36, -78.7)", "length(name) > 5", "ifnull(height_m, 2) > 1",
    f"intersects(location, geom'POLYGON(({_AREA}))')", "true", "false", "null = 1",
)  # fmt: skip

conditions: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(CONDITIONS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=5,
)
"""Conditions over the trees, all of which mean something."""
