"""The routes of the marketplace's pages: requests in, pages out, nothing else."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from citylake.errors import (
    AccessRefused,
    BooksConflict,
    InputInvalid,
    LakeError,
    LimitReached,
    NotFound,
    OutcomeUnknown,
    PageNotFound,
    PlaceTaken,
    PortalError,
    Throttled,
)
from citylake.pages.assets import Assets
from citylake.pages.events import read_event
from citylake.pages.languages import hear, speaking
from citylake.pages.resolver import Resolver, Routes
from marketplace.web import responses
from marketplace.web.arrival import Arrival
from marketplace.web.city import City
from marketplace.web.desk import Desk
from marketplace.web.forms import BodyTooLarge, NotAForm, read_cookie, read_form, read_query
from marketplace.web.limits import POSTS
from marketplace.web.ops import Ops
from marketplace.web.responses import COOKIE, Answer
from marketplace.web.sessions import LIFE
from marketplace.web.setup import Setup
from marketplace.web.site import FormStale, OpsNeeded, SignInNeeded, Site, Visit

STATUS: Mapping[type[PortalError], int] = {
    BodyTooLarge: 413,
    NotAForm: 415,
    InputInvalid: 400,
    NotFound: 404,
    AccessRefused: 403,
    LimitReached: 429,
    PlaceTaken: 409,
    BooksConflict: 409,
    OutcomeUnknown: 503,
    Throttled: 503,
    LakeError: 503,
    PortalError: 500,
}
"""Status by class; any other class is worded as its nearest ancestor."""

FORM_TOKEN = "form_token"  # noqa: S105  # name of the field

Page = Callable[[Visit], Answer]
Worded = dict[str, Any]
Handler = Callable[[Mapping[str, Any], Any], Worded]

logger = logging.getLogger(__name__)


def build(desk: Desk, assets: Assets | None = None) -> Handler:
    """Make the handler, once, at cold start.

    Args:
        desk: what the pages work with.
        assets: styles and outlines; the ones that were built with the project unless given.

    Raises:
        AssetsMissing: the styles were never built.
    """
    site = Site(desk, assets or Assets())
    app = Resolver()
    app.include_router(_routes(_Envelope(site), site))

    def handle(event: Mapping[str, Any], context: Any) -> Worded:  # noqa: ANN401  # Lambda's, passed on
        request = read_event(event)
        speech, path = hear(
            request["rawPath"],
            query=request["rawQueryString"],
            accepted=request["headers"].get("accept-language", ""),
        )
        http = {**request["requestContext"]["http"], "path": path}
        request |= {
            "rawPath": path,
            "requestContext": {**request["requestContext"], "http": http},
        }
        with speaking(speech):
            answer: Worded = app.resolve(request, context)
        if http["method"] == "HEAD":
            answer["body"] = ""
        return answer

    return handle


class _Envelope:
    """Makes visits of events, and words what pages raise."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def answer(self, event: Mapping[str, Any], page: Page, names: Mapping[str, str]) -> Answer:
        """Answer a request by a page; one that brings a form brings its token as well."""
        return self._answer(event, page, names, needs_token=True)

    def arrive(self, event: Mapping[str, Any], page: Page) -> Answer:
        """Answer a form of AWS Marketplace's own, which knows no token of ours."""
        return self._answer(event, page, {}, needs_token=False)

    def _answer(
        self,
        event: Mapping[str, Any],
        page: Page,
        names: Mapping[str, str],
        *,
        needs_token: bool,
    ) -> Answer:
        http = event["requestContext"]["http"]
        visit = Visit(
            visitor=self._site.sessions.find(""),
            network=str(http.get("sourceIp", ""))[:64],
            names={name: unquote(value) for name, value in names.items()},
        )
        try:
            visit.visitor = self._site.sessions.find(read_cookie(event, COOKIE))
            visit.query = read_query(event)
            if http["method"] == "POST":
                self._site.limiter.check(POSTS, visit.network)
                visit.form = read_form(event)
                if needs_token:
                    _check_form(event, visit)
            answer = page(visit)
        except SignInNeeded:
            answer = self._site.see("/sign-in/")
        except OpsNeeded:
            answer = self._site.see("/ops/sign-in/")
        except PortalError as error:
            answer = self.refusal(visit, error)
        except Exception:  # whatever it is, a stranger gets words and we get the trace
            logger.exception("a page failed")
            answer = self.refusal(visit, PortalError())
        if visit.visitor.is_new:
            answer.cookies.append(_cookie(visit.visitor.secret))
        return answer

    def refusal(self, visit: Visit, error: PortalError) -> Answer:
        """Word what a page raised, without its own words: they may repeat what was sent."""
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.warning("a page could not be made: %s", type(error).__name__)
        is_stale = isinstance(error, FormStale)
        words = str(error) if visit.visitor.memory.ops else ""
        return self._site.page(
            visit, "error.html", status, code=status, is_stale=is_stale, words=words
        )

    def asset(self, path: str) -> Answer:
        """A file of the build."""
        found = self._site.assets.serve(path)
        return responses.file(found.body, found.content_type)


