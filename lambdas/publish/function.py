"""The function ``publish`` as Lambda knows it: everything is made once, at import.

It takes two kinds of events: requests of the staff's API, and EventBridge's word that a file
arrived in the inbox (``Object Created`` of S3). It writes to ``/tmp`` alone.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from citylake.entitlements import Gate
from citylake.errors import InputInvalid
from citylake.lake.cloud import open_cloud_lake
from citylake.lake.write import open_glue_tables
from citylake.logs import open_log
from citylake.scratch import claim_scratch
from lambdas.publish.handler import build
from lambdas.publish.inbox import open_inbox
from lambdas.publish.uploads import Uploads

_MARGIN_SECONDS = 20.0

_LOG = open_log("publish")
_PLACE = os.environ["CITYLAKE_PLACE"]
_BUCKET = os.environ["CITYLAKE_CITY_BUCKET"]

tempfile.tempdir = str(claim_scratch(Path(tempfile.gettempdir())))

_LAKE = open_cloud_lake(os.environ, hold_seconds=0.0)  # who has published sees it at once
_GATE = Gate(_LAKE.store_of(_PLACE))
_UPLOADS = Uploads(_LAKE, open_glue_tables(_BUCKET), _PLACE, open_inbox(_BUCKET), _GATE)
_REQUESTS = build(_LAKE, _PLACE, _UPLOADS, _GATE)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's context
    """Answer a request, or publish a file that arrived.

    Raises:
        InputInvalid: the event is neither.
    """
    if "requestContext" in event:
        answer = _REQUESTS(event, context)
        _LOG.info(
            "answered",
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"][:300],
            status=answer["statusCode"],
            place=_PLACE,
        )
        return answer
    if event.get("source") == "aws.s3" and event.get("detail-type") == "Object Created":
        return _arrived(event["detail"], context)
    names = ", ".join(sorted(map(str, event))[:10])
    raise InputInvalid(
        "expected a request of an HTTP API, or S3's «Object Created» by way of EventBridge; "
        f"found an event of {names[:300]}"
    )


def _arrived(detail: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    if detail["bucket"]["name"] != _BUCKET:
        raise InputInvalid(f"a file arrived in {detail['bucket']['name']}; expected {_BUCKET}")
    upload = _UPLOADS.arrived(
        detail["object"]["key"],
        int(detail["object"]["size"]),
        worker=context.aws_request_id,
        seconds=context.get_remaining_time_in_millis() / 1_000 - _MARGIN_SECONDS,
    )
    told = {"upload": upload.id, "status": upload.status} if upload else {"upload": None}
    _LOG.info("a file arrived", place=_PLACE, **told)  # not the reason: it may quote the file
    return told
