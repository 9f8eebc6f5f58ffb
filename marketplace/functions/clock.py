"""The function ``clock`` as Lambda knows it: started every ten minutes."""

from marketplace.functions import handlers
from marketplace.functions.deployment import open_deployment

_DEPLOYMENT = open_deployment("market-clock")

handler = handlers.clock(
    _DEPLOYMENT.market, _DEPLOYMENT.office, _DEPLOYMENT.prices, _DEPLOYMENT.log
)
