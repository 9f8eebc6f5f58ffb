"""The page on costs, worded from the model: docs/costs.md."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import Field, fields, replace

from local.costs.assumptions import LEVELS, MEDIUM, TYPICAL, Assumptions
from local.costs.model import city_month, platform_charges, total
from local.costs.prices import PRICES, REGION, Price

CITIES = (1, 50, 500)
"""Numbers of cities that the page sums up for."""

_TYPICAL_CITIES = 50
_SHOWN_SENSITIVITIES = 8

_LEAST_SHOWN = 0.01
"""US dollars below which a charge is not worth a line."""

_NO_FRACTION = 10
"""Counts above which fractions are noise."""

_HEAD = f"""\
# What does it cost?

Made by `python -m local.costs` from the model in `local/costs/`; a test keeps it in step. Prices
are AWS's list prices in {REGION}, in US dollars, without free tiers, discounts, taxes and support.
It is a model: what one use takes was partly measured on this project's handlers and partly guessed,
and no bill has confirmed it yet. `citylake costs` sums up for other numbers.
"""

_FREE = """\
## What is not counted

Free tiers: each month AWS gives an account, among others, 1 million Lambda requests and 400,000
GB-seconds, 1 TB and 10 million requests of CloudFront, 10 alarms, 3 dashboards, 5 GB of logs, 4,000
transitions, 10,000 users of Cognito. They are the account's and not a city's. A single city of
small or medium traffic would pay for the web ACL, most alarms and storage; fifty cities of medium
traffic use them up.

CloudFront's flat-rate plans: as far as could be found, they leave multi-tenant distributions out.

Below a cent a month: SQS, SNS, Parameter Store, Scheduler, Glue's catalog, the registry's storage
and backups, CDK's asset bucket.

What nobody can know: a flood of requests (the web ACL bounds what one address may ask, and each
city's API what all may), and what is asked of a city's own Athena workgroup (10 GB at most a query,
5 cents). A city without a domain has no edge: its pages and calls cost what the showcase's do.
"""


def describe() -> str:
    """Word the whole page, in Markdown."""
    return "\n".join(
        [
            _HEAD,
            *_summary(),
            *_parts(),
            *_platform(),
            *_sensitivity(),
            *_assumptions(),
            *_prices(),
            _FREE.rstrip("\n"),
        ]
    )


def _summary() -> Iterator[str]:
    yield "## A city, a month\n"
    yield "What one city costs, its share of the platform included:\n"
    yield f"| traffic | {' | '.join(_cities(count) for count in CITIES)} | of it the city's own |"
    yield f"| --- |{' ---: |' * (len(CITIES) + 1)}"
    for level in LEVELS.values():
        months = [city_month(level, count) for count in CITIES]
        cells = " | ".join(_usd(month.usd) for month in months)
        yield (
            f"| {level.name}: {level.page_views:,} pages, {level.api_calls:,} calls | {cells} "
            f"| {_usd(total(months[0].own))} |"
        )
    yield ""


def _parts() -> Iterator[str]:
    yield f"## What dominates, among {_TYPICAL_CITIES} cities\n"
    months = {name: city_month(level, _TYPICAL_CITIES) for name, level in LEVELS.items()}
    parts = months[MEDIUM.name].by_part()
    yield f"| part | {' | '.join(months)} |"
    yield f"| --- |{' ---: |' * len(months)}"
    for part in parts:
        cells = " | ".join(_usd(month.by_part()[part]) for month in months.values())
        yield f"| {part} | {cells} |"
    yield f"| **in all** | {' | '.join(f'**{_usd(month.usd)}**' for month in months.values())} |"
    yield ""


def _platform() -> Iterator[str]:
    charges = platform_charges()
    units: dict[Price, float] = defaultdict(float)
    for charge in charges:
        units[charge.price] += charge.quantity
    yield "## The platform\n"
    yield (
        f"{_usd(total(charges))} a month, whatever the number of cities: the showcase with "
        f"{TYPICAL.showcase_views:,.0f} pages and as many calls, the harvest, the web ACL, alarms "
        "and the dashboard.\n"
    )
    yield "| paid for | how many | of what | cost |"
    yield "| --- | ---: | --- | ---: |"
    for price, count in sorted(units.items(), key=lambda line: -line[0].usd * line[1]):
        if price.usd * count >= _LEAST_SHOWN:
            cost = _usd(price.usd * count)
            yield f"| {price.name} | {_count(count)} | {price.unit} | {cost} |"
    yield ""


def _sensitivity() -> Iterator[str]:
    yield "## If an assumption is wrong\n"
    yield (
        f"A city of {MEDIUM.name} traffic among {_TYPICAL_CITIES}, if one figure were half of what "
        "is assumed, or twice; those that matter most:\n"
    )
    yield "| assumption | half | as assumed | twice |"
    yield "| --- | ---: | ---: | ---: |"
    base = city_month(MEDIUM, _TYPICAL_CITIES).usd
    rows = []
    for known in fields(Assumptions):
        halved, doubled = (_scaled(known, factor) for factor in (0.5, 2.0))
        rows.append((doubled - halved, known.name, halved, doubled))
    for _, name, halved, doubled in sorted(rows, reverse=True)[:_SHOWN_SENSITIVITIES]:
        yield f"| {_words(name)} | {_usd(halved)} | {_usd(base)} | {_usd(doubled)} |"
    yield ""


def _scaled(known: "Field[float]", factor: float) -> float:
    value = getattr(TYPICAL, known.name) * factor
    if known.metadata["unit"].startswith("share"):
        value = min(value, 1.0)
    return city_month(MEDIUM, _TYPICAL_CITIES, replace(TYPICAL, **{known.name: value})).usd


def _assumptions() -> Iterator[str]:
    yield "## Assumptions\n"
    yield "| traffic | pages | calls | answered by the edge | cold starts of the rest |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for level in LEVELS.values():
        yield (
            f"| {level.name} | {level.page_views:,} | {level.api_calls:,} "
            f"| {level.edge_hits:.0%} | {level.cold_starts:.0%} |"
        )
    yield ""
    yield "| figure | value | how it is known |"
    yield "| --- | ---: | --- |"
    for known in fields(Assumptions):
        value = f"{getattr(TYPICAL, known.name):,g} {known.metadata['unit']}"
        yield f"| {_words(known.name)} | {value} | {known.metadata['basis']} |"
    yield ""


def _prices() -> Iterator[str]:
    yield "## Prices\n"
    yield (
        f"AWS's own pages could not be read while this was written; each price is from copies, in "
        f"{REGION}. «Read» is when a copy says that it was true; *unverified* means that copies "
        "agree, where no note says otherwise, but none has a date.\n"
    )
    yield "| paid for | price | of one | AWS's page | read | note |"
    yield "| --- | ---: | --- | --- | --- | --- |"
    for price in PRICES:
        yield (
            f"| {price.name} | {_exact(price)} | {price.unit} | {price.page} "
            f"| {price.read_in or '*unverified*'} | {price.note} |"
        )
    yield ""


def _cities(count: int) -> str:
    return "1 city" if count == 1 else f"{count:,} cities"


def _usd(amount: float) -> str:
    return f"${amount:,.2f}"


def _count(count: float) -> str:
    whole = count >= _NO_FRACTION or count == round(count)
    return f"{count:,.0f}" if whole else f"{count:,.2g}"


def _exact(price: Price) -> str:
    return f"${price.usd:.10f}".rstrip("0").rstrip(".")


def _words(name: str) -> str:
    return name.replace("_", " ")
