"""What the emulator really made of the templates, type by type."""

import json
from collections import Counter
from collections.abc import Mapping

import boto3
import pytest

from local.cloud.platform import DURHAM, Platform

pytestmark = pytest.mark.cloud

STACKS = (
    "Citylake-Lake",
    "Citylake-Harvest",
    "Citylake-Showcase",
    "Citylake-Edge",
    "Citylake-Fleet",
    "Citylake-Marketplace",
)

NOT_ON_AN_EMULATOR = {
    "AWS::CDK::Metadata",
    "AWS::CloudFront::ConnectionGroup",
    "AWS::CloudFront::DistributionTenant",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
}
"""Left to the assertions on templates; docs/operations.md names them."""


def test_every_resource_of_the_templates_is_made(
    platform: Platform, cities: Mapping[str, str], notes: list[str]
) -> None:
    left_out: set[str] = set()
    for stack in (*STACKS, f"citylake-city-{DURHAM}-data", f"citylake-city-{DURHAM}"):
        wanted, found = declared(stack), made(stack)
        missing = wanted - found
        left_out |= missing.keys()
        notes.append(f"{found.total():4} of {wanted.total():3} resources of {stack}")
        notes.extend(f"       not made: {count} {kind}" for kind, count in missing.items())

    assert left_out <= NOT_ON_AN_EMULATOR


def declared(stack: str) -> Counter[str]:
    """The resources of a stack's template, by type."""
    body = boto3.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    return Counter(resource["Type"] for resource in template["Resources"].values())


def made(stack: str) -> Counter[str]:
    """What there is of a stack, by type."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    return Counter(
        resource["ResourceType"]
        for page in pages.paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
        if resource["ResourceStatus"].endswith("_COMPLETE")
    )
