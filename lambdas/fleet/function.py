"""The function ``fleet`` as Lambda knows it: everything is made once, at import.

It takes the steps of the fleet's state machines, one per call, and is the only function that makes
and ends stacks.
"""

import os
import time
from collections.abc import Mapping

import boto3
from botocore.config import Config

from citylake.errors import ParameterInvalid
from citylake.lake.cloud import open_cloud_lake
from citylake.lake.duck import connect
from citylake.lake.s3 import open_bucket
from citylake.logs import open_log
from lambdas.fleet.fleet import Fleet, Templates
from lambdas.fleet.handler import build
from lambdas.fleet.national import LakeNational
from lambdas.fleet.portal import ask
from lambdas.fleet.registry import TableRegistry
from lambdas.fleet.remains import AccountRemains
from lambdas.fleet.runs import StepFunctionsRuns
from lambdas.fleet.stacks import CloudFormationStacks

_EDGE_REGION = "us-east-1"
"""Where the content distribution is, and so the tags of its tenants."""

_PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 8})
"""CloudFormation lets an account ask a few times a second, and a wave asks for many stacks."""


def _open(environment: Mapping[str, str]) -> Fleet:
    def setting(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            raise ParameterInvalid(f"the environment has no {name}; the fleet's stack sets it")
        return value

    stacks = CloudFormationStacks(
        boto3.client("cloudformation", config=_PATIENT), setting("CITYLAKE_DEPLOY_ROLE")
    )
    tagging = boto3.client("resourcegroupstaggingapi", config=_PATIENT)
    at_home = tagging.meta.region_name == _EDGE_REGION
    edge = () if at_home else (boto3.client("resourcegroupstaggingapi", _EDGE_REGION),)
    s3 = boto3.client("s3")
    lake = open_cloud_lake(environment)
    return Fleet(
        registry=TableRegistry(boto3.resource("dynamodb").Table(setting("CITYLAKE_REGISTRY"))),
        runs=StepFunctionsRuns(boto3.client("stepfunctions")),
        stacks=stacks,
        templates=Templates(
            data=setting("CITYLAKE_DATA_TEMPLATE"), service=setting("CITYLAKE_SERVICE_TEMPLATE")
        ),
        national=LakeNational(lake, lambda: connect(lake.roots)),
        buckets=open_bucket,
        objects=s3,
        archive_bucket=setting("CITYLAKE_ARCHIVE_BUCKET"),
        remains=AccountRemains(
            (tagging, *edge), stacks, s3, boto3.client("glue"), boto3.client("athena")
        ),
        ask=ask,
        pause=time.sleep,
    )


handler = build(_open(os.environ), open_log("fleet"))
