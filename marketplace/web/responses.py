"""How pages are sent: nothing of them is kept, framed, or told to where a link leads."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from citylake.pages.languages import speech

Answer = Response[str | bytes]

HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
CSV = "text/csv; charset=utf-8"

COOKIE = "__Host-citylake"
"""Name of the session's cookie: by its prefix browsers take it from this host alone, over TLS."""

_FOREVER = "public, max-age=31536000, immutable"
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
_RETRY_SECONDS = "60"


def page(body: str, status: int = 200) -> Answer:
    """Send a page, in the language of the request."""
    headers = {
        **_EVERYWHERE,
        "Content-Security-Policy": _POLICY,
        "Content-Language": speech().language.code,
        "Cache-Control": "no-store",
    }
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = _RETRY_SECONDS
    return Response(status, HTML, body, headers)


def see(address: str) -> Answer:
    """Send the browser to another page of ours, by GET."""
    headers = {**_EVERYWHERE, "Location": address, "Cache-Control": "no-store"}
    return Response(303, HTML, "", headers)


def table(body: str, name: str) -> Answer:
    """Send a table to be kept as a file."""
    headers = {
        **_EVERYWHERE,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(200, CSV, body, headers)


def picture(body: bytes) -> Answer:
    """Send an SVG; it may hold styles and letters, and reach nothing."""
    headers = {
        **_EVERYWHERE,
        "Content-Security-Policy": _PICTURE_POLICY,
        "Cache-Control": "private, max-age=3600",
    }
    return Response(200, SVG, body.decode(), headers)


def file(body: bytes, content_type: str) -> Answer:
    """Send a file whose address names its content."""
    text = content_type.startswith(("text/", "application/json", SVG))
    headers = {**_EVERYWHERE, "Cache-Control": _FOREVER}
    return Response(200, content_type, body.decode() if text else body, headers)
