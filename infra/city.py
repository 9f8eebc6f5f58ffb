"""A city's service: its portal and API, and what its staff publish with."""

from aws_cdk import CfnOutput, Environment, Fn
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access import (
    PUBLISH_PREFIXES,
    READ_PREFIXES,
    admits,
    asks_athena,
    deletes,
    lists,
    reads,
    serves,
    tables_of,
    writes,
)
from infra.api import Api
from infra.city_data import DATABASE, WORKGROUP, bucket_export
from infra.code import Target
from infra.edge import API_PARAMETER
from infra.facts import STACK_NAME, City, CityTemplate
from infra.function import Function
from infra.given import Given, given
from infra.grants import Grant
from infra.lake import NATIONAL
from infra.queues import failures
from infra.serving import serving
from infra.storage import INBOX

_PUBLISH_MEGABYTES = 3_008
_PUBLISH_SECONDS = 900
_PUBLISH_SCRATCH_MEGABYTES = 4_096  # an upload of 512 MB, decompressed, staged and sorted
_PUBLISH_RETRIES = 2


class CityStack(CityTemplate):
    """HTTP API, functions and, where the city has a domain, its place at the edge.

    Args:
        scope: the app.
        env: account and region.
        target: the machine that functions run on.
        city: whose facts a deployment by hand fills in; ``None`` for the template alone.
    """

    def __init__(
        self, scope: Construct, *, env: Environment, target: Target, city: City | None = None
    ) -> None:
        geoid = "template" if city is None else city.geoid
        super().__init__(
            scope,
            STACK_NAME.format(geoid=geoid),
            env=env,
            says="Citylake: the service of one city.",
            city=city,
        )
        self._has_domain = self.has_domain()
        # CloudFormation may make no role for a city without it (infra/deploy_role.py).
        iam.PermissionsBoundary.of(self).apply(
            iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", given(self, Given.BOUNDARY))
        )
        national = s3.Bucket.from_bucket_name(self, "National", given(self, Given.NATIONAL_BUCKET))
        own = s3.Bucket.from_bucket_name(
            self, "Own", Fn.import_value(Fn.sub(bucket_export("${Geoid}")))
        )
        failed = failures(
            self, "Failed", says="A city's file or export failed for good; the message has why."
        )
        environment = {
            "CITYLAKE_NATIONAL_BUCKET": national.bucket_name,
            "CITYLAKE_CITY_BUCKET": own.bucket_name,
            "CITYLAKE_PLACE": self.geoid,
        }
        workgroup = WORKGROUP.format(geoid=self.geoid)
        functions = serving(
            self,
            target=target,
            environment={
                **environment,
                "CITYLAKE_ATHENA_WORKGROUP": workgroup,
                "CITYLAKE_ORIGIN": self._origin(),
            },
            admits=admits(own.bucket_arn),
            may=[
                *serves(own.bucket_arn, national.bucket_arn),
                *asks_athena(
                    self, own.bucket_arn, workgroup, NATIONAL, DATABASE.format(geoid=self.geoid)
                ),
            ],
            failed_to=failed,
        )
        self.mark(functions.read)
        publish = Function(
            self,
            "Publish",
            name="publish",
            target=target,
            megabytes=_PUBLISH_MEGABYTES,
            seconds=_PUBLISH_SECONDS,
            scratch_megabytes=_PUBLISH_SCRATCH_MEGABYTES,
            environment=environment,
            may=self._publishes(own, national),
            failed_to=failed,
            retries=_PUBLISH_RETRIES,
        )
        api = Api(self, "Api", name=Fn.sub("city-${Geoid}"), answers=functions.read)
        staff = api.tokens_of(given(self, Given.ISSUER), given(self, Given.CLIENT))
        api.route("Publish", "ANY /api/publish/v1/{proxy+}", publish, authorizer_id=staff)
        self._publish_uploads(own, publish, failed)
        self._tenant(api)
        CfnOutput(self, "ApiUrl", value=api.endpoint)
        CfnOutput(self, "ReadFunction", value=functions.read.function_name)
        CfnOutput(self, "PublishFunction", value=publish.function_name)

    def _origin(self) -> str:
        return Fn.condition_if(
            self._has_domain.logical_id, Fn.sub("https://${Domain}"), ""
        ).to_string()

    def _publishes(self, own: s3.IBucket, national: s3.IBucket) -> list[Grant]:
        return [
            lists(own.bucket_arn),
            lists(national.bucket_arn),
            reads(own.bucket_arn, *PUBLISH_PREFIXES, "entitlement.json"),
            writes(own.bucket_arn, *PUBLISH_PREFIXES),
            deletes(own.bucket_arn, "warehouse/"),
            reads(national.bucket_arn, *READ_PREFIXES),
            tables_of(self, DATABASE.format(geoid=self.geoid)),
        ]

    def _publish_uploads(
        self, own: s3.IBucket, publish: lambda_.IFunction, failed: sqs.IQueue
    ) -> None:
        """Start ``publish`` with each file that arrives in the city's inbox."""
        rule = events.CfnRule(
            self,
            "Uploads",
            description="Files of the city's staff, as they arrive",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [own.bucket_name]},
                    "object": {"key": [{"prefix": INBOX}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="publish",
                    arn=publish.function_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=failed.queue_arn
                    ),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            "UploadsPermission",
            action="lambda:InvokeFunction",
            function_name=publish.function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
        failed.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[failed.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )

    def _tenant(self, api: Api) -> None:
        """Give the city's domain its place at the edge, if it has one."""
        tenant = cloudfront.CfnDistributionTenant(
            self,
            "Tenant",
            distribution_id=given(self, Given.DISTRIBUTION),
            connection_group_id=given(self, Given.CONNECTION_GROUP),
            name=Fn.sub("citylake-city-${Geoid}"),
            domains=[self.domain],
            parameters=[
                cloudfront.CfnDistributionTenant.ParameterProperty(
                    name=API_PARAMETER, value=api.api_id
                )
            ],
            managed_certificate_request=(
                cloudfront.CfnDistributionTenant.ManagedCertificateRequestProperty(
                    primary_domain_name=self.domain,
                    validation_token_host="cloudfront",  # noqa: S106 - a place, no secret
                )
            ),
        )
        tenant.cfn_options.condition = self._has_domain
        target = CfnOutput(
            self,
            "DnsTarget",
            value=given(self, Given.DNS_TARGET),
            description="Where the domain's CNAME record must point",
        )
        target.condition = self._has_domain
