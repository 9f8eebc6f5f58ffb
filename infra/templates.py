"""The two templates that all cities deploy, and the assets that they name.

They are synthesised apart, by an app of their own inside the app's folder, because nobody deploys
them from here. What the fleet puts into the asset bucket is theirs to the byte, under the very keys
that a deployment by hand uses.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, FileAssetPackaging, Stack

from infra.city import CityStack
from infra.city_data import CityDataStack
from infra.code import Target

_FOLDER = "city"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that a template names, or a template itself.

    Attributes:
        checksum: by which its key in the asset bucket is known.
        path: where it lies, from the assembly's folder; a folder if it is to be zipped.
        packaging: whether it is.
    """

    checksum: str
    path: str
    packaging: FileAssetPackaging


@dataclass(frozen=True, slots=True)
class CityTemplates:
    """What every city is made from.

    Attributes:
        data: checksum of the data stack's template.
        service: checksum of the service stack's.
        assets: all that the two name, and the two, by checksum.
    """

    data: str
    service: str
    assets: Mapping[str, Asset]


def city_templates(assembly: Path, *, env: Environment, target: Target) -> CityTemplates:
    """Synthesise the two templates into a folder of the assembly.

    Args:
        assembly: the folder that the app is synthesised into.
        env: account and region.
        target: the machine that functions run on.
    """
    folder = assembly / _FOLDER
    app = App(outdir=str(folder), analytics_reporting=False, tree_metadata=False)
    data = CityDataStack(app, env=env)
    service = CityStack(app, env=env, target=target)
    app.synth()
    return CityTemplates(
        data=_template(folder, data),
        service=_template(folder, service),
        assets={
            asset.checksum: asset for stack in (data, service) for asset in _assets(folder, stack)
        },
    )


def _assets(folder: Path, stack: Stack) -> Iterator[Asset]:
    for checksum, asset in sorted(_manifest(folder, stack)["files"].items()):
        source = asset["source"]
        yield Asset(
            checksum,
            f"{_FOLDER}/{source['path']}",
            FileAssetPackaging.ZIP_DIRECTORY
            if source["packaging"] == "zip"
            else FileAssetPackaging.FILE,
        )


def _template(folder: Path, stack: Stack) -> str:
    files: Mapping[str, Any] = _manifest(folder, stack)["files"]
    (checksum,) = (
        checksum
        for checksum, asset in files.items()
        if asset["source"]["path"] == stack.template_file
    )
    return checksum


def _manifest(folder: Path, stack: Stack) -> dict[str, Any]:
    path = folder / f"{stack.artifact_id}.assets.json"
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest
