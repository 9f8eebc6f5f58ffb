"""What the marketplace's functions may ring about, each kind with an alarm of its own.

They count each alarm under its kind (``MarketAlarms`` by ``trouble``) and under one name for all
of them, so that a kind is one metric whoever rang. Their logs say who it was.
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import alarm

TROUBLES: Mapping[str, str] = {
    "event-unknown": "AWS Marketplace sent an event of a kind that is not known; it is kept as it "
    "came. Read it, and see whether something follows from it.",
    "event-damaged": "An event of AWS Marketplace could not be read; it is kept as it came.",
    "advisory": "AWS Marketplace advises about an agreement; nothing was changed by it.",
    "product-unknown": "A buyer came for a product that this deployment does not sell; see the "
    "products of its settings.",
    "conflict": "AWS has another quantity for an hour than ours: someone else meters. Find out who "
    "before anything else; never send the hour under another time.",
    "rejected": "AWS refused an hour for good, so it is not billed; the page of ops says why.",
    "expired": "An hour was not accepted in time and is lost; the reconciliation names it.",
    "in-doubt": "An hour has its end here, but AWS may have billed it; look in AWS's reports.",
    "not-owed": "An hour was billed that was not owed; give it back by a billing adjustment.",
    "unbilled": "Hours that ended over two hours ago are not accepted yet. They can be sent for 24 "
    "hours, those of the month before until 06:00 UTC on the 1st; see the log of the clock.",
    "unsubscribed": "Metering says that a buyer is not subscribed; compare with its agreement.",
    "misconfigured": "AWS takes nothing from us as we are set up. Hours wait: mend it at once.",
    "unreachable": "The fleet or the agreement service could not be asked; it is asked again.",
    "stuck": "A subscription cannot go on by itself; the page of ops says why.",
    "revived": "A licence came to life again after its end; see that it is meant.",
    "tier": "A contract is for less than the place's population; ask the buyer.",
    "successor": "An agreement that goes on in another one has none after two days; the city is "
    "still open.",
    "approval": "A buyer waits for a person to confirm that it speaks for its place.",
}
"""What to do, by the kind of trouble, as ``marketplace/alarms.py`` names them."""

NAMESPACE = "Citylake"

SERVICE = "marketplace"
"""The one name: Powertools puts it beside every metric."""

_PERIOD = Duration.minutes(15)  # longer than from one round of the clock to the next


def watch(scope: Construct, topic_arn: str) -> None:
    """Make the alarms.

    Args:
        scope: where they stand.
        topic_arn: whom to tell.
    """
    for trouble, says in TROUBLES.items():
        name = "".join(word.capitalize() for word in trouble.split("-"))
        alarm(
            scope,
            f"Trouble{name}",
            cloudwatch.Metric(
                namespace=NAMESPACE,
                metric_name="MarketAlarms",
                dimensions_map={"trouble": trouble, "service": SERVICE},
                statistic="Sum",
                period=_PERIOD,
            ),
            above=0,
            topic_arn=topic_arn,
            says=says,
        )
