"""What the platform's stacks have in common, and the tags by which all that is ours is found."""

from aws_cdk import Environment, Stack
from constructs import Construct

CITY_TAG = "citylake:city"
"""On everything of a city; its value is the GEOID. What is left of a city is found by it."""

PART_TAG = "citylake:part"
"""On everything of the platform; its value is the part's name (``lake``, ``harvest`` …)."""


class PlatformStack(Stack):
    """A stack that is there once.

    Args:
        scope: the app.
        part: which part of the platform it is; the stack's name is ``Citylake-`` and this.
        env: account and region.
        says: what it is, in one sentence.
        is_kept: whether it holds what cannot be had again, so that nobody may delete it.
        crosses_regions: whether it hands values to or takes them from a stack in another region.
    """

    def __init__(
        self,
        scope: Construct,
        part: str,
        *,
        env: Environment,
        says: str,
        is_kept: bool = False,
        crosses_regions: bool = False,
    ) -> None:
        super().__init__(
            scope,
            f"Citylake-{part}",
            env=env,
            description=says,
            tags={PART_TAG: part.lower()},
            termination_protection=is_kept,
            cross_region_references=crosses_regions,
        )
