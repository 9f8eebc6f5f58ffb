"""The rules of cdk-nag, and how an exception is made: beside what it excuses, with its reason."""

import cdk_nag
from aws_cdk import Acknowledgment, App, Validations
from constructs import IConstruct

_RULES = "AwsSolutions"


def check(app: App) -> None:
    """Hold the app to the rules: synthesis fails on whatever is neither mended nor excused."""
    Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))


def excuse(what: IConstruct, rule: str, because: str) -> None:
    """Say why a rule does not hold for a construct and what is in it.

    Args:
        what: the construct.
        rule: short name, as cdk-nag has it: ``SF2``, ``IAM5[Resource::*]``.
        because: the reason, in a sentence.
    """
    Validations.of(what).acknowledge(
        Acknowledgment(id=f"{_RULES}::{_RULES}-{rule}", reason=because)
    )
