"""How pages and their pictures are sent: headers that every answer carries."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from citylake.pages.languages import speech
from lambdas.query.delivery import NOT_KEPT, Answer

HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"

FOREVER = "public, max-age=31536000, immutable"
"""``Cache-Control`` of what has its checksum in its address."""

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",  # the map's controls draw their signs so
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"


def page(body: str, status: int = 200) -> Answer:
    """Send a page, in the language of the request."""
    headers = {
        **_EVERYWHERE,
        "Content-Security-Policy": _PAGE_POLICY,
        "Content-Language": speech().language.code,
    }
    if status >= HTTPStatus.BAD_REQUEST:
        headers["Cache-Control"] = NOT_KEPT
    return Response(status, HTML, body, headers)


def picture(body: bytes) -> Answer:
    """Send an SVG; it may hold styles and letters, and reach nothing."""
    headers = {**_EVERYWHERE, "Content-Security-Policy": _PICTURE_POLICY}
    return Response(200, SVG, body.decode(), headers)


def file(body: bytes, content_type: str) -> Answer:
    """Send a file of ours."""
    text = content_type.startswith(("text/", "application/json", SVG))
    return Response(200, content_type, body.decode() if text else body, dict(_EVERYWHERE))


def moved(address: str, status: int = 308) -> Answer:
    """Send the client to another address of ours."""
    return Response(status, HTML, "", {**_EVERYWHERE, "Location": address})
