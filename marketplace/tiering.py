"""Which tier a place is priced by, and from when.

The population is the register's, never what a buyer types. The first decision holds from the hour
in which a licence becomes active. Later ones hold from one day of the year on, after written
notice, and only if two vintages in a row speak for another tier; then the nearer of the two is
taken. A correction of an estimate is a new look at the same vintage: it counts from then on, and
changes no decision that was made.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from citylake.errors import PlaceInvalid
from citylake.places import Place
from citylake.tiers import PRIVATE_OFFER_FROM, tier_of
from marketplace.facts import PopulationSeen, TierDecided
from marketplace.life import Licence

RULE = "2026-1"
"""Edition of the rule."""

RETIER_MONTH, RETIER_DAY = 10, 1
"""The day on which new tiers hold, at 00:00 UTC: most cities' fiscal year begins, and the Census
Bureau's estimates have been out since May."""

NOTICE = timedelta(days=30)
"""How long before that day a city is told at the latest."""

ANNOUNCED = timedelta(days=60)
"""How long before that day decisions are made."""


def check_sold(place: Place, offer: str = "") -> int:
    """Say by how many people a place is priced.

    Args:
        place: as the register has it.
        offer: the private offer that it was sold by, if it was.

    Raises:
        PlaceInvalid: it cannot be sold: nobody governs it, nobody counted it, or it is too large.
    """
    if not place.has_government:
        raise PlaceInvalid(
            f"{place.title} ({place.geoid}) is a {place.kind or 'place'} without a government: "
            "it may be shown, never sold"
        )
    if place.population is None or place.population_year is None:
        raise PlaceInvalid(
            f"the register has no population of {place.title} ({place.geoid}) with its year, and "
            "so no tier to price it by"
        )
    if place.population >= PRIVATE_OFFER_FROM and not offer:
        raise PlaceInvalid(
            f"{place.title} has {place.population:,} people; from {PRIVATE_OFFER_FROM:,} on a city "
            "is sold by private offer"
        )
    return place.population


def look(licence: Licence, place: Place, at: datetime) -> PopulationSeen:
    """Note how many people the register has now; the same figure is the same fact.

    Raises:
        PlaceInvalid: it has none.
    """
    population = check_sold(place, offer="any")
    return PopulationSeen(
        id=f"population:{licence.id}:{place.geoid}:{place.population_year}:{population}",
        at=at,
        licence=licence.id,
        geoid=place.geoid,
        population=population,
        vintage=place.population_year or 0,
        source=place.population_source,
    )


def first_tier(licence: Licence, seen: PopulationSeen, at: datetime, hour: datetime) -> TierDecided:
    """Decide by which tier a licence begins.

    Args:
        licence: which.
        seen: the population of its place.
        at: the time.
        hour: from which hour it holds.
    """
    return _decided(licence, seen, at, hour)


def next_tier(
    licence: Licence, looks: Sequence[PopulationSeen], at: datetime
) -> TierDecided | None:
    """Decide by which tier a licence goes on from the next fixed day; ``None`` for no change.

    Args:
        licence: an active one.
        looks: at the population of its place, in the order in which they were made.
        at: the time; decisions are made between 60 and 30 days before the day.
    """
    day = next_day(at)
    held = licence.tier_at(day)
    if held is None or held.effective_at == day or not day - ANNOUNCED <= at <= day - NOTICE:
        return None
    latest = {seen.vintage: seen for seen in looks if seen.geoid == licence.geoid}
    vintages = sorted(latest)
    if len(vintages) < 2 or vintages[-1] <= held.vintage:  # noqa: PLR2004  # two in a row
        return None
    before, newest = latest[vintages[-2]], latest[vintages[-1]]
    if vintages[-1] - vintages[-2] != 1:
        return None
    now, then, last = (
        int(code[-2:])
        for code in (held.tier, tier_of(before.population).code, tier_of(newest.population).code)
    )
    if then > now and last > now:
        chosen = newest if last <= then else before
    elif then < now and last < now:
        chosen = newest if last >= then else before
    else:
        return None
    return _decided(licence, chosen, at, day)


def next_day(at: datetime) -> datetime:
    """The next day, not before a moment, on which new tiers hold."""
    day = datetime(at.year, RETIER_MONTH, RETIER_DAY, tzinfo=UTC)
    return day if day >= at else day.replace(year=at.year + 1)


def _decided(
    licence: Licence, seen: PopulationSeen, at: datetime, effective_at: datetime
) -> TierDecided:
    return TierDecided(
        id=f"tier:{licence.id}:{effective_at:%Y-%m-%dT%H}",
        at=at,
        licence=licence.id,
        geoid=seen.geoid,
        tier=tier_of(seen.population).code,
        population=seen.population,
        vintage=seen.vintage,
        source=seen.source,
        effective_at=effective_at,
        rule=RULE,
    )
