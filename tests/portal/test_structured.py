"""What pages tell search engines, and how releases are cited."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import AIR, AIR_ROWS, HOSTILE, PLACE_ROWS, PLACES

HERE = "http://127.0.0.1:8000"
_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>')


def told(visit: Visit, path: str) -> dict[str, Any]:
    (block,) = _BLOCK.findall(visit(path).text)
    found: dict[str, Any] = json.loads(block)
    return found


def test_a_dataset_is_described_to_search_engines(visit: Visit, lake: Lake) -> None:
    described = told(visit, "/nc/durham/datasets/population/")
    release = lake.entry("population").release
    page = f"{HERE}/nc/durham/datasets/population/"
    assert described["@context"] == "https://schema.org/"
    assert described["@type"] == "Dataset"
    assert described["identifier"] == f"{page}?version={release}"
    assert described["temporalCoverage"] == "2010-01-01/2023-12-31"
    assert described["license"] == "https://www.usa.gov/government-works"
    assert described["creator"] == {"@type": "Organization", "name": "U.S. Census Bureau"}
    assert described["isPartOf"] == f"{HERE}/datasets/population/"
    assert described["variableMeasured"] == [
        {
            "@type": "PropertyValue",
            "name": "Population",
            "alternateName": "population",
            "unitText": "people",
        }
    ]
    assert described["spatialCoverage"]["geo"] == {
        "@type": "GeoCoordinates",
        "latitude": 35.98,
        "longitude": -78.9,
    }
    (source,) = described["isBasedOn"]
    assert source["url"] == "https://www2.census.gov/estimates.csv"
    assert {download["encodingFormat"] for download in described["distribution"]} >= {
        "text/csv",
        "application/json",
    }
    for download in described["distribution"]:
        assert visit(download["contentUrl"].removeprefix(HERE)).status == 200


def test_the_nations_dataset_covers_the_country(visit: Visit) -> None:
    described = told(visit, "/datasets/population/")
    assert described["spatialCoverage"] == {"@type": "Country", "name": "United States"}
    assert "isPartOf" not in described


def test_a_citys_page_describes_the_city_and_its_catalog(visit: Visit) -> None:
    city, catalog = told(visit, "/nc/durham/")["@graph"]
    assert (city["@type"], city["name"]) == ("City", "Durham, NC")
    assert city["identifier"]["value"] == "3719000"
    assert catalog["about"] == {"@id": city["@id"]}
    assert [dataset["url"] for dataset in catalog["dataset"]] == [
        f"{HERE}/nc/durham/datasets/{name}/"
        for name in ("air-quality", "income", "offenses", "places", "population")
    ]
    dataset = told(visit, "/nc/durham/datasets/population/")
    assert dataset["includedInDataCatalog"]["@id"] == catalog["@id"]


def test_a_place_without_a_government_or_a_point_is_a_place_without_either(visit: Visit) -> None:
    place, _ = told(visit, "/nc/nowhere/")["@graph"]
    assert place["@type"] == "Place"
    assert "geo" not in place


@pytest.mark.parametrize("path", ["/nc/hostile/", "/nc/hostile/datasets/places/"])
def test_a_hostile_name_cannot_end_the_block(visit: Visit, path: str) -> None:
    assert HOSTILE in json.dumps(told(visit, path), ensure_ascii=False).replace('\\"', '"')
    assert "<script>alert" not in visit(path).text


def test_only_pages_of_data_have_a_block(visit: Visit) -> None:
    assert _BLOCK.findall(visit("/about/").text) == []


def test_a_dataset_page_names_its_one_address(visit: Visit) -> None:
    page = visit("/nc/durham/datasets/population/?tab=table&order_by=-year")
    assert f'<link rel="canonical" href="{HERE}/nc/durham/datasets/population/">' in page.text


def test_a_release_is_cited_with_vintage_retrieval_and_address(visit: Visit, lake: Lake) -> None:
    entry = lake.entry("population")
    address = f"{HERE}/nc/durham/datasets/population/?version={entry.release}"
    year = entry.published_at[:4]
    words = visit("/nc/durham/datasets/population/").words
    assert (
        f"U.S. Census Bureau ({year}): Population by year: Durham, NC. Vintage: 2019 and 2023. "
        f"Retrieved 2026-11-22. Release {entry.release}. Citylake. {address}"
    ) in words
    assert f"url = {{{address}}}" in words


def test_an_older_release_is_cited_and_described_as_such(tmp_path: Path, assets: Assets) -> None:
    home = tmp_path / "lake"
    publish(home, PLACES, PLACE_ROWS)
    older = publish(home, AIR, AIR_ROWS)
    newer = publish(home, AIR, AIR_ROWS[:1])
    visit = visitor(build(Lake(FolderStore(home)), assets=assets))
    path = f"/datasets/air-quality/?version={older.id}"
    assert f"Release {older.id}." in visit(path).words
    assert told(visit, path)["version"] == older.id
    download = told(visit, path)["distribution"][0]["contentUrl"]
    assert download.endswith(f"/exports/csv?version={older.id}")
    assert len(visit(download.removeprefix(HERE)).text.splitlines()) == 1 + len(AIR_ROWS)
    assert told(visit, "/datasets/air-quality/")["version"] == newer.id
    assert visit("/datasets/air-quality/?version=never").status == 404


def test_bibtex_escapes_what_means_something_to_it(tmp_path: Path, assets: Assets) -> None:
    named = replace(PLACES, publisher="Research & Data_Lab 100%", vintage="{2023} ~ #1^")
    publish(tmp_path / "lake", named, PLACE_ROWS)
    visit = visitor(build(Lake(FolderStore(tmp_path / "lake")), assets=assets))
    words = visit("/datasets/places/").words
    assert r"author = {{Research \& Data\_Lab 100\%}}" in words
    assert r"Vintage: \{2023\} \textasciitilde{} \#1\textasciicircum{}." in words
