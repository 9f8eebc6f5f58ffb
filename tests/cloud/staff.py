"""People who work for a city, signed in to the pool that knows in which groups they are.

The emulator lets in by password alone whoever has no second factor yet. That the pool demands one
is asserted of its template.
"""

import secrets

import boto3
from botocore.exceptions import ClientError

from local.cloud.platform import FLEET, Platform

_FLOWS = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


class Pool:
    """The pool of staff of a deployed fleet."""

    def __init__(self, platform: Platform) -> None:
        """Let an administrator sign people in; browsers do it by SRP, which is Cognito's affair."""
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
        return str(asked["AuthenticationResult"]["IdToken"])
