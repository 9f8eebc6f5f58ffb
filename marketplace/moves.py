"""How a licence-hour changes while it is sent: to sending, back to waiting, or to its end."""

from datetime import datetime, timedelta

import msgspec

from citylake.errors import MarketMisconfigured
from marketplace.hours import HourState, LicenceHour

LEASE = timedelta(minutes=2)
"""When a sender counts as dead; a request ends sooner, one way or the other."""

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)


def leased(row: LicenceHour, holder: str, now: datetime) -> LicenceHour:
    """The row about to be sent.

    Raises:
        MarketMisconfigured: what would be sent is not what was fixed when the row was made.
    """
    if row.record.digest != row.digest:
        raise MarketMisconfigured(f"{row.words} is not what it was when it was made")
    died = row.state is HourState.SENDING and (row.holder != holder or row.is_due(now))
    return msgspec.structs.replace(
        row,
        state=HourState.SENDING,
        attempts=row.attempts + 1,
        in_doubt=row.in_doubt or died,
        leased_until=now + LEASE,
        holder=holder,
        retry_at=None,
    )


def postponed(
    row: LicenceHour,
    now: datetime,
    reason: str,
    *,
    in_doubt: bool,
    chance: float = 1.0,
    wait: timedelta | None = None,
) -> LicenceHour:
    """The row to be sent again.

    Args:
        row: as it is.
        now: the time.
        reason: why.
        in_doubt: whether AWS may have taken it.
        chance: spreads those who wait for the same.
        wait: how long; if not said, the longer the more often it was tried.
    """
    if wait is None:
        wait = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 20), LONGEST_RETRY)
    return msgspec.structs.replace(
        row,
        state=HourState.PENDING,
        in_doubt=row.in_doubt or in_doubt,
        retry_at=now + wait * (0.5 + chance / 2),
        leased_until=None,
        holder="",
        reason=reason,
    )


def ended(
    row: LicenceHour, state: HourState, reason: str, now: datetime, metering_record: str = ""
) -> LicenceHour:
    """The row at its end."""
    return msgspec.structs.replace(
        row,
        state=state,
        in_doubt=row.in_doubt and state in (HourState.EXPIRED, HourState.REJECTED),
        reason=reason,
        metering_record=metering_record,
        settled_at=now,
        retry_at=None,
        leased_until=None,
        holder="",
    )
