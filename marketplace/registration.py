"""What a buyer does on the registration pages, as facts. Doing it again changes nothing."""

from citylake.errors import BooksConflict, NotFound, PlaceNotFound, PlaceTaken
from citylake.places import Place, read_geoid
from marketplace.aws import Customer
from marketplace.books import Claim
from marketplace.facts import PlaceClaimed, PlaceProven, Proof, Registered
from marketplace.life import Licence
from marketplace.market import Market
from marketplace.tiering import check_sold


def register(market: Market, customer: Customer, offer_type: str = "") -> Licence:
    """Note that a buyer came, once per licence, and say how its licence stands.

    Args:
        market: what it works with.
        customer: for whom the token stood.
        offer_type: what the landing page was told of the offer.
    """
    market.books.record(
        Registered(
            id=f"registered:{customer.licence}",
            at=market.now(),
            licence=customer.licence,
            arn=customer.arn,
            account=customer.account,
            product_code=customer.product_code,
            agreement=customer.agreement,
            offer_type=offer_type,
        )
    )
    return find_licence(market, customer.licence)


def claim_place(market: Market, licence: Licence, geoid: str, by: str) -> Place:
    """Note for which place a buyer buys; it may think again until the place is proven.

    Raises:
        PlaceInvalid: it is no GEOID, or the place cannot be sold.
        PlaceNotFound: no such place.
        PlaceTaken: another living licence has it.
    """
    place = market.places.by_geoid(read_geoid(geoid))
    if place is None:
        raise PlaceNotFound(f"no place has the GEOID {geoid!r}")
    check_sold(place, licence.private_offer)
    _check_free(market, licence, place)
    now = market.now()
    market.books.record(
        PlaceClaimed(
            id=f"claimed:{licence.id}:{place.geoid}:{now.isoformat()}",
            at=now,
            licence=licence.id,
            geoid=place.geoid,
            by=by,
        )
    )
    return place


def prove_place(
    market: Market, licence: Licence, geoid: str, how: Proof, by: str, *, reason: str = ""
) -> Licence:
    """Note that a buyer speaks for its place, which is then its alone.

    Args:
        market: what it works with.
        licence: the buyer's.
        geoid: the place.
        how: how it was proven.
        by: who proved it, or who decided.
        reason: why a person decided so.

    Raises:
        PlaceTaken: another living licence has it, or the licence has another place.
    """
    if licence.geoid == geoid:
        return licence
    if licence.geoid:
        raise PlaceTaken(f"{licence.id} has the place {licence.geoid}: it cannot be exchanged")
    held = market.books.claim(geoid)
    if held is not None and held.licence not in ("", licence.id):
        raise PlaceTaken(_TAKEN.format(geoid=geoid))
    proven = PlaceProven(
        id=f"proven:{licence.id}",
        at=market.now(),
        licence=licence.id,
        geoid=geoid,
        how=how,
        by=by,
        reason=reason,
    )
    claim = Claim(
        geoid=geoid,
        licence=licence.id,
        closed_through=held.closed_through if held else None,
        revision=held.revision if held else 0,
    )
    try:
        market.books.decide(proven, claim=claim)
    except BooksConflict:
        after = find_licence(market, licence.id)
        if after.geoid == geoid:
            return after
        raise PlaceTaken(_TAKEN.format(geoid=geoid)) from None
    return find_licence(market, licence.id)


def find_licence(market: Market, licence: str) -> Licence:
    """A licence as it is now.

    Raises:
        NotFound: there are no facts about it.
    """
    found = market.subscription(licence).find(licence)
    if found is None:
        raise NotFound(f"nothing is known of the licence {licence!r}")
    return found


_TAKEN = (
    "the place {geoid} has a subscription already; ask us if it should be yours, or end that one "
    "first"
)


def _check_free(market: Market, licence: Licence, place: Place) -> None:
    held = market.books.claim(place.geoid)
    if held is not None and held.licence not in ("", licence.id, licence.predecessor):
        raise PlaceTaken(_TAKEN.format(geoid=place.geoid))
