"""A whole account in memory, the fleet over it, and runs of its state machines."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from citylake.errors import (
    CityRefused,
    PortalError,
    PreconditionFailed,
    RegistryConflict,
    Throttled,
)
from citylake.lake.store import ABSENT, Store, StoredObject, Unchanged
from citylake.places import Place
from lambdas.fleet.cities import City, instant
from lambdas.fleet.fleet import (
    Fleet,
    Order,
    Outcome,
    Templates,
    bucket_export,
    data_stack,
    service_stack,
)
from lambdas.fleet.portal import Answer
from lambdas.fleet.remains import Remain
from lambdas.fleet.stacks import CloudFormationStacks
from lambdas.fleet.steps import MACHINES, take
from tests.fleet.clouds import S3, Clock, CloudFormation, FakeStack

DURHAM = Place(
    geoid="3719000",
    name="Durham",
    kind="city",
    state="NC",
    slug="nc/durham",
    has_government=True,
    population=296_186,
    population_year=2023,
    population_source="Census estimate, vintage 2023",
)
BOULDER = Place(
    geoid="0807850",
    name="Boulder",
    kind="city",
    state="CO",
    slug="co/boulder",
    has_government=True,
    population=105_898,
)
CHICAGO = Place(
    geoid="1714000",
    name="Chicago",
    kind="city",
    state="IL",
    slug="il/chicago",
    has_government=True,
    population=2_664_452,
)
BETHESDA = Place(
    geoid="2407125",
    name="Bethesda",
    kind="CDP",
    state="MD",
    slug="md/bethesda",
    has_government=False,
    population=68_056,
)
AMHERST = Place(
    geoid="2501501325",
    name="Amherst",
    kind="town",
    state="MA",
    slug="ma/amherst",
    has_government=True,
)
PLACES = {place.geoid: place for place in (DURHAM, BOULDER, CHICAGO, BETHESDA, AMHERST)}
COUNTS = {"places": 1, "population": 3}
ARCHIVE = "archive"
RETRIES = 6
"""How often a machine asks again for a step that met a conflict, or was throttled."""


class Killed(BaseException):
    """The process ended here, without a word."""


@dataclass
class Life:
    """Counts the moments at which a process may end, before and after each call, and ends it."""

    ends_at: int = -1
    moment: int = -1

    def tick(self) -> None:
        self.moment += 1
        if self.moment == self.ends_at:
            raise Killed


class Mortal:
    """What it stands for, called by a process that may end at any call."""

    def __init__(self, target: Any, life: Life) -> None:
        self._target = target
        self._life = life

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._target, name)
        if not callable(held):
            return held

        def called(*args: Any, **named: Any) -> Any:
            self._life.tick()
            answer = held(*args, **named)
            self._life.tick()
            return answer

        return called


class MemoryRegistry:
    """The registry in a dictionary, with the condition that the table has."""

    def __init__(self) -> None:
        self.held: dict[str, City] = {}

    def find(self, geoid: str) -> City | None:
        return self.held.get(geoid)

    def cities(self) -> Iterator[City]:
        yield from list(self.held.values())

    def save(self, city: City, at: datetime) -> City:
        held = self.held.get(city.geoid)
        if (held.revision if held else 0) != city.revision:
            raise RegistryConflict(f"{city.title} changed")
        saved = msgspec.structs.replace(city, revision=city.revision + 1, changed_at=instant(at))
        self.held[city.geoid] = saved
        return saved


class BucketStore:
    """A bucket as a store."""

    def __init__(self, s3: S3, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self.root = f"s3://{bucket}"

    def get(self, key: str) -> StoredObject | None:
        body = self._s3.read(self._bucket, key)
        return None if body is None else StoredObject(body, str(hash(body)))

    def get_changed(self, key: str, etag: str) -> StoredObject | Unchanged | None:
        held = self.get(key)
        return Unchanged() if held is not None and held.etag == etag else held

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str:
        held = self.get(key)
        if if_match is not None and (held.etag if held else ABSENT) != if_match:
            raise PreconditionFailed(key)
        self._s3.write(self._bucket, key, body)
        return str(hash(body))

    def put_file(self, key: str, path: Path) -> None:
        self._s3.write(self._bucket, key, path.read_bytes())

    def keys(self, prefix: str) -> Iterator[str]:
        yield from self._s3.contents(self._bucket, prefix)

    def delete(self, key: str) -> None:
        self._s3.mark_deleted(self._bucket, key)


class FakeNational:
    """A national lake that has a register and two datasets."""

    def __init__(self) -> None:
        self.held = dict(COUNTS)

    def place(self, geoid: str) -> Place:
        try:
            return PLACES[geoid]
        except KeyError:
            raise CityRefused(f"no place of the register has the GEOID {geoid}") from None

    def counts(self, place: Place) -> Mapping[str, int]:
        return dict(self.held)


@dataclass
class Account:
    """What lasts, whoever dies: stacks, buckets, the registry, and which runs are under way."""

    clock: Clock = field(default_factory=Clock)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    national: FakeNational = field(default_factory=FakeNational)
    databases: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    """What a portal answers instead of what it should, by the beginning of a path."""
    late: list[str] = field(default_factory=list)
    """What the tagging service still lists, though it is gone."""
    version: str = "0001"
    """Digest of the templates of today."""

    def __post_init__(self) -> None:
        self.s3 = S3(self.clock)
        self.s3.make(ARCHIVE)
        self.cloudformation = CloudFormation(self._makes, self._ends)

    def fleet(self, life: Life | None = None) -> Fleet:
        """The fleet as one process has it, which lives as long as its life lets it."""

        def mortal(target: Any) -> Any:
            return target if life is None else Mortal(target, life)

        def bucket(name: str) -> Store:
            return cast("Store", mortal(BucketStore(self.s3, name)))

        return Fleet(
            registry=mortal(self.registry),
            runs=mortal(self),
            stacks=CloudFormationStacks(mortal(self.cloudformation), "role"),
            templates=Templates(
                data=f"https://s3.example/assets/data{self.version}.json",
                service=f"https://s3.example/assets/service{self.version}.json",
            ),
            national=mortal(self.national),
            buckets=bucket,
            objects=mortal(self.s3),
            archive_bucket=ARCHIVE,
            remains=mortal(self),
            ask=mortal(self).ask,
            pause=lambda _: None,
            now=self.clock.now,
        )

    def city(self, geoid: str = DURHAM.geoid) -> City:
        return self.registry.held[geoid]

    def standing(self) -> dict[str, tuple[str, dict[str, str], dict[str, str]]]:
        """Every stack that stands, with its status, parameters and tags."""
        return {
            name: (stack.status, stack.parameters, stack.tags)
            for name, stack in sorted(self.cloudformation.stacks.items())
        }

    # As ``Runs``

    def is_running(self, execution: str) -> bool:
        return execution in self.running

    # As ``Ask``

    def ask(self, method: str, address: str) -> Answer:
        host, _, path = address.removeprefix("https://").partition("/")
        geoid = host.removesuffix(".example")
        stack = self.cloudformation.stacks.get(service_stack(geoid))
        if stack is None or not stack.is_served:
            raise OSError(f"{host} does not resolve")
        for beginning, answer in self.answers.items():
            if f"{method} /{path}".startswith(beginning):
                return answer
        place = PLACES[geoid]
        counts = self.national.held
        if method == "POST":
            return Answer(401, {}, b'{"message":"Unauthorized"}')
        if not path:
            return Answer(200, {}, f"<title>{place.title}: open data</title>".encode())
        if "/exports/jsonl" in path:
            return Answer(200, {}, b'{"year": 2023}\n' * counts["population"])
        if "/records" in path:
            records = [{"geoid": geoid}] * counts["population"]
            return _json({"total_count": counts["population"], "results": records})
        results = [
            {"dataset_id": name, "metas": {"default": {"records_count": count}}}
            for name, count in counts.items()
        ]
        return _json({"total_count": len(results), "results": results})

    # As ``Remains``

    def find(self, geoid: str, bucket: str) -> Sequence[Remain]:
        found = [
            Remain(f"stack {name}", is_data=name == data_stack(geoid))
            for name in (service_stack(geoid), data_stack(geoid))
            if name in self.cloudformation.stacks
        ]
        if bucket in self.s3.buckets:
            found.append(Remain(f"bucket {bucket}", is_data=True))
        if geoid in self.databases:
            found.append(Remain(f"database city_{geoid}", is_data=True))
        return [*found, *(Remain(arn, is_data=False) for arn in self.late)]

    def remove_database(self, geoid: str) -> None:
        self.databases.discard(geoid)

    def _makes(self, stack: FakeStack) -> Sequence[dict[str, str]]:
        geoid = stack.parameters["Geoid"]
        bucket = f"lake-{geoid}"
        if stack.name == data_stack(geoid):
            self.s3.make(bucket)
            self.databases.add(geoid)
            export = bucket_export(geoid)
            return [{"OutputKey": "Bucket", "OutputValue": bucket, "ExportName": export}]
        data = self.cloudformation.stacks.get(data_stack(geoid))
        if data is None or not data.is_served:
            raise ValueError(f"No export named {bucket_export(geoid)} found")
        return [{"OutputKey": "ApiUrl", "OutputValue": f"https://{geoid}.example"}]

    def _ends(self, stack: FakeStack) -> None:
        """Bucket and database are retained, so nothing goes with a stack but the stack."""


MOST_TURNS = 10_000
"""Tasks after which a run is taken to go in circles."""


@dataclass
class Run:
    """One execution of a state machine: it asks for the steps in order, as often as they want.

    Args:
        account: where.
        machine: which one.
        name: of the execution.
        asked: the execution's input.
        fleet: as the function's process has it.
        survives: whether the machine asks for a step again whose process was killed, as Step
            Functions does; if not, the run dies with it.
    """

    account: Account
    machine: str
    name: str
    asked: Mapping[str, Any]
    fleet: Fleet
    survives: bool = False
    answers: list[tuple[str, Outcome]] = field(default_factory=list)
    error: PortalError | None = None

    def turns(self) -> Iterator[str]:
        """Go on by one task at a time; what is yielded is the step that was taken."""
        self.account.running.add(self.name)
        try:
            yield from self._steps()
        finally:
            self.account.running.discard(self.name)

    def _steps(self) -> Iterator[str]:
        for step in MACHINES[self.machine]:
            if step == "data-deleted" and not self.asked.get("delete_data"):
                continue
            done, attempts = False, 0
            while not done:
                try:
                    outcome = take(self.fleet, self._order(step))
                except (RegistryConflict, Throttled) as error:
                    attempts += 1
                    if attempts > RETRIES:
                        raise AssertionError(f"{step} passed by no retry") from error
                    yield step
                    continue
                except Killed:
                    if not self.survives:
                        raise
                    self.fleet = self.account.fleet()
                    continue
                except PortalError as error:
                    self.error = error
                    told = {"errorMessage": str(error), "errorType": type(error).__name__}
                    failed = self._order("failed", error=told["errorType"], cause=json.dumps(told))
                    take(self.fleet, failed)
                    yield "failed"
                    return
                self.answers.append((step, outcome))
                yield step
                if not outcome.proceed:
                    return
                done = outcome.done

    def _order(self, step: str, **more: str) -> Order:
        return msgspec.convert({**self.asked, "step": step, "execution": self.name, **more}, Order)


def run(
    account: Account,
    machine: str,
    name: str,
    *,
    geoid: str = DURHAM.geoid,
    life: Life | None = None,
    survives: bool = False,
    **asked: Any,
) -> Run:
    """Run a state machine to its end, or to the end of its process's life."""
    made = Run(account, machine, name, {"geoid": geoid, **asked}, account.fleet(life), survives)
    for turn, step in enumerate(made.turns()):
        assert turn < MOST_TURNS, f"{name} is never done with {step}"
    return made


def live(account: Account, *geoids: str) -> None:
    """Provision cities."""
    for geoid in geoids or (DURHAM.geoid,):
        made = run(account, "provision", f"first-{geoid}", geoid=geoid)
        assert made.error is None, made.error


def lasting(city: City) -> City:
    """A city without what tells of the runs that it took: those may differ, the city may not."""
    return msgspec.structs.replace(
        city, revision=0, changed_at="", created_at="", history=(), proof_since="", upgraded_by=""
    )


def _json(body: object) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(body).encode())