def _check_form(event: Mapping[str, Any], visit: Visit) -> None:
    """Take a form from our own pages alone.

    Raises:
        FormStale: it came from elsewhere, or from a session that is over.
    """
    came_from = event["headers"].get("sec-fetch-site", "same-origin")
    if came_from not in ("same-origin", "none") or not visit.visitor.sent_form(
        visit.said(FORM_TOKEN)
    ):
        raise FormStale("this form was not sent from a page of this session")


def _cookie(secret: str) -> Cookie:
    return Cookie(
        name=COOKIE,
        value=secret,
        path="/",
        secure=True,
        http_only=True,
        max_age=int(LIFE.total_seconds()),
        same_site=SameSite.LAX_MODE,
    )


def _routes(envelope: _Envelope, site: Site) -> Routes:
    arrival, setup, city, ops = Arrival(site), Setup(site), City(site), Ops(site)
    routes = Routes()
    licence = "/subscriptions/<licence>/"
    decided = "/ops/licences/<licence>/"
    pages: tuple[tuple[str, str, Page], ...] = (
        ("GET", "/", arrival.landing),
        ("GET", "/sign-in/", arrival.sign_in),
        ("POST", "/sign-in/", arrival.send_code),
        ("GET", "/sign-in/code/", arrival.ask_code),
        ("POST", "/sign-in/code/", arrival.take_code),
        ("POST", "/sign-out/", arrival.sign_out),
        ("GET", "/subscriptions/", city.subscriptions),
        ("GET", licence, city.subscription),
        ("GET", f"{licence}place/", setup.place),
        ("POST", f"{licence}place/", setup.claim),
        ("GET", f"{licence}proof/", setup.proof),
        ("POST", f"{licence}proof/", setup.send_code),
        ("GET", f"{licence}proof/code/", setup.ask_code),
        ("POST", f"{licence}proof/code/", setup.take_code),
        ("POST", f"{licence}proof/person/", setup.ask_person),
        ("GET", f"{licence}statements/<month>", city.statement),
        ("GET", "/places/<geoid>.svg", setup.map),
        ("GET", "/ops/", ops.board),
        ("GET", "/ops/sign-in/", ops.sign_in),
        ("POST", "/ops/sign-in/", ops.begin),
        ("POST", "/ops/sign-in/code/", ops.finish),
        ("GET", decided, ops.licence),
        ("POST", f"{decided}approve/", ops.approve),
        ("POST", f"{decided}refuse/", ops.refuse),
        ("POST", f"{decided}adjust/", ops.adjust),
    )
    for method, path, page in pages:
        _add(routes, envelope, method, path, page)

    @routes.post("/")
    def arrive() -> Answer:
        return envelope.arrive(routes.current_event.raw_event, arrival.arrive)

    @routes.route("/assets/(.+)", method=["GET", "HEAD"])
    def asset() -> Answer:
        try:
            return envelope.asset(routes.current_event.path.removeprefix("/assets/"))
        except PageNotFound:
            return nowhere()

    # A group makes a route dynamic for Powertools, which tries those after all others, in order.
    @routes.route("(.*)", method=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def nowhere() -> Answer:
        def missing(_: Visit) -> Answer:
            raise PageNotFound("there is no page at this address")

        event = dict(routes.current_event.raw_event)
        http = {**event["requestContext"]["http"], "method": "GET"}
        return envelope.answer(
            {**event, "requestContext": {**event["requestContext"], "http": http}}, missing, {}
        )

    return routes


def _add(routes: Routes, envelope: _Envelope, method: str, path: str, page: Page) -> None:
    def answer(**names: str) -> Answer:
        return envelope.answer(routes.current_event.raw_event, page, names)

    answer.__name__ = page.__name__
    routes.route(path, method=["GET", "HEAD"] if method == "GET" else [method])(answer)
