"""Every error that Citylake raises on purpose.

The family::

    PortalError
    ├── InputInvalid          the caller sent something that cannot be
    │   ├── PlaceInvalid
    │   ├── DatasetInvalid
    │   ├── ParameterInvalid
    │   └── QueryInvalid      ODSQL that cannot be understood
    │       └── QuerySyntaxInvalid
    ├── NotFound
    │   ├── PlaceNotFound
    │   ├── DatasetNotFound
    │   ├── ReleaseNotFound
    │   ├── RecordNotFound
    │   ├── AttachmentNotFound
    │   ├── UploadNotFound
    │   ├── KeyNotFound
    │   ├── CityNotFound
    │   └── PageNotFound
    ├── CredentialsRefused    the caller says who they are, and it does not hold
    ├── Gone                  what was asked for is not answered any more
    ├── AccessRefused         the caller is known, and may not do this
    │   └── Suspended         nobody of this city may write at the moment
    ├── LimitReached          too much of it at once; later it may be done
    │   └── QuotaUsedUp       a key's calls of the day
    ├── QueryTooCostly        understood, but stopped at a limit of time or memory
    │   └── TimeUp            stopped since whoever asked could not wait; longer it may be done
    ├── LakeError             the lake cannot be used as asked
    │   ├── PreconditionFailed
    │   ├── PublishConflict
    │   ├── LakeTooNew
    │   └── LakeUnusable
    ├── FleetError            a city cannot be added, changed or removed as asked
    │   ├── CityRefused
    │   ├── CityStateInvalid
    │   ├── CityBusy
    │   ├── RegistryConflict
    │   ├── StackFailed
    │   ├── PortalUnsound
    │   └── CityNotGone
    ├── MarketError           what concerns AWS Marketplace cannot be done as asked
    │   ├── FactInvalid
    │   ├── BooksConflict
    │   ├── PlaceTaken
    │   ├── TokenRefused
    │   ├── RecordRefused
    │   ├── OutcomeUnknown
    │   └── MarketMisconfigured
    ├── Throttled             too much was asked at once: the same may pass a little later
    └── SourceError           a publisher's answer cannot be used
        ├── SourceUnreachable
        ├── SourceChanged
        └── ChecksFailed

A message names the value, what was expected and where. Which status an error becomes is decided by
the handlers, nowhere else.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class PortalError(Exception):
    """The root of the family: catch it to catch everything that was raised on purpose."""


class InputInvalid(PortalError):
    """The caller sent something that cannot be."""


class PlaceInvalid(InputInvalid):
    """A text that is not the GEOID of a place, or a place that lacks what it must have."""


class DatasetInvalid(InputInvalid):
    """A dataset's description contradicts itself, or its records contradict the description."""


class ParameterInvalid(InputInvalid):
    """A request's parameter is outside of what it may be."""


class QueryInvalid(InputInvalid):
    """An ODSQL clause that is well formed but means nothing for this dataset."""


class QuerySyntaxInvalid(QueryInvalid):
    """A text that is not ODSQL."""


class NotFound(PortalError):
    """What was asked for does not exist, or not for this caller."""


class PlaceNotFound(NotFound):
    """No place has this GEOID, slug or name."""


class DatasetNotFound(NotFound):
    """No dataset of the catalog has this id."""


class ReleaseNotFound(NotFound):
    """The dataset never had this release."""


class RecordNotFound(NotFound):
    """The dataset has no record with this id."""


class AttachmentNotFound(NotFound):
    """The release has no document with this id beside it."""


class CityNotFound(NotFound):
    """No subscribed city has this GEOID."""


class UploadNotFound(NotFound):
    """The city knows no upload of this id."""


class KeyNotFound(NotFound):
    """The city has no API key of this id."""


class PageNotFound(NotFound):
    """No page or endpoint has this address."""


class Gone(PortalError):
    """What was asked for existed once, under this address, and is not answered any more."""


class QueryTooCostly(PortalError):
    """A query was stopped because it reached a limit of time or memory."""


class TimeUp(QueryTooCostly):
    """A query was stopped because its caller had no more time, not at the query's own limit."""


class CredentialsRefused(PortalError):
    """A key that nobody holds: unknown, revoked, expired, or no key at all."""


class AccessRefused(PortalError):
    """The caller is known and may not do what was asked."""


class Suspended(AccessRefused):
    """The city's subscription is suspended: it is read, and not written."""


class LimitReached(PortalError):
    """There is too much of something at once; later the same may be done."""


class QuotaUsedUp(LimitReached):
    """A key's calls of the day are used up.

    Attributes:
        limit: calls that it has a day.
        resets_at: when it has them again.
        wait_seconds: how long that is, at least one.
    """

    def __init__(
        self, message: str, *, limit: int, resets_at: "datetime", wait_seconds: int
    ) -> None:
        super().__init__(message)
        self.limit = limit
        self.resets_at = resets_at
        self.wait_seconds = wait_seconds


class LakeError(PortalError):
    """The lake cannot be used as asked."""


class PreconditionFailed(LakeError):
    """An object changed, or came to be, between reading it and replacing it."""


class PublishConflict(LakeError):
    """Another writer kept winning; nothing of this attempt is visible."""


class LakeTooNew(LakeError):
    """The lake was written by a newer version of Citylake."""


class LakeUnusable(LakeError):
    """The lake's place cannot be read or written, or what lies there is no lake."""


class FleetError(PortalError):
    """A subscribed city cannot be added, changed or removed as asked."""


class CityRefused(FleetError):
    """A city may not have what was asked: a place that cannot subscribe, a domain that is taken."""


class CityStateInvalid(FleetError):
    """A city cannot become what was asked from what it is."""


class CityBusy(FleetError):
    """Another run owns the city."""


class RegistryConflict(FleetError):
    """A city's record changed between reading and replacing it; nothing was written."""


class StackFailed(FleetError):
    """CloudFormation could not make, change or delete a stack; its reasons are in the message."""


class PortalUnsound(FleetError):
    """A city's deployed portal does not answer as it must."""


class CityNotGone(FleetError):
    """Something of a city that left is still there."""


class MarketError(PortalError):
    """What concerns AWS Marketplace cannot be done as asked."""


class FactInvalid(MarketError):
    """Something that was to be kept as a fact contradicts itself, or cannot be read."""


class BooksConflict(MarketError):
    """What the books hold changed between reading and writing; nothing was written."""


class PlaceTaken(MarketError):
    """Another living licence has the place."""


class TokenRefused(MarketError):
    """AWS does not take a registration token: it is none, or too old; the buyer must come anew."""


class RecordRefused(MarketError):
    """AWS refused a whole request because of a record in it, and does not say which.

    Args:
        message: what AWS said.
        code: the name that AWS gives to the fault.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class OutcomeUnknown(MarketError):
    """AWS did not answer, or was too busy; what was asked may have been done nevertheless."""


class MarketMisconfigured(MarketError):
    """AWS refuses everything that we ask in this way: a person must look."""


class Throttled(PortalError):
    """AWS, or many writers, ask for more patience than one attempt has: try the same again."""


class SourceError(PortalError):
    """A publisher's answer cannot be used."""


class SourceUnreachable(SourceError):
    """A publisher did not answer, or refused."""


class SourceChanged(SourceError):
    """A publisher's answer is not of the declared shape."""


class ChecksFailed(SourceError):
    """A blocking check failed, so that the last good release stays in place."""
