"""The fleet: the registry of cities, what makes and ends them, who their staff are, a dashboard."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, CfnOutput, Environment, FileAssetLocation, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.access import (
    READ_PREFIXES,
    deletes_databases,
    glue_arns,
    invokes,
    lists,
    reads,
    writes,
)
from infra.city_data import DATABASE, WORKGROUP
from infra.code import Target
from infra.dashboard import dashboard
from infra.deploy_role import ANY_CITY, OF_ANY_CITY, boundary, deploy_role
from infra.edge import EDGE_REGION, EdgeStack, entrance
from infra.function import Function
from infra.given import Given, give, given
from infra.grants import Grant, grant
from infra.hearing import listens
from infra.identity import StaffPool
from infra.machine import Machine
from infra.machines import State, city_machine, teardown_machine, upgrade_machine
from infra.stack import PlatformStack
from infra.storage import Bucket, noncurrent
from infra.templates import CityTemplates

PROVISION = ("register", "data-stack", "service-stack", "first-release", "smoke", "live")
"""Steps by which a city comes to be."""

_MEGABYTES = 1_024
_SECONDS = 900


class FleetStack(PlatformStack):
    """Registry, state machines, sign-in pool, and the two templates with all that they name.

    Args:
        scope: the app.
        env: account and region.
        target: the machine that functions run on.
        templates: what every city is made from.
        edge: where the cities' domains are.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        env: Environment,
        target: Target,
        templates: CityTemplates,
        edge: EdgeStack,
    ) -> None:
        super().__init__(
            scope,
            "Fleet",
            env=env,
            says="Citylake: the registry of cities, and what makes, upgrades and ends them.",
            is_kept=True,
            crosses_regions=env.region != EDGE_REGION,
        )
        national = s3.Bucket.from_bucket_name(self, "National", given(self, Given.NATIONAL_BUCKET))
        registry = self.registry = _registry(self)
        archive = Bucket(
            self,
            "Archive",
            logs_to=given(self, Given.LOG_BUCKET),
            logs_under="s3/archive/",
            rules=[noncurrent()],
        )
        published = self._publish(templates)
        limit = boundary(self, national_arn=national.bucket_arn)
        assets_arn = self.format_arn(
            service="s3", region="", account="", resource=published[templates.data].bucket_name
        )
        role = deploy_role(self, limit=limit, assets_arn=assets_arn)
        fleet = Function(
            self,
            "Fleet",
            name="fleet",
            target=target,
            megabytes=_MEGABYTES,
            seconds=_SECONDS,
            environment={
                "CITYLAKE_NATIONAL_BUCKET": national.bucket_name,
                "CITYLAKE_REGISTRY": registry.table_name,
                "CITYLAKE_DATA_TEMPLATE": published[templates.data].http_url,
                "CITYLAKE_SERVICE_TEMPLATE": published[templates.service].http_url,
                "CITYLAKE_ARCHIVE_BUCKET": archive.bucket_name,
                "CITYLAKE_DEPLOY_ROLE": role.role_arn,
            },
            may=[
                _registers(registry),
                *_deploys(self, role, assets_arn),
                lists(national.bucket_arn),
                reads(national.bucket_arn, *READ_PREFIXES),
                *_keeps_cities(self),
                *_archives(archive),
                _PROVES,
            ],
        )
        self._machines(fleet)
        pool = self.pool = StaffPool(self, "Staff")

        give(self, Given.BOUNDARY, limit.managed_policy_arn)
        give(self, Given.ISSUER, pool.issuer)
        give(self, Given.REGISTRY, registry.table_name)
        give(self, Given.CLIENT, pool.client.user_pool_client_id)
        # Here and not in the edge's own stack: parameters are looked up in the cities' region.
        give(self, Given.DISTRIBUTION, edge.distribution_id)
        way_in = entrance(self)
        give(self, Given.CONNECTION_GROUP, way_in.group_id)
        give(self, Given.DNS_TARGET, way_in.dns_target)
        dashboard(self, registry_name=registry.table_name)
        # An output's name must not be its resource's, within the CDK.
        CfnOutput(self, "RegistryName", value=registry.table_name).override_logical_id("Registry")
        CfnOutput(self, "ArchiveBucket", value=archive.bucket_name)
        CfnOutput(self, "UserPool", value=pool.user_pool_id)
        CfnOutput(self, "UserPoolClient", value=pool.client.user_pool_client_id)

    def _publish(self, templates: CityTemplates) -> Mapping[str, FileAssetLocation]:
        """Put the templates, and all that they name, among this stack's own assets."""
        return {
            checksum: self.synthesizer.add_file_asset(
                source_hash=checksum, file_name=asset.path, packaging=asset.packaging
            )
            for checksum, asset in templates.assets.items()
        }

    def _machines(self, fleet: Function) -> None:
        """Draw the runs over cities, and let the function ask which of them still goes on."""
        drawn: Mapping[str, State] = {
            "Provision": city_machine(PROVISION, says="Make a city"),
            "Suspend": city_machine(("suspend",), says="Let a city's staff write no more"),
            "Resume": city_machine(("resume",), says="Let a city's staff write again"),
            "Teardown": teardown_machine(),
            "Upgrade": upgrade_machine(),
        }
        executions = []
        asked: dict[str, str] = {}
        for name, definition in drawn.items():
            machine = Machine(
                self,
                f"{name}Machine",
                definition=definition,
                blanks={"Fleet": fleet.function_arn},
                may=[invokes(fleet)],
            )
            CfnOutput(self, f"{name}Arn", value=machine.state_machine_arn).override_logical_id(
                f"{name}Machine"
            )
            asked[name] = machine.state_machine_arn
            executions.append(
                self.format_arn(
                    service="states",
                    resource="execution",
                    resource_name=f"{machine.state_machine_name}:*",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            )
        # A policy of its own: within the role's first one the machines would stand before the
        # function and behind it.
        asks = iam.Policy(self, "AsksForRuns", roles=[fleet.own_role])
        runs = Grant(
            actions=["states:DescribeExecution"],
            on=executions,
            because="runs of these machines; each has a name of its own",
        )
        grant(asks, [runs])
        listens(self, asked)


def _registry(scope: Construct) -> dynamodb.Table:
    return dynamodb.Table(
        scope,
        "Registry",
        partition_key=dynamodb.Attribute(name="geoid", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )


def _registers(registry: dynamodb.ITable) -> Grant:
    return Grant(
        actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"], on=[registry.table_arn]
    )


def _deploys(stack: Stack, role: iam.IRole, assets_arn: str) -> Sequence[Grant]:
    """May have CloudFormation make, change and end the stacks of cities, by its role."""
    return (
        Grant(
            actions=[
                "cloudformation:CreateStack",
                "cloudformation:UpdateStack",
                "cloudformation:DeleteStack",
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackEvents",
                "cloudformation:UpdateTerminationProtection",
            ],
            on=[
                stack.format_arn(
                    service="cloudformation", resource="stack", resource_name=f"{ANY_CITY}/*"
                )
            ],
            because=OF_ANY_CITY,
        ),
        Grant(
            actions=["iam:PassRole"],
            on=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        Grant(
            actions=["s3:GetObject"],
            on=[f"{assets_arn}/*"],
            because="templates and functions' code; their keys are checksums",
        ),
    )


def _keeps_cities(stack: Stack) -> Sequence[Grant]:
    """May begin a city's lake, say whether it is suspended, copy it and, in the end, empty it."""
    bucket = stack.format_arn(service="s3", region="", account="", resource=ANY_CITY)
    workgroup = stack.format_arn(
        service="athena", resource="workgroup", resource_name=WORKGROUP.format(geoid="*")
    )
    return (
        Grant(
            actions=[
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListBucketMultipartUploads",
                "s3:DeleteBucket",
            ],
            on=[bucket],
            because=OF_ANY_CITY,
        ),
        Grant(
            actions=[
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:GetObjectTagging",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:AbortMultipartUpload",
            ],
            on=[f"{bucket}/*"],
            because=OF_ANY_CITY,
        ),
        writes(bucket, "lake.json", "catalog/", "entitlement.json"),
        Grant(
            actions=["glue:GetDatabase"],
            on=glue_arns(stack, DATABASE.format(geoid="*")),
            because=OF_ANY_CITY,
        ),
        deletes_databases(stack, DATABASE.format(geoid="*")),
        Grant(
            actions=["athena:GetWorkGroup", "athena:DeleteWorkGroup"],
            on=[workgroup],
            because=OF_ANY_CITY,
        ),
    )


def _archives(archive: s3.IBucket) -> Sequence[Grant]:
    return (
        lists(archive.bucket_arn),
        Grant(
            actions=["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            on=[archive.arn_for_objects("*")],
            because="a folder for each city that left",
        ),
    )


_PROVES = Grant(
    actions=["tag:GetResources"],
    on=["*"],
    because="what is left of a city is looked for by its tag; the action knows no resource",
)
