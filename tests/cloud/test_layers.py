"""Layers as they were built: of the lock's versions, for their machine, and all that is needed.

Each function runs in a process that has its zip and its layer, boto3 as Lambda's runtime has it,
and no folder to write but ``/tmp``. What it asks of AWS is answered by an emulator.
"""

import html
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest

from citylake.lake.s3 import open_bucket
from infra import elf
from infra.bundles import GIVEN
from infra.code import FUNCTIONS, ROOT, Layer, Target, layer_folder
from lambdas.harvest.landed import add_landings
from tests.harvest.test_landed import FIRST
from tests.s3 import environment_of, serving

pytestmark = pytest.mark.cloud

BUCKET, CITY_BUCKET, DURHAM = "national-lake", "city-lake", "3719000"

RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
"""What Lambda's runtime gives besides Python."""

BUILT = [(layer, target) for target in Target for layer in Layer]

Call = Callable[..., list[Any]]


def locked() -> Mapping[str, set[str]]:
    """The versions that the lock has of each package."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    versions: dict[str, set[str]] = {}
    for package in lock["package"]:
        versions.setdefault(package["name"], set()).add(package.get("version", ""))
    return versions


def folder_of(layer: Layer, target: Target) -> Path:
    folder = layer_folder(layer, target) / "python"
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there; run make bundles TARGET={target}")
    return folder


@pytest.mark.parametrize(("layer", "target"), BUILT)
def test_a_layer_has_the_locks_versions_and_none_of_the_runtimes(
    layer: Layer, target: Target
) -> None:
    lock = locked()
    found = {
        each.name.lower().replace("_", "-"): each.version
        for each in distributions(path=[str(folder_of(layer, target))])
    }
    assert found
    assert {name: version for name, version in found.items() if version not in lock[name]} == {}
    assert not set(GIVEN) & set(found)
    assert "aws-lambda-powertools" in found


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (Layer.READ, "httpfs"),
        (Layer.BASE, "httpfs"),
        (Layer.EXPORT, "httpfs"),
        (Layer.EXPORT, "spatial"),
    ],
)
def test_duckdbs_extension_is_for_lambdas_machine_and_whole(layer: Layer, name: str) -> None:
    (path,) = folder_of(layer, Target.ARM64).rglob(f"{name}.duckdb_extension")
    assert path.parent.name == "v1.5.5"
    assert elf.machine(path) == elf.AARCH64
    assert path.read_bytes()[-256:].strip(b"\0")  # its signature, which stripping would cut off


@pytest.mark.parametrize(("layer", "target"), BUILT)
def test_every_library_of_a_layer_is_for_its_machine(layer: Layer, target: Target) -> None:
    expected = elf.AARCH64 if target is Target.ARM64 else elf.machine(Path(sys.executable))
    machines = {elf.machine(path) for path in folder_of(layer, target).rglob("*.so*")}
    assert machines == {expected}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """boto3 and what it needs, as Lambda's runtime has them."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = find_spec(name.removesuffix(".py"))
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        (folder / name).symlink_to(origin if name.endswith(".py") else origin.parent)
    return folder


@pytest.fixture(scope="module")
def aws_of_ours() -> Iterator[Mapping[str, str]]:
    """An emulated AWS with the national lake, a city's and Glue's databases; its environment."""
    with serving() as address, pytest.MonkeyPatch.context() as patch:
        environment = {**environment_of(address), "CITYLAKE_NATIONAL_BUCKET": BUCKET}
        for name, value in environment.items():
            patch.setenv(name, value)
        for bucket in (BUCKET, CITY_BUCKET):
            boto3.client("s3").create_bucket(Bucket=bucket)
        for database in ("national", "national_raw", f"city_{DURHAM}"):
            boto3.client("glue").create_database(DatabaseInput={"Name": database})
        yield environment


