"""A deployment's answers in the cloud: the handler, once its lake is filled, and a line for each.

A portal may be deployed before the lake holds the register of places. Until then every request is
told so; the first one after that gets its answer, and nothing needs to be deployed anew.
"""

import time
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

import orjson
from aws_lambda_powertools import Logger

from citylake.datasets import NATIONAL
from citylake.errors import LakeError, PortalError
from citylake.lake.read import Lake
from citylake.pages.events import read_event
from citylake.places import PLACES_DATASET
from lambdas.portal.handler import Handler, Worded
from lambdas.portal.responses import HTML
from lambdas.query.delivery import JSON, NOT_KEPT
from lambdas.query.handler import CORS, ERRORS
from lambdas.query.offload import Offload

_RETRY_SECONDS = 60
_MARGIN_SECONDS = 20.0
_LONGEST_PATH = 300
_AWAITED = (
    "This portal is being filled with data. Please come back in a few minutes.",
    "Este portal se está llenando de datos. Vuelva en unos minutos.",
)
_FAILED = (
    "The request failed; the failure was recorded.",
    "La solicitud falló; el fallo quedó registrado.",
)


class Service:
    """Answers invocations of the functions ``read`` and ``export``.

    Args:
        lake: what is read.
        build: makes the handler over the lake, which takes exports to ``offload``.
        offload: takes what is too large or takes too long.
        log: gets a line per request: no query, no address and no name of who asked.
        place: GEOID of the one place of this deployment; empty for the showcase.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        lake: Lake,
        build: Callable[[], Handler],
        offload: Offload,
        log: Logger,
        *,
        place: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake = lake
        self._build = build
        self._offload = offload
        self._log = log
        self._place = place
        self._clock = clock
        self._handler: Handler | None = None

    def open(self) -> Handler | None:
        """The handler, made by the first call that finds the lake filled; ``None`` before."""
        if self._handler is None:
            try:
                if PLACES_DATASET in self._lake.catalog(NATIONAL).catalog.datasets:
                    self._handler = self._build()
                else:
                    self._log.warning("the national lake has no register of places yet")
            except PortalError:
                self._log.exception("the deployment cannot answer yet")
        return self._handler

    def read(self, event: Mapping[str, Any], context: Any) -> Worded:  # noqa: ANN401  # Lambda's context, passed on
        """Answer a request.

        Raises:
            InputInvalid: the event is no request.
        """
        began = self._clock()
        try:
            request = read_event(event)
        except PortalError:
            self._log.exception("an event is no request")
            raise
        try:
            answer = self._offload.answer(self._answered, request, context)
        except LakeError:  # storage, on the way in or out
            self._log.exception("storage failed")
            answer = _refusal(request, HTTPStatus.SERVICE_UNAVAILABLE, LakeError, _FAILED)
        except Exception:  # noqa: BLE001  # whatever it is, a stranger gets words and we get the trace
            self._log.exception("a request failed")
            answer = _refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, PortalError, _FAILED)
        self._log.info(
            "answered",
            method=request["requestContext"]["http"]["method"],
            path=request["rawPath"][:_LONGEST_PATH],
            query_characters=len(request["rawQueryString"]),
            status=answer["statusCode"],
            characters=len(answer.get("body") or ""),
            ms=round((self._clock() - began) * 1_000),
            place=self._place,
        )
        return answer

    def export(self, order: Mapping[str, Any], context: Any) -> None:  # noqa: ANN401  # as above
        """Make a file that ``read`` handed over.

        Raises:
            KeyError: the event is no such order.
        """
        began = self._clock()
        seconds = context.get_remaining_time_in_millis() / 1_000 - _MARGIN_SECONDS
        try:
            self._offload.make(self._answered, order, context, seconds=seconds)
        except Exception:
            self._log.exception("an export failed", keys=sorted(map(str, order))[:10])
            raise
        self._log.info(
            "export ended",
            path=order["request"]["rawPath"][:_LONGEST_PATH],
            ms=round((self._clock() - began) * 1_000),
            place=self._place,
        )

    def _answered(self, event: dict[str, Any], context: Any) -> Worded:  # noqa: ANN401  # as above
        handler = self.open()
        if handler is None:
            return _refusal(event, HTTPStatus.SERVICE_UNAVAILABLE, LakeError, _AWAITED)
        return handler(event, context)


def _refusal(
    event: Mapping[str, Any],
    status: HTTPStatus,
    kind: type[PortalError],
    words: tuple[str, str],
) -> Worded:
    """Word what no handler can: JSON for the API, otherwise a page in English and in Spanish."""
    headers = {"Cache-Control": NOT_KEPT, "X-Content-Type-Options": "nosniff"}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_SECONDS)
    english, spanish = map(escape, words)
    if "/api/" in event["rawPath"]:
        body = orjson.dumps({"error_code": ERRORS[kind][1], "message": words[0]}).decode()
        headers |= {**CORS, "Content-Type": JSON}
    else:
        body = (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{status.value} {status.phrase}</title>"
            f'<main><h1>{english}</h1><p lang="es">{spanish}</p></main></html>'
        )
        headers |= {"Content-Type": HTML, "Content-Security-Policy": "default-src 'none'"}
    is_head = event["requestContext"]["http"]["method"] == "HEAD"
    return {
        "statusCode": status.value,
        "headers": headers,
        "body": "" if is_head else body,
        "isBase64Encoded": False,
    }
