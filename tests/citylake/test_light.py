"""What a cold start pays for: which modules the lake's readers and writers load, and which not."""

import subprocess
import sys

import pytest


def loaded(statement: str, *names: str, without: str = "") -> list[str]:
    """Which of the modules a fresh interpreter has loaded after a statement."""
    hide = f"import sys; sys.modules[{without!r}] = None; " if without else "import sys; "
    told = f"{hide}{statement}; print(*[n for n in {names!r} if sys.modules.get(n)])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", told], check=True, capture_output=True, text=True
    )
    return done.stdout.split()


HEAVY = ("boto3", "botocore", "pandas", "pyarrow", "pyiceberg", "sqlalchemy", "numpy")


@pytest.mark.parametrize(
    "module", ["citylake.lake.cloud", "citylake.lake.duck", "lambdas.query.engines.duckdb"]
)
def test_reading_a_lake_loads_nothing_that_writes_one(module: str) -> None:
    assert loaded(f"import {module}", *HEAVY) == []


def test_a_functions_lake_is_opened_without_aws_own_client() -> None:
    environment = {
        "CITYLAKE_NATIONAL_BUCKET": "lake",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    statement = f"from citylake.lake.cloud import open_cloud_lake as o; o({environment!r})"
    assert loaded(statement, *HEAVY) == []


def test_a_folder_needs_no_client_of_s3() -> None:
    statement = (
        "from pathlib import Path; from citylake.lake.duck import connect; "
        "from citylake.lake.store import FolderStore as F; connect((F(Path('.')).root,)).close()"
    )
    assert loaded(statement, "obstore", "duckdb_extension_httpfs", *HEAVY) == []


def test_writing_to_glue_works_where_there_is_no_sqlalchemy() -> None:
    environment = {"AWS_REGION": "us-east-1"}
    statement = f"import citylake.lake.write as w; w.open_glue_tables('lake', {environment!r})"
    assert loaded(statement, "pyiceberg", without="sqlalchemy") == ["pyiceberg"]


def test_writing_to_a_folder_loads_no_client_of_aws() -> None:
    assert loaded("import citylake.lake.write", "boto3", "botocore", "sqlalchemy") == []
