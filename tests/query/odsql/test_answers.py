"""ODSQL and what it answers about the trees, whose rows stand in ``tests/query/trees.py``."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.errors import PortalError, QueryInvalid
from lambdas.query.odsql import nodes
from tests.query.odsql.conftest import Answer
from tests.query.odsql.writing import NODES, write
from tests.query.trees import TREES


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        # Records in order of their key: 1 (Boston), 1, 2, 3, 10 (Durham)
        ("name = 'Oak'", [1]),
        ("name = 'oak'", []),
        ("name != 'Oak'", [1, 2, 3]),
        ("not name = 'Oak'", [1, 2, 3, 10]),
        ("name is null or height_m is null", [3, 10]),
        ("is_alive", [1, 1, 10]),
        ("not is_alive", [2, 3]),
        ("is_alive is false", [2]),
        ("number in ]1..10[", [2, 3]),
        ("number:[2 TO 10]", [2, 3, 10]),
        ("number in ('1', 10)", [1, 1, 10]),
        ("height_m >= 4 and height_m <= '10'", [1, 2]),
        # Dates
        ("planted_date = '2020-03-01'", [1]),
        ("planted_date >= '2021'", [2, 10]),
        ("planted_date in [date'2020/3/1'..date'2021-03-05'[", [1]),
        ("seen_at >= '2024-01-01' and seen_at < date'2024-01-02'", [1, 1]),
        ("seen_at = '2024-01-01T12:30:15.25Z'", [1]),
        ("seen_at = '2024-01-01T07:30:15.250-05:00'", [1]),
        ("seen_at >= now(days=-3)", [2]),
        ("year(planted_date) = 2020 and month(planted_date) = 3", [1]),
        # What is written of a date is a period, where equality is asked
        ("planted_date: '2021'", [2, 10]),
        ("planted_date = date'2020-03'", [1]),
        ("planted_date != '2020'", [2, 10]),
        ("planted_date = 2021", [2, 10]),
        ("planted_date in ('2020/3', '2021-12-31')", [1, 10]),
        ("not planted_date = '2020'", [2, 3, 10]),
        ("seen_at: '2024-01-01'", [1, 1]),
        ("seen_at = date'2024'", [1, 1, 2]),
        ("surveyed = 2022", [2]),
        ("seen_at >= now(day=-3)", [2]),
        ("week(planted_date) = 9 or quarter(planted_date) = 4", [1, 2, 10]),
        ("dayofweek(planted_date) = 5", [2, 10]),
        # Lists
        ("tags = 'big'", [1, 1]),
        ("tags != 'big'", [2, 10]),
        ("'old' in tags", [1, 10]),
        ("tags in ('old', 'big')", [1, 1, 10]),
        ("tags is null", [3]),
        # Text: words, folded
        ('"oak"', [1, 1, 3]),
        ('"oa"', [1, 1, 3]),
        ('"ELAN maple"', [2]),
        ('"élan"', [2]),
        ('"oak big"', [1, 1]),
        ('"maple" or "white"', [1, 2]),
        ('not "oak"', [2, 10]),
        ("name like 'oak'", [1, 1, 3]),
        ("name like 'oa'", []),
        ("name like '%aK%'", [1, 1, 3]),
        ("name like '%_map%'", [2]),
        ("search('oak end')", [3]),
        ("search(name, tags, 'big')", [1, 1]),
        ("search(*, 'white')", [1]),
        ("suggest(name, 'wh o')", [1]),
        ("startswith(name, 'Oak')", [1, 3]),
        ("startswith(name, 'oak')", []),
        ("search('...')", [1, 1, 2, 3, 10]),
        # Calculations
        ("number * 2 = 20", [10]),
        ("height_m / number > 5", [1, 1]),
        ("1 / height_m > 0", [1, 1, 2]),
        ("-number < -2", [3, 10]),
        ("length(name) = 3", [1]),
        ("ifnull(height_m, 100) > 20", [1, 3]),
        # On the map; the last tree stands near the 180th meridian
        ("within_distance(location, geom'POINT(-78.9 36)', 2km)", [1, 2]),
        ("distance(location, geom'POINT(-78.9 36)', 1 mi)", [1, 2]),
        ("within_distance(location, GEOM'{\"type\":\"Point\",\"coordinates\":[-78.9,36]}', 1 m)",
         [1]),
        ("in_bbox(location, 35, -79, 43, -70)", [1, 1, 2]),
        ("in_bbox(location, -17, 179, -15, -179)", [10]),
        ("bbox(location, geom'POINT(-79 43)', geom'POINT(-70 35)')", [1, 1, 2]),
        ("intersects(location, geom'POLYGON((-79 35, -78 35, -78 36, -79 36, -79 35))')", [1]),
        ("polygon(location, geom'POLYGON((-79 35, -78 35, -79 37))')", [1, 2]),
        ("geometry(location, geom'POLYGON((-80 30, -70 30, -80 50))', within)", [1, 2]),
        ("disjoint(location, geom'POLYGON((-80 30, -70 30, -80 50))')", [1, 10]),
        ("not within(location, geom'POLYGON((-80 30, -70 30, -80 50))')", [1, 3, 10]),
        (("intersects(location, geom'MULTIPOLYGON(((-72 41,-70 41,-70 43,-72 43),"
         "(-71.5 41.5,-70.5 41.5,-70.5 42.5,-71.5 42.5)),((179 -17,180 -17,180 -15)))')"), [10]),
        # Text that would end a statement elsewhere
        ("name = '\\'; drop table trees --'", []),
        ("name = \"'\"", []),
        ("name = '\\u0000'", []),
    ],
)  # fmt: skip
def test_a_condition_finds(answer: Answer, where: str, numbers: list[int]) -> None:
    assert [record["number"] for record in answer(select="number", where=[where])] == numbers


@pytest.mark.parametrize(
    ("clauses", "records"),
    [
        ({"select": "count(*), count(name), count(distinct is_alive) as states"},
         [{"count(*)": 5, "count(name)": 4, "states": 2}]),
        ({"select": "sum(number), avg(height_m), min(height_m), max(height_m), median(height_m)"},
         [{"sum(number)": 17, "avg(height_m)": 8.625, "min(height_m)": 0.0, "max(height_m)": 20.5,
           "median(height_m)": 7.0}]),
        ({"select": "percentile(number, 25) as q1, sum(height_m)/count(*)*10 as k"},
         [{"q1": 1.0, "k": 69.0}]),
        ({"select": "min(planted_date), max(surveyed), max(seen_at)"},
         [{"min(planted_date)": "2020-01-15", "max(surveyed)": "2022",
           "max(seen_at)": "2024-07-02T03:00:00+00:00"}]),
        ({"select": "sum(number) as n", "where": ["number > 100"]}, [{"n": None}]),
        ({"select": "number / 0 as q, 2023 as year", "limit": 1}, [{"q": None, "year": 2023}]),
        # Groups: without a value first, then ascending
        ({"select": "count(*)", "group_by": "is_alive"},
         [{"is_alive": None, "count(*)": 1}, {"is_alive": False, "count(*)": 1},
          {"is_alive": True, "count(*)": 3}]),
        ({"group_by": "is_alive", "order_by": "is_alive desc"},
         [{"is_alive": True}, {"is_alive": False}, {"is_alive": None}]),
        ({"select": "count(*) as n", "group_by": "tags", "order_by": "-n"},
         [{"tags": None, "n": 2}, {"tags": "big", "n": 2}, {"tags": "old", "n": 2}]),
        ({"select": "year(planted_date) as y, count(*) as n", "group_by": "y", "order_by": "-y"},
         [{"y": 2021, "n": 2}, {"y": 2020, "n": 2}, {"y": None, "n": 1}]),
        ({"select": "year(planted_date) as y", "group_by": "year(planted_date)", "limit": 1,
          "where": ["planted_date is not null"]},
         [{"year(planted_date)": 2020, "y": 2020}]),
        ({"select": "max(height_m) as tallest", "group_by": "geoid as city",
          "order_by": "max(height_m)"},
         [{"city": "2507000", "tallest": 10.0}, {"city": "3719000", "tallest": 20.5}]),
        # Intervals
        ({"select": "count(*)", "group_by": "RANGE(number,5)"},
         [{"RANGE(number,5)": "[0, 4]", "count(*)": 4},
          {"RANGE(number,5)": "[10, 14]", "count(*)": 1}]),
        ({"select": "count(*) as n", "group_by": "range(height_m, 10) as h"},
         [{"h": None, "n": 1}, {"h": "[0.0, 10.0[", "n": 2}, {"h": "[10.0, 20.0[", "n": 1},
          {"h": "[20.0, 30.0[", "n": 1}]),
        ({"select": "count(*) as n", "group_by": "range(number, *, 2, 3, *) as number",
          "order_by": "number desc"},
         [{"number": "[3, *]", "n": 2}, {"number": "[2, 2]", "n": 1},
          {"number": "[*, 1]", "n": 2}]),
        ({"select": "count(*) as n", "group_by": "range(height_m, 4, 10.5) as h"},
         [{"h": "[4.0, 10.5[", "n": 2}]),
        ({"select": "count(*) as n", "group_by": "range(planted_date, 1 year) as y"},
         [{"y": None, "n": 1},
          {"y": "[2020-01-01T00:00:00.000Z, 2021-01-01T00:00:00.000Z[", "n": 2},
          {"y": "[2021-01-01T00:00:00.000Z, 2022-01-01T00:00:00.000Z[", "n": 2}]),
        ({"select": "count(*) as n", "group_by": "range(seen_at, 12h) as t",
          "where": ["seen_at < '2024-02-01'"]},
         [{"t": "[2023-12-31T12:00:00.000Z, 2024-01-01T00:00:00.000Z[", "n": 1},
          {"t": "[2024-01-01T00:00:00.000Z, 2024-01-01T12:00:00.000Z[", "n": 1},
          {"t": "[2024-01-01T12:00:00.000Z, 2024-01-02T00:00:00.000Z[", "n": 1}]),
        ({"select": "count(*) as n", "group_by": "RANGE(number, ]2, 10[) as number"},
         [{"number": "[*, 1]", "n": 2}, {"number": "[2, 9]", "n": 2},
          {"number": "[10, *]", "n": 1}]),
        ({"select": "count(*) as n", "group_by": "range(height_m, [4, 10.5]) as h"},
         [{"h": "[4.0, 10.5[", "n": 2}]),
        ({"select": "count(*) as n", "group_by": "range(number, EQUI(2, 1, 4)) as number"},
         [{"number": "[1, 2]", "n": 3}, {"number": "[3, 3]", "n": 1}]),
        ({"select": "count(*) as n",
          "group_by": "range(planted_date, ]date'2020-03', '2021-12']) as d"},
         [{"d": "[*, 2020-03-01T00:00:00.000Z[", "n": 1},
          {"d": "[2020-03-01T00:00:00.000Z, 2021-12-01T00:00:00.000Z[", "n": 2}]),
        ({"select": "count(*) as n", "group_by": "range(seen_at, *, '2024', *) as t"},
         [{"t": "[*, 2024-01-01T00:00:00.000Z[", "n": 1},
          {"t": "[2024-01-01T00:00:00.000Z, *]", "n": 3}]),
        # Clusters: 256 pixels are the world at zoom 0, a cell has twice the radius
        ({"select": "count(*) as n", "group_by": "GEO_CLUSTER(location,4)"},
         [{"GEO_CLUSTER(location,4)": None, "n": 1},
          {"GEO_CLUSTER(location,4)":
            {"cluster_centroid": {"lat": 42.0, "lon": -71.0}}, "n": 1},
          {"GEO_CLUSTER(location,4)":
            {"cluster_centroid": {"lat": 36.005, "lon": -78.9}}, "n": 2},
          {"GEO_CLUSTER(location,4)":
            {"cluster_centroid": {"lat": -16.0, "lon": 179.9}}, "n": 1}]),
        ({"select": "count(*) as n", "group_by": "geo_cluster(location, 0, 128) as c, is_alive",
          "where": ["location is not null and is_alive is not null"], "order_by": "n desc",
          "limit": 1},
         [{"c": {"cluster_centroid": {"lat": 20.6666667, "lon": 10.0}}, "is_alive": True,
           "n": 3}]),
        ({"select": "envelope(location) as box", "where": ["geoid = '3719000' and number < 3"]},
         [{"box": {"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [
                [[-78.9, 36.0], [-78.9, 36.0], [-78.9, 36.01], [-78.9, 36.01], [-78.9, 36.0]]]}}}]),
        ({"select": "bbox(location) as box", "where": ["location is null"]}, [{"box": None}]),
        # Order: without a value last in both directions, what is equal by the key
        ({"select": "number", "order_by": "height_m"}, [{"number": n} for n in (10, 2, 1, 1, 3)]),
        ({"select": "number", "order_by": "height_m desc"},
         [{"number": n} for n in (1, 1, 2, 10, 3)]),
        ({"select": "geoid, number", "order_by": "is_alive desc", "limit": 3},
         [{"geoid": "2507000", "number": 1}, {"geoid": "3719000", "number": 1},
          {"geoid": "3719000", "number": 10}]),
        ({"select": "number as count", "order_by": "-count", "limit": 1}, [{"count": 10}]),
        ({"select": "number, 2 as two", "order_by": "two, -number", "limit": 1},
         [{"number": 10, "two": 2}]),
        # Values
        ({"select": "include(s*), location", "where": ["name = 'White oak'"]},
         [{"surveyed": "2021", "seen_at": "2024-01-01T12:30:15.250000+00:00",
           "location": {"lon": -78.9, "lat": 36.0}}]),
        ({"select": "exclude(*e*), location", "where": ["number = 3"]},
         [{"tags": None, "location": None}]),
        ({"select": "distance(location, geom'POINT(-78.9 36)') as m",
          "where": ["name = 'White oak'"]}, [{"m": 0.0}]),
        ({"select": "date_format(planted_date, \"d/M/yy 'o''clock' E\") as d",
          "where": ["number = 2"]}, [{"d": "5/3/21 o'clock Fri"}]),
        ({"select": "date_format(planted_date, 'xxxx-ww-e DDD') as d", "where": ["number = 10"]},
         [{"d": "2021-52-5 365"}]),
    ],
)  # fmt: skip
def test_a_question_is_answered(
    answer: Answer, clauses: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    assert answer(**clauses) == records


def test_instants_are_written_and_parted_in_the_requests_time_zone(answer: Answer) -> None:
    assert answer(
        "America/New_York",
        select="seen_at, day(seen_at) as day, date_format(seen_at, 'HH:mm') as clock",
        where=["name = 'Oak'"],
    ) == [{"seen_at": "2023-12-31T22:00:00-05:00", "day": 31, "clock": "22:00"}]


def test_months_and_days_have_names_in_the_requests_language(answer: Answer) -> None:
    assert answer(
        language="es",
        select="date_format(planted_date, 'EEEE d MMMM') as written",
        where=["name = 'Oak'"],
    ) == [{"written": "miércoles 15 enero"}]


def test_a_random_order_is_the_same_for_a_seed(answer: Answer) -> None:
    one, again, other = (
        answer(select="geoid, number", order_by=f"random({seed})") for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ({"select": "no_such_field"},
         "Unknown field: no_such_field. Clause(s) containing the error(s): select."),
        ({"where": ["nope > 1"]}, "Unknown field: nope. Clause(s) containing the error(s): where."),
        ({"where": ["nope(1)"]}, "Unknown function: nope."),
        ({"select": "sum(name)"}, "StatAggregation only supports numeric or date expression."),
        ({"where": ["number = 'x'"]},
         "the text 'x' cannot be compared with field number of type int."),
        ({"where": ["planted_date > 'x'"]}, "'x' is no date; expected a form such as 2024-03-05."),
        ({"where": ["planted_date > '2024-02-30'"]}, "day is out of range for month"),
        ({"where": ["name"]}, "expected a condition, found field name of type text."),
        ({"where": ["count(*) > 1"]}, "an aggregate speaks of many records, a condition of one."),
        ({"where": ["tags > 'a'"]}, "field tags of type list of texts cannot be compared by >."),
        ({"where": ["name + 1 = 2"]},
         "only numbers can be calculated with, found field name of type text."),
        ({"where": ["range(number, 5) = 1"]}, "range parts records into groups"),
        ({"where": ["now(day=31, foo=1) > seen_at"]}, "now expects arguments such as days=-7"),
        ({"where": ["seen_at > now(years=99999999)"]}, "now leaves the calendar"),
        ({"where": ["within_distance(location, geom'POINT(36 -178.9)', 1km)"]},
         "the point 36 -178.9 is not on the globe; longitude comes first."),
        ({"where": ["within_distance(location, geom'POINT(1 1)', 1 league)"]},
         "within_distance expects a distance such as 10km"),
        ({"select": "name, count(*)"}, "name differs between the records of a group"),
        ({"select": "name", "group_by": "number"}, "name differs between the records of a group"),
        ({"group_by": "location"}, "records cannot be grouped by a geo_point_2d itself."),
        ({"group_by": "count(*)"}, "count(*) is made of many records"),
        ({"group_by": "1"}, "1 is the same for all records"),
        ({"order_by": "location"}, "rows cannot be sorted by a geo_point_2d."),
        ({"order_by": "'number'"}, "the text 'number' is the same for all records"),
        ({"order_by": "1"}, "the int 1 is the same for all records; expected what sorts them"),
        ({"order_by": "1 + 1"}, "is the same for all records"),
        ({"order_by": "null"}, "null is the same for all records"),
        ({"order_by": "count(*)"}, "records cannot be sorted by an aggregate"),
        ({"select": "date_format(seen_at, 'Q')"}, "'Q' means nothing in a date pattern."),
        ({"select": "percentile(number, 101)"}, "the percentile is 101; expected 0 to 100."),
        ({"group_by": "range(number, 3)", "select": "geo_cluster(location, 3)"},
         "geo_cluster parts records into groups; expected it in group_by."),
        ({"group_by": "geo_cluster(location, 26)"},
         "the zoom of geo_cluster is 26; expected a whole number from 0 to 25."),
        ({"group_by": "geo_cluster(location, 3, 0)"}, "the radius of geo_cluster is 0"),
        ({"group_by": "geo_cluster(name, 3)"}, "geo_cluster expects a geo_point_2d field"),
        ({"group_by": "range(number, EQUI(0, 1, 4))"}, "equi(0, 1, 4) makes no intervals"),
        ({"group_by": "range(number, EQUI(1, 1, 1e9))"}, "or more than 1000."),
        ({"group_by": "range(number, [1])"}, "range expects at least two bounds"),
        ({"group_by": "range(name, 5)"}, "range expects a number or a date, found field name"),
        ({"group_by": "range(planted_date, 5)"}, "range of a date expects a width in time"),
        ({"where": ["json_format(name) is null"]}, "json_format can only be selected."),
        ({"where": ["intersects(location, geom'POINT(1 2)')"]},
         "'POINT(1 2)' is no area; expected POLYGON"),
        ({"where": ["intersects(location, 'here')"]}, "intersects expects an area such as geom'"),
        ({"where": ["intersects(name, geom'POLYGON((1 1, 2 2, 2 1))')"]},
         "intersects expects a geo_point_2d or geo_shape field, found field name of type text."),
        ({"where": ["geometry(location, geom'POLYGON((1 1, 2 2, 2 1))', NEAR)"]},
         "geometry expects INTERSECTS, DISJOINT or WITHIN as its last argument."),
        ({"group_by": "range(number, 3, 2)"}, "the bounds of a range must ascend."),
        ({"group_by": "range(number, 0)"}, "the width of a range is 0; expected more than 0."),
        ({"group_by": "range(seen_at, 2 months)"}, "a range of 2 months is not known"),
        ({"select": "length(number)"}, "length expects text, found field number of type int."),
        ({"select": "year(planted_date, 1)"}, "year expects 1 argument, found 2."),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_with_the_reason(
    answer: Answer, clauses: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryInvalid) as refused:
        answer(**clauses)
    assert message in str(refused.value)


def test_a_number_beyond_64_bits_is_refused_not_wrong(answer: Answer) -> None:
    with pytest.raises(QueryInvalid, match="cannot be computed"):
        answer(select="9223372036854775807 * number as n")


_FIELDS = st.sampled_from([field.name for field in TREES.fields])
_CALLS = st.sampled_from(
    [
        "number", "height_m", "planted_date", "seen_at", "tags", "location", "'2024-01-01'", "-1.5",
        "now(months=-1)", "year(seen_at)", "lower(name)", "ifnull(height_m, number)", "count(*)",
        "sum(number)", "search('oak')", "distance(location, geom'POINT(1 2)')", "1e308 * 10",
        "range(seen_at, 3 days)", "range(number, *, 2, *)", "date_format(seen_at, 'EEEE')",
        "date'0001-01-01'", "date'9999-12-31T23:59:59-12:00'", "9223372036854775807",
    ]
)  # fmt: skip
_LOGIC = st.sampled_from(["=", "<", "+", "*", "/", "and", "or", "in", "like", ":"])


def _renamed(node: Any, names: list[str]) -> str:
    """The node as text, with fields of the trees where it names others."""
    text = write(node)
    for at, name in enumerate(names):
        text = text.replace(f"`{'ab'[at % 2]}`", name)
    return text


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.tuples(_CALLS | _FIELDS, _LOGIC, _CALLS | _FIELDS),
    clause=st.sampled_from(["where", "select", "group_by", "order_by"]),
    timezone=st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
)
def test_any_two_things_beside_each_other_are_answered_or_refused(
    answer: Answer, parts: tuple[str, ...], clause: str, timezone: str
) -> None:
    text: Any = " ".join(parts)
    with contextlib.suppress(PortalError):
        answer(timezone, **{clause: [text] if clause == "where" else text})


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(node=NODES, names=st.lists(_FIELDS, min_size=2, max_size=2))
def test_any_condition_is_answered_or_refused(
    answer: Answer, node: nodes.Node, names: list[str]
) -> None:
    with contextlib.suppress(PortalError):
        answer(select="number", where=[_renamed(node, names)])
