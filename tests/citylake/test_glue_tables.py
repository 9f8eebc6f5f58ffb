"""What is special about tables in Glue; that releases are right there, the lake's tests show."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pyiceberg.catalog.glue import GlueCatalog

from citylake.catalog import Catalog
from citylake.errors import LakeUnusable, PublishConflict
from citylake.lake.read import Lake
from citylake.lake.s3 import open_bucket
from citylake.lake.write import ATTEMPTS, Staged, Writer, open_glue_tables
from tests.citylake.lake_samples import durham, population
from tests.citylake.places import Bucket, publish
from tests.lakes import stage


@pytest.fixture
def bucket(aws: str, tmp_path: Path) -> Bucket:
    """A bucket with its database, as a deployment makes them."""
    made = Bucket("lake", tmp_path)
    made.make()
    return made


def refusing(code: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "as told"}}, "UpdateTable")

    return refuse


def test_a_table_lies_in_the_deployments_database_below_the_lakes_warehouse(bucket: Bucket) -> None:
    release = publish(bucket, population(), durham(1))
    table = boto3.client("glue").get_table(DatabaseName="national", Name="population")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["StorageDescriptor"]["Location"].startswith("s3://lake/warehouse/national")
    (file,) = release.files
    assert boto3.client("s3").head_object(Bucket="lake", Key=file.key)["ContentLength"] == file.size
    assert Lake(open_bucket("lake")).addresses(release) == [f"s3://lake/{file.key}"]


def test_no_database_is_ever_made(bucket: Bucket) -> None:
    of_a_city = replace(population(), owner="3719000")
    with pytest.raises(LakeUnusable, match="no database city_3719000; deploy the stack"):
        publish(bucket, of_a_city, durham(1))
    names = [held["Name"] for held in boto3.client("glue").get_databases()["DatabaseList"]]
    assert names == ["national"]


@pytest.mark.parametrize("code", ["ConcurrentModificationException", "OperationTimeoutException"])
def test_a_race_that_glue_says_was_lost_is_run_again(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    left = [refusing(code)]
    load = GlueCatalog.load_table

    def load_table(self: GlueCatalog, identifier: Any) -> Any:
        return left.pop()() if left else load(self, identifier)

    monkeypatch.setattr(GlueCatalog, "load_table", load_table)
    waits: list[float] = []
    writer = Writer(Lake(bucket.store()), bucket.tables(), pause=waits.append)
    writer.publish(population(), Staged(parquet=stage(bucket.work, population(), durham(1))))
    assert len(waits) == 1


def test_a_race_that_is_always_lost_is_given_up(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GlueCatalog, "load_table", refusing("ConcurrentModificationException"))
    waits: list[float] = []
    writer = Writer(Lake(bucket.store()), bucket.tables(), pause=waits.append)
    staged = Staged(parquet=stage(bucket.work, population(), durham(1)))
    with pytest.raises(PublishConflict, match=f"by others {ATTEMPTS} times"):
        writer.publish(population(), staged)
    assert len(waits) == ATTEMPTS - 1
    assert Lake(bucket.store()).catalog().catalog == Catalog(namespace="national")


def test_a_glue_that_denies_says_so_at_once(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GlueCatalog, "load_table", refusing("AccessDeniedException"))
    with pytest.raises(LakeUnusable, match=r"Glue refuses.*AccessDeniedException"):
        publish(bucket, population(), durham(1))


def test_a_glue_that_does_not_answer_says_so(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(GlueCatalog, "load_table", fail)
    with pytest.raises(LakeUnusable, match="Glue cannot be asked"):
        publish(bucket, population(), durham(1))


def test_a_bucket_that_is_gone_says_so_when_a_table_is_written(bucket: Bucket) -> None:
    Lake(bucket.store()).begin()
    tables = open_glue_tables("another")
    with pytest.raises(LakeUnusable, match="the lake in s3://lake cannot be written"):
        Writer(Lake(bucket.store()), tables).publish(
            population(), Staged(parquet=stage(bucket.work, population(), durham(1)))
        )


def test_tables_need_a_region() -> None:
    with pytest.raises(LakeUnusable, match="names no AWS region"):
        open_glue_tables("lake", {})
