"""For which place a buyer may buy, and what it would cost there."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from citylake.places import Place
from citylake.tiers import PRIVATE_OFFER_FROM, Tier, tier_of
from marketplace.life import Licence
from marketplace.market import Market
from marketplace.prices import Prices
from marketplace.products import ProductKind


class Verdict(StrEnum):
    """Whether a place can be had."""

    FREE = "free"
    OWN = "own"
    TAKEN = "taken"
    NO_GOVERNMENT = "no-government"
    NOT_COUNTED = "not-counted"
    PRIVATE_OFFER = "private-offer"


class Choice(NamedTuple):
    """A place as a buyer sees it.

    Attributes:
        place: the place.
        verdict: whether it can be had.
        tier: its population's; ``None`` where it cannot be priced by one.
        price_usd: of an hour today, before tax; ``None`` for contracts and where there is none.
    """

    place: Place
    verdict: Verdict
    tier: Tier | None
    price_usd: Decimal | None

    @property
    def can_be_had(self) -> bool:
        """Whether the buyer may claim it."""
        return self.verdict in (Verdict.FREE, Verdict.OWN)


def judge(market: Market, prices: Prices, licence: Licence, place: Place) -> Choice:
    """Say whether a buyer may have a place, by the same rules by which it is claimed."""
    verdict = _verdict(market, licence, place)
    if place.population is None or verdict in (Verdict.NO_GOVERNMENT, Verdict.PRIVATE_OFFER):
        return Choice(place, verdict, None, None)
    tier = tier_of(place.population)
    if licence.kind is ProductKind.YEARLY or place.population >= PRIVATE_OFFER_FROM:
        return Choice(place, verdict, tier, None)
    return Choice(place, verdict, tier, prices.at(tier.code, market.now()))


def _verdict(market: Market, licence: Licence, place: Place) -> Verdict:
    if not place.has_government:
        return Verdict.NO_GOVERNMENT
    if place.population is None or place.population_year is None:
        return Verdict.NOT_COUNTED
    claim = market.books.claim(place.geoid)
    if claim is not None and claim.licence not in ("", licence.id, licence.predecessor):
        return Verdict.TAKEN
    if place.population >= PRIVATE_OFFER_FROM and not licence.private_offer:
        return Verdict.PRIVATE_OFFER
    return Verdict.OWN if licence.claimed_geoid == place.geoid else Verdict.FREE
