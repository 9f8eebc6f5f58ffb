"""Three provisioned cities, each with its own portal and API."""

from collections.abc import Mapping

import pytest

from local.cloud.platform import CITIES, DURHAM
from tests.cloud.calls import API, call, get

pytestmark = pytest.mark.cloud


@pytest.mark.parametrize("city", CITIES, ids=CITIES.get)
def test_its_first_page_is_about_it(cities: Mapping[str, str], city: str) -> None:
    page = get(f"{cities[city]}/")

    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert CITIES[city] in page.text.split("</title>")[0]


@pytest.mark.parametrize("city", CITIES, ids=CITIES.get)
def test_its_catalog_is_full_on_its_first_day(cities: Mapping[str, str], city: str) -> None:
    found = get(f"{cities[city]}{API}/datasets?limit=100").json

    assert found["total_count"] > 10
    assert all(each["metas"]["default"]["records_count"] for each in found["results"])


@pytest.mark.parametrize("city", CITIES, ids=CITIES.get)
def test_its_records_are_its_own(cities: Mapping[str, str], city: str) -> None:
    population = get(f"{cities[city]}{API}/datasets/population/records?limit=100").json
    exported = get(f"{cities[city]}{API}/datasets/population/exports/jsonl").text

    assert {each["geoid"] for each in population["results"]} == {city}
    assert len(exported.splitlines()) == population["total_count"]


def test_the_browser_is_given_pictures_scripts_and_files_as_they_are(
    cities: Mapping[str, str],
) -> None:
    durham = cities[DURHAM]
    parquet = get(f"{durham}{API}/datasets/population/exports/parquet")

    assert parquet.body[:4] == parquet.body[-4:] == b"PAR1"
    assert call("HEAD", f"{durham}/").status == 200
    assert call("GET", f"{durham}/no/such/page").status == 404


def test_what_a_browser_holds_is_not_sent_again(cities: Mapping[str, str]) -> None:
    address = f"{cities[DURHAM]}{API}/datasets/boundaries/records?limit=1"
    tag = get(address).headers["etag"]

    again = call("GET", address, headers={"If-None-Match": tag})

    assert (again.status, again.body) == (304, b"")
