"""What the price list is multiplied with: how much a portal is used, and what one use takes.

What could be measured was measured on the bundled lake, warm, on one processor of 2026; the rest is
said to be a guess. Change one with ``dataclasses.replace`` and sum again.
"""

from dataclasses import dataclass, field
from typing import Any


def _known(value: float, unit: str, basis: str) -> Any:  # noqa: ANN401  # as dataclasses.field
    return field(default=value, metadata={"unit": unit, "basis": basis})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How much a portal is used in a month.

    Attributes:
        name: what the level is called.
        page_views: pages that people open.
        api_calls: calls of the API, beside those of the pages.
        edge_hits: share of pages and calls that the edge answers by itself. Answers are kept there
            for a minute, at each place apart, so that only busy portals gain much.
        cold_starts: share of the rest that finds no function waiting.
    """

    name: str
    page_views: int
    api_calls: int
    edge_hits: float
    cold_starts: float


SMALL = Traffic(name="small", page_views=3_000, api_calls=3_000, edge_hits=0.05, cold_starts=0.25)
MEDIUM = Traffic(
    name="medium", page_views=30_000, api_calls=30_000, edge_hits=0.15, cold_starts=0.08
)
LARGE = Traffic(
    name="large", page_views=300_000, api_calls=300_000, edge_hits=0.35, cold_starts=0.02
)

LEVELS = {level.name: level for level in (SMALL, MEDIUM, LARGE)}
"""Levels of traffic by their names. Their shares are guesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What one use takes, and what stands whether used or not; each field says how it is known."""

    # Answering
    page_seconds: float = _known(0.3, "s", "a city's page 0.2 s warm, others 0.03 s (measured)")
    api_seconds: float = _known(0.05, "s", "0.006 to 0.02 s warm (measured); the rest is a guess")
    static_seconds: float = _known(0.01, "s", "a file from the function's own zip; guess")
    cold_seconds: float = _known(
        6.0, "s", "2.5 s of imports, 1.5 s of first page (measured); S3's distance is a guess"
    )
    read_megabytes: float = _known(1_769, "MB", "infra/serving.py")
    page_kilobytes: float = _known(15, "KB", "a city's page, compressed (measured)")
    api_kilobytes: float = _known(8, "KB", "0.3 KB for records, 27 KB for a list of datasets")
    static_files: float = _known(5, "files a page view", "most are in the browser's cache; guess")
    static_kilobytes: float = _known(100, "KB a page view", "likewise; guess")
    static_hits: float = _known(0.95, "share", "they never change under one name; guess")
    cold_reads: float = _known(
        100, "S3 requests", "a new function's first page: manifests, parts of data (measured)"
    )
    warm_reads: float = _known(
        2, "S3 requests a page or call", "is the catalog still the same; what is new is a guess"
    )
    # Exports above 4 MB
    export_share: float = _known(0.01, "share of API calls", "guess")
    export_megabytes: float = _known(8, "MB", "guess")
    long_share: float = _known(0.1, "share of exports", "made by the export function; guess")
    long_seconds: float = _known(60, "s", "guess")
    work_megabytes: float = _known(3_008, "MB", "export, publish and harvest; infra/")
    # The city's own
    own_gigabytes: float = _known(2, "GB", "what a city publishes; guess")
    noncurrent_share: float = _known(0.5, "share", "overwritten objects, kept a month; guess")
    uploads: float = _known(20, "a month", "files that staff publish; guess")
    upload_seconds: float = _known(20, "s", "guess")
    upload_writes: float = _known(30, "S3 PUTs", "inbox, table, manifest, catalog; guess")
    staff: float = _known(5, "people", "who sign in; guess")
    city_alarms: float = _known(9, "alarms", "counted in the city's templates")
    fleet_transitions: float = _known(40, "a month", "of upgrades and provisioning; guess")
    registry_kilobytes: float = _known(60, "KB a month", "written to the registry; guess")
    # Logs
    function_log_kilobytes: float = _known(0.9, "KB", "a run: its own line and Lambda's; guess")
    api_log_kilobytes: float = _known(0.4, "KB", "a request (infra/api.py)")
    edge_log_kilobytes: float = _known(0.3, "KB", "a request (infra/edge.py)")
    object_log_kilobytes: float = _known(0.7, "KB", "an S3 request, into the bucket of logs; guess")
    log_months: float = _known(3, "months", "infra/function.py, infra/storage.py")
    log_compression: float = _known(0.15, "share", "of what was taken in; guess")
    # The platform's own
    national_gigabytes: float = _known(
        20, "GB", "bundled figures take 0.01 GB; raw answers of live sources are guessed"
    )
    harvests: float = _known(4.35, "a month", "weekly (infra/harvest.py)")
    datasets: float = _known(23, "datasets", "of the bundle")
    harvest_seconds: float = _known(90, "s a dataset", "1 s bundled (measured); live guessed")
    harvest_writes: float = _known(40, "S3 PUTs a dataset", "guess")
    harvest_transitions: float = _known(4, "a dataset", "infra/machines.py")
    platform_alarms: float = _known(59, "alarms", "counted in the platform's templates")
    web_rules: float = _known(4, "rules", "infra/edge.py")
    dashboards: float = _known(1, "dashboard", "infra/fleet.py")
    scanned_gigabytes: float = _known(10, "GB a month", "what operators ask Athena; guess")
    showcase_views: float = _known(30_000, "pages, and as many calls", "guess")


TYPICAL = Assumptions()
"""The assumptions as they stand."""
