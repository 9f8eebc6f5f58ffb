"""The API from end to end: events in, status, headers and bodies out."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake import errors
from citylake.datasets import FieldType
from lambdas.query.exports import FORMATS
from lambdas.query.handler import CORS, ERRORS
from tests.lakes import publish
from tests.query.api_samples import NOTES, POPULATION, POPULATION_ROWS, publish_samples
from tests.query.conftest import Ask, api_over
from tests.query.events import body, header, json_of

API = "/api/explore/v2.1"
RECORDS = f"{API}/catalog/datasets/population/records"


@pytest.mark.parametrize(
    "path",
    [
        API,
        f"{API}/catalog",
        f"{API}/catalog/datasets",
        f"{API}/catalog/facets",
        f"{API}/catalog/exports",
        f"{API}/catalog/exports/json",
        f"{API}/catalog/datasets/population",
        f"{API}/catalog/datasets/population/records",
        f"{API}/catalog/datasets/population/records/3719000-census-2020",
        f"{API}/catalog/datasets/population/facets",
        f"{API}/catalog/datasets/population/exports",
        f"{API}/catalog/datasets/population/exports/csv",
        f"{API}/catalog/datasets/population/attachments",
        f"{API}/openapi.json",
    ],
)
def test_every_path_answers_alike_with_and_without_a_slash_and_after_two(
    ask: Ask, path: str
) -> None:
    answers = [ask(path), ask(f"{path}/"), ask(f"/{path}"), ask(f"/nc/durham{path}/")]
    assert [answer["statusCode"] for answer in answers] == [200] * 4
    assert body(answers[0]) == body(answers[1]) == body(answers[2])


def test_the_nation_sees_every_record_and_a_place_its_own(ask: Ask) -> None:
    everywhere = json_of(ask(f"{RECORDS}?limit=0"))
    durham = json_of(ask(f"/nc/durham{RECORDS}?select=geoid,year&order_by=year"))
    assert everywhere == {"total_count": 7, "results": []}
    assert durham == {
        "total_count": 3,
        "results": [{"geoid": "3719000", "year": year} for year in (2020, 2021, 2022)],
    }


def test_a_query_reads_plus_as_space_and_ignores_what_it_does_not_know(ask: Ask) -> None:
    wanted = json_of(ask(f"{RECORDS}?where=state%20%3D%20%22CO%22&select=geoid"))
    odd = json_of(ask(f"{RECORDS}??&where=state+=+%22CO%22&select=geoid&rows=3&qv1=&order_by="))
    assert odd == wanted
    assert wanted["total_count"] == 3


def test_a_repeated_where_narrows_further(ask: Ask) -> None:
    found = json_of(ask(f'{RECORDS}?where=state="NC"&where=year%3D2020&select=place_name'))
    assert [record["place_name"] for record in found["results"]] == ["Durham", "Raleigh"]


@pytest.mark.parametrize(
    ("target", "status", "code", "message"),
    [
        (
            f"{API}/catalog/datasets/does-not-exist",
            404,
            "NotFoundResource",
            "The requested dataset does-not-exist does not exist.",
        ),
        (
            f"{API}/catalog/datasets/does-not-exist/records",
            404,
            "NotFoundResource",
            "The requested dataset does-not-exist does not exist.",
        ),
        (
            f"{RECORDS}?select=no_such_field",
            400,
            "ODSQLError",
            (
                "ODSQL query is malformed: Unknown field: no_such_field. "
                "Clause(s) containing the error(s): select."
            ),
        ),
        (
            f"{RECORDS}?limit=1486",
            400,
            "InvalidRESTParameterError",
            (
                "Invalid value for limit API parameter: 1486 was found "
                "but -1 <= limit <= 100 is expected."
            ),
        ),
        (
            f"{API}/catalog/datasets/population/exports/docx",
            404,
            "NotFoundResource",
            (
                "The requested export format docx does not exist; "
                f"there are {', '.join(form.name for form in FORMATS)}."
            ),
        ),
        (
            f"{API}/catalogue",
            404,
            "NotFoundResource",
            f"The requested endpoint {API}/catalogue does not exist. The API begins at {API}/.",
        ),
        (
            f"{API}/catalog/datasets/../../etc/passwd",
            404,
            "NotFoundResource",
            (
                f"The requested endpoint {API}/catalog/datasets/../../etc/passwd does not exist. "
                f"The API begins at {API}/."
            ),
        ),
    ],
)
def test_an_error_is_json_that_says_what_was_wrong(
    ask: Ask, target: str, status: int, code: str, message: str
) -> None:
    answer = ask(target)
    assert json_of(answer) == {"error_code": code, "message": message}
    assert answer["statusCode"] == status
    assert header(answer, "content-type") == "application/json; charset=utf-8"
    assert header(answer, "cache-control") == "no-store"
    assert header(answer, "access-control-allow-origin") == "*"


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (f"{RECORDS}?where=garbage%3D%3D", 400, "ODSQLSyntaxError"),
        (f"{API}/catalog/datasets/population/exports/csv?where=%28", 400, "ODSQLSyntaxError"),
        (f"{API}/catalog/datasets/population/exports/json?select=nope", 400, "ODSQLError"),
        (f"{RECORDS}?limit=ten", 400, "InvalidRESTParameterError"),
        (f"{RECORDS}?limit=100&offset=9901", 400, "InvalidRESTParameterError"),
        (f"{RECORDS}/no-such-record", 404, "NotFoundResource"),
        (f"{RECORDS}?version=19990101T000000Z-000000", 404, "NotFoundResource"),
        (f"{API}/catalog/datasets/population/aggregates", 410, "GoneResource"),
        ("/api/explore/v2.0/catalog/datasets/", 410, "GoneResource"),
        ("//api/v2/catalog/datasets?rows=1", 410, "GoneResource"),
        (f"{API}/monitoring/datasets/", 404, "NotFoundResource"),
        (f"{RECORDS}?{'&'.join(['a=b'] * 2_000)}", 400, "InvalidRESTParameterError"),
    ],
)
def test_what_is_refused_has_its_status_and_code(
    ask: Ask, target: str, status: int, code: str
) -> None:
    answer = ask(target)
    assert (answer["statusCode"], json_of(answer)["error_code"]) == (status, code)
    assert json_of(answer)["message"]


def test_every_error_of_the_family_has_a_status() -> None:
    family = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    for kind in family:
        assert any(ancestor in ERRORS for ancestor in kind.__mro__), kind


def test_what_is_wrong_with_the_lake_is_not_told_to_strangers(tmp_path: Path) -> None:
    home = tmp_path / "secret-place"
    publish_samples(home)
    ask = api_over(home)
    (home / "catalog" / "national.json").write_text("{")
    answer = ask(f"{API}/catalog/datasets/population/records")
    assert answer["statusCode"] == 503
    assert json_of(answer)["error_code"] == "DataUnavailable"
    assert b"secret-place" not in body(answer)


def test_an_unexpected_failure_is_logged_whole_and_answered_briefly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(export: object, tag: str | None) -> None:
        raise RuntimeError("the disk of 10.0.0.7 is full")

    publish_samples(tmp_path / "lake")
    answer = api_over(tmp_path / "lake", fail)(  # type: ignore[arg-type]  # it fails on purpose
        f"{API}/catalog/datasets/population/exports/csv"
    )
    assert answer["statusCode"] == 500
    assert json_of(answer)["error_code"] == "InternalServerError"
    assert b"10.0.0.7" not in body(answer)
    assert "10.0.0.7" in caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_api_is_only_read(ask: Ask, method: str) -> None:
    answer = ask(RECORDS, method)
    assert answer["statusCode"] == 405
    assert json_of(answer)["error_code"] == "MethodNotAllowed"
    assert header(answer, "allow") == "GET, HEAD, OPTIONS"


def test_a_browser_may_ask_from_any_page(ask: Ask) -> None:
    asked_before = ask(RECORDS, "OPTIONS", {"origin": "https://example.org"})
    assert asked_before["statusCode"] == 204
    for answer in (asked_before, ask(RECORDS), ask(f"{API}/nothing"), ask("/api/v2/", "POST")):
        assert {name: header(answer, name) for name in CORS} == CORS
        assert header(answer, "content-language") == "en"
        assert header(answer, "x-content-type-options") == "nosniff"


def test_head_has_the_headers_of_get_and_no_body(ask: Ask) -> None:
    for path in (RECORDS, f"{API}/catalog/datasets/population/exports/csv"):
        got, asked = ask(path), ask(path, "HEAD")
        assert asked["headers"] == got["headers"]
        assert (asked["statusCode"], body(asked)) == (200, b"")


def test_what_the_client_holds_is_not_sent_again(ask: Ask) -> None:
    first = ask(RECORDS)
    tag = header(first, "etag")
    assert tag is not None
    again = ask(RECORDS, headers={"if-none-match": tag})
    other = ask(f"{RECORDS}?limit=1", headers={"if-none-match": tag})
    there = ask(f"/nc/durham{RECORDS}", headers={"if-none-match": tag})
    assert header(first, "cache-control") == (
        "public, max-age=0, s-maxage=60, stale-while-revalidate=600"
    )
    assert (again["statusCode"], body(again), header(again, "etag")) == (304, b"", tag)
    assert (other["statusCode"], there["statusCode"]) == (200, 200)


def test_an_answer_that_changes_by_itself_has_no_tag(ask: Ask) -> None:
    answer = ask(f"{API}/catalog/datasets/notes/records?where=noted_date%20%3C%20now()")
    assert answer["statusCode"] == 200
    assert header(answer, "etag") is None
    assert header(answer, "cache-control") == "no-store"


def test_a_new_release_changes_the_tags_of_its_dataset_only(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    publish_samples(home)
    ask = api_over(home)
    notes = f"{API}/catalog/datasets/notes/records"
    before = [header(ask(path), "etag") for path in (RECORDS, notes, f"{API}/catalog/datasets")]
    publish(home, POPULATION, POPULATION_ROWS[:2])
    after = [header(ask(path), "etag") for path in (RECORDS, notes, f"{API}/catalog/datasets")]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False]
    assert json_of(ask(f"{RECORDS}?limit=0"))["total_count"] == 2


def test_an_old_release_answers_as_it_did(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    release = publish_samples(home)["population"]
    ask = api_over(home)
    before = json_of(ask(RECORDS))
    publish(home, POPULATION, POPULATION_ROWS[:2])
    assert json_of(ask(f"{RECORDS}?version={release.id}")) == before


def test_an_old_release_answers_as_it_did_though_its_fields_are_others_now(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    release = publish_samples(home)["population"].id
    ask = api_over(home)
    dataset = f"{API}/catalog/datasets/population"
    asked = [
        dataset,
        f"{dataset}/records?where=population>300000&select=place_name,population",
        f"{dataset}/records?group_by=state",
        f"{dataset}/records/3719000-census-2020",
        f"{dataset}/facets?facet=series",
        f"{dataset}/exports/csv",
        f"{dataset}/exports/jsonl?order_by=population",
        f"{dataset}/exports/parquet",
    ]
    versioned = [f"{target}{'&' if '?' in target else '?'}version={release}" for target in asked]
    before = [body(ask(target)) for target in versioned]
    fields = tuple(
        replace(field, type=FieldType.TEXT) if field.name == "population" else field
        for field in POPULATION.fields
        if field.name != "series"
    )
    changed = replace(
        POPULATION, title="Now", fields=fields, key=("geoid", "year"), series_field=""
    )
    rows = [{**row, "population": "many"} for row in POPULATION_ROWS[:1]]
    publish(home, changed, rows)
    told = json_of(ask(f"{dataset}/exports?version={release}"))
    after = [body(ask(target)) for target in versioned]
    assert after[1:] == before[1:]
    # What is told of a dataset is as of its release; only the list of its releases grows.
    was, now = (json.loads(answers[0]) for answers in (before, after))
    assert len(now["metas"]["citylake"].pop("releases")) == 2
    assert len(was["metas"]["citylake"].pop("releases")) == 1
    assert now == was
    assert all(each["href"].endswith(f"?version={release}") for each in told["links"])
    assert json_of(ask(f"{dataset}/records?select=population"))["results"] == [
        {"population": "many"}
    ]


def test_a_long_answer_is_packed_for_who_takes_it(ask: Ask) -> None:
    path = f"{API}/catalog/datasets"
    plain, tight = ask(path), ask(path, headers={"accept-encoding": "gzip, deflate"})
    assert header(tight, "content-encoding") == "gzip"
    assert header(tight, "vary") == header(plain, "vary") == "Accept-Encoding, Authorization"
    assert json_of(tight) == json_of(plain)


def test_links_stay_within_the_scope(ask: Ask) -> None:
    links = json_of(ask(f"/nc/durham{API}/catalog/datasets/population/exports/"))["links"]
    here = f"/nc/durham{API}/catalog/datasets/population/exports"
    assert links[:2] == [{"rel": "self", "href": here}, {"rel": "csv", "href": f"{here}/csv"}]
    assert all(link["href"] == f"{here}/{link['rel']}" for link in links[1:])


def test_a_dataset_lists_the_formats_that_suit_it(ask: Ask) -> None:
    def listed(dataset_id: str) -> set[str]:
        answer = json_of(ask(f"{API}/catalog/datasets/{dataset_id}/exports"))
        return {link["rel"] for link in answer["links"]} - {"self"}

    everywhere = {"csv", "json", "jsonl", "parquet", "xlsx", "jsonld", "turtle", "rdfxml"}
    on_maps = {"geojson", "fgb", "shp", "kml", "gpx"}
    assert listed("population") == everywhere
    assert listed("places") == everywhere | on_maps
    assert listed("notes") == everywhere | on_maps | {"ical"}


def test_many_threads_get_their_own_answers(ask: Ask) -> None:
    places = {"/nc/durham": 3, "/co/aurora": 2, "/nc/raleigh": 1, "": 7}
    asked = list(places) * 16
    with ThreadPoolExecutor(8) as threads:
        counts = threads.map(
            lambda prefix: json_of(ask(f"{prefix}{RECORDS}?limit=0"))["total_count"], asked
        )
        assert list(counts) == [places[prefix] for prefix in asked]


HOSTILE = [
    "(" * 100_000,
    "not " * 50_000 + "year",
    "year in (" + ",".join(["1"] * 100_000) + ")",
    "year = 1" + " or year = 1" * 20_000,
    "'" * 9_999,
    'place_name = "' + "\\" * 99,
    "year = 1; drop table x",
    "place_name = ''' or 1=1 --'",
    "read_csv('/etc/passwd')",
    "year = (select 1)",
    "place_name = '\x00'",
    "year = 1e999999",
    "year = 99999999999999999999999999",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "percentile(year, 1e308) > 0",
    "\u202e\u0000\ufffe",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["where", "select", "group_by", "order_by", "refine"])
def test_hostile_text_is_refused_or_harmless(ask: Ask, name: str, text: str) -> None:
    answer = ask(f"{RECORDS}?{name}={quote(text)}")
    assert answer["statusCode"] in {200, 400}
    assert "error_code" in json_of(answer) or "results" in json_of(answer)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["select", "where", "group_by", "order_by", "limit", "offset", "refine", "timezone", "lang"]
    ),
    text=st.text(max_size=60),
)
def test_no_text_breaks_the_api(ask: Ask, name: str, text: str) -> None:
    answer = ask(f"{RECORDS}?{name}={quote(text, errors='replace')}")
    assert answer["statusCode"] in {200, 400}


@given(path=st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_breaks_the_api(ask: Ask, path: str) -> None:
    answer = ask(f"{API}/catalog/datasets/{quote(path)}")
    assert answer["statusCode"] in {200, 404}


def test_the_handler_loads_nothing_heavy() -> None:
    check = (
        "import sys, lambdas.query.handler; "
        "heavy = ('pandas', 'pyarrow', 'pyiceberg', 'numpy', 'rdflib'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_a_dataset_about_no_place_is_seen_whole_everywhere(ask: Ask) -> None:
    for prefix in ("", "/nc/durham"):
        found = json_of(ask(f"{prefix}{API}/catalog/datasets/{NOTES.id}/records?limit=0"))
        assert found["total_count"] == 3
