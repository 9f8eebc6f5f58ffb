"""The platform and two cities as if they were deployed, so that their roles can be asked."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.assembly import BOULDER, DURHAM, Assembly, city_stacks
from tests.infra.policies import ACCOUNT, Deployed, Role, Statement

NATIONAL = "arn:aws:s3:::citylake-lake-national"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/Citylake-Fleet-CityBoundary"
REGISTRY = "Citylake-Fleet-Registry"

_GIVEN = {
    "/citylake/national-bucket": NATIONAL.rpartition(":")[2],
    "/citylake/boundary": BOUNDARY,
    "/citylake/registry": REGISTRY,
}
_CHECKSUM = re.compile(r"[0-9A-F]{8}$")


def bucket_of(geoid: str) -> str:
    """ARN of a city's bucket."""
    return f"arn:aws:s3:::citylake-city-{geoid}-data-lake"


class Cloud:
    """The platform and two cities, as if deployed."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._denials = [
            statement
            for stack in assembly.stacks()
            for statement in self._deployed(stack).bucket_statements()
            if statement["Effect"] == "Deny"
        ]

    def role(self, stack: str, function: str) -> Role:
        """The role of a function, named by the beginning of its logical id."""
        deployed = self._deployed(stack)
        (role,) = (role for name, role in deployed.roles() if name.startswith(function))
        return self._role(deployed, role)

    def role_named(self, stack: str, beginning: str) -> Role:
        """A role, named by the beginning of its logical id."""
        deployed = self._deployed(stack)
        (role,) = (
            name
            for name, resource in deployed.template["Resources"].items()
            if resource["Type"] == "AWS::IAM::Role" and name.startswith(beginning)
        )
        return self._role(deployed, role)

    def functions(self, stack: str) -> Iterator[tuple[str, Role]]:
        """All functions of a stack, with their roles."""
        deployed = self._deployed(stack)
        for name, role in deployed.roles():
            yield name, self._role(deployed, role)

    def _role(self, deployed: Deployed, role: str) -> Role:
        properties = deployed.template["Resources"][role]["Properties"]
        boundary = None
        if "PermissionsBoundary" in properties:
            assert deployed.resolve(properties["PermissionsBoundary"]) == BOUNDARY
            boundary = self._boundary()
        return Role(deployed.statements_of(role), boundary, self._denials)

    def _boundary(self) -> list[Statement]:
        fleet = self._deployed("Citylake-Fleet")
        (policy,) = (
            resource["Properties"]["PolicyDocument"]
            for resource in fleet.template["Resources"].values()
            if resource["Type"] == "AWS::IAM::ManagedPolicy"
        )
        statements: list[Statement] = fleet.resolve(policy)["Statement"]
        return statements

    def _deployed(self, stack: str) -> Deployed:
        template = self._assembly.template(stack)
        parameters = {
            name: _GIVEN.get(each.get("Default", ""), f"value-of-{name}")
            for name, each in template.get("Parameters", {}).items()
        }
        exports = {}
        for geoid in (DURHAM, BOULDER):
            exports[f"citylake-city-{geoid}-bucket"] = bucket_of(geoid).rpartition(":")[2]
            if stack in city_stacks(geoid):
                parameters["Geoid"] = geoid
        return Deployed(stack, _plainly_named(template), parameters, exports)


def _plainly_named(template: dict[str, Any]) -> dict[str, Any]:
    """Take the checksums off logical ids, so that a test can say the names of what it asks for."""
    text = json.dumps(template)
    plain = {name: _CHECKSUM.sub("", name) for name in template["Resources"]}
    for name, short in plain.items():
        if list(plain.values()).count(short) == 1:
            text = text.replace(f'"{name}"', f'"{short}"')
    named: dict[str, Any] = json.loads(text)
    return named
