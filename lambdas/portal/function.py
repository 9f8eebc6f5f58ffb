"""The functions ``read`` and ``export`` as Lambda knows them: everything is made once, at import.

``read`` answers the API and the pages; ``export`` makes the files that take longer than a request
may. Both stand over the lake that the environment names and are of one place where it names one
(``CITYLAKE_PLACE``, a GEOID).
"""

import os
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import orjson

from citylake.errors import LakeUnusable
from citylake.lake.cloud import open_cloud_lake
from citylake.lake.s3 import open_bucket
from citylake.logs import open_log
from citylake.settings import AthenaSettings, ExportPace, QueryLimits, Site
from lambdas.portal.handler import Worded, build
from lambdas.portal.service import Service
from lambdas.query.depot import S3Depot
from lambdas.query.offload import Offload
from lambdas.query.quota import SHARED, CallCounter

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@cache
def _lambda_client() -> "LambdaClient":
    """The client for handing over; made when it is first needed, for it takes half a second."""
    import boto3  # noqa: PLC0415  # as above

    return boto3.client("lambda")


def _hand_over(order: dict[str, Any]) -> None:
    """Start the function that makes a long export, and do not wait for it."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # as above

    name = os.environ["CITYLAKE_EXPORT_FUNCTION"]
    try:
        _lambda_client().invoke(
            FunctionName=name, InvocationType="Event", Payload=orjson.dumps(order)
        )
    except (ClientError, BotoCoreError) as error:
        raise LakeUnusable(f"cannot start {name}, which makes long exports: {error}") from error


def _service() -> Service:
    lake = open_cloud_lake(os.environ)
    place = os.environ.get("CITYLAKE_PLACE", "")
    bucket = os.environ["CITYLAKE_CITY_BUCKET" if place else "CITYLAKE_NATIONAL_BUCKET"]
    offload = Offload(
        lake.store_of(place) if place else lake.store,
        S3Depot(open_bucket(bucket)),
        _hand_over,
        pace=ExportPace.from_environment(),
    )
    make = partial(
        build,
        lake,
        pinned=place or None,
        deliver=offload.deliver,
        limits=QueryLimits.from_environment(),
        athena=AthenaSettings.from_environment(),
        site=Site.from_environment(),
        counter=CallCounter(lake.store_of, share=SHARED),
    )
    return Service(lake, make, offload, open_log("read"), place=place)


_SERVICE = _service()
_SERVICE.open()  # while the function starts it has more processor than later


def read(event: dict[str, Any], context: Any) -> Worded:  # noqa: ANN401  # Lambda's context, passed on
    """Answer a request of the HTTP API."""
    return _SERVICE.read(event, context)


def export(event: dict[str, Any], context: Any) -> None:  # noqa: ANN401  # as above
    """Make a file that ``read`` handed over."""
    _SERVICE.export(event, context)
