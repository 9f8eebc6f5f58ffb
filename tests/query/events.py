"""Events as API Gateway's HTTP API sends them (payload format 2.0)."""

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import orjson


def event(
    target: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Make the event of a request for a path with its query (``/a/b?c=d``)."""
    path, _, query = target.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "127.0.0.1:8000", **(headers or {})},
        "requestContext": {
            "domainName": "127.0.0.1",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def header(answer: Mapping[str, Any], name: str) -> str | None:
    """Read an answer's header, whatever its case."""
    found = {key.lower(): value for key, value in answer["headers"].items()}
    value = found.get(name.lower())
    return None if value is None else str(value)


def body(answer: Mapping[str, Any]) -> bytes:
    """Read an answer's body as a client would: decoded, and unpacked if it was packed."""
    text = answer["body"] or ""
    raw = base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()
    return gzip.decompress(raw) if header(answer, "content-encoding") == "gzip" else raw


def json_of(answer: Mapping[str, Any]) -> Any:
    """Read an answer's body as JSON."""
    return orjson.loads(body(answer))
