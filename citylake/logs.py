"""The log of a function: one JSON object per line, from us and from our modules alike."""

import logging
import os

from aws_lambda_powertools import Logger

_OURS = ("citylake", "lambdas", "marketplace")


def open_log(service: str) -> Logger:
    """Open the log of a function, once, at cold start.

    What our modules tell Python's own logging goes the same way. ``POWERTOOLS_LOG_LEVEL`` sets the
    level, ``INFO`` unless it does.

    Args:
        service: which function it is, where ``POWERTOOLS_SERVICE_NAME`` does not say so.
    """
    log = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME") or service)
    for name in _OURS:
        ours = logging.getLogger(name)
        ours.handlers = [log.registered_handler]
        ours.setLevel(log.log_level)
        ours.propagate = False  # the runtime's own handler would print it once more
    return log
