"""Removing a city: leave → archive → service-stack-deleted → (data-deleted →) proof → gone.

Its data goes only if whoever asks says the city's GEOID twice; without, the data stack stays as it
is, protected, and a later provision finds everything again.
"""

from datetime import UTC, datetime, timedelta

from citylake.errors import CityNotGone, CityRefused, CityStateInvalid
from lambdas.fleet.cities import Archive, City, Status, instant
from lambdas.fleet.fleet import Fleet, Order, Outcome, bucket_export, data_stack, service_stack
from lambdas.fleet.objects import bucket_exists, copy_all, empty, remove_bucket
from lambdas.fleet.registry import read_city
from lambdas.fleet.suspend import forbid

PATIENCE = timedelta(hours=1)
"""For how long something that is being deleted may still be listed: the tagging service is late."""

_MARGIN_SECONDS = 60.0
"""What a turn keeps of its time, to write down what it did."""

_REASON = "the city is leaving"


def leave(fleet: Fleet, order: Order) -> Outcome:
    """Begin to remove a city: its staff write no more, and the place of its archive is chosen.

    Raises:
        CityNotFound: it was never asked for.
        CityRefused: its data is to be deleted, but the GEOID that says so is another's; or it is
            to stay, but an earlier run has begun to delete it.
        CityBusy: another run is working on it.
    """
    if order.delete_data and order.delete_data != order.geoid:
        raise CityRefused(
            f"delete_data is {order.delete_data[:40]!r}; to delete the data of {order.geoid} "
            f"too, it must be {order.geoid!r}"
        )
    city = read_city(fleet.registry, order.geoid)
    if city.status is Status.GONE and not (order.delete_data and city.left):
        return Outcome(proceed=False, note=f"{city.title} is gone already")
    if city.status is Status.LEAVING and _is_emptied(city) and not order.delete_data:
        raise CityRefused(
            f"an earlier run began to delete the data of {city.title}, which is in the archive: "
            f"finish it with delete_data {city.geoid!r}"
        )
    city = fleet.claim(city, order)
    bucket = city.bucket or _bucket_of_stack(fleet, city)
    leaving = fleet.move(
        city,
        Status.LEAVING,
        bucket=bucket,
        archive=_archive(fleet, city),
        left=(),
        proof_since="",
    )
    if bucket and not _is_emptied(leaving) and bucket_exists(fleet.objects, bucket):
        forbid(fleet, leaving, _REASON)
    return Outcome(note=f"{city.title} is leaving")


def archive(fleet: Fleet, order: Order) -> Outcome:
    """Copy what the city owns into the archive, as far as time allows."""
    city = fleet.owned(order)
    if city.archive is None or not city.bucket or _is_emptied(city):
        return Outcome(note="nothing to archive")
    copied = copy_all(
        fleet.objects,
        city.bucket,
        city.archive.bucket,
        city.archive.prefix,
        lambda: fleet.seconds_left() > _MARGIN_SECONDS,
    )
    kept = Archive(
        bucket=city.archive.bucket,
        prefix=city.archive.prefix,
        objects=copied.objects,
        size=copied.size,
    )
    fleet.save(city, archive=kept)
    told = f"{copied.objects:,} objects, {copied.size:,} bytes in s3://{kept.bucket}/{kept.prefix}"
    return Outcome(done=copied.done, note=told)


def service_stack_deleted(fleet: Fleet, order: Order) -> Outcome:
    """Have the stack deleted that serves the city.

    Raises:
        StackFailed: CloudFormation could not delete it; its reasons are in the message.
    """
    city = fleet.owned(order)
    if not fleet.stacks.remove(service_stack(city.geoid), order.execution):
        return Outcome(done=False, note=f"{service_stack(city.geoid)} is being deleted")
    fleet.save(city, api_url="")
    return Outcome(note=f"{service_stack(city.geoid)} is gone")


