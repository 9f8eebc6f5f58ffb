"""What a failure is called, so that what may pass is told from what stays."""

import botocore.exceptions
import pytest
from obstore.exceptions import GenericError

from citylake.errors import (
    LakeUnusable,
    PreconditionFailed,
    PublishConflict,
    SourceChanged,
    SourceUnreachable,
    Throttled,
)
from lambdas.harvest.failures import failure, kind_of


def from_aws(code: str) -> Exception:
    return botocore.exceptions.ClientError({"Error": {"Code": code}}, "UpdateTable")


def from_store(code: str) -> Exception:
    return GenericError(f"Server returned non-2xx status code: 503: <Error><Code>{code}</Code>")


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SourceUnreachable("no answer"), "SourceUnreachable"),
        (SourceChanged("no column"), "SourceChanged"),
        (KeyError("geoid"), "KeyError"),
        (PublishConflict("lost 8 times"), "Throttled"),
        (PreconditionFailed("lost 20 times"), "Throttled"),
        (from_aws("ThrottlingException"), "Throttled"),
        (from_aws("SlowDown"), "Throttled"),
        (from_aws("AccessDenied"), "ClientError"),
        (caused(LakeUnusable("cannot write"), from_aws("SlowDown")), "Throttled"),
        (caused(LakeUnusable("cannot write"), from_aws("NoSuchBucket")), "LakeUnusable"),
        (caused(LakeUnusable("cannot read"), from_store("SlowDown")), "Throttled"),
        (caused(LakeUnusable("cannot read"), from_store("NoSuchBucket")), "LakeUnusable"),
        (caused(LakeUnusable("cannot read"), GenericError("no route to host")), "LakeUnusable"),
    ],
)
def test_a_failure_has_the_name_that_decides_on_another_try(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_a_name_leads_back_to_its_error() -> None:
    for kind in (SourceUnreachable, SourceChanged, Throttled):
        made = failure(kind.__name__, "why")
        assert (type(made), str(made)) == (kind, "why")
    assert type(failure("KeyError", "why")).__name__ == "SourceError"
