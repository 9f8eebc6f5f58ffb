"""Asking the fleet for cities: only by events, and reading what it keeps in its registry.

What should be is computed from the licences each time, and asked for until it is: a lost event is
asked again, a doubled one finds the work done.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from citylake.errors import OutcomeUnknown
from marketplace.life import Access, Licence, State, Subscription

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_events import EventBridgeClient

SOURCE = "citylake.marketplace"
"""Source of our events."""

EXPORT_PERIOD = timedelta(days=60)
"""How long a city that left is kept to be exported, unless its contract says otherwise."""


class Wanted(StrEnum):
    """What the fleet is asked for; the detail-type of the event."""

    PROVISION = "ProvisionRequested"
    SUSPEND = "SuspendRequested"
    RESUME = "ResumeRequested"
    TEARDOWN = "TeardownRequested"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the fleet is asked for; the event's detail.

    Attributes:
        wanted: what.
        geoid: the city.
        licence: under which licence.
        reason: why, in words for the city's staff.
        private_offer: the offer by which a place above the bands was sold.
    """

    wanted: Wanted
    geoid: str
    licence: str
    reason: str = ""
    private_offer: str = ""


class CityState(StrEnum):
    """How far a city is, as far as it matters here."""

    ABSENT = "absent"
    UNDER_WAY = "under-way"
    LIVE = "live"
    SUSPENDED = "suspended"
    FAILED = "failed"
    LEAVING = "leaving"


class CityView(msgspec.Struct, frozen=True, kw_only=True):
    """What the fleet says of a city.

    Attributes:
        state: how far it is.
        url: where its portal is, once there.
        reason: why it is so, in the fleet's words.
    """

    state: CityState
    url: str = ""
    reason: str = ""


ABSENT = CityView(state=CityState.ABSENT)


class Cities(Protocol):
    """What the fleet keeps of its cities."""

    def find(self, geoid: str) -> CityView:
        """A city as it is now; absent if it was never asked for or is gone."""


class Announcer(Protocol):
    """What the fleet listens to."""

    def announce(self, requests: Sequence[Request]) -> None:
        """Ask the fleet.

        Raises:
            OutcomeUnknown: not all were taken; to be asked again.
        """


def wanted(
    subscription: Subscription, licence: Licence, city: CityView, now: datetime
) -> Request | None:
    """What the fleet must be asked, so that a city is what its licences say; ``None`` if it is so.

    Args:
        subscription: to which the licence belongs.
        licence: the one that has the city's place, or had it last.
        city: as the fleet has it.
        now: the time.
    """
    asked = _asked(subscription, licence, city, now)
    if asked is None:
        return None
    want, reason = asked
    return Request(
        wanted=want,
        geoid=licence.geoid,
        licence=licence.id,
        reason=reason,
        private_offer=licence.private_offer if want is Wanted.PROVISION else "",
    )


def _asked(
    subscription: Subscription, licence: Licence, city: CityView, now: datetime
) -> tuple[Wanted, str] | None:
    gone = city.state in (CityState.ABSENT, CityState.LEAVING)
    if licence.state is State.FAILED and city.state is CityState.LIVE:
        return Wanted.SUSPEND, "AWS Marketplace could not renew the subscription's licence"
    if licence.state in (State.PROVISIONING, State.ACTIVE):
        if city.state in (CityState.ABSENT, CityState.FAILED):
            return Wanted.PROVISION, ""
        if city.state is CityState.SUSPENDED:
            return Wanted.RESUME, ""
        return None
    if gone or licence.ended_at is None or subscription.access is Access.FULL:
        return None
    if licence.is_closed and not licence.goes_on and now >= licence.ended_at + EXPORT_PERIOD:
        return Wanted.TEARDOWN, "the time to export its data is over"
    if city.state is CityState.LIVE:
        return Wanted.SUSPEND, "the subscription on AWS Marketplace has ended"
    return None


@contextmanager
def _asking(whom: str) -> Iterator[None]:
    """Word what AWS refuses: the fleet may stand in another region, and be out of reach alone."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the domain loads none of it

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OutcomeUnknown(f"{whom} cannot be asked: {error}") from error


_STATES: Mapping[str, CityState] = {
    "live": CityState.LIVE,
    "suspended": CityState.SUSPENDED,
    "failed": CityState.FAILED,
    "leaving": CityState.LEAVING,
    "gone": CityState.ABSENT,
}


class TableCities:
    """The fleet's registry, of which three attributes of an item are read.

    Args:
        table: the fleet's, keyed by ``geoid``.
    """

    def __init__(self, table: "Table") -> None:
        self._table = table

    def find(self, geoid: str) -> CityView:
        """Read the city's item; a status that is not known here counts as under way.

        Raises:
            OutcomeUnknown: the registry cannot be read.
        """
        with _asking("the fleet's registry"):
            item: Mapping[str, Any] | None = self._table.get_item(
                Key={"geoid": geoid},
                ProjectionExpression="#status, api_url, reason",
                ExpressionAttributeNames={"#status": "status"},
            ).get("Item")
        if item is None:
            return ABSENT
        # The registry leaves out what is as at the beginning: a city that was only requested.
        return CityView(
            state=_STATES.get(str(item.get("status", "requested")), CityState.UNDER_WAY),
            url=str(item.get("api_url", "")),
            reason=str(item.get("reason", "")),
        )


class BusAnnouncer:
    """The fleet's ear on an event bus.

    Args:
        client: of EventBridge.
        bus: name of the bus.
    """

    _AT_ONCE = 10

    def __init__(self, client: "EventBridgeClient", bus: str = "default") -> None:
        self._client = client
        self._bus = bus

    def announce(self, requests: Sequence[Request]) -> None:
        """Put the events, ten at once."""
        for start in range(0, len(requests), self._AT_ONCE):
            part = requests[start : start + self._AT_ONCE]
            with _asking("EventBridge"):
                said = self._client.put_events(
                    Entries=[
                        {
                            "EventBusName": self._bus,
                            "Source": SOURCE,
                            "DetailType": request.wanted,
                            "Detail": msgspec.json.encode(request).decode(),
                        }
                        for request in part
                    ]
                )
            if said["FailedEntryCount"]:
                codes = {entry.get("ErrorCode", "") for entry in said["Entries"]} - {""}
                raise OutcomeUnknown(
                    f"EventBridge took {len(part) - said['FailedEntryCount']} of {len(part)} "
                    f"requests: {', '.join(sorted(codes))}"
                )
