"""The facts of a city as its two templates take them: parameters, the same five in both."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import (
    CfnCondition,
    CfnParameter,
    DefaultStackSynthesizer,
    Environment,
    Fn,
    Stack,
    Tags,
)
from constructs import Construct, IConstruct

from citylake.tiers import TIERS
from infra.stack import CITY_TAG

STACK_NAME = "citylake-city-{geoid}"
"""Name of a city's service stack; its data stack's has ``-data`` behind it."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"|({_LABEL}\.)+[a-z]{{2,63}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city that subscribes, as a deployment by hand knows it.

    Attributes:
        geoid: its GEOID.
        slug: its address within the showcase (``nc/durham``).
        tier: its population band (``pop_t09``).
        domain: the host of its portal, empty for none of its own.
        features: what it has beside the rest.
    """

    geoid: str
    slug: str
    tier: str
    domain: str = ""
    features: tuple[str, ...] = ()

    @property
    def parameters(self) -> Mapping[str, str]:
        """The same as values of the templates' parameters."""
        return {
            "Geoid": self.geoid,
            "Slug": self.slug,
            "Tier": self.tier,
            "Domain": self.domain,
            "Features": ",".join(self.features),
        }


class CityTemplate(Stack):
    """A stack of a city. Its template knows no city: the facts come as parameters.

    Args:
        scope: the app.
        id: the stack's name, also in CloudFormation.
        env: account and region.
        says: what it is, in one sentence.
        city: whose facts a deployment by hand fills in; ``None`` for the template alone.
        is_kept: whether it holds what cannot be had again, so that nobody may delete it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's own name, by keyword in every construct
        *,
        env: Environment,
        says: str,
        city: City | None,
        is_kept: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=id,
            env=env,
            description=says,
            termination_protection=is_kept,
            tags=None if city is None else {CITY_TAG: city.geoid},
            # Whoever creates the stack from its template alone has no use for the CDK's own rule.
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        self.city = city
        self.geoid = self._fact("Geoid", "GEOID of the place", r"\d{7}|\d{10}")
        self.slug = self._fact("Slug", "Its address: state and name", r"[a-z]{2}/[a-z0-9-]{1,120}")
        self.tier = CfnParameter(
            self,
            "Tier",
            description="Its population band",
            allowed_values=[tier.code for tier in TIERS],
        ).value_as_string
        self.domain = self._fact(
            "Domain", "Host of its portal; empty for none of its own", _DOMAIN, default=""
        )
        self.features = CfnParameter(
            self,
            "Features",
            type="CommaDelimitedList",
            description="What it has beside the rest",
            default="",
        ).value_as_list
        # A stack's own tags do not reach all that is in it: buckets must be told.
        Tags.of(self).add(CITY_TAG, self.geoid, exclude_resource_types=["aws:cdk:stack"])

    def mark(self, holder: IConstruct) -> None:
        """Write all facts on one function or bucket, so that costs can be told apart by them."""
        facts = {
            "slug": self.slug,
            "tier": self.tier,
            "domain": self.domain,
            "features": Fn.join(" ", self.features),
        }
        for name, value in facts.items():
            # Not on its alarms, which take no empty text.
            Tags.of(holder).add(
                f"citylake:{name}",
                value,
                include_resource_types=["AWS::Lambda::Function", "AWS::S3::Bucket"],
            )

    def has_domain(self) -> CfnCondition:
        """Whether the city's portal has a host of its own."""
        return CfnCondition(
            self, "HasDomain", expression=Fn.condition_not(Fn.condition_equals(self.domain, ""))
        )

    def _fact(self, name: str, says: str, pattern: str, default: str | None = None) -> str:
        return CfnParameter(
            self, name, description=says, allowed_pattern=pattern, default=default
        ).value_as_string
