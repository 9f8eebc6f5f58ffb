"""How answers travel: tags, packing and what may be held."""

import gzip

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given
from hypothesis import strategies as st

from lambdas.query.delivery import Answer, as_json, conditional, join, tag_of
from lambdas.query.exports import Export
from lambdas.query.packing import accepts_gzip, packed
from tests.query.events import event

TAG = tag_of("20261123T061442Z-3fa9c1", "", "/catalog/datasets")


def request(method: str = "GET", **headers: str) -> APIGatewayProxyEventV2:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return APIGatewayProxyEventV2(event("/", method, named))


def unpacked(answer: Answer) -> bytes:
    assert isinstance(answer.body, bytes)
    return gzip.decompress(answer.body)


def must_not_be_made() -> Answer:
    raise AssertionError


def test_an_answer_that_the_client_holds_is_not_made_again() -> None:
    answer = conditional(request(if_none_match=TAG), TAG, must_not_be_made)
    assert (answer.status_code, answer.body) == (304, None)
    assert answer.headers == {
        "ETag": TAG,
        "Cache-Control": "public, max-age=0, s-maxage=60, stale-while-revalidate=600",
        "Vary": "Accept-Encoding",
    }


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (TAG, 304),
        (TAG.removeprefix("W/"), 304),
        (f'"other", {TAG}', 304),
        ("*", 304),
        ('W/"other"', 200),
        ("", 200),
        ("nonsense", 200),
    ],
)
def test_tags_are_compared_weakly(held: str, status: int) -> None:
    answer = conditional(request(if_none_match=held), TAG, lambda: as_json({}))
    assert answer.status_code == status


def test_an_answer_without_a_tag_is_not_held() -> None:
    answer = conditional(request(if_none_match="*"), None, lambda: as_json({}))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


def test_a_long_answer_is_packed_for_who_takes_it() -> None:
    def make() -> Answer:
        return as_json({"name": "Durham" * 1_000})

    plain = conditional(request(), TAG, make)
    tight = conditional(request(accept_encoding="gzip, br"), TAG, make)
    assert "Content-Encoding" not in plain.headers
    assert tight.headers["Content-Encoding"] == "gzip"
    assert unpacked(tight).decode() == plain.body


def test_a_short_answer_and_what_is_packed_already_travel_as_they_are() -> None:
    def file() -> Answer:
        return Response(200, "application/gzip", b"x" * 10_000)

    short = conditional(request(accept_encoding="gzip"), TAG, lambda: as_json({}))
    ready = conditional(request(accept_encoding="gzip"), TAG, file)
    assert "Content-Encoding" not in short.headers
    assert "Content-Encoding" not in ready.headers


def test_head_has_the_headers_and_no_body() -> None:
    answer = conditional(request("HEAD"), TAG, lambda: as_json({"a": 1}))
    assert (answer.status_code, answer.body, answer.headers["ETag"]) == (200, "", TAG)


def test_what_json_cannot_say_is_null() -> None:
    assert as_json({"a": float("nan"), "b": float("inf"), "c": 2**53 + 1}).body == (
        '{"a":null,"b":null,"c":9007199254740993}'
    )


def test_an_export_is_joined_with_its_headers() -> None:
    chunks = (chunk for chunk in (b"a;b\r\n", b"1;2\r\n"))
    answer = join(Export("air.csv", "text/csv; charset=utf-8", chunks))
    assert answer.body == b"a;b\r\n1;2\r\n"
    assert answer.headers == {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="air.csv"',
    }


def test_an_export_packed_for_the_way_says_so() -> None:
    answer = join(Export("a.csv", "text/csv", (c for c in (b"1", b"2"))).gzipped())
    assert unpacked(answer) == b"12"
    assert answer.headers["Content-Encoding"] == "gzip"


@given(chunks=st.lists(st.binary()))
def test_packing_by_the_piece_loses_nothing(chunks: list[bytes]) -> None:
    assert gzip.decompress(b"".join(packed(chunks))) == b"".join(chunks)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=1.0, *;q=0.5", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_sent_only_where_it_is_taken(accepted: str, takes: bool) -> None:
    assert accepts_gzip(accepted) is takes


def test_a_tag_depends_on_every_part_and_on_where_they_part() -> None:
    tags = {tag_of("a", "b"), tag_of("ab"), tag_of("a", "b", ""), tag_of("b", "a")}
    assert len(tags) == 4
