"""A pattern in a policy has its reason, and a stack its layers; else nothing is synthesised."""

from pathlib import Path

import pytest
from aws_cdk import App, Fn, Stack
from aws_cdk import aws_iam as iam

from infra.code import Target
from infra.grants import Grant, ReasonMissing, grant
from infra.lake import LayersNotBuilt, built_layers


@pytest.fixture
def role() -> iam.Role:
    stack = Stack(App(), "Stack")
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


@pytest.mark.parametrize(
    ("actions", "on"),
    [
        (["s3:Get*"], ["arn:aws:s3:::bucket"]),
        (["s3:GetObject"], ["arn:aws:s3:::bucket/*"]),
        (["s3:GetObject"], [Fn.join("", ["arn:aws:s3:::", Fn.import_value("bucket"), "/*"])]),
    ],
    ids=["action", "resource", "resource with a reference"],
)
def test_a_pattern_needs_a_reason(role: iam.Role, actions: list[str], on: list[str]) -> None:
    with pytest.raises(ReasonMissing, match=r"Stack/Role: .* is a pattern; expected a reason"):
        grant(role, [Grant(actions=actions, on=on)])

    grant(role, [Grant(actions=actions, on=on, because="objects come and go")])


def test_what_is_named_in_full_needs_none(role: iam.Role) -> None:
    grant(role, [Grant(actions=["s3:GetObject"], on=["arn:aws:s3:::bucket/lake.json"])])


def test_layers_that_were_never_built_are_asked_for_by_command(tmp_path: Path) -> None:
    with pytest.raises(LayersNotBuilt, match="make bundles TARGET=host"):
        built_layers(Target.HOST, tmp_path)
