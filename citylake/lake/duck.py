"""DuckDB over the files of a lake, in folders and in buckets."""

import importlib.util
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlglot import exp

from citylake.errors import LakeUnusable
from citylake.lake.aws import Credentials, S3Place

_BUCKET = "s3://"


class Reach:
    """How a database reaches a lake's buckets, with the environment's credentials.

    Folders need nothing, and then nothing is loaded. Safe to share between threads.

    Args:
        roots: of a lake: folders, or ``s3://bucket``.
        environment: where region, endpoint and credentials are read.
    """

    def __init__(self, roots: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> None:
        self._buckets = tuple(root for root in roots if root.startswith(_BUCKET))
        self._environment = environment
        self._lock = threading.Lock()
        self._known: Credentials | None = None

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a database read from the buckets: before its settings are locked.

        Raises:
            LakeUnusable: no credentials, no region, or no extension of DuckDB's version.
        """
        if not self._buckets:
            return
        connection.load_extension(str(extension("httpfs")))
        # Files of a lake never change, so what is known of one stays true.
        connection.execute("SET GLOBAL enable_http_metadata_cache = true")
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        self.renew(connection)

    def renew(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give a database the credentials that the environment has now, if they are others.

        Raises:
            LakeUnusable: there are none any more.
        """
        if not self._buckets:
            return
        credentials = Credentials.from_environment(self._environment)
        if credentials == self._known:
            return
        place = S3Place.from_environment(self._environment)
        with self._lock, connection.cursor() as cursor:
            for bucket in self._buckets:
                cursor.execute(_secret(bucket, credentials, place))
            self._known = credentials


def connect(
    roots: tuple[str, ...] = (), environment: Mapping[str, str] = os.environ
) -> duckdb.DuckDBPyConnection:
    """Open a database in memory for statements of our own, which may read a lake's files.

    What does not fit into memory goes below the system's folder for such files, in a folder that
    DuckDB makes and removes.

    Raises:
        LakeUnusable: as for ``Reach.open``.
    """
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_persistent_secrets": False,
            "temp_directory": f"{tempfile.gettempdir()}/citylake-{uuid4().hex}",
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        Reach(roots, environment).open(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading() -> Iterator[None]:
    """Word that a lake's files cannot be read as the lake's error.

    Raises:
        LakeUnusable: a file is not there, or the bucket denies it or does not answer.
    """
    try:
        yield
    except duckdb.IOException as error:  # of which HTTP's errors are some
        reason = str(error).splitlines()[0]
        raise LakeUnusable(f"a file of the lake cannot be read: {reason}") from error


@cache
def extension(name: str) -> Path:
    """The file of one of DuckDB's extensions, which comes as a package and is not imported.

    Raises:
        LakeUnusable: the package is not there, or is for another version of DuckDB.
    """
    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    folders = found.submodule_search_locations if found else None
    for folder in folders or ():
        path = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    raise LakeUnusable(
        f"there is no extension {name} for DuckDB {duckdb.__version__}; expected package "
        f"{package} of the same version"
    )


def has_extension(name: str) -> bool:
    """Whether one of DuckDB's extensions is at hand."""
    try:
        extension(name)
    except LakeUnusable:
        return False
    return True


def _secret(bucket: str, credentials: Credentials, place: S3Place) -> str:
    """The statement that makes credentials known for one bucket, and no other."""
    settings: dict[str, str | bool] = {
        "KEY_ID": credentials.key_id,
        "SECRET": credentials.secret,
        "SESSION_TOKEN": credentials.token,
        "REGION": place.region,
        "SCOPE": f"{bucket}/",
    }
    if place.endpoint:
        settings["ENDPOINT"] = place.endpoint.partition("://")[2]
        settings["USE_SSL"] = place.is_encrypted
    if not place.has_buckets_as_hosts:
        settings["URL_STYLE"] = "path"
    listed = ", ".join(
        f"{name} {exp.convert(value).sql('duckdb')}" for name, value in settings.items()
    )
    name = exp.to_identifier(bucket, quoted=True).sql("duckdb")
    return f"CREATE OR REPLACE TEMPORARY SECRET {name} (TYPE s3, {listed})"
