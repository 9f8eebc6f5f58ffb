"""The function ``web`` as Lambda knows it: the pages."""

import time
from typing import Any

from marketplace.functions.deployment import open_deployment
from marketplace.web.handler import build

_DEPLOYMENT = open_deployment("market-web")
_PAGES = build(_DEPLOYMENT.desk())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's context
    """Answer a request; its line in the log has no address, no query and no name of who asked."""
    began = time.monotonic()
    answer = _PAGES(event, context)
    _DEPLOYMENT.log.info(
        "answered",
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"][:200],
        status=answer["statusCode"],
        ms=round((time.monotonic() - began) * 1_000),
    )
    return answer
