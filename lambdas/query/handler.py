"""The routes of the Explore API v2.1: requests in, answers out, nothing else.

Every path works with and without a slash at its end and is never redirected: the vendor's client
always sends one, and a redirect would cost it its credentials. What an error becomes stands in
``ERRORS``.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from citylake.errors import (
    CredentialsRefused,
    Gone,
    InputInvalid,
    LakeError,
    NotFound,
    ParameterInvalid,
    PortalError,
    QueryInvalid,
    QuerySyntaxInvalid,
    QueryTooCostly,
    QuotaUsedUp,
    Throttled,
)
from citylake.keys import NO_RIGHTS
from citylake.pages.resolver import Resolver, Routes
from citylake.settings import QueryLimits, Site
from lambdas.query import openapi
from lambdas.query.astray import astray
from lambdas.query.dcat.documents import CatalogExporter, Document, catalog_forms
from lambdas.query.delivery import (
    JSON,
    NOT_KEPT,
    PRIVATE,
    Answer,
    Deliver,
    as_json,
    conditional,
    join,
    tag_of,
)
from lambdas.query.doorman import Doorman
from lambdas.query.engines.watch import until
from lambdas.query.exports import Export, Exporter, Format, formats_for
from lambdas.query.links import BASE, dataset_path, link, of_version
from lambdas.query.packing import accepts_gzip
from lambdas.query.pairs import is_credential, read_pairs
from lambdas.query.parameters import Endpoint, Parameters, read
from lambdas.query.scope import Scope, scope_of_request, scoped
from lambdas.query.search import Explorer

ERRORS: Mapping[type[PortalError], tuple[int, str]] = {
    QuerySyntaxInvalid: (400, "ODSQLSyntaxError"),
    QueryInvalid: (400, "ODSQLError"),
    ParameterInvalid: (400, "InvalidRESTParameterError"),
    InputInvalid: (400, "InvalidRESTParameterError"),
    QueryTooCostly: (400, "QueryTooCostly"),
    CredentialsRefused: (401, "AuthenticationFailed"),
    NotFound: (404, "NotFoundResource"),
    Gone: (410, "GoneResource"),
    QuotaUsedUp: (429, "QuotaUsedUp"),
    Throttled: (503, "TooBusy"),
    LakeError: (503, "DataUnavailable"),
    PortalError: (500, "InternalServerError"),
}
"""Status and ``error_code`` by class; any other class is worded as its nearest ancestor."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, X-Requested-With, Origin, Accept, If-None-Match, ODS-API-Analytics-App, "
        "ODS-API-Analytics-Embed-Type, ODS-API-Analytics-Embed-Referrer, ODS-Widgets-Version"
    ),
    "Access-Control-Expose-Headers": (
        "ODS-Explore-API-Deprecation, Link, ETag, Content-Disposition, X-RateLimit-Limit, "
        "X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, WWW-Authenticate"
    ),
    "Access-Control-Max-Age": "1000",
}
"""Anyone's page may read the API: it is public and takes no cookies."""

_TOLD_OF_ALL = {"X-Content-Type-Options": "nosniff", "Content-Language": "en"}
"""Of every answer: labels, descriptions and messages are English; ``lang`` only names months."""

_STRANGERS_FILE = {"Content-Security-Policy": "sandbox; default-src 'none'"}
"""Of a file whose bytes nobody here has looked into: whatever it holds, it runs nothing."""

_UNKNOWN = Site()
_CATALOG = ""
_READING = ["GET", "HEAD"]
_WRITING = ["POST", "PUT", "PATCH", "DELETE"]
_VARY = "Accept-Encoding, Authorization"
_TOO_MANY = 10002
_RETRY_SECONDS = 5
_CHANGES_BY_ITSELF = re.compile(r"\bnow\s*\(|\brandom\s*\(\s*\)", re.IGNORECASE)

logger = logging.getLogger(__name__)

Question = Callable[[Scope, Parameters], Mapping[str, Any]]


