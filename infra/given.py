"""What the platform gives to other stacks: values under fixed names in Parameter Store.

A stack that is given something takes it as a parameter that CloudFormation looks up anew at each
deployment. An export would be the other way, and a trap: CloudFormation refuses to change an
exported value while anyone imports it, so no layer could ever be replaced once a city stood on it.
"""

from enum import StrEnum

from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_ssm as ssm

from infra.code import Layer

_PREFIX = "/citylake/"


class Given(StrEnum):
    """The values, by their names below ``/citylake/``."""

    NATIONAL_BUCKET = "national-bucket"
    LOG_BUCKET = "log-bucket"
    ALARM_TOPIC = "alarm-topic"
    BOUNDARY = "boundary"
    LAYER_READ = "layers/read"
    LAYER_EXPORT = "layers/export"
    LAYER_WRITE = "layers/write"
    LAYER_LAND = "layers/land"
    LAYER_BASE = "layers/base"
    ISSUER = "user-pool/issuer"
    CLIENT = "user-pool/client"
    REGISTRY = "registry"
    DISTRIBUTION = "distribution"
    CONNECTION_GROUP = "connection-group"
    DNS_TARGET = "dns-target"

    @property
    def path(self) -> str:
        """The parameter's full name."""
        return _PREFIX + self.value

    @property
    def logical_id(self) -> str:
        """Its name within a template: ``layers/read`` → ``GivenLayersRead``."""
        return "Given" + "".join(
            word.capitalize() for word in self.value.replace("/", "-").split("-")
        )


LAYERS = {
    Layer.READ: Given.LAYER_READ,
    Layer.EXPORT: Given.LAYER_EXPORT,
    Layer.WRITE: Given.LAYER_WRITE,
    Layer.LAND: Given.LAYER_LAND,
    Layer.BASE: Given.LAYER_BASE,
}
"""Under which name each layer's ARN is given."""


def give(stack: Stack, what: Given, value: str) -> None:
    """Put a value where other stacks look for it."""
    ssm.StringParameter(
        stack, f"Puts{what.logical_id}", parameter_name=what.path, string_value=value
    )


def given(stack: Stack, what: Given) -> str:
    """Take a value that the platform gives, as a parameter of the template.

    Asked twice within a stack, it is the same parameter.
    """
    held = stack.node.try_find_child(what.logical_id)
    if not isinstance(held, CfnParameter):
        held = CfnParameter(
            stack,
            what.logical_id,
            type="AWS::SSM::Parameter::Value<String>",
            default=what.path,
            description="Given by the platform; leave as it is.",
        )
    return held.value_as_string
