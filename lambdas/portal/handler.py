"""The entry of the one function that reads: the API and the pages, for one place or for all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from citylake.errors import PageNotFound, PlaceNotFound, PortalError
from citylake.lake.read import Lake
from citylake.pages.assets import Assets
from citylake.pages.languages import hear, speaking
from citylake.pages.resolver import Resolver
from citylake.places import Place, Places
from citylake.settings import AthenaSettings, QueryLimits, Site
from lambdas.portal.machine import Machine, machine_routes
from lambdas.portal.pages import Pages, page_routes
from lambdas.portal.responses import moved
from lambdas.query.dcat.model import Describer
from lambdas.query.delivery import Answer, Deliver, join
from lambdas.query.doorman import Doorman
from lambdas.query.engines.planner import open_engine
from lambdas.query.handler import CORS, api_routes, refusal
from lambdas.query.origin import read_origin
from lambdas.query.pairs import without_credentials
from lambdas.query.places import LakePlaces
from lambdas.query.quota import CallCounter
from lambdas.query.scope import NATION, resolve, scope_of_request, scoped
from lambdas.query.search import Explorer

_ATHENA = AthenaSettings()
_LIMITS = QueryLimits()
_SITE = Site()

Worded = dict[str, Any]
"""An answer as Lambda expects it."""

Handler = Callable[[dict[str, Any], Any], Worded]
"""Takes an event of the HTTP API, payload 2.0, and a context; gives what Lambda expects."""


def build(
    lake: Lake,
    *,
    pinned: str | None = None,
    deliver: Deliver = join,
    limits: QueryLimits = _LIMITS,
    athena: AthenaSettings = _ATHENA,
    site: Site = _SITE,
    assets: Assets | None = None,
    counter: CallCounter | None = None,
) -> Handler:
    """Make the handler of a deployment, once, at cold start.

    Args:
        lake: what is read.
        pinned: GEOID or slug of the one place of this deployment; ``None`` for the showcase.
        deliver: how an export reaches the client.
        limits: what one query may cost.
        athena: where large queries go.
        site: who answers for the deployment.
        assets: styles and scripts; the ones that were built with the project unless given.
        counter: counts the calls of keys; each by itself, in the lake, unless given.

    Raises:
        PlaceNotFound: no place has the GEOID or slug ``pinned``.
        AssetsMissing: the styles were never built.
    """
    engine = open_engine(lake.roots, limits, athena)
    places = LakePlaces(lake, engine)
    explorer = Explorer(lake, engine, limits=limits)
    place = _pinned(places, pinned) if pinned is not None else None
    describer = Describer(explorer, site)
    machine = Machine(explorer, describer, is_pinned=place is not None)
    pages = Pages(explorer, places, describer, assets or Assets(), is_pinned=place is not None)

    def version() -> str:
        return f"{explorer.shelf(scope_of_request()).version} {site}"

    app = Resolver()
    app.include_router(api_routes(explorer, deliver, Doorman.of(lake, counter), site))
    app.include_router(machine_routes(machine, version))
    app.include_router(page_routes(pages, version))  # the last: it has an answer to every path

    def refuse(path: str, error: PortalError) -> Answer:
        """Answer a path whose place cannot be told: the API's way, or with a page."""
        if "/api/" in path:
            answer = refusal(error)
            answer.headers.update(CORS)
            return answer
        if isinstance(error, PlaceNotFound):
            return pages.no_place(path)
        return pages.refusal(error, NATION)

    def answer(event: dict[str, Any], context: LambdaContext, prefix: str, path: str) -> Worded:
        """Answer a request whose language is told.

        Args:
            event: the request.
            context: what the runtime says of it.
            prefix: what its address says of the language; empty for nothing.
            path: its path without that.
        """
        try:
            scope, rest = resolve(path, places, place)
            scope = replace(scope, origin=read_origin(event, site))
            if prefix and rest.startswith("/api/"):
                raise PageNotFound(f"The API has no languages in its address; it is {path[:200]}.")
        except PortalError as error:
            return _worded(refuse(path, error))
        if rest == "/" and not event["rawPath"].endswith("/"):
            return _worded(moved(f"{prefix}{scope.prefix}/"))
        with scoped(scope):
            return app.resolve(_at(event, rest), context)

    def handle(event: dict[str, Any], context: LambdaContext) -> Worded:
        headers = event["headers"]
        speech, path = hear(
            event["rawPath"],
            query=without_credentials(event.get("rawQueryString") or ""),
            accepted=headers.get("accept-language", ""),
        )
        with speaking(speech):
            return answer(event, context, speech.prefix, path)

    return handle


def _at(event: dict[str, Any], path: str) -> dict[str, Any]:
    """The same event as if it had asked for another path."""
    context = event["requestContext"]
    http = {**context["http"], "path": path}
    return {**event, "rawPath": path, "requestContext": {**context, "http": http}}


def _worded(answer: Answer) -> Worded:
    """Word an answer with a text body."""
    return {
        "statusCode": answer.status_code,
        "headers": dict(answer.headers),
        "body": answer.body or "",
        "isBase64Encoded": False,
    }


def _pinned(places: Places, named: str) -> Place:
    found = places.by_geoid(named) or places.by_slug(named)
    if found is None:
        near = places.search(named, 3) or places.nearest_names(named)
        names = ", ".join(f"{place.title} ({place.geoid})" for place in near)
        raise PlaceNotFound(
            f"no place has the GEOID or address {named[:80]!r}"
            + (f"; the nearest names: {names}" if names else "")
        )
    return found
