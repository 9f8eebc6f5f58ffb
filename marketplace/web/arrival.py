"""Arriving: from AWS Marketplace with a token, or from a bookmark; signing up and signing in."""

from citylake.errors import InputInvalid, MarketMisconfigured, OutcomeUnknown, TokenRefused
from marketplace.alarms import Alarm, Trouble
from marketplace.mail import read_address
from marketplace.office import join
from marketplace.registration import register
from marketplace.web.codes import SIGN_IN, TRIES, Outcome
from marketplace.web.limits import ARRIVALS
from marketplace.web.responses import Answer
from marketplace.web.site import Site, Visit
from marketplace.web.translations import _

TOKEN = "x-amzn-marketplace-token"  # noqa: S105  # name of the field
OFFER_TYPE = "x-amzn-marketplace-offer-type"

_LONGEST_TOKEN = 8_192
_OFFER_TYPES = frozenset({"free-trial"})


class Arrival:
    """The pages before a visitor is known.

    Args:
        site: what they are made with.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def landing(self, visit: Visit) -> Answer:
        """What this is, how to begin, and who helps."""
        return self._site.page(visit, "landing.html", trouble="")

    def arrive(self, visit: Visit) -> Answer:
        """Take a buyer whom AWS Marketplace sends with a token: ask AWS at once who it is.

        The token is neither kept nor shown; from here on the session stands for the licence. The
        same buyer may come as often as it likes.
        """
        site, token = self._site, visit.said(TOKEN).strip()
        site.limiter.check(ARRIVALS, visit.network)
        if not token or len(token) > _LONGEST_TOKEN:
            return self._refused(visit, "token", 400)
        try:
            customer = site.desk.resolver.resolve(token)
        except TokenRefused:
            return self._refused(visit, "token", 400)
        except OutcomeUnknown:
            return self._refused(visit, "busy", 503)
        except MarketMisconfigured as error:
            # The reason may repeat what was sent; the log of the client has it without the token.
            words = "AWS does not let us ask who a buyer is; nobody can set up an account"
            site.market.ring(Alarm(Trouble.MISCONFIGURED, "", f"{words}: {type(error).__name__}"))
            return self._refused(visit, "ours", 503)
        if site.market.products.find(code=customer.product_code) is None:
            words = f"a buyer came for the product {customer.product_code}, which is not sold here"
            site.market.ring(Alarm(Trouble.PRODUCT_UNKNOWN, customer.licence, words))
            return self._refused(visit, "ours", 503)
        offer = visit.said(OFFER_TYPE)
        register(site.market, customer, offer if offer in _OFFER_TYPES else "")
        site.sessions.begin(visit.visitor, licence=customer.licence, account=customer.account)
        return site.see("/sign-in/")

    def _refused(self, visit: Visit, trouble: str, status: int) -> Answer:
        return self._site.page(visit, "landing.html", status, trouble=trouble)

    def sign_in(self, visit: Visit) -> Answer:
        """Ask for a mail address, to sign up or to sign in: it is the same."""
        memory = visit.visitor.memory
        if memory.address and not memory.licence:
            return self._site.see("/subscriptions/")
        return self._sign_in(visit, "", "")

    def send_code(self, visit: Visit) -> Answer:
        """Send a code to the address that was typed, whoever's it is."""
        typed = visit.said("email")
        try:
            address = read_address(typed)
        except InputInvalid:
            return self._sign_in(visit, typed, "address", 400)
        try:
            self._site.codes.send(
                visit.visitor,
                address,
                SIGN_IN,
                visit.network,
                about=_("With this code someone signs in to Citylake's subscriptions as you."),
            )
        except OutcomeUnknown:
            return self._sign_in(visit, typed, "mail", 503)
        return self._site.see("/sign-in/code/")

    def ask_code(self, visit: Visit) -> Answer:
        """Ask for the code that was sent."""
        if visit.visitor.memory.code_for != SIGN_IN:
            return self._site.see("/sign-in/")
        return self._ask_code(visit, "")

    def take_code(self, visit: Visit) -> Answer:
        """Take the code: who typed it reads the address' mail, and is signed in."""
        site, visitor = self._site, visit.visitor
        address, licence = visitor.memory.code_to, visitor.memory.licence
        outcome = site.codes.take(visitor, visit.said("code"), SIGN_IN)
        if outcome is not Outcome.RIGHT:
            return self._ask_code(visit, outcome, 400)
        join(site.desk.office, address, licence, site.market.now())
        # A new secret: whoever knew the old one does not get in with it.
        site.sessions.begin(visitor, address=address)
        return site.see(f"/subscriptions/{licence}/" if licence else "/subscriptions/")

    def sign_out(self, visit: Visit) -> Answer:
        """Forget the session."""
        self._site.sessions.end(visit.visitor)
        return self._site.see("/")

    def _sign_in(self, visit: Visit, typed: str, trouble: str, status: int = 200) -> Answer:
        return self._site.page(
            visit,
            "sign-in.html",
            status,
            typed=typed[:254],
            trouble=trouble,
            account=visit.visitor.memory.account,
            came_from_aws=bool(visit.visitor.memory.licence),
        )

    def _ask_code(self, visit: Visit, trouble: str, status: int = 200) -> Answer:
        return self._site.page(
            visit,
            "code.html",
            status,
            address=visit.visitor.memory.code_to,
            action="/sign-in/code/",
            back="/sign-in/",
            tries=TRIES,
            trouble=trouble,
        )
