"""The function ``sweep`` as Lambda knows it: started once a day."""

from marketplace.functions import handlers
from marketplace.functions.deployment import open_deployment

_DEPLOYMENT = open_deployment("market-sweep")

handler = handlers.daily(_DEPLOYMENT.market, _DEPLOYMENT.reminders(), _DEPLOYMENT.log)
