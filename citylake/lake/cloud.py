"""The lake of a function: its buckets are in the environment."""

import os
from collections.abc import Mapping

from citylake.errors import LakeUnusable
from citylake.lake.read import Lake
from citylake.lake.s3 import open_bucket

HOLD_SECONDS = 5.0
"""How long readers take a catalog as still the same: a release is seen so much later at most."""

_NATIONAL = "CITYLAKE_NATIONAL_BUCKET"
_CITY = "CITYLAKE_CITY_BUCKET"


def open_cloud_lake(
    environment: Mapping[str, str] = os.environ, *, hold_seconds: float = HOLD_SECONDS
) -> Lake:
    """Open the lake that a function reads or writes; nothing is asked of it yet.

    Args:
        environment: names the buckets: ``CITYLAKE_NATIONAL_BUCKET`` and, in the functions of a
            subscribed city, ``CITYLAKE_CITY_BUCKET``; and region and credentials as AWS does.
        hold_seconds: how long a catalog is taken as still the same.

    Raises:
        LakeUnusable: the environment lacks a bucket, a region or credentials.
    """
    national = environment.get(_NATIONAL, "")
    if not national:
        raise LakeUnusable(
            f"the environment names no lake; expected a bucket's name in {_NATIONAL}"
        )
    city = environment.get(_CITY, "")
    return Lake(
        open_bucket(national, environment),
        open_bucket(city, environment) if city else None,
        hold_seconds=hold_seconds,
    )
