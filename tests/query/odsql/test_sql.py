"""ODSQL and the SQL that DuckDB is given, row by row. Literals are all the printer's."""

import pytest

from tests.query.odsql.conftest import Sql


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        # Comparisons, and what a literal becomes beside a field
        ("number = 1", '"number" = 1'),
        ("1 < number", '"number" > 1'),
        ("number = '1'", '"number" = 1'),
        ("name = 5", "\"name\" = '5'"),
        ("name = 007", "\"name\" = '007'"),
        ("name < date'1970'", "\"name\" < '1970-01-01'"),
        ("name != 'a'", "\"name\" <> 'a'"),
        ('name = "O\'Hara"', "\"name\" = 'O''Hara'"),
        ("name = 'a\\\\b'", "\"name\" = 'a\\b'"),
        ("height_m > -1.5", '"height_m" > CAST(-1.5 AS DOUBLE)'),
        ("is_alive", '"is_alive"'),
        ("is_alive is false", '"is_alive" = FALSE'),
        ("is_alive: 'true'", '"is_alive" = TRUE'),
        ("name is null", '"name" IS NULL'),
        ("name is not null", 'NOT "name" IS NULL'),
        ("location is null", '"location__lon" IS NULL'),
        # Logic: what is unknown because a value is missing is false, its opposite true
        ("not number = 1", 'NOT COALESCE("number" = 1, FALSE)'),
        ("number=1 or number=2 and is_alive",
         '"number" = 1 OR ("number" = 2 AND "is_alive")'),
        # Dates
        ("planted_date = '2020-01-15'", "\"planted_date\" = CAST('2020-01-15' AS DATE)"),
        ("planted_date >= date'2020'", "\"planted_date\" >= CAST('2020-01-01' AS DATE)"),
        ("planted_date < '2020-01-15T12:00Z'",
         "\"planted_date\" < CAST('2020-01-15 12:00:00.000000' AS TIMESTAMP)"),
        ("seen_at > '2024-01-01 12:30'",
         "\"seen_at\" > CAST('2024-01-01 12:30:00.000000+00:00' AS TIMESTAMPTZ)"),
        ("seen_at > date'2024/1/1'",
         "\"seen_at\" > CAST('2024-01-01 00:00:00.000000+00:00' AS TIMESTAMPTZ)"),
        ("seen_at >= now(days=-2, hour=0, minute=0, second=0)",
         "\"seen_at\" >= CAST('2024-07-01 00:00:00.000000+00:00' AS TIMESTAMPTZ)"),
        ("year(planted_date) = 2020", 'EXTRACT(YEAR FROM "planted_date") = 2020'),
        # Ranges and lists
        ("number in [1..3[", '"number" >= 1 AND "number" < 3'),
        ("planted_date in ]date'2020' TO date'2021']",
         ("\"planted_date\" > CAST('2020-01-01' AS DATE) "
          "AND \"planted_date\" <= CAST('2021-01-01' AS DATE)")),
        ("name in ('a', 'b')", "\"name\" IN ('a', 'b')"),
        ("number not in (1, '2')", 'NOT COALESCE("number" IN (1, 2), FALSE)'),
        ("tags = 'old'", "ARRAY_CONTAINS(\"tags\", 'old')"),
        ("'old' in tags", "ARRAY_CONTAINS(\"tags\", 'old')"),
        ("tags in ('old', 'big')",
         "ARRAY_CONTAINS(\"tags\", 'old') OR ARRAY_CONTAINS(\"tags\", 'big')"),
        # Text
        ("name like 'WHITE Oak'",
         ("REGEXP_MATCHES(STRIP_ACCENTS(LOWER(\"name\")), "
          "'(^|[^\\p{L}\\p{N}])white([^\\p{L}\\p{N}]|$)') "
          "AND REGEXP_MATCHES(STRIP_ACCENTS(LOWER(\"name\")), "
          "'(^|[^\\p{L}\\p{N}])oak([^\\p{L}\\p{N}]|$)')")),
        ("name like '%É_%'", "REGEXP_FULL_MATCH(STRIP_ACCENTS(LOWER(\"name\")), '.*e_.*', 's')"),
        ("suggest(name, 'oak')",
         "REGEXP_MATCHES(STRIP_ACCENTS(LOWER(\"name\")), '(^|[^\\p{L}\\p{N}])oak')"),
        ("startswith(name, 'O%')", "STARTS_WITH(\"name\", 'O%')"),
        # Calculations
        ("number * 2 + 1 > 3",
         '(("number" * CAST(2 AS BIGINT)) + CAST(1 AS BIGINT)) > 3'),
        ("number / 2 = 1", '(CAST("number" AS DOUBLE) / NULLIF(2, 0)) = 1'),
        ("length(name) = 3", 'LENGTH("name") = 3'),
        # Places
        ("in_bbox(location, 35, -79, 37, -78)",
         ('"location__lat" BETWEEN CAST(35.0 AS DOUBLE) AND CAST(37.0 AS DOUBLE) '
          'AND "location__lon" BETWEEN CAST(-79.0 AS DOUBLE) AND CAST(-78.0 AS DOUBLE)')),
    ],
)  # fmt: skip
def test_a_condition(sql: Sql, where: str, condition: str) -> None:
    assert sql(select="name", where=[where]) == f'SELECT "name" AS c0 FROM trees WHERE {condition}'


