"""A cloud assembly as tests look at it: templates, the assets beside them, what was found wrong."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.selling import Selling

Resource = Mapping[str, Any]

PLATFORM = (
    "Citylake-Lake",
    "Citylake-Harvest",
    "Citylake-Showcase",
    "Citylake-Edge",
    "Citylake-Fleet",
    "Citylake-Marketplace",
)

SELLING = Selling(
    sender="citylake@example.gov",
    support="support@example.gov",
    products=({"code": "hourlycode1", "kind": "hourly", "id": "prod-hourly1"},),
)

DURHAM = "3719000"
BOULDER = "0807850"


@dataclass(frozen=True, slots=True)
class Assembly:
    """What one synthesis of the platform and of two cities wrote.

    Attributes:
        folder: where. The templates of no city in particular are in ``city/``.
    """

    folder: Path

    def text(self, stack: str) -> str:
        """A template, byte by byte."""
        return (self.folder / f"{stack}.template.json").read_text(encoding="utf-8")

    def template(self, stack: str) -> dict[str, Any]:
        """A template."""
        template: dict[str, Any] = json.loads(self.text(stack))
        return template

    def assets(self, stack: str) -> Mapping[str, Any]:
        """The assets that are uploaded before a stack is deployed, by checksum."""
        manifest = json.loads((self.folder / f"{stack}.assets.json").read_text(encoding="utf-8"))
        files: Mapping[str, Any] = manifest["files"]
        return files

    def artifact(self, stack: str) -> Mapping[str, Any]:
        """What the CDK's command is told of a stack."""
        manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        properties: Mapping[str, Any] = manifest["artifacts"][stack]["properties"]
        return properties

    def stacks(self) -> list[str]:
        """The names of all stacks in it."""
        return sorted(
            path.name.removesuffix(".template.json") for path in self.folder.glob("*.template.json")
        )

    def kinds(self, *types: str) -> Iterator[tuple[str, str, Resource]]:
        """All resources of some types: stack, logical id, resource."""
        for stack in self.stacks():
            for name, resource in self.template(stack)["Resources"].items():
                if resource["Type"] in types:
                    yield stack, name, resource


def city_stacks(geoid: str) -> tuple[str, str]:
    """The names of a city's two stacks: data, service."""
    return f"citylake-city-{geoid}-data", f"citylake-city-{geoid}"
