"""The engine over buckets: what it reads there, and what it must not reach."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import duckdb
import pytest
from sqlglot import exp, parse_one

from citylake.errors import LakeUnusable
from citylake.lake import duck
from citylake.lake.duck import connect
from lambdas.query.engines.duckdb import DuckDBEngine, to_duckdb
from lambdas.query.odsql.sql import Records
from tests.s3 import environment_of, forget, serving

BUCKETS = ("lake", "lake-of-durham", "other")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def aws(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three buckets with the same object; the environment names them."""
    for name, value in environment_of(server).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    return server


@pytest.fixture
def filled(aws: str, tmp_path: Path) -> str:
    forget(aws)
    with duckdb.connect() as connection:
        path = tmp_path / "file.parquet"
        connection.sql("SELECT i AS a FROM range(10) r(i)").write_parquet(str(path))
    client = boto3.client("s3")
    for bucket in BUCKETS:
        client.create_bucket(Bucket=bucket)
        for key in ("pub/file.parquet", "file.parquet"):
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    return aws


@pytest.fixture
def engine(filled: str) -> DuckDBEngine:
    """An engine over a national lake, of which it may read one folder, and a city's."""
    return DuckDBEngine(("s3://lake/pub", "s3://lake-of-durham"))


def records(*addresses: str) -> exp.Query:
    """As queries name what they read."""
    files = [exp.Literal.string(address) for address in addresses]
    return exp.select(exp.func("count", exp.Star())).from_(
        Records(files=files, table="national.a", snapshot=1, bytes=1)
    )


def said(engine: DuckDBEngine, text: str) -> str:
    """What DuckDB itself says of a statement that no tree of ours would ever hold."""
    with pytest.raises(Exception, match=r".") as error:
        engine.run(parse_one(text, dialect="duckdb"))  # type: ignore[arg-type] # no query, on purpose
    return str(error.value)


def test_records_are_read_from_every_bucket_of_the_lake(engine: DuckDBEngine) -> None:
    tree = records("s3://lake/pub/file.parquet", "s3://lake-of-durham/file.parquet")
    assert engine.run(tree).rows == [(20,)]
    with engine.stream(tree) as stream:
        assert list(stream.batches) == [[(20,)]]


@pytest.mark.parametrize(
    "address",
    [
        "s3://other/file.parquet",  # another bucket
        "s3://lake/file.parquet",  # the same bucket, outside
        "s3://lake-of-durham-too/file.parquet",  # a bucket whose name begins alike
        "http://127.0.0.1:9/file.parquet",
        "https://example.com/file.parquet",
        "s3a://lake/pub/file.parquet",
        "s3n://lake/pub/file.parquet",
        "gcs://lake/pub/file.parquet",
        "hf://datasets/a/b/file.parquet",
        "/etc/passwd",
    ],
)
def test_what_is_no_part_of_the_lake_is_refused(engine: DuckDBEngine, address: str) -> None:
    told = said(engine, f"SELECT * FROM read_parquet('{address}')")
    assert "disabled by configuration" in told
    assert "disabled by configuration" in said(engine, to_duckdb(records(address)))


@pytest.mark.parametrize(
    "address",
    [
        "s3://lake/pub/../file.parquet",
        "s3://lake/pub/../../other/file.parquet",
        "s3://lake/pub/./file.parquet",
        "s3://lake/pub/..",
        "s3://lake/pub/*.parquet",
        "s3://lake/pub/file.parquet?s3_endpoint=127.0.0.1:9",
        "s3://lake/pub/file.parquet#a",
        "s3://lake/pub/{file,other}.parquet",
        "s3://lake/pub/[f]ile.parquet",
    ],
)
def test_an_address_that_may_mean_another_is_not_printed(
    engine: DuckDBEngine, address: str
) -> None:
    with pytest.raises(LakeUnusable, match="names a file that is none"):
        engine.run(records(address))


@pytest.mark.parametrize(
    "statement",
    [
        "INSTALL httpfs",
        "SET s3_endpoint = '127.0.0.1:9'",
        "SET GLOBAL allowed_directories = ['/']",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "ATTACH 's3://other/a.db'",
        "COPY (SELECT 1 AS a) TO 's3://other/a.parquet'",
    ],
)
def test_the_lock_cannot_be_opened(engine: DuckDBEngine, statement: str) -> None:
    assert said(engine, statement)


def test_credentials_are_bound_to_the_lakes_buckets(engine: DuckDBEngine) -> None:
    tree = parse_one("SELECT scope, secret_string FROM duckdb_secrets() ORDER BY 1")
    rows = engine.run(tree).rows  # type: ignore[arg-type] # parsed
    assert [scope for scope, _ in rows] == [["s3://lake-of-durham/"], ["s3://lake/pub/"]]
    assert all("secret=redacted" in text and "a session's" not in text for _, text in rows)


def test_queries_go_on_with_the_credentials_of_the_moment(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = parse_one("SELECT secret_string FROM duckdb_secrets()")

    def key_ids() -> set[str]:
        rows = engine.run(keys).rows  # type: ignore[arg-type] # parsed
        return {part for (text,) in rows for part in text.split(";") if "key_id" in part}

    assert key_ids() == {"key_id=testing"}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "it's new")
    assert key_ids() == {"key_id=it's new"}
    assert engine.run(records("s3://lake/pub/file.parquet")).rows == [(10,)]


def test_a_file_that_is_gone_is_the_lakes_fault(engine: DuckDBEngine) -> None:
    with pytest.raises(LakeUnusable, match="a file of the lake cannot be read"):
        engine.run(records("s3://lake/pub/nothing.parquet"))


def test_an_environment_without_credentials_opens_no_engine(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(LakeUnusable, match="no AWS credentials"):
        DuckDBEngine(("s3://lake",))


def test_the_extension_must_be_of_duckdbs_own_version(
    aws: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    duck.extension.cache_clear()
    try:
        with pytest.raises(LakeUnusable, match=r"no extension httpfs for DuckDB 9\.9\.9"):
            connect(("s3://lake",))
    finally:
        duck.extension.cache_clear()


def test_nothing_is_needed_of_a_home(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    with connect(("s3://other",)) as connection:
        rows = connection.execute("SELECT sum(a) FROM 's3://other/file.parquet'").fetchall()
    assert rows == [(45,)]


def test_what_does_not_fit_into_memory_goes_below_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with connect() as connection:
        row = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    assert row is not None
    assert Path(row[0]).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
