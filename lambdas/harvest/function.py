"""The harvest's functions as Lambda runs them: what is made once, while an environment lives.

The environment says which bucket is the national lake (``CITYLAKE_NATIONAL_BUCKET``). Everything a
run needs on disk is in the temporary folder while it runs; the rest of a function's disk cannot be
written.
"""

import os
import tempfile
from functools import partial
from pathlib import Path

from citylake.lake.read import Lake
from citylake.lake.s3 import open_bucket
from citylake.lake.write import open_glue_tables
from citylake.logs import open_log
from citylake.scratch import claim_scratch
from lambdas.harvest.connectors import CONNECTORS, LIVE_CONNECTORS
from lambdas.harvest.feeds import BundleFeed, Feed
from lambdas.harvest.handler import build, build_plan
from lambdas.harvest.live import LiveFeed, get_from_publishers
from lambdas.harvest.plan import LIVE, Order, plan_run
from lambdas.harvest.report import RunReport
from lambdas.harvest.run import fill

_ANSWER_SECONDS = 600.0
"""Longest time for one answer of a publisher: two thirds of what Lambda gives a function."""

_LOG = open_log("harvest")

# A run that was cut off leaves its files behind, and the next one needs the room.
tempfile.tempdir = str(claim_scratch(Path(tempfile.gettempdir())))

_BUCKET = os.environ["CITYLAKE_NATIONAL_BUCKET"]
# Nothing is held: a stage that begins must see what the stage before it published elsewhere.
_LAKE = Lake(open_bucket(_BUCKET))
_TABLES = open_glue_tables(_BUCKET)


def _fill(order: Order, run: str) -> RunReport:
    return fill(
        _LAKE,
        _TABLES,
        datasets=[order.dataset],
        feed=_feed(order.feed),
        run_id=f"{run}/{order.dataset}" if run else "",
    )


def _feed(name: str) -> Feed:
    if name == LIVE:
        get_with = partial(get_from_publishers, total_seconds=_ANSWER_SECONDS)
        return LiveFeed(_LAKE, get_with=get_with)
    return BundleFeed()


harvest = build(_fill, _LOG)
"""Harvests one dataset."""

plan = build_plan(partial(plan_run, connectors=CONNECTORS, live_connectors=LIVE_CONNECTORS), _LOG)
"""Says what a run harvests."""
