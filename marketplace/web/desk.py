"""What the pages work with: the market, and what only they need."""

from dataclasses import dataclass

from citylake.errors import InputInvalid
from marketplace.aws import Resolver
from marketplace.domains import Gazetteer
from marketplace.mail import Mailer
from marketplace.market import Market
from marketplace.office import Office
from marketplace.prices import Prices
from marketplace.web.identity import Identity

AWS_SUBSCRIPTIONS = "https://console.aws.amazon.com/marketplace/home#/subscriptions"
"""Where a buyer finds «Set up your account» and cancels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who helps buyers, on every page.

    Attributes:
        name: of who answers.
        email: where.
        showcase: address of the showcase, without a slash at its end; empty if there is none.
    """

    name: str = "Citylake support"
    email: str
    showcase: str = ""

    def __post_init__(self) -> None:
        if "@" not in self.email:
            raise InputInvalid(f"the support address is {self.email!r}; expected a mail address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages work with.

    Attributes:
        market: books, AWS, fleet, alarms, clock.
        office: people, counts, alarms kept.
        places: the register.
        prices: of the tiers.
        resolver: says whose a registration token is.
        mailer: sends codes.
        identity: knows our own people.
        contact: who helps.
    """

    market: Market
    office: Office
    places: Gazetteer
    prices: Prices
    resolver: Resolver
    mailer: Mailer
    identity: Identity
    contact: Contact
