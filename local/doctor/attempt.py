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
    code, message = error_code(error), error.response.get("Error", {}).get("Message", "")
    if code in _DENIED:
        named = _ACTION.search(message)
        action = named[1] if named else error.operation_name
        found = f"not looked at: {action} is not allowed"
        return Finding(subject, ok=False, found=found, remedy=f"allow {action} to who runs this")
    found = f"{error.operation_name}: {code}: {message}"
    return Finding(subject, ok=False, found=found, remedy="see the message")


def error_code(error: ClientError) -> str:
    """The name that AWS gives an error, like ``AccessDenied``."""
    return error.response.get("Error", {}).get("Code", "")
