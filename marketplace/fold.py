"""From facts to a subscription: `derive` is the only place that says what facts mean.

Facts are first sorted by their own time, so that whatever order they came in, and however often,
they mean the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from marketplace.course import (
    Agreement,
    Course,
    agreements_of,
    course_of,
    facts_about,
    links_of,
    predecessor_of,
)
from marketplace.facts import (
    SUCCESSIONS,
    Activated,
    AgreementSeen,
    Closed,
    ContractSeen,
    EntitlementSeen,
    Fact,
    LicenceUpdated,
    PlaceClaimed,
    PlaceProven,
    PlaceRefused,
    Provisioned,
    ProvisionFailed,
    Registered,
    TierDecided,
    in_order,
    is_arn,
)
from marketplace.life import REVIVAL, Awaited, Licence, State, Subscription, Wait
from marketplace.products import Products

_F = TypeVar("_F", bound=Fact)


def derive(facts: Iterable[Fact], now: datetime, products: Products) -> Subscription:
    """Say what the licences of a subscription are, at a moment, from all of its facts.

    Args:
        facts: in any order, repeated or not.
        now: the moment.
        products: what this deployment sells.
    """
    ordered = in_order(facts)
    context = _Context(ordered, now, products)
    agreements = agreements_of(ordered)
    links = links_of(ordered)
    made: dict[str, Licence] = {}
    pending = list(links)
    while pending:
        # A licence comes after the one that it goes on from; a circle, which only damaged facts
        # could make, is cut where it is entered.
        ready = [
            licence
            for licence in pending
            if predecessor_of(licence, links, agreements) not in set(pending) - {licence}
        ] or pending[:1]
        for licence in ready:
            own = facts_about(licence, links[licence], ordered)
            before = made.get(predecessor_of(licence, links, agreements))
            chain = [agreements[name] for name in links[licence]]
            made[licence] = _licence(licence, own, chain, before, context)
        pending = [licence for licence in pending if licence not in ready]
    linked = {name for names in links.values() for name in names}
    alone = [
        _bare(agreement, context)
        for agreement in agreements.values()
        if agreement.id not in linked and agreement.is_known
    ]
    followers = {held.predecessor: held.id for held in made.values() if held.predecessor}
    licences = [_followed(held, followers.get(held.id, "")) for held in made.values()]
    return Subscription((*licences, *alone), now)


class _Context(NamedTuple):
    """What all licences of a subscription are looked at with."""

    ordered: Sequence[Fact]
    now: datetime
    products: Products


def _licence(
    licence: str,
    own: Sequence[Fact],
    chain: Sequence[Agreement],
    before: Licence | None,
    context: _Context,
) -> Licence:
    """One licence from the facts about it, going on from its predecessor."""
    ordered, now, products = context
    closed = _first(own, Closed, licence)
    registered = _first(own, Registered, licence)
    activated = _first(own, Activated, licence)
    proven = _first(own, PlaceProven, licence)
    claimed = _claimed(own, licence)
    provisioned = _first(own, Provisioned, licence)
    course = course_of(own, chain)
    taken = [f.from_at for f in ordered if isinstance(f, Activated) and f.previous == licence]
    cut_at = min(taken, default=None)
    ended_at = _earliest(
        course.ended_at,
        closed.ended_at if closed is not None else None,
        cut_at if cut_at is not None and cut_at <= now else None,
    )
    code, product_id = _product(own, chain)
    if before is not None and not code and not product_id:
        code = before.product_code
    product = products.find(code=code, product_id=product_id)
    geoid = proven.geoid if proven else before.geoid if before else ""
    ends = [held.ends_at for held in chain]
    ends_at = ends[-1] if ends else None
    last = _earliest(cut_at, ends_at, closed.ended_at if closed is not None else None)
    spans = [
        cut
        for span in course.times
        if activated is not None and (cut := span.cut(activated.from_at, last)) is not None
    ]
    made = Licence(
        id=licence,
        agreements=tuple(agreement.id for agreement in chain),
        state=State.PURCHASED,
        arn=_arn(own),
        account=_account(own, chain),
        product_code=product.code if product else code,
        kind=product.kind if product else None,
        private_offer=product.private_offer(chain[-1].offer) if product and chain else "",
        purchased_at=_earliest(*(held.created_at or held.starts_at for held in chain)),
        confirmed_at=course.confirmed_at,
        registered_at=registered.at if registered else before.registered_at if before else None,
        ended_at=ended_at,
        goes_on=cut_at is not None
        or any(
            status in SUCCESSIONS and (ended_at is None or at >= ended_at)
            for held in chain
            for at, status in held.ends
        ),
        is_closed=closed is not None,
        geoid=geoid,
        claimed_geoid=claimed.geoid if claimed else geoid,
        provisioned_at=provisioned.at if provisioned else before.provisioned_at if before else None,
        trouble=_trouble(own, course, provisioned),
        active_from=activated.from_at if activated else None,
        spans=tuple(spans),
        tiers=_tiers(ordered, geoid),
        starts_at=_earliest(*(held.starts_at for held in chain)),
        ends_at=ends_at,
        trial_until=chain[-1].trial_until if chain else None,
        entitled=seen.dimensions if (seen := _last(own, ContractSeen, licence)) else None,
        predecessor=before.id if before else "",
    )
    state = _state(made, course, now)
    return msgspec.structs.replace(made, state=state, waits=_wait(made, state, claimed))


def _state(licence: Licence, course: Course, now: datetime) -> State:
    if licence.is_closed:
        return State.ENDED
    if licence.ended_at is not None:
        return State.ENDING
    if course.failed_at is not None:
        return State.FAILED
    if course.on_since is None:
        return State.REGISTERED if licence.registered_at is not None else State.PURCHASED
    if licence.registered_at is None:
        return State.CONFIRMED
    if licence.active_from is None or now < licence.active_from:
        return State.PROVISIONING
    return State.ACTIVE


def _wait(licence: Licence, state: State, claimed: PlaceClaimed | None) -> Wait | None:
    """What a licence in a state waits for, and since when."""
    known = [licence.purchased_at, licence.registered_at, licence.confirmed_at]
    match state:
        case State.PURCHASED | State.REGISTERED:
            since = licence.registered_at or licence.purchased_at
            return Wait(Awaited.LICENCE, since) if since is not None else None
        case State.CONFIRMED if licence.confirmed_at is not None:
            return Wait(Awaited.REGISTRATION, licence.confirmed_at)
        case State.ENDING if licence.ended_at is not None and not licence.goes_on:
            return Wait(Awaited.CLOSING, licence.ended_at)
        case State.ENDING | State.ENDED if licence.goes_on and licence.ended_at is not None:
            return Wait(Awaited.SUCCESSOR, licence.ended_at)
        case State.PROVISIONING:
            since = max(moment for moment in known if moment is not None)
            if licence.active_from is not None:
                return Wait(Awaited.START, licence.active_from)
            if licence.geoid:
                what = Awaited.START if licence.provisioned_at is not None else Awaited.CITY
            elif claimed is not None:
                what, since = Awaited.PROOF, max(since, claimed.at)
            else:
                what = Awaited.PLACE
            return Wait(what, since)
        case _:
            return None


def _bare(agreement: Agreement, context: _Context) -> Licence:
    """An agreement that has no licence yet."""
    ordered, now, products = context
    ended_at = min((at for at, _ in agreement.ends), default=None)
    failed = [
        fact
        for fact in ordered
        if isinstance(fact, EntitlementSeen) and fact.agreement == agreement.id
    ]
    product = products.find(product_id=agreement.product)
    made = Licence(
        id="",
        agreements=(agreement.id,),
        state=State.PURCHASED,
        account=agreement.account,
        product_code=product.code if product else "",
        kind=product.kind if product else None,
        private_offer=product.private_offer(agreement.offer) if product else "",
        purchased_at=agreement.created_at or agreement.starts_at,
        starts_at=agreement.starts_at,
        ends_at=agreement.ends_at,
        trial_until=agreement.trial_until,
        ended_at=ended_at,
        goes_on=any(status in SUCCESSIONS for _, status in agreement.ends),
    )
    if ended_at is not None:
        # Nothing of ours hangs on it; should its licence still appear, that has a life of its own.
        over = now >= ended_at + REVIVAL
        return msgspec.structs.replace(made, state=State.ENDED if over else State.ENDING)
    if failed and failed[-1].status == "FAILED":
        return msgspec.structs.replace(made, state=State.FAILED, trouble=failed[-1].reason)
    return msgspec.structs.replace(made, waits=_wait(made, State.PURCHASED, None))


def _followed(licence: Licence, successor: str) -> Licence:
    """The licence with what goes on from it, for which nobody waits any more."""
    if not successor:
        return licence
    waits = licence.waits
    if waits is not None and waits.what is Awaited.SUCCESSOR:
        waits = Wait(Awaited.CLOSING, waits.since) if licence.state is State.ENDING else None
    return msgspec.structs.replace(licence, successor=successor, waits=waits)


def _product(own: Sequence[Fact], chain: Sequence[Agreement]) -> tuple[str, str]:
    """Code and id of the product, each empty if no fact says it."""
    code, product_id = "", chain[-1].product if chain else ""
    for fact in own:
        if isinstance(fact, LicenceUpdated | Registered):
            code = fact.product_code or code
        if isinstance(fact, LicenceUpdated):
            product_id = fact.product or product_id
    return code, product_id


def _arn(own: Sequence[Fact]) -> str:
    """The ARN as the metering service takes it, best from itself."""
    told = [fact.arn for fact in own if isinstance(fact, Registered)]
    told += [
        fact.arn
        for fact in own
        if isinstance(fact, LicenceUpdated | AgreementSeen | EntitlementSeen)
    ]
    return next(filter(is_arn, told), "")


def _account(own: Sequence[Fact], chain: Sequence[Agreement]) -> str:
    for fact in own:
        if isinstance(fact, Registered | LicenceUpdated) and fact.account:
            return fact.account
    return next((held.account for held in chain if held.account), "")


def _tiers(ordered: Sequence[Fact], geoid: str) -> tuple[TierDecided, ...]:
    """The decisions about a place, by the hour from which they hold; the later decided wins."""
    found = [fact for fact in ordered if isinstance(fact, TierDecided) and fact.geoid == geoid]
    return tuple(sorted(found, key=lambda fact: (fact.effective_at, fact.at, fact.id)))


def _claimed(own: Sequence[Fact], licence: str) -> PlaceClaimed | None:
    """The last claim on a place, unless a person refused it since."""
    claimed, refused = _last(own, PlaceClaimed, licence), _last(own, PlaceRefused, licence)
    if claimed and refused and refused.geoid == claimed.geoid and refused.at >= claimed.at:
        return None
    return claimed


def _trouble(own: Sequence[Fact], course: Course, provisioned: Provisioned | None) -> str:
    if course.failed_at is not None:
        return course.trouble
    failed = [fact for fact in own if isinstance(fact, ProvisionFailed)]
    if failed and (provisioned is None or provisioned.at < failed[-1].at):
        return failed[-1].reason
    return ""


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _first(own: Iterable[Fact], kind: type[_F], licence: str) -> _F | None:
    """The first fact of a kind about exactly this licence."""
    return next(
        (f for f in own if isinstance(f, kind) and getattr(f, "licence", "") == licence), None
    )


def _last(own: Sequence[Fact], kind: type[_F], licence: str) -> _F | None:
    """The last fact of a kind about exactly this licence."""
    return _first(reversed(own), kind, licence)