def data_deleted(fleet: Fleet, order: Order) -> Outcome:
    """Delete the city's data for good: bucket, database, workgroup, and their stack.

    The archive is brought up to date once more before anything is deleted: now that nothing serves
    the city nobody can write any more. From then on it is sealed, and only deleting goes on.

    Raises:
        CityStateInvalid: the order does not say the city's GEOID twice.
        StackFailed: CloudFormation could not delete the stack; its reasons are in the message.
    """
    city = fleet.owned(order)
    if order.delete_data != city.geoid or city.status is not Status.LEAVING:
        raise CityStateInvalid(
            f"the data of {city.title} ({city.status}) is deleted only while it leaves, and if "
            f"delete_data is {city.geoid!r}; it is {order.delete_data[:40]!r}"
        )
    if fleet.stacks.find(service_stack(city.geoid)) is not None:
        raise CityStateInvalid(f"{city.title} is still served: its data cannot be deleted yet")
    if city.bucket and not _is_emptied(city):
        copied = archive(fleet, order)
        if not copied.done:
            return copied
        city = fleet.owned(order)
        city = fleet.save(city, archive=_sealed(city, fleet.now()))
    if city.bucket and not empty(
        fleet.objects, city.bucket, lambda: fleet.seconds_left() > _MARGIN_SECONDS
    ):
        return Outcome(done=False, note=f"bucket {city.bucket} is being emptied")
    if not fleet.stacks.remove(data_stack(city.geoid), order.execution, unprotect=True):
        return Outcome(done=False, note=f"{data_stack(city.geoid)} is being deleted")
    fleet.remains.remove_database(city.geoid)
    if city.bucket and not remove_bucket(fleet.objects, city.bucket):
        return Outcome(done=False, note=f"bucket {city.bucket} is not empty yet")
    return Outcome(note=f"the data of {city.title} is deleted")


def proof(fleet: Fleet, order: Order) -> Outcome:
    """Look for whatever is left of the city.

    Raises:
        CityNotGone: something that should be gone is still there after ``PATIENCE``.
    """
    city = fleet.owned(order)
    found = fleet.remains.find(city.geoid, city.bucket)
    wrong = [left.what for left in found if order.delete_data or not left.is_data]
    city = fleet.save(
        city,
        left=tuple(left.what for left in found),
        proof_since=city.proof_since or instant(fleet.now()),
    )
    if not wrong:
        kept = f"kept, as its data was not to be deleted: {', '.join(city.left)}"
        return Outcome(note=kept if found else f"nothing of {city.title} is left")
    since = datetime.fromisoformat(city.proof_since).astimezone(UTC)
    told = f"{len(wrong)} of {city.title} still there: {', '.join(wrong)}"
    if fleet.now() - since > PATIENCE:
        raise CityNotGone(f"{told}; looked for since {city.proof_since}")
    return Outcome(done=False, note=told)


def gone(fleet: Fleet, order: Order) -> Outcome:
    """Say that the city is gone; the run owns it no longer."""
    city = read_city(fleet.registry, order.geoid)
    if city.status is Status.GONE and not city.execution:
        return Outcome(note=f"{city.title} is gone")
    city = fleet.owned(order)
    reason = f"kept: {', '.join(city.left)}" if city.left else ""
    bucket = city.bucket if city.left else ""
    fleet.move(city, Status.GONE, reason=reason, execution="", bucket=bucket, versions={})
    return Outcome(note=f"{city.title} is gone")


def _bucket_of_stack(fleet: Fleet, city: City) -> str:
    """The bucket of a data stack whose provision ended before the registry learned of it."""
    stack = fleet.stacks.find(data_stack(city.geoid))
    return stack.exports.get(bucket_export(city.geoid), "") if stack else ""


def _archive(fleet: Fleet, city: City) -> Archive:
    """Where the city is archived: where it was begun, or below this day's name."""
    begun = city.archive
    if begun is not None and (city.status is Status.LEAVING or not begun.sealed_at):
        return begun
    prefix = f"{city.geoid}/{fleet.now():%Y-%m-%dT%H%M%SZ}/"
    return Archive(bucket=fleet.archive_bucket, prefix=prefix)


def _sealed(city: City, now: datetime) -> Archive | None:
    kept = city.archive
    return kept and Archive(
        bucket=kept.bucket,
        prefix=kept.prefix,
        objects=kept.objects,
        size=kept.size,
        sealed_at=instant(now),
    )


def _is_emptied(city: City) -> bool:
    """Whether deleting the city's data has begun, so that its bucket tells nothing any more."""
    return city.archive is not None and bool(city.archive.sealed_at)
