"""The marketplace's pages on one machine: mail and sign-ins are shown where the server runs."""

from collections.abc import Callable

from marketplace.aws import Resolver
from marketplace.domains import Gazetteer
from marketplace.mail import Mail, Outbox
from marketplace.market import Market
from marketplace.office import MemoryOffice, Office
from marketplace.prices import shipped_prices
from marketplace.web.desk import Contact, Desk
from marketplace.web.identity import PrintedIdentity


def local_desk(
    market: Market,
    places: Gazetteer,
    resolver: Resolver,
    show: Callable[[str], None],
    *,
    office: Office | None = None,
    showcase: str = "",
) -> Desk:
    """Make what the pages work with, on one machine.

    Args:
        market: books, AWS, fleet.
        places: the register.
        resolver: says whose a registration token is.
        show: prints a line or more for the person at the machine.
        office: where people are kept; in memory unless given.
        showcase: address of the showcase, if one is served.
    """

    def show_mail(mail: Mail) -> None:
        show(f"mail to {mail.to}: {mail.subject}\n{mail.text}")

    return Desk(
        market=market,
        office=office or MemoryOffice(),
        places=places,
        prices=shipped_prices(),
        resolver=resolver,
        mailer=Outbox(show_mail),
        identity=PrintedIdentity(show),
        contact=Contact(
            name="whoever runs this machine", email="help@citylake.invalid", showcase=showcase
        ),
    )
