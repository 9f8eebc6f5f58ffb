"""Every type of page in a real browser: axe finds nothing, nothing leaves screen or host."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SETTLES_MS = 1_500
"""How long a map takes to draw its points without a graphics card."""

DURHAM = "/nc/durham"
CITIES = "nc/durham,co/boulder,mn/duluth,ca/berkeley,nc/bald-head-island"
PAGES = {
    "front": "/",
    "found": "/?q=durham",
    "not-found": "/?q=durhmm",
    "city": f"{DURHAM}/",
    "city-with-gaps": "/ia/west-des-moines/",
    "village": "/nc/bald-head-island/",
    "designated-place": "/co/highlands-ranch/",
    "catalog": f"{DURHAM}/catalog/",
    "dataset-information": f"{DURHAM}/datasets/population/",
    "dataset-table": "/datasets/places/?tab=table&order_by=-population",
    "dataset-table-refused": "/datasets/places/?tab=table&where=x+%3E%3E",
    "dataset-map": "/datasets/places/?tab=map&refine.state=NC",
    "dataset-map-of-a-city": f"{DURHAM}/datasets/schools/?tab=map",
    "dataset-map-of-shapes": "/datasets/boundaries/?tab=map",
    "dataset-chart": "/datasets/population/?tab=chart",
    "dataset-chart-chosen": "/datasets/places/?tab=chart&field=kind",
    "dataset-releases": f"{DURHAM}/datasets/population/?tab=releases",
    "dataset-export": f"{DURHAM}/datasets/offenses/?tab=export",
    "dataset-api": f"{DURHAM}/datasets/population/?tab=api",
    "compare": f"/compare/?places={CITIES}",
    "compare-two": "/compare/?places=nc/durham,ma/cambridge",
    "compare-nothing": "/compare/",
    "compare-asked-back": "/compare/?places=nc/durham&add=springfield",
    "compare-refused": f"/compare/?places={CITIES},ut/orem,nc/durhm",
    "front-in-spanish": "/es/",
    "compare-in-spanish": "/es/compare/?places=nc/durham,co/boulder",
    "city-in-spanish": f"/es{DURHAM}/",
    "dataset-in-spanish": f"/es{DURHAM}/datasets/population/",
    "table-in-spanish": "/es/datasets/places/?tab=table",
    "error-in-spanish": "/es/nc/durhm/",
    "developers": f"{DURHAM}/developers/",
    "about": "/about/",
    "error": "/nc/durhm/",
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: "Page", address: str, pictures: Path, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="--group browser")
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    page.goto(f"{address}{PAGES[name]}", wait_until="networkidle")
    # What is folded is looked at as well.
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
    found = axe.Axe().run(page).response["violations"]
    assert [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in outside if not url.startswith((address, "data:", "blob:"))] == []


def test_the_map_comes_alive_and_is_reached_by_keyboard(page: "Page", address: str) -> None:
    page.goto(f"{address}{DURHAM}/")
    page.wait_for_selector(".map--live canvas")
    assert page.get_by_role("button", name="Zoom in").is_visible()
    assert page.get_by_text("Boundaries: U.S. Census Bureau").last.is_visible()


def test_the_layers_of_a_map_are_switched_by_keyboard(page: "Page", address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}{DURHAM}/")
    page.wait_for_selector(".map--live canvas")
    schools = page.get_by_role("checkbox", name="Public schools")
    assert schools.is_checked()
    assert any("/datasets/schools/map.json" in url for url in asked)
    schools.focus()
    page.keyboard.press("Space")
    assert not schools.is_checked()


def test_a_point_of_a_map_tells_what_it_is(page: "Page", address: str) -> None:
    page.goto(f"{address}{DURHAM}/datasets/schools/?tab=map&where=name+%3D+%22Hillside+High%22")
    page.wait_for_selector(".map--live canvas")
    page.wait_for_timeout(SETTLES_MS)
    page.locator(".map canvas").click()
    told = page.locator(".map__told")
    told.wait_for()
    assert "Hillside High" in told.inner_text()
    assert told.get_by_role("link", name="See the table").is_visible()


def test_a_name_is_suggested_while_it_is_typed(page: "Page", address: str) -> None:
    page.goto(f"{address}/")
    page.get_by_label("Find your city or town").press_sequentially("durham")
    page.wait_for_selector("datalist option[value='Durham, NC']", state="attached")
    page.get_by_label("Find your city or town").fill("Durham, NC")
    page.wait_for_url(f"{address}{DURHAM}/")


def test_the_switch_leads_to_the_same_page_in_the_other_language(
    page: "Page", address: str
) -> None:
    page.goto(f"{address}{DURHAM}/datasets/places/?tab=table")
    page.get_by_role("link", name="Español").click()
    page.wait_for_url(f"{address}/es{DURHAM}/datasets/places/?tab=table")
    assert page.get_by_role("link", name="Tabla", exact=True).is_visible()
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{address}/en{DURHAM}/datasets/places/?tab=table")
    assert page.get_by_role("link", name="Table", exact=True).is_visible()


def test_there_is_room_to_type_a_name(page: "Page", address: str) -> None:
    page.goto(f"{address}/")
    box = page.get_by_label("Find your city or town").bounding_box()
    assert box is not None
    assert box["width"] > 200


def test_the_first_tab_stop_skips_to_the_content(page: "Page", address: str) -> None:
    page.goto(f"{address}{DURHAM}/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_without_script_everything_is_there(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/")
    page.get_by_label("Find your city or town").fill("Durham, NC")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url(f"{address}{DURHAM}/")
    assert page.get_by_alt_text(re.compile("Map of North Carolina")).is_visible()
    page.get_by_text("Show the figures as a table").first.click()
    assert page.get_by_role("table", name="Inhabitants by year").is_visible()
    page.get_by_role("link", name="Population by year: data, notes, and sources").click()
    page.get_by_role("link", name="Table", exact=True).click()
    page.get_by_label("Series").select_option(index=1)
    page.get_by_role("button", name="Filter").click()
    assert "refine.series=" in page.url
    context.close()


def test_reduced_motion_is_respected(browser: "Browser", address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    context.close()


def test_cities_are_compared_without_script(browser: "Browser", address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{DURHAM}/")
    page.get_by_role("link", name="Choose other cities").click()
    page.get_by_label("Add a city or town").fill("Boulder, CO")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(f"{address}/compare/?places=nc/durham,co/boulder")
    assert page.get_by_role("table", name="People", exact=True).is_visible()
    page.get_by_role("link", name="Put Boulder, CO first").click()
    page.get_by_role("link", name="Remove Durham, NC").click()
    page.wait_for_url(f"{address}/compare/?places=co/boulder")
    context.close()


def test_a_suggested_city_can_be_added_by_enter(page: "Page", address: str) -> None:
    page.goto(f"{address}/compare/?places=nc/durham")
    field = page.get_by_label("Add a city or town")
    field.press_sequentially("boulder")
    page.wait_for_selector("datalist option[value='Boulder, CO']", state="attached")
    field.fill("Boulder, CO")
    field.press("Enter")
    page.wait_for_url(f"{address}/compare/?places=nc/durham,co/boulder")
