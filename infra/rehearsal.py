"""Rehearse an upgrade: would what is here now replace or delete anything that holds data?

CloudFormation replaces a resource when its logical id changes, or a property that makes its
identity. For whatever holds data that is the loss of it, or an orphan beside an empty new one. So
both are written down in ``infra/stateful.json``, and what is synthesised now is compared with what
was released: that file as of the last tag, or as it is here while there is no tag.

``python -m infra.rehearsal`` prints what would be lost; ``--accept`` writes the file anew, for a
change that is meant.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.code import ROOT

RECORD = ROOT / "infra" / "stateful.json"

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::DynamoDB::Table": (
        "TableName",
        "KeySchema",
        "AttributeDefinitions",
        "LocalSecondaryIndexes",
    ),
    "AWS::Glue::Database": ("CatalogId", "DatabaseName", "DatabaseInput.Name"),
    "AWS::Athena::WorkGroup": ("Name",),
    "AWS::Cognito::UserPool": ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration"),
    "AWS::Cognito::UserPoolClient": ("UserPoolId", "GenerateSecret"),
    "AWS::CloudFront::Distribution": ("DistributionConfig.ConnectionMode",),
    "AWS::CloudFront::ConnectionGroup": ("Name",),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::SSM::Parameter": ("Name",),
    "AWS::ApiGatewayV2::Api": ("ProtocolType",),
    "AWS::ApiGatewayV2::DomainName": ("DomainName",),
}
"""What holds data, or an address that others know, and the properties whose change replaces it.

Source:
    AWS CloudFormation Template Reference, "Update requires" of each property.
"""

Record = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""By stack and logical id: the type, and what makes the identity."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that holds data and would not survive."""

    stack: str
    logical_id: str
    kind: str
    why: str

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id} ({self.kind}) {self.why}"


def record(templates: Mapping[str, Mapping[str, Any]]) -> Record:
    """Write down what holds data, and what makes its identity.

    Args:
        templates: by stack name.
    """
    return {
        stack: {
            name: {"type": resource["Type"], "identity": _identity(resource)}
            for name, resource in sorted(template["Resources"].items())
            if resource["Type"] in IDENTITY
        }
        for stack, template in sorted(templates.items())
    }


def losses(before: Record, now: Record) -> Iterator[Loss]:
    """Find what was there and would be deleted or replaced; what is new is no loss."""
    for stack, resources in before.items():
        for name, was in resources.items():
            found = now.get(stack, {}).get(name)
            if found is None or found["type"] != was["type"]:
                yield Loss(stack, name, was["type"], "would be deleted")
                continue
            for key in sorted(was["identity"].keys() | found["identity"].keys()):
                held, wanted = was["identity"].get(key), found["identity"].get(key)
                if held != wanted:
                    why = (
                        f"would be replaced: {key} was {json.dumps(held)}, is {json.dumps(wanted)}"
                    )
                    yield Loss(stack, name, was["type"], why)


def templates_of(assembly: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read the platform's templates, and the two of no city in particular."""
    paths = [*assembly.glob("Citylake-*.template.json"), *assembly.glob("city/*.template.json")]
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in paths
    }


def text_of(held: Record) -> str:
    """The record as it is kept."""
    return json.dumps(held, indent=2, sort_keys=True) + "\n"


def released(root: Path = ROOT) -> tuple[str, Record]:
    """Read the record of the last release, and say which that is.

    Returns:
        The tag's name and its record; while there is no tag that has one, the file as it is.
    """
    tag = _git(root, "describe", "--tags", "--abbrev=0")
    kept = None if tag is None else _git(root, "show", f"{tag}:infra/{RECORD.name}")
    if tag is None or kept is None:
        return RECORD.name, json.loads(RECORD.read_text(encoding="utf-8"))
    return tag, json.loads(kept)


def main(arguments: list[str] | None = None) -> int:
    """Compare, print what would be lost, and fail if anything would."""
    parser = argparse.ArgumentParser(prog="python -m infra.rehearsal", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write the record anew")
    chosen = parser.parse_args(arguments)
    now = record(_synthesised())
    if chosen.accept:
        RECORD.write_text(text_of(now), encoding="utf-8")
        print(f"wrote {RECORD.relative_to(ROOT)}")
        return 0
    name, before = released()
    found = list(losses(before, now))
    for loss in found:
        print(loss, file=sys.stderr)
    kept = sum(map(len, before.values()))
    print(f"against {name}: {kept} resources hold data, {len(found)} would be lost")
    return 1 if found else 0


def _synthesised() -> Mapping[str, Mapping[str, Any]]:
    """The templates as they are now; what a layer holds makes no difference to what is kept."""
    from aws_cdk import App  # noqa: PLC0415 - seconds, which a comparison of records needs not

    from infra.app import Choices, synthesise  # noqa: PLC0415
    from infra.code import Layer, Target, layer_folder  # noqa: PLC0415
    from infra.selling import read_selling  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for layer in Layer:
            stands_in = layer_folder(layer, Target.ARM64, root) / "python" / "stands_in.py"
            stands_in.parent.mkdir(parents=True)
            stands_in.touch()
        app = App(outdir=str(root / "assembly"), analytics_reporting=False)
        selling = read_selling(ROOT / "marketplace" / "listing" / "market.example.toml")
        return templates_of(synthesise(app, Choices(layers_root=root, selling=selling)))


def _identity(resource: Mapping[str, Any]) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    held = {path: _at(properties, path) for path in IDENTITY[resource["Type"]]}
    return {path: value for path, value in held.items() if value is not None}


def _at(properties: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - templates are untyped
    held: Any = properties
    for key in path.split("."):
        if not isinstance(held, Mapping):
            return None
        held = held.get(key)
    return held


def _git(root: Path, *arguments: str) -> str | None:
    """Ask git; ``None`` where there is no such thing, no repository or no git."""
    try:
        asked = subprocess.run(  # noqa: S603 - our own words
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the one in the PATH
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
