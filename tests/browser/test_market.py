"""The marketplace's pages in a real browser: axe finds nothing, and they work without script."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import uvicorn

from citylake.pages.assets import Assets
from citylake.places import Place
from citylake.register import Register
from lambdas.harvest.bundle import open_file, read_manifest
from local.bridge import Bridge, Streams
from local.server import bind
from marketplace.alarms import Alarm, Trouble
from marketplace.clock import UNBILLED
from marketplace.survey import survey
from marketplace.web.responses import COOKIE
from tests.marketplace.rig import BOULDER, DURHAM, ITHACA
from tests.marketplace.web.pages import Browser as Walker
from tests.marketplace.web.pages import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_COLUMNS = (
    "geoid, name, kind, state, state_name, slug, has_government, population, population_source, "
    "population_year, location__lon, location__lat, land_km2, county_name"
)


class BundledPlaces(Register):
    """The bundled register, as the pages ask it."""

    def __init__(self) -> None:
        entry = next(entry for entry in read_manifest().datasets if entry.id == "places")
        with open_file(entry) as path:
            rows = duckdb.sql(f"SELECT {_COLUMNS} FROM '{path}'").fetchall()
        super().__init__("bundled", rows)

    def search(self, text: str, limit: int = 20) -> list[Place]:
        return super().search(text, limit)

    def nearest_names(self, text: str, limit: int = 3) -> list[Place]:
        return self.nearest(text, limit)

    def peers(self, place: Place, count: int = 20) -> list[Place]:
        return super().peers(place, count)


@dataclass
class Stand:
    """A shop that listens, with people at every step."""

    shop: Shop
    address: str
    who: dict[str, Walker]
    licences: dict[str, str]


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    register = BundledPlaces()
    shop = Shop(Assets(), places=register)
    places = {place.geoid: place for place in (DURHAM, BOULDER, ITHACA)}
    shop.rig.market.places.places.update(  # type: ignore[attr-defined]  # the rig's own register
        {geoid: register.by_geoid(geoid) for geoid in places}
    )
    who: dict[str, Walker] = {}
    licences: dict[str, str] = {}

    def buyer(name: str, address: str, account: str, **terms: object) -> Walker:
        who[name], licences[name] = shop.buyer(address, account=account, **terms)
        return who[name]

    active = buyer("active", "clerk@ithacany.gov", "111111111111", trial=timedelta(days=3))
    base = f"/subscriptions/{licences['active']}/"
    active.get(f"{base}place/?geoid={ITHACA.geoid}")
    active.submit(f"{base}place/")
    shop.rig.run(24 * 33, step=timedelta(hours=1))
    active.sign_in(shop, "clerk@ithacany.gov")

    buyer("choosing", "it@example.com", "222222222222")
    waiting = buyer("waiting", "gis@example.org", "333333333333")
    base = f"/subscriptions/{licences['waiting']}/"
    waiting.get(f"{base}place/?geoid={DURHAM.geoid}")
    waiting.submit(f"{base}place/")
    waiting.submit(f"{base}proof/person/", words="Director of <b>GIS</b>, see durhamnc.gov/staff")

    shop.rig.fleet.is_down = True
    building = buyer("building", "clerk@cityofboulderco.gov", "444444444444")
    base = f"/subscriptions/{licences['building']}/"
    building.get(f"{base}place/?geoid={BOULDER.geoid}")
    building.submit(f"{base}place/")

    arrived = who["arrived"] = shop.browser()
    arrived.arrive(shop.rig.world.token(shop.rig.world.subscribe("555555555555")))
    coded = who["coded"] = shop.browser()
    coded.get("/sign-in/")
    coded.submit("/sign-in/", email="someone@example.gov")
    who["ops"] = shop.ops()
    who["nobody"] = shop.browser()
    shop.office.note_alarm(
        Alarm(Trouble.CONFLICT, licences["active"], "the hour was metered by someone else"),
        shop.rig.clock.now(),
    )
    shop.office.keep_survey(survey(shop.rig.market, shop.desk.prices, unbilled_after=UNBILLED))

    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(Bridge(shop.handler, Streams()), log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Stand(shop, f"http://127.0.0.1:{listener.getsockname()[1]}", who, licences)
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


PAGES = {
    "landing": ("nobody", "/"),
    "sign-in": ("nobody", "/sign-in/"),
    "sign-in-from-aws": ("arrived", "/sign-in/"),
    "code": ("coded", "/sign-in/code/"),
    "status-first": ("choosing", "/subscriptions/{choosing}/"),
    "place": ("choosing", "/subscriptions/{choosing}/place/"),
    "place-found": ("choosing", "/subscriptions/{choosing}/place/?q=ithaca"),
    "place-many": ("choosing", "/subscriptions/{choosing}/place/?q=spring"),
    "place-near": ("choosing", "/subscriptions/{choosing}/place/?q=durhmm"),
    "place-free": ("choosing", "/subscriptions/{choosing}/place/?geoid=2603000"),
    "place-taken": ("choosing", "/subscriptions/{choosing}/place/?geoid=3638077"),
    "place-designated": ("choosing", "/subscriptions/{choosing}/place/?geoid=0836410"),
    "place-large": ("choosing", "/subscriptions/{choosing}/place/?geoid=1714000"),
    "proof": ("waiting", "/subscriptions/{waiting}/proof/"),
    "status-asked": ("waiting", "/subscriptions/{waiting}/"),
    "status-building": ("building", "/subscriptions/{building}/"),
    "plan": ("active", "/subscriptions/{active}/"),
    "statement": ("active", "/subscriptions/{active}/statements/2026-11"),
    "subscriptions": ("active", "/subscriptions/"),
    "no-subscriptions": ("ops", "/nowhere/"),
    "not-yours": ("choosing", "/subscriptions/{active}/"),
    "ops-sign-in": ("nobody", "/ops/sign-in/"),
    "ops": ("ops", "/ops/"),
    "ops-licence": ("ops", "/ops/licences/{waiting}/"),
    "ops-licence-active": ("ops", "/ops/licences/{active}/"),
    "landing-in-spanish": ("nobody", "/es/"),
    "plan-in-spanish": ("active", "/es/subscriptions/{active}/"),
    "status-in-spanish": ("building", "/es/subscriptions/{building}/"),
}


def let_in(page: "Page", stand: Stand, name: str) -> None:
    """Give a page the cookie of one of the people."""
    secret = stand.who[name].secret
    if secret:
        page.context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": secret,
                    "domain": "127.0.0.1",
                    "path": "/",
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: "Page", stand: Stand, pictures: Path, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="--group browser")
    who, path = PAGES[name]
    let_in(page, stand, who)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    page.goto(stand.address + path.format(**stand.licences), wait_until="networkidle")
    for summary in page.query_selector_all("details > summary"):
        summary.click()
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=pictures / f"market-{name}-{width}.png", full_page=True)
    # The policy of the pages forbids any script; axe is put in by the browser, not by the page.
    found = axe.Axe().run(page).response["violations"]
    assert [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in outside if not url.startswith((stand.address, "data:"))] == []


def test_from_subscribe_to_a_city_that_is_built_without_script(
    browser: "Browser", stand: Stand
) -> None:
    shop = stand.shop
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    token = shop.rig.world.token(shop.rig.world.subscribe("666666666666"))
    shop.rig.clock.advance(timedelta(minutes=2))
    shop.rig.deliver()
    # As AWS Marketplace does it: a form of another site leads here.
    form = (
        f'<form method="post" action="{stand.address}/">'
        f'<input name="x-amzn-marketplace-token" value="{token}">'
        "<button>Set up your account</button></form>"
    )
    page.route(
        "https://aws.example/", lambda route: route.fulfill(content_type="text/html", body=form)
    )
    page.goto("https://aws.example/")
    page.get_by_role("button", name="Set up your account").click()
    page.wait_for_url(f"{stand.address}/sign-in/")
    assert page.get_by_text("6666-6666-6666").is_visible()
    assert token not in page.content()
    page.get_by_label("Your mail address at work").fill("mayor@cityofannarbormi.gov")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(shop.code())
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Choose your city").click()
    page.get_by_label("Name of the city or town").fill("ann arbor")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Ann Arbor, MI").first.click()
    shop.rig.market.places.places["2603000"] = shop.places.by_geoid("2603000")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Yes, Ann Arbor, MI").click()
    assert page.get_by_role("heading", name="Your portal is on its way").is_visible()
    assert page.get_by_text("This takes some minutes.").is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{stand.address}/")
    context.close()
