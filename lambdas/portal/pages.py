"""The routes of the pages: requests in, pages out, nothing else."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from citylake.datasets import Dataset
from citylake.errors import InputInvalid, NotFound, PageNotFound, PortalError, QueryTooCostly
from citylake.pages import locator
from citylake.pages.assets import Assets
from citylake.pages.languages import speech
from citylake.pages.resolver import Resolver, Routes
from citylake.places import Place, Places
from lambdas.portal import (
    catalog,
    changes,
    charts,
    city,
    compare,
    developers,
    exhibits,
    front,
    layers,
    questions,
    responses,
    selection,
    structured,
    table,
)
from lambdas.portal.charts import Drawing, Size
from lambdas.portal.exhibits import Exhibit
from lambdas.portal.peers import PROPOSED, Proposal, Proposer
from lambdas.portal.render import Renderer, link
from lambdas.portal.responses import FOREVER
from lambdas.portal.selection import Selection
from lambdas.portal.structured import Introduction
from lambdas.portal.translations import _, marked, told
from lambdas.query import openapi
from lambdas.query.dcat.model import Describer
from lambdas.query.delivery import PUBLIC, Answer, as_json, conditional, tag_of
from lambdas.query.exports import formats_for
from lambdas.query.handler import read_query
from lambdas.query.links import BASE
from lambdas.query.pairs import without_credentials
from lambdas.query.parameters import Parameters
from lambdas.query.revisions import Revisions
from lambdas.query.scope import NATION, Scope, scope_of_request
from lambdas.query.search import Explorer

SUGGESTIONS = 8
"""Places that are suggested while a name is being typed."""

FOUND = 50
"""Places that a search lists."""

_READING = ["GET", "HEAD"]

logger = logging.getLogger(__name__)


class NoSuchPage(PageNotFound):
    """An address that is nobody's, said in the language of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as pages see it.

    Attributes:
        scope: whom it is about.
        parameters: its query.
        path: its path within the scope.
        host: scheme and name under which the visitor reached us.
        names: what the route's path names, decoded.
    """

    scope: Scope
    parameters: Parameters
    path: str
    host: str
    names: Mapping[str, str]

    def first(self, name: str) -> str:
        """The first value of a parameter; empty if it was not sent."""
        return (self.parameters.get(name) or ("",))[0]


class Pages:
    """Makes every page.

    Args:
        explorer: what answers questions.
        places: the register of places.
        describer: what describes datasets to search engines, and how they are cited.
        assets: styles, scripts and outlines.
        is_pinned: whether this deployment is one city's own.
    """

    def __init__(
        self,
        explorer: Explorer,
        places: Places,
        describer: Describer,
        assets: Assets,
        *,
        is_pinned: bool,
    ) -> None:
        self._explorer = explorer
        self._places = places
        self._describer = describer
        self._assets = assets
        self._is_pinned = is_pinned
        self._proposer = Proposer(explorer, places)
        self._revisions = Revisions(explorer.lake, explorer.engine)
        self._renderer = Renderer(assets)

    def home(self, visit: Visit) -> Answer:
        """The city's page, or the showcase's front."""
        if visit.scope.place is not None:
            return self._city(visit.scope, visit.scope.place)
        text = visit.first("q").strip()
        found = self._places.search(text, FOUND) if text else ()
        if len(found) == 1:
            return responses.moved(link(NATION, f"/{found[0].slug}/"), 303)
        near = self._places.nearest_names(text) if text and not found else ()
        return self._page(
            "front.html",
            visit.scope,
            text=text,
            found=found,
            near=near,
            counts=front.count(self._explorer),
            shown=() if text else front.show(self._explorer, self._places),
            examples=() if text else front.examples(self._places),
        )

    def suggestions(self, visit: Visit) -> Answer:
        """Places whose names begin like what is being typed, as JSON for our own script."""
        found = self._places.search(visit.first("q").strip(), SUGGESTIONS)
        return as_json(
            {
                "places": [
                    {"title": place.title, "slug": place.slug, "note": told(place.kind)}
                    for place in found
                ]
            }
        )

    def _city(self, scope: Scope, place: Place) -> Answer:
        found = city.read(self._explorer, self._places, scope, place)
        return self._page(
            "city.html",
            scope,
            city=found,
            alike=self._proposer.propose(place),
            changes=changes.read(self._explorer, self._revisions, scope, found),
            structured=structured.of_place(self._describer, scope, place),
            sentence=city.sentence(found),
            has_map=locator.can_locate(place, self._assets),
            layers=layers.read(self._explorer, scope),
            boundary=layers.boundary_address(self._explorer, scope),
            state=locator.state_of(place),
        )

    def locator(self, visit: Visit) -> Answer:
        """Where in its state the place lies, as a picture."""
        place = visit.scope.place
        if place is None or not locator.can_locate(place, self._assets):
            raise PageNotFound("There is no map at this address: no point is known to draw.")
        boundary = layers.boundary(self._explorer, visit.scope)
        return responses.picture(locator.draw(place, self._assets, boundary))

    def chart(self, visit: Visit) -> Answer:
        """A dataset's chart of the place: ``{dataset}.svg``, or its specification as ``.json``."""
        dataset_id, __, form = visit.names["name"].rpartition(".")
        if visit.scope.place is None or form not in {"svg", "json"}:
            raise PageNotFound(f"There is no chart {visit.names['name'][:80]!r} at this address.")
        drawing = self._drawing(visit.scope, self._dataset(visit.scope, dataset_id))
        return self._drawn(visit, drawing, form)

    def _drawn(self, visit: Visit, drawing: Drawing, form: str) -> Answer:
        size = Size.SMALL if visit.first("size") == Size.SMALL else Size.WIDE
        specification = charts.specification(drawing, size)
        if form == "json":
            return as_json(specification)
        font = self._assets.read("chart-font.css").decode()
        return responses.picture(charts.render(specification, font))

    def _drawing(self, scope: Scope, dataset: Dataset) -> Drawing:
        records = questions.all_records(self._explorer, scope, dataset)
        drawing = charts.draw(dataset, records)
        if drawing is None:
            raise PageNotFound(f"The dataset {dataset.id} has no chart of this place.")
        return drawing

    def catalog(self, visit: Visit) -> Answer:
        """The list of datasets."""
        shelf = catalog.read(self._explorer, visit.scope, visit.parameters)
        return self._page("catalog.html", visit.scope, shelf=shelf, orders=tuple(catalog.Order))

    def dataset(self, visit: Visit) -> Answer:
        """A dataset's page: information, table, map, chart, export, API, releases."""
        scope = visit.scope
        shown = self._exhibit(visit)
        page = shown.table
        introduced = self._introduced(scope, visit.names["dataset_id"], visit.first("version"))
        records = link(scope, f"{BASE}/catalog/datasets/{shown.dataset.id}/records", page.question)
        return self._page(
            "dataset.html",
            scope,
            citation=introduced.citation,
            structured=introduced.data,
            canonical=introduced.page,
            dataset=shown.dataset,
            release=shown.release,
            entry=shown.entry,
            theme=city.theme_title(shown.dataset.theme),
            tab=exhibits.read_tab(shown.dataset, visit.first("tab")),
            tabs=exhibits.tabs_of(shown.dataset),
            shown=shown,
            table=page,
            filters=page.filters,
            records_address=records,
            host=visit.host,
            api=f"{BASE}/catalog/datasets/{shown.dataset.id}",
            formats=formats_for(shown.dataset),
            example=table.example(shown.dataset),
            state=locator.state_of(scope.place) if scope.place else "",
        )

    def dataset_map(self, visit: Visit) -> Answer:
        """What a dataset's map shows: a picture (``map.svg``), or GeoJSON (``map.json``)."""
        shown = self._exhibit(visit)
        if visit.path.endswith(".json"):
            return as_json(shown.spread(exhibits.read_box(visit.first("box"))).as_geojson())
        return responses.picture(shown.map_picture(self._assets))

    def dataset_chart(self, visit: Visit) -> Answer:
        """A dataset's chart as its address asks for it: ``chart.svg``, or ``chart.json``."""
        drawing = self._exhibit(visit).drawing
        if drawing is None:
            raise PageNotFound("There is no chart at this address: no record has what it shows.")
        return self._drawn(visit, drawing, visit.path.rpartition(".")[2])

    def _exhibit(self, visit: Visit) -> Exhibit:
        dataset_id = visit.names["dataset_id"]
        return exhibits.open_exhibit(
            self._explorer, self._revisions, visit.scope, dataset_id, visit.parameters
        )

    def compare(self, visit: Visit) -> Answer:
        """Two to five cities side by side; of the nation, whatever the scope."""
        if visit.scope.prefix:
            return responses.moved(link(NATION, visit.path, self._chosen(visit).address), 303)
        chosen = self._chosen(visit)
        search = selection.search(self._places, visit.first("add"))
        if len(search.found) == 1:
            chosen = chosen.adding(*search.found)
            if not chosen.beyond:
                return responses.moved(link(NATION, "/compare/", chosen.address), 303)
        first = chosen.places[0] if chosen.places else None
        near = dict.fromkeys(
            place for name in chosen.unknown for place in selection.nearest(self._places, name)
        )
        return self._page(
            "compare.html",
            visit.scope,
            status=404 if chosen.unknown and not chosen.is_enough else 200,
            chosen=chosen,
            search=search,
            near=tuple(near),
            proposed=self._proposals(chosen) if first and not chosen.is_full else (),
            examples=() if first else front.examples(self._places),
            sections=compare.compare(self._explorer, chosen.places) if chosen.is_enough else (),
        )

    def compare_chart(self, visit: Visit) -> Answer:
        """How a dataset's figure moved in the cities that are compared: ``{dataset}.svg``."""
        dataset_id, __, form = visit.names["name"].rpartition(".")
        chosen = self._chosen(visit)
        if form not in {"svg", "json"} or not chosen.is_enough:
            raise PageNotFound(f"There is no chart {visit.names['name'][:80]!r} at this address.")
        dataset = self._dataset(NATION, dataset_id)
        drawing = compare.draw(self._explorer, dataset, chosen.places)
        if drawing is None:
            raise PageNotFound(f"The dataset {dataset_id} has no chart of these places.")
        return self._drawn(visit, drawing, form)

    def _chosen(self, visit: Visit) -> Selection:
        return selection.read(self._places, visit.parameters, first=visit.scope.place)

    def _proposals(self, chosen: Selection) -> Sequence[Proposal]:
        """Peers of the first city that are not chosen yet."""
        found = self._proposer.propose(chosen.places[0], PROPOSED + len(chosen.places))
        return [each for each in found if each.place not in chosen.places][:PROPOSED]

    def developers(self, visit: Visit) -> Answer:
        """The API's description, to read and to try."""
        return self._page(
            "developers.html",
            visit.scope,
            endpoints=developers.endpoints(openapi.document(visit.scope.prefix)),
            base=BASE,
            host=visit.host,
            datasets=tuple(self._explorer.shelf(visit.scope).entries()),
        )

    def trial(self, visit: Visit) -> Answer:
        """Send the client to the address that a filled-in form asks for."""
        document = openapi.document(visit.scope.prefix)
        path, query = developers.address(document, visit.parameters)
        return responses.moved(link(visit.scope, f"{BASE}{unquote(path)}", query), 303)

    def about(self, visit: Visit) -> Answer:
        """What this is, where its figures come from, and how it treats visitors."""
        entries = self._explorer.shelf(visit.scope).entries().values()
        return self._page("about.html", visit.scope, datasets=[entry.dataset for entry in entries])

    def asset(self, visit: Visit) -> Answer:
        """A style, script, font or outline."""
        asset = self._assets.serve(visit.path.removeprefix("/assets/"))
        return responses.file(asset.body, asset.content_type)

    def icon(self, _visit: Visit) -> Answer:
        """Where browsers look for the site's sign unasked."""
        return responses.moved(self._assets.address("favicon.svg"))

    def with_slash(self, visit: Visit) -> Answer:
        """A page's own address, for a visitor who left the slash at its end away."""
        return responses.moved(link(visit.scope, f"{visit.path}/", visit.parameters))

    def nothing(self, visit: Visit) -> Answer:
        """The answer to every address that is nobody's."""
        raise NoSuchPage(_("There is no page %(path)s.", path=visit.path[:200]))

    def refusal(self, error: PortalError, scope: Scope) -> Answer:
        """A page that says what is wrong, and where to go on."""
        status = _status(error)
        if status >= 500:  # noqa: PLR2004  # our side's fault: names and files are no visitor's business
            logger.error("a page could not be made", exc_info=error)
        # Most errors name values and rules, in English; this one is worded for people.
        message = str(error) if isinstance(error, NoSuchPage) else marked(str(error))
        return self._page("error.html", scope, status=status, message=message, near=())

    def no_place(self, path: str) -> Answer:
        """The page for an address that begins like a place's and is none's."""
        state, name = (*unquote(path).split("/"), "", "")[1:3]
        near = self._places.nearest_names(f"{name.replace('-', ' ')} {state}")
        message = _("No place has the address /%(state)s/%(name)s/.", state=state, name=name[:80])
        return self._page("error.html", NATION, status=404, message=message, near=near)

    def failure(self, scope: Scope) -> Answer:
        """The page for what nobody foresaw."""
        return self._page("error.html", scope, status=500, message="", near=())

    def _page(self, template: str, scope: Scope, *, status: int = 200, **values: object) -> Answer:
        body = self._renderer.page(
            template, scope, status=status, is_pinned=self._is_pinned, **values
        )
        return responses.page(body, status)

    def _introduced(self, scope: Scope, dataset_id: str, version: str) -> Introduction:
        held = self._explorer.look_up(scope, dataset_id, version)
        return structured.introduce(self._describer, scope, held)

    def _dataset(self, scope: Scope, dataset_id: str) -> Dataset:
        return self._explorer.shelf(scope).entry(dataset_id).dataset


