"""Facts that buyers, we, or the fleet made."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from citylake.errors import FactInvalid
from marketplace.facts.base import BaseFact, on_the_hour


class Proof(StrEnum):
    """How it was proven that a buyer speaks for the place."""

    MAIL = "mail"
    MANUAL = "manual"


class Registered(BaseFact, frozen=True, kw_only=True, tag="registered"):
    """A buyer came to the landing page with a token, and AWS said who it is.

    Attributes:
        licence: the licence.
        arn: its ARN.
        account: the buyer's AWS account.
        product_code: code of the product.
        agreement: the agreement, where AWS says so.
        offer_type: what the landing page was told of the offer (``free-trial``); words, no ground
            for anything.
    """

    licence: str
    arn: str
    account: str
    product_code: str
    agreement: str = ""
    offer_type: str = ""


class PlaceClaimed(BaseFact, frozen=True, kw_only=True, tag="place-claimed"):
    """A buyer said which place it buys for.

    Attributes:
        licence: the licence.
        geoid: the place.
        by: who said so.
    """

    licence: str
    geoid: str
    by: str


class PlaceProven(BaseFact, frozen=True, kw_only=True, tag="place-proven"):
    """It is proven that the buyer speaks for the place; it cannot be exchanged any more.

    Attributes:
        licence: the licence.
        geoid: the place.
        how: by mail in the place's own domain, or by a person's decision.
        by: who proved it, or who decided.
        reason: why a person decided so.
    """

    licence: str
    geoid: str
    how: Proof
    by: str
    reason: str = ""


class ApprovalAsked(BaseFact, frozen=True, kw_only=True, tag="approval-asked"):
    """A buyer that has no mail in the place's own domain asked that a person decide.

    Attributes:
        licence: the licence.
        geoid: the place.
        by: who asked.
        words: what the buyer says of itself.
    """

    licence: str
    geoid: str
    by: str
    words: str


class PlaceRefused(BaseFact, frozen=True, kw_only=True, tag="place-refused"):
    """A person decided that the buyer does not speak for the place: its claim on it is void.

    Attributes:
        licence: the licence.
        geoid: the place.
        reason: why, as the buyer is told.
        by: who decided.
    """

    licence: str
    geoid: str
    reason: str
    by: str

    def __post_init__(self) -> None:
        BaseFact.__post_init__(self)
        if not self.reason or not self.by:
            raise FactInvalid(f"the refusal {self.id} must say why, and who decided")


class PopulationSeen(BaseFact, frozen=True, kw_only=True, tag="population-seen"):
    """The register of places was asked how many people live in the licence's place.

    Attributes:
        licence: the licence.
        geoid: the place.
        population: people.
        vintage: year of the estimate.
        source: what it is (``Census estimate, vintage 2023``).
    """

    licence: str
    geoid: str
    population: int
    vintage: int
    source: str


class TierDecided(BaseFact, frozen=True, kw_only=True, tag="tier-decided"):
    """From an hour on, the licence's place is priced by this tier. It binds us.

    Attributes:
        licence: the licence.
        geoid: the place.
        tier: the dimension, ``pop_t01`` to ``pop_t12``.
        population: people, from whom the tier follows.
        vintage: year of the estimate.
        source: what the population is.
        effective_at: first hour for which it holds; not before it was decided.
        rule: edition of the rule by which it was decided.
    """

    licence: str
    geoid: str
    tier: str
    population: int
    vintage: int
    source: str
    effective_at: datetime
    rule: str

    def __post_init__(self) -> None:
        BaseFact.__post_init__(self)
        if not on_the_hour(self.effective_at) or self.effective_at < self.at:
            raise FactInvalid(
                f"tier {self.tier} of {self.licence}, decided at {self.at.isoformat()}, holds from "
                f"{self.effective_at.isoformat()}: expected a full hour in UTC that had not begun"
            )


class Provisioned(BaseFact, frozen=True, kw_only=True, tag="provisioned"):
    """The fleet said that the licence's city is live.

    Attributes:
        licence: the licence.
        geoid: the place.
        url: where the portal is.
    """

    licence: str
    geoid: str
    url: str = ""


class ProvisionFailed(BaseFact, frozen=True, kw_only=True, tag="provision-failed"):
    """The fleet said that it could not make the licence's city.

    Attributes:
        licence: the licence.
        geoid: the place.
        reason: why, in the fleet's words.
    """

    licence: str
    geoid: str
    reason: str


class Activated(BaseFact, frozen=True, kw_only=True, tag="activated"):
    """From an hour on the licence gives access and is charged. It binds us.

    Attributes:
        licence: the licence.
        geoid: the place.
        from_at: that hour.
        previous: the licence whose place this one took; empty if it is the first.
    """

    licence: str
    geoid: str
    from_at: datetime
    previous: str = ""

    def __post_init__(self) -> None:
        BaseFact.__post_init__(self)
        if not on_the_hour(self.from_at):
            raise FactInvalid(
                f"{self.licence} is active from {self.from_at.isoformat()}: expected a full hour"
            )


class Closed(BaseFact, frozen=True, kw_only=True, tag="closed"):
    """The licence is over for good. It binds us: nothing brings it back.

    Attributes:
        licence: the licence.
        ended_at: the end that became final.
        reason: why, in words.
    """

    licence: str
    ended_at: datetime
    reason: str


class Reminded(BaseFact, frozen=True, kw_only=True, tag="reminded"):
    """A buyer, or a person of ours, was told that something is waited for.

    Attributes:
        licence: the licence.
        what: of what.
        day: which reminder: the day since it is waited for.
    """

    licence: str
    what: str
    day: int


class Adjusted(BaseFact, frozen=True, kw_only=True, tag="adjusted"):
    """A person corrected a month's bill.

    Attributes:
        licence: the licence.
        month: which month, ``2026-11``.
        amount_usd: what is added to the bill; below zero what is given back.
        reason: why.
        by: who.
    """

    licence: str
    month: str
    amount_usd: Decimal
    reason: str
    by: str

    def __post_init__(self) -> None:
        BaseFact.__post_init__(self)
        if not self.reason or not self.by:
            raise FactInvalid(f"the adjustment {self.id} must say why, and who made it")
