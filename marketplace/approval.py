"""What a person of ours decides: that a buyer speaks for its place, that it does not, corrections.

Each decision is a fact with who, when and why; a correction is a line of the ledger as well.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from citylake.errors import BooksConflict, InputInvalid
from marketplace.facts import (
    Adjusted,
    ApprovalAsked,
    PlaceClaimed,
    PlaceProven,
    PlaceRefused,
    Proof,
)
from marketplace.ledger import decision_entry
from marketplace.life import Licence
from marketplace.market import Market
from marketplace.registration import find_licence, prove_place

LONGEST_WORDS = 2_000
"""Characters of a reason, or of what a buyer says of itself."""

LARGEST_ADJUSTMENT_USD = Decimal(100_000)
"""What one correction may add or give back at most: more is a slip of the keyboard."""

_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")

_ORDER = (PlaceClaimed, ApprovalAsked, PlaceRefused, PlaceProven)
"""What comes first of what happened at the same moment."""

Claims = Sequence[PlaceClaimed | ApprovalAsked | PlaceProven | PlaceRefused]


def ask_approval(market: Market, licence: Licence, by: str, words: str) -> bool:
    """Note that a buyer asks for a person's decision on the place that it claimed.

    Returns:
        Whether it is news: the same claim is asked about once.

    Raises:
        InputInvalid: it claimed none, or says too much.
    """
    claimed = _claimed(market, licence)
    if claimed is None or licence.claimed_geoid != claimed.geoid:
        raise InputInvalid(f"{licence.id} claims no place: expected one to decide about")
    return market.books.record(
        ApprovalAsked(
            id=f"approval-asked:{claimed.id}",
            at=market.now(),
            licence=licence.id,
            geoid=claimed.geoid,
            by=by,
            words=_said(words),
        )
    )


def approve(market: Market, licence: Licence, geoid: str, by: str, reason: str) -> Licence:
    """Decide that a buyer speaks for the place that it claims.

    Raises:
        InputInvalid: no reason is given, or the buyer does not claim this place any more.
        PlaceTaken: another living licence has it.
    """
    _check_claimed(licence, geoid)
    return prove_place(market, licence, geoid, Proof.MANUAL, by, reason=_reason(reason))


def refuse(market: Market, licence: Licence, geoid: str, by: str, reason: str) -> Licence:
    """Decide that a buyer does not speak for the place that it claims; it may claim another.

    Raises:
        InputInvalid: no reason is given, or the buyer does not claim this place any more.
    """
    _check_claimed(licence, geoid)
    claimed = _claimed(market, licence)
    if licence.geoid or claimed is None:
        raise InputInvalid(f"{licence.id} has its place {licence.geoid} already: that is decided")
    market.books.record(
        PlaceRefused(
            id=f"refused:{claimed.id}",
            at=market.now(),
            licence=licence.id,
            geoid=geoid,
            reason=_reason(reason),
            by=by,
        )
    )
    return find_licence(market, licence.id)


def adjust(
    market: Market, licence: Licence, form: str, *, month: str, amount: str, by: str, reason: str
) -> bool:
    """Correct a month's bill.

    Args:
        market: what it works with.
        licence: whose bill.
        form: names the form that was filled in; sent twice, it counts once.
        month: which month, ``2026-11``.
        amount: dollars with at most two decimals; below zero what is given back.
        by: who decided.
        reason: why.

    Returns:
        Whether it is news.

    Raises:
        InputInvalid: one of them is not what it should be.
    """
    if not _MONTH.fullmatch(month):
        raise InputInvalid(f"the month is {month[:40]!r}; expected one like 2026-11")
    adjusted = Adjusted(
        id=f"adjusted:{licence.id}:{form}",
        at=market.now(),
        licence=licence.id,
        month=month,
        amount_usd=_amount(amount),
        reason=_reason(reason),
        by=by,
    )
    try:
        market.books.decide(adjusted, entries=[decision_entry(adjusted)])
    except BooksConflict:
        return False  # the same form, sent once more
    return True


def claims(market: Market, licence: str) -> Claims:
    """What was said and decided of a licence's place, in the order in which it happened."""
    kinds = PlaceClaimed | ApprovalAsked | PlaceProven | PlaceRefused
    found = [
        fact
        for fact in market.books.facts(licence)
        if isinstance(fact, kinds) and fact.licence == licence
    ]
    return sorted(found, key=lambda fact: (fact.at, _ORDER.index(type(fact)), fact.id))


def _claimed(market: Market, licence: Licence) -> PlaceClaimed | None:
    found = [fact for fact in claims(market, licence.id) if isinstance(fact, PlaceClaimed)]
    return found[-1] if found else None


def _check_claimed(licence: Licence, geoid: str) -> None:
    if not geoid or licence.claimed_geoid != geoid:
        raise InputInvalid(
            f"{licence.id} claims {licence.claimed_geoid or 'no place'}, not {geoid[:20]!r}: "
            "look at it again before deciding"
        )


def _reason(text: str) -> str:
    reason = _said(text)
    if not reason:
        raise InputInvalid("the decision has no reason; expected words that say why")
    return reason


def _said(text: str) -> str:
    words = text.strip()
    if len(words) > LONGEST_WORDS:
        raise InputInvalid(f"{len(words):,} characters; expected at most {LONGEST_WORDS:,}")
    return words


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("nan")
    if (
        not amount.is_finite()
        or amount == 0
        or abs(amount) > LARGEST_ADJUSTMENT_USD
        or amount != round(amount, 2)
    ):
        raise InputInvalid(
            f"the amount is {text[:40]!r}; expected dollars other than 0 with at most two "
            f"decimals, to {LARGEST_ADJUSTMENT_USD:,} either way"
        )
    return amount
