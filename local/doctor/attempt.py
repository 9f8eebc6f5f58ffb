"""A check that fails alone: what AWS refuses or does not answer becomes a finding of that check."""

import re
from collections.abc import Iterable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from local.doctor.finding import Finding

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
_ACTION = re.compile(r"perform: ([\w-]+:\w+)")


def attempt(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Pass a check's findings on; a call that fails adds one that says why, and ends the check.

    Args:
        subject: what the check looks at, for the finding about a failed call.
        findings: the check, not yet begun.
    """
    try:
        yield from findings
    except ClientError as error:
        yield _refused(subject, error)
    except BotoCoreError as error:
        remedy = "see whether this machine reaches AWS, then try again"
        yield Finding(subject, ok=False, found=str(error), remedy=remedy)


def _refused(subject: str, error: ClientError) -> Finding:
    if error_code(error) in _DENIED:
        found = f"not looked at: {refusal(error)}"
        return Finding(subject, ok=False, found=found, remedy="give that right to who runs this")
    return Finding(subject, ok=False, found=refusal(error), remedy="see the message")


def refusal(error: ClientError) -> str:
    """Word why AWS refused a call: the right that is missing, or the error as AWS says it."""
    message = error.response.get("Error", {}).get("Message", "")
    if error_code(error) in _DENIED:
        named = _ACTION.search(message)
        return f"{named[1] if named else error.operation_name} is not allowed"
    return f"{error.operation_name}: {error_code(error)}: {message}".rstrip(": ")


def error_code(error: ClientError) -> str:
    """The name that AWS gives an error, like ``AccessDenied``."""
    return error.response.get("Error", {}).get("Code", "")
