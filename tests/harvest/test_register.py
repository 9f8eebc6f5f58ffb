"""Raw landings as a table of Glue, on an emulated Glue and S3."""

from collections.abc import Iterator
from datetime import date

import awswrangler as wr
import boto3
import pytest
from moto import mock_aws

from lambdas.harvest.register import Registered, register
from tests.harvest.test_landed import FIRST, OTHER, REVISED

# awswrangler drops columns in a way that pandas is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")

BUCKET = "lake"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = boto3.Session(region_name="us-east-1")
        made.client("s3").create_bucket(Bucket=BUCKET)
        made.client("glue").create_database(DatabaseInput={"Name": "national_raw"})
        yield made


def rows(session: boto3.Session) -> list[dict[str, object]]:
    frame = wr.s3.read_parquet_table("landings", database="national_raw", boto3_session=session)
    found = frame.sort_values(["source", "retrieved_on"]).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found]


def test_landings_are_a_table_with_a_partition_for_each_source(session: boto3.Session) -> None:
    made = register([OTHER, FIRST, REVISED], bucket=BUCKET, session=session)
    assert made == Registered(landings=3, sources=2)
    assert [(row["source"], row["sha256"], row["retrieved_on"]) for row in rows(session)] == [
        ("bls-laus", "cc", date(2026, 11, 20)),
        ("epa-aqi-2024", "aa", date(2026, 11, 20)),
        ("epa-aqi-2024", "bb", date(2026, 11, 21)),
    ]
    glue = session.client("glue")
    table = glue.get_table(DatabaseName="national_raw", Name="landings")["Table"]
    assert [
        (column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]
    ] == [
        ("address", "string"),
        ("key", "string"),
        ("sha256", "string"),
        ("bytes", "bigint"),
        ("content_type", "string"),
        ("last_modified", "string"),
        ("retrieved_on", "date"),
    ]
    assert [column["Name"] for column in table["PartitionKeys"]] == ["source"]
    partitions = glue.get_partitions(DatabaseName="national_raw", TableName="landings")
    assert sorted(part["Values"][0] for part in partitions["Partitions"]) == [
        "bls-laus",
        "epa-aqi-2024",
    ]


def test_registering_again_changes_nothing_but_what_is_new(session: boto3.Session) -> None:
    register([OTHER, FIRST], bucket=BUCKET, session=session)
    once = rows(session)
    register([OTHER, FIRST], bucket=BUCKET, session=session)
    assert rows(session) == once
    register([OTHER, FIRST, REVISED], bucket=BUCKET, session=session)
    assert rows(session)[:2] == once
    assert len(rows(session)) == 3
    listed = session.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"].split("/")[:2] for each in listed] == [
        ["landings", "source=bls-laus"],
        ["landings", "source=epa-aqi-2024"],
    ]


def test_a_lake_without_raw_answers_is_no_error(session: boto3.Session) -> None:
    assert register([], bucket=BUCKET, session=session) == Registered(landings=0, sources=0)
    assert session.client("glue").get_tables(DatabaseName="national_raw")["TableList"] == []
