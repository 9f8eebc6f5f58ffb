"""Who is of ops, and who is not."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from citylake.errors import AccessRefused, InputInvalid, OutcomeUnknown
from marketplace.mail import Mail, SesMailer, read_address
from marketplace.web.identity import PoolIdentity, PrintedIdentity, read_ops

CLAIMS = {"aud": "app1", "token_use": "id", "email": "a@example.org", "cognito:groups": ["ops"]}


class Pool:
    """A pool with one person."""

    def __init__(self, claims: dict[str, Any] | None = None, challenge: str = "") -> None:
        self.claims = claims or CLAIMS
        self.challenge = challenge or "SOFTWARE_TOKEN_MFA"
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def initiate_auth(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return {"ChallengeName": self.challenge, "Session": "s1"}

    def respond_to_auth_challenge(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        body = base64.urlsafe_b64encode(json.dumps(self.claims).encode()).decode().rstrip("=")
        return {"AuthenticationResult": {"IdToken": f"e30.{body}.sig"}}


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "InitiateAuth")


def test_a_member_of_ops_signs_in_with_a_second_factor() -> None:
    pool = Pool()
    identity = PoolIdentity(pool, "app1")
    challenge = identity.begin("a@example.org", "secret")
    assert "secret" not in challenge
    assert identity.finish("a@example.org", challenge, "123456") == "a@example.org"
    assert pool.asked[1]["ChallengeResponses"] == {
        "USERNAME": "a@example.org",
        "SOFTWARE_TOKEN_MFA_CODE": "123456",
    }


@pytest.mark.parametrize("challenge", ["NEW_PASSWORD_REQUIRED", "MFA_SETUP"])
def test_who_has_no_second_factor_yet_is_refused(challenge: str) -> None:
    with pytest.raises(AccessRefused, match="second factor"):
        PoolIdentity(Pool(challenge=challenge), "app1").begin("a@example.org", "x")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("NotAuthorizedException"), AccessRefused),
        (refused("UserNotFoundException"), AccessRefused),
        (refused("TooManyRequestsException"), OutcomeUnknown),
        (refused("InternalErrorException", 500), OutcomeUnknown),
        (EndpointConnectionError(endpoint_url="https://x"), OutcomeUnknown),
    ],
)
def test_what_the_pool_refuses_is_told_apart_from_its_silence(
    error: Exception, expected: type[Exception]
) -> None:
    pool = Pool()
    pool.error = error
    with pytest.raises(expected) as raised:
        PoolIdentity(pool, "app1").begin("a@example.org", "a-password")
    assert "a-password" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "app2"},
        {"token_use": "access"},
        {"cognito:groups": ["3719000:admin"]},
        {"cognito:groups": "ops"},
        {"cognito:groups": []},
        {"email": "", "sub": ""},
    ],
)
def test_a_token_of_anyone_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AccessRefused):
        read_ops({**CLAIMS, **change}, "app1")


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.bnVsbA.c"])
def test_a_token_that_cannot_be_read_is_refused(token: str) -> None:
    pool = Pool()
    pool.respond_to_auth_challenge = lambda **_: {"AuthenticationResult": {"IdToken": token}}  # type: ignore[method-assign]
    identity = PoolIdentity(pool, "app1")
    with pytest.raises(AccessRefused):
        identity.finish("a@example.org", identity.begin("a@example.org", "x"), "1")


def test_on_one_machine_the_code_is_printed_and_used_once() -> None:
    shown: list[str] = []
    identity = PrintedIdentity(shown.append)
    challenge = identity.begin("me", "")
    code = shown[0].rsplit(" ", 1)[1]
    for wrong in ("", "-", "0", code + "0"):
        with pytest.raises(AccessRefused):
            identity.finish("me", challenge, wrong)
        with pytest.raises(AccessRefused):
            identity.finish("me", "another", wrong)
    assert identity.finish("me", challenge, code) == "me"
    with pytest.raises(AccessRefused):
        identity.finish("me", challenge, code)


@pytest.mark.parametrize(
    "text",
    [
        '"a b"@example.gov',
        "a@b@example.gov",
        "a..b@example.gov",
        "a@-x.gov",
        "a@localhost",
        "é@x.gov",
        "a" * 65 + "@example.gov",
        "a@" + "b." * 130 + "gov",
        "a@example.gov\nbcc:b@x.gov",
    ],
)
def test_an_address_with_two_ways_to_be_written_is_none(text: str) -> None:
    with pytest.raises(InputInvalid, match="mail address"):
        read_address(text)


def test_an_address_is_known_in_lower_case() -> None:
    assert read_address(" Clerk+Test@City.Example.GOV ") == "clerk+test@city.example.gov"


class Ses:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **asked: Any) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(asked)


def test_mail_goes_out_as_plain_text() -> None:
    ses: Any = Ses()
    SesMailer(ses, "citylake@example.org").send(Mail("a@example.gov", "Code", "1234"))
    (sent,) = ses.sent
    assert sent["Destination"] == {"ToAddresses": ["a@example.gov"]}
    assert sent["Content"]["Simple"]["Body"] == {"Text": {"Data": "1234", "Charset": "UTF-8"}}


def test_mail_that_is_not_taken_does_not_tell_the_address() -> None:
    ses: Any = Ses(refused("MessageRejected"))
    with pytest.raises(OutcomeUnknown) as raised:
        SesMailer(ses, "citylake@example.org").send(Mail("a@example.gov", "Code", "1234"))
    assert "a@example.gov" not in str(raised.value)
