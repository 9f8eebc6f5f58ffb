"""What all pages share: one visit, who may see what, and how a page is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from citylake.errors import AccessRefused, NotFound, PortalError
from citylake.pages.assets import Assets
from citylake.places import Place
from marketplace.alarms import Alarm, Trouble
from marketplace.clock import attend
from marketplace.life import Licence, Subscription
from marketplace.web import responses
from marketplace.web.codes import Codes
from marketplace.web.desk import AWS_SUBSCRIPTIONS, Desk
from marketplace.web.limits import Limiter
from marketplace.web.render import Renderer, link
from marketplace.web.responses import Answer
from marketplace.web.sessions import Sessions, Visitor

_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")


class SignInNeeded(PortalError):
    """The page is for people who signed in, or whose session is over."""


class OpsNeeded(PortalError):
    """The page is for ops."""


class FormStale(AccessRefused):
    """A form that is not one of this visitor's: sent from elsewhere, or older than the session."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request as pages see it.

    Attributes:
        visitor: who asks.
        network: the network address that the request came from.
        query: parameters of the address.
        form: fields of the form; empty if none was sent.
        names: what the route's path names.
    """

    visitor: Visitor
    network: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The visitor's verified mail address.

        Raises:
            SignInNeeded: it has none.
        """
        if not self.visitor.memory.address:
            raise SignInNeeded("nobody is signed in")
        return self.visitor.memory.address

    @property
    def ops(self) -> str:
        """The person of ops who asks.

        Raises:
            OpsNeeded: it is none.
        """
        if not self.visitor.memory.ops:
            raise OpsNeeded("nobody of ops is signed in")
        return self.visitor.memory.ops

    def said(self, name: str) -> str:
        """A field of the form; empty if it was not sent."""
        return self.form.get(name, "")


class Site:
    """What all pages are made with.

    Args:
        desk: what they work with.
        assets: styles and outlines.
    """

    def __init__(self, desk: Desk, assets: Assets) -> None:
        now = desk.market.now
        self.desk = desk
        self.market = desk.market
        self.assets = assets
        self.sessions = Sessions(desk.market.books, now)
        self.limiter = Limiter(desk.office, now)
        self.codes = Codes(self.sessions, desk.office, self.limiter, desk.mailer, now)
        self._renderer = Renderer(assets, contact=desk.contact, aws=AWS_SUBSCRIPTIONS)

    def page(self, visit: Visit, template: str, status: int = 200, **values: object) -> Answer:
        """Make a page of a template."""
        memory = visit.visitor.memory
        body = self._renderer.page(
            template,
            form_token=visit.visitor.form_token,
            signed_in=memory.address,
            ops=memory.ops,
            **values,
        )
        return responses.page(body, status)

    def see(self, path: str) -> Answer:
        """Send the browser to another page, in its language."""
        return responses.see(link(path))

    def attend(self, licence: str) -> None:
        """Move a subscription on at once; what fails is told of, and the next round does it.

        What was decided before is decided; the page that decided it must not seem to have failed.
        """
        try:
            attend(self.market, licence)
        except Exception as error:  # noqa: BLE001  # as above, whatever it is
            words = f"{type(error).__name__}: {error}"
            self.market.ring(Alarm(Trouble.STUCK, licence, words))

    def licence(self, visit: Visit) -> Licence:
        """The licence that the path names, if the visitor may see it.

        Who came from AWS for a licence sees what renews or replaces it, too.

        Raises:
            SignInNeeded: nobody is signed in.
            NotFound: there is none, or it is another's; which of both is not said.
        """
        named = check_name(visit.names["licence"])
        person = self.desk.office.person(visit.address)
        owned = frozenset(person.licences) if person else frozenset()
        if owned:
            subscription = self.market.subscription(named)
            licence = subscription.find(named)
            if licence is not None and _may_see(licence, subscription, owned):
                return licence
        raise NotFound("there is no such subscription of this account")

    def own_licences(self, visit: Visit) -> list[Licence]:
        """All licences that the visitor may see, the latest purchase first.

        Raises:
            SignInNeeded: nobody is signed in.
        """
        person = self.desk.office.person(visit.address)
        owned = frozenset(person.licences) if person else frozenset()
        found: dict[str, Licence] = {}
        for name in sorted(owned):
            subscription = self.market.subscription(name)
            for licence in subscription.licences:
                if licence.id and _may_see(licence, subscription, owned):
                    found[licence.id] = licence
        return list(found.values())

    def place_of(self, licence: Licence) -> Place | None:
        """The place that a licence has, or claims."""
        geoid = licence.geoid or licence.claimed_geoid
        return self.desk.places.by_geoid(geoid) if geoid else None


def check_name(text: str) -> str:
    """Give back what may be the name of a licence or an agreement.

    Raises:
        NotFound: nothing can be called so.
    """
    if not _NAME.fullmatch(text):
        raise NotFound("nothing is called so")
    return text


def _may_see(licence: Licence, subscription: Subscription, owned: frozenset[str]) -> bool:
    """Whether somebody came for a licence, or for one that it goes on from."""
    seen: set[str] = set()
    held: Licence | None = licence
    while held is not None and held.id not in seen:
        if held.id in owned:
            return True
        seen.add(held.id)
        held = subscription.find(held.predecessor) if held.predecessor else None
    return False
