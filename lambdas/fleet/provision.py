"""Adding a city: register → data-stack → service-stack → first-release → smoke → live.

Each step reads the city's record, takes one step towards its goal, and writes the record if
something changed. Killed anywhere and asked again, by the same run or by another, it does the same.
"""

import re

import msgspec

from citylake.catalog import read_catalog, update_catalog
from citylake.datasets import Visibility
from citylake.entitlements import Entitlement, write_entitlement
from citylake.entitlements import Status as Standing
from citylake.errors import CityRefused, CityStateInvalid, PortalUnsound, StackFailed
from citylake.lake.read import Lake
from citylake.lake.store import ABSENT, Store
from lambdas.fleet.cities import PROVISIONABLE, PROVISIONING, City, Status, instant
from lambdas.fleet.fleet import (
    Fleet,
    Order,
    Outcome,
    bucket_export,
    data_stack,
    service_stack,
    tags_of,
)
from lambdas.fleet.national import check_place
from lambdas.fleet.smoke import smoke
from lambdas.fleet.stacks import Stack, StackOrder, digest_of

API_OUTPUT = "ApiUrl"
"""Output of the service stack: address of the city's API and portal."""

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_FEATURE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MOST_FEATURES = 20


def register(fleet: Fleet, order: Order) -> Outcome:
    """Enter a city into the registry, with the facts that the register of places has of it.

    A second run finds that the first is under way, or that the city is live, and ends.

    Raises:
        CityRefused: the place cannot subscribe, or what was asked for it may not be.
        CityStateInvalid: the city is suspended or leaving.
        RegistryConflict: another run entered it at this moment.
    """
    city = fleet.registry.find(order.geoid)
    if city is not None:
        if fleet.is_taken(city, order):
            return Outcome(proceed=False, note=f"already under way: {city.execution}")
        if city.status is Status.LIVE:
            return Outcome(proceed=False, note=f"{city.title} is live already")
        if city.status not in PROVISIONABLE:
            raise CityStateInvalid(
                f"{city.title} is {city.status}: resume it, or finish removing it, first"
            )
        if city.execution == order.execution and city.status in PROVISIONING:
            return Outcome(note=f"{city.title} is registered")
    asked = _asked(fleet, order)
    now = fleet.now()
    if city is None:
        entered = msgspec.structs.replace(asked, created_at=instant(now))
    else:
        entered = msgspec.structs.replace(
            asked,
            status=city.status,
            reason=city.reason,
            created_at=city.created_at,
            bucket=city.bucket,
            history=city.history,
            revision=city.revision,
        )
    saved = fleet.registry.save(entered.moved(Status.REQUESTED, now), now)
    return Outcome(note=f"{saved.title}: {saved.population:,} people, {saved.tier}")


def data_stack_made(fleet: Fleet, order: Order) -> Outcome:
    """Have the stack with the city's bucket, database and workgroup made.

    Raises:
        StackFailed: CloudFormation could not make it; its reasons are in the message.
    """
    city = _move(fleet, order, Status.DATA)
    stack = fleet.stacks.ensure(data_order(fleet, city), order.execution)
    if stack is None:
        return Outcome(done=False, note=f"{data_stack(city.geoid)} is being made")
    bucket = stack.exports.get(bucket_export(city.geoid))
    if not bucket:
        raise StackFailed(
            f"stack {data_stack(city.geoid)} exports no {bucket_export(city.geoid)}; "
            f"it exports {sorted(stack.exports) or 'nothing'}"
        )
    versions = {**city.versions, "data": digest_of(fleet.templates.data)}
    fleet.save(city, bucket=bucket, versions=versions)
    return Outcome(note=f"bucket {bucket}")


def service_stack_made(fleet: Fleet, order: Order) -> Outcome:
    """Have the stack made that serves the city.

    Raises:
        StackFailed: CloudFormation could not make it; its reasons are in the message.
    """
    city = _move(fleet, order, Status.SERVICE)
    stack = fleet.stacks.ensure(service_order(fleet, city), order.execution)
    if stack is None:
        return Outcome(done=False, note=f"{service_stack(city.geoid)} is being made")
    fleet.save(city, **served_by(fleet, city, stack))
    return Outcome(note=stack.outputs[API_OUTPUT])


def first_release(fleet: Fleet, order: Order) -> Outcome:
    """Make the city's bucket a lake, and note what its catalog begins with.

    Raises:
        CityRefused: the national lake has nothing about the place.
        LakeUnusable: the bucket cannot be read or written.
    """
    city = _move(fleet, order, Status.FILLING)
    store = fleet.buckets(city.bucket)
    Lake(store).begin()
    if read_catalog(store, city.geoid).version == ABSENT:
        update_catalog(store, city.geoid, lambda catalog: catalog)
    write_entitlement(store, Entitlement(status=Standing.ACTIVE, since=instant(fleet.now())))
    counts = _counts(fleet, city, store)
    if not counts:
        raise CityRefused(f"the national lake has no records about {city.title}: harvest it first")
    fleet.save(city, datasets=counts)
    return Outcome(note=f"{len(counts)} datasets, {sum(counts.values()):,} records")


