"""Events of API Gateway's HTTP API, made as plain as the routes expect them."""

from collections.abc import Mapping
from typing import Any

from citylake.errors import InputInvalid

_DEFAULT_STAGE = "$default"
_LONGEST_NAME = 40


def read_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Check that an event is a request, payload format 2.0, and fill in what may be missing.

    Names of headers are in lower case; headers of one name were joined by the gateway. A stage
    that has a name stands before every path: it is taken away.

    Raises:
        InputInvalid: the event is something else, sent to the wrong function or by hand.
    """
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    path = event.get("rawPath")
    if (
        not isinstance(context, Mapping)
        or not isinstance(http, Mapping)
        or not isinstance(http.get("method"), str)
        or not isinstance(path, str)
    ):
        names = ", ".join(sorted(str(name)[:_LONGEST_NAME] for name in event)[:10])
        raise InputInvalid(
            "expected a request of an HTTP API, payload format 2.0; "
            f"found an event of {names or 'nothing'}"
        )
    stage = context.get("stage") or _DEFAULT_STAGE
    if stage != _DEFAULT_STAGE and f"{path}/".startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :] or "/"
    headers = event.get("headers") or {}
    return {
        **event,
        # Otherwise the router would take the stage away once more.
        "requestContext": {**context, "stage": _DEFAULT_STAGE},
        "rawPath": path,
        "rawQueryString": event.get("rawQueryString") or "",
        "headers": {str(name).lower(): str(value) for name, value in headers.items()},
    }
