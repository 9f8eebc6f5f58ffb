"""The pages over the rig, visited as a browser would: cookies are kept, forms filled in."""

import base64
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from citylake.pages.assets import Assets
from citylake.places import Place
from citylake.register import Register
from marketplace.domains import Gazetteer
from marketplace.mail import Outbox
from marketplace.office import MemoryOffice, Office
from marketplace.prices import shipped_prices
from marketplace.web.desk import Contact, Desk
from marketplace.web.handler import Handler, build
from marketplace.web.identity import PrintedIdentity
from marketplace.web.responses import COOKIE
from tests.marketplace.rig import BOULDER, CHICAGO, DURHAM, ITHACA, PARADISE, Rig

COUNTIES = {
    DURHAM.geoid: "Durham County",
    BOULDER.geoid: "Boulder County",
    ITHACA.geoid: "Tompkins County",
    CHICAGO.geoid: "Cook County",
    PARADISE.geoid: "Clark County",
}
STATES = {
    "NC": "North Carolina",
    "CO": "Colorado",
    "NY": "New York",
    "IL": "Illinois",
    "NV": "Nevada",
    "NE": "Nebraska",
    "VA": "Virginia",
}
_MINUTES = timedelta(minutes=2)
PLACES = (DURHAM, BOULDER, ITHACA, CHICAGO, PARADISE)


def register_of(*places: Place, counties: Mapping[str, str] | None = None) -> Register:
    """A register of a few places."""
    rows = [
        (
            place.geoid,
            place.name,
            place.kind,
            place.state,
            STATES[place.state],
            place.slug,
            place.has_government,
            place.population,
            place.population_source,
            place.population_year,
            place.lon,
            place.lat,
            place.land_km2,
            (counties or COUNTIES).get(place.geoid, "Other County"),
        )
        for place in places
    ]
    return Register("r1", rows)


class Few:
    """A register as the pages ask it."""

    def __init__(self, *places: Place, counties: Mapping[str, str] | None = None) -> None:
        self._register = register_of(*places, counties=counties)
        self.by_geoid = self._register.by_geoid
        self.by_slug = self._register.by_slug
        self.named = self._register.named
        self.counties = self._register.counties
        self.state_name = self._register.state_name

    def search(self, text: str, limit: int = 20) -> list[Place]:
        return self._register.search(text, limit)

    def peers(self, place: Place, count: int = 20) -> list[Place]:
        return self._register.peers(place, count)

    def nearest_names(self, text: str, limit: int = 3) -> list[Place]:
        return self._register.nearest(text, limit)


@dataclass
class Shop:
    """All of it: the rig, the office, the outbox, the handler."""

    assets: Assets
    rig: Rig = field(default_factory=Rig)
    office: Office = field(default_factory=MemoryOffice)
    outbox: Outbox = field(default_factory=Outbox)
    shown: list[str] = field(default_factory=list)
    places: Gazetteer = field(default_factory=lambda: Few(*PLACES))

    def __post_init__(self) -> None:
        self.desk = Desk(
            market=self.rig.market,
            office=self.office,
            places=self.places,
            prices=shipped_prices(),
            resolver=self.rig.service,
            mailer=self.outbox,
            identity=PrintedIdentity(self.shown.append),
            contact=Contact(email="help@example.org", showcase="https://show.example.org"),
        )
        self.handler: Handler = build(self.desk, self.assets)

    def browser(self, network: str = "192.0.2.1") -> "Browser":
        return Browser(self.handler, network)

    def code(self) -> str:
        """The code of the last mail."""
        found = re.search(r"\d{4} \d{4}", self.outbox.sent[-1].text)
        assert found
        return found[0]

    def buyer(self, address: str = "clerk@example.com", **terms: Any) -> "tuple[Browser, str]":
        """A browser that came from AWS with a fresh subscription, and signed in; the licence."""
        agreement = self.rig.world.subscribe(terms.pop("account", "444455556666"), **terms)
        self.rig.clock.advance(_MINUTES)
        self.rig.deliver()
        browser = self.browser()
        browser.arrive(self.rig.world.token(agreement))
        browser.sign_in(self, address)
        return browser, agreement.licence.rsplit(":", 1)[1]

    def ops(self) -> "Browser":
        """A browser of someone of ops."""
        browser = self.browser("198.51.100.1")
        browser.get("/ops/sign-in/")
        browser.submit("/ops/sign-in/", name="ops@example.org", password="x")
        browser.submit("/ops/sign-in/code/", code=self.shown[-1].rsplit(" ", 1)[1])
        assert browser.page.path == "/ops/"
        return browser


