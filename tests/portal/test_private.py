"""No page, file, feed, sitemap or picture has a trace of what a city does not show to everyone."""

from pathlib import Path

import pytest

from citylake.keys import new_secret
from citylake.pages.assets import Assets
from lambdas.portal.handler import build
from tests.portal.conftest import Visit, visitor
from tests.portal.samples import publish_samples
from tests.portal.test_crawl import broken_links
from tests.query.key_samples import PRIVATE, SECRET, KeyBox, make_keys, publish_private

SCOPES = ("", "/nc/durham", "/nc/raleigh", "/es/nc/durham")
PATHS = (
    "/",
    "/catalog/",
    f"/catalog/?q={SECRET}",
    "/developers/",
    "/about/",
    "/compare/?places=3719000&places=3755000",
    "/data.json",
    "/dcat-us-3.json",
    "/changes.rss",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/robots.txt",
)
OF_A_DATASET = ("", "?tab=table", "map.svg", "map.json", "chart.svg", "chart.json")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> KeyBox:
    home = tmp_path_factory.mktemp("private") / "lake"
    publish_samples(home)
    return make_keys(publish_private(home), stranger="3728000")


@pytest.fixture(scope="module")
def read(box: KeyBox, assets: Assets) -> Visit:
    return visitor(build(box.lake, assets=assets))


@pytest.fixture(scope="module")
def read_durham(box: KeyBox, assets: Assets) -> Visit:
    return visitor(build(box.lake, pinned="3719000", assets=assets))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_private_is_on_no_page_even_for_the_holder_of_a_key(
    read: Visit, box: KeyBox, scope: str, path: str
) -> None:
    mark = "&" if "?" in path else "?"
    secret = box.secrets["all"]
    for page in (
        read(f"{scope}{path}"),
        read(f"{scope}{path}", headers={"authorization": f"Apikey {secret}"}),
        read(f"{scope}{path}{mark}apikey={secret}"),
    ):
        shown = page.text.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", "")
        assert SECRET not in shown
        assert secret not in f"{page.headers}{shown}"
        for dataset_id in PRIVATE:
            assert f"/{dataset_id}/" not in shown


@pytest.mark.parametrize("path", PATHS)
def test_nor_on_a_citys_own_host(read_durham: Visit, path: str) -> None:
    shown = read_durham(path).text.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", "")
    assert SECRET not in shown


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("dataset_id", PRIVATE)
def test_its_own_pages_are_those_of_a_dataset_that_never_was(
    read: Visit, scope: str, dataset_id: str
) -> None:
    for rest in OF_A_DATASET:
        page = read(f"{scope}/datasets/{dataset_id}/{rest}")
        assert page.status == 404, rest
        assert SECRET not in page.text


def test_no_link_leads_to_what_is_private(read_durham: Visit) -> None:
    assert broken_links(read_durham, "/") == []


def test_a_key_changes_nothing_of_what_a_page_is_kept_under(read: Visit) -> None:
    page, other = (read(f"/nc/durham/?apikey={new_secret()}") for _ in range(2))
    assert page.headers["etag"] == other.headers["etag"] == read("/nc/durham/").headers["etag"]
    assert page.headers["cache-control"].startswith("public")


def test_the_whole_function_answers_a_key(read: Visit, read_durham: Visit, box: KeyBox) -> None:
    target = "/api/explore/v2.1/catalog/datasets/wages/records?limit=1"
    keyed = {"authorization": f"Apikey {box.secrets['wages']}"}
    for page in (read(f"/nc/durham{target}", headers=keyed), read_durham(target, headers=keyed)):
        assert (page.status, page.headers["cache-control"]) == (200, "private, no-store")
        assert page.headers["x-ratelimit-limit"] == "10000"
    assert read(target, headers=keyed).status == 401


def test_calls_are_counted_beside_the_citys_data(box: KeyBox, assets: Assets) -> None:
    secret = box.make("counted", "3719000", everything=True, daily_calls=2)
    read = visitor(build(box.lake, assets=assets))
    read("/nc/durham/api/explore/v2.1/", headers={"authorization": f"Apikey {secret}"})
    at = Path(box.lake.store.root) / "counts" / "3719000" / f"{box.kept['counted'].id}.json"
    assert '"taken":1' in at.read_text()
