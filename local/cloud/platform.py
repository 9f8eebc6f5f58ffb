"""What is deployed on the emulator: found by its stacks' outputs, and put to work."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3

from citylake.errors import PortalError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

HARVEST = "Citylake-Harvest"
FLEET = "Citylake-Fleet"
SHOWCASE = "Citylake-Showcase"
MARKETPLACE = "Citylake-Marketplace"

DURHAM = "3719000"
BOULDER = "0807850"
CAMBRIDGE = "2511000"
CITIES: Mapping[str, str] = {DURHAM: "Durham", BOULDER: "Boulder", CAMBRIDGE: "Cambridge"}
"""The cities that are provisioned for a look around and for the tests: their names by GEOID."""

_PAUSE_SECONDS = 0.5
_HARVEST_SECONDS = 600.0
_PROVISION_SECONDS = 300.0


class MachineFailed(PortalError):
    """A state machine did not succeed."""


class Platform:
    """The platform of an account, by its stacks."""

    def __init__(self, session: boto3.Session) -> None:
        """Make the clients.

        Args:
            session: of the account that the platform is deployed in.
        """
        self._stacks = session.client("cloudformation")
        self._machines = session.client("stepfunctions")

    def outputs(self, stack: str) -> Mapping[str, str]:
        """What a stack says about itself: ``{"ApiUrl": "https://…"}``."""
        found = self._stacks.describe_stacks(StackName=stack)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    def start(self, machine: str, given: Mapping[str, Any]) -> str:
        """Start a state machine; returns the execution's ARN."""
        started = self._machines.start_execution(stateMachineArn=machine, input=json.dumps(given))
        return started["executionArn"]

    def stop(self, execution: str) -> None:
        """End an execution wherever it is, as somebody at the console would."""
        self._machines.stop_execution(executionArn=execution, error="Stopped", cause="on purpose")

    def wait(self, execution: str, seconds: float) -> Any:  # noqa: ANN401 - any JSON
        """Wait for an execution, and return its output.

        Raises:
            MachineFailed: it failed, was stopped, or is not ready by then; with its reason.
        """
        limit = time.monotonic() + seconds
        while (found := self.describe(execution))["status"] == "RUNNING":
            if time.monotonic() > limit:
                raise MachineFailed(f"{execution} is not ready after {seconds:.0f} s")
            time.sleep(_PAUSE_SECONDS)
        if found["status"] != "SUCCEEDED":
            reason = f"{found.get('error', '')}: {found.get('cause', '')}"
            raise MachineFailed(f"{execution} {found['status']}: {reason}")
        return json.loads(found["output"])

    def describe(self, execution: str) -> "DescribeExecutionOutputTypeDef":
        """How an execution stands."""
        return self._machines.describe_execution(executionArn=execution)

    def states(self, execution: str) -> list[str]:
        """The names of the states that an execution entered so far, in order."""
        pages = self._machines.get_paginator("get_execution_history").paginate(
            executionArn=execution
        )
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def harvest(self, say: Callable[[str], None]) -> float:
        """Fill the national lake with the bundled figures; returns the seconds.

        Raises:
            MachineFailed: some dataset was not published.
        """
        began = time.monotonic()
        execution = self.start(self.outputs(HARVEST)["HarvestMachine"], {"feed": "bundle"})
        self.wait(execution, _HARVEST_SECONDS)
        seconds = time.monotonic() - began
        say(f"the national lake holds the bundled figures ({seconds:.0f} s)")
        return seconds

    def harvested(self) -> bool:
        """Whether a harvest succeeded since the account was made."""
        machine = self.outputs(HARVEST)["HarvestMachine"]
        found = self._machines.list_executions(
            stateMachineArn=machine, statusFilter="SUCCEEDED", maxResults=1
        )
        return bool(found["executions"])

    def provision(self, geoid: str, say: Callable[[str], None]) -> float:
        """Give a city its stacks; harmless if it has them. Returns the seconds.

        Raises:
            MachineFailed: with the step's reason.
        """
        began = time.monotonic()
        execution = self.start(self.outputs(FLEET)["ProvisionMachine"], {"geoid": geoid})
        self.wait(execution, _PROVISION_SECONDS)
        seconds = time.monotonic() - began
        say(f"{geoid} is live ({seconds:.0f} s)")
        return seconds

    def city_address(self, geoid: str) -> str:
        """Where a provisioned city answers, without a slash at the end."""
        return self.outputs(f"citylake-city-{geoid}")["ApiUrl"].rstrip("/")
