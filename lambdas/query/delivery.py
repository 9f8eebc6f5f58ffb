"""How an answer travels: conditional requests, packing, and files of any size."""

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from citylake import __version__
from lambdas.query.exports import FORMATS, Export
from lambdas.query.packing import accepts_gzip, packed

Answer = Response[Any]
"""A response whose body is text or bytes."""

Deliver = Callable[[Export, str | None], Answer]
"""How an export reaches the client: joined, as it is made, or by way of storage.

It takes the export, of which nothing was read yet, and the answer's ETag: ``None`` where the same
question may have another answer.
"""

JSON = "application/json; charset=utf-8"

PUBLIC = "public, max-age=0, s-maxage=60, stale-while-revalidate=600"
"""``Cache-Control`` of what everyone may see: held a minute, then asked for again by its tag."""

PRIVATE = "private, no-store"
"""``Cache-Control`` of what was answered to a key: its holder's alone."""

NOT_KEPT = "no-store"
"""``Cache-Control`` of what must be asked for anew: errors."""

_WORTH_PACKING = 1_000
_PACKED_ALREADY = (
    "application/gzip",
    "image/jpeg",
    "image/png",
    "image/webp",
    "font/",
    *(form.content_type for form in FORMATS if form.is_binary),
)


def join(export: Export, _: str | None = None) -> Answer:
    """Deliver an export in one piece."""
    return Response(200, export.content_type, b"".join(export.chunks), export.headers)


def as_json(found: Mapping[str, Any]) -> Answer:
    """Word plain values as JSON; what JSON cannot say (NaN, infinity) is null."""
    return Response(200, JSON, orjson.dumps(found).decode())


def tag_of(*parts: str) -> str:
    """Make the ETag of an answer from everything that it depends on; weak, since packing varies."""
    digest = hashlib.sha256("\0".join((__version__, *parts)).encode(errors="replace"))
    return f'W/"{digest.hexdigest()[:32]}"'


def conditional(
    event: BaseProxyEvent, tag: str | None, make: Callable[[], Answer], keep: str = PUBLIC
) -> Answer:
    """Answer a GET or HEAD: 304 if the client holds the answer, otherwise what ``make`` makes.

    Args:
        event: the request.
        tag: the answer's ETag; ``None`` where it changes by itself and may not be held.
        make: makes the answer; it is not called if the client holds it.
        keep: the answer's ``Cache-Control``.
    """
    held = event.headers.get("if-none-match", "")
    if tag is not None and _names(held, tag):
        return Response(304, None, None, {"ETag": tag, "Cache-Control": keep, **_VARY})
    answer = make()
    if answer.status_code != HTTPStatus.OK:  # the way to the answer is not the answer
        tag = None
    answer.headers.update({"Cache-Control": keep if tag else NOT_KEPT, **_VARY})
    if tag is not None:
        answer.headers["ETag"] = tag
    if accepts_gzip(event.headers.get("accept-encoding", "")):
        _pack(answer)
    if event.http_method == "HEAD":
        answer.body = ""
    return answer


_VARY = {"Vary": "Accept-Encoding"}


def _pack(answer: Answer) -> None:
    kind = answer.content_type or ""
    if "Content-Encoding" in answer.headers or kind.startswith(_PACKED_ALREADY):
        return
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    if body is None or len(body) < _WORTH_PACKING:
        return
    answer.body = b"".join(packed([body]))
    answer.headers["Content-Encoding"] = "gzip"


def _names(condition: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names a tag, compared weakly (RFC 9110, section 13.1.2)."""
    names = [name.strip() for name in condition.split(",")]
    return "*" in names or any(name.removeprefix("W/") == tag.removeprefix("W/") for name in names)
