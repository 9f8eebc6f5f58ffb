"""People who work for a city, signed in as the pool demands: a password and a second factor."""

import base64
import hmac
import secrets
import struct
import time

import boto3
from botocore.exceptions import ClientError

from local.cloud.platform import FLEET, Platform

_STEP_SECONDS = 30
_FLOWS = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


class Pool:
    """The pool of staff of a deployed fleet."""

    def __init__(self, platform: Platform) -> None:
        """Let an administrator sign people in; browsers do it by SRP, which is not ours to test."""
        outputs = platform.outputs(FLEET)
        self._pool, self._client = outputs["UserPool"], outputs["UserPoolClient"]
        self._cognito = boto3.client("cognito-idp")
        self._cognito.update_user_pool_client(
            UserPoolId=self._pool, ClientId=self._client, ExplicitAuthFlows=_FLOWS
        )

    def sign_in(self, name: str, *groups: str) -> str:
        """Hire somebody, and return the token that says who they are and in which groups."""
        email, password = f"{name}@example.gov", f"{secrets.token_urlsafe(20)}aA1!"
        self._cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}],
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
        )
        self._cognito.admin_set_user_password(
            UserPoolId=self._pool, Username=email, Password=password, Permanent=True
        )
        for group in groups:
            try:
                self._cognito.create_group(UserPoolId=self._pool, GroupName=group)
            except ClientError as error:
                if error.response["Error"]["Code"] != "GroupExistsException":
                    raise
            self._cognito.admin_add_user_to_group(
                UserPoolId=self._pool, Username=email, GroupName=group
            )
        asked = self._cognito.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self._client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        assert asked["ChallengeName"] == "MFA_SETUP", "a password alone is not enough"
        factor = self._cognito.associate_software_token(Session=asked["Session"])
        verified = self._cognito.verify_software_token(
            Session=factor["Session"], UserCode=one_time_code(factor["SecretCode"])
        )
        answered = self._cognito.admin_respond_to_auth_challenge(
            UserPoolId=self._pool,
            ClientId=self._client,
            ChallengeName="MFA_SETUP",
            Session=verified["Session"],
            ChallengeResponses={"USERNAME": email},
        )
        return str(answered["AuthenticationResult"]["IdToken"])


def one_time_code(secret: str) -> str:
    """The six digits that an authenticator shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // _STEP_SECONDS)
    digest = hmac.digest(key, counter, "sha1")
    offset = digest[-1] & 0xF
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"
