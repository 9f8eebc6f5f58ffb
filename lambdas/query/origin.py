"""Under which scheme and host a deployment is known: what whole addresses begin with."""

import re
from collections.abc import Mapping
from typing import Any

from citylake.settings import Site

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?")
_NOWHERE = "localhost"


def read_origin(event: Mapping[str, Any], site: Site) -> str:
    """Say what the whole addresses of an answer begin with: ``https://data.example.gov``.

    The site's own origin if it has one: addresses in catalogs name datasets for good, whatever
    host a visitor or a content distribution came by. Otherwise the request's ``Host``, but only
    if it is a host's name and nothing else: it is a stranger's text that ends up in documents
    which others may be served from a cache.

    Args:
        event: an event of the HTTP API, payload format 2.0.
        site: the deployment.
    """
    if site.origin:
        return site.origin
    headers = event.get("headers") or {}
    named = (headers.get("host", ""), event["requestContext"].get("domainName", ""))
    host = next((name for name in map(str.lower, named) if _HOST.fullmatch(name)), _NOWHERE)
    scheme = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return f"{'https' if scheme == 'https' else 'http'}://{host}"
