"""Envelopes: an event in, one function of the domain, what came of it out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger

from citylake.errors import PortalError
from marketplace.alarms import Alarm, Trouble
from marketplace.clock import UNBILLED, attend, tick
from marketplace.events import SOURCE, receive
from marketplace.market import Market
from marketplace.office import Office
from marketplace.prices import Prices
from marketplace.survey import survey
from marketplace.sweep import Remind, sweep

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]

_MARGIN_SECONDS = 20.0
"""How long before its end a function takes up nothing new."""


def events(market: Market, log: Logger, *, sources: tuple[str, ...] = (SOURCE,)) -> Handler:
    """Make the function that AWS's events come to, from a queue.

    What is damaged is kept as it came and fails: after its tries the queue sets it aside for a
    person. What follows from an event is done at once, but never makes it fail: the clock goes on.
    """

    def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's
        del context
        failed: list[dict[str, str]] = []
        for record in event["Records"]:
            try:
                fact = receive(market, record["body"].encode(), sources=sources)
            except PortalError as error:
                log.warning("an event failed", message=record["messageId"], why=_why(error))
                failed.append({"itemIdentifier": record["messageId"]})
                continue
            log.info("an event was kept", kind=type(fact).__name__, about=fact.subjects)
            for subject in fact.subjects[:1]:
                _attend(market, subject)
        return {"batchItemFailures": failed}

    return handle


def clock(market: Market, office: Office, prices: Prices, log: Logger) -> Handler:
    """Make the function of the clock: hours are closed, sent and settled, subscriptions moved on.

    Afterwards it looks over all subscriptions, for ops; also if nothing can be sent.
    """

    def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's
        del event
        own = replace(
            market,
            holder=context.aws_request_id,
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1_000 - _MARGIN_SECONDS,
        )
        try:
            counts = tick(own)
        finally:
            office.keep_survey(survey(own, prices, unbilled_after=UNBILLED))
        log.info("the clock went on", counts=dict(counts))
        return dict(counts)

    return handle


def daily(market: Market, remind: Remind, log: Logger) -> Handler:
    """Make the function that compares all subscriptions with AWS once a day."""

    def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  # Lambda's
        del event, context
        counts = sweep(market, remind)
        log.info("all subscriptions were compared", counts=dict(counts))
        return dict(counts)

    return handle


def _attend(market: Market, subject: str) -> None:
    try:
        attend(market, subject)
    except PortalError as error:
        market.ring(Alarm(Trouble.STUCK, subject, _why(error)))


def _why(error: PortalError) -> str:
    return f"{type(error).__name__}: {error}"
