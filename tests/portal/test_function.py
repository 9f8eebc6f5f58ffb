"""The functions in a process of their own, as Lambda starts them: no home, ``/tmp`` alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from citylake.lake.s3 import open_bucket
from tests.portal.samples import publish_samples
from tests.query.events import body, event, json_of
from tests.s3 import environment_of, serving

ROOT = Path(__file__).parents[2]
EXPORT = "/api/explore/v2.1/catalog/datasets/population/exports/csv"
ASKED = {
    "page": event("/"),
    "records": event("/api/explore/v2.1/catalog/datasets/population/records?limit=1"),
    "export": event(EXPORT),
}

ABSENT = ("numpy", "pandas", "pyarrow", "pyiceberg", "sqlalchemy")
"""What the function's layer does not hold; DuckDB would load some of it, if it were there."""

PROGRAM = f"""
import json, sys
sys.modules.update(dict.fromkeys({ABSENT}))
import lambdas.portal.function as function
loaded = sorted(name for name, module in sys.modules.items() if module)
asked = json.loads(sys.stdin.read())
answers = {{name: function.read(each, None) for name, each in asked.items()}}
print(json.dumps({{"loaded": loaded, "answers": answers}}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of functions over a bucket that holds the samples' lake."""
    home = tmp_path_factory.mktemp("function") / "lake"
    publish_samples(home)
    with serving() as address:
        aws = environment_of(address)
        client = boto3.client(
            "s3",
            region_name=aws["AWS_REGION"],
            endpoint_url=address,
            aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_bucket(Bucket="national")
        client.create_bucket(Bucket="city")
        store = open_bucket("national", aws)
        for path in home.rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                store.put_file(path.relative_to(home).as_posix(), path)
        yield {**aws, "CITYLAKE_NATIONAL_BUCKET": "national"}


def run(
    deployed: Mapping[str, str], scratch: Path, **settings: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Start the function and ask it; what it loaded and answered, and what it logged."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    ended = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        input=json.dumps(ASKED),
        env={**own, **deployed, **settings},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stderr.splitlines()[-1])
    return told, [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_citys_function_answers_from_its_buckets(
    deployed: Mapping[str, str], tmp_path: Path
) -> None:
    told, lines = run(
        deployed,
        tmp_path,
        CITYLAKE_CITY_BUCKET="city",
        CITYLAKE_PLACE="3719000",
        CITYLAKE_ORIGIN="",
    )
    answers = told["answers"]
    assert [answers[name]["statusCode"] for name in ASKED] == [200, 200, 200]
    assert "Durham" in body(answers["page"]).decode()
    assert json_of(answers["records"])["results"][0]["geoid"] == "3719000"
    assert body(answers["export"]).count(b"3719000") > 1
    assert [(line["message"], line["status"]) for line in lines] == [("answered", 200)] * 3
    assert {line["service"] for line in lines} == {"read"}


def test_the_showcase_answers_for_every_place(deployed: Mapping[str, str], tmp_path: Path) -> None:
    told, _ = run(deployed, tmp_path)
    assert [told["answers"][name]["statusCode"] for name in ASKED] == [200, 200, 200]


def test_what_is_not_needed_at_once_is_not_loaded(
    deployed: Mapping[str, str], tmp_path: Path
) -> None:
    told, _ = run(deployed, tmp_path)
    assert {"boto3", "botocore.session", "vl_convert"}.isdisjoint(told["loaded"])


def test_a_maker_that_is_not_there_is_the_storages_failure(
    deployed: Mapping[str, str], tmp_path: Path
) -> None:
    told, lines = run(
        deployed,
        tmp_path,
        CITYLAKE_EXPORT_FUNCTION="nobody",
        CITYLAKE_EXPORT_SECONDS="1e-9",
    )
    answer = told["answers"]["export"]
    assert answer["statusCode"] == 503
    assert json_of(answer)["error_code"] == "DataUnavailable"
    assert "cannot start nobody, which makes long exports" in json.dumps(lines)
