"""The other pages, the headers, and what goes wrong."""

import re
from html import unescape
from pathlib import Path

import pytest

from citylake.errors import PlaceNotFound
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import HOSTILE


def test_the_front_says_what_this_is_and_how_much_there_is(visit: Visit) -> None:
    words = visit("/").words
    assert "Open data for every US city" in words
    assert "places 7" in words
    assert "datasets 5" in words


def test_a_search_lists_what_it_found(visit: Visit) -> None:
    page = visit("/?q=nc")
    assert "Places that match “nc”" in page.words
    assert 'href="/nc/raleigh/"' in page.text


def test_a_search_with_one_answer_leads_there(visit: Visit) -> None:
    page = visit("/?q=Durham%2C+NC")
    assert (page.status, page.headers["location"]) == (303, "/nc/durham/")


def test_a_search_without_answer_names_the_nearest(visit: Visit) -> None:
    page = visit("/?q=Durhm+NC")
    assert "No place matches “Durhm NC”" in page.words
    assert 'href="/nc/durham/"' in page.text


def test_suggestions_are_small_json(visit: Visit) -> None:
    page = visit("/suggest?q=dur")
    assert page.text == '{"places":[{"title":"Durham, NC","slug":"nc/durham","note":"city"}]}'


def test_the_catalog_counts_the_records_of_the_place(visit: Visit) -> None:
    words = visit("/nc/durham/catalog/").words
    assert "5 datasets with records of Durham, NC" in words
    assert re.search(r"Population by year Counts and estimates\..*?Records 4 ", words)
    assert "Air quality of the county" not in visit("/nc/greensboro/catalog/").words


def test_the_catalog_filters_by_theme_and_words(visit: Visit) -> None:
    assert "1 of 5 datasets shown." in visit("/catalog/?theme=air").words
    assert "1 of 5 datasets shown." in visit("/catalog/?q=incomes").words
    assert "0 of 5 datasets shown." in visit("/catalog/?q=zebra").words


def test_the_catalog_is_sorted_as_asked(visit: Visit) -> None:
    titles = {
        order: re.findall(
            r'dataset-list__title"><a [^>]*>([^<]+)', visit(f"/catalog/?sort={order}").text
        )
        for order in ("title", "records", "newest")
    }
    assert titles["title"] == sorted(titles["title"])
    assert titles["records"][0] == "Population by year"
    assert sorted(titles["newest"]) == titles["title"]


@pytest.mark.parametrize("query", ["sort=best", "theme=magic"])
def test_the_catalog_refuses_what_it_does_not_know(visit: Visit, query: str) -> None:
    page = visit(f"/catalog/?{query}")
    assert page.status == 400
    assert "expected one of" in page.words


def test_a_dataset_tells_where_its_figures_come_from(visit: Visit) -> None:
    words = visit("/nc/durham/datasets/population/").words
    for told in (
        "Figures of two vintages must not be subtracted from each other.",
        "https://www2.census.gov/estimates.csv",
        "SHA-256 0da73a61",
        "Retrieved November 22, 2026",
        "The bytes are not kept here; the address and the checksum stand for them.",
        "12 dissolved",
        "Goodnight, Missouri",
        "4 of Durham",
    ):
        assert told in words


def test_the_table_filters_sorts_and_pages_by_its_address(visit: Visit) -> None:
    page = visit("/datasets/places/?tab=table&refine.kind=city&order_by=-population&q=dur")
    assert "1 record." in page.words
    assert "296,186" in page.words
    assert 'aria-sort="descending"' in page.text
    assert "order_by=population" in page.text  # a second click turns the order round


def test_years_have_no_separator(visit: Visit) -> None:
    words = visit("/nc/durham/datasets/population/?tab=table").words
    assert "2,023" not in words
    assert "2023" in words


def test_a_filter_that_means_nothing_is_explained_on_the_page(visit: Visit) -> None:
    page = visit("/datasets/places/?tab=table&where=population+%3E%3E+1")
    assert page.status == 200
    assert "This filter cannot be used" in page.words


def test_the_api_panel_gives_the_table_as_a_request(visit: Visit) -> None:
    page = visit("/datasets/places/?tab=api&refine.state=NC&where=population+%3E+295000&q=durham")
    address = re.search(r'<a href="([^"]+)">Open the records', page.text)
    assert address is not None
    answer = visit(unescape(address[1]))
    assert (answer.status, '"total_count":1' in answer.text) == (200, True)


def test_exports_carry_the_filters(visit: Visit) -> None:
    page = visit("/datasets/places/?tab=export&where=population+%3E+295000")
    assert "Download 2 records" in page.words
    address = re.search(r'href="([^"]+/exports/csv[^"]*)"', page.text)
    assert address is not None
    assert len(visit(unescape(address[1])).text.splitlines()) == 3


def test_an_endpoint_can_be_tried_without_script(visit: Visit) -> None:
    assert 'action="/nc/durham/developers/try"' in visit("/nc/durham/developers/").text
    page = visit("/nc/durham/developers/try?endpoint=getRecords&dataset_id=places&limit=1&where=")
    assert page.status == 303
    assert page.headers["location"] == (
        "/nc/durham/api/explore/v2.1/catalog/datasets/places/records?limit=1"
    )