Make = Callable[[Visit], Answer]


def page_routes(pages: Pages, version: Callable[[], str]) -> Routes:
    """Make the routes of the pages.

    Args:
        pages: what makes them.
        version: names the state of the lake, for the answers' ETags.
    """
    routes = Routes()

    def add(path: str, make: Make, keep: str = PUBLIC) -> None:
        def answer(**names: str) -> Answer:
            event = routes.current_event
            visit = _visit(event, names)
            place = visit.scope.place.geoid if visit.scope.place else ""
            query = without_credentials(event.get("rawQueryString") or "")
            said = speech()
            tag = tag_of(
                version(),
                said.language.code,
                said.prefix,
                visit.scope.prefix,
                place,
                visit.path,
                query,
                visit.host,
            )
            held = conditional(event, tag, lambda: make(visit), keep)
            if keep == PUBLIC and not said.prefix:
                held.headers["Vary"] = f"{held.headers['Vary']}, Accept-Language"
            return held

        routes.route(path, _READING, middlewares=[worded])(answer)

    def worded(app: Resolver, next_middleware: Callable[[Resolver], Answer]) -> Answer:
        try:
            return next_middleware(app)
        except PortalError as error:
            return pages.refusal(error, scope_of_request())
        except Exception:
            logger.exception("a page failed: %s", app.current_event.path)
            return pages.failure(scope_of_request())

    add("/", pages.home)
    add("/suggest", pages.suggestions)
    add("/locator.svg", pages.locator)
    add("/charts/<name>", pages.chart)
    add("/catalog/", pages.catalog)
    add("/datasets/<dataset_id>/", pages.dataset)
    add("/datasets/<dataset_id>/map.svg", pages.dataset_map)
    add("/datasets/<dataset_id>/map.json", pages.dataset_map)
    add("/datasets/<dataset_id>/chart.svg", pages.dataset_chart)
    add("/datasets/<dataset_id>/chart.json", pages.dataset_chart)
    add("/compare/", pages.compare)
    add("/compare/charts/<name>", pages.compare_chart)
    add("/developers/", pages.developers)
    add("/developers/try", pages.trial)
    add("/about/", pages.about)
    add("/favicon.ico", pages.icon)
    # A group makes a route dynamic for Powertools, which tries those after all others, in order.
    add("/assets/(.+)", pages.asset, FOREVER)
    add("/(catalog|compare|developers|about|datasets/[^/]+)", pages.with_slash)
    add("/(.*)", pages.nothing)
    return routes


def _visit(event: BaseProxyEvent, names: Mapping[str, str]) -> Visit:
    scope = scope_of_request()
    return Visit(
        scope=scope,
        parameters=read_query(event),
        path=unquote(event.path),
        host=scope.origin,
        names={key: unquote(value) for key, value in names.items()},
    )


def _status(error: PortalError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 400 if isinstance(error, InputInvalid | QueryTooCostly) else 503
