"""What a listing on AWS Marketplace says of tiers and prices, made from the tables they live in."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from citylake.tiers import PRIVATE_OFFER_FROM, TIERS, Tier
from marketplace.prices import shipped_prices

FOLDER = Path(__file__).parents[2] / "marketplace" / "listing"

LONGEST_NAME = 24
LONGEST_DESCRIPTION = 70
LONGEST_CONTRACT_CODE = 15
"""Characters that a dimension may have.

Source:
    AWS Marketplace Seller Guide, "Plan your SaaS pricing".
"""

_YEAR_HOURS = Decimal(8_760)
_YEAR = "P12M"


def name_of(tier: Tier) -> str:
    """What buyers see as a tier's name."""
    if tier.lower == 0:
        return f"Under {tier.upper:,} people"
    return f"From {tier.lower:,} people"


def description_of(tier: Tier) -> str:
    """What buyers read of a tier; it can never be changed once it is published."""
    upper = tier.upper or PRIVATE_OFFER_FROM
    return f"City of {tier.lower:,} to {upper - 1:,} people by Census estimate"


def price_of(tier: Tier, at: datetime | None = None) -> Decimal:
    """What an hour of a tier costs, in US dollars."""
    return shipped_prices().at(tier.code, at or datetime.now(UTC))


def yearly_price_of(tier: Tier) -> Decimal:
    """What a year of a tier costs by contract: its hours, in whole dollars."""
    return (price_of(tier) * _YEAR_HOURS).quantize(Decimal(1))


def dimensions_json() -> str:
    """The dimensions of both products, as the catalog's ``AddDimensions`` takes them."""
    said: dict[str, Any] = {
        "hourly": [_dimension(tier, "ExternallyMetered") for tier in TIERS],
        "yearly": [_dimension(tier, "Entitled") for tier in TIERS],
    }
    return json.dumps(said, indent=2) + "\n"


def rates_json() -> str:
    """The prices of both products, as the catalog's ``UpdatePricingTerms`` takes them."""
    hourly = {
        "Type": "UsageBasedPricingTerm",
        "CurrencyCode": "USD",
        "RateCards": [
            {
                "RateCard": [
                    {"DimensionKey": tier.code, "Price": f"{price_of(tier):.3f}"} for tier in TIERS
                ]
            }
        ],
    }
    yearly = {
        "Type": "ConfigurableUpfrontPricingTerm",
        "CurrencyCode": "USD",
        "RateCards": [
            {
                "Selector": {"Type": "Duration", "Value": _YEAR},
                "Constraints": {
                    "MultipleDimensionSelection": "Disallowed",
                    "QuantityConfiguration": "Disallowed",
                },
                "RateCard": [
                    {"DimensionKey": tier.code, "Price": str(yearly_price_of(tier))}
                    for tier in TIERS
                ],
            }
        ],
    }
    return json.dumps({"hourly": [hourly], "yearly": [yearly]}, indent=2) + "\n"


def dimensions_csv() -> str:
    """Both, as a table for people and for the console's form."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("code", "name", "description", "from_people", "to_people", "usd_per_hour", "usd_per_year")
    )
    for tier in TIERS:
        writer.writerow(
            (
                tier.code,
                name_of(tier),
                description_of(tier),
                tier.lower,
                (tier.upper or PRIVATE_OFFER_FROM) - 1,
                f"{price_of(tier):.3f}",
                yearly_price_of(tier),
            )
        )
    return out.getvalue()


FILES: Mapping[str, Callable[[], str]] = {
    "dimensions.csv": dimensions_csv,
    "dimensions.json": dimensions_json,
    "rates.json": rates_json,
}
"""The files, by their names in the folder."""


def _dimension(tier: Tier, kind: str) -> dict[str, Any]:
    return {
        "Key": tier.code,
        "Name": name_of(tier),
        "Description": description_of(tier),
        "Types": [kind],
        "Unit": "Units",
    }
