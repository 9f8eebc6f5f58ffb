"""What functions stand on in the marketplace's region, where the platform is in another one.

A layer and a topic serve their own region only, and parameters are looked up in it. So what the
platform gives is given a second time, under the same names, and the marketplace's template is the
same wherever the platform stands.
"""

from pathlib import Path

from aws_cdk import CfnOutput, Environment
from constructs import Construct

from infra.code import ROOT, Layer, Target
from infra.fleet import FleetStack
from infra.given import LAYERS, Given, give
from infra.lake import LakeStack, alarm_topic, built_layers, layer_version
from infra.stack import PlatformStack


class GroundStack(PlatformStack):
    """The layers, the topic and the names, given once more.

    Args:
        scope: the app.
        env: account and the marketplace's region.
        target: the machine that the layers are for.
        lake: the national lake, in another region.
        fleet: the fleet, in another region.
        layers_root: the folder under which ``build/layers`` stands.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        env: Environment,
        target: Target,
        lake: LakeStack,
        fleet: FleetStack,
        layers_root: Path = ROOT,
    ) -> None:
        super().__init__(
            scope,
            "Ground",
            env=env,
            says="Citylake: what the marketplace's functions stand on, away from the platform.",
            crosses_regions=True,
        )
        topic = alarm_topic(self)
        give(self, Given.ALARM_TOPIC, topic.topic_arn)
        folders = built_layers(target, layers_root)
        for layer in (Layer.READ, Layer.BASE):
            version = layer_version(self, layer, folders[layer], target)
            give(self, LAYERS[layer], version.layer_version_arn)
        give(self, Given.NATIONAL_BUCKET, lake.bucket.bucket_name)
        give(self, Given.REGISTRY, fleet.registry.table_name)
        give(self, Given.CLIENT, fleet.pool.client.user_pool_client_id)
        CfnOutput(self, "AlarmTopic", value=topic.topic_arn)
