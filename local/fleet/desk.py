"""Starting runs of the fleet's state machines, following them, and reading the registry."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from citylake.errors import FleetError
from lambdas.fleet.registry import Registry, TableRegistry
from lambdas.fleet.runs import UNDER_WAY

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

STACK = "Citylake-Fleet"
"""The stack whose outputs name the registry and the state machines."""

_REGISTRY = "Registry"
_MACHINES = {
    "provision": "ProvisionMachine",
    "suspend": "SuspendMachine",
    "resume": "ResumeMachine",
    "teardown": "TeardownMachine",
    "upgrade": "UpgradeMachine",
}
_REGION = "us-east-1"
_LOOK_SECONDS = 2.0
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended.

    Attributes:
        execution: its ARN.
        status: as Step Functions says it (``SUCCEEDED``).
        error: name of the error; empty if it succeeded.
        cause: what it said of it.
    """

    execution: str
    status: str
    error: str = ""
    cause: str = ""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a run has taken, as it tells of it.

    Attributes:
        name: of the step.
        note: what happened, in words.
        at: when it ended.
    """

    name: str
    note: str
    at: datetime


class Desk:
    """Where an operator asks the fleet.

    Args:
        registry: of cities.
        machines: ARN of the state machine for each of ``provision``, ``suspend``, ``resume``,
            ``teardown`` and ``upgrade``.
        client: of Step Functions.
        pause: waits; called with seconds.
        now: the time.
    """

    def __init__(
        self,
        registry: Registry,
        machines: Mapping[str, str],
        client: "SFNClient",
        pause: Callable[[float], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.registry = registry
        self._machines = machines
        self._client = client
        self._pause = pause
        self._now = now

    def start(self, machine: str, asked: Mapping[str, Any]) -> str:
        """Start a run.

        Args:
            machine: which state machine.
            asked: its input.

        Returns:
            The execution's ARN.
        """
        name = f"{machine}-{asked.get('geoid', 'all')}-{self._now():%Y%m%dT%H%M%S%f}"
        started = self._client.start_execution(
            stateMachineArn=self._machines[machine], name=name, input=json.dumps(asked)
        )
        return started["executionArn"]

    def follow(self, execution: str, tell: Callable[[Step], None]) -> Ended:
        """Wait for a run's end, and tell each step that it takes."""
        seen = 0
        while True:
            described = self._client.describe_execution(executionArn=execution)
            for event in self._events(execution, after=seen):
                seen = event["id"]
                step = _step(event)
                if step is not None:
                    tell(step)
            if described["status"] not in UNDER_WAY:
                return Ended(
                    execution=execution,
                    status=described["status"],
                    error=described.get("error", ""),
                    cause=described.get("cause", ""),
                )
            self._pause(_LOOK_SECONDS)

    def _events(self, execution: str, after: int) -> Iterator["HistoryEventTypeDef"]:
        """The events of a run with a higher number, oldest first."""
        found: list[HistoryEventTypeDef] = []
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution, reverseOrder=True
        )
        for page in pages:
            newer = [event for event in page["events"] if event["id"] > after]
            found += newer
            if len(newer) < len(page["events"]):
                break
        yield from reversed(found)


def open_desk(region: str, pause: Callable[[float], None]) -> Desk:
    """Find the fleet of an account and region by the outputs of its stack.

    Args:
        region: where the platform is; if empty, the one of the environment or the profile, and
            us-east-1 if they name none.
        pause: waits; called with seconds.

    Raises:
        FleetError: the account has no fleet there.
    """
    place = region or boto3.Session().region_name or _REGION
    session = boto3.Session(region_name=place)
    outputs = _outputs(session.client("cloudformation", config=_CONFIG), place)
    missing = sorted({_REGISTRY, *_MACHINES.values()} - outputs.keys())
    if missing:
        raise FleetError(f"stack {STACK} in {place} lacks the outputs {', '.join(missing)}")
    return Desk(
        TableRegistry(session.resource("dynamodb", config=_CONFIG).Table(outputs[_REGISTRY])),
        {machine: outputs[name] for machine, name in _MACHINES.items()},
        session.client("stepfunctions", config=_CONFIG),
        pause,
    )


@contextmanager
def wording() -> Iterator[None]:
    """Word what AWS refuses, or cannot be asked.

    Raises:
        FleetError: in place of the errors of AWS's client.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise FleetError(f"AWS cannot be asked: {error}; see citylake doctor --aws") from error


def _outputs(client: "CloudFormationClient", region: str) -> Mapping[str, str]:
    try:
        (stack,) = client.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise FleetError(
            f"there is no stack {STACK} in {region}: deploy the platform first (make deploy)"
        ) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _step(event: "HistoryEventTypeDef") -> Step | None:
    """The step that an event tells of: one whose task ended, with what the fleet answered."""
    exited = event.get("stateExitedEventDetails")
    if event["type"] != "TaskStateExited" or exited is None:
        return None
    try:
        output = json.loads(exited.get("output", ""))
    except ValueError:
        output = None
    note = output.get("note", "") if isinstance(output, dict) else ""
    return Step(name=exited["name"], note=note, at=event["timestamp"])
