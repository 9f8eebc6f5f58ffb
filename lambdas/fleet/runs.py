"""The executions of the fleet's state machines, as Step Functions knows them."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

UNDER_WAY = frozenset({"RUNNING", "PENDING_REDRIVE"})
"""States of an execution that has not ended."""

_UNKNOWN = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


class StepFunctionsRuns:
    """Asks Step Functions.

    Args:
        client: of the region of the state machines.
    """

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def is_running(self, execution: str) -> bool:
        """Say whether an execution is under way; one that Step Functions forgot is not."""
        try:
            status = self._client.describe_execution(executionArn=execution)["status"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _UNKNOWN:
                raise
            return False
        return status in UNDER_WAY
