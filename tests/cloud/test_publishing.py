"""A city's staff publish a file; nobody else does, and nobody else sees it elsewhere."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud.platform import BOULDER, CAMBRIDGE, DURHAM, FLEET, Platform
from tests.cloud.calls import API, Reply, call, get
from tests.cloud.staff import Pool

pytestmark = pytest.mark.cloud

UPLOADS = "/api/publish/v1/uploads"
TREES = b"tree,species,planted\nT1,Quercus alba,2019-04-01\nT2,Acer rubrum,2020-10-12\n"
SECONDS = 60


@pytest.fixture(scope="module")
def pool(platform: Platform) -> Pool:
    return Pool(platform)


@pytest.fixture(scope="module")
def editor(pool: Pool) -> str:
    """A token of somebody who publishes for Durham."""
    return pool.sign_in("durham-editor", f"{DURHAM}:editor")


def announce(address: str, dataset_id: str, token: str | None, size: int = len(TREES)) -> Reply:
    announced = {"dataset_id": dataset_id, "filename": f"{dataset_id}.csv", "size": size}
    return call("POST", f"{address}{UPLOADS}", token=token, body=announced)


def until(answer: Callable[[], Any]) -> Any:
    """Ask until there is an answer that says something."""
    limit = time.monotonic() + SECONDS
    while not (found := answer()):
        assert time.monotonic() < limit
        time.sleep(0.2)
    return found


def test_without_a_token_or_with_a_forged_one_nothing_is_written(
    cities: Mapping[str, str], editor: str
) -> None:
    forged = f"{editor.rpartition('.')[0]}.{'A' * 342}"

    assert announce(cities[DURHAM], "trees", None).status == 401
    assert announce(cities[DURHAM], "trees", forged).status == 401


def test_staff_of_another_city_are_refused(cities: Mapping[str, str], editor: str) -> None:
    reply = announce(cities[BOULDER], "trees", editor)

    assert reply.status == 403
    assert reply.json["error_code"] == "AccessRefused"


def test_somebody_in_no_group_is_refused(cities: Mapping[str, str], pool: Pool) -> None:
    assert announce(cities[DURHAM], "trees", pool.sign_in("nobody")).status == 403


def test_what_staff_publish_is_in_their_citys_catalog_and_in_no_other(
    cities: Mapping[str, str], showcase: str, editor: str
) -> None:
    durham = cities[DURHAM]
    begun = announce(durham, "street-trees", editor)
    assert begun.status == 201, begun.text
    put = begun.json

    assert call("PUT", put["url"], headers=put["headers"], body=TREES).status == 200
    uploaded = f"{durham}{UPLOADS}/{put['upload_id']}"

    def ended() -> Any:
        reply = call("GET", uploaded, token=editor)
        assert reply.status == 200, reply.text
        told = reply.json
        return told if told["status"] in {"published", "failed"} else None

    told = until(ended)
    assert told["status"] == "published", told
    assert told["rows"] == 2
    dataset = f"{API}/datasets/street-trees"
    until(lambda: get(f"{durham}{dataset}").status == 200)  # catalogs are held some seconds
    species = get(f"{durham}{dataset}/records?order_by=tree&select=species").json["results"]
    assert [each["species"] for each in species] == ["Quercus alba", "Acer rubrum"]
    for elsewhere in (cities[BOULDER], cities[CAMBRIDGE], showcase, f"{showcase}/nc/durham"):
        assert get(f"{elsewhere}{dataset}").status == 404


def test_a_file_of_another_size_than_announced_is_not_taken(
    cities: Mapping[str, str], editor: str
) -> None:
    put = announce(cities[DURHAM], "benches", editor, size=len(TREES) - 1).json
    kind = {"content-type": put["headers"]["content-type"]}

    assert call("PUT", put["url"], headers=kind, body=TREES).status == 403


def test_a_suspended_city_is_read_and_not_written(
    platform: Platform, cities: Mapping[str, str], pool: Pool
) -> None:
    reason = "The subscription ended on 1 November."
    machines = platform.outputs(FLEET)
    token = pool.sign_in("cambridge-admin", f"{CAMBRIDGE}:admin")
    before = get(f"{cities[CAMBRIDGE]}{API}/datasets?limit=100").body

    suspend = {"geoid": CAMBRIDGE, "reason": reason}
    platform.wait(platform.start(machines["SuspendMachine"], suspend), SECONDS)
    refused = announce(cities[CAMBRIDGE], "trees", token)
    during = get(f"{cities[CAMBRIDGE]}{API}/datasets?limit=100").body
    platform.wait(platform.start(machines["ResumeMachine"], {"geoid": CAMBRIDGE}), SECONDS)

    assert refused.status == 403
    assert reason in refused.json["message"]
    assert during == before


def test_no_function_of_a_city_can_reach_what_another_city_has(
    platform: Platform, cities: Mapping[str, str]
) -> None:
    ours, theirs = bucket_of(BOULDER), bucket_of(DURHAM)
    national = platform.outputs("Citylake-Lake")["NationalBucket"]
    held = f"catalog/{DURHAM}.json"
    boto3.client("s3").head_object(Bucket=theirs, Key=held)

    roles = roles_of(f"citylake-city-{BOULDER}")
    assert len(roles) == 3  # read, export, publish
    for role in roles:
        with session_of(role) as session:
            s3, glue = session.client("s3"), session.client("glue")
            s3.get_object(Bucket=ours, Key=f"catalog/{BOULDER}.json")
            attempts: tuple[Callable[[], object], ...] = (
                partial(s3.list_objects_v2, Bucket=theirs),
                partial(s3.get_object, Bucket=theirs, Key=held),
                partial(s3.put_object, Bucket=theirs, Key="exports/x", Body=b"x"),
                partial(s3.put_object, Bucket=national, Key="catalog/national.json", Body=b""),
                partial(s3.get_object, Bucket=national, Key="runs/any.json"),
                partial(glue.get_tables, DatabaseName=f"city_{DURHAM}"),
                partial(glue.get_table, DatabaseName=f"city_{DURHAM}", Name="any"),
            )
            for attempt in attempts:
                with pytest.raises(ClientError, match="AccessDenied"):
                    attempt()


def bucket_of(geoid: str) -> str:
    exports = boto3.client("cloudformation").list_exports()["Exports"]
    return next(e["Value"] for e in exports if e["Name"] == f"citylake-city-{geoid}-bucket")


def roles_of(stack: str) -> list[str]:
    """The roles that a stack's functions run as."""
    found = boto3.client("cloudformation").list_stack_resources(StackName=stack)
    functions = boto3.client("lambda")
    return [
        functions.get_function_configuration(FunctionName=each["PhysicalResourceId"])["Role"]
        for each in found["StackResourceSummaries"]
        if each["ResourceType"] == "AWS::Lambda::Function"
    ]


@contextmanager
def session_of(role: str) -> Iterator[boto3.Session]:
    """Be a function's role for a while: its trust is widened to the account, then put back."""
    iam, name = boto3.client("iam"), role.rpartition("/")[2]
    trust: Any = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    wider = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    statements = [*trust["Statement"], wider]
    iam.update_assume_role_policy(
        RoleName=name, PolicyDocument=json.dumps({**trust, "Statement": statements})
    )
    try:
        given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        yield boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