def test_a_trial_without_its_path_says_what_is_missing(visit: Visit) -> None:
    page = visit("/developers/try?endpoint=getRecords")
    assert page.status == 400
    assert "dataset_id is empty" in page.words


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("/nope", 404, "There is no page /nope."),
        ("/nc/durhm/", 404, "No place has the address /nc/durhm/."),
        ("/datasets/zebra/", 404, "The requested dataset zebra does not exist."),
        ("/datasets/places/?tab=zebra", 404, "The page has no part 'zebra'"),
        ("/charts/population.svg", 404, "There is no chart"),
        ("/nc/durham/charts/places.svg", 404, "The dataset places has no chart"),
        ("/nc/nowhere/locator.svg", 404, "There is no map at this address"),
        ("/assets/b1/../manifest.json", 404, "There is no file"),
        ("/assets/b0/styles.css", 404, "There is no file"),
    ],
)
def test_what_does_not_exist_is_said_in_words(
    visit: Visit, target: str, status: int, said: str
) -> None:
    page = visit(target)
    assert (page.status, page.headers["cache-control"]) == (status, "no-store")
    assert said in page.words


def test_an_unknown_place_is_answered_with_the_nearest_names(visit: Visit) -> None:
    assert 'href="/nc/durham/"' in visit("/nc/durhm/").text


def test_an_unknown_place_of_the_api_is_json(visit: Visit) -> None:
    page = visit("/nc/durhm/api/explore/v2.1/catalog/datasets")
    assert page.status == 404
    assert '"error_code":"NotFoundResource"' in page.text
    assert page.headers["access-control-allow-origin"] == "*"


def test_what_breaks_is_answered_briefly(
    lake: Lake, assets: Assets, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visitor(build(lake, assets=assets))
    monkeypatch.setattr("lambdas.portal.front.count", lambda _: 1 / 0)
    page = visit("/")
    assert page.status == 500
    assert "Something went wrong on our side" in page.words
    assert "division" not in page.words
    assert "a page failed: /" in caplog.text


@pytest.mark.parametrize("path", ["/nc/durham", "/catalog", "/nc/durham/datasets/places", "/about"])
def test_a_page_without_its_slash_is_moved(visit: Visit, path: str) -> None:
    page = visit(f"{path}?q=a+b" if path.endswith("g") else path)
    expected = f"{path}/?q=a+b" if path.endswith("g") else f"{path}/"
    assert (page.status, page.headers["location"]) == (308, expected)


def test_pages_are_held_by_their_tag(visit: Visit) -> None:
    first = visit("/nc/durham/")
    again = visit("/nc/durham/", "GET", {"if-none-match": first.headers["etag"]})
    assert first.headers["cache-control"].startswith("public, max-age=0, s-maxage=60")
    assert (again.status, again.body) == (304, b"")
    assert visit("/nc/raleigh/").headers["etag"] != first.headers["etag"]


def test_assets_are_held_for_good(visit: Visit) -> None:
    page = visit("/assets/b1/styles.css")
    assert page.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert page.headers["content-type"] == "text/css; charset=utf-8"


def test_a_page_may_load_nothing_from_elsewhere(visit: Visit) -> None:
    page = visit("/nc/durham/")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r'(?:src|srcset|action)="(?:https?:)?//', page.text)
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="', page.text)
    # A block of data is not run, so that the policy has no say in it; any other script has a file.
    assert not re.search(r'<script(?![^>]*src=| type="application/ld\+json")', page.text)


@pytest.mark.parametrize(
    "target",
    [
        "/nc/hostile/",
        "/nc/durham/datasets/population/",
        f"/?q={HOSTILE}",
        f"/catalog/?q={HOSTILE}",
        f"/datasets/places/?tab=table&where={HOSTILE}&refine.kind={HOSTILE}",
        f"/datasets/places/?tab=api&q={HOSTILE}&order_by={HOSTILE}&page={HOSTILE}",
        f"/{HOSTILE}",
        f"/nc/{HOSTILE}/",
    ],
)
def test_a_hostile_text_stays_a_text(visit: Visit, target: str) -> None:
    path, mark, query = target.partition("?")
    page = visit(f"{path}{mark}{query.replace(' & ', ' %26 ').replace(' ', '+')}")
    assert page.status < 500
    assert "<script>alert" not in page.text


def test_a_hostile_name_is_drawn_as_text(visit: Visit) -> None:
    picture = visit("/nc/hostile/locator.svg")
    assert "<script" not in picture.text
    assert "default-src 'none'" in picture.headers["content-security-policy"]


def test_head_is_answered_without_a_body(visit: Visit) -> None:
    page = visit("/nc/durham/", "HEAD")
    assert (page.status, page.body) == (200, b"")


def test_robots_and_sign_have_their_addresses(visit: Visit) -> None:
    assert visit("/robots.txt").text.startswith("User-agent: *")
    assert visit("/favicon.ico").headers["location"] == "/assets/b1/favicon.svg"


def test_a_host_is_pinned_by_geoid_or_slug(lake: Lake, assets: Assets) -> None:
    for named in ("3719000", "nc/durham"):
        assert "Durham is a city" in visitor(build(lake, pinned=named, assets=assets))("/").words


def test_pinning_an_unknown_place_names_the_nearest(lake: Lake, assets: Assets) -> None:
    with pytest.raises(PlaceNotFound, match=r"'durhm nc'.*Durham, NC \(3719000\)"):
        build(lake, pinned="durhm nc", assets=assets)


def test_an_empty_lake_still_answers(tmp_path: Path, assets: Assets) -> None:
    visit = visitor(build(Lake(FolderStore(tmp_path / "empty")), assets=assets))
    assert "places 0" in visit("/").words
    assert visit("/catalog/").status == 200
    assert visit("/nc/durham/").status == 404
