"""How trees are said to Trino; that they mean the same there is proven by ``tests/trino``."""

from datetime import UTC, date, datetime

import pytest
from sqlglot import exp

from citylake.errors import LakeUnusable, QueryInvalid, QueryTooCostly
from lambdas.query.engines.duckdb import to_duckdb
from lambdas.query.engines.trino import decoder, refusal, to_trino
from lambdas.query.odsql.sql import AsStored, Fold, Listed, Percentile, Records, WholeSum

SEEN = datetime(2024, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC).replace(tzinfo=None)
A = exp.column("a", quoted=True)
TREES = Records(
    files=[exp.Literal.string("/lake/a.parquet")],
    table=exp.table_("street_trees", db="city_3719000", quoted=True),
    snapshot=exp.Literal.number(4711),
    bytes=exp.Literal.number(1_000),
)


@pytest.mark.parametrize(
    ("tree", "printed"),
    [
        (exp.select("*").from_(TREES),
         'SELECT * FROM "city_3719000"."street_trees" FOR VERSION AS OF 4711'),
        (Fold(this=A),
         "NORMALIZE(REGEXP_REPLACE(NORMALIZE(LOWER(\"a\"), NFD), '\\p{M}', ''), NFC)"),
        (WholeSum(this=A), 'SUM(CAST("a" AS DECIMAL(38, 0)))'),
        (Listed(this=A), 'CAST("a" AS JSON)'),
        (exp.MD5(this=A), 'LOWER(TO_HEX(MD5(TO_UTF8("a"))))'),
        (exp.cast(A, "timestamp"), 'CAST("a" AS TIMESTAMP(6))'),
        (exp.cast(A, "timestamptz"), 'CAST("a" AS TIMESTAMP(6) WITH TIME ZONE)'),
        (exp.Literal.string("it's \\ é"), "'it''s \\ é'"),
        (exp.Literal.string("a'\0\\\n"), "U&'a''\\+000000\\\\\\+00000A'"),
    ],
)  # fmt: skip
def test_a_tree_is_printed(tree: exp.Expr, printed: str) -> None:
    assert to_trino(tree) == printed


def test_an_order_in_which_records_are_stored_is_told_to_trino_alone() -> None:
    tree = exp.select(A).from_(TREES)
    tree.set("order", AsStored(expressions=[exp.Ordered(this=A, nulls_first=False)]))
    assert to_trino(tree).endswith(' ORDER BY "a"')
    assert "ORDER" not in to_duckdb(tree)


def test_a_percentile_is_taken_from_the_sorted_values() -> None:
    printed = to_trino(Percentile(this=A, share=exp.Literal.number(0.5)))
    assert 'ARRAY_AGG(CAST("a" AS DOUBLE) ORDER BY "a") FILTER(WHERE NOT "a" IS NULL)' in printed


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [
        ("bigint", "-9223372036854775808", -(2**63)),
        ("decimal(38,0)", "18446744073709551616", 2**64),
        ("double", "1.0E-7", 1e-7),
        ("double", "Infinity", float("inf")),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("timestamp(6)", "2024-01-01 12:30:15.250000", SEEN),
        ("timestamp", "2024-01-01 12:30:15.250", SEEN),
        ("varbinary", "01 02 ff", b"\1\2\xff"),
        ("json", '["a, b","c"]', ["a, b", "c"]),
        ("varchar(3)", "", ""),
    ],
)
def test_a_value_is_read_as_duckdb_gives_it(type_name: str, text: str, value: object) -> None:
    assert decoder(type_name)(text) == value


def test_a_type_that_no_tree_has_is_named() -> None:
    with pytest.raises(LakeUnusable, match="type map"):
        decoder("map(varchar, bigint)")


def test_an_error_of_values_is_the_askers_one_of_cost_says_to_ask_for_less() -> None:
    invalid = refusal("NUMERIC_VALUE_OUT_OF_RANGE", "bigint overflow\nat somewhere")
    assert isinstance(invalid, QueryInvalid)
    assert str(invalid) == "ODSQL query cannot be computed: bigint overflow"
    assert isinstance(refusal("EXCEEDED_TIME_LIMIT", "too long"), QueryTooCostly)
    assert refusal("SYNTAX_ERROR", "ours to mend") is None
