"""The app: the only place that knows regions and context. ``python -m infra.app`` synthesises it.

Context: ``region`` (``us-east-1`` unless told), ``account``, ``target`` (``arm64``, or ``host`` for
an emulator on this machine), ``schedule`` (``off`` where there is no network to harvest from),
``city`` (GEOIDs with commas between them, each optionally followed by ``=`` and its domain),
``market`` (a file that says what is sold on AWS Marketplace; without it there is no such stack),
``layers`` (the folder under which ``build/layers`` stands, if not the project's).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk import App, Environment

from infra.city import CityStack
from infra.city_data import CityDataStack
from infra.code import ROOT, Target
from infra.edge import EDGE_REGION, EdgeStack
from infra.facts import City
from infra.fleet import FleetStack
from infra.ground import GroundStack
from infra.harvest import HarvestStack
from infra.lake import LakeStack
from infra.marketplace import MARKET_REGION, MarketplaceStack
from infra.nag import check
from infra.register import city
from infra.selling import Selling, read_selling
from infra.showcase import ShowcaseStack
from infra.templates import city_templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a deployment chooses.

    Attributes:
        region: where all but the edge stands.
        account: which account; ``None`` for whichever the deployment finds.
        target: the machine that functions run on.
        is_scheduled: whether the harvest runs by itself.
        layers_root: the folder under which ``build/layers`` stands.
        cities: what is deployed by hand, beside the platform.
        selling: what is sold on AWS Marketplace; ``None`` where nothing is.
    """

    region: str = EDGE_REGION
    account: str | None = None
    target: Target = Target.ARM64
    is_scheduled: bool = True
    layers_root: Path = ROOT
    cities: Sequence[City] = ()
    selling: Selling | None = None

    @classmethod
    def from_context(cls, context: Mapping[str, str]) -> "Choices":
        """Read them from the CDK's context, where all is text."""
        return cls(
            region=context.get("region", EDGE_REGION),
            account=context.get("account"),
            target=Target(context.get("target", Target.ARM64)),
            is_scheduled=context.get("schedule", "on") != "off",
            layers_root=Path(context.get("layers", ROOT)),
            cities=_cities(context.get("city", "")),
            selling=read_selling(Path(context["market"])) if context.get("market") else None,
        )


@dataclass(frozen=True, slots=True)
class Platform:
    """The stacks that an app was made of."""

    lake: LakeStack
    harvest: HarvestStack
    showcase: ShowcaseStack
    edge: EdgeStack
    fleet: FleetStack
    cities: Sequence[tuple[CityDataStack, CityStack]] = field(default=())
    marketplace: MarketplaceStack | None = None


def compose(app: App, choices: Choices) -> Platform:
    """Put the stacks together.

    Args:
        app: what is synthesised; its folder must be known, for the cities' templates go into it.
        choices: what the deployment chose.
    """
    env = Environment(account=choices.account, region=choices.region)
    target = choices.target
    lake = LakeStack(app, env=env, target=target, layers_root=choices.layers_root)
    harvest = HarvestStack(app, env=env, target=target, is_scheduled=choices.is_scheduled)
    showcase = ShowcaseStack(app, env=env, target=target)
    edge = EdgeStack(
        app,
        env=Environment(account=choices.account, region=EDGE_REGION),
        origin_region=choices.region,
    )
    fleet = FleetStack(
        app,
        env=env,
        target=target,
        templates=city_templates(Path(app.outdir), env=env, target=target),
        edge=edge,
    )
    cities = [
        (CityDataStack(app, env=env, city=each), CityStack(app, env=env, target=target, city=each))
        for each in choices.cities
    ]
    for later in (harvest, showcase, fleet):
        later.add_stack_dependency(lake)  # by Parameter Store, where the CDK cannot see it
    for data, service in cities:
        data.add_stack_dependency(lake)
        service.add_stack_dependency(fleet)
        service.add_stack_dependency(data)
    market = _marketplace(app, choices, lake, fleet)
    return Platform(lake, harvest, showcase, edge, fleet, cities, market)


def _marketplace(
    app: App, choices: Choices, lake: LakeStack, fleet: FleetStack
) -> MarketplaceStack | None:
    """Make what sells, and in its region what it stands on, if the platform is elsewhere."""
    if choices.selling is None:
        return None
    env = Environment(account=choices.account, region=MARKET_REGION)
    market = MarketplaceStack(
        app,
        env=env,
        target=choices.target,
        platform_region=choices.region,
        selling=choices.selling,
        is_scheduled=choices.is_scheduled,
    )
    market.add_stack_dependency(fleet)
    if choices.region != MARKET_REGION:
        ground = GroundStack(
            app,
            env=env,
            target=choices.target,
            lake=lake,
            fleet=fleet,
            layers_root=choices.layers_root,
        )
        market.add_stack_dependency(ground)
    return market


def synthesise(app: App, choices: Choices) -> Path:
    """Write the whole assembly, and return its folder."""
    platform = compose(app, choices)
    folder = Path(app.synth().directory)
    _fill_in(folder, platform.cities)
    return folder


def _fill_in(folder: Path, cities: Sequence[tuple[CityDataStack, CityStack]]) -> None:
    """Give the cities' facts to the CDK's command, beside their templates.

    The command passes what an assembly says of a stack's parameters. The CDK has no way to say it
    but for a synthesizer of one's own, which cannot be written in Python.
    """
    manifest = folder / "manifest.json"
    assembly = json.loads(manifest.read_text(encoding="utf-8"))
    for stack in (stack for both in cities for stack in both):
        if stack.city is not None:
            artifact = assembly["artifacts"][stack.artifact_id]
            artifact["properties"]["parameters"] = dict(stack.city.parameters)
    manifest.write_text(json.dumps(assembly, indent=1), encoding="utf-8")


def _cities(text: str) -> tuple[City, ...]:
    """Read ``3719000,0807850=data.example.gov`` and look each up."""
    asked = (entry.strip().partition("=") for entry in text.split(",") if entry.strip())
    return tuple(city(geoid, domain=domain) for geoid, _, domain in asked)


def _context(app: App) -> dict[str, str]:
    names = ("region", "account", "target", "schedule", "layers", "city", "market")
    asked = {name: app.node.try_get_context(name) for name in names}
    return {name: str(value) for name, value in asked.items() if value is not None}


def main() -> None:
    """Synthesise into the folder that the CDK's command names, or ``cdk.out``."""
    app = App(analytics_reporting=False)
    check(app)
    synthesise(app, Choices.from_context(_context(app)))


if __name__ == "__main__":
    main()
