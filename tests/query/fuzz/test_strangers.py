"""Whatever a stranger asks is answered or refused: no crash, no file, no other city's record."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.query.fuzz.odsql import CONDITIONS, FIELDS, clause, conditions
from tests.query.fuzz.world import EXAMPLES, World

FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 40,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TREES = "/catalog/datasets/trees"
EXPORTS = [f"{TREES}/exports/{form}" for form in ("csv", "json", "jsonl", "geojson", "xlsx")]
PARQUET = f"{TREES}/exports/parquet"

_clauses = st.fixed_dictionaries(
    {},
    optional={
        name: conditions | clause("where") if name == "where" else clause(name)
        for name in ("select", "where", "group_by", "order_by")
    },
)
_paging = st.fixed_dictionaries(
    {},
    optional={
        "limit": st.sampled_from(["0", "1", "7", "-1", "100"]),
        "offset": st.sampled_from(["0", "3", "9999"]),
        "timezone": st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
        "lang": st.sampled_from(["en", "fr", "ar"]),
        "use_labels": st.just("true"),
        "include_links": st.just("true"),
    },
)


@FUZZ
@given(
    path=st.sampled_from([f"{TREES}/records"] * 4 + [*EXPORTS, PARQUET]),
    clauses=_clauses,
    paging=_paging,
)
def test_queries_that_the_grammar_makes(
    world: World, path: str, clauses: dict[str, str], paging: dict[str, str]
) -> None:
    world.attack(path, *clauses.items(), *paging.items())
    world.probe()


@FUZZ
@given(
    where=conditions,
    facets=st.lists(
        st.one_of(
            st.sampled_from(FIELDS),
            clause("call_only"),
            st.builds(
                'facet(name="{}", sort="{}", limit={}, disjunctive={})'.format,
                st.sampled_from(FIELDS),
                st.sampled_from(["count", "-alphanum", "num", "none"]),
                st.integers(0, 10**20),
                st.sampled_from(["true", "false"]),
            ),
        ),
        max_size=3,
    ),
    refined=st.lists(
        st.tuples(
            st.sampled_from(["refine", "exclude"]),
            st.builds("{}:{}".format, st.sampled_from(FIELDS), st.text(max_size=12)),
        ),
        max_size=3,
    ),
)
def test_facets_and_refinements(
    world: World, where: str, facets: list[str], refined: list[tuple[str, str]]
) -> None:
    world.attack(f"{TREES}/facets", ("where", where), *(("facet", one) for one in facets), *refined)
    world.probe()


SEEDS: tuple[tuple[str, str], ...] = (
    ("where", "d >= date'2022-01-01' AND d <= date'2022-12-31'"),
    ("where", "within_distance(location, geom'POINT(-78.9 36)', 10km)"),
    ("where", 'search(name, "white oak") and not suggest("ma")'),
    ("where", "geometry(location, geom'POLYGON((-79 35, -78 35, -78 37, -79 35))', within)"),
    ("where", "seen_at >= now(days=-7, hour=0) or tags in ('old', 'big')"),
    ("where", '`name` = "O\\"Hara" and number in [1..10['),
    ("select", "year(planted_date) as y, count(*) as n, sum(number)/count(*)*100 as `a share`"),
    ("select", "include(n*), exclude(geo*), date_format(seen_at, 'EEEE d MMMM') as day"),
    ("group_by", "range(number, *, 5, 10, *) as r, geo_cluster(location, 8, 40)"),
    ("order_by", "-number, name desc, random(7)"),
    ("refine", 'planted_date:"2020/03"'),
    ("facet", 'facet(name="tags", disjunctive=true, sort="-count", limit=20)'),
    ("timezone", "America/New_York"),
    ("version", "20261123T061442Z-3fa9c1"),
    ("delimiter", ";"),
    ("epsg", "2154"),
    ("limit", "-1"),
    *(("where", condition) for condition in CONDITIONS[:12]),
)
_NASTY = st.sampled_from(
    ["'", '"', "`", "\\", "\0", "(", ")", "[", "]", "..", ";", "--", "/*", "*/", "%", "$1", "{}",
     "é", "e\u0301", "\u202e", "🌳", "\ufeff", "\r\n", "\t", " ", "0" * 300, "9" * 40, "((((((((",
     "not " * 20, "''''", '"\\', "\\u0000", "\\ud800", "union select", "read_csv('canary.csv')",
     "geom'", "date'", "1e400", "-", "+", "&", "=", "#", "\x7f", "\u0131", "İ", "\ufb00"]
)  # fmt: skip


@st.composite
def _mutated(draw: Any) -> tuple[str, bytes]:
    """A real parameter, cut, repeated, mixed with another, and with what does not belong in it."""
    name, text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 5))):
        low, high = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        text = draw(
            st.sampled_from(
                [
                    text[:low] + text[high:],
                    text[:low],
                    text[:high] + text[low:],
                    text[:low] + draw(_NASTY) + text[high:],
                    text[:low] + draw(_NASTY) + text[low:],
                    text[:low] + draw(st.sampled_from(SEEDS))[1] + text[high:],
                    text.swapcase(),
                ]
            )
        )
    raw = text[:3_000].encode()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(min_size=1, max_size=4)) + raw[at:]
    return draw(st.sampled_from([name, name, name, "where", "select", "refine", "where "])), raw


_PATHS = st.sampled_from(
    ["/catalog/datasets", "/catalog/facets", "/catalog/exports/csv", TREES, f"{TREES}/records",
     f"{TREES}/facets", *EXPORTS, PARQUET, f"{TREES}/records/3719000-1"]
)  # fmt: skip


@FUZZ
@given(path=_PATHS, parameters=st.lists(_mutated(), min_size=1, max_size=3))
def test_queries_of_one_who_does_not_know_the_grammar(
    world: World, path: str, parameters: list[tuple[str, bytes]]
) -> None:
    world.attack(path, *((name.strip(), value) for name, value in parameters))
    world.probe()


@FUZZ
@given(
    parts=st.lists(
        st.sampled_from(
            ["catalog", "datasets", "trees", "records", "exports", "facets", "csv", "..", ".", "",
             "%2e%2e", "%00", "%ff", "canary.csv", "%2Fetc%2Fpasswd", "a" * 2_000, "*", "3719000-1"]
        ),
        max_size=6,
    )
)  # fmt: skip
def test_paths_of_one_who_looks_for_files(world: World, parts: list[str]) -> None:
    world.attack("/" + "/".join(parts))
    world.probe()
