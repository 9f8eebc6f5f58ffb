"""The clients through which an account is asked; each question is short, and so is the wait."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from citylake.errors import ParameterInvalid

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBServiceResource
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

EDGE_REGION = "us-east-1"
"""Where certificates and the distribution live, whatever the region of the rest."""

_CONFIG = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """One client per service.

    Attributes:
        region: where the platform is, or is to be.
        edge_acm: certificates of the distribution.
        edge_quotas: quotas of the global services (IAM, CloudFront).
        edge_ssm: parameters of the region that the distribution is made from.
    """

    region: str
    apigateway: "ApiGatewayV2Client"
    athena: "AthenaClient"
    cloudformation: "CloudFormationClient"
    cloudfront: "CloudFrontClient"
    cloudwatch: "CloudWatchClient"
    edge_acm: "ACMClient"
    edge_quotas: "ServiceQuotasClient"
    edge_ssm: "SSMClient"
    events: "EventBridgeClient"
    glue: "GlueClient"
    iam: "IAMClient"
    lambdas: "LambdaClient"
    logs: "CloudWatchLogsClient"
    quotas: "ServiceQuotasClient"
    s3: "S3Client"
    sns: "SNSClient"
    ssm: "SSMClient"
    sts: "STSClient"
    tables: "DynamoDBServiceResource"


def open_clients(region: str = "") -> Clients:
    """Make the clients from the environment's credentials, without a call to AWS.

    Args:
        region: where the platform is; the one of the environment or the profile if empty, and
            us-east-1 if they name none.

    Raises:
        ParameterInvalid: the environment names a profile that does not exist, or the like.
    """
    try:
        session = boto3.Session(region_name=region or None)
        chosen = session.region_name or EDGE_REGION
        return Clients(
            region=chosen,
            apigateway=session.client("apigatewayv2", region_name=chosen, config=_CONFIG),
            athena=session.client("athena", region_name=chosen, config=_CONFIG),
            cloudformation=session.client("cloudformation", region_name=chosen, config=_CONFIG),
            cloudfront=session.client("cloudfront", region_name=EDGE_REGION, config=_CONFIG),
            cloudwatch=session.client("cloudwatch", region_name=chosen, config=_CONFIG),
            edge_acm=session.client("acm", region_name=EDGE_REGION, config=_CONFIG),
            edge_quotas=session.client("service-quotas", region_name=EDGE_REGION, config=_CONFIG),
            edge_ssm=session.client("ssm", region_name=EDGE_REGION, config=_CONFIG),
            events=session.client("events", region_name=chosen, config=_CONFIG),
            glue=session.client("glue", region_name=chosen, config=_CONFIG),
            iam=session.client("iam", region_name=EDGE_REGION, config=_CONFIG),
            lambdas=session.client("lambda", region_name=chosen, config=_CONFIG),
            logs=session.client("logs", region_name=chosen, config=_CONFIG),
            quotas=session.client("service-quotas", region_name=chosen, config=_CONFIG),
            s3=session.client("s3", region_name=chosen, config=_CONFIG),
            sns=session.client("sns", region_name=chosen, config=_CONFIG),
            ssm=session.client("ssm", region_name=chosen, config=_CONFIG),
            sts=session.client("sts", region_name=chosen, config=_CONFIG),
            tables=session.resource("dynamodb", region_name=chosen, config=_CONFIG),
        )
    except (BotoCoreError, ValueError) as error:
        raise ParameterInvalid(f"AWS's settings on this machine: {error}") from error
