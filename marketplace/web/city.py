"""A city's own pages: its subscriptions, how far each is, its plan and its statements."""

import re

from citylake.errors import PageNotFound
from marketplace.approval import claims
from marketplace.facts import ApprovalAsked
from marketplace.life import State
from marketplace.web import responses
from marketplace.web.plan import city_of, read_month, read_plan
from marketplace.web.responses import Answer
from marketplace.web.site import Site, Visit
from marketplace.web.steps import is_under_way, stages

_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")


class City:
    """The pages of who subscribed.

    Args:
        site: what they are made with.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def subscriptions(self, visit: Visit) -> Answer:
        """All subscriptions of who is signed in."""
        held = self._site.own_licences(visit)
        return self._site.page(
            visit,
            "subscriptions.html",
            held=[(licence, self._site.place_of(licence)) for licence in held],
        )

    def subscription(self, visit: Visit) -> Answer:
        """One subscription: the steps that are left, or the plan."""
        site, licence = self._site, self._site.licence(visit)
        if not is_under_way(licence):
            return self._plan(visit)
        city = city_of(site.market, licence)
        said = claims(site.market, licence.id)
        return site.page(
            visit,
            "status.html",
            licence=licence,
            place=site.place_of(licence),
            city=city,
            stages=stages(licence, city, site.market.now()),
            is_asked=bool(said) and isinstance(said[-1], ApprovalAsked),
            as_of=site.market.now(),
        )

    def _plan(self, visit: Visit) -> Answer:
        site, licence = self._site, self._site.licence(visit)
        plan = read_plan(site.market, site.desk.prices, licence)
        return site.page(visit, "plan.html", plan=plan, states=State, as_of=site.market.now())

    def statement(self, visit: Visit) -> Answer:
        """A month's statement: ``2026-11`` as a page, ``2026-11.csv`` as a table."""
        site, licence = self._site, self._site.licence(visit)
        month, _, form = visit.names["month"].partition(".")
        if not _MONTH.fullmatch(month) or form not in ("", "csv") or licence.active_from is None:
            raise PageNotFound("there is no statement at this address")
        read = read_month(site.market, site.desk.prices, licence, month)
        if form == "csv":
            return responses.table(read.bill.to_csv(), f"citylake-{licence.id}-{month}.csv")
        return site.page(
            visit,
            "statement.html",
            licence=licence,
            place=site.place_of(licence),
            month=month,
            read=read,
        )
