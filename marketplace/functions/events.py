"""The function ``events`` as Lambda knows it: AWS's events, from their queue."""

from marketplace.functions import handlers
from marketplace.functions.deployment import open_deployment

_DEPLOYMENT = open_deployment("market-events")

handler = handlers.events(_DEPLOYMENT.market, _DEPLOYMENT.log)