def smoke_tested(fleet: Fleet, order: Order) -> Outcome:
    """Ask the deployed portal a few questions, and keep what it answered.

    Raises:
        PortalUnsound: an answer was not as it must be.
    """
    city = check_portal(fleet, _move(fleet, order, Status.CHECKING))
    return Outcome(note=f"{len(city.checks)} checks passed")


def live(fleet: Fleet, order: Order) -> Outcome:
    """Say that the city is live; the run owns it no longer."""
    city = fleet.registry.find(order.geoid)
    if city is not None and city.status is Status.LIVE and not city.execution:
        return Outcome(note=f"{city.title} is live")
    city = fleet.owned(order)
    fleet.move(city, Status.LIVE, execution="")
    return Outcome(note=f"{city.title} is live at {city.api_url}")


def data_order(fleet: Fleet, city: City) -> StackOrder:
    """What a city's data stack should be."""
    return StackOrder(
        name=data_stack(city.geoid),
        template=fleet.templates.data,
        parameters=_parameters(city),
        tags=tags_of(city.geoid),
        protected=True,
    )


def service_order(fleet: Fleet, city: City) -> StackOrder:
    """What a city's service stack should be."""
    return StackOrder(
        name=service_stack(city.geoid),
        template=fleet.templates.service,
        parameters=_parameters(city),
        tags=tags_of(city.geoid),
    )


def check_portal(fleet: Fleet, city: City) -> City:
    """Smoke-test a city's portal, and keep what was found.

    Raises:
        PortalUnsound: an answer was not as it must be.
    """
    store = fleet.buckets(city.bucket)
    checks = smoke(fleet.portal(city), city, lambda: _counts(fleet, city, store))
    city = fleet.save(city, checks=checks)
    failed = [f"{check.name}: {check.notes}" for check in checks if not check.passed]
    if failed:
        raise PortalUnsound(f"the portal of {city.title} is not sound: {'; '.join(failed)}")
    return city


def served_by(fleet: Fleet, city: City, stack: Stack) -> dict[str, object]:
    """What the registry keeps of a service stack that is as wanted.

    Raises:
        StackFailed: the stack does not say where its API is.
    """
    if API_OUTPUT not in stack.outputs:
        raise StackFailed(
            f"stack {service_stack(city.geoid)} has no output {API_OUTPUT}; "
            f"it has {sorted(stack.outputs) or 'none'}"
        )
    return {
        "api_url": stack.outputs[API_OUTPUT].rstrip("/"),
        "versions": {**city.versions, "service": digest_of(fleet.templates.service)},
    }


def _asked(fleet: Fleet, order: Order) -> City:
    """The city as it was asked for, with the register's facts."""
    place = fleet.national.place(order.geoid)
    tier = check_place(place, order.private_offer)
    _check_domain(fleet, order)
    if len(order.features) > _MOST_FEATURES or not all(map(_FEATURE.fullmatch, order.features)):
        raise CityRefused(
            f"features {', '.join(order.features)[:200]!r}: expected at most {_MOST_FEATURES} "
            "names of lower-case letters, digits and hyphens"
        )
    return City(
        geoid=place.geoid,
        name=place.name,
        state=place.state,
        slug=place.slug,
        population=place.population or 0,
        population_year=place.population_year,
        population_source=place.population_source,
        tier=tier,
        domain=order.domain,
        features=order.features,
        private_offer=order.private_offer,
        execution=order.execution,
    )


def _check_domain(fleet: Fleet, order: Order) -> None:
    if not order.domain:
        return
    if not _DOMAIN.fullmatch(order.domain):
        raise CityRefused(
            f"domain {order.domain[:100]!r}: expected a host's name in lower case, like "
            "data.example.gov"
        )
    for other in fleet.registry.cities():
        taken = other.domain == order.domain and other.status is not Status.GONE
        if taken and other.geoid != order.geoid:
            raise CityRefused(f"domain {order.domain} belongs to {other.title} already")


def _move(fleet: Fleet, order: Order, status: Status) -> City:
    """The run's city, in this status."""
    return fleet.move(fleet.owned(order), status)


def _counts(fleet: Fleet, city: City, store: Store) -> dict[str, int]:
    """Records by dataset, as the city's catalog should have them: the nation's, and its own."""
    place = fleet.national.place(city.geoid)
    own = read_catalog(store, city.geoid).catalog.datasets
    return dict(fleet.national.counts(place)) | {
        dataset_id: entry.records_count
        for dataset_id, entry in own.items()
        if entry.visibility is Visibility.PUBLIC and entry.records_count
    }


def _parameters(city: City) -> dict[str, str]:
    return {
        "Geoid": city.geoid,
        "Slug": city.slug,
        "Tier": city.tier,
        "Domain": city.domain,
        "Features": ",".join(city.features),
    }