@dataclass(frozen=True)
class Page:
    """An answer, and where it was found."""

    path: str
    status: int
    headers: dict[str, str]
    text: str

    @property
    def words(self) -> str:
        """What a person reads."""
        inline = re.sub(r"</?(?:span|strong|code)\b[^>]*>", "", self.text)
        visible = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", inline)
        return re.sub(r"\s+", " ", html.unescape(visible)).strip()

    @property
    def title(self) -> str:
        found = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", self.text)
        return html.unescape(found[1]).strip() if found else ""

    @property
    def forms(self) -> "list[Form]":
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"], given["method"], {}))
            self.is_open = True
        elif tag in ("input", "textarea") and self.is_open:
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False


class Browser:
    """Keeps cookies and follows redirects, as a browser does."""

    def __init__(self, handler: Handler, network: str = "192.0.2.1") -> None:
        self._handler = handler
        self.network = network
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.visited: list[str] = []
        self.page = Page("", 0, {}, "")

    @property
    def secret(self) -> str:
        return self.cookies.get(COOKIE, "")

    def get(self, target: str, **headers: str) -> Page:
        return self._ask(target, "GET", None, headers)

    def post(self, target: str, fields: Mapping[str, str] | str | bytes, **headers: str) -> Page:
        body = urlencode(fields) if isinstance(fields, Mapping) else fields
        return self._ask(target, "POST", body, headers)

    def submit(self, action: str, **values: str) -> Page:
        """Fill in the form of this page that leads to an address, and send it."""
        form = next(form for form in self.page.forms if form.action == action)
        if form.method == "get":
            return self.get(f"{action}?{urlencode({**form.fields, **values})}")
        return self.post(action, {**form.fields, **values})

    def arrive(self, token: str, **fields: str) -> Page:
        """Come from AWS Marketplace."""
        return self.post("/", {"x-amzn-marketplace-token": token, **fields})

    def sign_in(self, shop: Shop, address: str) -> Page:
        if self.page.path != "/sign-in/":
            self.get("/sign-in/")
        self.submit("/sign-in/", email=address)
        return self.submit("/sign-in/code/", code=shop.code())

    def _ask(
        self, target: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> Page:
        for _ in range(6):
            page = self._once(target, method, body, headers)
            if page.status != 303:
                return page
            target, method, body = page.headers["location"], "GET", None
        raise AssertionError(f"{target} leads in a circle")

    def _once(
        self, target: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> Page:
        path, _, query = target.partition("?")
        self.visited.append(target)
        raw = body.encode() if isinstance(body, str) else body
        named = {"host": "market.example.org"}
        if raw is not None:
            named["content-type"] = "application/x-www-form-urlencoded"
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._handler(
            {
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": path,
                "rawQueryString": query,
                "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
                "headers": named,
                "requestContext": {
                    "domainName": "market.example.org",
                    "http": {"method": method, "path": path, "sourceIp": self.network},
                    "stage": "$default",
                },
                "body": base64.b64encode(raw).decode() if raw else None,
                "isBase64Encoded": bool(raw),
            },
            None,
        )
        self.set_cookies = list(answer.get("cookies", ()))
        for cookie in self.set_cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.get("body") or ""
        if answer.get("isBase64Encoded"):
            text = base64.b64decode(text).decode()
        found = {name.lower(): str(value) for name, value in answer["headers"].items()}
        self.page = Page(path, answer["statusCode"], found, text)
        return self.page
