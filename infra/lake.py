"""The national lake: its bucket, databases and workgroup, and what every other stack is given."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.athena import workgroup
from infra.code import ROOT, Layer, Target, layer_folder
from infra.edge import EDGE_REGION
from infra.function import ARCHITECTURES, RUNTIME
from infra.given import LAYERS, Given, give
from infra.stack import PlatformStack
from infra.storage import ANY_ORIGIN, CACHE, EXPORTS, Bucket, expiring, log_bucket, noncurrent

NATIONAL = "national"
"""Namespace and Glue database of the figures that every city has."""

RAW = "national_raw"
"""Glue database of what publishers sent, and when."""

NATIONAL_WORKGROUP = "citylake-national"

_CACHE_DAYS = 7


class LayersNotBuilt(Exception):
    """The dependencies of the functions were never gathered."""


class LakeStack(PlatformStack):
    """The national lake, kept whatever happens to the rest.

    Args:
        scope: the app.
        env: account and region.
        target: the machine that layers are for.
        layers_root: the folder under which ``build/layers`` stands.

    Raises:
        LayersNotBuilt: a layer's folder is not there or has nothing in it.
    """

    def __init__(
        self, scope: Construct, *, env: Environment, target: Target, layers_root: Path = ROOT
    ) -> None:
        super().__init__(
            scope,
            "Lake",
            env=env,
            says="Citylake: the national lake, the functions' layers, and where alarms go.",
            is_kept=True,
            crosses_regions=env.region != EDGE_REGION,
        )
        logs = log_bucket(self)
        self.bucket = Bucket(
            self,
            "National",
            logs_to=logs.bucket_name,
            logs_under="s3/national/",
            rules=[noncurrent(), expiring(EXPORTS, 1), expiring(CACHE, _CACHE_DAYS)],
            cors=[ANY_ORIGIN],
        )
        for name, says in (
            (NATIONAL, "Figures of every city, as national and state sites publish them"),
            (RAW, "What publishers sent, unchanged, and when"),
        ):
            _database(self, name, says, self.bucket.bucket_name)
        workgroup(
            self, NATIONAL_WORKGROUP, self.bucket.bucket_name, says="Queries of the national lake"
        )
        topic = alarm_topic(self)

        give(self, Given.NATIONAL_BUCKET, self.bucket.bucket_name)
        give(self, Given.LOG_BUCKET, logs.bucket_name)
        give(self, Given.ALARM_TOPIC, topic.topic_arn)
        for layer, folder in built_layers(target, layers_root).items():
            give(self, LAYERS[layer], layer_version(self, layer, folder, target).layer_version_arn)
        CfnOutput(self, "NationalBucket", value=self.bucket.bucket_name)
        CfnOutput(self, "AlarmTopic", value=topic.topic_arn)


def built_layers(target: Target, root: Path) -> Mapping[Layer, Path]:
    """Find the folders of all layers.

    Raises:
        LayersNotBuilt: one is not there, or has nothing in it.
    """
    folders = {layer: layer_folder(layer, target, root) for layer in Layer}
    for layer, folder in folders.items():
        if not any(folder.glob("python/*")):
            raise LayersNotBuilt(
                f"the layer {layer} for {target} is not at {folder}; "
                f"build it with: make bundles TARGET={target}"
            )
    return folders


def layer_version(stack: Stack, layer: Layer, folder: Path, target: Target) -> lambda_.LayerVersion:
    """Publish a layer in a stack's region."""
    return lambda_.LayerVersion(
        stack,
        f"{layer.capitalize()}Layer",
        code=lambda_.Code.from_asset(str(folder)),
        description=f"Dependencies of Citylake: {layer}",
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURES[target]],
        # Versions stay: an update that fails must be able to go back to the one before.
        removal_policy=RemovalPolicy.RETAIN,
    )


def _database(stack: LakeStack, name: str, says: str, bucket_name: str) -> None:
    database = glue.CfnDatabase(
        stack,
        "".join(word.capitalize() for word in name.split("_")) + "Database",
        catalog_id=stack.account,
        database_input=glue.CfnDatabase.DatabaseInputProperty(
            name=name, description=says, location_uri=f"s3://{bucket_name}/warehouse/{name}/"
        ),
    )
    database.apply_removal_policy(RemovalPolicy.RETAIN)


def alarm_topic(stack: Stack) -> sns.Topic:
    """Make the topic of a region that its alarms go to."""
    topic = sns.Topic(stack, "Alarms", display_name="Citylake", enforce_ssl=True)
    # A policy of one's own takes the place of the one that lets the account's alarms in.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsOfThisAccount",
            principals=[
                iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                iam.ServicePrincipal("events.amazonaws.com"),
            ],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    return topic
