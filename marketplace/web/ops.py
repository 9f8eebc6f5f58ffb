"""The pages of ops: how all subscriptions stand, and what a person decides about one of them."""

import hashlib
import secrets

from citylake.errors import AccessRefused, InputInvalid, NotFound, OutcomeUnknown, PlaceTaken
from citylake.places import read_geoid
from marketplace.approval import LONGEST_WORDS, adjust, approve, claims, refuse
from marketplace.domains import domains_of
from marketplace.facts import Adjusted, in_order
from marketplace.hours import month_of
from marketplace.life import Licence, State
from marketplace.registration import find_licence
from marketplace.web.limits import SIGN_INS_OF_OPS
from marketplace.web.plan import city_of, read_month, read_plan
from marketplace.web.responses import Answer
from marketplace.web.site import Site, Visit, check_name

ALARMS = 50
"""Alarms that the page shows."""

_TRIES = 5
_LONGEST_NAME = 254


class Ops:
    """The pages of ops.

    Args:
        site: what they are made with.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def sign_in(self, visit: Visit) -> Answer:
        """Ask for name and password."""
        if visit.visitor.memory.ops:
            return self._site.see("/ops/")
        return self._site.page(visit, "ops-sign-in.html", trouble="", is_second=False)

    def begin(self, visit: Visit) -> Answer:
        """Take name and password to the pool, and ask for the second factor."""
        site, name = self._site, visit.said("name").strip()[:_LONGEST_NAME]
        site.limiter.check(SIGN_INS_OF_OPS, name.lower())
        try:
            challenge = site.desk.identity.begin(name, visit.said("password"))
        except (AccessRefused, OutcomeUnknown) as error:
            return self._refused(visit, error)
        site.sessions.begin(visit.visitor, challenge=challenge, code_to=name)
        return site.page(visit, "ops-sign-in.html", trouble="", is_second=True)

    def finish(self, visit: Visit) -> Answer:
        """Take the code of the second factor to the pool; a new session begins."""
        site, memory = self._site, visit.visitor.memory
        if not memory.challenge or visit.visitor.expires_at is None:
            return site.see("/ops/sign-in/")
        named = hashlib.sha256(memory.challenge.encode()).hexdigest()
        if site.desk.office.count(f"challenge:{named}", visit.visitor.expires_at) > _TRIES:
            site.sessions.end(visit.visitor)
            return site.see("/ops/sign-in/")
        try:
            person = site.desk.identity.finish(
                memory.code_to, memory.challenge, visit.said("code").strip()
            )
        except (AccessRefused, OutcomeUnknown) as error:
            return self._refused(visit, error, is_second=True)
        site.sessions.begin(visit.visitor, ops=person)
        return site.see("/ops/")

    def board(self, visit: Visit) -> Answer:
        """How all subscriptions stood at the last survey, and the alarms."""
        site, _ = self._site, visit.ops
        asked = visit.query.get("find", "").strip()
        if asked:
            return site.see(f"/ops/licences/{self._find(asked)}/")
        return site.page(
            visit,
            "ops.html",
            survey=site.desk.office.survey(),
            states=State,
            alarms=site.desk.office.alarms(site.market.now(), ALARMS),
            most_alarms=ALARMS,
            as_of=site.market.now(),
        )

    def licence(self, visit: Visit) -> Answer:
        """One licence, with all that happened and the forms to decide."""
        return self._page(visit, self._licence(visit))

    def approve(self, visit: Visit) -> Answer:
        """Decide that the buyer speaks for its place."""
        site, licence = self._site, self._licence(visit)
        try:
            approve(site.market, licence, visit.said("geoid"), visit.ops, visit.said("reason"))
        except (InputInvalid, PlaceTaken) as error:
            return self._page(visit, licence, trouble=str(error), status=400)
        site.attend(licence.id)
        return self._home(licence)

    def refuse(self, visit: Visit) -> Answer:
        """Decide that the buyer does not speak for its place."""
        site, licence = self._site, self._licence(visit)
        try:
            refuse(site.market, licence, visit.said("geoid"), visit.ops, visit.said("reason"))
        except InputInvalid as error:
            return self._page(visit, licence, trouble=str(error), status=400)
        return self._home(licence)

    def adjust(self, visit: Visit) -> Answer:
        """Correct a month's bill."""
        site, licence = self._site, self._licence(visit)
        try:
            adjust(
                site.market,
                licence,
                visit.said("form")[:64],
                month=visit.said("month"),
                amount=visit.said("amount"),
                by=visit.ops,
                reason=visit.said("reason"),
            )
        except InputInvalid as error:
            return self._page(visit, licence, trouble=str(error), status=400)
        return self._home(licence)

    def _page(
        self, visit: Visit, licence: Licence, *, trouble: str = "", status: int = 200
    ) -> Answer:
        site, now = self._site, self._site.market.now()
        place = site.place_of(licence)
        facts = in_order(site.market.books.facts(licence.id or licence.agreements[0]))
        plan = read_plan(site.market, site.desk.prices, licence) if licence.id else None
        months = plan.months if plan else ()
        return site.page(
            visit,
            "ops-licence.html",
            status,
            licence=licence,
            place=place,
            city=city_of(site.market, licence),
            domains=domains_of(place, site.desk.places) if place else (),
            claims=claims(site.market, licence.id) if licence.id else (),
            facts=facts,
            months=[read_month(site.market, site.desk.prices, licence, month) for month in months],
            adjustments=[fact for fact in facts if isinstance(fact, Adjusted)],
            people=site.desk.office.people_of(licence.id) if licence.id else (),
            may_decide=bool(licence.claimed_geoid) and not licence.geoid and licence.is_alive,
            month=month_of(now),
            form=secrets.token_hex(16),
            longest=LONGEST_WORDS,
            trouble=trouble,
            as_of=now,
        )

    def _licence(self, visit: Visit) -> Licence:
        """The licence, or the agreement without one, that the path names."""
        _, named = visit.ops, check_name(visit.names["licence"])
        subscription = self._site.market.subscription(named)
        bare = (held for held in subscription.licences if not held.id and named in held.agreements)
        return (
            subscription.find(named) or next(bare, None) or find_licence(self._site.market, named)
        )

    def _find(self, asked: str) -> str:
        """The licence that is meant: by its id, its agreement's, or its place's GEOID."""
        if asked.isdecimal():
            claim = self._site.market.books.claim(read_geoid(asked))
            if claim is None or not claim.licence:
                raise NotFound(f"nobody has the place {asked}")
            return claim.licence
        subscription = self._site.market.subscription(check_name(asked))
        for licence in subscription.licences:
            if licence.id == asked or asked in licence.agreements:
                return licence.id or asked
        raise NotFound(f"nothing is known of {asked[:60]!r}")

    def _refused(self, visit: Visit, error: Exception, *, is_second: bool = False) -> Answer:
        status = 403 if isinstance(error, AccessRefused) else 503
        return self._site.page(
            visit, "ops-sign-in.html", status, trouble=str(error), is_second=is_second
        )

    def _home(self, licence: Licence) -> Answer:
        return self._site.see(f"/ops/licences/{licence.id}/")