def read_only(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


@pytest.fixture(scope="module")
def call(
    aws_of_ours: Mapping[str, str], runtime: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Call]:
    """Call a function with events, in a process of its own; gives its answers."""
    disk = tmp_path_factory.mktemp("disk")

    def unpack(name: str) -> tuple[Path, Path]:
        code, layer = disk / name / "task", disk / name / "opt"
        for path in FUNCTIONS[name].files():
            (code / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, code / path)
        shutil.copytree(folder_of(FUNCTIONS[name].layer, Target.HOST), layer)
        read_only(disk / name)
        return code, layer

    def ask(
        function: str, *events: Mapping[str, Any], also: Mapping[str, str] | None = None
    ) -> list[Any]:
        code, layer = disk / function / "task", disk / function / "opt"
        if not code.is_dir():
            unpack(function)
        scratch = tmp_path_factory.mktemp("tmp")
        module, _, name = FUNCTIONS[function].handler.rpartition(".")
        order = {
            "path": [str(code), str(layer), str(runtime)],
            "module": module,
            "calls": [(name, event) for event in events],
        }
        done = subprocess.run(
            [Path(sys.executable).resolve(), "-I", "-S", Path(__file__).with_name("isolated.py")],
            input=json.dumps(order),
            cwd=disk / function,
            env={**aws_of_ours, **(also or {}), "TMPDIR": str(scratch), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4_000:]
        told = json.loads(done.stdout)
        assert told["foreign"] == []
        answers: list[Any] = told["answers"]
        return answers

    read_only(runtime)
    yield ask
    for path in (disk, *disk.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


@pytest.fixture(scope="module")
def harvested(call: Call) -> list[Any]:
    """What the harvest's function says of two datasets of the bundle."""
    return call(
        "harvest",
        {"dataset": "places", "feed": "bundle", "run": "night"},
        {"dataset": "population", "feed": "bundle", "run": "night"},
    )


def request(path: str, query: str = "") -> dict[str, Any]:
    """An event of an HTTP API."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "portal.example.gov", "accept": "*/*"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "portal.example.gov",
            "http": {
                "method": "GET",
                "path": path,
                "sourceIp": "192.0.2.1",
                "protocol": "HTTP/1.1",
            },
            "requestId": "1",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1_795_000_000_000,
        },
        "isBase64Encoded": False,
    }


def test_plan_begins_with_the_register_of_places(call: Call) -> None:
    (answer,) = call("plan", {"feed": "bundle"})
    assert answer["stages"][0] == [{"dataset": "places", "feed": "bundle"}]


def test_harvest_fills_a_lake_from_the_bundle(harvested: list[Any]) -> None:
    assert [(each["dataset"], each["outcome"], each["report"]) for each in harvested] == [
        ("places", "published", "night/places"),
        ("population", "published", "night/population"),
    ]
    report = boto3.client("s3").get_object(Bucket=BUCKET, Key="runs/night/places.json")
    assert json.load(report["Body"])["datasets"][0]["outcome"] == "published"


def test_read_answers_api_pages_and_pictures(call: Call, harvested: list[Any]) -> None:
    records, page, english = call(
        "read",
        request(
            "/api/explore/v2.1/catalog/datasets/places/records",
            "limit=1&where=geoid%3D%223719000%22",
        ),
        request("/es/nc/durham/"),
        request("/nc/durham/"),
    )
    assert json.loads(records["body"])["results"][0]["name"] == "Durham"
    assert (page["statusCode"], english["statusCode"]) == (200, 200)
    assert 'lang="es"' in page["body"]
    assert 'lang="en"' in english["body"]
    drawn = re.search(r'src="(/nc/durham/[^"]*chart[^"]*)"', english["body"])
    assert drawn
    path, _, query = html.unescape(drawn[1]).partition("?")
    (picture,) = call("read", request(path, query))
    assert (picture["statusCode"], "<svg" in picture["body"][:500]) == (200, True)


def test_landings_registers_what_publishers_sent(call: Call) -> None:
    (nothing,) = call("landings", {"feed": "live", "run": "night"})
    assert nothing == {"landings": 0, "sources": 0}
    add_landings(open_bucket(BUCKET), FIRST.source, [FIRST])
    (one,) = call("landings", {"feed": "live", "run": "night"})
    assert one == {"landings": 1, "sources": 1}
    table = boto3.client("glue").get_table(DatabaseName="national_raw", Name="landings")["Table"]
    assert table["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/landings/"


def test_publish_answers_staff(call: Call, harvested: list[Any]) -> None:
    event = request("/api/publish/v1/datasets")
    claims = {"sub": "somebody", "cognito:groups": f"[{DURHAM}:editor]"}
    event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    (answer,) = call(
        "publish", event, also={"CITYLAKE_PLACE": DURHAM, "CITYLAKE_CITY_BUCKET": CITY_BUCKET}
    )
    assert (answer["statusCode"], json.loads(answer["body"])) == (
        200,
        {"total_count": 0, "results": []},
    )


def test_the_fleet_refuses_a_step_that_is_none(call: Call) -> None:
    settings = {
        "CITYLAKE_REGISTRY": "registry",
        "CITYLAKE_DATA_TEMPLATE": "https://assets.example.com/data.json",
        "CITYLAKE_SERVICE_TEMPLATE": "https://assets.example.com/service.json",
        "CITYLAKE_ARCHIVE_BUCKET": "archive",
        "CITYLAKE_DEPLOY_ROLE": "arn:aws:iam::000000000000:role/deploy",
    }
    event = {"step": "dance", "geoid": DURHAM, "execution": "one"}
    (answer,) = call("fleet", event, also=settings)
    assert (answer["error"], "dance" in answer["message"]) == ("ParameterInvalid", True)
