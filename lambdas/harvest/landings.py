"""The function that registers raw landings in Glue, after a run, as Lambda runs it.

The event says nothing that is needed; the answer is ``{"landings": 31, "sources": 12}``. It has a
layer of its own, since awswrangler and what writes Iceberg do not fit into one.
"""

import os
from dataclasses import asdict
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from citylake.lake.s3 import open_bucket
from citylake.logs import open_log
from lambdas.harvest.landed import read_landings
from lambdas.harvest.register import register

_BUCKET = os.environ["CITYLAKE_NATIONAL_BUCKET"]
_STORE = open_bucket(_BUCKET)
_SESSION = boto3.Session()
_LOG = open_log("landings")


@_LOG.inject_lambda_context
def handler(_: dict[str, Any], __: LambdaContext) -> dict[str, Any]:
    """Register everything that publishers ever sent."""
    made = register(read_landings(_STORE), bucket=_BUCKET, session=_SESSION)
    _LOG.info("registered", landings=made.landings, sources=made.sources)
    return asdict(made)