def api_routes(
    explorer: Explorer,
    deliver: Deliver = join,
    doorman: Doorman | None = None,
    site: Site = _UNKNOWN,
) -> Routes:
    """Make the API's routes.

    Args:
        explorer: what answers.
        deliver: how an export reaches the client.
        doorman: who lets requests in; unless given, one who knows the keys of the lake.
        site: who answers for the deployment, as other catalogs are told.
    """
    routes = Routes()
    api = _Api(routes, explorer, deliver, doorman or Doorman.of(explorer.lake), site)
    for path, action in api.actions().items():
        routes.route(f"{re.escape(BASE)}{path}/?", _READING, middlewares=[worded])(action)
    # The group makes these routes dynamic for Powertools, which tries them after all others.
    for methods, action in (
        (_READING, api.nowhere),
        (_WRITING, api.refused),
        (["OPTIONS"], api.preflight),
    ):
        routes.route(r"/api/([\s\S]+)", methods, middlewares=[worded])(action)
    return routes


class _Api:
    """The actions of the API, each the envelope around one question."""

    def __init__(
        self, routes: Routes, explorer: Explorer, deliver: Deliver, doorman: Doorman, site: Site
    ) -> None:
        self._routes = routes
        self._explorer = explorer
        self._exporter = Exporter(explorer)
        self._catalog_exporter = CatalogExporter(explorer, self._exporter, site)
        self._site = site
        self._deliver = deliver
        self._doorman = doorman

    def actions(self) -> Mapping[str, Callable[..., Answer]]:
        """What is done by path below ``BASE``."""
        return {
            "": self.root,
            "/openapi\\.json": self.document,
            "/catalog": self.catalog,
            "/catalog/datasets": self.datasets,
            "/catalog/facets": self.catalog_facets,
            "/catalog/exports": self.catalog_exports,
            "/catalog/exports/<form>": self.catalog_export,
            "/catalog/datasets/<dataset_id>": self.dataset,
            "/catalog/datasets/<dataset_id>/records": self.records,
            "/catalog/datasets/<dataset_id>/records/<record_id>": self.record,
            "/catalog/datasets/<dataset_id>/facets": self.facets,
            "/catalog/datasets/<dataset_id>/exports": self.exports,
            "/catalog/datasets/<dataset_id>/exports/<form>": self.export,
            "/catalog/datasets/<dataset_id>/attachments": self.attachments,
            "/catalog/datasets/<dataset_id>/attachments/<attachment_id>": self.attachment,
            "/catalog/datasets/<dataset_id>/files/<attachment_id>": self.attachment,
        }

    def root(self) -> Answer:
        def found(scope: Scope, _: Parameters) -> Mapping[str, Any]:
            described = link("openapi", scope, "/openapi.json")
            return {"links": [*_links(scope, "", "catalog")["links"], described]}

        return self._found(_CATALOG, found)

    def document(self) -> Answer:
        return self._found(_CATALOG, lambda scope, _: openapi.document(scope.prefix))

    def catalog(self) -> Answer:
        return self._found(
            _CATALOG, lambda scope, _: _links(scope, "/catalog", "datasets", "facets", "exports")
        )

    def datasets(self) -> Answer:
        return self._found(_CATALOG, self._explorer.datasets)

    def catalog_facets(self) -> Answer:
        return self._found(_CATALOG, self._explorer.catalog_facets)

    def catalog_exports(self) -> Answer:
        return self._found(
            _CATALOG,
            lambda scope, _: _format_links(scope, "/catalog/exports", catalog_forms()),
        )

    def catalog_export(self, form: str) -> Answer:
        return self._exported(
            _CATALOG,
            lambda scope, parameters: self._catalog_exporter.export(
                scope, unquote(form), parameters
            ),
        )

    def dataset(self, dataset_id: str) -> Answer:
        name = unquote(dataset_id)
        # A description shows the visibility, which may change without a release.
        return self._found(
            _CATALOG, lambda scope, parameters: self._explorer.dataset(scope, name, parameters)
        )

    def records(self, dataset_id: str) -> Answer:
        name = unquote(dataset_id)
        return self._found(
            name, lambda scope, parameters: self._explorer.records(scope, name, parameters)
        )

    def record(self, dataset_id: str, record_id: str) -> Answer:
        name, key = unquote(dataset_id), unquote(record_id)
        return self._found(
            name, lambda scope, parameters: self._explorer.record(scope, name, key, parameters)
        )

    def facets(self, dataset_id: str) -> Answer:
        name = unquote(dataset_id)
        return self._found(
            name, lambda scope, parameters: self._explorer.facets(scope, name, parameters)
        )

    def exports(self, dataset_id: str) -> Answer:
        name = unquote(dataset_id)
        path = f"{dataset_path(name)}/exports"

        def listed(scope: Scope, parameters: Parameters) -> Mapping[str, Any]:
            dataset = self._explorer.release(scope, name, parameters).dataset
            version = of_version(read(Endpoint.EXPORTS, parameters).version)
            return _format_links(scope, path, formats_for(dataset), version)

        return self._found(name, listed)

    def export(self, dataset_id: str, form: str) -> Answer:
        name = unquote(dataset_id)
        return self._exported(
            name,
            lambda scope, parameters: self._exporter.export(scope, name, unquote(form), parameters),
        )

    def attachments(self, dataset_id: str) -> Answer:
        name = unquote(dataset_id)
        return self._found(
            name, lambda scope, parameters: self._explorer.attachments(scope, name, parameters)
        )

    def attachment(self, dataset_id: str, attachment_id: str) -> Answer:
        name, wanted = unquote(dataset_id), unquote(attachment_id)
        answer = self._exported(
            name,
            lambda scope, parameters: self._exporter.attachment(scope, name, wanted, parameters),
        )
        answer.headers.update(_STRANGERS_FILE)
        return answer

    def nowhere(self) -> Answer:
        raise astray(self._routes.current_event.path, scope_of_request())

    def refused(self) -> Answer:
        method = self._routes.current_event.http_method
        message = f"The API is only read: {method} is not among GET, HEAD and OPTIONS."
        answer = _error(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
        answer.headers["Allow"] = CORS["Access-Control-Allow-Methods"]
        return answer

    def preflight(self) -> Answer:
        return Response(HTTPStatus.NO_CONTENT.value)

    def _found(self, dataset_id: str, question: Question) -> Answer:
        def found(scope: Scope, parameters: Parameters, _: str | None) -> Answer:
            with until(time.monotonic() + self._explorer.limits.answer_seconds):
                return as_json(question(scope, parameters))

        return self._answered(dataset_id, found)

    def _exported(self, dataset_id: str, make: Callable[[Scope, Parameters], Export]) -> Answer:
        packs = accepts_gzip(self._routes.current_event.headers.get("accept-encoding", ""))

        def delivered(scope: Scope, parameters: Parameters, tag: str | None) -> Answer:
            export = make(scope, parameters)
            return self._deliver(export.gzipped() if packs else export, tag)

        return self._answered(dataset_id, delivered)

    def _answered(
        self, dataset_id: str, make: Callable[[Scope, Parameters, str | None], Answer]
    ) -> Answer:
        """Answer by what ``make`` makes, unless the client holds it.

        What a key opens is its holder's alone: nothing on the way may keep it, and it has no ETag
        that others could ask by. A file is still made once for all who have the same rights.
        """
        event = self._routes.current_event
        scope = scope_of_request()
        admitted = self._doorman.admit(event, scope)
        scope = replace(scope, rights=admitted.rights)
        with scoped(scope):
            parameters = read_query(event, self._explorer.limits)
            version = self._explorer.version(scope, dataset_id, parameters)
            tag = _tag(event, scope, f"{version} {self._site}", parameters)
            answer = conditional(
                event,
                None if admitted.is_keyed else tag,
                lambda: make(scope, parameters, tag),
            )
        answer.headers["Vary"] = _VARY
        if admitted.is_keyed:
            answer.headers.update({"Cache-Control": PRIVATE, **admitted.headers})
        return answer


def worded(app: Resolver, next_middleware: Callable[[Resolver], Answer]) -> Answer:
    """Word what a route raises; every answer of the API may be read by any page."""
    try:
        answer = next_middleware(app)
    except PortalError as error:
        answer = refusal(error)
    except Exception:
        logger.exception("a request failed: %s", app.current_event.path)
        answer = _error(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "The request failed; the failure was recorded.",
        )
    answer.headers.update(CORS | _TOLD_OF_ALL)
    return answer


def refusal(error: PortalError) -> Answer:
    """Word an error as the API does: ``{"error_code": …, "message": …}``."""
    if isinstance(error, QuotaUsedUp):
        return _used_up(error)
    status, code = next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        answer = _error(status, code, str(error))
        if status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = 'Apikey realm="Explore API"'
        return answer
    if isinstance(error, Throttled):
        answer = _error(status, code, str(error))
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
        return answer
    # What is wrong on our side names files and places that are no stranger's business.
    logger.error("a request could not be answered", exc_info=error)
    return _error(status, code, "The data cannot be read at the moment; please try again.")


def read_query(event: BaseProxyEvent, limits: QueryLimits = QueryLimits()) -> Parameters:
    """Read a request's query: every value of each parameter, in the order in which they came.

    Keys are not among them, so that they get into no link, no ETag and no message.

    Raises:
        ParameterInvalid: it is longer, or has more parameters, than any client's.
    """
    text = event.get("rawQueryString") or ""
    if len(text) > limits.query_length:
        raise ParameterInvalid(
            f"The query has {len(text)} characters; at most {limits.query_length} are read."
        )
    parameters: dict[str, list[str]] = {}
    for name, value in read_pairs(text):
        if not is_credential(name):
            parameters.setdefault(name, []).append(value)
    return parameters


def _tag(event: BaseProxyEvent, scope: Scope, version: str, parameters: Parameters) -> str | None:
    """The ETag of a question's answer; ``None`` where the clock or chance has a say in it."""
    values = [f"{name}={value}" for name in sorted(parameters) for value in parameters[name]]
    if any(_CHANGES_BY_ITSELF.search(value) for value in values):
        return None
    if scope.rights != NO_RIGHTS:
        values.append(str(scope.rights))
    place = scope.place.geoid if scope.place else ""
    return tag_of(version, scope.origin, scope.prefix, place, event.path.rstrip("/"), *values)


def _links(
    scope: Scope, path: str, *names: str, query: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    below = [link(name, scope, f"{path}/{name}", query) for name in names]
    return {"links": [link("self", scope, path, query), *below]}


def _format_links(
    scope: Scope,
    path: str,
    formats: Iterable[Format | Document],
    query: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    return _links(scope, path, *(form.name for form in formats), query=query)


def _used_up(error: QuotaUsedUp) -> Answer:
    """Word a quota that is used up as the vendor does: unlike every other error."""
    said = {
        "errorcode": _TOO_MANY,
        "reset_time": f"{error.resets_at:%Y-%m-%dT%H:%M:%SZ}",
        "limit_time_unit": "day",
        "call_limit": error.limit,
        "error": str(error),
    }
    headers = {
        "Cache-Control": NOT_KEPT,
        "Retry-After": str(error.wait_seconds),
        "X-RateLimit-Limit": str(error.limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(error.resets_at),
    }
    status = HTTPStatus.TOO_MANY_REQUESTS.value
    return Response(status, JSON, orjson.dumps(said).decode(), headers)


def _error(status: int, code: str, message: str) -> Answer:
    body = orjson.dumps({"error_code": code, "message": message}).decode()
    return Response(int(status), JSON, body, {"Cache-Control": NOT_KEPT})
