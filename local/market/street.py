"""AWS Marketplace as a buyer sees it, on one machine, before the real pages: a window and a clock.

Below ``/aws-marketplace/`` stand the offers, what was bought, and buttons that let time pass. All
else are the marketplace's own pages, which know nothing of it.
"""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import duckdb

from citylake.places import Place
from citylake.register import Register
from local.market.pages import local_desk
from local.market.stage import BUNDLED, Stage
from local.market.world import Agreement
from marketplace.alarms import Alarm
from marketplace.clock import UNBILLED, tick
from marketplace.events import receive
from marketplace.memory import MemoryBooks
from marketplace.office import MemoryOffice
from marketplace.prices import shipped_prices
from marketplace.provision import Request
from marketplace.survey import survey
from marketplace.web.handler import build

WINDOW = "/aws-marketplace/"

Answer = dict[str, Any]

_PASSES = {"10": "ten minutes", "60": "an hour", "600": "ten hours"}  # a session lasts twelve
_TICK = timedelta(minutes=10)
_COLUMNS = (
    "geoid, name, kind, state, state_name, slug, has_government, population, population_source, "
    "population_year, location__lon, location__lat, land_km2, county_name"
)


class BundledRegister(Register):
    """The bundled register of places, as the pages ask it."""

    def __init__(self, path: Path = BUNDLED) -> None:
        rows = duckdb.execute(f"select {_COLUMNS} from read_parquet(?)", [str(path)]).fetchall()  # noqa: S608
        super().__init__("bundled", rows)

    def search(self, text: str, limit: int = 20) -> list[Place]:
        """Find places by name, by name and state, by GEOID or by slug."""
        return super().search(text, limit)

    def peers(self, place: Place, count: int = 20) -> list[Place]:
        """Find the places with a government whose population is closest, nearest first."""
        return super().peers(place, count)

    def nearest_names(self, text: str, limit: int = 3) -> list[Place]:
        """Find the places whose names are most like a text that named none."""
        return list(self.nearest(text, limit))


class Street:
    """The window, the pages and the clock behind one address.

    Requests are answered one after the other: they share one clock.

    Args:
        show: prints a line for the person at the machine.
        books: where all is kept.
        keep: called after each change.
    """

    def __init__(
        self, show: Callable[[str], None], books: MemoryBooks, keep: Callable[[], None]
    ) -> None:
        self._show = show
        self._keep = keep
        self._lock = threading.Lock()
        places = BundledRegister()
        office = MemoryOffice()

        def ring(alarm: Alarm) -> None:
            show(f"alarm {alarm.trouble}: {alarm.words}")
            office.note_alarm(alarm, self._stage.clock.now())

        def asked(request: Request) -> None:
            show(f"the fleet hears {request.wanted} for {request.geoid}")

        self._office = office
        self._stage = Stage(datetime.now(UTC), books, ring=ring, asked=asked, places=places)
        self._seen = time.monotonic()
        self._accounts = 0
        self._pages = build(
            local_desk(self._stage.market, places, self._stage.service, show, office=office)
        )

    def __call__(self, event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ANN401  # Lambda's
        """Answer a request, after the time that passed since the last one."""
        with self._lock:
            now = time.monotonic()
            self._pass(timedelta(seconds=now - self._seen))
            self._seen = now
            path, method = event["rawPath"], event["requestContext"]["http"]["method"]
            if not path.startswith(WINDOW):
                answer = self._pages(event, context)
            elif method == "POST":
                answer = self._act(path.removeprefix(WINDOW), _form(event))
            else:
                answer = self._window()
            if method == "POST":
                self._keep()
            return answer

    def _act(self, what: str, form: Mapping[str, str]) -> Answer:
        world = self._stage.world
        agreement = world.agreements.get(form.get("agreement", ""))
        if what == "subscribe":
            self._accounts += 1
            account = f"{self._accounts:012d}"
            if form.get("product") == "yearly":
                tier = form.get("tier", "pop_t01")
                world.subscribe(
                    account, world.products[1], dimensions=(tier,), length=timedelta(days=365)
                )
            else:
                world.subscribe(account)
        elif what == "cancel" and agreement is not None:
            world.cancel(agreement)
        elif what == "pass" and form.get("minutes") in _PASSES:
            self._pass(timedelta(minutes=int(form["minutes"])))
        elif what == "account" and agreement is not None:
            return _html(_REGISTER.format(token=escape(world.token(agreement))))
        return {"statusCode": 303, "headers": {"location": WINDOW}, "body": ""}

    def _pass(self, span: timedelta) -> None:
        """Let time pass: events arrive, and the clock's function runs every ten minutes."""
        clock, market = self._stage.clock, self._stage.market
        until = clock.now() + span
        while True:
            clock.advance(min(_TICK, until - clock.now()))
            for body in self._stage.world.events():
                receive(market, body)
            if span >= _TICK:
                tick(market)
            if clock.now() >= until:
                break
        if span >= _TICK:
            self._office.keep_survey(survey(market, shipped_prices(), unbilled_after=UNBILLED))

    def _window(self) -> Answer:
        bought = "".join(_row(each) for each in self._stage.world.agreements.values())
        passing = "".join(
            f'<button name="minutes" value="{minutes}">{words}</button> '
            for minutes, words in _PASSES.items()
        )
        now = f"{self._stage.clock.now():%d %B %Y, %H:%M} UTC"
        return _html(_WINDOW.format(now=now, passing=passing, bought=bought))


def _row(agreement: Agreement) -> str:
    hidden = f'<input type="hidden" name="agreement" value="{escape(agreement.id)}">'
    acts = ""
    if agreement.status == "ACTIVE":
        acts = (
            f'<form method="post" action="{WINDOW}account">{hidden}'
            "<button>Set up your account</button></form>"
            f'<form method="post" action="{WINDOW}cancel">{hidden}<button>Cancel</button></form>'
        )
    cells = (agreement.id, agreement.account, agreement.product.kind, agreement.status)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{acts}</td></tr>"


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    body = event.get("body") or ""
    text = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
    return {name: values[0] for name, values in parse_qs(text).items()}


def _html(body: str) -> Answer:
    headers = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": 200, "headers": headers, "body": _FRAME.format(body=body)}


_FRAME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AWS Marketplace, played</title>
<style>body {{ font: 1rem/1.5 system-ui; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
form {{ display: inline }} td, th {{ padding: .3rem 1rem .3rem 0; text-align: left }}</style>
<main>{body}</main>
</html>
"""

_WINDOW = f"""<h1>AWS Marketplace, played on this machine</h1>
<p>It is {{now}}. Let pass: <form method="post" action="{WINDOW}pass">{{passing}}</form></p>
<h2>Citylake: open data portal for cities</h2>
<form method="post" action="{WINDOW}subscribe"><button name="product" value="hourly">Subscribe by
the hour</button> <button name="product" value="yearly">Subscribe by the year</button>
<label>for the tier <input name="tier" value="pop_t01" size="8"></label></form>
<h2>Your subscriptions</h2>
<table><tr><th>agreement</th><th>account</th><th>product</th><th>status</th><th></th></tr>
{{bought}}</table>
<p>Pressing «Set up your account» leads to the real pages; mail and codes are printed where the
server runs. <a href="/">The pages</a> · <a href="/ops/">Ops</a></p>
"""

_REGISTER = """<h1>Set up your account</h1>
<p>AWS Marketplace sends you on, with a token in a form.</p>
<form method="post" action="/"><input type="hidden" name="x-amzn-marketplace-token" value="{token}">
<button>Go on to Citylake</button></form>
"""
