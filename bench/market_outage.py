"""How long does metering need after a day without AWS, for 10,000 licences?

Run: ``uv run --frozen --group dev python bench/market_outage.py [--licences 10000] [--hours 20]``.

The service is the fake that the tests use: real clients of boto3, held to the service model, ten
requests a second and no more. Its clock is simulated, and so are the waits; an answer takes 80 ms
of it. What the program itself needs is measured by the real clock, with its books in memory. Two
rules are tried: AWS takes records for 24 hours, and AWS takes them for 6.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from marketplace.clock import tick
from marketplace.hours import HOUR, Windows
from tests.marketplace.rig import DURHAM, MINUTE, Register, Rig

LATENCY = timedelta(milliseconds=80)
START = datetime(2026, 11, 2, 9, 23, tzinfo=UTC)


def recover(licences: int, hours: int, window: timedelta) -> None:
    rig = Rig(start=START, window=window, windows=Windows(salvage=window))
    began = time.perf_counter()
    sell(rig, licences)
    rig.clock.advance(datetime(2026, 11, 2, 10, 10, tzinfo=UTC) - rig.clock.now())
    tick(rig.market)
    print(f"\nAWS takes records for {window / HOUR:.0f} hours; {licences:,} licences", flush=True)
    print(f"  sold and provisioned in {time.perf_counter() - began:.0f} s of this machine")

    usual = timed(rig, HOUR)
    print(f"  an hour as usual: {usual}")
    rig.metering.outage = True
    for _ in range(hours):
        rig.clock.advance(HOUR)
        tick(rig.market)
    rig.metering.outage = False
    rig.alarms.clear()
    expired = Counter(row.state for row in all_rows(rig))["expired"]
    print(f"  after {hours} hours without AWS: {expired:,} hours had expired meanwhile")
    print(f"  the first run: {timed(rig, 16 * MINUTE)}")
    counts = Counter(str(row.state) for row in all_rows(rig))
    print(f"  all hours: {dict(counts)}; throttled {rig.metering.throttled} times")
    late = [row for row in rig.books.unsettled() if row.hour + 2 * HOUR < rig.clock.now()]
    print(f"  waiting for more than an hour: {len(late):,}")


def sell(rig: Rig, licences: int) -> None:
    """Let as many cities buy, of places that differ in their GEOID only."""
    places = [replace(DURHAM, geoid=f"37{n:05d}", slug=f"nc/{n}") for n in range(licences)]
    register = rig.market.places
    assert isinstance(register, Register)
    register.places.update({place.geoid: place for place in places})
    agreements = [rig.world.subscribe(f"{444400000000 + n}") for n in range(licences)]
    rig.clock.advance(2 * MINUTE)
    rig.deliver()
    for agreement, place in zip(agreements, places, strict=True):
        rig.register(agreement, place)
    tick(rig.market)
    tick(rig.market)
    rig.metering.latency = LATENCY


def timed(rig: Rig, step: timedelta) -> str:
    """Let time pass and run once: requests, simulated and real time."""
    rig.clock.advance(step)
    at, began, calls = rig.clock.now(), time.perf_counter(), len(rig.metering.sent)
    tick(rig.market)
    took, sent = rig.clock.now() - at, len(rig.metering.sent) - calls
    real = time.perf_counter() - began
    return (
        f"{sent:,} requests in {took.total_seconds():,.0f} s at the service's pace, "
        f"{real:.0f} s of this machine"
    )


def all_rows(rig: Rig) -> list:
    subjects = [name for name in rig.books.subjects() if name.startswith("l-")]
    end = rig.clock.now() + HOUR
    return [row for name in subjects for row in rig.books.hours(name, START - HOUR, end)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--licences", type=int, default=10_000)
    parser.add_argument("--hours", type=int, default=20)
    asked = parser.parse_args()
    for length in (24, 6):
        recover(asked.licences, asked.hours, timedelta(hours=length))
