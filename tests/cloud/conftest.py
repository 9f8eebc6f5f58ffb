"""An emulator of AWS that judges policies as AWS does; on it, the platform by the real CDK."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest

from local.cloud.cdk import Cdk
from local.cloud.emulator import Emulator
from local.cloud.platform import CITIES, SHOWCASE, Platform

_LOGGED_LINES = 60

Times = dict[str, float]
_TIMES = pytest.StashKey[Times]()
_NOTES = pytest.StashKey[list[str]]()
_LOGS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> Times:
    """Seconds that the steps of a deployment took; shown at the end."""
    return request.config.stash.setdefault(_TIMES, {})


@pytest.fixture(scope="session")
def notes(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are shown at the end."""
    return request.config.stash.setdefault(_NOTES, [])


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the emulator and the deployments write."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="session")
def emulator(home: Path) -> Iterator[Emulator]:
    """The emulator's process."""
    emulator = Emulator(home)
    emulator.start()
    try:
        yield emulator
    finally:
        emulator.end()


@pytest.fixture(scope="session")
def aws(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running emulator; every AWS client made from now on calls it, as root.

    What it and the deployed functions said is shown at the end if a test failed.
    """
    environment = emulator.environment()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        yield environment["AWS_ENDPOINT_URL"]
        if request.session.testsfailed:
            request.config.stash[_LOGS] = [emulator.tail(), *function_errors()]


@pytest.fixture(scope="session")
def deployed(aws: str, emulator: Emulator, times: Times) -> Platform:
    """The platform, deployed by the CDK's own command; its lake is empty."""
    cdk = Cdk(emulator.home, emulator.environment(), print)
    times["cdk synth"] = cdk.synth()
    times["cdk bootstrap"] = cdk.bootstrap()
    times["cdk deploy"] = cdk.deploy()
    return Platform(boto3.Session())


@pytest.fixture(scope="session")
def platform(deployed: Platform, times: Times) -> Platform:
    """The platform with a lake that its own machine filled with the bundled figures."""
    times["harvest"] = deployed.harvest(print)
    return deployed


@pytest.fixture(scope="session")
def showcase(platform: Platform) -> str:
    """Address of the showcase, without a slash at the end."""
    return platform.outputs(SHOWCASE)["ApiUrl"].rstrip("/")


@pytest.fixture(scope="session")
def cities(platform: Platform, times: Times) -> Mapping[str, str]:
    """Addresses of three cities, provisioned by the fleet's own machine."""
    for city in CITIES:
        times[f"provision {city}"] = platform.provision(city, print)
    return {city: platform.city_address(city) for city in CITIES}


def function_errors() -> Iterator[str]:
    """The last lines that deployed functions logged about what went wrong."""
    logs = boto3.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            lines = [event["message"].rstrip() for event in events]
            told = [line for line in lines if '"ERROR"' in line or "Error" in line]
            if told:
                yield "\n".join([f"-- {group['logGroupName']}", *told[-_LOGGED_LINES:]])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show how long the steps took, what was noted and, if a test failed, what functions said."""
    times = config.stash.get(_TIMES, {})
    if times:
        terminalreporter.section("seconds")
        for name, seconds in times.items():
            terminalreporter.line(f"{seconds:7.1f}  {name}")
    for note in config.stash.get(_NOTES, []):
        terminalreporter.line(note)
    for told in config.stash.get(_LOGS, []):
        terminalreporter.section("log")
        terminalreporter.line(told)
