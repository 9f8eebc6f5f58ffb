"""The addresses that programs read: catalogs for other catalogs, sitemaps, the feed of changes."""

from collections.abc import Callable, Mapping

import orjson
from aws_lambda_powertools.event_handler import Response

from citylake.pages.resolver import Routes
from lambdas.portal import feed, responses, sitemap
from lambdas.portal.render import link
from lambdas.query.changes import Changes
from lambdas.query.dcat import us11, us30
from lambdas.query.dcat.model import Describer
from lambdas.query.delivery import JSON, Answer, conditional, tag_of
from lambdas.query.handler import worded
from lambdas.query.scope import Scope, scope_of_request
from lambdas.query.search import Explorer

RSS = "application/rss+xml; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

_FOUND_ELSEWHERE = 302
_READING = ["GET", "HEAD"]

_NOT_CRAWLED = ("/*?*where=", "/*?*refine", "/*?*version=", "/*?*places=", "/suggest")
"""What crawlers are asked to leave: filtered tables and comparisons, of which there is no end, and
older releases."""

Make = Callable[..., Answer]


class Machine:
    """Makes what programs read.

    Args:
        explorer: what answers questions.
        describer: what describes datasets for other catalogs.
        is_pinned: whether this deployment is one city's own.
    """

    def __init__(self, explorer: Explorer, describer: Describer, *, is_pinned: bool) -> None:
        self._explorer = explorer
        self._describer = describer
        self._changes = Changes(explorer)
        self._is_pinned = is_pinned

    def routes(self) -> Mapping[str, Make]:
        """What is answered, by path within a scope."""
        return {
            us11.PATH: self.dcat_us_11,
            us30.PATH: self.dcat_us_30,
            sitemap.PATH: self.sitemap,
            sitemap.PAGES_PATH: self.sitemap_of_pages,
            sitemap.places_path("<number>"): self.sitemap_of_places,
            feed.PATH: self.changes,
            "/robots.txt": self.robots,
            "/api/?": self.api,
        }

    def dcat_us_11(self, scope: Scope) -> Answer:
        """The scope's catalog as DCAT-US 1.1."""
        return _json(us11.word(self._describer.catalog(scope)))

    def dcat_us_30(self, scope: Scope) -> Answer:
        """The scope's catalog as DCAT-US 3.0."""
        return _json(us30.word(self._describer.catalog(scope)))

    def sitemap(self, scope: Scope) -> Answer:
        """The scope's sitemap, or the index of the showcase's."""
        return _file(sitemap.of_scope(self._explorer, scope, is_pinned=self._is_pinned), XML)

    def sitemap_of_pages(self, scope: Scope) -> Answer:
        """The pages of the scope itself."""
        return _file(sitemap.of_pages(self._explorer, scope), XML)

    def sitemap_of_places(self, scope: Scope, number: str) -> Answer:
        """Some of the showcase's places."""
        return _file(sitemap.of_places(self._explorer, scope, number), XML)

    def changes(self, scope: Scope) -> Answer:
        """The scope's feed of changes."""
        return _file(feed.of_scope(self._changes, scope), RSS)

    def robots(self, scope: Scope) -> Answer:
        """What crawlers may read, and where they find its list."""
        lines = [
            "User-agent: *",
            *(f"Disallow: {pattern}" for pattern in _NOT_CRAWLED),
            f"Sitemap: {scope.absolute(sitemap.PATH)}",
        ]
        return _file("".join(f"{line}\n" for line in lines).encode(), TEXT)

    def api(self, scope: Scope) -> Answer:
        """Lead those who try the beginning of the API's address to its description."""
        return responses.moved(link(scope, "/developers/"), _FOUND_ELSEWHERE)


def machine_routes(machine: Machine, version: Callable[[], str]) -> Routes:
    """Make the routes of what programs read; what goes wrong is said as the API says it.

    Args:
        machine: what makes the answers.
        version: names the state of lake and site, for the answers' ETags.
    """
    routes = Routes()

    def add(path: str, make: Make) -> None:
        def answer(**names: str) -> Answer:
            scope = scope_of_request()
            place = scope.place.geoid if scope.place else ""
            event = routes.current_event
            tag = tag_of(version(), scope.origin, scope.prefix, place, event.path)
            return conditional(event, tag, lambda: make(scope, **names))

        routes.route(path.replace(".", r"\."), _READING, middlewares=[worded])(answer)

    for path, make in machine.routes().items():
        add(path, make)
    return routes


def _json(catalog: us11.Json) -> Answer:
    return Response(200, JSON, orjson.dumps(catalog, option=orjson.OPT_INDENT_2).decode())


def _file(body: bytes, content_type: str) -> Answer:
    return Response(200, content_type, body.decode())
