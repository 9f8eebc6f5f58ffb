"""The showcase: every place from the national lake, before anyone has bought."""

from aws_cdk import CfnOutput, Environment
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.access import admits, asks_athena, serves
from infra.api import Api
from infra.code import Target
from infra.given import Given, given
from infra.lake import NATIONAL, NATIONAL_WORKGROUP
from infra.queues import failures
from infra.serving import serving
from infra.stack import PlatformStack


class ShowcaseStack(PlatformStack):
    """The read-only deployment that serves all places.

    Args:
        scope: the app.
        env: account and region.
        target: the machine that functions run on.
    """

    def __init__(self, scope: Construct, *, env: Environment, target: Target) -> None:
        super().__init__(
            scope,
            "Showcase",
            env=env,
            says="Citylake: every place from the national lake, read only.",
        )
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", given(self, Given.NATIONAL_BUCKET))
        functions = serving(
            self,
            target=target,
            environment={
                "CITYLAKE_NATIONAL_BUCKET": bucket.bucket_name,
                "CITYLAKE_ATHENA_WORKGROUP": NATIONAL_WORKGROUP,
            },
            admits=admits(bucket.bucket_arn),
            may=[
                *serves(bucket.bucket_arn),
                *asks_athena(self, bucket.bucket_arn, NATIONAL_WORKGROUP, NATIONAL),
            ],
            failed_to=failures(
                self, "Failed", says="An export of the showcase failed; the message has why."
            ),
        )
        api = Api(self, "Api", name="showcase", answers=functions.read)
        self.api_id = api.api_id
        CfnOutput(self, "ApiUrl", value=api.endpoint)
        CfnOutput(self, "ReadFunction", value=functions.read.function_name)
