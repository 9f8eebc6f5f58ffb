"""The sum: what a city and the platform take in a month, times what it costs.

Free tiers, volume discounts, taxes and support are left out. Amounts are floats in US dollars and
are rounded where they are shown, not before.
"""

from dataclasses import dataclass

from local.costs import prices
from local.costs.assumptions import TYPICAL, Assumptions, Traffic
from local.costs.prices import Price

_MB_PER_GB = 1_024
_KB_PER_GB = 1_000_000


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill.

    Attributes:
        part: what it is for, in a word: functions, API, edge, storage, logs, alarms, people, runs.
        price: what is paid for.
        quantity: how many units of it.
    """

    part: str
    price: Price
    quantity: float

    @property
    def usd(self) -> float:
        """Its amount, not rounded."""
        return self.price.usd * self.quantity


@dataclass(frozen=True, slots=True)
class Month:
    """A city's month.

    Attributes:
        own: what the city itself takes.
        share: its part of the platform: the platform's charges, each divided by the cities.
    """

    own: tuple[Charge, ...]
    share: tuple[Charge, ...]

    @property
    def usd(self) -> float:
        """What it costs in all, not rounded."""
        return total(self.own) + total(self.share)

    def by_part(self) -> dict[str, float]:
        """US dollars by part, the largest first."""
        parts: dict[str, float] = {}
        for charge in (*self.own, *self.share):
            parts[charge.part] = parts.get(charge.part, 0.0) + charge.usd
        return dict(sorted(parts.items(), key=lambda part: -part[1]))


def city_month(traffic: Traffic, cities: int, known: Assumptions = TYPICAL) -> Month:
    """Sum up the month of one city among so many, each with a domain of its own.

    Args:
        traffic: of this city.
        cities: how many share the platform; at least one.
        known: what the prices are multiplied with.
    """
    platform = platform_charges(known)
    share = tuple(
        Charge(charge.part, charge.price, charge.quantity / cities) for charge in platform
    )
    return Month(own=city_charges(traffic, known), share=share)


def total(charges: tuple[Charge, ...]) -> float:
    """Add up, without rounding."""
    return sum(charge.usd for charge in charges)


def city_charges(traffic: Traffic, known: Assumptions = TYPICAL) -> tuple[Charge, ...]:
    """What a city with a domain takes in a month."""
    gigabytes = known.own_gigabytes * (1 + known.noncurrent_share)
    writes = known.uploads * known.upload_writes
    return (
        *_answers(traffic, known, has_edge=True),
        Charge("edge", prices.EDGE_TENANT, 1),
        Charge(
            "functions",
            prices.LAMBDA_TIME,
            known.uploads * known.upload_seconds * known.work_megabytes / _MB_PER_GB,
        ),
        Charge("storage", prices.S3_STORAGE, gigabytes),
        Charge("storage", prices.S3_PUT, writes),
        Charge("runs", prices.EVENT, writes),
        Charge("people", prices.MEMBER, known.staff),
        Charge("alarms", prices.ALARM, known.city_alarms),
        Charge("runs", prices.TRANSITION, known.fleet_transitions),
        Charge("runs", prices.TABLE_WRITE, known.registry_kilobytes),
    )


def platform_charges(known: Assumptions = TYPICAL) -> tuple[Charge, ...]:
    """What the platform takes in a month, whatever the number of cities: the showcase included."""
    showcase = Traffic(
        name="showcase",
        page_views=round(known.showcase_views),
        api_calls=round(known.showcase_views),
        edge_hits=0.0,  # it has no domain, and with that no edge
        cold_starts=0.08,
    )
    runs = known.harvests * known.datasets
    gigabytes = known.national_gigabytes * (1 + known.noncurrent_share)
    return (
        *_answers(showcase, known, has_edge=False),
        Charge("edge", prices.WAF_ACL, 1),
        Charge("edge", prices.WAF_RULE, known.web_rules),
        Charge("alarms", prices.ALARM, known.platform_alarms),
        Charge("alarms", prices.DASHBOARD, known.dashboards),
        Charge(
            "functions",
            prices.LAMBDA_TIME,
            runs * known.harvest_seconds * known.work_megabytes / _MB_PER_GB,
        ),
        Charge("runs", prices.TRANSITION, runs * known.harvest_transitions),
        Charge("runs", prices.SCAN, known.scanned_gigabytes / 1_000),
        Charge("storage", prices.S3_STORAGE, gigabytes),
        Charge("storage", prices.S3_PUT, runs * known.harvest_writes),
    )


def _answers(traffic: Traffic, known: Assumptions, *, has_edge: bool) -> tuple[Charge, ...]:
    """What answering takes, with the logs of it."""
    files = traffic.page_views * known.static_files
    asked = traffic.page_views + traffic.api_calls + files
    pages = traffic.page_views * (1 - traffic.edge_hits)
    calls = traffic.api_calls * (1 - traffic.edge_hits)
    missed = files * (1 - known.static_hits if has_edge else 1)
    runs = pages + calls + missed
    cold = (pages + calls) * traffic.cold_starts
    seconds = (
        pages * known.page_seconds
        + calls * known.api_seconds
        + missed * known.static_seconds
        + cold * known.cold_seconds
    )
    exports = traffic.api_calls * known.export_share
    long = exports * known.long_share
    gigabytes = (
        traffic.page_views * (known.page_kilobytes + known.static_kilobytes)
        + traffic.api_calls * known.api_kilobytes
    ) / _KB_PER_GB
    exported = exports * known.export_megabytes / 1_000
    reads = (pages + calls) * known.warm_reads + cold * known.cold_reads
    taken_in = (
        runs * (known.function_log_kilobytes + known.api_log_kilobytes)
        + (asked * known.edge_log_kilobytes if has_edge else 0)
    ) / _KB_PER_GB
    object_logs = reads * known.object_log_kilobytes / _KB_PER_GB
    edge = (
        (
            Charge("edge", prices.EDGE_REQUEST, asked),
            Charge("edge", prices.EDGE_FUNCTION, asked),
            Charge("edge", prices.EDGE_OUT, gigabytes),
            Charge("edge", prices.WAF_REQUEST, asked),
        )
        if has_edge
        else (Charge("API", prices.INTERNET_OUT, gigabytes),)
    )
    return (
        *edge,
        Charge("API", prices.API_REQUEST, runs),
        Charge("functions", prices.LAMBDA_REQUEST, runs + long),
        Charge("functions", prices.LAMBDA_TIME, seconds * known.read_megabytes / _MB_PER_GB),
        Charge(
            "functions",
            prices.LAMBDA_TIME,
            long * known.long_seconds * known.work_megabytes / _MB_PER_GB,
        ),
        Charge("storage", prices.S3_GET, reads + exports),
        Charge("storage", prices.S3_PUT, exports),
        Charge("API", prices.INTERNET_OUT, exported),
        Charge("logs", prices.LOGS_IN, taken_in),
        Charge("logs", prices.LOGS_KEPT, taken_in * known.log_compression * known.log_months),
        Charge("logs", prices.S3_STORAGE, object_logs * known.log_months),
    )
