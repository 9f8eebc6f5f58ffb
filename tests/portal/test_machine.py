"""What programs read: every document parses, obeys its format's rules, and leads somewhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from citylake.datasets import License
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from citylake.settings import Site
from lambdas.portal import sitemap
from lambdas.portal.handler import build
from tests.lakes import publish
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import AIR, AIR_ROWS, PLACE_ROWS, PLACES
from tests.query.dcat.rules import faults_of_us11, faults_of_us30

HERE = "http://127.0.0.1:8000"
SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SCOPES = ["", "/nc/durham", "/nc/nowhere", "/nc/hostile"]
DOCUMENTS = ["/data.json", "/dcat-us-3.json", "/sitemap.xml", "/changes.rss", "/robots.txt"]


def addresses(document: str) -> Iterator[str]:
    """Every address of ours in a document, whatever its format."""
    for found in re.findall(rf'{re.escape(HERE)}[^"<>\s}}]*', document):
        yield found.replace("&amp;", "&")


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.mark.parametrize("scope", SCOPES)
def test_catalogs_are_valid_for_every_scope(visit: Visit, scope: str) -> None:
    assert faults_of_us11(json.loads(visit(f"{scope}/data.json").text)) == []
    assert faults_of_us30(json.loads(visit(f"{scope}/dcat-us-3.json").text)) == []


def test_catalogs_of_a_pinned_city_are_valid(visit_durham: Visit) -> None:
    catalog = json.loads(visit_durham("/data.json").text)
    assert faults_of_us11(catalog) == []
    assert catalog["@id"] == f"{HERE}/data.json"
    # The dataset of all places is not at this host, so that this is no part of anything here.
    assert not any("isPartOf" in dataset for dataset in catalog["dataset"])


def test_a_places_catalog_has_the_datasets_with_records_of_it(visit: Visit) -> None:
    catalog = json.loads(visit("/nc/greensboro/data.json").text)
    assert [dataset["identifier"] for dataset in catalog["dataset"]] == [
        f"{HERE}/nc/greensboro/datasets/{name}/"
        for name in ("income", "offenses", "places", "population")
    ]


def test_a_dataset_is_told_whole(visit: Visit) -> None:
    catalog = json.loads(visit("/nc/durham/data.json").text)
    told = next(each for each in catalog["dataset"] if "/population/" in each["identifier"])
    distributions = told.pop("distribution")
    assert told.pop("issued") == told.pop("modified")
    assert told == {
        "@type": "dcat:Dataset",
        "identifier": f"{HERE}/nc/durham/datasets/population/",
        "accessLevel": "public",
        "title": "Population by year: Durham, NC",
        "description": "Counts and estimates. The figures are published by place.",
        "keyword": ["people"],
        "theme": ["people"],
        "publisher": {"@type": "org:Organization", "name": "U.S. Census Bureau"},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": "The operator of this portal",
            "hasEmail": "mailto:unset@citylake.invalid",
        },
        "temporal": "2010-01-01/2023-12-31",
        "spatial": "Durham, NC",
        "language": ["en"],
        "license": "https://www.usa.gov/government-works",
        "landingPage": f"{HERE}/nc/durham/datasets/population/",
        "isPartOf": f"{HERE}/datasets/population/",
        "describedBy": f"{HERE}/nc/durham/api/explore/v2.1/catalog/datasets/population",
        "describedByType": "application/json",
        "references": ["https://www2.census.gov/estimates.csv"],
    }
    assert distributions[0] == {
        "@type": "dcat:Distribution",
        "title": "Population by year as CSV",
        "description": "A table for spreadsheets and scripts.",
        "downloadURL": (
            f"{HERE}/nc/durham/api/explore/v2.1/catalog/datasets/population/exports/csv"
        ),
        "mediaType": "text/csv",
        "format": "CSV",
    }
    assert distributions[-1]["format"] == "API"


def test_the_newer_standard_says_place_service_and_lineage(visit: Visit) -> None:
    catalog = json.loads(visit("/nc/durham/dcat-us-3.json").text)
    assert catalog["spatial"][0]["centroid"] == {"type": "Point", "coordinates": [-78.9, 35.98]}
    assert catalog["service"][0]["endpointURL"] == [f"{HERE}/nc/durham/api/explore/v2.1/"]
    told = next(each for each in catalog["dataset"] if "/population/" in each["identifier"])
    assert told["provenance"] == [
        (
            "U.S. Census Bureau, 2023: https://www2.census.gov/estimates.csv, "
            "retrieved 2026-11-22, SHA-256 0da73a61."
        )
    ]
    assert told["temporal"] == [
        {"@type": "PeriodOfTime", "startDate": "2010-01-01", "endDate": "2023-12-31"}
    ]


def test_a_citys_own_dataset_is_told_as_its_own(tmp_path: Path, assets: Assets) -> None:
    trees = replace(
        AIR,
        id="trees",
        title="Street trees",
        owner="3719000",
        place_field="",
        publisher="City of Durham",
        license=License(name="Ask us first", url="see our pages"),
    )
    publish(tmp_path / "lake", PLACES, PLACE_ROWS)
    publish(tmp_path / "lake", trees, AIR_ROWS)
    visit = visitor(build(Lake(FolderStore(tmp_path / "lake")), assets=assets))
    catalog = json.loads(visit("/nc/durham/data.json").text)
    assert faults_of_us11(catalog) == []
    told = {dataset["title"]: dataset for dataset in catalog["dataset"]}["Street trees: Durham, NC"]
    assert told["spatial"] == "Durham, NC"
    assert told["publisher"]["name"] == "City of Durham"
    assert "isPartOf" not in told  # there is none of all places
    assert "license" not in told  # what is no address cannot stand there
    newer = json.loads(visit("/nc/durham/dcat-us-3.json").text)
    assert faults_of_us30(newer) == []
    assert newer["dataset"][-1]["distribution"][0]["license"] == "Ask us first"
    assert "Street trees: first release" in visit("/nc/durham/changes.rss").text
    assert "trees" not in visit("/data.json").text + visit("/nc/raleigh/data.json").text


def test_forms_for_maps_are_told_of_what_has_a_place_on_one(visit: Visit) -> None:
    catalog = json.loads(visit("/data.json").text)
    with_maps = {
        dataset["title"]
        for dataset in catalog["dataset"]
        if any(form["format"] == "GeoJSON" for form in dataset["distribution"])
    }
    assert with_maps == {"Places of the United States"}


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("scope", ["", "/nc/durham"])
def test_every_address_in_a_document_answers(visit: Visit, scope: str, document: str) -> None:
    told = set(addresses(visit(f"{scope}{document}").text))
    assert told
    assert {address: visit(path_of(address)).status for address in told} == dict.fromkeys(told, 200)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_address_in_a_pinned_citys_document_answers(
    visit_durham: Visit, document: str
) -> None:
    told = set(addresses(visit_durham(document).text))
    assert told
    assert all(visit_durham(path_of(address)).status == 200 for address in told)


def test_the_showcase_has_an_index_of_sitemaps_with_every_place(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PLACES_IN_A_FILE", 3)  # seven places: three files
    index = ET.fromstring(visit("/sitemap.xml").text)
    assert index.tag == f"{SITEMAPS}sitemapindex"
    files = [loc.text or "" for loc in index.iter(f"{SITEMAPS}loc")]
    assert [path_of(file) for file in files] == [
        "/sitemap-pages.xml",
        "/sitemap-places-1.xml",
        "/sitemap-places-2.xml",
        "/sitemap-places-3.xml",
    ]
    parts = [ET.fromstring(visit(path_of(file)).text) for file in files[1:]]
    places = [loc.text for part in parts for loc in part.iter(f"{SITEMAPS}loc")]
    assert [len(part) for part in parts] == [3, 3, 1]
    assert len(set(places)) == 7
    assert f"{HERE}/nc/durham/" in places


@pytest.mark.parametrize(
    "path",
    [
        "/sitemap-places-2.xml",
        "/sitemap-places-0.xml",
        "/sitemap-places-x.xml",
        "/sitemap-places-²2.xml",
        "/sitemap-places-99999999999.xml",
        "/nc/durham/sitemap-places-1.xml",
    ],
)
def test_there_is_no_file_of_places_beyond_the_last(visit: Visit, path: str) -> None:
    assert visit(path).status == 404


def test_a_citys_sitemap_lists_its_pages_with_their_dates(visit: Visit) -> None:
    urls = ET.fromstring(visit("/nc/durham/sitemap.xml").text)
    assert [path_of(loc.text or "") for loc in urls.iter(f"{SITEMAPS}loc")] == [
        f"/nc/durham{path}"
        for path in (
            "/",
            "/catalog/",
            *(f"/datasets/{name}/" for name in ("air-quality", "income", "offenses")),
            *(f"/datasets/{name}/" for name in ("places", "population")),
            "/developers/",
            "/about/",
        )
    ]
    dates = [date.text or "" for date in urls.iter(f"{SITEMAPS}lastmod")]
    assert len(dates) == 7  # pages of explanation have none
    assert max(dates) == dates[0]


def test_robots_are_told_where_the_sitemap_is(visit: Visit, visit_durham: Visit) -> None:
    lines = visit("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {HERE}/sitemap.xml"
    assert visit_durham("/robots.txt").text.splitlines()[-1] == lines[-1]


def test_pages_name_feed_and_catalog_in_their_head(visit: Visit) -> None:
    head = visit("/nc/durham/").text.partition("</head>")[0]
    assert 'type="application/rss+xml"' in head
    assert 'href="/nc/durham/changes.rss"' in head
    assert 'href="/nc/durham/data.json"' in head


@pytest.mark.parametrize("scope", ["", "/nc/durham"])
@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_the_beginning_of_the_api_leads_to_its_description(
    visit: Visit, scope: str, path: str
) -> None:
    page = visit(f"{scope}{path}")
    assert (page.status, page.headers["location"]) == (302, f"{scope}/developers/")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_are_held_by_their_tag_and_open_to_every_page(
    visit: Visit, document: str
) -> None:
    first = visit(document)
    assert first.headers["cache-control"].startswith("public, max-age=0, s-maxage=60")
    assert first.headers["access-control-allow-origin"] == "*"
    again = visit(document, "GET", {"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    elsewhere = visit(document, "GET", {"host": "other.example"})
    assert elsewhere.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("/data.json", "application/json; charset=utf-8"),
        ("/dcat-us-3.json", "application/json; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/changes.rss", "application/rss+xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_document_says_what_it_is(visit: Visit, document: str, kind: str) -> None:
    page = visit(document, "HEAD")
    assert (page.status, page.headers["content-type"], page.body) == (200, kind, b"")


@pytest.mark.parametrize("document", [*DOCUMENTS, "/nc/durham/", "/datasets/places/"])
def test_a_hosts_name_that_is_none_is_not_repeated(visit: Visit, document: str) -> None:
    page = visit(document, "GET", {"host": 'evil.example/"><script>alert(1)</script>'})
    assert page.status == 200
    assert "evil.example" not in page.text


def test_a_site_with_an_origin_names_it_whatever_the_host(lake: Lake, assets: Assets) -> None:
    site = Site(
        origin="https://data.example.gov",
        publisher="City of Durham",
        contact_name="Open data team",
        contact_email="opendata@example.gov",
    )
    visit = visitor(build(lake, pinned="3719000", assets=assets, site=site))
    catalog: dict[str, Any] = json.loads(visit("/data.json").text)
    assert catalog["@id"] == "https://data.example.gov/data.json"
    assert catalog["dataset"][0]["contactPoint"]["hasEmail"] == "mailto:opendata@example.gov"
    assert HERE not in visit("/dcat-us-3.json").text
    assert (
        visit("/data.json").headers["etag"]
        != visitor(build(lake, pinned="3719000", assets=assets))("/data.json").headers["etag"]
    )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_an_empty_lake_has_empty_documents(tmp_path: Path, assets: Assets, document: str) -> None:
    visit = visitor(build(Lake(FolderStore(tmp_path / "empty")), assets=assets))
    page = visit(document)
    assert page.status == 200
    if document.endswith(".json"):
        assert json.loads(page.text)["dataset"] == []
    elif document != "/robots.txt":
        ET.fromstring(page.text)