@pytest.mark.parametrize(
    ("clauses", "statement"),
    [
        ({"select": "name, number as n", "limit": 2, "offset": 4},
         'SELECT "name" AS c0, "number" AS c1 FROM trees LIMIT 2 OFFSET 4'),
        ({"select": "location, seen_at"},
         ('SELECT "location__lon" AS c0, "location__lat" AS c1, '
          "CAST(\"seen_at\" AT TIME ZONE 'UTC' AS TIMESTAMP) AS c2 FROM trees")),
        ({"select": "count(*), count(name), count(distinct name)"},
         'SELECT COUNT(*) AS c0, COUNT("name") AS c1, COUNT(DISTINCT "name") AS c2 FROM trees'),
        ({"select": "sum(number), avg(number), min(number), max(number), median(number)"},
         ('SELECT SUM("number") AS c0, AVG("number") AS c1, MIN("number") AS c2, '
          'MAX("number") AS c3, QUANTILE_CONT("number", 0.5 ORDER BY "number") AS c4 FROM trees')),
        ({"select": "count(*)", "group_by": "name"},
         ('SELECT "name" AS c0, COUNT(*) AS c1 FROM trees '
          "GROUP BY 1 ORDER BY 1 ASC NULLS FIRST")),
        ({"select": "count(*) as n", "group_by": "name", "order_by": "n desc"},
         ('SELECT "name" AS c0, COUNT(*) AS c1 FROM trees '
          "GROUP BY 1 ORDER BY 2 DESC, 1 ASC NULLS FIRST")),
        ({"group_by": "tags"},
         ('SELECT "_each_tags" AS c0 FROM trees '
          'LEFT JOIN UNNEST("tags") AS "_of_tags"("_each_tags") ON TRUE '
          "GROUP BY 1 ORDER BY 1 ASC NULLS FIRST")),
        ({"select": "name", "order_by": "number desc, name"},
         'SELECT "name" AS c0 FROM trees ORDER BY "number" DESC, 1 ASC'),
        ({"select": "sum(number) / count(*) as mean"},
         'SELECT CAST(SUM("number") AS DOUBLE) / NULLIF(COUNT(*), 0) AS c0 FROM trees'),
    ],
)  # fmt: skip
def test_a_statement(sql: Sql, clauses: dict[str, object], statement: str) -> None:
    assert sql(**clauses) == statement


def test_a_date_function_reads_the_clock_of_the_request(sql: Sql) -> None:
    assert sql("America/New_York", select="hour(seen_at)") == (
        "SELECT EXTRACT(HOUR FROM CAST(\"seen_at\" AT TIME ZONE 'America/New_York' "
        "AS TIMESTAMP)) AS c0 FROM trees"
    )


def test_a_naive_date_is_one_of_the_requests_time_zone(sql: Sql) -> None:
    assert sql("America/New_York", select="name", where=["seen_at >= '2024-07-01'"]).endswith(
        "CAST('2024-07-01 04:00:00.000000+00:00' AS TIMESTAMPTZ)"
    )
