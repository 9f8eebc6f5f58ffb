"""What the environment says of AWS, as AWS's own clients read it; nothing is imported for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from citylake.errors import LakeUnusable


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys that sign requests, and the token of a role's session."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Credentials":
        """Read ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``.

        A function has its role's there from the start, valid for longer than it lives.

        Raises:
            LakeUnusable: there are none.
        """
        key_id = environment.get("AWS_ACCESS_KEY_ID", "")
        secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
        if not key_id or not secret:
            raise LakeUnusable(
                "the environment has no AWS credentials; expected AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, which "
                '`eval "$(aws configure export-credentials --format env)"` sets'
            )
        return cls(key_id, secret, environment.get("AWS_SESSION_TOKEN", ""))


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where S3 is.

    Attributes:
        region: of the buckets.
        endpoint: address of what stands in for S3; empty for AWS itself.
    """

    region: str
    endpoint: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "S3Place":
        """Read ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, and ``AWS_ENDPOINT_URL`` (``…_S3``).

        Raises:
            LakeUnusable: no region.
        """
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise LakeUnusable(
                "the environment names no AWS region; expected AWS_REGION, as in us-east-1"
            )
        endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
        return cls(region, (endpoint or "").rstrip("/"))

    @property
    def is_encrypted(self) -> bool:
        """Whether requests go over TLS: always, but to an emulator."""
        return not self.endpoint.startswith("http://")

    @property
    def has_buckets_as_hosts(self) -> bool:
        """Whether a bucket's name is part of the host's; an emulator has it in the path."""
        return not self.endpoint
