"""Lakes in a folder and in a bucket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.citylake.places import Bucket, Folder, Place
from tests.s3 import environment_of, forget, serving


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def aws(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An AWS with nothing in it; every client made in the test calls it."""
    for name, value in environment_of(aws_server).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    forget(aws_server)
    return aws_server


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place without a lake in it."""
    if request.param == "folder":
        return Folder(tmp_path / "lake", tmp_path / "work")
    request.getfixturevalue("aws")
    bucket = Bucket("lake", tmp_path / "work")
    bucket.make()
    return bucket
