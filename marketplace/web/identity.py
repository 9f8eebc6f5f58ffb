"""Who is of ops: a member of the group ``ops`` of the staff's pool, with a second factor.

People sign in here with what they have in the pool: name and password, then the code of their
second factor. What comes back is a token from the pool itself, over TLS, so that its claims need no
other proof (OpenID Connect Core, section 3.1.3.7). Passwords are handed on, never kept or logged.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from citylake.errors import AccessRefused, OutcomeUnknown

OPS = "ops"
"""Name of the group."""

_GROUPS = "cognito:groups"
_SECOND_FACTORS: Mapping[str, str] = {
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
}
_REFUSED = "The name, the password or the code is not right."


class Identity(Protocol):
    """What knows our own people."""

    def begin(self, name: str, password: str) -> str:
        """Begin a sign-in.

        Returns:
            What is to be brought back with the code of the second factor.

        Raises:
            AccessRefused: name or password is wrong, or there is no second factor.
            OutcomeUnknown: the pool did not answer.
        """

    def finish(self, name: str, challenge: str, code: str) -> str:
        """End a sign-in.

        Returns:
            The person, as the pool names it.

        Raises:
            AccessRefused: the code is wrong or too old, or the person is not of ops.
            OutcomeUnknown: the pool did not answer.
        """


class PoolIdentity:
    """The staff's pool in Amazon Cognito.

    Args:
        client: of Cognito's user pools.
        app: id of the pool's client that may sign in by password.
    """

    def __init__(self, client: Any, app: str) -> None:  # noqa: ANN401  # no stubs for it here
        self._client = client
        self._app = app

    def begin(self, name: str, password: str) -> str:
        """Sign in with name and password; a pool that asks for nothing more is not trusted."""
        said = self._ask(
            self._client.initiate_auth,
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self._app,
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        kind = said.get("ChallengeName", "")
        if kind not in _SECOND_FACTORS:
            raise AccessRefused(
                "This person has no second factor yet: expected one to be set up in the pool first."
            )
        return json.dumps({"kind": kind, "session": said["Session"]})

    def finish(self, name: str, challenge: str, code: str) -> str:
        """Answer the pool's question for the second factor."""
        asked = json.loads(challenge)
        said = self._ask(
            self._client.respond_to_auth_challenge,
            ClientId=self._app,
            ChallengeName=asked["kind"],
            Session=asked["session"],
            ChallengeResponses={"USERNAME": name, _SECOND_FACTORS[asked["kind"]]: code},
        )
        token = said.get("AuthenticationResult", {}).get("IdToken", "")
        return read_ops(_claims(token), self._app)

    def _ask(self, call: Callable[..., Mapping[str, Any]], **asked: object) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # slow to load

        try:
            return call(**asked)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = error.response.get("Error", {}).get("Code", "")
            if status < 500 and code != "TooManyRequestsException":  # noqa: PLR2004  # a refusal
                raise AccessRefused(_REFUSED) from None
            raise OutcomeUnknown(f"the pool did not answer: {code}") from None
        except BotoCoreError as error:
            raise OutcomeUnknown(f"the pool was not reached: {type(error).__name__}") from None


class PrintedIdentity:
    """For one machine: whoever reads what the server prints is of ops.

    Args:
        show: told of the code of each sign-in.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._open: dict[str, str] = {}

    def begin(self, name: str, password: str) -> str:
        """Show a code; the password is not asked for."""
        del password
        challenge = secrets.token_urlsafe(16)
        code = f"{secrets.randbelow(10**8):08d}"
        self._open = {challenge: code}  # the latest alone
        self._show(f"{name[:60]} may sign in as ops with {code}")
        return challenge

    def finish(self, name: str, challenge: str, code: str) -> str:
        """Take the code, once."""
        shown = self._open.get(challenge)
        if shown is None or not hmac.compare_digest(shown.encode(), code.encode()):
            raise AccessRefused(_REFUSED)
        del self._open[challenge]
        return name


def read_ops(claims: Mapping[str, Any], app: str) -> str:
    """Say which person of ops a token's claims name.

    Args:
        claims: of a token that came from the pool itself.
        app: the client that it must be for.

    Raises:
        AccessRefused: nobody, or nobody of ops.
    """
    if claims.get("aud") != app or claims.get("token_use") != "id":
        raise AccessRefused("The token is not for this page.")
    groups = claims.get(_GROUPS, ())
    if not isinstance(groups, list) or OPS not in groups:
        raise AccessRefused("You are not of ops: expected to find you in the group ops.")
    name = claims.get("email") or claims.get("sub")
    if not isinstance(name, str) or not name:
        raise AccessRefused("The token names nobody.")
    return name


def _claims(token: str) -> Mapping[str, Any]:
    """The claims of a token that came from its issuer."""
    parts = token.split(".")
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(body)
    except (IndexError, binascii.Error, ValueError):
        raise AccessRefused("The pool gave no token that can be read.") from None
    return claims if isinstance(claims, dict) else {}
