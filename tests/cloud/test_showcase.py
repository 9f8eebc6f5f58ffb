"""The deployed showcase: every place of the country, read-only."""

import pytest

from tests.cloud.calls import API, call, get

pytestmark = pytest.mark.cloud

LARGE = "population/exports/csv"
"""A file above what a function may answer itself, unless it is packed."""


def test_the_catalog_holds_what_the_harvest_published(showcase: str) -> None:
    page = get(f"{showcase}{API}/datasets?limit=100").json

    assert page["total_count"] == len(page["results"])
    assert {"places", "population", "incomes"} <= {each["dataset_id"] for each in page["results"]}


def test_a_city_has_a_page_and_an_api_below_its_own_address(showcase: str) -> None:
    page = get(f"{showcase}/nc/durham/")
    records = get(f"{showcase}/nc/durham{API}/datasets/population/records?limit=5").json

    assert page.status == 200
    assert "Durham" in page.text.split("</title>")[0]
    assert {each["geoid"] for each in records["results"]} == {"3719000"}


def test_a_large_export_comes_from_storage_by_a_signed_address(showcase: str) -> None:
    reply = get(f"{showcase}{API}/datasets/{LARGE}", accept="identity")

    assert reply.status == 200
    assert len(reply.body) > 4 << 20
    assert len(reply.asked) == 2
    assert "X-Amz-Signature" in reply.asked[-1]
    assert "/exports/" in reply.asked[-1]


def test_an_address_that_nobody_signed_is_refused(showcase: str) -> None:
    signed = get(f"{showcase}{API}/datasets/{LARGE}", accept="identity").asked[-1]

    assert call("GET", signed.partition("?")[0]).status == 403


def test_a_question_that_cannot_be_understood_is_the_clients_mistake(showcase: str) -> None:
    reply = get(f"{showcase}{API}/datasets/population/records?where=population%20%3E%3E%201")

    assert reply.status == 400
    assert reply.json["error_code"] == "ODSQLSyntaxError"


def test_nobody_can_write(showcase: str) -> None:
    assert call("POST", f"{showcase}/api/publish/v1/uploads", body={}).status in {403, 404, 405}
