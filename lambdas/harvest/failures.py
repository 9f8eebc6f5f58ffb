"""What a failure is called when it leaves the harvest: the name that a state machine decides on.

A publisher who does not answer may do so in an hour, and a crowd of writers thins out; a publisher
whose table was rearranged stays so until somebody changes the connector. Only what may pass is
worth another try, so the kinds keep their names on the way out: ``SourceUnreachable`` and
``Throttled`` may pass, all others last.
"""

import re

from obstore.exceptions import BaseError

from citylake.errors import (
    ChecksFailed,
    DatasetInvalid,
    DatasetNotFound,
    LakeTooNew,
    LakeUnusable,
    PortalError,
    PreconditionFailed,
    PublishConflict,
    SourceChanged,
    SourceError,
    SourceUnreachable,
    Throttled,
)

_ASKED_TO_WAIT = frozenset(
    {
        "ConcurrentModificationException",
        "InternalError",
        "InternalServiceException",
        "OperationTimeoutException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes by which S3 and Glue say that the same may pass later.

Source:
    Amazon S3 API Reference, "Error responses"; AWS Glue API Reference, "Exceptions".
"""

_CODE = re.compile(r"<Code>(\w+)</Code>")  # in S3's answer, which the lake's client only quotes

_NAMED: dict[str, type[PortalError]] = {
    error.__name__: error
    for error in (
        ChecksFailed,
        DatasetInvalid,
        DatasetNotFound,
        LakeTooNew,
        LakeUnusable,
        SourceChanged,
        SourceUnreachable,
        Throttled,
    )
}


def kind_of(error: BaseException) -> str:
    """Name a failure: ``Throttled`` if it or what caused it may pass, else its class."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PublishConflict | PreconditionFailed) or _asks_to_wait(cause):
            return Throttled.__name__
        cause = cause.__cause__
    return type(error).__name__


def failure(kind: str, message: str) -> PortalError:
    """Make the error of a kind; a plain ``SourceError`` of one that nobody foresaw."""
    return _NAMED.get(kind, SourceError)(message)


def _asks_to_wait(error: BaseException) -> bool:
    """Whether an AWS client's error is one: botocore keeps the answer, obstore quotes it."""
    if isinstance(error, BaseError):
        said = _CODE.search(str(error))
        return said is not None and said[1] in _ASKED_TO_WAIT
    answer = getattr(error, "response", None)
    if not isinstance(answer, dict):
        return False
    details = answer.get("Error")
    return isinstance(details, dict) and details.get("Code") in _ASKED_TO_WAIT
