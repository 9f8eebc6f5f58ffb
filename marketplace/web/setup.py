"""Setting up: choosing the place, proving that the buyer speaks for it."""

from collections.abc import Sequence

from citylake.errors import (
    InputInvalid,
    OutcomeUnknown,
    PageNotFound,
    PlaceInvalid,
    PlaceNotFound,
    PlaceTaken,
)
from citylake.pages import locator
from citylake.places import Place
from marketplace.alarms import Alarm, Trouble
from marketplace.approval import LONGEST_WORDS, ask_approval, claims
from marketplace.domains import domains_of, speaks_for
from marketplace.facts import ApprovalAsked, PlaceRefused, Proof
from marketplace.life import Licence
from marketplace.mail import domain_of, read_address
from marketplace.registration import claim_place, prove_place
from marketplace.web import responses, wording
from marketplace.web.choosing import Choice, judge
from marketplace.web.codes import TRIES, Outcome
from marketplace.web.responses import Answer
from marketplace.web.site import Site, Visit
from marketplace.web.translations import _

FOUND = 30
"""Places that a search lists; it says so if there are more."""

_LONGEST_NAME = 100


class Setup:
    """The pages between an account and a city.

    Args:
        site: what they are made with.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def place(self, visit: Visit) -> Answer:
        """Find the place, or look at the one that was found."""
        licence = self._site.licence(visit)
        if licence.geoid or not licence.is_alive:
            return self._home(licence)
        geoid = visit.query.get("geoid", "")
        if geoid:
            place = self._site.desk.places.by_geoid(geoid)
            if place is None:
                raise PlaceNotFound(f"no place has the GEOID {geoid[:20]!r}")
            return self._confirm(visit, licence, place)
        text = visit.query.get("q", "").strip()[:_LONGEST_NAME]
        places = self._site.desk.places
        found = places.search(text, FOUND + 1) if text else ()
        near = places.nearest_names(text) if text and not found else ()
        return self._site.page(
            visit,
            "place.html",
            licence=licence,
            text=text,
            found=self._choices(licence, found[:FOUND]),
            near=self._choices(licence, near),
            has_more=len(found) > FOUND,
            most=FOUND,
            refusal=self._refusal(licence),
        )

    def claim(self, visit: Visit) -> Answer:
        """Take the place that the buyer names, if it can be had."""
        site, licence = self._site, self._site.licence(visit)
        place = site.desk.places.by_geoid(visit.said("geoid"))
        if place is None:
            raise PlaceNotFound(f"no place has the GEOID {visit.said('geoid')[:20]!r}")
        if licence.geoid or not licence.is_alive:
            return self._home(licence)
        if licence.claimed_geoid != place.geoid:
            try:
                claim_place(site.market, licence, place.geoid, visit.address)
            except (PlaceInvalid, PlaceTaken):
                return self._confirm(visit, licence, place, status=409)
        if speaks_for(visit.address, place, site.desk.places):
            return self._prove(visit, licence, place, visit.address)
        return site.see(f"/subscriptions/{licence.id}/proof/")

    def proof(self, visit: Visit) -> Answer:
        """Say how it is proven that the buyer speaks for the place."""
        licence = self._site.licence(visit)
        place = self._claimed(licence)
        if place is None:
            return self._home(licence)
        return self._proof(visit, licence, place)

    def send_code(self, visit: Visit) -> Answer:
        """Send a code to an address of the place's own."""
        site, licence = self._site, self._site.licence(visit)
        place = self._claimed(licence)
        if place is None:
            return self._home(licence)
        typed = visit.said("email")
        try:
            address = read_address(typed)
        except InputInvalid:
            return self._proof(visit, licence, place, typed=typed, trouble="address", status=400)
        if not speaks_for(address, place, site.desk.places):
            return self._proof(visit, licence, place, typed=typed, trouble="domain", status=400)
        if address == visit.address:
            return self._prove(visit, licence, place, address)
        try:
            site.codes.send(
                visit.visitor,
                address,
                _purpose(licence, place),
                visit.network,
                about=_(
                    "Someone who subscribed to Citylake from the AWS account %(account)s, and "
                    "signed in as %(address)s, says to speak for %(place)s. With this code the "
                    "subscription becomes the one of %(place)s. If that is not your city's wish, "
                    "do not pass it on.",
                    account=wording.account(licence.account),
                    address=visit.address,
                    place=place.title,
                ),
            )
        except OutcomeUnknown:
            return self._proof(visit, licence, place, typed=typed, trouble="mail", status=503)
        return site.see(f"/subscriptions/{licence.id}/proof/code/")

    def ask_code(self, visit: Visit) -> Answer:
        """Ask for the code that was sent to the place's address."""
        licence = self._site.licence(visit)
        place = self._claimed(licence)
        if place is None or visit.visitor.memory.code_for != _purpose(licence, place):
            return self._home(licence)
        return self._ask_code(visit, licence, "")

    def take_code(self, visit: Visit) -> Answer:
        """Take the code: who typed it reads mail in the place's own domain."""
        site, licence = self._site, self._site.licence(visit)
        place = self._claimed(licence)
        if place is None:
            return self._home(licence)
        address = visit.visitor.memory.code_to
        outcome = site.codes.take(visit.visitor, visit.said("code"), _purpose(licence, place))
        if outcome is not Outcome.RIGHT:
            return self._ask_code(visit, licence, outcome, 400)
        return self._prove(visit, licence, place, address)

    def ask_person(self, visit: Visit) -> Answer:
        """Ask that a person of ours decides."""
        site, licence = self._site, self._site.licence(visit)
        place = self._claimed(licence)
        if place is None:
            return self._home(licence)
        words = visit.said("words").strip()
        if not words or len(words) > LONGEST_WORDS:
            return self._proof(visit, licence, place, words=words, trouble="words", status=400)
        if ask_approval(site.market, licence, visit.address, words):
            told = (
                f"{visit.address} asks to speak for {place.title} ({place.geoid}): see the ops page"
            )
            site.market.ring(Alarm(Trouble.APPROVAL, licence.id, told))
        return self._home(licence)

    def map(self, visit: Visit) -> Answer:
        """Where in its state a place lies, as a picture."""
        place = self._site.desk.places.by_geoid(visit.names["geoid"])
        if place is None or not locator.can_locate(place, self._site.assets):
            raise PageNotFound("there is no map of this place")
        return responses.picture(locator.draw(place, self._site.assets))

    def _claimed(self, licence: Licence) -> Place | None:
        """The place that waits to be proven; ``None`` if none does."""
        if licence.geoid or not licence.is_alive:
            return None
        return self._site.place_of(licence)

    def _prove(self, visit: Visit, licence: Licence, place: Place, address: str) -> Answer:
        site = self._site
        try:
            prove_place(site.market, licence, place.geoid, Proof.MAIL, _proven_by(address))
        except PlaceTaken:
            return self._confirm(visit, licence, place, status=409)
        site.attend(licence.id)
        return self._home(licence)

    def _confirm(self, visit: Visit, licence: Licence, place: Place, status: int = 200) -> Answer:
        site = self._site
        return site.page(
            visit,
            "place-confirm.html",
            status,
            licence=licence,
            choice=self._choice(licence, place),
            has_map=locator.can_locate(place, site.assets),
            domains=domains_of(place, site.desk.places),
            proves_already=speaks_for(visit.address, place, site.desk.places),
        )

    def _proof(
        self,
        visit: Visit,
        licence: Licence,
        place: Place,
        *,
        typed: str = "",
        words: str = "",
        trouble: str = "",
        status: int = 200,
    ) -> Answer:
        said = claims(self._site.market, licence.id)
        asked = [fact for fact in said if isinstance(fact, ApprovalAsked)]
        is_asked = bool(asked) and said[-1] is asked[-1]
        return self._site.page(
            visit,
            "proof.html",
            status,
            licence=licence,
            place=place,
            domains=domains_of(place, self._site.desk.places),
            typed=typed[:254],
            words=words,
            longest=LONGEST_WORDS,
            trouble=trouble,
            asked_at=asked[-1].at if is_asked else None,
        )

    def _ask_code(self, visit: Visit, licence: Licence, trouble: str, status: int = 200) -> Answer:
        base = f"/subscriptions/{licence.id}/proof/"
        return self._site.page(
            visit,
            "code.html",
            status,
            address=visit.visitor.memory.code_to,
            action=f"{base}code/",
            back=base,
            tries=TRIES,
            trouble=trouble,
        )

    def _choices(self, licence: Licence, places: Sequence[Place]) -> list[Choice]:
        return [self._choice(licence, place) for place in places]

    def _choice(self, licence: Licence, place: Place) -> Choice:
        return judge(self._site.market, self._site.desk.prices, licence, place)

    def _refusal(self, licence: Licence) -> PlaceRefused | None:
        """The last decision against this buyer, if nothing happened since."""
        said = claims(self._site.market, licence.id)
        last = said[-1] if said else None
        return last if isinstance(last, PlaceRefused) else None

    def _home(self, licence: Licence) -> Answer:
        return self._site.see(f"/subscriptions/{licence.id}/")


def _purpose(licence: Licence, place: Place) -> str:
    """What a code is for: this licence and this place, and no other."""
    return f"proof:{licence.id}:{place.geoid}"


def _proven_by(address: str) -> str:
    """Who proved it, as the fact tells it: the domain is what counts."""
    return f"{address} (mail in {domain_of(address)})"
